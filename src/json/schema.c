#include "json/json.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define EXAMPLE_ID "01980c5e-7b1a-7c3d-9a4e-5f60718293a4"
#define EXAMPLE_MS 1767225600000

static const char *const type_names[] = {
    [JSON_FIELD_TEXT] = "string",   [JSON_FIELD_I64] = "integer",    [JSON_FIELD_BOOL] = "boolean",
    [JSON_FIELD_OBJECT] = "object", [JSON_FIELD_POINTER] = "object", [JSON_FIELD_ARRAY] = "array",
    [JSON_FIELD_ANY] = NULL,        [JSON_FIELD_RAW] = NULL,
};

static bool is_time(const struct json_field *field)
{
	size_t n = strlen(field->name);

	return n > 3 && strcmp(field->name + n - 3, "_ms") == 0;
}

/* An absent optional member and null are the same when read. */
static bool may_be_null(const struct json_field *field, enum json_side side)
{
	return side == JSON_SIDE_IN ? !field->required : field->nullable;
}

static bool must_be_there(const struct json_field *field, enum json_side side)
{
	return side == JSON_SIDE_IN ? field->required : !field->omit;
}

static void put_type(struct json_writer *w, const char *type, bool null)
{
	if (!null) {
		json_put_text(w, "type", type);
		return;
	}
	json_array(w, "type");
	json_put_text(w, NULL, type);
	json_put_text(w, NULL, "null");
	json_array_end(w);
}

static void put_words(struct json_writer *w, const char *const *word, bool null)
{
	json_array(w, "enum");
	for (; *word; word++)
		json_put_text(w, NULL, *word);
	if (null)
		json_put_null(w, NULL);
	json_array_end(w);
}

static void put_text_rules(struct json_writer *w, const struct json_field *field,
			   enum json_side side, bool null)
{
	if (field->format)
		json_put_text(w, "format", field->format);
	if (field->words)
		put_words(w, field->words, null);
	if (side == JSON_SIDE_OUT || field->words || text_equal(field->format, JSON_ID))
		return;
	if (field->min)
		json_put_i64(w, "minLength", field->min);
	json_put_i64(w, "maxLength", field->max ? field->max : JSON_TEXT_DEFAULT_MAX);
}

static void put_number_rules(struct json_writer *w, const struct json_field *field,
			     enum json_side side)
{
	json_put_text(w, "format", "int64");
	if (side == JSON_SIDE_OUT)
		return;
	json_put_i64(w, "minimum", field->min);
	json_put_i64(w, "maximum", field->max);
}

static void put_array_rules(struct json_writer *w, const struct json_field *field,
			    enum json_side side)
{
	const struct json_field text = {
	    .name = "", .words = field->words, .format = field->format, .required = true};

	if (side == JSON_SIDE_IN) {
		json_put_i64(w, "minItems", field->min);
		json_put_i64(w, "maxItems", field->max ? field->max : JSON_ARRAY_DEFAULT_MAX);
	}
	if (field->fields)
		json_schema(w, "items", field->fields, side);
	else
		json_schema_of(w, "items", &text, side);
}

static void put_members(struct json_writer *w, const struct json_field *fields, enum json_side side)
{
	const struct json_field *field;

	json_object(w, "properties");
	for (field = fields; field->name; field++)
		json_schema_of(w, field->name, field, side);
	json_object_end(w);
	json_array(w, "required");
	for (field = fields; field->name; field++) {
		if (must_be_there(field, side))
			json_put_text(w, NULL, field->name);
	}
	json_array_end(w);
	json_put_bool(w, "additionalProperties", false);
}

static void put_rules(struct json_writer *w, const struct json_field *field, enum json_side side,
		      bool null)
{
	switch (field->kind) {
	case JSON_FIELD_TEXT:
		put_text_rules(w, field, side, null);
		return;
	case JSON_FIELD_I64:
		put_number_rules(w, field, side);
		return;
	case JSON_FIELD_OBJECT:
	case JSON_FIELD_POINTER:
		put_members(w, field->fields, side);
		return;
	case JSON_FIELD_ARRAY:
		put_array_rules(w, field, side);
		return;
	case JSON_FIELD_BOOL:
	case JSON_FIELD_ANY:
	case JSON_FIELD_RAW:
		return;
	}
}

/* What is ours to say is said in the reader's language. */
static void put_doc(struct json_writer *w, const struct json_field *field)
{
	AUTO(buf_done) struct buf text = {0};

	buf_printf(&text, "%s%s%s", field->doc ? field->doc : "",
		   field->doc && field->says ? "; " : "",
		   field->says ? "in the reader's language" : "");
	json_put_text(w, "description", text.data);
}

void json_schema_of(struct json_writer *w, const char *key, const struct json_field *field,
		    enum json_side side)
{
	bool null = may_be_null(field, side);

	json_object(w, key);
	if (type_names[field->kind])
		put_type(w, type_names[field->kind], null);
	put_rules(w, field, side, null);
	if (field->doc || field->says)
		put_doc(w, field);
	else if (is_time(field) && field->kind == JSON_FIELD_I64)
		json_put_text(w, "description", "UTC, in milliseconds since 1970");
	json_object_end(w);
}

void json_schema(struct json_writer *w, const char *key, const struct json_field *fields,
		 enum json_side side)
{
	json_object(w, key);
	json_put_text(w, "type", "object");
	put_members(w, fields, side);
	json_object_end(w);
}

static const char *text_example(const struct json_field *field)
{
	if (field->example)
		return field->example;
	if (field->words)
		return field->words[0];
	if (text_equal(field->format, JSON_ID))
		return EXAMPLE_ID;
	if (text_equal(field->format, "uri"))
		return "https://holdfast.example.com/";
	if (text_equal(field->format, "email"))
		return "li.wei@example.com";
	if (text_equal(field->format, "date"))
		return "2026-01-01";
	return field->name;
}

static int64_t number_example(const struct json_field *field, enum json_side side)
{
	bool bounded = side == JSON_SIDE_IN;
	int64_t n = is_time(field) ? EXAMPLE_MS : 1;

	if (bounded && n < field->min)
		return field->min;
	return bounded && n > field->max ? field->max : n;
}

static void put_array_example(struct json_writer *w, const struct json_field *field,
			      enum json_side side)
{
	int64_t n = 0;

	json_array(w, field->name);
	do {
		if (field->fields)
			json_example(w, NULL, field->fields, side);
		else
			json_put_text(w, NULL, text_example(field));
	} while (side == JSON_SIDE_IN && ++n < field->min);
	json_array_end(w);
}

static void put_example(struct json_writer *w, const struct json_field *field, enum json_side side)
{
	switch (field->kind) {
	case JSON_FIELD_TEXT:
		json_put_text(w, field->name, text_example(field));
		return;
	case JSON_FIELD_OBJECT:
	case JSON_FIELD_POINTER:
		json_example(w, field->name, field->fields, side);
		return;
	case JSON_FIELD_ARRAY:
		put_array_example(w, field, side);
		return;
	case JSON_FIELD_I64:
		if (field->example)
			json_put_raw(w, field->name, field->example);
		else
			json_put_i64(w, field->name, number_example(field, side));
		return;
	case JSON_FIELD_BOOL:
		json_put_raw(w, field->name, field->example ? field->example : "false");
		return;
	case JSON_FIELD_ANY:
	case JSON_FIELD_RAW:
		json_put_raw(w, field->name, field->example ? field->example : "{}");
		return;
	}
}

void json_example(struct json_writer *w, const char *key, const struct json_field *fields,
		  enum json_side side)
{
	const struct json_field *field;

	json_object(w, key);
	for (field = fields; field->name; field++)
		put_example(w, field, side);
	json_object_end(w);
}
