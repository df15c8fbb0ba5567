#include "../unit.h"

#include "model/alarm.h"

#define HOUR INT64_C(3600000)
#define NOW (1000 * HOUR)

static void a_finding_stands_in_front_of_its_evidence(void **state)
{
	static const struct {
		const char *text, *finding, *evidence; /* finding NULL: refused */
	} cases[] = {
	    {"unit-masked: /etc/systemd/system/x", "unit-masked", "/etc/systemd/system/x"},
	    {"clock-back:", "clock-back", ""},
	    {"clock-back", "clock-back", ""},
	    {"files-changed: a: b", "files-changed", "a: b"},
	    {"", NULL, NULL},
	    {": x", NULL, NULL},
	    {"Unit: x", NULL, NULL},
	    {"unit masked: x", NULL, NULL},
	    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: x", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(arena_done) struct arena a = {0};
		const char *finding = NULL, *evidence = NULL;
		struct err e = {0};
		bool ok = alarm_finding_read(&a, cases[i].text, &finding, &evidence, &e);

		assert_int_equal(ok, cases[i].finding != NULL);
		if (ok) {
			assert_string_equal(finding, cases[i].finding);
			assert_string_equal(evidence, cases[i].evidence);
		} else {
			assert_int_equal(e.code, ERR_INVALID);
		}
	}
}

static void while_no_server_ran_nobody_was_silent(void **state)
{
	static const struct alarm_outage outages[] = {
	    {NOW - 5 * HOUR, NOW - 2 * HOUR},
	    {NOW - 28 * HOUR, NOW - 26 * HOUR},
	    {NOW - 60 * HOUR, NOW - 40 * HOUR},
	};

	(void)state;
	assert_int_equal(alarm_silent_before(NOW, 24 * HOUR, NULL, 0), NOW - 24 * HOUR);
	/* 24 hours and 3 reach to 27 hours ago, where the second begins to count: 29; not to the third. */
	assert_int_equal(alarm_silent_before(NOW, 24 * HOUR, outages, 3), NOW - 29 * HOUR);
	assert_int_equal(alarm_silent_before(NOW, HOUR, outages, 3), NOW - HOUR);
	assert_int_equal(alarm_silent_before(NOW, 22 * HOUR, outages, 3), NOW - 25 * HOUR);
	assert_int_equal(alarm_silent_before(NOW, 36 * HOUR, outages, 3), NOW - 61 * HOUR);
}

static void more_than_a_tenth_is_many_but_not_a_handful(void **state)
{
	(void)state;
	assert_false(alarm_many(0, 0));
	assert_false(alarm_many(9, 9));
	assert_true(alarm_many(10, 10));
	assert_false(alarm_many(10, 100));
	assert_true(alarm_many(11, 100));
	assert_false(alarm_many(1000, 10000));
	assert_true(alarm_many(1001, 10000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_finding_stands_in_front_of_its_evidence),
	    cmocka_unit_test(while_no_server_ran_nobody_was_silent),
	    cmocka_unit_test(more_than_a_tenth_is_many_but_not_a_handful),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
