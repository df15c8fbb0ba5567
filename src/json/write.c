#include "json/json.h"

#include <stdlib.h>

static char short_escape(char c)
{
	switch (c) {
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	case '"':
	case '\\':
		return c;
	default:
		return '\0';
	}
}

static void put_quoted(struct buf *out, const char *text)
{
	const char *plain = text;

	buf_char(out, '"');
	for (; *text; text++) {
		char escape = short_escape(*text);

		if (!escape && (unsigned char)*text >= 0x20)
			continue;
		buf_add(out, plain, (size_t)(text - plain));
		plain = text + 1;
		if (escape)
			buf_printf(out, "\\%c", escape);
		else
			buf_printf(out, "\\u%04x", (unsigned int)(unsigned char)*text);
	}
	buf_add(out, plain, (size_t)(text - plain));
	buf_char(out, '"');
}

/* The comma and the key before a value. */
static void begin(struct json_writer *w, const char *key)
{
	if (w->comma)
		buf_char(w->out, ',');
	w->comma = true;
	if (key) {
		put_quoted(w->out, key);
		buf_char(w->out, ':');
	}
}

static void open_with(struct json_writer *w, const char *key, char c)
{
	begin(w, key);
	buf_char(w->out, c);
	w->comma = false;
}

static void close_with(struct json_writer *w, char c)
{
	buf_char(w->out, c);
	w->comma = true;
}

void json_object(struct json_writer *w, const char *key)
{
	open_with(w, key, '{');
}

void json_object_end(struct json_writer *w)
{
	close_with(w, '}');
}

void json_array(struct json_writer *w, const char *key)
{
	open_with(w, key, '[');
}

void json_array_end(struct json_writer *w)
{
	close_with(w, ']');
}

void json_put_text(struct json_writer *w, const char *key, const char *text)
{
	if (!text) {
		json_put_null(w, key);
		return;
	}
	begin(w, key);
	put_quoted(w->out, text);
}

void json_put_i64(struct json_writer *w, const char *key, int64_t value)
{
	begin(w, key);
	buf_printf(w->out, "%lld", (long long)value);
}

void json_put_bool(struct json_writer *w, const char *key, bool value)
{
	begin(w, key);
	buf_text(w->out, value ? "true" : "false");
}

void json_put_null(struct json_writer *w, const char *key)
{
	begin(w, key);
	buf_text(w->out, "null");
}

/* A container's beginning only. */
static void put_one(struct json_writer *w, const char *key, const struct json *value)
{
	switch (value->type) {
	case JSON_NULL:
		json_put_null(w, key);
		return;
	case JSON_BOOL:
		json_put_bool(w, key, value->truth);
		return;
	case JSON_NUMBER:
		begin(w, key);
		buf_text(w->out, value->text);
		return;
	case JSON_TEXT:
		json_put_text(w, key, value->text);
		return;
	case JSON_ARRAY:
		json_array(w, key);
		return;
	case JSON_OBJECT:
		json_object(w, key);
		return;
	}
}

void json_put_json(struct json_writer *w, const char *key, const struct json *value)
{
	/* The containers that are open, each with its next member. */
	struct {
		const struct json *container;
		const struct json *next;
	} open[JSON_MAX_DEPTH];
	int depth = 0;

	for (;;) {
		put_one(w, key, value);
		if (value->type == JSON_ARRAY || value->type == JSON_OBJECT) {
			if (depth == JSON_MAX_DEPTH) /* not made by json_parse */
				abort();
			open[depth].container = value;
			open[depth++].next = value->first;
		}
		while (depth && !open[depth - 1].next)
			close_with(w, open[--depth].container->type == JSON_ARRAY ? ']' : '}');
		if (!depth)
			return;
		value = open[depth - 1].next;
		open[depth - 1].next = value->next;
		key = value->key;
	}
}

void json_put_raw(struct json_writer *w, const char *key, const char *text)
{
	begin(w, key);
	buf_text(w->out, text ? text : "null");
}

/* Whether the member has nothing to show: NULL, 0, false or an empty array. */
static bool is_empty(const struct json_field *field, const void *in)
{
	switch (field->kind) {
	case JSON_FIELD_I64:
		return *(const int64_t *)in == 0;
	case JSON_FIELD_BOOL:
		return !*(const bool *)in;
	case JSON_FIELD_ARRAY:
		return ((const struct json_list *)in)->count == 0;
	case JSON_FIELD_OBJECT:
		return false;
	case JSON_FIELD_TEXT:
	case JSON_FIELD_POINTER:
	case JSON_FIELD_ANY:
	case JSON_FIELD_RAW:
		break;
	}
	return *(const void *const *)in == NULL;
}

static const char *said(const struct json_writer *w, const struct json_field *field,
			const char *text)
{
	return field->says != NULL && w->say != NULL && text != NULL
		   ? w->say(w->say_arg, field->says, text)
		   : text;
}

static void write_array(struct json_writer *w, const struct json_field *field,
			const struct json_list *list)
{
	const char *item = list->items;
	size_t i;

	json_array(w, field->name);
	for (i = 0; i < list->count; i++) {
		if (field->fields)
			json_write(w, NULL, field->fields, item + i * field->size);
		else
			json_put_text(w, NULL,
				      said(w, field, ((const char *const *)list->items)[i]));
	}
	json_array_end(w);
}

static void write_value(struct json_writer *w, const struct json_field *field, const void *in)
{
	switch (field->kind) {
	case JSON_FIELD_TEXT:
		json_put_text(w, field->name, said(w, field, *(const char *const *)in));
		return;
	case JSON_FIELD_I64:
		json_put_i64(w, field->name, *(const int64_t *)in);
		return;
	case JSON_FIELD_BOOL:
		json_put_bool(w, field->name, *(const bool *)in);
		return;
	case JSON_FIELD_OBJECT:
		json_write(w, field->name, field->fields, in);
		return;
	case JSON_FIELD_POINTER:
		json_write(w, field->name, field->fields, *(const void *const *)in);
		return;
	case JSON_FIELD_ARRAY:
		write_array(w, field, in);
		return;
	case JSON_FIELD_ANY:
		json_put_json(w, field->name, *(const struct json *const *)in);
		return;
	case JSON_FIELD_RAW:
		json_put_raw(w, field->name, *(const char *const *)in);
		return;
	}
}

/* A pointer that must not be NULL and is: null, which the schema does not allow, so tests see it. */
static bool is_null(const struct json_field *field)
{
	return field->nullable || field->kind == JSON_FIELD_POINTER ||
	       field->kind == JSON_FIELD_ANY;
}

void json_write(struct json_writer *w, const char *key, const struct json_field *fields,
		const void *in)
{
	const struct json_field *field;

	json_object(w, key);
	for (field = fields; field->name; field++) {
		const void *member = (const char *)in + field->offset;
		bool empty = is_empty(field, member);

		if (empty && field->omit)
			continue;
		if (empty && is_null(field))
			json_put_null(w, field->name);
		else
			write_value(w, field, member);
	}
	json_object_end(w);
}
