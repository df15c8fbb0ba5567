#include "ctl/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/text.h"

#define MAX_ANCHORS 200

struct anchor {
	const char *name;
	const struct json *value;
};

struct reader {
	yaml_parser_t parser;
	struct arena *arena;
	size_t nodes;
	struct anchor anchors[MAX_ANCHORS];
	size_t anchor_count;
};

static int line_of(const yaml_event_t *event)
{
	return (int)event->start_mark.line + 1;
}

static bool next(struct reader *r, yaml_event_t *out, struct err *e)
{
	const yaml_parser_t *p = &r->parser;

	if (yaml_parser_parse(&r->parser, out))
		return true;
	return err_set(e, ERR_INVALID, "line %d: %s", (int)p->problem_mark.line + 1,
		       p->problem != NULL ? p->problem : "this is not YAML");
}

static bool count(struct reader *r, size_t nodes, int line, struct err *e)
{
	r->nodes += nodes;
	return r->nodes <= YAML_MAX_NODES ||
	       err_set(e, ERR_TOO_LARGE, "line %d: more than %d values", line, YAML_MAX_NODES);
}

static struct value *make(struct reader *r, enum json_type type, const yaml_event_t *event)
{
	struct value *v = value_new(r->arena, type);

	v->line = line_of(event);
	return v;
}

static bool remember(struct reader *r, const yaml_char_t *name, const struct json *value, int line,
		     struct err *e)
{
	if (name == NULL)
		return true;
	if (r->anchor_count == MAX_ANCHORS)
		return err_set(e, ERR_TOO_LARGE, "line %d: more than %d anchors", line,
			       MAX_ANCHORS);
	r->anchors[r->anchor_count++] =
	    (struct anchor){arena_dup(r->arena, (const char *)name), value};
	return true;
}

static size_t size_of(const struct json *value)
{
	size_t n = 1;

	for (const struct json *item = value->first; item != NULL; item = item->next)
		n += size_of(item);
	return n;
}

static size_t depth_of(const struct json *value)
{
	size_t deepest = 0;

	for (const struct json *item = value->first; item != NULL; item = item->next) {
		size_t depth = depth_of(item);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

/* The newest of that name: an anchor may be given again. One that is still being read has no name yet. */
static bool alias(struct reader *r, const yaml_event_t *event, size_t depth, struct value **out,
		  struct err *e)
{
	const char *name = (const char *)event->data.alias.anchor;

	for (size_t i = r->anchor_count; i > 0; i--) {
		const struct json *value = r->anchors[i - 1].value;

		if (!text_equal(r->anchors[i - 1].name, name))
			continue;
		if (!count(r, size_of(value), line_of(event), e))
			return false;
		if (depth + depth_of(value) > YAML_MAX_DEPTH + 1)
			return err_set(e, ERR_TOO_LARGE, "line %d: nested too deeply",
				       line_of(event));
		*out = value_copy(r->arena, value);
		(*out)->line = line_of(event);
		return true;
	}
	return err_set(e, ERR_INVALID, "line %d: there is no anchor %.60s", line_of(event), name);
}

static bool is_number(const char *text)
{
	int64_t number;

	return text_i64(text, INT64_MIN, INT64_MAX, &number);
}

static bool is_null(const char *text)
{
	return *text == '\0' || text_equal(text, "~") || text_equal(text, "null");
}

static bool is_truth(const char *text)
{
	return text_equal(text, "true") || text_equal(text, "false");
}

static enum json_type plain_type(const char *text)
{
	if (is_null(text))
		return JSON_NULL;
	if (is_truth(text))
		return JSON_BOOL;
	return is_number(text) ? JSON_NUMBER : JSON_TEXT;
}

static bool scalar(struct reader *r, const yaml_event_t *event, struct value **out, struct err *e)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t n = event->data.scalar.length;
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct value *v;

	if (strlen(text) != n || !text_utf8_valid(text, n))
		return err_set(e, ERR_INVALID, "line %d: this text cannot be read", line_of(event));
	v = make(r, plain ? plain_type(text) : JSON_TEXT, event);
	v->json.truth = v->json.type == JSON_BOOL && *text == 't';
	if (v->json.type == JSON_TEXT || v->json.type == JSON_NUMBER)
		v->json.text = arena_dup_n(r->arena, text, n);
	*out = v;
	return true;
}

static bool node(struct reader *r, const yaml_event_t *event, size_t depth, struct value **out,
		 struct err *e);

static bool sequence(struct reader *r, struct value *array, size_t depth, struct err *e)
{
	for (;;) {
		yaml_event_t event;
		struct value *item;
		bool ok;

		if (!next(r, &event, e))
			return false;
		if (event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			return true;
		}
		ok = node(r, &event, depth + 1, &item, e);
		yaml_event_delete(&event);
		if (!ok)
			return false;
		value_add(array, NULL, item);
	}
}

/* The key that begins here; NULL at the mapping's end. */
static bool read_key(struct reader *r, const struct value *object, const char **key, int *line,
		     struct err *e)
{
	yaml_event_t event;

	if (!next(r, &event, e))
		return false;
	*key = NULL;
	*line = line_of(&event);
	if (event.type == YAML_SCALAR_EVENT)
		*key = arena_dup_n(r->arena, event.data.scalar.value, event.data.scalar.length);
	else if (event.type != YAML_MAPPING_END_EVENT)
		(void)err_set(e, ERR_INVALID, "line %d: a key must be text", *line);
	if (*key != NULL && (strlen(*key) != event.data.scalar.length ||
			     !text_utf8_valid(*key, event.data.scalar.length)))
		(void)err_set(e, ERR_INVALID, "line %d: a key cannot be read", *line);
	else if (*key != NULL && json_get(&object->json, *key) != NULL)
		(void)err_set(e, ERR_INVALID, "line %d: %.60s stands here twice", *line, *key);
	yaml_event_delete(&event);
	return e->code == ERR_NONE;
}

static bool mapping(struct reader *r, struct value *object, size_t depth, struct err *e)
{
	for (;;) {
		yaml_event_t event;
		struct value *item;
		const char *key;
		int line;
		bool ok;

		if (!read_key(r, object, &key, &line, e))
			return false;
		if (key == NULL)
			return true;
		if (!next(r, &event, e))
			return false;
		ok = node(r, &event, depth + 1, &item, e);
		yaml_event_delete(&event);
		if (!ok)
			return false;
		item->line = line;
		value_add(object, key, item);
	}
}

struct decoration {
	const yaml_char_t *anchor, *tag;
};

static struct decoration decoration_of(const yaml_event_t *event)
{
	if (event->type == YAML_SCALAR_EVENT)
		return (struct decoration){event->data.scalar.anchor, event->data.scalar.tag};
	if (event->type == YAML_SEQUENCE_START_EVENT)
		return (struct decoration){event->data.sequence_start.anchor,
					   event->data.sequence_start.tag};
	if (event->type == YAML_MAPPING_START_EVENT)
		return (struct decoration){event->data.mapping_start.anchor,
					   event->data.mapping_start.tag};
	return (struct decoration){0};
}

static bool plain_node(struct reader *r, const yaml_event_t *event, size_t depth,
		       struct value **out, struct err *e)
{
	if (event->type == YAML_SCALAR_EVENT)
		return scalar(r, event, out, e);
	*out = make(r, event->type == YAML_MAPPING_START_EVENT ? JSON_OBJECT : JSON_ARRAY, event);
	return event->type == YAML_MAPPING_START_EVENT ? mapping(r, *out, depth, e)
						       : sequence(r, *out, depth, e);
}

static bool node(struct reader *r, const yaml_event_t *event, size_t depth, struct value **out,
		 struct err *e)
{
	struct decoration with = decoration_of(event);

	if (event->type == YAML_ALIAS_EVENT)
		return alias(r, event, depth, out, e);
	if (event->type != YAML_SCALAR_EVENT && event->type != YAML_SEQUENCE_START_EVENT &&
	    event->type != YAML_MAPPING_START_EVENT)
		return err_set(e, ERR_INVALID, "line %d: a value is missing", line_of(event));
	if (with.tag != NULL)
		return err_set(e, ERR_INVALID, "line %d: tags like %.40s are not read",
			       line_of(event), (const char *)with.tag);
	if (depth > YAML_MAX_DEPTH)
		return err_set(e, ERR_TOO_LARGE, "line %d: nested too deeply", line_of(event));
	return count(r, 1, line_of(event), e) && plain_node(r, event, depth, out, e) &&
	       remember(r, with.anchor, &(*out)->json, line_of(event), e);
}

/* The document's value, then nothing more. */
static bool document(struct reader *r, struct value **out, struct err *e)
{
	bool ok = true, ended = false, seen = false;

	*out = value_new(r->arena, JSON_NULL);
	while (ok && !ended) {
		yaml_event_t event;

		if (!next(r, &event, e))
			return false;
		ended = event.type == YAML_STREAM_END_EVENT;
		if (event.type == YAML_DOCUMENT_START_EVENT && seen)
			ok = err_set(e, ERR_INVALID, "line %d: a second document", line_of(&event));
		else if (event.type == YAML_DOCUMENT_START_EVENT)
			seen = true;
		else if (event.type != YAML_STREAM_START_EVENT &&
			 event.type != YAML_DOCUMENT_END_EVENT && !ended)
			ok = node(r, &event, 1, out, e);
		yaml_event_delete(&event);
	}
	return ok;
}

bool yaml_read(struct arena *a, const char *text, size_t n, struct value **out, struct err *e)
{
	struct reader *r = arena_new(a, struct reader);
	bool ok;

	if (n > YAML_MAX_FILE)
		return err_set(e, ERR_TOO_LARGE, "larger than %d bytes", YAML_MAX_FILE);
	if (!yaml_parser_initialize(&r->parser))
		abort();
	r->arena = a;
	yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r->parser, (const yaml_char_t *)text, n);
	ok = document(r, out, e);
	yaml_parser_delete(&r->parser);
	return ok;
}

/* --- writing --- */

static int to_buf(void *arg, unsigned char *bytes, size_t n)
{
	buf_add(arg, bytes, n);
	return 1;
}

static yaml_scalar_style_t style_of(const struct json *v)
{
	if (v->type != JSON_TEXT)
		return YAML_PLAIN_SCALAR_STYLE;
	return plain_type(v->text) == JSON_TEXT ? YAML_ANY_SCALAR_STYLE
						: YAML_SINGLE_QUOTED_SCALAR_STYLE;
}

static bool put_scalar(yaml_emitter_t *m, const char *text, yaml_scalar_style_t style)
{
	yaml_event_t event;

	return yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
					    (int)strlen(text), 1, 1, style) &&
	       yaml_emitter_emit(m, &event);
}

static const char *scalar_text(const struct json *v)
{
	if (v->type == JSON_NULL)
		return "null";
	if (v->type == JSON_BOOL)
		return v->truth ? "true" : "false";
	return v->text;
}

static bool put(yaml_emitter_t *m, const struct json *v);

static bool put_items(yaml_emitter_t *m, const struct json *v)
{
	yaml_event_t event;

	for (const struct json *item = v->first; item != NULL; item = item->next) {
		const struct json key = {.type = JSON_TEXT, .text = item->key};

		if (item->key != NULL && !put_scalar(m, item->key, style_of(&key)))
			return false;
		if (!put(m, item))
			return false;
	}
	return (v->type == JSON_OBJECT ? yaml_mapping_end_event_initialize(&event)
				       : yaml_sequence_end_event_initialize(&event)) &&
	       yaml_emitter_emit(m, &event);
}

static bool put(yaml_emitter_t *m, const struct json *v)
{
	yaml_event_t event;

	if (v->type != JSON_OBJECT && v->type != JSON_ARRAY)
		return put_scalar(m, scalar_text(v), style_of(v));
	return (v->type == JSON_OBJECT
		    ? yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
							  YAML_BLOCK_MAPPING_STYLE)
		    : yaml_sequence_start_event_initialize(
			  &event, NULL, NULL, 1,
			  v->count == 0 ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE)) &&
	       yaml_emitter_emit(m, &event) && put_items(m, v);
}

static bool put_document(yaml_emitter_t *m, const struct json *value)
{
	yaml_event_t event;

	return yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) &&
	       yaml_emitter_emit(m, &event) &&
	       yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1) &&
	       yaml_emitter_emit(m, &event) && put(m, value) &&
	       yaml_document_end_event_initialize(&event, 1) && yaml_emitter_emit(m, &event) &&
	       yaml_stream_end_event_initialize(&event) && yaml_emitter_emit(m, &event);
}

bool yaml_write(struct buf *out, const struct json *value, struct err *e)
{
	yaml_emitter_t m;
	bool ok;

	if (!yaml_emitter_initialize(&m))
		abort();
	yaml_emitter_set_output(&m, to_buf, out);
	yaml_emitter_set_unicode(&m, 1);
	yaml_emitter_set_width(&m, -1);
	ok = put_document(&m, value) ||
	     err_set(e, ERR_INTERNAL, "libyaml: %s", m.problem != NULL ? m.problem : "failed");
	yaml_emitter_delete(&m);
	return ok;
}
