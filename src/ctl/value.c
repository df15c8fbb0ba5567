#include "ctl/value.h"

#include <string.h>

#include "base/text.h"

struct value *value_new(struct arena *a, enum json_type type)
{
	struct value *v = arena_new(a, struct value);

	v->json.type = type;
	return v;
}

struct value *value_text(struct arena *a, const char *text)
{
	struct value *v = value_new(a, JSON_TEXT);

	v->json.text = arena_dup(a, text);
	return v;
}

struct value *value_number(struct arena *a, int64_t number)
{
	struct value *v = value_new(a, JSON_NUMBER);

	v->json.text = arena_printf(a, "%lld", (long long)number);
	return v;
}

struct value *value_bool(struct arena *a, bool truth)
{
	struct value *v = value_new(a, JSON_BOOL);

	v->json.truth = truth;
	return v;
}

static struct value *copy(struct arena *a, const struct json *from, bool lines)
{
	struct value *v = value_new(a, from->type);

	v->json.text = arena_dup(a, from->text);
	v->json.truth = from->truth;
	v->line = lines ? value_line(from) : 0;
	for (const struct json *item = from->first; item != NULL; item = item->next)
		value_add(v, arena_dup(a, item->key), copy(a, item, lines));
	return v;
}

struct value *value_copy(struct arena *a, const struct json *from)
{
	return copy(a, from, false);
}

struct value *value_clone(struct arena *a, const struct value *from)
{
	return copy(a, &from->json, true);
}

int value_line(const struct json *value)
{
	return value_of(value)->line;
}

struct value *value_of(const struct json *value)
{
	return (struct value *)value;
}

/* Where a pointer to the next node is kept: behind the last one. */
static const struct json **end_of(struct value *container)
{
	const struct json **at = &container->json.first;

	while (*at != NULL)
		at = &value_of(*at)->json.next;
	return at;
}

void value_add(struct value *container, const char *key, struct value *item)
{
	item->json.key = key;
	item->json.next = NULL;
	*end_of(container) = &item->json;
	container->json.count++;
}

static const struct json **place_of(struct value *object, const char *key)
{
	const struct json **at = &object->json.first;

	while (*at != NULL && !text_equal((*at)->key, key))
		at = &value_of(*at)->json.next;
	return at;
}

void value_put(struct value *object, const char *key, struct value *item)
{
	const struct json **at = place_of(object, key);

	if (*at == NULL) {
		value_add(object, key, item);
		return;
	}
	item->json.key = (*at)->key;
	item->json.next = (*at)->next;
	*at = &item->json;
}

void value_merge(struct value *base, struct value *over)
{
	const struct json *next, *old;

	for (const struct json *m = over->json.first; m != NULL; m = next) {
		next = m->next;
		old = json_get(&base->json, m->key);
		if (old != NULL && old->type == JSON_OBJECT && m->type == JSON_OBJECT)
			value_merge(value_of(old), value_of(m));
		else
			value_put(base, m->key, value_of(m));
	}
}

void value_drop(struct value *object, const char *key)
{
	const struct json **at = place_of(object, key);

	if (*at == NULL)
		return;
	*at = (*at)->next;
	object->json.count--;
}

/* The first name of a path, and what follows it; *rest is NULL at the last. */
static const char *first_name(struct arena *a, const char *path, const char **rest)
{
	size_t n = strcspn(path, ".");

	*rest = path[n] == '.' ? path + n + 1 : NULL;
	return arena_dup_n(a, path, n);
}

const struct json *value_at(const struct json *object, const char *path)
{
	AUTO(arena_done) struct arena a = {0};

	for (const char *rest = path; object != NULL && rest != NULL;)
		object = json_get(object, first_name(&a, rest, &rest));
	return object;
}

bool value_set(struct arena *a, struct value *object, const char *path, struct value *item)
{
	const char *rest, *name = first_name(a, path, &rest);
	const struct json *inner = json_get(&object->json, name);

	if (object->json.type != JSON_OBJECT)
		return false;
	if (rest == NULL) {
		value_put(object, name, item);
		return true;
	}
	if (inner == NULL || inner->type == JSON_NULL) {
		value_put(object, name, value_new(a, JSON_OBJECT));
		inner = json_get(&object->json, name);
	}
	return value_set(a, value_of(inner), rest, item);
}

/* --- comparing --- */

static bool is_nothing(const struct json *v)
{
	return v == NULL || v->type == JSON_NULL || (v->type == JSON_TEXT && *v->text == '\0') ||
	       (v->type == JSON_ARRAY && v->count == 0);
}

static bool is_plain(const struct json *v)
{
	return v->type != JSON_ARRAY && v->type != JSON_OBJECT;
}

static bool covers_members(const struct json *wants, const struct json *has)
{
	for (const struct json *m = wants->first; m != NULL; m = m->next) {
		if (!value_covers(m, json_get(has, m->key)))
			return false;
	}
	return true;
}

static bool covers_in_order(const struct json *wants, const struct json *has)
{
	const struct json *h = has->first;

	for (const struct json *w = wants->first; w != NULL; w = w->next, h = h->next) {
		if (!value_covers(w, h))
			return false;
	}
	return true;
}

static size_t times(const struct json *array, const struct json *item)
{
	size_t n = 0;

	for (const struct json *v = array->first; v != NULL; v = v->next)
		n += v->type == item->type && value_covers(item, v);
	return n;
}

static bool covers_in_any_order(const struct json *wants, const struct json *has)
{
	for (const struct json *w = wants->first; w != NULL; w = w->next) {
		if (!is_plain(w) || times(wants, w) != times(has, w))
			return false;
	}
	return true;
}

bool value_covers(const struct json *wants, const struct json *has)
{
	if (is_nothing(wants) || is_nothing(has))
		return is_nothing(wants) && is_nothing(has);
	if (wants->type != has->type)
		return false;
	switch (wants->type) {
	case JSON_NULL:
		return true;
	case JSON_BOOL:
		return wants->truth == has->truth;
	case JSON_NUMBER:
	case JSON_TEXT:
		return text_equal(wants->text, has->text);
	case JSON_OBJECT:
		return covers_members(wants, has);
	case JSON_ARRAY:
		return wants->count == has->count &&
		       (covers_in_order(wants, has) || covers_in_any_order(wants, has));
	}
	return false;
}

const char *value_write(struct arena *a, const struct json *value)
{
	AUTO(buf_wipe) struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_put_json(&w, NULL, value);
	return arena_dup_n(a, out.data, out.len);
}
