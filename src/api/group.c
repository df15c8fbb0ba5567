/* User groups. */
#include "flow/group.h"

#include "flow/snapshots.h"
#include "web/request.h"
#include "api/routes.h"
#include "web/server.h"
#include "store/group.h"

#define MAX_BODY (1024 * 1024)

struct view {
	const char *id;
	struct group_body body;
	int64_t members, updated_ms;
};

static const struct json_field view_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, body.name), .example = "财务"},
    {"description", JSON_FIELD_TEXT, offsetof(struct view, body.description), .example = ""},
    {"rules", JSON_FIELD_ARRAY, offsetof(struct view, body.rules), .fields = group_rule_json,
     .size = sizeof(struct group_rule)},
    {"members", JSON_FIELD_I64, offsetof(struct view, members), .doc = "how many people it has",
     .example = "12"},
    {"updated_ms", JSON_FIELD_I64, offsetof(struct view, updated_ms), .doc = "as in ETag"},
    {0}};

static int64_t members(struct request *r, const struct group *g)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	struct snapshot_size size = snapshot_set_size(snapshot_set_of(snapshot, r->arena, g));

	snapshots_give(r->server->snapshots, snapshot);
	return size.people + size.departed;
}

static struct view view(struct request *r, const struct group *g)
{
	return (struct view){.id = g->id,
			     .body = group_body(r->arena, g),
			     .members = members(r, g),
			     .updated_ms = g->updated_ms};
}

static void answer(struct request *r, const struct group *g)
{
	const struct view v = view(r, g);

	request_etag(r, g->updated_ms);
	request_answer(r, &v);
}

static bool read_group(struct request *r, struct group *out, struct err *e)
{
	struct group_body body = {0};

	return request_read(r, &body, e) && group_check(r->arena, &body, out, e);
}

/* What is to be changed or removed, if it is what the caller saw. */
static bool present(struct request *r, struct group *out, struct err *e)
{
	return store_group_get(r->db, r->arena, r->args[0], out, e) &&
	       request_if_match(r, out->updated_ms, e);
}

static bool group_create(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct group g;

	if (!read_group(r, &g, e) || !flow_group_save(&f, NULL, &g, e))
		return false;
	r->status = 201;
	answer(r, &g);
	return true;
}

static bool group_change(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct group g, was;

	if (!read_group(r, &g, e) || !present(r, &was, e))
		return false;
	g.id = was.id;
	if (!flow_group_save(&f, &was, &g, e))
		return false;
	answer(r, &g);
	return true;
}

static bool group_get(struct request *r, struct err *e)
{
	struct group g;

	if (!store_group_get(r->db, r->arena, r->args[0], &g, e))
		return false;
	answer(r, &g);
	return true;
}

static bool group_remove(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct group g;

	r->status = 204;
	return present(r, &g, e) && flow_group_remove(&f, &g, e);
}

static bool group_list(struct request *r, struct err *e)
{
	struct store_page page;
	struct store_group_list list;
	struct view *views;

	if (!request_page(r, &page, e) || !store_group_list(r->db, r->arena, &page, &list, e))
		return false;
	views = arena_array(r->arena, list.count, sizeof(*views));
	for (size_t i = 0; i < list.count; i++)
		views[i] = view(r, &list.items[i]);
	request_list(r, views, list.count, sizeof(*views), &page);
	return true;
}

#define NOUN .out = view_json, .noun = "UserGroup"

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/user-groups", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, group_create,
	   DOC("createUserGroup", "Make a user group", NOUN, .in = group_json, .status = 201,
	       .etag = true, .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_GET, "/api/v1/user-groups",
     ROUTE(ROLES_ALL, ROUTE_READ, group_list,
	   DOC("listUserGroups", "User groups", NOUN, .list = true))},
    {HTTP_GET, "/api/v1/user-groups/{id}",
     ROUTE(ROLES_ALL, ROUTE_READ, group_get,
	   DOC("getUserGroup", "One user group", NOUN, .etag = true, .live = true))},
    {HTTP_PUT, "/api/v1/user-groups/{id}", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, group_change,
	   DOC("changeUserGroup", "Change a user group", NOUN, .in = group_json, .etag = true,
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_DELETE, "/api/v1/user-groups/{id}",
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, group_remove,
	   DOC("removeUserGroup", "Remove a user group that nothing names", .status = 204,
	       .etag = true, .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table group_routes = ROUTE_TABLE(routes);
