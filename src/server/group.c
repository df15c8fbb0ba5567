/* User groups. */
#include "flow/group.h"

#include "flow/snapshots.h"
#include "server/request.h"
#include "server/route.h"
#include "server/server.h"
#include "store/group.h"

#define MAX_BODY (1024 * 1024)

static int64_t members(struct request *r, const struct group *g)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	int64_t count = snapshot_count(snapshot, g);

	snapshots_give(r->server->snapshots, snapshot);
	return count;
}

static void put_group(struct request *r, const struct group *g)
{
	json_object(&r->json, NULL);
	json_put_text(&r->json, "id", g->id);
	json_put_text(&r->json, "name", g->name);
	json_put_text(&r->json, "description", g->description);
	json_array(&r->json, "rules");
	for (size_t i = 0; i < g->rule_count; i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "subject", rule_subject_name(g->rules[i].subject));
		json_put_text(&r->json, "relation", rule_relation_name(g->rules[i].relation));
		json_put_text(&r->json, "value", g->rules[i].value);
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	json_put_i64(&r->json, "members", members(r, g));
	json_object_end(&r->json);
}

static bool save(struct request *r, const char *id, struct err *e)
{
	struct flow f = request_flow(r);
	struct group g;

	if (!group_read(r->arena, r->http->body, r->http->body_len, &g, e))
		return false;
	g.id = id;
	if (!flow_group_save(&f, &g, e))
		return false;
	put_group(r, &g);
	return true;
}

static bool group_create(struct request *r, struct err *e)
{
	r->status = 201;
	return save(r, NULL, e);
}

static bool group_change(struct request *r, struct err *e)
{
	return save(r, r->args[0], e);
}

static bool group_get(struct request *r, struct err *e)
{
	struct group g;

	if (!store_group_get(r->db, r->arena, r->args[0], &g, e))
		return false;
	put_group(r, &g);
	return true;
}

static bool group_remove(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);

	r->status = 204;
	return flow_group_remove(&f, r->args[0], e);
}

static bool group_list(struct request *r, struct err *e)
{
	struct store_page page;
	struct store_group_list list;

	if (!request_page(r, &page, e) || !store_group_list(r->db, r->arena, &page, &list, e))
		return false;
	request_items(r);
	for (size_t i = 0; i < list.count; i++)
		put_group(r, &list.items[i]);
	request_items_end(r, &page, list.count,
			  list.count > 0 ? list.items[list.count - 1].id : NULL);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/user-groups", MAX_BODY, ROUTE(ROLES_CHANGE, ROUTE_WRITE, group_create)},
    {HTTP_GET, "/api/v1/user-groups", ROUTE(ROLES_ALL, ROUTE_READ, group_list)},
    {HTTP_GET, "/api/v1/user-groups/{id}", ROUTE(ROLES_ALL, ROUTE_READ, group_get)},
    {HTTP_PUT, "/api/v1/user-groups/{id}", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, group_change)},
    {HTTP_DELETE, "/api/v1/user-groups/{id}", ROUTE(ROLES_CHANGE, ROUTE_WRITE, group_remove)},
};

const struct route_table group_routes = ROUTE_TABLE(routes);
