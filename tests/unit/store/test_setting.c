/* Settings that two servers change in the same moment. */
#include "../db/both.h"

#include <pthread.h>

#include "base/text.h"
#include "store/migrate.h"
#include "store/setting.h"

#define NOW INT64_C(1763830479123)
#define ROUNDS 50

struct side {
	struct db *db;
	struct arena arena;
	pthread_barrier_t *start;
};

static bool count_one(struct side *s, struct err *e)
{
	const char *text;
	int64_t n;

	return store_setting_lock(s->db, SETTING_VERSION, e) &&
	       store_setting_get(s->db, &s->arena, SETTING_VERSION, &text, e) &&
	       (text_i64(text, 0, INT64_MAX, &n) || err_set(e, ERR_INTERNAL, "no number")) &&
	       store_setting_set(s->db, SETTING_VERSION,
				 arena_printf(&s->arena, "%lld", (long long)n + 1), e);
}

/* As the committer: a unit that the database had no room for is run again. */
static void *run(void *arg)
{
	struct side *s = arg;

	(void)pthread_barrier_wait(s->start);
	for (int done = 0; done < ROUNDS;) {
		struct err e = {0};
		bool ok = db_begin(s->db, &e) && count_one(s, &e) && db_commit(s->db, &e);

		done += ok;
		if (ok)
			continue;
		db_rollback(s->db);
		if (e.code != ERR_UNAVAILABLE)
			fail_msg("%s", e.text);
	}
	return NULL;
}

static void no_change_of_the_settings_is_lost(void **state)
{
	struct side sides[2] = {0};
	pthread_barrier_t start;
	pthread_t other;
	const char *text;

	assert_int_equal(pthread_barrier_init(&start, NULL, 2), 0);
	for (size_t i = 0; i < 2; i++) {
		sides[i].db = database_open(both_database(state), DB_WRITE);
		sides[i].start = &start;
	}
	OK(store_migrate(sides[0].db, NOW, &e));
	assert_int_equal(pthread_create(&other, NULL, run, &sides[1]), 0);
	(void)run(&sides[0]);
	assert_int_equal(pthread_join(other, NULL), 0);
	OK(store_setting_get(sides[0].db, &sides[0].arena, SETTING_VERSION, &text, &e));
	assert_string_equal(text, "100");
	for (size_t i = 0; i < 2; i++) {
		db_close(sides[i].db);
		arena_done(&sides[i].arena);
	}
	(void)pthread_barrier_destroy(&start);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(no_change_of_the_settings_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
