#include "server/request.h"

#include "base/id.h"
#include "base/text.h"
#include "server/server.h"
#include "store/device.h"

void request_header(struct request *r, const char *name, const char *value)
{
	if (r->header_count == REQUEST_MAX_HEADERS)
		return;
	r->headers[r->header_count].name = name;
	r->headers[r->header_count].value = value;
	r->header_count++;
}

bool request_json(struct request *r, const struct json_field *fields, void *out, struct err *e)
{
	return json_read_text(r->arena, r->http->body, r->http->body_len, fields, out, e);
}

bool request_page(struct request *r, struct store_page *out, struct err *e)
{
	const char *limit = http_query(r->http, "limit");
	const char *cursor = http_query(r->http, "cursor");

	out->limit = 50;
	out->cursor = "";
	if (limit != NULL && !text_i64(limit, 1, 200, &out->limit))
		return err_set(e, ERR_INVALID, "limit: must be a number from 1 to 200");
	if (cursor == NULL || cursor[0] == '\0')
		return true;
	if (!id_valid(cursor))
		return err_set(e, ERR_INVALID, "cursor: must be one that a list answered");
	out->cursor = cursor;
	return true;
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

const char *request_actor(const struct request *r)
{
	if (r->caller.device != NULL)
		return arena_printf(r->arena, "device %s", r->caller.device);
	return arena_printf(r->arena, "token %s", r->caller.name);
}

bool request_device(struct request *r, struct store_device *out, struct err *e)
{
	if (store_device_get(r->db, r->arena, r->caller.device, out, e))
		return true;
	return e->code == ERR_NOT_FOUND
		   ? err_set(e, ERR_UNAUTHENTICATED, "This device is not known here.")
		   : false;
}

void request_redirect(struct request *r, const char *to)
{
	r->status = 303;
	r->type = "text/plain; charset=utf-8";
	request_header(r, "Location", to);
}

bool request_run(struct request *r, unit_fn *unit, void *arg, struct err *e)
{
	return committer_run(r->server->committer, unit, arg, e);
}
