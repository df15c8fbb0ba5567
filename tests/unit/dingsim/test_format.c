#include "../unit.h"

#include "crypto/crypto.h"
#include "dingsim/format.h"

/* 2026-04-16 07:34:37 UTC, of a published instance. */
#define CREATED_MS INT64_C(1776324877000)

static void times_are_beijing_minutes_with_a_false_z(void **state)
{
	char text[FORMAT_MINUTE_SIZE];

	(void)state;
	format_minute(CREATED_MS, text);
	assert_string_equal(text, "2026-04-16T15:34Z");
	/* 16:30 UTC on new year's eve is next year in Beijing. */
	format_minute(INT64_C(1798734600000), text);
	assert_string_equal(text, "2027-01-01T00:30Z");
}

static void pages_show_seconds_in_beijing(void **state)
{
	char text[FORMAT_SECOND_SIZE];

	(void)state;
	format_second(CREATED_MS, text);
	assert_string_equal(text, "2026-04-16 15:34:37");
}

static void instance_ids_end_with_their_second(void **state)
{
	char a[FORMAT_INSTANCE_SIZE], b[FORMAT_INSTANCE_SIZE];

	(void)state;
	format_instance_id(CREATED_MS, a);
	format_instance_id(CREATED_MS, b);
	assert_int_equal(strlen(a), 36);
	assert_string_equal(a + 26, "1776324877");
	assert_int_equal(strspn(a, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "_-"),
			 36);
	assert_int_equal(strspn(a + 22, "0123456789"), 14);
	assert_string_not_equal(a, b);
}

static void business_ids_begin_with_the_minute(void **state)
{
	char text[FORMAT_BUSINESS_SIZE];

	(void)state;
	format_business_id(CREATED_MS, 376553, text);
	assert_string_equal(text, "202604161534000376553");
}

static void activity_ids_belong_to_instance_and_step(void **state)
{
	char a[FORMAT_ACTIVITY_SIZE], b[FORMAT_ACTIVITY_SIZE];

	(void)state;
	format_activity_id("x", 0, a);
	assert_int_equal(strlen(a), 9);
	assert_int_equal(a[4], '_');
	format_activity_id("x", 0, b);
	assert_string_equal(a, b);
	format_activity_id("x", 1, b);
	assert_string_not_equal(a, b);
	format_activity_id("y", 0, b);
	assert_string_not_equal(a, b);
}

static void request_ids_look_like_each_gateways(void **state)
{
	char text[FORMAT_REQUEST_SIZE];

	(void)state;
	format_request_id(text);
	assert_int_equal(strlen(text), 36);
	assert_int_equal(strspn(text, "0123456789ABCDEF-"), 36);
	format_request_id_old(text);
	assert_int_equal(strlen(text), 13);
	assert_int_equal(strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz"), 13);
}

static int start(void **state)
{
	struct err e = {0};

	(void)state;
	return crypto_start(&e) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_are_beijing_minutes_with_a_false_z),
	    cmocka_unit_test(pages_show_seconds_in_beijing),
	    cmocka_unit_test(instance_ids_end_with_their_second),
	    cmocka_unit_test(business_ids_begin_with_the_minute),
	    cmocka_unit_test(activity_ids_belong_to_instance_and_step),
	    cmocka_unit_test(request_ids_look_like_each_gateways),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
