#include "web/request.h"

#include <string.h>
#include <strings.h>

#include "base/id.h"
#include "base/text.h"
#include "web/server.h"
#include "store/device.h"

void request_header(struct request *r, const char *name, const char *value)
{
	if (r->header_count == REQUEST_MAX_HEADERS)
		return;
	r->headers[r->header_count].name = name;
	r->headers[r->header_count].value = value;
	r->header_count++;
}

const char *request_header_of(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->header_count; i++) {
		if (strcmp(r->headers[i].name, name) == 0)
			return r->headers[i].value;
	}
	return NULL;
}

static const struct json_field no_fields[] = {{0}};
static const char *const json_types[] = {"application/json", NULL};

static const struct json_field *find(const struct json_field *fields, const char *name)
{
	for (; fields != NULL && fields->name != NULL; fields++) {
		if (strcmp(fields->name, name) == 0)
			return fields;
	}
	return NULL;
}

/* As it would stand in a JSON text; what does not fit stays text and is refused when read. */
static struct json *query_value(struct arena *a, enum json_kind kind, const char *text)
{
	struct json *value = arena_new(a, struct json);

	value->type = kind == JSON_FIELD_I64 ? JSON_NUMBER : JSON_TEXT;
	value->text = text;
	value->truth = text_equal(text, "true");
	if (kind == JSON_FIELD_BOOL && (value->truth || text_equal(text, "false")))
		value->type = JSON_BOOL;
	return value;
}

static bool add_query(struct request *r, struct json *all, const char *name, const char *text,
		      struct err *e)
{
	const struct route_doc *doc = r->route->doc;
	const struct json_field *field = name != NULL ? find(doc->query, name) : NULL;
	bool page =
	    doc->list && !doc->unpaged && (text_equal(name, "limit") || text_equal(name, "cursor"));
	struct json *value;

	/* Whoever sends a browser to a page adds what they like. */
	if (field == NULL && r->route->errors == ERRORS_PAGE)
		return true;
	if (name == NULL || text == NULL || (field == NULL && !page))
		return err_set(e, ERR_INVALID, "%s: is not known in this query",
			       name != NULL ? name : "?");
	if (page) /* request_page reads them */
		return true;
	if (json_get(all, name) != NULL)
		return err_set(e, ERR_INVALID, "%s: stands twice in the query", name);
	value = query_value(r->arena, field->kind, text);
	value->key = name;
	value->next = all->first;
	all->first = value;
	all->count++;
	return true;
}

static bool read_query(struct request *r, struct err *e)
{
	struct json *all = arena_new(r->arena, struct json);
	const char *at = r->http->query, *name, *text;

	all->type = JSON_OBJECT;
	while (http_query_next(r->http, &at, &name, &text)) {
		if (!add_query(r, all, name, text, e))
			return false;
	}
	r->query = all;
	return true;
}

static bool type_is(const char *header, const char *const *types)
{
	size_t n = header != NULL ? strcspn(header, "; \t") : 0;

	for (; *types != NULL; types++) {
		if (n == strlen(*types) && strncasecmp(header, *types, n) == 0)
			return true;
	}
	return false;
}

bool request_check(struct request *r, struct err *e)
{
	const struct route_doc *doc = r->route->doc;
	const char *const *types;

	if (doc == NULL)
		return true;
	types = doc->in_types != NULL ? doc->in_types : json_types;
	if (r->http->body_len > 0 && !type_is(http_header(r->http, "Content-Type"), types))
		return err_set(e, ERR_UNSUPPORTED, "The body must be of the type %s.", types[0]);
	if (doc->in == NULL && doc->in_types == NULL && r->http->body_len > 0 &&
	    !request_json(r, no_fields, NULL, e))
		return false;
	return read_query(r, e);
}

bool request_read(struct request *r, void *out, struct err *e)
{
	bool empty = r->http->body_len == 0;

	return json_read_text(r->arena, empty ? "{}" : r->http->body, empty ? 2 : r->http->body_len,
			      r->route->doc->in, out, e);
}

bool request_query(struct request *r, void *out, struct err *e)
{
	return json_read(r->arena, r->query, r->route->doc->query, out, e);
}

/* The id in what out describes, or NULL. */
static const char *id_of(const struct json_field *out, const void *answer)
{
	const struct json_field *id = find(out, "id");

	if (id == NULL || id->kind != JSON_FIELD_TEXT)
		return NULL;
	return *(const char *const *)((const char *)answer + id->offset);
}

void request_answer(struct request *r, const void *answer)
{
	const struct json_field *out = r->route->doc->out;
	const char *id = r->status == 201 ? id_of(out, answer) : NULL;

	if (id != NULL)
		request_header(r, "Location", arena_printf(r->arena, "%s/%s", r->http->path, id));
	json_write(&r->json, NULL, out, answer);
}

void request_list(struct request *r, const void *items, size_t count, size_t size,
		  const struct store_page *page)
{
	const struct json_field *out = r->route->doc->out;
	const struct store_page all = {.limit = INT64_MAX};
	const char *item = items;

	request_items(r);
	for (size_t i = 0; i < count; i++)
		json_write(&r->json, NULL, out, item + i * size);
	request_items_end(r, page != NULL ? page : &all, count,
			  count > 0 ? id_of(out, item + (count - 1) * size) : NULL);
}

struct json_list request_split(struct request *r, const char *text, const char *separators)
{
	struct json_list list = {.items = arena_array(r->arena, strlen(text), sizeof(char *))};
	const char **parts = list.items;

	while (*text != '\0') {
		size_t n = strcspn(text, separators);

		parts[list.count++] = arena_dup_n(r->arena, text, n);
		text += n + (text[n] != '\0');
	}
	return list;
}

void request_etag(struct request *r, int64_t version)
{
	request_header(r, "ETag", arena_printf(r->arena, "\"%lld\"", (long long)version));
}

bool request_if_match(const struct request *r, int64_t version, struct err *e)
{
	const char *match = http_header(r->http, "If-Match");

	if (match == NULL || strcmp(match, "*") == 0)
		return true;
	if (*match != '"')
		return err_set(e, ERR_INVALID,
			       "If-Match: must be a version in quotes, as ETag has it");
	return strcmp(match, arena_printf(r->arena, "\"%lld\"", (long long)version)) == 0 ||
	       err_set(e, ERR_STALE, "This was changed meanwhile: its ETag is \"%lld\" now.",
		       (long long)version);
}

bool request_json(struct request *r, const struct json_field *fields, void *out, struct err *e)
{
	return json_read_text(r->arena, r->http->body, r->http->body_len, fields, out, e);
}

bool request_limit(struct request *r, struct store_page *out, struct err *e)
{
	const char *limit = http_query(r->http, "limit");
	const char *cursor = http_query(r->http, "cursor");

	out->limit = 50;
	out->cursor = cursor == NULL ? "" : cursor;
	return limit == NULL || text_i64(limit, 1, 200, &out->limit) ||
	       err_set(e, ERR_INVALID, "limit: must be a number from 1 to 200");
}

bool request_page(struct request *r, struct store_page *out, struct err *e)
{
	if (!request_limit(r, out, e))
		return false;
	return *out->cursor == '\0' || id_valid(out->cursor) ||
	       err_set(e, ERR_INVALID, "cursor: must be one that a list answered");
}

void request_items(struct request *r)
{
	json_object(&r->json, NULL);
	json_array(&r->json, "items");
}

void request_items_end(struct request *r, const struct store_page *page, size_t count,
		       const char *last_id)
{
	json_array_end(&r->json);
	json_put_text(&r->json, "next", (int64_t)count == page->limit ? last_id : NULL);
	json_object_end(&r->json);
}

bool request_query_id(struct request *r, const char *name, const char **out, struct err *e)
{
	*out = http_query(r->http, name);
	return *out == NULL || id_valid(*out) || err_set(e, ERR_INVALID, "%s: must be an id", name);
}

static struct flow_actor actor_of(const struct request *r)
{
	struct flow_actor a = {.address = r->address, .request = r->id};

	if (r->caller.device != NULL) {
		a.kind = "device";
		a.id = a.name = r->caller.device;
	} else if (r->caller.account != NULL) {
		a.kind = "account";
		a.id = r->caller.account;
		a.name = r->caller.name;
		a.token = r->caller.token;
	} else if (r->caller.token != NULL) {
		a.kind = "token";
		a.id = r->caller.token;
		a.name = r->caller.name;
	}
	return a;
}

struct flow request_flow(struct request *r)
{
	return (struct flow){.db = r->db,
			     .arena = r->arena,
			     .now_ms = r->now_ms,
			     .node = r->server->node,
			     .actor = actor_of(r),
			     .signer = r->server->signer};
}

const char *request_actor(const struct request *r)
{
	if (r->caller.device != NULL)
		return arena_printf(r->arena, "device %s", r->caller.device);
	return r->caller.account != NULL ? r->caller.name
					 : arena_printf(r->arena, "token %s", r->caller.name);
}

bool request_device(struct request *r, struct store_device *out, struct err *e)
{
	if (store_device_get(r->db, r->arena, r->caller.device, out, e))
		return true;
	return e->code == ERR_NOT_FOUND
		   ? err_set(e, ERR_UNAUTHENTICATED, "This device is not known here.")
		   : false;
}

bool request_unlimited(const struct request *r, struct err *e)
{
	return r->caller.department_count == 0 ||
	       err_set(e, ERR_FORBIDDEN,
		       "An account that is limited to departments cannot see this.");
}

void request_redirect(struct request *r, const char *to)
{
	r->status = 303;
	r->type = NULL;
	request_header(r, "Location", to);
}

void request_pieces(struct request *r, const char *type, piece_fn *piece, void *pieces)
{
	r->type = type;
	r->piece = piece;
	r->pieces = pieces;
}

bool request_run(struct request *r, unit_fn *unit, void *arg, struct err *e)
{
	return committer_run(r->server->committer, unit, arg, e);
}
