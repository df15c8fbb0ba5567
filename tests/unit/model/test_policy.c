#include "../unit.h"

#include "base/text.h"
#include "model/group.h"
#include "model/policy_diff.h"
#include "model/policy_second.h"
#include "model/role.h"

static char *written(struct arena *a, const struct policy *p)
{
	AUTO(buf_done) struct buf b = {0};
	struct json_writer w = {.out = &b};

	policy_write(&w, p);
	return arena_dup(a, b.data);
}

static void the_default_protects_nobody_and_can_be_saved(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	struct policy p, again;
	struct err e;
	char *text;

	(void)state;
	policy_default(&p);
	assert_int_equal(p.version, 0);
	assert_int_equal(p.mode, POLICY_OFF);
	assert_false(p.everyone);
	assert_int_equal(p.groups.count, 0);
	assert_true(p.filing_allowed);
	assert_int_equal(p.pending_days, 15);
	assert_int_equal(p.grant_hours, 72);
	assert_string_equal(p.zh.primary, "去报备");
	assert_string_equal(p.en.secondary, "Got It");
	text = written(&a, &p);
	assert_true(policy_read(&a, text, strlen(text), &again, &e));
	assert_string_equal(written(&a, &again), text);
}

/* from in the default's JSON becomes to. */
static bool reads(const char *from, const char *to, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf changed = {0};
	struct policy p;
	char *text, *at;

	policy_default(&p);
	text = written(&a, &p);
	at = strstr(text, from);
	assert_non_null(at);
	buf_add(&changed, text, (size_t)(at - text));
	buf_text(&changed, to);
	buf_text(&changed, at + strlen(from));
	return policy_read(&a, changed.data, changed.len, &p, e);
}

static void values_outside_their_bounds_are_named(void **state)
{
	static const struct {
		const char *from, *to;
		const char *named; /* NULL: is fine */
	} cases[] = {
	    {"\"mode\":\"off\"", "\"mode\":\"block\"", NULL},
	    {"\"mode\":\"off\"", "\"mode\":\"on\"", "mode"},
	    {"\"mode\":\"off\",", "", "mode"},
	    {"\"pending_days\":15", "\"pending_days\":0", "pending_days"},
	    {"\"pending_days\":15", "\"pending_days\":366", "pending_days"},
	    {"\"grant_hours\":72", "\"grant_hours\":0", NULL},
	    {"\"grant_hours\":72", "\"grant_hours\":8761", "grant_hours"},
	    {"\"packages\":[]", "\"packages\":[\"nginx\",\"libstdc++6\"]", NULL},
	    {"\"packages\":[]", "\"packages\":[\"-f\"]", "packages[0]"},
	    {"\"packages\":[]", "\"packages\":[\"a b\"]", "packages[0]"},
	    {"\"whitelist\":[]", "\"whitelist\":[\"me\"]", "whitelist[0]"},
	    {"\"whitelist\":[]",
	     "\"whitelist\":[\"01900000-0000-7000-8000-000000000000\",\"01900000-0000-7000-8000-"
	     "000000000000\"]",
	     "whitelist[1]"},
	    {"\"groups\":[]", "\"groups\":[1]", "scope.groups[0]"},
	    {"\"contact\":\"\"", "\"contact\":\"a\\u0007\"", "contact"},
	    {"\"workflow\":null", "\"workflow\":\"x\"", "filing.workflow"},
	    {"\"Got It\"", "\"\"", NULL},
	    {"\"Got It\"", "\"1234567890123456789012345678901\"", "prompt.en.secondary"},
	    {"\"Got It\"", "\"{user}, {device}, {package}\"", NULL},
	    {"\"Got It\"", "\"{{user} } {organisation}\"", NULL},
	    {"\"Got It\"", "\"{owner}\"",
	     "prompt.en.secondary: {owner} is not a variable; there are {user}, {device}, "
	     "{package}, "
	     "{organisation}"},
	    {"\"Got It\"", "\"{User}\"", "{User}"},
	    {"\"Got It\"", "\"{}\"", "{}"},
	    {"\"Got It\"", "\"a {user\"", "prompt.en.secondary: a { is never closed"},
	    {"\"Got It\"", "\"{{{user}\"", NULL},
	    {"\"Got It\"", "\"two\\nlines\"", "prompt.en.secondary"},
	    {"\"Got It\"", "\"\xe2\x80\xae\"", "prompt.en.secondary"},
	    {"{\"mode\"", "{\"version\":1,\"mode\"", "version"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = {0};
		bool ok = reads(cases[i].from, cases[i].to, &e);

		if (ok != (cases[i].named == NULL))
			fail_msg("%s: %s", cases[i].to, e.text);
		if (ok)
			continue;
		assert_int_equal(e.code, ERR_INVALID);
		if (strstr(e.text, cases[i].named) == NULL)
			fail_msg("%s: %s", cases[i].to, e.text);
	}
}

static void an_empty_prompt_falls_back(void **state)
{
	struct policy p;
	struct policy_prompt zh, en;

	(void)state;
	policy_default(&p);
	p.en.title = "";
	p.zh.title = "标题";
	p.zh.content = "";
	p.en.content = " \n";
	policy_prompts(&p, &zh, &en);
	assert_string_equal(en.title, "标题");
	assert_string_equal(zh.content,
			    "卸载后，该设备无法再用于公司办公，并将失去访问公司内网的权限。");
	assert_string_equal(en.primary, "File for Approval");
}

static void the_texts_are_as_long_as_they_may_be_and_no_longer(void **state)
{
	static const int limits[PROMPT_TEXTS] = {60, 2000, 30, 30};
	AUTO(buf_done) struct buf text = {0};
	struct err e;

	(void)state;
	for (enum prompt_text i = 0; i < PROMPT_TEXTS; i++) {
		buf_reset(&text);
		for (int k = 0; k < limits[i]; k++)
			buf_text(&text, "字");
		assert_true(prompt_text_check(i, text.data, &e));
		buf_text(&text, "字");
		assert_false(prompt_text_check(i, text.data, &e));
		assert_int_equal(e.code, ERR_INVALID);
		assert_non_null(strstr(e.text, "characters"));
	}
}

static void a_group_is_read_with_its_rules(void **state)
{
	static const char text[] =
	    "{\"name\":\" 研发 \",\"rules\":[{\"subject\":\"email\",\"relation\":\"unequal\","
	    "\"value\":\"a@b.c\"}]}";
	AUTO(arena_done) struct arena a = {0};
	struct group g;
	struct err e;

	(void)state;
	assert_true(group_read(&a, text, sizeof(text) - 1, &g, &e));
	assert_string_equal(g.name, "研发");
	assert_string_equal(g.description, "");
	assert_int_equal(g.rule_count, 1);
	assert_int_equal(g.rules[0].subject, RULE_EMAIL);
	assert_int_equal(g.rules[0].relation, RULE_UNEQUAL);
	assert_string_equal(rule_subject_name(RULE_TELEPHONE), "telephone");
}

static void roles_have_names(void **state)
{
	static const enum role roles[] = {ROLE_OWNER, ROLE_SECURITY_ADMIN, ROLE_APPROVER,
					  ROLE_AUDITOR};
	enum role role;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		assert_true(role_from_name(role_name(roles[i]), &role));
		assert_int_equal(role, roles[i]);
	}
	assert_false(role_from_name("root", &role));
	assert_false(role_from_name(NULL, &role));
}

/* What stands at "scope.groups" in the policy's JSON. */
static const struct json *at(struct arena *a, const char *text, const char *path)
{
	const struct json *v;
	struct err e;

	assert_true(json_parse(a, text, strlen(text), &v, &e));
	while (v != NULL && *path != '\0') {
		size_t n = strcspn(path, ".");

		v = json_get(v, arena_dup_n(a, path, n));
		path += n + (path[n] == '.');
	}
	assert_non_null(v);
	return v;
}

static void is_value(const struct json *want, const struct policy_value *got)
{
	if (want->type == JSON_NULL)
		assert_null(got);
	else if (want->type == JSON_BOOL)
		assert_string_equal(got->value, want->truth ? "true" : "false");
	else
		assert_string_equal(got->value, want->text);
}

static void every_field_that_differs_is_found_where_the_json_has_it(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	static const char *groups[] = {"g1", "g2"}, *people[] = {"p1"}, *packages[] = {"vpn"};
	static const struct policy_prompt other = {"a", "b", "c", "d"};
	const struct policy_change *c;
	struct json_list changes;
	struct policy x, y;

	(void)state;
	policy_default(&x);
	y = (struct policy){.mode = POLICY_BLOCK,
			    .anti_logoff = true,
			    .everyone = true,
			    .groups = {groups, 2},
			    .whitelist = {people, 1},
			    .workflow = "w1",
			    .builtin_workflow = "w2",
			    .contact = "IT",
			    .packages = {packages, 1},
			    .pending_days = 3,
			    .grant_hours = 4,
			    .zh = other,
			    .en = other};
	changes = policy_diff(&a, &x, &y);
	c = changes.items;
	for (size_t i = 0; policy_fields[i] != NULL; i++, c++) {
		const struct json *was = at(&a, written(&a, &x), policy_fields[i]);
		const struct json *is = at(&a, written(&a, &y), policy_fields[i]);

		assert_true(i < changes.count);
		assert_string_equal(c->field, policy_fields[i]);
		if (is->type == JSON_ARRAY) {
			assert_int_equal(c->added.count, is->count);
			assert_string_equal(((struct policy_value *)c->added.items)[0].value,
					    is->first->text);
			continue;
		}
		is_value(was, c->before);
		is_value(is, c->after);
	}
	changes = policy_diff(&a, &y, &y);
	assert_int_equal(changes.count, 0);
	assert_string_equal(policy_changed(&a, &changes), "");
	x = y;
	x.groups = (struct json_list){(const char *[]){"g2", "g1"}, 2};
	changes = policy_diff(&a, &x, &y);
	c = changes.items;
	assert_int_equal(changes.count, 1);
	assert_true(c->moved);
	x.groups = (struct json_list){(const char *[]){"g2", "g3"}, 2};
	changes = policy_diff(&a, &x, &y);
	c = changes.items;
	assert_false(c->moved);
	assert_string_equal(((struct policy_value *)c->removed.items)[0].value, "g3");
	assert_string_equal(((struct policy_value *)c->added.items)[0].value, "g1");
	assert_string_equal(policy_changed(&a, &changes), "scope.groups");
}

static void what_weakens_the_policy_needs_a_second_person(void **state)
{
	static const struct {
		struct policy_weakening w;
		unsigned whys;
	} cases[] = {
	    {{POLICY_BLOCK, POLICY_BLOCK, .threshold = 20}, 0},
	    {{POLICY_OFF, POLICY_BLOCK, .threshold = 20}, 0},
	    {{POLICY_AUDIT, POLICY_BLOCK, .threshold = 20}, 0},
	    {{POLICY_BLOCK, POLICY_AUDIT, .threshold = 20}, POLICY_SECOND_MODE},
	    {{POLICY_BLOCK, POLICY_OFF, .threshold = 20}, POLICY_SECOND_MODE},
	    {{POLICY_AUDIT, POLICY_OFF, .threshold = 20}, POLICY_SECOND_MODE},
	    {{POLICY_BLOCK, POLICY_BLOCK, 20, 20, 20, 20, 20}, 0},
	    {{POLICY_BLOCK, POLICY_BLOCK, 21, 21, 0, 0, 20}, POLICY_SECOND_WHITELIST},
	    {{POLICY_BLOCK, POLICY_BLOCK, 0, 0, 21, 21, 20}, POLICY_SECOND_DEVICES},
	    /* Many small steps are one; what takes no such step is none. */
	    {{POLICY_BLOCK, POLICY_BLOCK, 1, 21, 0, 0, 20}, POLICY_SECOND_WHITELIST},
	    {{POLICY_BLOCK, POLICY_BLOCK, 0, 21, 0, 21, 20}, 0},
	    {{POLICY_BLOCK, POLICY_BLOCK, 0, 0, 1, 21, 20}, POLICY_SECOND_DEVICES},
	    /* What was covered for an hour only is still covered now. */
	    {{POLICY_BLOCK, POLICY_BLOCK, 0, 0, 21, 0, 20}, POLICY_SECOND_DEVICES},
	    {{POLICY_BLOCK, POLICY_BLOCK, 1, 1, 1, 1, 0},
	     POLICY_SECOND_WHITELIST | POLICY_SECOND_DEVICES},
	    {{POLICY_BLOCK, POLICY_OFF, 1, 1, 1, 1, 0},
	     POLICY_SECOND_MODE | POLICY_SECOND_WHITELIST | POLICY_SECOND_DEVICES},
	};
	AUTO(arena_done) struct arena a = {0};
	struct json_list words;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(policy_second(&cases[i].w), cases[i].whys);
	words = policy_second_words(&a, POLICY_SECOND_MODE | POLICY_SECOND_DEVICES);
	assert_int_equal(words.count, 2);
	assert_string_equal(((const char **)words.items)[0], "mode");
	assert_string_equal(((const char **)words.items)[1], "devices");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_weakens_the_policy_needs_a_second_person),
	    cmocka_unit_test(every_field_that_differs_is_found_where_the_json_has_it),
	    cmocka_unit_test(the_default_protects_nobody_and_can_be_saved),
	    cmocka_unit_test(values_outside_their_bounds_are_named),
	    cmocka_unit_test(an_empty_prompt_falls_back),
	    cmocka_unit_test(the_texts_are_as_long_as_they_may_be_and_no_longer),
	    cmocka_unit_test(a_group_is_read_with_its_rules),
	    cmocka_unit_test(roles_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
