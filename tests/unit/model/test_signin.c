#include "../unit.h"

#include "base/text.h"
#include "model/proxy.h"
#include "model/rate.h"
#include "model/signin.h"

#define MINUTE ((int64_t)60 * 1000)
#define NOW INT64_C(1763830479123)

static void an_allowance_is_spent_and_fills_up_again(void **state)
{
	static const struct rate five = {5, 15 * MINUTE};
	int64_t full_ms = 0, wait_ms;

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_true(rate_take(&five, NOW, &full_ms, &wait_ms));
		assert_int_equal(wait_ms, 0);
	}
	assert_int_equal(full_ms, NOW + 15 * MINUTE);
	assert_false(rate_take(&five, NOW, &full_ms, &wait_ms));
	assert_int_equal(wait_ms, 3 * MINUTE);
	assert_int_equal(full_ms, NOW + 15 * MINUTE);
	assert_false(rate_take(&five, NOW + 3 * MINUTE - 1, &full_ms, &wait_ms));
	assert_int_equal(wait_ms, 1);
	assert_true(rate_take(&five, NOW + 3 * MINUTE, &full_ms, &wait_ms));
	assert_false(rate_take(&five, NOW + 3 * MINUTE, &full_ms, &wait_ms));
	/* All of it is back, and no more than that. */
	for (int i = 0; i < 5; i++)
		assert_true(rate_take(&five, NOW + 60 * MINUTE, &full_ms, &wait_ms));
	assert_false(rate_take(&five, NOW + 60 * MINUTE, &full_ms, &wait_ms));
}

static void what_is_given_back_can_be_taken_again(void **state)
{
	static const struct rate two = {2, 10 * MINUTE};
	int64_t full_ms = 0, wait_ms;

	(void)state;
	for (int i = 0; i < 20; i++) {
		assert_true(rate_take(&two, NOW, &full_ms, &wait_ms));
		rate_give(&two, &full_ms);
	}
	assert_true(rate_take(&two, NOW, &full_ms, &wait_ms));
	assert_true(rate_take(&two, NOW, &full_ms, &wait_ms));
	assert_false(rate_take(&two, NOW, &full_ms, &wait_ms));
}

static void strangers_take_nothing_from_a_known_browser(void **state)
{
	(void)state;
	for (int rate = 0; rate < SIGNIN_RATES; rate++) {
		assert_true(signin_rates[rate].count > 0 && signin_rates[rate].per_ms > 0);
		assert_int_equal(signin_rates[rate].per_ms % signin_rates[rate].count, 0);
		assert_false(signin_counts((enum signin_rate)rate, SIGNIN_FROM_KNOWN_BROWSER) &&
			     signin_counts((enum signin_rate)rate, SIGNIN_FROM_ANYWHERE));
	}
	assert_true(signin_counts(SIGNIN_BROWSER, SIGNIN_FROM_KNOWN_BROWSER));
	assert_true(signin_counts(SIGNIN_STRANGERS, SIGNIN_FROM_ANYWHERE));
	assert_false(signin_counts(SIGNIN_STRANGERS, SIGNIN_FROM_KNOWN_ADDRESS));
	assert_true(signin_counts(SIGNIN_ACCOUNT_ADDRESS, SIGNIN_FROM_KNOWN_ADDRESS));
	assert_true(signin_counts(SIGNIN_ADDRESS, SIGNIN_FROM_ANYWHERE));
}

static void a_password_is_long_and_not_the_address(void **state)
{
	static const struct {
		const char *password;
		bool good;
	} cases[] = {
	    {"correct horse", true},
	    {"twelve chars", true},
	    {"eleven char", false},
	    {"", false},
	    {"十二个汉字就够长了对吗呀", true},
	    {"十一个汉字还不够长对吗", false},
	    {"aaaaaaaaaaaaaaaa", false},
	    {"aaaaaaaaaaab", true},
	    {"wang.fang@example.com", false},
	    {"WANG.FANG@EXAMPLE.COM", false},
	    {"wang.fang@example.co", true},
	    {"with\ttab inside", false},
	};
	char longest[PASSWORD_MAX + 2];
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(password_check(cases[i].password, "wang.fang@example.com", &e),
				 cases[i].good);
	assert_false(password_check("wang.fang.2026", "wang.fang.2026@example.com", &e));
	assert_null(strstr(e.text, "2026"));
	for (size_t i = 0; i <= PASSWORD_MAX; i++)
		longest[i] = (char)('a' + i % 26);
	longest[PASSWORD_MAX + 1] = '\0';
	assert_false(password_check(longest, "x@example.com", &e));
	longest[PASSWORD_MAX] = '\0';
	assert_true(password_check(longest, "x@example.com", &e));
}

static void an_email_address_is_read_in_lower_case(void **state)
{
	static const struct {
		const char *typed, *email; /* NULL: none */
	} cases[] = {
	    {" Li.Hua@Example.COM ", "li.hua@example.com"},
	    {"李华@例子.公司", "李华@例子.公司"},
	    {"li", NULL},
	    {"@example.com", NULL},
	    {"li@", NULL},
	    {"li@a@b", NULL},
	    {"li hua@example.com", NULL},
	    {"<li@example.com>", NULL},
	    {"li@example.com,wang@example.com", NULL},
	    {"", NULL},
	};
	const char *email;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[64];

		strcpy(text, cases[i].typed);
		assert_int_equal(email_read(text, &email, &e), cases[i].email != NULL);
		if (cases[i].email != NULL)
			assert_string_equal(email, cases[i].email);
	}
}

static void proxies_are_networks_and_the_word_unix(void **state)
{
	struct proxies p;
	struct err e;

	(void)state;
	assert_true(proxies_read("", &p, &e));
	assert_int_equal(p.count, 0);
	assert_true(proxies_read(" 10.0.0.0/8,fd00::/8 , 192.0.2.7\tunix", &p, &e));
	assert_int_equal(p.count, 3);
	assert_true(p.local);
	assert_false(proxies_read("10.0.0.0/33", &p, &e));
	assert_false(proxies_read("10.0.0.1/8", &p, &e));
	assert_false(proxies_read("proxy.example.com", &p, &e));
	assert_string_equal(
	    e.text,
	    "\"proxy.example.com\" is no address or network such as 10.0.0.0/8 or fd00::/8");
}

/* The last one that no proxy of ours is; what a client writes itself stands in front of it. */
static void only_our_proxies_say_who_is_behind_them(void **state)
{
	static const struct {
		const char *peer, *forwarded_for, *who;
	} cases[] = {
	    {"203.0.113.9", NULL, "203.0.113.9"},
	    {"203.0.113.9", "198.51.100.1", "203.0.113.9"},
	    {"10.0.0.1", NULL, "10.0.0.1"},
	    {"10.0.0.1", "198.51.100.1", "198.51.100.1"},
	    {"10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"},
	    {"10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"},
	    {"10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"},
	    {"10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"},
	    {"10.0.0.1", "198.51.100.1:4711", "198.51.100.1"},
	    {"10.0.0.1", "[2001:db8::5]:4711", "2001:db8::5"},
	    {"10.0.0.1", "2001:db8::5", "2001:db8::5"},
	    {"::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"},
	    {"unix", "198.51.100.1", "198.51.100.1"},
	    {"10.0.0.1", "", "10.0.0.1"},
	    {"10.0.0.1", "198.51.100.1,", "10.0.0.1"},
	};
	AUTO(arena_done) struct arena a = {0};
	struct proxies p;
	struct err e;

	(void)state;
	assert_true(proxies_read("10.0.0.0/8 unix", &p, &e));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(proxies_behind(&p, &a, cases[i].peer, cases[i].forwarded_for),
				    cases[i].who);
	assert_true(proxies_read("", &p, &e));
	assert_string_equal(proxies_behind(&p, &a, "unix", "198.51.100.1"), "unix");
}

static void addresses_of_one_subscriber_count_together(void **state)
{
	AUTO(arena_done) struct arena a = {0};

	(void)state;
	assert_string_equal(address_group(&a, "192.0.2.1"), "192.0.2.1");
	assert_string_equal(address_group(&a, "::ffff:192.0.2.1"), "192.0.2.1");
	assert_string_equal(address_group(&a, "2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
	assert_string_equal(address_group(&a, "unix"), "unix");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_allowance_is_spent_and_fills_up_again),
	    cmocka_unit_test(what_is_given_back_can_be_taken_again),
	    cmocka_unit_test(strangers_take_nothing_from_a_known_browser),
	    cmocka_unit_test(a_password_is_long_and_not_the_address),
	    cmocka_unit_test(an_email_address_is_read_in_lower_case),
	    cmocka_unit_test(proxies_are_networks_and_the_word_unix),
	    cmocka_unit_test(only_our_proxies_say_who_is_behind_them),
	    cmocka_unit_test(addresses_of_one_subscriber_count_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
