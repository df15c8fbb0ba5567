#include "json/json.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"

const struct json *json_get(const struct json *object, const char *key)
{
	const struct json *member;

	if (!object || object->type != JSON_OBJECT)
		return NULL;
	for (member = object->first; member; member = member->next)
		if (!strcmp(member->key, key))
			return member;
	return NULL;
}

const char *json_text(const struct json *object, const char *key)
{
	const struct json *member = json_get(object, key);

	return member && member->type == JSON_TEXT ? member->text : NULL;
}

bool json_i64(const struct json *object, const char *key, int64_t *out)
{
	const struct json *member = json_get(object, key);

	return member && member->type == JSON_NUMBER &&
	       text_i64(member->text, INT64_MIN, INT64_MAX, out);
}

bool json_bool(const struct json *object, const char *key, bool *out)
{
	const struct json *member = json_get(object, key);

	if (!member || member->type != JSON_BOOL)
		return false;
	*out = member->truth;
	return true;
}

/* Where a value stands, for the error: printed only when there is one. */
struct place {
	const struct place *in;
	const char *name; /* NULL: an element */
	size_t index;
};

static bool wrong(const struct place *at, struct err *e, const char *what)
{
	const struct place *path[JSON_MAX_DEPTH];
	AUTO(buf_done) struct buf name = {.max = 200};
	size_t n = 0;

	for (; at && n < JSON_MAX_DEPTH; at = at->in)
		path[n++] = at;
	while (n) {
		at = path[--n];
		if (!at->name)
			buf_printf(&name, "[%zu]", at->index);
		else
			buf_printf(&name, "%s%s", name.len ? "." : "", at->name);
	}
	if (!name.len)
		return err_set(e, ERR_INVALID, "the value %s", what);
	return err_set(e, ERR_INVALID, "%s: %s", name.data, what);
}

/* What reading a value needs besides the value. */
struct reading {
	struct arena *a;
	struct err *e;
};

static bool read_object(const struct reading *r, const struct json *object,
			const struct json_field *fields, void *out, const struct place *at);

/* "must be one of: equal, unequal" */
static const char *allowed(struct arena *a, const char *const *word)
{
	const char *all = word[1] ? "must be one of: " : "must be: ";
	const char *between = "";

	for (; *word; word++, between = ", ")
		all = arena_printf(a, "%s%s%s", all, between, *word);
	return all;
}

static bool read_text(const struct reading *r, const struct json *value,
		      const struct json_field *field, const char **out, const struct place *at)
{
	size_t max = field->max ? (size_t)field->max : JSON_TEXT_DEFAULT_MAX;
	const char *const *word;
	size_t n;

	if (value->type != JSON_TEXT)
		return wrong(at, r->e, "must be text");
	for (word = field->words; word && *word; word++)
		if (!strcmp(*word, value->text))
			break;
	if (word && !*word)
		return wrong(at, r->e, allowed(r->a, field->words));
	if (field->format && !strcmp(field->format, JSON_ID) && !id_valid(value->text))
		return wrong(at, r->e, "must be an id");
	n = text_length(value->text);
	if (n < (size_t)field->min)
		return wrong(at, r->e,
			     n ? arena_printf(r->a, "must have at least %lld characters",
					      (long long)field->min)
			       : "must not be empty");
	if (n > max)
		return wrong(at, r->e, arena_printf(r->a, "must have at most %zu characters", max));
	*out = value->text;
	return true;
}

static bool read_i64(const struct reading *r, const struct json *value,
		     const struct json_field *field, int64_t *out, const struct place *at)
{
	int64_t n;

	if (value->type != JSON_NUMBER || !text_i64(value->text, INT64_MIN, INT64_MAX, &n))
		return wrong(at, r->e, "must be a whole number");
	if (n < field->min || n > field->max)
		return wrong(at, r->e,
			     arena_printf(r->a, "must be from %lld to %lld", (long long)field->min,
					  (long long)field->max));
	*out = n;
	return true;
}

static bool read_array(const struct reading *r, const struct json *value,
		       const struct json_field *field, struct json_list *out,
		       const struct place *at)
{
	size_t max = field->max ? (size_t)field->max : JSON_ARRAY_DEFAULT_MAX;
	size_t size = field->fields ? field->size : sizeof(const char *);
	struct json_field element = {.words = field->words, .format = field->format};
	struct place place = {.in = at};
	const struct json *item;
	char *to;

	if (value->type != JSON_ARRAY)
		return wrong(at, r->e, "must be a list");
	if (value->count < (size_t)field->min || value->count > max)
		return wrong(at, r->e,
			     arena_printf(r->a, "must have %lld to %zu elements",
					  (long long)field->min, max));
	out->items = arena_array(r->a, value->count, size);
	out->count = value->count;
	to = out->items;
	for (item = value->first; item; item = item->next, place.index++, to += size) {
		if (field->fields ? !read_object(r, item, field->fields, to, &place)
				  : !read_text(r, item, &element, (const char **)to, &place))
			return false;
	}
	return true;
}

static bool read_pointer(const struct reading *r, const struct json *value,
			 const struct json_field *field, void **out, const struct place *at)
{
	*out = arena_alloc(r->a, field->size);
	return read_object(r, value, field->fields, *out, at);
}

static bool read_value(const struct reading *r, const struct json *value,
		       const struct json_field *field, void *out, const struct place *at)
{
	switch (field->kind) {
	case JSON_FIELD_TEXT:
		return read_text(r, value, field, out, at);
	case JSON_FIELD_I64:
		return read_i64(r, value, field, out, at);
	case JSON_FIELD_BOOL:
		if (value->type != JSON_BOOL)
			return wrong(at, r->e, "must be true or false");
		*(bool *)out = value->truth;
		return true;
	case JSON_FIELD_OBJECT:
		return read_object(r, value, field->fields, out, at);
	case JSON_FIELD_POINTER:
		return read_pointer(r, value, field, out, at);
	case JSON_FIELD_ARRAY:
		return read_array(r, value, field, out, at);
	case JSON_FIELD_ANY:
		*(const struct json **)out = value;
		return true;
	case JSON_FIELD_RAW:
		break;
	}
	return wrong(at, r->e, "cannot be read");
}

static const struct json_field *find(const struct json_field *fields, const char *name)
{
	for (; fields->name; fields++)
		if (!strcmp(fields->name, name))
			return fields;
	return NULL;
}

static bool read_object(const struct reading *r, const struct json *object,
			const struct json_field *fields, void *out, const struct place *at)
{
	const struct json_field *field;
	const struct json *member;
	struct place place = {.in = at};

	if (!object || object->type != JSON_OBJECT)
		return wrong(at, r->e, "must be an object");
	for (member = object->first; member; member = member->next) {
		place.name = member->key;
		field = find(fields, member->key);
		if (!field)
			return wrong(&place, r->e, "is not known");
		if (member->type == JSON_NULL)
			continue;
		if (!read_value(r, member, field, (char *)out + field->offset, &place))
			return false;
	}
	for (field = fields; field->name; field++) {
		member = field->required ? json_get(object, field->name) : NULL;
		place.name = field->name;
		if (field->required && (!member || member->type == JSON_NULL))
			return wrong(&place, r->e, "is missing");
	}
	return true;
}

bool json_read(struct arena *a, const struct json *object, const struct json_field *fields,
	       void *out, struct err *e)
{
	return read_object(&(struct reading){a, e}, object, fields, out, NULL);
}

bool json_read_text(struct arena *a, const char *text, size_t n, const struct json_field *fields,
		    void *out, struct err *e)
{
	const struct json *object;

	return json_parse(a, text, n, &object, e) && json_read(a, object, fields, out, e);
}
