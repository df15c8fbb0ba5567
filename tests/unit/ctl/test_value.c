/* What files say and what servers have: read, compared, changed, written, and shown in columns. */
#include "../unit.h"

#include "base/buf.h"
#include "base/text.h"
#include "ctl/schema.h"
#include "ctl/table.h"
#include "ctl/value.h"
#include "ctl/yaml.h"

static const struct json *parsed(struct arena *a, const char *text)
{
	const struct json *out;
	struct err e = {0};

	if (!json_parse(a, text, strlen(text), &out, &e))
		fail_msg("%s: %s", text, e.text);
	return out;
}

static struct value *yaml(struct arena *a, const char *text)
{
	struct value *out;
	struct err e = {0};

	if (!yaml_read(a, text, strlen(text), &out, &e))
		fail_msg("%s: %s", text, e.text);
	return out;
}

static void yaml_is(const char *text, const char *json)
{
	AUTO(arena_done) struct arena a = {0};

	assert_string_equal(value_write(&a, &yaml(&a, text)->json), json);
}

static void scalars_are_what_they_look_like(void **)
{
	yaml_is("a: 1\nb: -5\nc: true\nd: null\ne: ~\nf:\ng: text\n",
		"{\"a\":1,\"b\":-5,\"c\":true,\"d\":null,\"e\":null,\"f\":null,\"g\":\"text\"}");
	yaml_is("[yes, no, on, off, 0x10, 1.5, 007, 'true', \"1\", 2026-11-22]",
		"[\"yes\",\"no\",\"on\",\"off\",\"0x10\",\"1.5\",\"007\",\"true\",\"1\",\"2026-11-"
		"22\"]");
	yaml_is("a: |\n  two\n  lines\nb: 报备原因\n",
		"{\"a\":\"two\\nlines\\n\",\"b\":\"报备原因\"}");
	yaml_is("", "null");
	yaml_is("{\"json\": [1, {\"is\": \"yaml\"}]}", "{\"json\":[1,{\"is\":\"yaml\"}]}");
}

static void anchors_are_copied_where_they_are_named(void **)
{
	yaml_is("a: &x {k: [1]}\nb: *x\nc: &x 2\nd: *x\n",
		"{\"a\":{\"k\":[1]},\"b\":{\"k\":[1]},\"c\":2,\"d\":2}");
}

static void what_cannot_be_meant_is_refused_with_its_line(void **)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
	    {"a: 1\nb: [1\n", "line 3"},
	    {"a: 1\na: 2\n", "line 2: a stands here twice"},
	    {"a: 1\n? [x]\n: 2\n", "line 2: a key must be text"},
	    {"a: *none\n", "line 1: there is no anchor none"},
	    {"a: &x [*x]\n", "line 1: there is no anchor x"},
	    {"a: !!str 1\n", "line 1: tags"},
	    {"a: !x y\n", "line 1: tags"},
	    {"a\n---\nb\n", "second document"},
	    {"a: \"\\0\"\n", "line 1: this text cannot be read"},
	    {"a:\n\tb: 1\n", "line 2"},
	    {"<<: {a: 1}\n<<: {b: 1}\n", "twice"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		AUTO(arena_done) struct arena a = {0};
		struct value *out;
		struct err e = {0};

		if (yaml_read(&a, wrong[i].text, strlen(wrong[i].text), &out, &e))
			fail_msg("%s", wrong[i].text);
		if (strstr(e.text, wrong[i].says) == NULL)
			fail_msg("%s: %s", wrong[i].text, e.text);
	}
}

static void a_small_file_cannot_become_a_large_one(void **)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf laughs = {0}, deep = {0}, chain = {0};
	struct value *out;
	struct err e = {0};

	buf_text(&laughs, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 9; i++)
		buf_printf(&laughs, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1,
			   i - 1, i - 1, i - 1);
	assert_false(yaml_read(&a, laughs.data, laughs.len, &out, &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	for (int i = 0; i < YAML_MAX_DEPTH + 1; i++)
		buf_char(&deep, '[');
	e = (struct err){0};
	assert_false(yaml_read(&a, deep.data, deep.len, &out, &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	/* Depth by anchors, one more each. */
	buf_text(&chain, "a0: &a0 []\n");
	for (int i = 1; i < YAML_MAX_DEPTH + 2; i++)
		buf_printf(&chain, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	e = (struct err){0};
	assert_false(yaml_read(&a, chain.data, chain.len, &out, &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
}

static void what_is_written_is_read_as_the_same(void **)
{
	static const char *const texts[] = {
	    "{\"a\":\"1\",\"b\":\"true\",\"c\":\"null\",\"d\":\"\",\"e\":\"~\",\"f\":\"- x\"}",
	    "{\"a\":[],\"b\":{},\"c\":[[1,2],[{\"k\":null}]]}",
	    "{\"a: b\":\"c: d # e\",\"1\":\"two\\nlines\\n\\n\",\"x\":\" space \"}",
	    "\"*alias\"",
	    "{\"中文\":\"原因：“旧”\",\"tab\":\"a\\tb\"}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		AUTO(arena_done) struct arena a = {0};
		AUTO(buf_done) struct buf out = {0};
		struct err e = {0};

		assert_true(yaml_write(&out, parsed(&a, texts[i]), &e));
		assert_string_equal(value_write(&a, &yaml(&a, out.data)->json), texts[i]);
	}
}

static void what_is_wanted_may_be_there_already(void **)
{
	static const struct {
		const char *wants, *has;
		bool covers;
	} cases[] = {
	    {"{\"a\":1}", "{\"a\":1,\"b\":2}", true},
	    {"{\"a\":1,\"b\":2}", "{\"a\":1}", false},
	    {"{\"a\":{\"b\":true}}", "{\"a\":{\"b\":true,\"c\":0}}", true},
	    {"{\"a\":null}", "{}", true},
	    {"{\"a\":\"\"}", "{\"a\":null}", true},
	    {"{\"a\":[]}", "{}", true},
	    {"{\"a\":false}", "{}", false},
	    {"{\"a\":0}", "{}", false},
	    {"{\"a\":[1,2]}", "{\"a\":[2,1]}", true},
	    {"{\"a\":[1,1,2]}", "{\"a\":[2,2,1]}", false},
	    {"{\"a\":[{\"k\":1},{\"k\":2}]}", "{\"a\":[{\"k\":1,\"l\":0},{\"k\":2}]}", true},
	    {"{\"a\":[{\"k\":1},{\"k\":2}]}", "{\"a\":[{\"k\":2},{\"k\":1}]}", false},
	    {"{\"a\":\"1\"}", "{\"a\":1}", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(arena_done) struct arena a = {0};

		if (value_covers(parsed(&a, cases[i].wants), parsed(&a, cases[i].has)) !=
		    cases[i].covers)
			fail_msg("%s by %s", cases[i].wants, cases[i].has);
	}
}

static void members_are_set_by_their_path(void **)
{
	AUTO(arena_done) struct arena a = {0};
	struct value *v = value_new(&a, JSON_OBJECT);

	assert_true(value_set(&a, v, "a.b.c", value_number(&a, 1)));
	assert_true(value_set(&a, v, "a.b.d", value_bool(&a, true)));
	assert_true(value_set(&a, v, "a.b.c", value_text(&a, "x")));
	assert_false(value_set(&a, v, "a.b.c.e", value_text(&a, "x")));
	assert_string_equal(value_write(&a, &v->json), "{\"a\":{\"b\":{\"c\":\"x\",\"d\":true}}}");
	assert_string_equal(value_at(&v->json, "a.b.c")->text, "x");
	assert_null(value_at(&v->json, "a.x.c"));
	value_merge(v, value_copy(&a, parsed(&a, "{\"a\":{\"b\":{\"c\":2}},\"e\":[1]}")));
	value_drop(v, "none");
	assert_string_equal(value_write(&a, &v->json),
			    "{\"a\":{\"b\":{\"c\":2,\"d\":true}},\"e\":[1]}");
	value_drop(v, "a");
	assert_string_equal(value_write(&a, &v->json), "{\"e\":[1]}");
}

static const char schema_text[] =
    "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"},\"w\":{\"type\":[\"string\","
    "\"null\"],\"enum\":[\"a\",\"b\",null]},\"l\":{\"type\":\"array\",\"items\":{\"type\":"
    "\"object\",\"properties\":{\"x\":{\"type\":\"boolean\"}}}},\"any\":{}}}";

static void a_schema_refuses_what_it_does_not_know(void **)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"n: 1\nw: b\nl: [{x: true}]\nany: {what: ever}\n", NULL},
	    {"n: null\nw: ~\n", NULL},
	    {"n: 1\nm: 2\n", "line 2: top.m: is not known"},
	    {"l:\n  - x: true\n  - y: true\n", "line 3: top.l[1].y: is not known"},
	    {"n: one\n", "line 1: top.n: must be integer"},
	    {"w: c\n", "line 1: top.w: is none of the words"},
	    {"l: {x: true}\n", "line 1: top.l: must be array"},
	    {"w: [a]\n", "must be string or null"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(arena_done) struct arena a = {0};
		struct err e = {0};
		bool ok = schema_check(parsed(&a, schema_text), &yaml(&a, cases[i].text)->json,
				       "top", &e);

		assert_int_equal(ok, cases[i].says == NULL);
		if (!ok && strstr(e.text, cases[i].says) == NULL)
			fail_msg("%s: %s", cases[i].text, e.text);
	}
}

static void a_schema_keeps_what_it_knows(void **)
{
	AUTO(arena_done) struct arena a = {0};
	const struct json *from =
	    parsed(&a, "{\"n\":1,\"id\":\"x\",\"l\":[{\"x\":true,\"y\":1}],\"any\":{\"z\":1}}");

	assert_string_equal(value_write(&a, &schema_keep(&a, parsed(&a, schema_text), from)->json),
			    "{\"n\":1,\"l\":[{\"x\":true}],\"any\":{\"z\":1}}");
}

static void columns_of_the_screen_are_counted(void **)
{
	assert_int_equal(table_width(""), 0);
	assert_int_equal(table_width("abc"), 3);
	assert_int_equal(table_width("报备"), 4);
	assert_int_equal(table_width("é"), 1);
	assert_int_equal(table_width("e\u0301"), 1);
	assert_int_equal(table_width("한국"), 4);
	assert_int_equal(table_width("ｆｕ"), 4);
	assert_int_equal(table_width("🙂"), 2);
}

static void a_cell_moves_no_cursor(void **)
{
	AUTO(arena_done) struct arena a = {0};

	assert_string_equal(table_clean(&a, "a\x1b[2Jb\nc\x7f\xc2\x9b\u202e d"), "a [2Jb c    d");
	assert_string_equal(table_clean(&a, "\xff"), "?");
	assert_string_equal(table_clean(&a, "原因"), "原因");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scalars_are_what_they_look_like),
	    cmocka_unit_test(anchors_are_copied_where_they_are_named),
	    cmocka_unit_test(what_cannot_be_meant_is_refused_with_its_line),
	    cmocka_unit_test(a_small_file_cannot_become_a_large_one),
	    cmocka_unit_test(what_is_written_is_read_as_the_same),
	    cmocka_unit_test(what_is_wanted_may_be_there_already),
	    cmocka_unit_test(members_are_set_by_their_path),
	    cmocka_unit_test(a_schema_refuses_what_it_does_not_know),
	    cmocka_unit_test(a_schema_keeps_what_it_knows),
	    cmocka_unit_test(columns_of_the_screen_are_counted),
	    cmocka_unit_test(a_cell_moves_no_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
