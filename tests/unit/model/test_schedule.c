#include "../unit.h"

#include "model/budget.h"
#include "model/schedule.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MONTH (30 * DAY)

static const int64_t figures[] = {0, 1, 10, 100, 5000, 10000, 200000, 800000, BUDGET_MAX};
static const int64_t counts[] = {1, 2, 3, 19, 20, 21, 59, 60, 61, 100, 1000, 10000, 1000000};
static const int64_t lefts[] = {1, SECOND, HOUR, DAY, 15 * DAY, 31 * DAY};
static const int64_t silents[] = {0, 1, HOUR, 12 * HOUR, 24 * HOUR, 30 * HOUR, 60 * DAY, 900 * DAY};

static int64_t delay(int64_t step, enum trust trust, int64_t interval_ms, uint32_t chance)
{
	return schedule_delay(step, &(struct schedule_plan){trust, interval_ms, chance});
}

static void young_instances_are_looked_at_soon(void **state)
{
	static const int64_t expected[] = {30 * SECOND, MINUTE,      2 * MINUTE,
					   5 * MINUTE,  15 * MINUTE, HOUR};

	(void)state;
	for (int64_t step = 0; step < (int64_t)ARRAY_SIZE(expected); step++) {
		assert_int_equal(delay(step, TRUST_UNKNOWN, 1, 0), expected[step]);
		assert_int_equal(delay(step, TRUST_PROVEN, 1, 0), 4 * expected[step]);
	}
	assert_int_equal(schedule_delay(6, &(struct schedule_plan){0}), HOUR);
	assert_int_equal(delay(6, TRUST_UNKNOWN, 20 * MINUTE, 0), 20 * MINUTE);
	assert_int_equal(delay(INT64_MAX, TRUST_PROVEN, 2 * HOUR, 0), 2 * HOUR);
	assert_int_equal(delay(6, TRUST_UNKNOWN, MINUTE, 0), 15 * MINUTE);
	assert_int_equal(delay(6, TRUST_PROVEN, MINUTE, 0), HOUR);
	assert_int_equal(delay(0, TRUST_UNKNOWN, 4 * MINUTE, 0), 30 * SECOND);
	assert_int_equal(delay(0, TRUST_SILENT, 45 * SECOND, 0), 45 * SECOND);
}

static void after_an_announced_end_the_looks_are_quick_whatever_the_budget(void **state)
{
	(void)state;
	for (int t = TRUST_UNKNOWN; t <= TRUST_SILENT; t++) {
		enum trust trust = (enum trust)t;

		assert_int_equal(delay(SCHEDULE_HINTED, trust, DAY, 7), 2 * SECOND);
		assert_int_equal(delay(SCHEDULE_HINTED + 1, trust, DAY, 7), 5 * SECOND);
		assert_int_equal(delay(SCHEDULE_HINTED + 2, trust, DAY, 7), 15 * SECOND);
		assert_int_equal(delay(INT64_MIN + 100, trust, DAY, 7), 2 * SECOND);
	}
}

static void what_would_be_due_together_is_spread(void **state)
{
	int64_t last = DAY + 1;

	(void)state;
	for (uint32_t chance = 0; chance < UINT32_MAX - (1u << 24); chance += 1u << 24) {
		int64_t ms = delay(9, TRUST_UNKNOWN, DAY, chance);

		assert_in_range(ms, DAY * 9 / 10, last - 1);
		last = ms;
	}
	assert_int_equal(delay(9, TRUST_UNKNOWN, DAY, UINT32_MAX), DAY * 9 / 10);
}

static void a_scarce_budget_slows_young_instances_too(void **state)
{
	(void)state;
	assert_int_equal(delay(0, TRUST_UNKNOWN, 48 * HOUR, 0), 2 * HOUR);
	assert_int_equal(delay(5, TRUST_UNKNOWN, 48 * HOUR, 0), 2 * HOUR);
	assert_int_equal(delay(0, TRUST_SILENT, 16 * HOUR, 0), 16 * HOUR);
}

static void callbacks_prove_themselves_and_lose_their_name_at_once(void **state)
{
	struct trust_record t = {0};

	(void)state;
	assert_int_equal(trust_of(&t), TRUST_UNKNOWN);
	trust_announced(&t);
	trust_announced(&t);
	assert_int_equal(trust_of(&t), TRUST_UNKNOWN);
	trust_announced(&t);
	trust_announced(&t);
	assert_int_equal(trust_of(&t), TRUST_PROVEN);
	trust_missed(&t, 1000);
	assert_int_equal(trust_of(&t), TRUST_SILENT);
	trust_announced(&t);
	trust_announced(&t);
	trust_missed(&t, 2000);
	assert_int_equal(t.silent_ms, 1000);
	trust_announced(&t);
	trust_announced(&t);
	assert_int_equal(trust_of(&t), TRUST_SILENT);
	trust_announced(&t);
	assert_int_equal(trust_of(&t), TRUST_PROVEN);
}

static void every_load_gets_an_interval_within_bounds(void **state)
{
	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(figures); f++)
		for (size_t c = 0; c < ARRAY_SIZE(counts); c++)
			for (size_t l = 0; l < ARRAY_SIZE(lefts); l++)
				for (size_t s = 0; s < ARRAY_SIZE(silents); s++)
					for (int part = 0; part <= 6; part++) {
						struct schedule_load load = {
						    .figure = figures[f],
						    .taken = figures[f] * part / 5,
						    .calls = schedule_calls(counts[c]),
						    .month_ms = 31 * DAY,
						    .left_ms = lefts[l]};
						int64_t slow =
						    schedule_interval(&load, TRUST_PROVEN, 0);
						int64_t steady =
						    schedule_interval(&load, TRUST_UNKNOWN, 0);
						int64_t fast = schedule_interval(
						    &load, TRUST_SILENT, silents[s]);

						assert_in_range(fast, 30 * SECOND, 31 * DAY);
						assert_in_range(steady, 30 * SECOND, 31 * DAY);
						assert_in_range(slow, 30 * SECOND, 31 * DAY);
						assert_true(fast <= steady && steady <= slow);
					}
}

/* More budget is never slower, more open instances are never faster. */
static void the_interval_follows_budget_and_load(void **state)
{
	struct schedule_load load = {.month_ms = MONTH, .left_ms = MONTH};

	(void)state;
	for (int t = TRUST_UNKNOWN; t <= TRUST_SILENT; t++) {
		for (size_t c = 0; c < ARRAY_SIZE(counts); c++) {
			int64_t last = INT64_MAX;

			load.calls = schedule_calls(counts[c]);
			for (size_t f = 0; f < ARRAY_SIZE(figures); f++) {
				int64_t interval;

				load.figure = figures[f];
				interval = schedule_interval(&load, (enum trust)t, 0);
				assert_true(interval <= last);
				last = interval;
			}
		}
		for (size_t f = 0; f < ARRAY_SIZE(figures); f++) {
			int64_t last = 0;

			load.figure = figures[f];
			for (size_t c = 0; c < ARRAY_SIZE(counts); c++) {
				int64_t interval;

				load.calls = counts[c];
				interval = schedule_interval(&load, (enum trust)t, 0);
				assert_true(interval >= last);
				last = interval;
			}
		}
	}
}

/* However long events are missing, looks at all of them keep up at least at the steady share's pace,
 * and end below the limit. */
static void an_outage_of_a_month_starves_nobody(void **state)
{
	static const int64_t sizes[] = {1, 20, 100, 1000, 10000};

	(void)state;
	for (size_t f = 4; f < ARRAY_SIZE(figures) - 1; f++)
		for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
			struct schedule_load load = {.figure = figures[f],
						     .calls = schedule_calls(sizes[k]),
						     .month_ms = MONTH};
			double spent = 0;
			int64_t at = 0, longest = 0, floor;

			floor = load.calls * MONTH /
				(budget_limit(load.figure, BUDGET_LEFTOVER) * 15 / 100);
			while (at < MONTH) {
				int64_t interval;

				load.left_ms = MONTH - at;
				load.taken = (int64_t)spent;
				interval = schedule_interval(&load, TRUST_SILENT, at);
				/* The last look may reach beyond the month. */
				if (at + interval < MONTH && interval > longest)
					longest = interval;
				spent += (double)load.calls;
				at += interval;
			}
			assert_true(spent <= (double)(budget_limit(load.figure, BUDGET_LEFTOVER) +
						      load.calls));
			if (floor < 20 * HOUR)
				assert_true(longest <= floor * 11 / 10 + 30 * SECOND);
		}
}

static void filings_that_are_expected_slow_the_looks_down_within_reason(void **state)
{
	struct schedule_load load = {
	    .figure = 5000, .calls = 1, .month_ms = MONTH, .left_ms = MONTH};
	int64_t none = schedule_interval(&load, TRUST_UNKNOWN, 0);
	int64_t fast;

	(void)state;
	assert_int_equal(none, MONTH / 4000);
	load.calls = 50;
	fast = schedule_interval(&load, TRUST_SILENT, 0);
	load.filings = 10; /* 1,200 calls in the month */
	assert_int_equal(schedule_interval(&load, TRUST_UNKNOWN, 0) / 1000,
			 50 * (MONTH / 1000) / 2800);
	assert_true(schedule_interval(&load, TRUST_SILENT, 0) > fast);
	load.filings = 100000;
	assert_true(schedule_interval(&load, TRUST_SILENT, 0) <= 4 * fast + 1000);
}

static void nothing_left_means_not_before_next_month(void **state)
{
	struct schedule_load load = {
	    .figure = 5000, .taken = 4000, .calls = 1, .month_ms = MONTH, .left_ms = 9 * DAY};

	(void)state;
	assert_int_equal(schedule_interval(&load, TRUST_UNKNOWN, 0), 9 * DAY);
	assert_int_equal(schedule_interval(&load, TRUST_SILENT, HOUR), 9 * DAY);
	load.taken = 6000;
	assert_int_equal(schedule_interval(&load, TRUST_SILENT, HOUR), 9 * DAY);
}

static void the_cheaper_way_to_look_is_chosen(void **state)
{
	(void)state;
	assert_int_equal(schedule_calls(0), 0);
	assert_int_equal(schedule_calls(1), 1);
	assert_int_equal(schedule_calls(2), 2);
	assert_int_equal(schedule_calls(3), 1);
	assert_int_equal(schedule_calls(20), 1);
	assert_int_equal(schedule_calls(21), 2);
	assert_int_equal(schedule_calls(1000), 50);
	assert_false(schedule_sweeps(2, 2));
	assert_true(schedule_sweeps(3, 20));
	assert_false(schedule_sweeps(3, 21));
	for (int64_t listed = 1; listed < 500; listed++) {
		for (int64_t due = 1; due <= listed; due++) {
			if (schedule_sweeps(due, listed))
				assert_true((listed + 19) / 20 < due);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(young_instances_are_looked_at_soon),
	    cmocka_unit_test(after_an_announced_end_the_looks_are_quick_whatever_the_budget),
	    cmocka_unit_test(what_would_be_due_together_is_spread),
	    cmocka_unit_test(a_scarce_budget_slows_young_instances_too),
	    cmocka_unit_test(callbacks_prove_themselves_and_lose_their_name_at_once),
	    cmocka_unit_test(every_load_gets_an_interval_within_bounds),
	    cmocka_unit_test(the_interval_follows_budget_and_load),
	    cmocka_unit_test(an_outage_of_a_month_starves_nobody),
	    cmocka_unit_test(filings_that_are_expected_slow_the_looks_down_within_reason),
	    cmocka_unit_test(nothing_left_means_not_before_next_month),
	    cmocka_unit_test(the_cheaper_way_to_look_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
