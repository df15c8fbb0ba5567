#include "../unit.h"

#include "json/json.h"

struct group {
	const char *name;
	int64_t size;
};

struct policy {
	const char *mode;
	const char *title;
	int64_t days;
	bool filing;
	struct {
		bool all;
		struct json_list groups; /* of struct group */
	} scope;
	struct json_list packages; /* of const char * */
	const struct json *extra;
};

static const char *const modes[] = {"off", "audit", "block", NULL};

static const struct json_field group_fields[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct group, name), .required = true, .min = 1, .max = 8},
    {"size", JSON_FIELD_I64, offsetof(struct group, size), .min = 0, .max = INT64_MAX},
    {0},
};

static const struct json_field scope_fields[] = {
    {"all", JSON_FIELD_BOOL, offsetof(typeof(((struct policy *)0)->scope), all)},
    {"groups", JSON_FIELD_ARRAY, offsetof(typeof(((struct policy *)0)->scope), groups), .max = 3,
     .fields = group_fields, .size = sizeof(struct group)},
    {0},
};

static const struct json_field policy_fields[] = {
    {"mode", JSON_FIELD_TEXT, offsetof(struct policy, mode), .required = true, .words = modes},
    {"title", JSON_FIELD_TEXT, offsetof(struct policy, title), .min = 2, .max = 4},
    {"days", JSON_FIELD_I64, offsetof(struct policy, days), .min = -1, .max = 30},
    {"filing", JSON_FIELD_BOOL, offsetof(struct policy, filing)},
    {"scope", JSON_FIELD_OBJECT, offsetof(struct policy, scope), .fields = scope_fields},
    {"packages", JSON_FIELD_ARRAY, offsetof(struct policy, packages), .min = 1},
    {"extra", JSON_FIELD_ANY, offsetof(struct policy, extra)},
    {0},
};

static void an_object_fills_its_struct(void **state)
{
	static const char text[] =
	    "{\"mode\":\"block\",\"title\":\"请先报备\",\"days\":15,\"filing\":true,"
	    "\"scope\":{\"all\":false,\"groups\":[{\"name\":\"研发\",\"size\":7},{\"name\":\"x\"}]}"
	    ","
	    "\"packages\":[\"a\",\"b\"],\"extra\":{\"any\":[1]}}";
	AUTO(arena_done) struct arena a = {0};
	struct policy p = {.scope.all = true};
	const struct group *groups;
	struct err e = {0};

	(void)state;
	assert_true(json_read_text(&a, text, strlen(text), policy_fields, &p, &e));
	assert_string_equal(p.mode, "block");
	assert_string_equal(p.title, "请先报备");
	assert_int_equal(p.days, 15);
	assert_true(p.filing);
	assert_false(p.scope.all);
	assert_int_equal(p.scope.groups.count, 2);
	groups = p.scope.groups.items;
	assert_string_equal(groups[0].name, "研发");
	assert_int_equal(groups[0].size, 7);
	assert_string_equal(groups[1].name, "x");
	assert_int_equal(groups[1].size, 0);
	assert_int_equal(p.packages.count, 2);
	assert_string_equal(((const char *const *)p.packages.items)[1], "b");
	assert_int_equal(p.extra->type, JSON_OBJECT);
}

static void what_is_absent_or_null_keeps_its_default(void **state)
{
	static const char text[] = "{\"mode\":\"off\",\"days\":null,\"title\":null}";
	AUTO(arena_done) struct arena a = {0};
	struct policy p = {.days = 72, .title = "default", .scope.all = true};
	struct err e = {0};

	(void)state;
	assert_true(json_read_text(&a, text, strlen(text), policy_fields, &p, &e));
	assert_int_equal(p.days, 72);
	assert_string_equal(p.title, "default");
	assert_true(p.scope.all);
	assert_int_equal(p.packages.count, 0);
}

static void an_error_names_the_member(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} cases[] = {
	    {"[]", "the value must be an object"},
	    {"{}", "mode: is missing"},
	    {"{\"mode\":null}", "mode: is missing"},
	    {"{\"mode\":1}", "mode: must be text"},
	    {"{\"mode\":\"on\"}", "mode: must be one of: off, audit, block"},
	    {"{\"mode\":\"off\",\"color\":1}", "color: is not known"},
	    {"{\"mode\":\"off\",\"title\":\"中\"}", "title: must have at least 2 characters"},
	    {"{\"mode\":\"off\",\"title\":\"\"}", "title: must not be empty"},
	    {"{\"mode\":\"off\",\"title\":\"中中中中中\"}",
	     "title: must have at most 4 characters"},
	    {"{\"mode\":\"off\",\"days\":\"1\"}", "days: must be a whole number"},
	    {"{\"mode\":\"off\",\"days\":1.5}", "days: must be a whole number"},
	    {"{\"mode\":\"off\",\"days\":1e1}", "days: must be a whole number"},
	    {"{\"mode\":\"off\",\"days\":99999999999999999999}", "days: must be a whole number"},
	    {"{\"mode\":\"off\",\"days\":31}", "days: must be from -1 to 30"},
	    {"{\"mode\":\"off\",\"days\":-2}", "days: must be from -1 to 30"},
	    {"{\"mode\":\"off\",\"filing\":1}", "filing: must be true or false"},
	    {"{\"mode\":\"off\",\"scope\":[]}", "scope: must be an object"},
	    {"{\"mode\":\"off\",\"scope\":{\"x\":1}}", "scope.x: is not known"},
	    {"{\"mode\":\"off\",\"scope\":{\"groups\":{}}}", "scope.groups: must be a list"},
	    {"{\"mode\":\"off\",\"scope\":{\"groups\":[{\"name\":\"a\"},1]}}",
	     "scope.groups[1]: must be an object"},
	    {"{\"mode\":\"off\",\"scope\":{\"groups\":[{\"name\":\"a\"},{\"name\":2}]}}",
	     "scope.groups[1].name: must be text"},
	    {"{\"mode\":\"off\",\"scope\":{\"groups\":[{\"name\":\"\"}]}}",
	     "scope.groups[0].name: must not be empty"},
	    {"{\"mode\":\"off\",\"scope\":{\"groups\":[{},{},{},{}]}}",
	     "scope.groups: must have 0 to 3 elements"},
	    {"{\"mode\":\"off\",\"packages\":[]}", "packages: must have 1 to 3000 elements"},
	    {"{\"mode\":\"off\",\"packages\":[null]}", "packages[0]: must be text"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(arena_done) struct arena a = {0};
		struct policy p = {0};
		struct err e = {0};

		assert_false(json_read_text(&a, cases[i].text, strlen(cases[i].text), policy_fields,
					    &p, &e));
		assert_int_equal(e.code, ERR_INVALID);
		assert_string_equal(e.text, cases[i].error);
	}
}

static void text_and_lists_have_limits_without_being_told(void **state)
{
	static const struct json_field fields[] = {
	    {"t", JSON_FIELD_TEXT, offsetof(struct policy, title)},
	    {"l", JSON_FIELD_ARRAY, offsetof(struct policy, packages)},
	    {0},
	};
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf text = {0};
	struct policy p = {0};
	struct err e = {0};
	int i;

	(void)state;
	buf_text(&text, "{\"t\":\"");
	for (i = 0; i <= JSON_TEXT_DEFAULT_MAX; i++)
		buf_text(&text, "中");
	buf_text(&text, "\"}");
	assert_false(json_read_text(&a, text.data, text.len, fields, &p, &e));
	assert_string_equal(e.text, "t: must have at most 4096 characters");
	buf_reset(&text);
	buf_text(&text, "{\"l\":[\"\"");
	for (i = 0; i < JSON_ARRAY_DEFAULT_MAX; i++)
		buf_text(&text, ",\"\"");
	buf_text(&text, "]}");
	assert_false(json_read_text(&a, text.data, text.len, fields, &p, &e));
	assert_string_equal(e.text, "l: must have 0 to 3000 elements");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_object_fills_its_struct),
	    cmocka_unit_test(what_is_absent_or_null_keeps_its_default),
	    cmocka_unit_test(an_error_names_the_member),
	    cmocka_unit_test(text_and_lists_have_limits_without_being_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
