#include "../unit.h"

#include <stdio.h>

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

struct part {
	const char *word;
};

struct whole {
	const char *id, *none, *gone;
	int64_t at_ms, never_ms, count;
	bool yes, no;
	struct part in;
	const struct part *there, *away;
	struct json_list parts, texts, nothing;
	const char *raw;
};

static const char *const words[] = {"blue", "red", NULL};
static const struct json_field part_json[] = {
    {"word", JSON_FIELD_TEXT, offsetof(struct part, word), .required = true, .words = words}, {0}};
static const struct json_field whole_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct whole, id), .required = true, .format = JSON_ID},
    {"none", JSON_FIELD_TEXT, offsetof(struct whole, none), .nullable = true, .max = 3,
     .example = "why"},
    {"gone", JSON_FIELD_TEXT, offsetof(struct whole, gone), .omit = true},
    {"at_ms", JSON_FIELD_I64, offsetof(struct whole, at_ms), .nullable = true, .max = INT64_MAX},
    {"never_ms", JSON_FIELD_I64, offsetof(struct whole, never_ms), .nullable = true},
    {"count", JSON_FIELD_I64, offsetof(struct whole, count), .min = 3, .max = 9},
    {"yes", JSON_FIELD_BOOL, offsetof(struct whole, yes), .doc = "whether"},
    {"no", JSON_FIELD_BOOL, offsetof(struct whole, no), .omit = true},
    {"in", JSON_FIELD_OBJECT, offsetof(struct whole, in), .fields = part_json},
    {"there", JSON_FIELD_POINTER, offsetof(struct whole, there), .fields = part_json,
     .size = sizeof(struct part), .nullable = true},
    {"away", JSON_FIELD_POINTER, offsetof(struct whole, away), .fields = part_json,
     .size = sizeof(struct part), .nullable = true},
    {"parts", JSON_FIELD_ARRAY, offsetof(struct whole, parts), .fields = part_json,
     .size = sizeof(struct part)},
    {"texts", JSON_FIELD_ARRAY, offsetof(struct whole, texts), .max = 2},
    {"nothing", JSON_FIELD_ARRAY, offsetof(struct whole, nothing), .omit = true},
    {0}};
static const struct json_field raw_json[] = {
    {"raw", JSON_FIELD_RAW, offsetof(struct whole, raw), .nullable = true}, {0}};

#define WHOLE                                                                         \
	"{\"id\":\"01980c5e-7b1a-7c3d-9a4e-5f60718293a4\",\"none\":null,\"at_ms\":5," \
	"\"never_ms\":null,\"count\":3,\"yes\":true,\"in\":{\"word\":\"blue\"},"      \
	"\"there\":{\"word\":\"red\"},\"away\":null,\"parts\":[{\"word\":\"red\"},"   \
	"{\"word\":\"blue\"}],\"texts\":[\"a\",\"b\"]}"

static void a_table_writes_what_it_reads(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	struct whole in = {0};
	struct err e = {0};

	(void)state;
	assert_true(json_read_text(&a, WHOLE, strlen(WHOLE), whole_json, &in, &e));
	assert_string_equal(in.there->word, "red");
	assert_null(in.away);
	json_write(&w, NULL, whole_json, &in);
	assert_string_equal(out.data, WHOLE);
}

static void what_is_JSON_already_is_put_as_it_is(void **state)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	struct whole in = {.raw = "[1,{}]"};

	(void)state;
	json_write(&w, NULL, raw_json, &in);
	in.raw = NULL;
	json_write(&w, NULL, raw_json, &in);
	assert_string_equal(out.data, "{\"raw\":[1,{}]},{\"raw\":null}");
}

static void an_id_is_checked(void **state)
{
	static const char text[] = "{\"id\":\"7\"}";
	AUTO(arena_done) struct arena a = {0};
	struct whole in = {0};
	struct err e = {0};

	(void)state;
	assert_false(json_read_text(&a, text, sizeof(text) - 1, whole_json, &in, &e));
	assert_string_equal(e.text, "id: must be an id");
}

static void a_schema_says_what_reading_takes(void **state)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	(void)state;
	json_schema_of(&w, NULL, &whole_json[5], JSON_SIDE_IN);
	json_schema_of(&w, NULL, &whole_json[1], JSON_SIDE_IN);
	json_schema_of(&w, NULL, &whole_json[1], JSON_SIDE_OUT);
	json_schema(&w, NULL, part_json, JSON_SIDE_OUT);
	assert_string_equal(
	    out.data,
	    "{\"type\":[\"integer\",\"null\"],\"format\":\"int64\",\"minimum\":3,\"maximum\":9},"
	    "{\"type\":[\"string\",\"null\"],\"maxLength\":3},{\"type\":[\"string\",\"null\"]},"
	    "{\"type\":\"object\",\"properties\":{\"word\":{\"type\":\"string\",\"enum\":[\"blue\","
	    "\"red\"]}},\"required\":[\"word\"],\"additionalProperties\":false}");
}

static void an_example_can_be_read(void **state)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	struct whole in = {0};
	struct err e = {0};

	(void)state;
	json_example(&w, NULL, whole_json, JSON_SIDE_IN);
	assert_true(json_read_text(&a, out.data, out.len, whole_json, &in, &e));
}

struct spoken {
	const char *name, *why, *nothing;
	struct json_list steps;
};

static const struct json_field spoken_json[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct spoken, name)},
    {"why", JSON_FIELD_TEXT, offsetof(struct spoken, why), .says = "reason", .doc = "of it"},
    {"nothing", JSON_FIELD_TEXT, offsetof(struct spoken, nothing), .says = "reason",
     .nullable = true},
    {"steps", JSON_FIELD_ARRAY, offsetof(struct spoken, steps), .says = "step"},
    {0}};

static const char *say(void *arg, const char *kind, const char *text)
{
	static char said[100];

	(void)snprintf(said, sizeof(said), "%s %s %s", (const char *)arg, kind, text);
	return said;
}

/* Only what a field says goes through the writer's say, and only where there is one. */
static void what_a_field_says_is_said(void **state)
{
	const char *const steps[] = {"a", "b"};
	const struct spoken in = {"x", "y", NULL, json_list_of(steps, 2)};
	AUTO(buf_done) struct buf out = {0};
	char so[] = "so";
	struct json_writer plain = {.out = &out},
			   speaking = {.out = &out, .say = say, .say_arg = so};

	(void)state;
	json_write(&plain, NULL, spoken_json, &in);
	assert_string_equal(
	    out.data, "{\"name\":\"x\",\"why\":\"y\",\"nothing\":null,\"steps\":[\"a\",\"b\"]}");
	buf_reset(&out);
	json_write(&speaking, NULL, spoken_json, &in);
	assert_string_equal(out.data, "{\"name\":\"x\",\"why\":\"so reason y\",\"nothing\":null,"
				      "\"steps\":[\"so step a\",\"so step b\"]}");
	buf_reset(&out);
	plain.comma = false;
	json_schema_of(&plain, NULL, &spoken_json[1], JSON_SIDE_OUT);
	assert_non_null(strstr(out.data, "\"description\":\"of it; in the reader's language\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_table_writes_what_it_reads),
	    cmocka_unit_test(what_is_JSON_already_is_put_as_it_is),
	    cmocka_unit_test(an_id_is_checked),
	    cmocka_unit_test(a_schema_says_what_reading_takes),
	    cmocka_unit_test(an_example_can_be_read),
	    cmocka_unit_test(commas_stand_where_they_must),
	    cmocka_unit_test(what_must_be_escaped_is),
	    cmocka_unit_test(what_was_read_is_written_as_it_was),
	    cmocka_unit_test(what_a_field_says_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
