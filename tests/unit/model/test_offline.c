#include "../unit.h"

#include "model/offline.h"

#define NOW INT64_C(1763830479123)
#define DAY (INT64_C(24) * 3600 * 1000)
#define SET "set-2"

static void a_device_gets_codes_when_it_has_none_old_ones_or_used_ones(
    [[maybe_unused]] void **state)
{
	static const struct {
		struct offline_fact fact;
		enum offline_step step;
	} rows[] = {
	    {{.told = ""}, OFFLINE_MAKE},
	    {{.told = SET}, OFFLINE_MAKE},
	    {{.told = "", .newest = SET, .made_ms = NOW, .kept = true}, OFFLINE_SEND},
	    {{.told = "set-1", .newest = SET, .made_ms = NOW, .kept = true}, OFFLINE_SEND},
	    {{.told = SET, .newest = SET, .made_ms = NOW, .kept = true}, OFFLINE_HELD},
	    {{.told = SET, .newest = SET, .made_ms = NOW, .held = true}, OFFLINE_NOTHING},
	    {{.told = SET, .newest = SET, .made_ms = NOW - 7 * DAY + 1, .held = true},
	     OFFLINE_NOTHING},
	    {{.told = SET, .newest = SET, .made_ms = NOW - 7 * DAY, .held = true}, OFFLINE_MAKE},
	    {{.told = "", .newest = SET, .made_ms = NOW - 7 * DAY, .kept = true}, OFFLINE_MAKE},
	    /* It had it and lost it. */
	    {{.told = "", .newest = SET, .made_ms = NOW, .held = true}, OFFLINE_MAKE},
	    {{.told = SET, .newest = SET, .made_ms = NOW, .held = true, .void_now = true},
	     OFFLINE_MAKE},
	    {{.told = SET, .newest = SET, .made_ms = NOW, .held = true, .revealed = true},
	     OFFLINE_MAKE},
	    {{.told = SET, .newest = SET, .made_ms = NOW, .revealed = true}, OFFLINE_HELD},
	    {{.told = "", .newest = SET, .made_ms = NOW, .revealed = true, .kept = true},
	     OFFLINE_MAKE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (offline_step(&rows[i].fact, NOW) != rows[i].step)
			fail_msg("row %zu", i);
	}
}

static void sets_that_follow_each_other_have_no_index_in_common([[maybe_unused]] void **state)
{
	int64_t first = offline_first_index(0);

	assert_int_equal(first, 1);
	for (int i = 0; i < 100; i++) {
		int64_t next = offline_first_index(first + 4);

		assert_in_range(next, 1, 46);
		assert_true(next == first + 5 || (first == 46 && next == 1));
		first = next;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_device_gets_codes_when_it_has_none_old_ones_or_used_ones),
	    cmocka_unit_test(sets_that_follow_each_other_have_no_index_in_common),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
