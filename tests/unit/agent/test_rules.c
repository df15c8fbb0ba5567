#include "../unit.h"

#include "agent/rules.h"

static void only_tls_or_this_machine_itself_is_a_server(void **state)
{
	static const struct {
		const char *url;
		const char *base; /* NULL: refused */
	} rows[] = {
	    {"https://holdfast.example", "https://holdfast.example"},
	    {"https://holdfast.example:8443/", "https://holdfast.example:8443"},
	    {"https://holdfast.example/behind/path//", "https://holdfast.example/behind/path"},
	    {"https://[2001:db8::1]:443", "https://[2001:db8::1]:443"},
	    {"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
	    {"http://127.8.0.255", "http://127.8.0.255"},
	    {"http://[::1]:8080/", "http://[::1]:8080"},
	    {"http://localhost:8080", "http://localhost:8080"},
	    {"", NULL},
	    {"holdfast.example", NULL},
	    {"ftp://holdfast.example", NULL},
	    {"HTTP://127.0.0.1", NULL},
	    {"http://holdfast.example", NULL},
	    {"http://127.0.0.1.evil.example", NULL},
	    {"http://127.1", NULL},
	    {"http://127.0.0.256", NULL},
	    {"http://127.0.0.1@evil.example", NULL},
	    {"http://localhost.evil.example", NULL},
	    {"http://[::2]", NULL},
	    {"https://", NULL},
	    {"https:///path", NULL},
	    {"https://host:0", NULL},
	    {"https://host:70000", NULL},
	    {"https://host:80x", NULL},
	    {"https://user:secret@host", NULL},
	    {"https://host/?a=b", NULL},
	    {"https://host/#part", NULL},
	    {"https://ho st", NULL},
	    {"https://host\\@evil.example", NULL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO(arena_done) struct arena a = {0};
		const char *base = NULL;
		struct err e;
		bool ok = rules_server(&a, rows[i].url, &base, &e);

		if (ok != (rows[i].base != NULL))
			fail_msg("%s is %s", rows[i].url, ok ? "accepted" : e.text);
		if (ok)
			assert_string_equal(base, rows[i].base);
	}
}

static void waits_double_up_to_five_minutes_and_are_spread(void **state)
{
	unsigned n;

	(void)state;
	assert_int_equal(rules_backoff_ms(1, 0), 500);
	assert_int_equal(rules_backoff_ms(1, 500), 1000);
	assert_int_equal(rules_backoff_ms(2, 0), 1000);
	assert_int_equal(rules_backoff_ms(5, 8000), 16000);
	assert_int_equal(rules_backoff_ms(10, 0), 150000);
	assert_int_equal(rules_backoff_ms(4000000000U, 150000), 300000);
	for (n = 1; n < 20; n++) {
		int64_t ms = rules_backoff_ms(n, 0xffffffffU);

		assert_true(ms >= rules_backoff_ms(n, 0) && ms <= 300000);
	}
}

static void each_token_answer_has_one_meaning(void **state)
{
	static const struct {
		int status;
		const char *error;
		enum rules_token means;
	} rows[] = {
	    {200, NULL, RULES_TOKEN_GRANTED},
	    {400, "authorization_pending", RULES_TOKEN_WAIT},
	    {400, "slow_down", RULES_TOKEN_SLOW_DOWN},
	    {400, "access_denied", RULES_TOKEN_DENIED},
	    {400, "expired_token", RULES_TOKEN_EXPIRED},
	    {400, "invalid_grant", RULES_TOKEN_FAILED},
	    {400, NULL, RULES_TOKEN_FAILED},
	    {404, NULL, RULES_TOKEN_FAILED},
	    {429, NULL, RULES_TOKEN_SLOW_DOWN},
	    {503, NULL, RULES_TOKEN_SLOW_DOWN},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(rules_token(rows[i].status, rows[i].error), rows[i].means);
}

static void a_refusal_keeps_its_meaning(void **state)
{
	(void)state;
	assert_int_equal(rules_refusal(401), ERR_UNAUTHENTICATED);
	assert_int_equal(rules_refusal(403), ERR_FORBIDDEN);
	assert_int_equal(rules_refusal(422), ERR_UNPROCESSABLE);
	assert_int_equal(rules_refusal(429), ERR_TOO_MANY);
	assert_int_equal(rules_refusal(503), ERR_UNAVAILABLE);
	assert_int_equal(rules_refusal(302), ERR_PEER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_tls_or_this_machine_itself_is_a_server),
	    cmocka_unit_test(waits_double_up_to_five_minutes_and_are_spread),
	    cmocka_unit_test(each_token_answer_has_one_meaning),
	    cmocka_unit_test(a_refusal_keeps_its_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
