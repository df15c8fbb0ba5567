/* Settings that two servers change in the same moment. */
#include "../db/race.h"

#include "base/text.h"
#include "store/migrate.h"
#include "store/setting.h"

#define NOW INT64_C(1763830479123)
#define ROUNDS 50

struct side {
	struct db *db;
	struct arena arena;
};

static bool count_one(struct db *db, void *arg, struct err *e)
{
	struct side *s = arg;
	const char *text;
	int64_t n;

	return store_setting_lock(db, SETTING_VERSION, e) &&
	       store_setting_get(db, &s->arena, SETTING_VERSION, &text, e) &&
	       (text_i64(text, 0, INT64_MAX, &n) || err_set(e, ERR_INTERNAL, "no number")) &&
	       store_setting_set(db, SETTING_VERSION,
				 arena_printf(&s->arena, "%lld", (long long)n + 1), e);
}

static void side(void *arg)
{
	struct side *s = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct err e;

		race_once(s->db, count_one, s, &e);
		assert_int_equal(e.code, ERR_NONE);
	}
}

static void no_change_of_the_settings_is_lost(void **state)
{
	struct side sides[2] = {0};
	const char *text;

	for (size_t i = 0; i < 2; i++)
		sides[i].db = database_open(both_database(state), DB_WRITE);
	OK(store_migrate(sides[0].db, NOW, &e));
	race_both(side, &sides[0], &sides[1]);
	OK(store_setting_get(sides[0].db, &sides[0].arena, SETTING_VERSION, &text, &e));
	assert_string_equal(text, "100");
	for (size_t i = 0; i < 2; i++) {
		db_close(sides[i].db);
		arena_done(&sides[i].arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(no_change_of_the_settings_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
