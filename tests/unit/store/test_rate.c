/* Allowances that two servers draw on in the same moment. */
#include "../db/both.h"

#include <pthread.h>

#include "store/migrate.h"
#include "store/rate.h"

#define NOW INT64_C(1763830479123)
#define ALLOWED 50

static const unsigned char key[32] = "somebody";
static const struct rate rate = {ALLOWED, 3600 * 1000};

struct side {
	struct db *db;
	pthread_barrier_t *start;
	int taken;
};

/* As the committer: a unit that the database had no room for is run again. */
static void *run(void *arg)
{
	struct side *s = arg;

	(void)pthread_barrier_wait(s->start);
	for (int done = 0; done < ALLOWED;) {
		struct err e = {0};
		int64_t wait_ms;
		bool ok = db_begin(s->db, &e) &&
			  store_rate_take(s->db, key, &rate, NOW, &wait_ms, &e) &&
			  db_commit(s->db, &e);

		done += ok;
		s->taken += ok && wait_ms == 0;
		if (ok)
			continue;
		db_rollback(s->db);
		if (e.code != ERR_UNAVAILABLE)
			fail_msg("%s", e.text);
	}
	return NULL;
}

static void two_servers_allow_no_more_than_one(void **state)
{
	struct side sides[2] = {0};
	pthread_barrier_t start;
	pthread_t other;

	assert_int_equal(pthread_barrier_init(&start, NULL, 2), 0);
	for (size_t i = 0; i < 2; i++) {
		sides[i].db = database_open(both_database(state), DB_WRITE);
		sides[i].start = &start;
	}
	OK(store_migrate(sides[0].db, NOW, &e));
	assert_int_equal(pthread_create(&other, NULL, run, &sides[1]), 0);
	(void)run(&sides[0]);
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_int_equal(sides[0].taken + sides[1].taken, ALLOWED);
	for (size_t i = 0; i < 2; i++)
		db_close(sides[i].db);
	(void)pthread_barrier_destroy(&start);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(two_servers_allow_no_more_than_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
