/* The record of what happened. */
#include "store/event.h"

#include "server/request.h"
#include "server/route.h"

static bool event_list(struct request *r, struct err *e)
{
	struct store_event_filter filter = {0};
	struct store_page page;
	struct store_event *all;
	size_t count;

	if (!request_page(r, &page, e) || !request_query_id(r, "device", &filter.device, e) ||
	    !request_query_id(r, "instance", &filter.instance, e))
		return false;
	filter.before = page.cursor;
	filter.max = page.limit;
	if (!store_event_list(r->db, r->arena, &filter, &all, &count, e))
		return false;
	request_items(r);
	for (size_t i = 0; i < count; i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "id", all[i].id);
		json_put_i64(&r->json, "at_ms", all[i].at_ms);
		json_put_text(&r->json, "kind", all[i].kind);
		json_put_text(&r->json, "actor", all[i].actor);
		json_put_text(&r->json, "device", all[i].device);
		json_put_text(&r->json, "instance", all[i].instance);
		json_put_text(&r->json, "text", all[i].text);
		json_object_end(&r->json);
	}
	request_items_end(r, &page, count, count > 0 ? all[count - 1].id : NULL);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/events", ROUTE(ROLES_ALL, ROUTE_READ, event_list)},
};

const struct route_table event_routes = ROUTE_TABLE(routes);
