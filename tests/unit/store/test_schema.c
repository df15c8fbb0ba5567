#include "../db/both.h"

#include <pthread.h>

#include "store/migrate.h"

static int64_t applied(struct db *db)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	OK(db_one(db, &rows, "SELECT COUNT(*) FROM migrations", DB_NONE, "none", &e));
	return db_column_i64(&rows, 0);
}

static int64_t known(void)
{
	int64_t n = 0;

	while (store_migrations[n].number != 0)
		n++;
	return n;
}

static void numbers_rise(void **state)
{
	int64_t last = 0;

	(void)state;
	for (int i = 0; store_migrations[i].number != 0; i++) {
		assert_true(store_migrations[i].number > last);
		last = store_migrations[i].number;
	}
}

static void each_is_applied_once(void **state)
{
	struct database *d = both_database(state);
	AUTO(db_closep) struct db *db = database_open(d, DB_WRITE);

	FAILS(ERR_INTERNAL, store_schema_check(db, &e));
	OK(store_migrate(db, 1, &e));
	OK(store_migrate(db, 2, &e));
	assert_int_equal(applied(db), known());
	OK(store_schema_check(db, &e));
}

static void a_newer_database_is_left_alone(void **state)
{
	struct database *d = both_database(state);
	AUTO(db_closep) struct db *db = database_open(d, DB_WRITE);

	OK(store_migrate(db, 1, &e));
	OK(db_exec(db, "INSERT INTO migrations (number, name, applied_ms) VALUES (9999, 'x', 1)",
		   DB_NONE, NULL, &e));
	FAILS(ERR_UNSUPPORTED, store_migrate(db, 2, &e));
	FAILS(ERR_UNSUPPORTED, store_schema_check(db, &e));
}

static void an_older_one_is_not_ready(void **state)
{
	struct database *d = both_database(state);
	AUTO(db_closep) struct db *db = database_open(d, DB_WRITE);

	OK(store_migrate(db, 1, &e));
	OK(db_exec(db, "DELETE FROM migrations WHERE number = $1",
		   DB_PARAMS(db_i64(store_migrations[known() - 1].number)), NULL, &e));
	FAILS(ERR_UNAVAILABLE, store_schema_check(db, &e));
}

static void *migrate(void *arg)
{
	AUTO(db_closep) struct db *db = database_open(arg, DB_WRITE);
	struct err e = {0};

	return store_migrate(db, 1, &e) ? arg : NULL;
}

static void servers_that_start_at_once_agree(void **state)
{
	struct database *d = both_database(state);
	pthread_t threads[3];

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, migrate, d), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		void *ok;

		assert_int_equal(pthread_join(threads[i], &ok), 0);
		assert_non_null(ok);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_rise),         BOTH(each_is_applied_once),
	    BOTH(a_newer_database_is_left_alone),   BOTH(an_older_one_is_not_ready),
	    BOTH(servers_that_start_at_once_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
