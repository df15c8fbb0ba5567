/* Allowances that two servers draw on in the same moment. */
#include "../db/race.h"

#include "store/migrate.h"
#include "store/rate.h"

#define NOW INT64_C(1763830479123)
#define ALLOWED 50

static const unsigned char key[32] = "somebody";
static const struct rate rate = {ALLOWED, 3600 * 1000};

struct side {
	struct db *db;
	int64_t wait_ms;
	int taken;
};

static bool take(struct db *db, void *arg, struct err *e)
{
	struct side *s = arg;

	return store_rate_take(db, key, &rate, NOW, &s->wait_ms, e);
}

static void side(void *arg)
{
	struct side *s = arg;

	for (int i = 0; i < ALLOWED; i++) {
		struct err e;

		race_once(s->db, take, s, &e);
		assert_int_equal(e.code, ERR_NONE);
		s->taken += s->wait_ms == 0;
	}
}

static void two_servers_allow_no_more_than_one(void **state)
{
	struct side sides[2] = {0};

	for (size_t i = 0; i < 2; i++)
		sides[i].db = database_open(both_database(state), DB_WRITE);
	OK(store_migrate(sides[0].db, NOW, &e));
	race_both(side, &sides[0], &sides[1]);
	assert_int_equal(sides[0].taken + sides[1].taken, ALLOWED);
	for (size_t i = 0; i < 2; i++)
		db_close(sides[i].db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(two_servers_allow_no_more_than_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
