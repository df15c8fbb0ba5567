#include "ctl/schema.h"

#include <string.h>

#include "base/text.h"

static const char *const method_names[] = {
    [HTTP_GET] = "get", [HTTP_HEAD] = "head",   [HTTP_POST] = "post",
    [HTTP_PUT] = "put", [HTTP_PATCH] = "patch", [HTTP_DELETE] = "delete"};

static bool load(struct ctl *c, struct err *e)
{
	return c->openapi != NULL || ctl_get(c, "openapi.json", &c->openapi, e);
}

/* How many parts of the path the template names; 0: it is another path's. */
static size_t likeness(const char *template, const char *path)
{
	size_t same = 1;

	for (;;) {
		size_t t = strcspn(template, "/"), p = strcspn(path, "/");

		if (*template != '{' && (t != p || memcmp(template, path, t) != 0))
			return 0;
		same += *template != '{';
		if ((template[t] == '\0') != (path[p] == '\0'))
			return 0;
		if (template[t] == '\0')
			return same;
		template += t + 1;
		path += p + 1;
	}
}

static const struct json *path_of(const struct json *paths, const char *path)
{
	const struct json *best = NULL;
	size_t most = 0;

	for (const struct json *p = paths != NULL ? paths->first : NULL; p != NULL; p = p->next) {
		size_t like = text_starts(p->key, "/api/v1/")
				  ? likeness(p->key + strlen("/api/v1/"), path)
				  : 0;

		if (like > most) {
			most = like;
			best = p;
		}
	}
	return best;
}

bool schema_of_body(struct ctl *c, enum http_method method, const char *path,
		    const struct json **schema, struct err *e)
{
	static const char place[] = "#/components/schemas/";
	const struct json *body;
	const char *ref;

	if (!load(c, e))
		return false;
	body = json_get(path_of(json_get(c->openapi, "paths"), path), method_names[method]);
	body = json_get(json_get(json_get(body, "requestBody"), "content"), "application/json");
	ref = json_text(json_get(body, "schema"), "$ref");
	*schema = ref != NULL && text_starts(ref, place)
		      ? json_get(json_get(json_get(c->openapi, "components"), "schemas"),
				 ref + strlen(place))
		      : NULL;
	return *schema != NULL ||
	       err_set(e, ERR_UNSUPPORTED, "%s",
		       ctl_put(c,
			       ctl_say(c, "this server cannot do that: it has no {1}",
				       "此服务器不支持该操作：没有 {1}"),
			       path));
}

/* --- checking --- */

static const char *const type_names[] = {
    [JSON_NULL] = "null",   [JSON_BOOL] = "boolean", [JSON_NUMBER] = "integer",
    [JSON_TEXT] = "string", [JSON_ARRAY] = "array",  [JSON_OBJECT] = "object"};

/* "type" is a word or several. */
static bool type_fits(const struct json *type, enum json_type is)
{
	if (type == NULL)
		return true;
	if (type->type == JSON_TEXT)
		return text_equal(type->text, type_names[is]);
	for (const struct json *t = type->first; t != NULL; t = t->next) {
		if (text_equal(t->text, type_names[is]))
			return true;
	}
	return false;
}

static bool word_fits(const struct json *words, const struct json *value)
{
	if (words == NULL || value->type != JSON_TEXT)
		return true;
	for (const struct json *w = words->first; w != NULL; w = w->next) {
		if (text_equal(w->text, value->text))
			return true;
	}
	return false;
}

static bool wrong(const struct json *value, const char *where, const char *what, struct err *e)
{
	return err_set(e, ERR_INVALID, "line %d: %s: %s", value_line(value), where, what);
}

static const char *type_wanted(struct arena *a, const struct json *type)
{
	const char *all = type->type == JSON_TEXT ? type->text : NULL;

	for (const struct json *t = type->first; t != NULL; t = t->next)
		all = all == NULL ? t->text : arena_printf(a, "%s or %s", all, t->text);
	return all;
}

bool schema_check(const struct json *schema, const struct json *value, const char *where,
		  struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const struct json *members = json_get(schema, "properties"),
			  *type = json_get(schema, "type");
	size_t i = 0;

	if (value->type == JSON_NULL)
		return true;
	if (!type_fits(type, value->type))
		return wrong(value, where, arena_printf(&a, "must be %s", type_wanted(&a, type)),
			     e);
	if (!word_fits(json_get(schema, "enum"), value))
		return wrong(value, where, "is none of the words that it may be", e);
	for (const struct json *v = value->first; v != NULL; v = v->next, i++) {
		const struct json *inner = value->type == JSON_ARRAY ? json_get(schema, "items")
								     : json_get(members, v->key);
		const char *name = value->type == JSON_ARRAY
				       ? arena_printf(&a, "%s[%zu]", where, i)
				       : arena_printf(&a, "%s.%s", where, v->key);

		if (value->type == JSON_OBJECT && members != NULL && inner == NULL)
			return wrong(v, name, "is not known", e);
		if (inner != NULL && !schema_check(inner, v, name, e))
			return false;
	}
	return true;
}

struct value *schema_keep(struct arena *a, const struct json *schema, const struct json *value)
{
	const struct json *members = json_get(schema, "properties");
	struct value *kept;

	if ((value->type != JSON_OBJECT && value->type != JSON_ARRAY) ||
	    (value->type == JSON_OBJECT && members == NULL))
		return value_copy(a, value);
	kept = value_new(a, value->type);
	for (const struct json *v = value->first; v != NULL; v = v->next) {
		const struct json *inner = value->type == JSON_ARRAY ? json_get(schema, "items")
								     : json_get(members, v->key);

		if (value->type == JSON_ARRAY || inner != NULL)
			value_add(kept, v->key, schema_keep(a, inner, v));
	}
	return kept;
}
