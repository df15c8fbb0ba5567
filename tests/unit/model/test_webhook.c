/* Where webhooks may go, which events they tell of, and when they are tried again. */
#include "../unit.h"

#include <string.h>

#include "base/buf.h"
#include "model/webhook.h"

static bool is_public(const char *text)
{
	unsigned char a[ADDRESS_SIZE];

	if (!address_read(text, a))
		fail_msg("%s is not read", text);
	return address_public(a);
}

static void only_the_public_internet_is_public(void **state)
{
	static const char *const outside[] = {
	    "1.1.1.1",          "8.8.8.8",         "9.255.255.255",  "11.0.0.0",
	    "100.63.255.255",   "100.128.0.0",     "172.15.255.255", "172.32.0.0",
	    "169.253.255.255",  "192.167.255.255", "192.169.0.0",    "223.255.255.255",
	    "198.17.255.255",   "198.20.0.0",      "2606:4700::1",   "2a00:1450:4001::1",
	    "64:ff9b::101:101", "::ffff:8.8.8.8",  "[2606:4700::1]", "168.63.129.17"};
	static const char *const inside[] = {"0.0.0.0",
					     "0.1.2.3",
					     "10.0.0.1",
					     "10.255.255.255",
					     "100.64.0.1",
					     "100.100.100.200",
					     "127.0.0.1",
					     "127.255.255.254",
					     "169.254.169.254",
					     "168.63.129.16",
					     "172.16.0.1",
					     "172.31.255.255",
					     "192.0.0.192",
					     "192.0.2.1",
					     "192.88.99.1",
					     "192.168.0.1",
					     "198.18.0.1",
					     "198.19.255.255",
					     "198.51.100.7",
					     "203.0.113.9",
					     "224.0.0.1",
					     "239.255.255.255",
					     "240.0.0.1",
					     "255.255.255.255",
					     "::",
					     "::1",
					     "::127.0.0.1",
					     "::ffff:127.0.0.1",
					     "::ffff:10.0.0.1",
					     "::ffff:a9fe:a9fe",
					     "64:ff9b::7f00:1",
					     "64:ff9b::a9fe:a9fe",
					     "64:ff9b:1::1",
					     "100::1",
					     "2001::1",
					     "2001:db8::1",
					     "2002:7f00:1::",
					     "2001:2::1",
					     "3fff::1",
					     "fc00::1",
					     "fd00:ec2::254",
					     "fe80::1",
					     "febf::1",
					     "fec0::1",
					     "ff02::1",
					     "[::1]",
					     "4000::1",
					     "5f00::1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(outside); i++) {
		if (!is_public(outside[i]))
			fail_msg("%s", outside[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(inside); i++) {
		if (is_public(inside[i]))
			fail_msg("%s", inside[i]);
	}
}

static void an_address_has_one_form(void **state)
{
	static const char *const wrong[] = {"",       "localhost", "127.1",   "2130706433",
					    "0x7f.1", "010.0.0.1", "1.2.3",   "1.2.3.4.5",
					    "[::1",   "::1]",      "[]",      "[1.2.3.4]",
					    "::g",    "fe80::1%1", "1.2.3.4 "};
	unsigned char a[ADDRESS_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (address_read(wrong[i], a))
			fail_msg("%s", wrong[i]);
	}
}

static void a_network_is_a_prefix_with_nothing_behind(void **state)
{
	static const char *const right[] = {"10.0.0.0/8", "0.0.0.0/0",   "10.1.2.3",
					    "fd00::/8",   "10.1.2.3/32", "::/0",
					    "::1",        "fd00::1/128", "10.128.0.0/9"};
	static const char *const wrong[] = {"10.0.0.1/8",  "10.0.0.0/33", "fd00::/129", "10.0.0.0/",
					    "10.0.0.0/-1", "fd00::1/64",  "/8",         "10/8",
					    "10.0.0.0/08", "[::1]",       "10.64.0.0/9"};
	struct network n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		if (!network_read(right[i], &n))
			fail_msg("%s", right[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (network_read(wrong[i], &n))
			fail_msg("%s", wrong[i]);
	}
}

static bool may(const char *networks, bool tls, const char *address)
{
	struct webhook_networks allowed;
	unsigned char a[ADDRESS_SIZE];
	struct err e = {0};

	assert_true(webhook_networks_read(networks, &allowed, &e));
	assert_true(address_read(address, a));
	return webhook_may_reach(&allowed, tls, a);
}

static void what_is_inside_must_be_allowed(void **state)
{
	(void)state;
	assert_false(may(NULL, true, "10.1.2.3"));
	assert_true(may("10.0.0.0/8", true, "10.1.2.3"));
	assert_true(may("192.168.0.0/16 10.0.0.0/8", false, "10.1.2.3"));
	assert_true(may("10.0.0.0/8", true, "::ffff:10.1.2.3"));
	assert_true(may("10.0.0.0/8", true, "64:ff9b::a01:203"));
	assert_false(may("10.0.0.0/8", false, "11.1.2.3"));
	assert_false(may("10.1.0.0/16", true, "10.2.0.1"));
	assert_true(may("fd00::/8", true, "fd12::1"));
	assert_false(may("fd00::/8", true, "fe80::1"));
}

static void without_tls_nothing_goes_to_the_internet(void **state)
{
	(void)state;
	assert_true(may(NULL, true, "1.1.1.1"));
	assert_false(may(NULL, false, "1.1.1.1"));
	assert_false(may("10.0.0.0/8", false, "1.1.1.1"));
}

static void a_list_of_networks_is_bounded_and_says_what_is_wrong(void **state)
{
	AUTO(buf_done) struct buf text = {0};
	struct webhook_networks out;
	struct err e = {0};

	(void)state;
	assert_false(webhook_networks_read("10.0.0.0/8 nonsense", &out, &e));
	assert_non_null(strstr(e.text, "nonsense"));
	for (int i = 0; i <= WEBHOOK_MAX_NETWORKS; i++)
		buf_printf(&text, "%s10.0.%d.0/24", i > 0 ? " " : "", i);
	assert_false(webhook_networks_read(text.data, &out, &e));
	assert_int_equal(e.code, ERR_UNPROCESSABLE);
	assert_true(webhook_networks_read("", &out, &e));
	assert_int_equal(out.count, 0);
}

static void events_have_names_outside(void **state)
{
	(void)state;
	assert_string_equal(webhook_type("filed"), "request.filed");
	assert_string_equal(webhook_type("approved"), "request.decided");
	assert_string_equal(webhook_type("grant-used"), "grant.consumed");
	assert_string_equal(webhook_type("removed-without-grant"), "device.alarm");
	assert_null(webhook_type("signed-in"));
}

static void a_webhook_hears_what_it_chose(void **state)
{
	(void)state;
	assert_true(webhook_wants("request.filed request.decided", "request.decided"));
	assert_false(webhook_wants("request.filed", "request.decided"));
	assert_false(webhook_wants("request.decided2", "request.decided"));
	assert_false(webhook_wants("request", "request.decided"));
	assert_true(webhook_wants("*", "device.alarm"));
	assert_true(webhook_wants("request.filed", WEBHOOK_TEST));
}

static void tries_go_on_for_three_days(void **state)
{
	int64_t sum = 0, before = 0;

	(void)state;
	for (int64_t i = 1; i < WEBHOOK_TRIES; i++) {
		int64_t least = webhook_delay_ms("request.filed", i, 0);

		assert_true(least > before);
		assert_true(webhook_delay_ms("request.filed", i, UINT32_MAX) <= least * 6 / 5);
		before = least;
		sum += least;
	}
	assert_true(sum > INT64_C(72) * 3600000);
	assert_true(sum < WEBHOOK_PATIENCE_MS);
	assert_int_equal(webhook_delay_ms("request.filed", WEBHOOK_TRIES, 0), 0);
	assert_int_equal(webhook_delay_ms(WEBHOOK_TEST, 1, 0), 0);
}

static void an_endpoint_that_fails_is_left_alone_for_minutes_at_most(void **state)
{
	(void)state;
	assert_int_equal(webhook_pause_ms(0), 0);
	assert_int_equal(webhook_pause_ms(1), 1000);
	assert_int_equal(webhook_pause_ms(3), 4000);
	assert_int_equal(webhook_pause_ms(INT64_MAX), 300000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_the_public_internet_is_public),
	    cmocka_unit_test(an_address_has_one_form),
	    cmocka_unit_test(a_network_is_a_prefix_with_nothing_behind),
	    cmocka_unit_test(what_is_inside_must_be_allowed),
	    cmocka_unit_test(without_tls_nothing_goes_to_the_internet),
	    cmocka_unit_test(a_list_of_networks_is_bounded_and_says_what_is_wrong),
	    cmocka_unit_test(events_have_names_outside),
	    cmocka_unit_test(a_webhook_hears_what_it_chose),
	    cmocka_unit_test(tries_go_on_for_three_days),
	    cmocka_unit_test(an_endpoint_that_fails_is_left_alone_for_minutes_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
