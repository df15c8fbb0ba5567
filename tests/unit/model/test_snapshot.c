#include "../unit.h"

#include "base/text.h"
#include "model/snapshot.h"

/* The tree: root 1; 2 and 3 below it; 4 below 2. */
static const struct roster_department_source departments[] = {
    {"d4", "d2"}, {"d2", "d1"}, {"d1", NULL}, {"d3", "d1"}};
static const char *const in_4[] = {"d4"}, *const in_2[] = {"d2"}, *const in_3[] = {"d3"},
			 *const in_2_3[] = {"d2", "d3"}, *const in_none[] = {"gone"};
static const struct roster_person_source people[] = {
    {"ann", "Ann@Example.com", "138 0000-0001", in_4, 1},
    {"bob", "bob@example.com", "", in_2, 1},
    {"cat", "", "+8613800000003", in_3, 1},
    {"dan", "", "", in_2_3, 2},
    {"eve", "", "", in_none, 1},
};

static struct snapshot *build(const struct group *groups, size_t count, const struct policy *policy)
{
	const struct snapshot_source source = {.departments = departments,
					       .department_count = ARRAY_SIZE(departments),
					       .people = people,
					       .person_count = ARRAY_SIZE(people),
					       .groups = groups,
					       .group_count = count,
					       .policy = policy};

	return snapshot_new(&source);
}

/* One letter for each member, in the order of people. */
static void members(const struct rule *rules, size_t count, char out[ARRAY_SIZE(people) + 1])
{
	const struct group g = {"g", "g", "", rules, count};
	struct snapshot *s;
	struct policy policy;
	size_t n = 0;

	policy_default(&policy);
	s = build(&g, 1, &policy);
	for (size_t i = 0; i < ARRAY_SIZE(people); i++) {
		if (snapshot_in_group(s, "g", people[i].id))
			out[n++] = people[i].id[0];
	}
	out[n] = '\0';
	assert_int_equal(snapshot_members(s, "g"), n);
	snapshot_free(s);
}

static void rules_name_their_people(void **state)
{
	static const struct {
		struct rule rule;
		const char *members;
	} cases[] = {
	    {{RULE_USER, RULE_EQUAL, "ann"}, "a"},
	    {{RULE_USER, RULE_EQUAL, "nobody"}, ""},
	    {{RULE_USER, RULE_UNEQUAL, "ann"}, "bcde"},
	    {{RULE_USER, RULE_UNEQUAL, "nobody"}, "abcde"},
	    {{RULE_DEPARTMENT, RULE_EQUAL, "d1"}, "abcd"},
	    {{RULE_DEPARTMENT, RULE_EQUAL, "d2"}, "abd"},
	    {{RULE_DEPARTMENT, RULE_EQUAL, "d4"}, "a"},
	    {{RULE_DEPARTMENT, RULE_EQUAL, "d9"}, ""},
	    {{RULE_DEPARTMENT, RULE_UNEQUAL, "d2"}, "ce"},
	    {{RULE_EMAIL, RULE_EQUAL, "ann@example.COM"}, "a"},
	    {{RULE_EMAIL, RULE_UNEQUAL, "bob@example.com"}, "acde"},
	    {{RULE_TELEPHONE, RULE_EQUAL, "+86 138 0000 0001"}, "a"},
	    {{RULE_TELEPHONE, RULE_EQUAL, "13800000003"}, "c"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char got[ARRAY_SIZE(people) + 1];

		members(&cases[i].rule, 1, got);
		assert_string_equal(got, cases[i].members);
	}
}

static void rules_are_joined_by_or(void **state)
{
	static const struct rule equal[] = {{RULE_USER, RULE_EQUAL, "eve"},
					    {RULE_DEPARTMENT, RULE_EQUAL, "d3"}};
	static const struct rule unequal[] = {{RULE_USER, RULE_UNEQUAL, "eve"},
					      {RULE_USER, RULE_UNEQUAL, "ann"}};
	static const struct rule both[] = {{RULE_DEPARTMENT, RULE_UNEQUAL, "d1"},
					   {RULE_USER, RULE_EQUAL, "bob"}};
	char got[ARRAY_SIZE(people) + 1];

	(void)state;
	members(equal, 2, got);
	assert_string_equal(got, "cde");
	members(unequal, 2, got);
	assert_string_equal(got, "abcde");
	members(both, 2, got);
	assert_string_equal(got, "be");
	members(NULL, 0, got);
	assert_string_equal(got, "");
}

static void who_is_covered_and_why(void **state)
{
	static const struct rule in_2_rule = {RULE_DEPARTMENT, RULE_EQUAL, "d2"};
	static const struct rule in_3_rule = {RULE_DEPARTMENT, RULE_EQUAL, "d3"};
	static const struct group groups[] = {{"g2", "研发部", "", &in_2_rule, 1},
					      {"g3", "财务部", "", &in_3_rule, 1}};
	static const char *g2[] = {"g2"}, *g3_g2[] = {"g3", "g2"}, *ghost[] = {"g9"},
			  *ann[] = {"ann"};
	static const struct {
		bool everyone;
		struct json_list scope, whitelist;
		const char *person;
		bool covered;
		const char *why;
	} cases[] = {
	    {false, {0}, {0}, "ann", false, "out of scope"},
	    {true, {0}, {0}, "ann", true, "everyone"},
	    {true, {0}, {ann, 1}, "ann", false, "whitelist"},
	    {true, {0}, {ann, 1}, "bob", true, "everyone"},
	    {false, {g2, 1}, {0}, "ann", true, "group 研发部"},
	    {false, {g2, 1}, {ann, 1}, "ann", false, "whitelist"},
	    {false, {g2, 1}, {0}, "cat", false, "out of scope"},
	    {false, {g3_g2, 2}, {0}, "dan", true, "group 财务部"},
	    {false, {ghost, 1}, {0}, "ann", false, "out of scope"},
	    {true, {0}, {0}, "stranger", false, "unknown person"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct coverage got;
		struct snapshot *s;
		struct policy policy;

		policy_default(&policy);
		policy.everyone = cases[i].everyone;
		policy.groups = cases[i].scope;
		policy.whitelist = cases[i].whitelist;
		s = build(groups, 2, &policy);
		got = snapshot_coverage(s, cases[i].person);
		assert_int_equal(got.covered, cases[i].covered);
		assert_string_equal(got.why, cases[i].why);
		snapshot_free(s);
	}
}

/* d2 is ann, bob, dan; d3 is cat, dan. The policy that holds covers g2 without ann. */
static void who_would_be_covered(void **state)
{
	static const struct rule in_2_rule = {RULE_DEPARTMENT, RULE_EQUAL, "d2"};
	static const struct rule in_3_rule = {RULE_DEPARTMENT, RULE_EQUAL, "d3"};
	static const struct rule eve_rule = {RULE_USER, RULE_EQUAL, "eve"};
	static const struct group groups[] = {{"g2", "研发部", "", &in_2_rule, 1},
					      {"g3", "财务部", "", &in_3_rule, 1}};
	static const struct group emptied = {"g2", "研发部", "", NULL, 0};
	static const struct group renamed = {"g2", "工程部", "", &eve_rule, 1};
	static const struct group unused = {"g3", "财务部", "", &eve_rule, 1};
	static const struct group unsaved = {NULL, "新组", "", &eve_rule, 1};
	static const struct group unknown = {"g9", "新组", "", &eve_rule, 1};
	static const char *g2[] = {"g2"}, *g3[] = {"g3"}, *g9[] = {"g9"}, *ann[] = {"ann"};
	static const struct policy everyone = {.everyone = true};
	static const struct policy third = {.groups = {g3, 1}};
	static const struct policy second = {.groups = {g2, 1}};
	static const struct policy ninth = {.groups = {g9, 1}};
	static const struct policy nobody = {.whitelist = {ann, 1}};
	static const struct {
		const struct policy *policy;
		const struct group *changed;
		const char *covered, *why; /* of the first of them */
	} cases[] = {
	    {NULL, NULL, "bd", "group 研发部"},
	    {NULL, &emptied, "", NULL},
	    {NULL, &renamed, "e", "group 工程部"},
	    {NULL, &unused, "bd", "group 研发部"},
	    {NULL, &unsaved, "bd", "group 研发部"},
	    {NULL, &unknown, "bd", "group 研发部"},
	    {&everyone, NULL, "abcde", "everyone"},
	    {&second, NULL, "abd", "group 研发部"},
	    {&second, &renamed, "e", "group 工程部"},
	    {&third, NULL, "cd", "group 财务部"},
	    {&third, &emptied, "cd", "group 财务部"},
	    {&third, &unused, "e", "group 财务部"},
	    {&ninth, NULL, "", NULL},
	    {&ninth, &unknown, "e", "group 新组"},
	    {&nobody, NULL, "", NULL},
	};
	struct policy holds;
	struct snapshot *s;

	(void)state;
	policy_default(&holds);
	holds.groups = (struct json_list){g2, 1};
	holds.whitelist = (struct json_list){ann, 1};
	s = build(groups, 2, &holds);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(arena_done) struct arena a = {0};
		const struct snapshot_ahead *ahead =
		    snapshot_ahead_new(s, &a, cases[i].policy, cases[i].changed);
		char got[ARRAY_SIZE(people) + 1] = "";
		size_t n = 0;

		for (size_t k = 0; k < ARRAY_SIZE(people); k++) {
			struct coverage c = snapshot_ahead_coverage(ahead, people[k].id);

			if (c.covered && n == 0)
				assert_string_equal(c.why, cases[i].why);
			if (c.covered)
				got[n++] = people[k].id[0];
		}
		assert_string_equal(got, cases[i].covered);
		assert_string_equal(snapshot_ahead_coverage(ahead, "stranger").why,
				    "unknown person");
	}
	assert_false(snapshot_coverage(s, "eve").covered);
	snapshot_free(s);
}

/* Whoever has to be asked still has to be asked: only what the table names takes a request away. */
static void when_a_request_is_no_longer_needed(void **state)
{
	static const char *const white[] = {"bob"}, *const groups[] = {"g"},
				 *const packages[] = {"edr"};
	static const struct rule in_d2 = {RULE_DEPARTMENT, RULE_EQUAL, "d2"};
	static const struct group g = {"g", "g", "", &in_d2, 1};
	static const struct {
		enum policy_mode mode;
		bool everyone;
		const char *person, *package, *why; /* a part of it; NULL: needed */
	} cases[] = {
	    {POLICY_BLOCK, true, "ann", POLICY_CLIENT, NULL},
	    {POLICY_AUDIT, true, "ann", "edr", NULL},
	    {POLICY_BLOCK, false, "ann", POLICY_CLIENT, NULL},
	    {POLICY_OFF, true, "ann", POLICY_CLIENT, "switched off"},
	    {POLICY_BLOCK, true, "bob", POLICY_CLIENT, "whitelist"},
	    {POLICY_BLOCK, false, "bob", POLICY_CLIENT, "whitelist"},
	    {POLICY_BLOCK, false, "cat", POLICY_CLIENT, "scope"},
	    {POLICY_BLOCK, false, "dan", POLICY_CLIENT, NULL},
	    {POLICY_BLOCK, true, "ann", "vim", "not protected"},
	    {POLICY_BLOCK, false, "stranger", POLICY_CLIENT, NULL},
	    {POLICY_OFF, false, "stranger", POLICY_CLIENT, "switched off"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct policy policy;
		struct snapshot *s;
		const char *why;

		policy_default(&policy);
		policy.mode = cases[i].mode;
		policy.everyone = cases[i].everyone;
		policy.groups = (struct json_list){(void *)groups, 1};
		policy.whitelist = (struct json_list){(void *)white, 1};
		policy.packages = (struct json_list){(void *)packages, 1};
		s = build(&g, 1, &policy);
		why = snapshot_unneeded(s, cases[i].person, cases[i].package);
		if (cases[i].why == NULL ? why != NULL
					 : why == NULL || strstr(why, cases[i].why) == NULL)
			fail_msg("case %zu: %s", i, why == NULL ? "needed" : why);
		snapshot_free(s);
	}
}

static void a_loop_of_departments_ends(void **state)
{
	static const struct roster_department_source loop[] = {
	    {"d1", "d2"}, {"d2", "d1"}, {"d3", "d2"}};
	static const struct rule rule = {RULE_DEPARTMENT, RULE_EQUAL, "d3"};
	static const struct group g = {"g", "g", "", &rule, 1};
	struct policy policy;
	const struct snapshot_source source = {
	    .departments = loop,
	    .department_count = 3,
	    .people = (const struct roster_person_source[]){{"x", "", "", in_2, 1}},
	    .person_count = 1,
	    .groups = &g,
	    .group_count = 1,
	    .policy = &policy};
	struct snapshot *s;

	(void)state;
	policy_default(&policy);
	s = snapshot_new(&source);
	assert_false(snapshot_in_group(s, "g", "x"));
	snapshot_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rules_name_their_people),
	    cmocka_unit_test(rules_are_joined_by_or),
	    cmocka_unit_test(who_is_covered_and_why),
	    cmocka_unit_test(who_would_be_covered),
	    cmocka_unit_test(when_a_request_is_no_longer_needed),
	    cmocka_unit_test(a_loop_of_departments_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
