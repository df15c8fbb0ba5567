#include "../unit.h"

#include "keeper/keeper.h"

#define MINUTE INT64_C(60000)
#define BOOT "3f0c1b52-7d0e-4a3b-9a51-0f6d1c2b3a49"
#define OTHER "3f0c1b52-7d0e-4a3b-9a51-0f6d1c2b3a50"

static void wrong_codes_are_waited_for_whatever_is_done_to_the_clock([[maybe_unused]] void **state)
{
	static const struct {
		int64_t failed, since_ms;
		const char *boot;
		int64_t up_ms, blocked_ms;
	} rows[] = {
	    {0, 0, NULL, 10, 0},
	    {4, 5 * MINUTE, BOOT, 5 * MINUTE, 0},
	    {5, 5 * MINUTE, BOOT, 5 * MINUTE, MINUTE},
	    {5, 5 * MINUTE, BOOT, 5 * MINUTE + 59999, 1},
	    {5, 5 * MINUTE, BOOT, 6 * MINUTE, 0},
	    {7, 0, BOOT, MINUTE, 3 * MINUTE},
	    {50, 0, BOOT, MINUTE, 59 * MINUTE},
	    /* The machine was started again: what it waited before does not count. */
	    {50, 500 * MINUTE, OTHER, MINUTE, 59 * MINUTE},
	    {50, 0, OTHER, 60 * MINUTE, 0},
	    /* No time of this boot. */
	    {5, 9 * MINUTE, BOOT, 2 * MINUTE, MINUTE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct offline_tries tries = {rows[i].failed, rows[i].since_ms, rows[i].boot};

		if (offline_blocked_ms(&tries, BOOT, rows[i].up_ms) != rows[i].blocked_ms)
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wrong_codes_are_waited_for_whatever_is_done_to_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
