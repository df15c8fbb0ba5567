/* The log of pushes does not grow without end. */
#include "company.h"

static void add(struct store *s, const char *client_id, const char *state, int64_t *id)
{
	struct push push = {.client_id = client_id,
			    .state = state,
			    .event_id = "e",
			    .type = "t",
			    .resource = "",
			    .instance = "",
			    .payload = "{}"};
	struct attempt attempt = {.url = "u", .body = "b", .reply = "", .verdict = "ok"};
	struct err e = {0};

	assert_true(store_event_add(s, &push, &e) && store_push_add(s, &push, &e));
	attempt.push = push.id;
	assert_true(store_attempt_add(s, &attempt, &e));
	*id = push.id;
}

static int64_t count(struct store *s, const char *sql)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct err e = {0};

	assert_true(db_query(s->db, &rows, sql, DB_NONE, &e) && db_next(&rows));
	return db_column_i64(&rows, 0);
}

static void the_oldest_of_an_app_go(void **state)
{
	AUTO(arena_done) struct arena arena = {0};
	struct store s = {.db = company_open(), .arena = &arena};
	int64_t waits, other, oldest, second, id;
	struct push *push;
	struct err e = {0};
	int i;

	(void)state;
	assert_true(db_begin(s.db, &e));
	add(&s, "a", "pending", &waits);
	add(&s, "b", "delivered", &other);
	add(&s, "a", "failed", &oldest);
	add(&s, "a", "delivered", &second);
	for (i = 1; i < STORE_PUSHES_MAX; i++)
		add(&s, "a", "delivered", &id);
	assert_true(db_commit(s.db, &e));
	assert_true(store_push(&s, waits, &push, &e));
	assert_true(store_push(&s, other, &push, &e));
	assert_true(store_push(&s, second, &push, &e));
	assert_false(store_push(&s, oldest, &push, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_int_equal(count(&s, "SELECT count(*) FROM push"), STORE_PUSHES_MAX + 2);
	assert_int_equal(count(&s, "SELECT count(*) FROM attempt"), STORE_PUSHES_MAX + 2);
	assert_int_equal(count(&s, "SELECT count(*) FROM event"), STORE_PUSHES_MAX + 2);
	db_close(s.db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_oldest_of_an_app_go)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
