#include "../unit.h"

#include "json/json.h"

static void commas_stand_where_they_must(void **state)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	(void)state;
	json_object(&w, NULL);
	json_put_text(&w, "name", "李华");
	json_put_text(&w, "none", NULL);
	json_array(&w, "list");
	json_array_end(&w);
	json_array(&w, "mixed");
	json_put_i64(&w, NULL, INT64_MIN);
	json_put_bool(&w, NULL, true);
	json_object(&w, NULL);
	json_object_end(&w);
	json_object(&w, NULL);
	json_put_null(&w, "n");
	json_object_end(&w);
	json_put_bool(&w, NULL, false);
	json_array_end(&w);
	json_put_i64(&w, "last", 0);
	json_object_end(&w);
	assert_string_equal(out.data, "{\"name\":\"李华\",\"none\":null,\"list\":[],"
				      "\"mixed\":[-9223372036854775808,true,{},{\"n\":null},false],"
				      "\"last\":0}");
}

static void what_must_be_escaped_is(void **state)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	(void)state;
	json_put_text(&w, NULL, "a\"b\\c/\b\f\n\r\t\x01\x1f\x7f é");
	assert_string_equal(out.data, "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f é\"");
	buf_reset(&out);
	w.comma = false;
	json_object(&w, NULL);
	json_put_i64(&w, "a\"b", 1);
	json_object_end(&w);
	assert_string_equal(out.data, "{\"a\\\"b\":1}");
}

static void what_was_read_is_written_as_it_was(void **state)
{
	static const char text[] =
	    "{\"a\":[1,2.50,-0,1e5,[],[[\"x\"],{}]],\"b\":{\"c\":{},\"d\":null},"
	    "\"e\":[true,false],\"\":\"\\u0001中\"}";
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	const struct json *value;
	struct err e = {0};

	(void)state;
	assert_true(json_parse(&a, text, strlen(text), &value, &e));
	json_array(&w, NULL);
	json_put_json(&w, NULL, value);
	json_put_json(&w, NULL, json_get(value, "b"));
	json_array_end(&w);
	assert_int_equal(out.data[0], '[');
	assert_memory_equal(out.data + 1, text, strlen(text));
	assert_string_equal(out.data + 1 + strlen(text), ",{\"c\":{},\"d\":null}]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(commas_stand_where_they_must),
	    cmocka_unit_test(what_must_be_escaped_is),
	    cmocka_unit_test(what_was_read_is_written_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
