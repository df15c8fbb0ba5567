#include "../unit.h"

#include <stdio.h>

#include "base/clock.h"
#include "json/json.h"

struct text {
	const char *bytes;
	size_t n;
};

#define T(literal)                           \
	(struct text)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static const struct text accepted[] = {
    T("[]"),
    T("{}"),
    T(" [ ] "),
    T("\r\n\t {\t}\n"),
    T("[[],{}]"),
    T("{\"\":0}"),
    T("{\"a\":{\"a\":1},\"b\":[{\"a\":2}]}"),
    T("[1,-1,0,-0,10,1.5,-0.0,1e5,1E+5,1e-5,0e0,0.1e1,123456789012345678901234567890]"),
    T("[true,false,null]"),
    T("42"),
    T("-1"),
    T("  true  "),
    T("null"),
    T("\"alone\""),
    T("\"\""),
    T("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"),
    T("[\"\\u0060\\u012a\\u12AB\\uD801\\udc37\\uDBFF\\uDFFF\\uFFFF\"]"),
    T("[\"中文 é 😀 \xf4\x8f\xbf\xbf \x7f\"]"),
    T("[\"{[,:]}\", \"\\\\\", \"\\\"[\"]"),
    T("[1 , 2\n,3 ]"),
    T("{\"a\":1,\"A\":2,\"a \":3}"),
    T("{\"a\" : [ 1 , { \"b\" : null } ] , \"c\" : \"\" }"),
};

static const struct text refused[] = {
    /* nothing, or not enough */
    T(""),
    T(" "),
    T("\n"),
    T("["),
    T("{"),
    T("[1"),
    T("[1,"),
    T("{\"a\""),
    T("{\"a\":"),
    T("{\"a\":1"),
    T("\""),
    T("\"a"),
    T("[\"a"),
    T("\"\\"),
    T("[\"\\u12"),
    T("[tru"),
    T("-"),
    T("[[]"),
    T("{\"a\":{}"),
    /* too much */
    T("1 2"),
    T("[] []"),
    T("[]]"),
    T("{}}"),
    T("[],"),
    T("{},1"),
    T("\"a\"\"b\""),
    T("[]x"),
    T("null null"),
    T("]"),
    T("}"),
    T(","),
    T(":"),
    T("[]\0"),
    T("\xef\xbb\xbf[]"),
    /* punctuation */
    T("[,]"),
    T("[1,]"),
    T("[,1]"),
    T("[1,,2]"),
    T("[1 2]"),
    T("[\"a\" \"b\"]"),
    T("[1:2]"),
    T("[\"a\":1]"),
    T("[1}"),
    T("{]"),
    T("{\"a\":1]"),
    T("{,}"),
    T("{\"a\":1,}"),
    T("{,\"a\":1}"),
    T("{\"a\"}"),
    T("{\"a\":}"),
    T("{\"a\":,\"b\":1}"),
    T("{\"a\" 1}"),
    T("{\"a\"::1}"),
    T("{\"a\":1 \"b\":2}"),
    T("{\"a\":1:2}"),
    T("{\"a\",1}"),
    T("{:1}"),
    T("{\"a\":1,,\"b\":2}"),
    T("{\"a\":\"b\":\"c\"}"),
    T("{\"a\" \"b\"}"),
    T("[[]{}]"),
    T("[[][]]"),
    T("{\"a\":1}{\"b\":2}"),
    T("[\"a\",\n4\n,1,"),
    T("[1\n,1\n,1"),
    T("{\"a\":[}"),
    T("[{]}"),
    T("{\"a\":/**/1}"),
    T("[1]//x"),
    T("[1]#x"),
    /* keys */
    T("{1:1}"),
    T("{null:1}"),
    T("{a:1}"),
    T("{'a':1}"),
    T("{[]:1}"),
    T("{{}:1}"),
    T("{1}"),
    T("{\"a\":1,2:3}"),
    /* the same key twice, written alike or not */
    T("{\"a\":1,\"a\":1}"),
    T("{\"a\":1,\"b\":2,\"\\u0061\":3}"),
    T("[{\"\":1,\"\":2}]"),
    /* numbers */
    T("[01]"),
    T("[-01]"),
    T("[00]"),
    T("[+1]"),
    T("[.5]"),
    T("[-.5]"),
    T("[1.]"),
    T("[1.e5]"),
    T("[1e]"),
    T("[1e+]"),
    T("[1e-]"),
    T("[1E]"),
    T("[1ee1]"),
    T("[1e1.5]"),
    T("[--1]"),
    T("[-]"),
    T("[- 1]"),
    T("[0x1]"),
    T("[1a]"),
    T("[1_000]"),
    T("[Infinity]"),
    T("[-Infinity]"),
    T("[NaN]"),
    T("[nan]"),
    T("[1 000]"),
    T("[1.2.3]"),
    T("[1-2]"),
    T("[\xef\xbc\x91]"),
    T("[1\"a\"]"),
    T("[1[]]"),
    T("[1{}]"),
    T("[-2.]"),
    T("[2.e3]"),
    T("[0e]"),
    T("[0e+]"),
    T("[0.e1]"),
    T("012"),
    T("1."),
    /* literals */
    T("[True]"),
    T("[TRUE]"),
    T("[nul]"),
    T("[nulll]"),
    T("[truefalse]"),
    T("[undefined]"),
    T("[tru\\u0065]"),
    T("[true\"\"]"),
    T("[\\]"),
    T("[\\\"]"),
    T("[*]"),
    T("['a']"),
    T("[a]"),
    /* text */
    T("[\"\t\"]"),
    T("[\"\n\"]"),
    T("[\"a\0b\"]"),
    T("[\"\x1f\"]"),
    T("[\"\\a\"]"),
    T("[\"\\'\"]"),
    T("[\"\\x41\"]"),
    T("[\"\\\0\"]"),
    T("[\"\\U0041\"]"),
    T("[\"\\u\"]"),
    T("[\"\\u004\"]"),
    T("[\"\\u00G0\"]"),
    T("[\"\\u0000\"]"),
    T("[\"\\ud800\"]"),
    T("[\"\\ud800abcdef\"]"),
    T("[\"\\ud800\\n00000\"]"),
    T("[\"\\ud800\\ud800\"]"),
    T("[\"\\udc00\"]"),
    T("[\"\\udc00\\ud800\"]"),
    T("[\"\\ud800\\u0041\"]"),
    T("[\"\\ud83d\\ude0\"]"),
    T("[\"\\\"]"),
    T("[\"\\\\\\\"]"),
    T("[\"\\\xc3\xa9\"]"),
    T("{\"\\ud800\":1}"),
    /* UTF-8 */
    T("[\"\xff\"]"),
    T("[\"\xc0\xaf\"]"),
    T("[\"\xe0\x80\xaf\"]"),
    T("[\"\xed\xa0\x80\"]"),
    T("[\"\xf4\x90\x80\x80\"]"),
    T("[\"\xe4\xb8\"]"),
    T("[\"\x80\"]"),
    T("{\"\xff\":1}"),
    T("[\xc3\xa9]"),
    T("[1,\xe2\x81\xa0 2]"),
    T("\xff\xfe[\0]\0"),
    T("[\x0c]"),
    T("[\x0b]"),
    T("[1\xc2\xa0]"),
};

static bool parse(struct arena *a, const char *bytes, size_t n, const struct json **out,
		  struct err *e)
{
	/* An exact copy, so that a sanitizer sees one byte too far. */
	char *copy = mem_alloc(n);
	bool parsed;

	memcpy(copy, bytes, n);
	parsed = json_parse(a, copy, n, out, e);
	mem_free(copy);
	return parsed;
}

static void what_rfc_8259_allows_is_accepted(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(accepted); i++) {
		AUTO(arena_done) struct arena a = {0};
		const struct json *value;
		struct err e = {0};

		if (!parse(&a, accepted[i].bytes, accepted[i].n, &value, &e))
			fail_msg("%s: %s", accepted[i].bytes, e.text);
	}
}

static void everything_else_is_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		AUTO(arena_done) struct arena a = {0};
		const struct json *value = NULL;
		struct err e = {0};

		if (parse(&a, refused[i].bytes, refused[i].n, &value, &e))
			fail_msg("accepted: %s", refused[i].bytes);
		assert_int_equal(e.code, ERR_INVALID);
		assert_null(value);
	}
}

static void values_come_out_as_they_were_meant(void **state)
{
	static const char text[] =
	    "{\"n\":-12,\"f\":1.50,\"t\":true,\"no\":false,\"nil\":null,"
	    "\"esc\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u4e2d\\u00e9\\ud83d\\ude00\","
	    "\"list\":[\"a\",[],{}],\"k\\u0065y\":9223372036854775808}";
	AUTO(arena_done) struct arena a = {0};
	const struct json *value, *list;
	struct err e = {0};
	int64_t n = 5;
	bool truth = false;

	(void)state;
	assert_true(parse(&a, text, strlen(text), &value, &e));
	assert_int_equal(value->count, 8);
	assert_true(json_i64(value, "n", &n));
	assert_int_equal(n, -12);
	assert_false(json_i64(value, "f", &n));
	assert_false(json_i64(value, "key", &n));
	assert_int_equal(n, -12);
	assert_string_equal(json_get(value, "f")->text, "1.50");
	assert_string_equal(json_get(value, "key")->text, "9223372036854775808");
	assert_true(json_bool(value, "t", &truth) && truth);
	assert_true(json_bool(value, "no", &truth) && !truth);
	assert_false(json_bool(value, "nil", &truth));
	assert_int_equal(json_get(value, "nil")->type, JSON_NULL);
	assert_string_equal(json_text(value, "esc"), "\"\\/\b\f\n\r\t中é😀");
	assert_null(json_text(value, "n"));
	assert_null(json_text(value, "absent"));
	assert_null(json_text(NULL, "n"));
	assert_null(json_get(json_get(value, "n"), "n"));
	list = json_get(value, "list");
	assert_int_equal(list->count, 3);
	assert_string_equal(list->first->text, "a");
	assert_int_equal(list->first->next->type, JSON_ARRAY);
	assert_int_equal(list->first->next->next->type, JSON_OBJECT);
	assert_null(list->first->next->next->next);
}

static void an_error_says_where(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	const struct json *value;
	struct err e = {0};

	(void)state;
	assert_false(parse(&a, "[1, 2x]", 7, &value, &e));
	assert_string_equal(e.text, "JSON, byte 4: neither a number nor true, false or null");
	assert_false(parse(&a, "{\"a\":1 \"b\":2}", 13, &value, &e));
	assert_string_equal(e.text, "JSON, byte 7: a comma must stand here");
}

static char *repeat(struct arena *a, const char *text, size_t times)
{
	size_t n = strlen(text), i;
	char *all = arena_alloc(a, n * times + 1);

	for (i = 0; i < times; i++)
		memcpy(all + i * n, text, n);
	return all;
}

static void depth_has_a_limit(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	const struct json *value;
	struct err e = {0};
	char *text;

	(void)state;
	text = arena_printf(&a, "%s%s", repeat(&a, "[", JSON_MAX_DEPTH),
			    repeat(&a, "]", JSON_MAX_DEPTH));
	assert_true(parse(&a, text, strlen(text), &value, &e));
	text = arena_printf(&a, "%s1%s", repeat(&a, "{\"a\":", JSON_MAX_DEPTH),
			    repeat(&a, "}", JSON_MAX_DEPTH));
	assert_true(parse(&a, text, strlen(text), &value, &e));
	text = arena_printf(&a, "[%s%s]", repeat(&a, "[", JSON_MAX_DEPTH),
			    repeat(&a, "]", JSON_MAX_DEPTH));
	assert_false(parse(&a, text, strlen(text), &value, &e));
	text = arena_printf(&a, "[%s]", repeat(&a, "[],", 1000));
	assert_false(parse(&a, text, strlen(text), &value, &e));
}

static void the_number_of_values_has_a_limit(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	const struct json *value;
	struct err e = {0};
	char *text;

	(void)state;
	text = arena_printf(&a, "[%s0]", repeat(&a, "0,", JSON_MAX_NODES - 2));
	assert_true(parse(&a, text, strlen(text), &value, &e));
	assert_int_equal(value->count, JSON_MAX_NODES - 1);
	text = arena_printf(&a, "[%s0]", repeat(&a, "0,", JSON_MAX_NODES - 1));
	assert_false(parse(&a, text, strlen(text), &value, &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
	text = arena_printf(&a, "[%s", repeat(&a, "[],", 1000000));
	assert_false(parse(&a, text, strlen(text), &value, &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
}

/* Texts that make a careless parser quadratic: hours then, well under a second each now. */
static void hostile_texts_cost_little(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	const struct json *value;
	struct err e = {0};
	int64_t start = clock_mono_ms();
	AUTO(buf_done) struct buf keys = {0};
	char *text;
	int i;

	(void)state;
	for (i = 0; i < 150000; i++)
		buf_printf(&keys, "%s\"key%d\":1", i ? "," : "{", i);
	buf_text(&keys, "}");
	assert_true(parse(&a, keys.data, keys.len, &value, &e));
	text = repeat(&a, "[", 1000000);
	assert_false(parse(&a, text, strlen(text), &value, &e));
	text = arena_printf(&a, "[%s1\",%s%s", repeat(&a, "1,", 150000), repeat(&a, "[", 100000),
			    repeat(&a, "]", 100000));
	assert_false(parse(&a, text, strlen(text), &value, &e));
	text = arena_printf(&a, "[%s\\\",%s%s", repeat(&a, "1,", 150000), repeat(&a, "[", 100000),
			    repeat(&a, "]", 100000));
	assert_false(parse(&a, text, strlen(text), &value, &e));
	assert_true(clock_mono_ms() - start < 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_rfc_8259_allows_is_accepted),
	    cmocka_unit_test(everything_else_is_refused),
	    cmocka_unit_test(values_come_out_as_they_were_meant),
	    cmocka_unit_test(an_error_says_where),
	    cmocka_unit_test(depth_has_a_limit),
	    cmocka_unit_test(the_number_of_values_has_a_limit),
	    cmocka_unit_test(hostile_texts_cost_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
