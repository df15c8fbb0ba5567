/* Saved views: the lists that somebody comes back to, each a page of the console with its filters. They are nobody
 * else's, and the record says nothing of them. */
#include <string.h>

#include "api/routes.h"
#include "base/text.h"
#include "store/views.h"
#include "web/request.h"

#define MAX_BODY (256 * 1024) /* VIEWS_MAX of the longest */
#define VIEWS_MAX 50
#define MAX_NAME 60
#define MAX_PAGE 40
#define MAX_QUERY 1000

struct view {
	const char *name, *page, *query;
};

struct views {
	struct json_list items;
};

static const struct json_field view_fields[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct view, name), .required = true, .min = 1,
     .max = MAX_NAME, .example = "研发部待审批"},
    {"page", JSON_FIELD_TEXT, offsetof(struct view, page), .required = true, .min = 1,
     .max = MAX_PAGE, .doc = "the console's page", .example = "instances"},
    {"query", JSON_FIELD_TEXT, offsetof(struct view, query), .required = true, .max = MAX_QUERY,
     .doc = "its filters, as the address has them", .example = "status=pending"},
    {0}};

static const struct json_field views_json[] = {
    {"items", JSON_FIELD_ARRAY, offsetof(struct views, items), .required = true, .max = VIEWS_MAX,
     .fields = view_fields, .size = sizeof(struct view), .doc = "in the account's own order"},
    {0}};

static bool own(struct request *r, struct store_views *out, struct err *e)
{
	if (r->caller.account == NULL)
		return err_set(e, ERR_CONFLICT, "This token is no account's, and has no views.");
	return store_views_get(r->db, r->arena, r->caller.account, out, e);
}

static bool views_read(struct request *r, struct err *e)
{
	struct views out = {0};
	struct store_views stored;

	if (!own(r, &stored, e) ||
	    (stored.json != NULL &&
	     !json_read_text(r->arena, stored.json, strlen(stored.json), views_json, &out, e)))
		return false;
	request_etag(r, stored.version);
	request_answer(r, &out);
	return true;
}

static bool check(struct request *r, struct views *views, struct err *e)
{
	struct view *items = views->items.items;

	for (size_t i = 0; i < views->items.count; i++) {
		struct view *v = &items[i];

		v->name = text_trim(arena_dup(r->arena, v->name));
		if (*v->name == '\0')
			return err_set(e, ERR_INVALID, "items[%zu].name: must not be blank", i);
		if (!text_printable(v->name, false) || !text_printable(v->page, false) ||
		    !text_printable(v->query, false))
			return err_set(e, ERR_INVALID,
				       "items[%zu]: must not hold control characters", i);
	}
	return true;
}

static bool views_replace(struct request *r, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	struct views in = {0};
	struct store_views stored;

	if (!request_read(r, &in, e) || !check(r, &in, e) || !own(r, &stored, e) ||
	    !request_if_match(r, stored.version, e))
		return false;
	json_write(&w, NULL, views_json, &in);
	stored.json = text.data;
	if (!store_views_set(r->db, &stored, e))
		return false;
	request_etag(r, stored.version + 1);
	request_answer(r, &in);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/me/views",
     ROUTE(ROLES_ALL, ROUTE_READ, views_read,
	   DOC("listViews", "The own account's saved views", .out = views_json, .noun = "Views",
	       .etag = true, .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_PUT, "/api/v1/me/views", MAX_BODY,
     ROUTE(ROLES_ALL, ROUTE_WRITE, views_replace,
	   DOC("replaceViews", "Replace the own account's saved views", .in = views_json,
	       .out = views_json, .noun = "Views", .etag = true,
	       .text = "All at once: what is not named is gone.", .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table view_routes = ROUTE_TABLE(routes);
