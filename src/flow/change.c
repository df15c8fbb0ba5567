#include "flow/change.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/record.h"
#include "json/json.h"

struct diff {
	struct arena *arena;
	struct json_writer *w;
};

static const char *text_of(struct arena *a, const struct json *value)
{
	AUTO(buf_done) struct buf b = {0};
	struct json_writer w = {.out = &b};

	if (value == NULL)
		return "null";
	json_put_json(&w, NULL, value);
	return arena_dup_n(a, b.data, b.len);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **sorted_texts(struct arena *a, const struct json *array)
{
	const char **out = arena_array(a, array->count, sizeof(*out));
	size_t n = 0;

	for (const struct json *v = array->first; v != NULL; v = v->next)
		out[n++] = text_of(a, v);
	if (n > 0)
		qsort(out, n, sizeof(*out), by_text);
	return out;
}

/* The elements of one array that the other does not have. Returns how many. */
static size_t put_missing(struct diff *d, const char *key, const struct json *of,
			  const struct json *in, int64_t *more)
{
	const char **other = sorted_texts(d->arena, in);
	size_t missing = 0;

	json_array(d->w, key);
	for (const struct json *v = of->first; v != NULL; v = v->next) {
		const char *text = text_of(d->arena, v);

		if (in->count > 0 && bsearch(&text, other, in->count, sizeof(*other), by_text))
			continue;
		missing++;
		if (d->w->out->len + strlen(text) < FLOW_DIFF_MAX)
			json_put_raw(d->w, NULL, text);
		else
			(*more)++;
	}
	json_array_end(d->w);
	return missing;
}

static void put_arrays(struct diff *d, const char *path, const struct json *before,
		       const struct json *after)
{
	int64_t more = 0;
	size_t missing;

	json_object(d->w, path);
	missing = put_missing(d, "removed", before, after, &more);
	missing += put_missing(d, "added", after, before, &more);
	if (more > 0)
		json_put_i64(d->w, "more", more);
	if (missing == 0)
		json_put_bool(d->w, "moved", true);
	json_object_end(d->w);
}

static void put_values(struct diff *d, const char *path, const char *before, const char *after)
{
	json_object(d->w, path);
	if (d->w->out->len + strlen(before) + strlen(after) < FLOW_DIFF_MAX) {
		json_put_raw(d->w, "before", before);
		json_put_raw(d->w, "after", after);
	} else {
		json_put_i64(d->w, "more", 1);
	}
	json_object_end(d->w);
}

static void compare(struct diff *d, const char *path, const struct json *before,
		    const struct json *after);

static bool is(const struct json *value, enum json_type type)
{
	return value != NULL && value->type == type;
}

static void compare_members(struct diff *d, const char *path, const struct json *before,
			    const struct json *after)
{
	const char *dot = *path == '\0' ? "" : ".";

	for (const struct json *v = before->first; v != NULL; v = v->next)
		compare(d, arena_printf(d->arena, "%s%s%s", path, dot, v->key), v,
			json_get(after, v->key));
	for (const struct json *v = after->first; v != NULL; v = v->next) {
		if (json_get(before, v->key) == NULL)
			compare(d, arena_printf(d->arena, "%s%s%s", path, dot, v->key), NULL, v);
	}
}

static void compare(struct diff *d, const char *path, const struct json *before,
		    const struct json *after)
{
	const char *was, *is_now;

	if (is(before, JSON_OBJECT) && is(after, JSON_OBJECT)) {
		compare_members(d, path, before, after);
		return;
	}
	was = text_of(d->arena, before);
	is_now = text_of(d->arena, after);
	if (strcmp(was, is_now) == 0)
		return;
	if (is(before, JSON_ARRAY) && is(after, JSON_ARRAY))
		put_arrays(d, path, before, after);
	else
		put_values(d, path, was, is_now);
}

/* Ours, so that it can be read; an empty one for none. */
static const struct json *object_of(struct arena *a, const char *text)
{
	static const struct json none = {.type = JSON_OBJECT};
	const struct json *out;
	struct err e = {0};

	return text != NULL && json_parse(a, text, strlen(text), &out, &e) ? out : &none;
}

const char *flow_diff(struct arena *a, const char *before, const char *after)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_object(&w, NULL);
	compare_members(&(struct diff){a, &w}, "", object_of(a, before), object_of(a, after));
	json_object_end(&w);
	return arena_dup_n(a, out.data, out.len);
}

bool flow_changed(struct flow *f, const struct flow_change *c, struct err *e)
{
	return flow_event(f,
			  &(struct flow_event){.kind = c->kind,
					       .object = c->object,
					       .object_id = c->id,
					       .text = c->text,
					       .detail = flow_diff(f->arena, c->before, c->after)},
			  e);
}
