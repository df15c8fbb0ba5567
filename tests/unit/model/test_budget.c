#include "../unit.h"

#include "model/budget.h"

#define HOUR INT64_C(3600000)
#define DECEMBER (INT64_C(1796083200000) - 8 * HOUR) /* 2026-12-01 00:00 in Beijing */

static void the_month_is_beijings(void **state)
{
	char name[BUDGET_MONTH_SIZE];

	(void)state;
	assert_int_equal(budget_month(DECEMBER, 0), DECEMBER);
	assert_int_equal(budget_month(DECEMBER + 31 * 24 * HOUR - 1, 0), DECEMBER);
	assert_int_equal(budget_month(DECEMBER - 1, 1), DECEMBER);
	assert_int_equal(budget_month(DECEMBER, 1), DECEMBER + 31 * 24 * HOUR);
	budget_month_name(budget_month(DECEMBER, 0), name);
	assert_string_equal(name, "2026-12");
	budget_month_name(budget_month(DECEMBER - 1, 0), name);
	assert_string_equal(name, "2026-11");
}

static void each_tier_leaves_something_to_those_before_it(void **state)
{
	(void)state;
	for (int64_t figure = 0; figure < 3000; figure++) {
		assert_int_equal(budget_limit(figure, BUDGET_FILING), figure);
		for (int tier = 1; tier < BUDGET_TIER_COUNT; tier++) {
			int64_t before = budget_limit(figure, (enum budget_tier)(tier - 1));
			int64_t limit = budget_limit(figure, (enum budget_tier)tier);

			assert_in_range(limit, 0, before);
			if (figure >= 20)
				assert_true(limit < before);
		}
	}
	assert_int_equal(budget_limit(BUDGET_DEFAULT, BUDGET_READING), 4250);
	assert_int_equal(budget_limit(BUDGET_DEFAULT, BUDGET_LEFTOVER), 4000);
	assert_int_equal(budget_limit(BUDGET_MAX, BUDGET_LEFTOVER), BUDGET_MAX / 5 * 4);
}

/* Block after block, whatever the figure: all of it, and not one more. */
static void blocks_add_up_to_the_limit(void **state)
{
	(void)state;
	for (int64_t figure = 0; figure < 6000; figure += 7) {
		for (int tier = 0; tier < BUDGET_TIER_COUNT; tier++) {
			int64_t taken = 0, block;

			while ((block = budget_block(figure, (enum budget_tier)tier, taken)) > 0) {
				assert_in_range(block, 1, BUDGET_BLOCK_MAX);
				taken += block;
			}
			assert_int_equal(taken, budget_limit(figure, (enum budget_tier)tier));
		}
	}
}

static void a_lowered_figure_hands_out_nothing(void **state)
{
	(void)state;
	assert_int_equal(budget_block(100, BUDGET_FILING, 100), 0);
	assert_int_equal(budget_block(100, BUDGET_FILING, 5000), 0);
	assert_int_equal(budget_block(0, BUDGET_FILING, 0), 0);
	assert_int_equal(budget_block(BUDGET_MAX, BUDGET_FILING, 0), BUDGET_BLOCK_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_month_is_beijings),
	    cmocka_unit_test(each_tier_leaves_something_to_those_before_it),
	    cmocka_unit_test(blocks_add_up_to_the_limit),
	    cmocka_unit_test(a_lowered_figure_hands_out_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
