#include "../unit.h"

#include "dingsim/rule.h"

#define FINISH "/v1.0/event/bpms_instance_change/processCode/PROC-1/type/finish"

static const struct {
	const char *rule, *resource;
	bool matches;
} cases[] = {
    {FINISH, FINISH, true},
    {FINISH, FINISH "x", false},
    {FINISH "x", FINISH, false},
    {"/v1.0/event/bpms_instance_change/processCode/PROC-1/type/*", FINISH, true},
    {"/v1.0/event/bpms_instance_change/processCode/PROC-2/type/*", FINISH, false},
    {"/v1.0/event/bpms_instance_change/processCode/*/type/{finish,terminate}", FINISH, true},
    {"/v1.0/event/bpms_instance_change/processCode/*/type/{start,terminate}", FINISH, false},
    {"/v1.0/event/bpms_instance_change/processCode/PROC-1/type/fin*h", FINISH, true},
    {"/v1.0/event/{bpms_task_change,bpms_instance_change}/processCode/PROC-{1,2}/type/*", FINISH,
     true},
    /* One star stays inside its segment, two do not. */
    {"/v1.0/event/*", FINISH, false},
    {"/v1.0/event/**", FINISH, true},
    {"/v1.0/**/finish", FINISH, true},
    {"/v1.0/*/finish", FINISH, false},
    {"**", FINISH, true},
    {"/v1.0/event/**/type/{start,finish}", FINISH, true},
    {"*", "abc", true},
    {"*", "", true},
    {"*", "a/b", false},
    {"a*b*c", "aXbYc", true},
    {"a*b*c", "aXcYb", false},
    {"{a,ab}c", "abc", true},
    {"{a,}c", "c", true},
    {"{a,b}", "ab", false},
};

static void rules_match_as_globs(void **state)
{
	struct err e = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(rule_check(cases[i].rule, &e));
		if (rule_matches(cases[i].rule, cases[i].resource) != cases[i].matches)
			fail_msg("%s on %s", cases[i].rule, cases[i].resource);
	}
}

static void wrong_rules_are_refused(void **state)
{
	static const char *const wrong[] = {"", "{a", "a}", "{a{b}}", "{a*,b}", "a\nb", "}{"};
	char longest[RULE_MAX + 2];
	struct err e = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_false(rule_check(wrong[i], &e));
		assert_int_equal(e.code, ERR_INVALID);
	}
	memset(longest, 'a', sizeof(longest));
	longest[RULE_MAX + 1] = '\0';
	assert_false(rule_check(longest, &e));
	longest[RULE_MAX] = '\0';
	assert_true(rule_check(longest, &e));
}

static void a_long_resource_matches_nothing(void **state)
{
	char resource[RULE_RESOURCE_MAX + 2];

	(void)state;
	memset(resource, 'a', sizeof(resource));
	resource[RULE_RESOURCE_MAX + 1] = '\0';
	assert_false(rule_matches("**", resource));
	resource[RULE_RESOURCE_MAX] = '\0';
	assert_true(rule_matches("**", resource));
}

/* A matcher that tries out every split would not end here. */
static void many_stars_take_no_time(void **state)
{
	char rule[RULE_MAX + 1], resource[RULE_RESOURCE_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < RULE_MAX; i++)
		rule[i] = i % 2 ? 'a' : '*';
	rule[RULE_MAX] = '\0';
	memset(resource, 'a', sizeof(resource));
	resource[RULE_RESOURCE_MAX] = '\0';
	assert_true(rule_matches(rule, resource));
	resource[RULE_RESOURCE_MAX - 1] = 'b';
	assert_false(rule_matches(rule, resource));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rules_match_as_globs),
	    cmocka_unit_test(wrong_rules_are_refused),
	    cmocka_unit_test(a_long_resource_matches_nothing),
	    cmocka_unit_test(many_stars_take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
