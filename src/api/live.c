/* Live updates: what a console has to fetch anew. */
#include "api/routes.h"
#include "web/live.h"

static const char *const types[] = {"text/event-stream", NULL};

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/events",
     ROUTE(ROLES_ALL, ROUTE_WAIT, lives_add,
	   DOC("followEvents", "Live updates, as server-sent events",
	       .text =
		   "First `event: hello` with `data: {\"server\":\"0.1.0\"}`; then, whenever "
		   "something "
		   "was committed that a console shows, here or by another server of the database, "
		   "`event: changed` with `data: {\"what\":[\"instances\",\"devices\"]}`: names of "
		   "topics, never what has changed. Topics: instances (with their tasks), devices, "
		   "alarms, workflows, apps, deliveries, policy, groups, users, sources, releases, "
		   "accounts, tokens, webhooks, settings, audit; others may be added. What happens "
		   "within 300 ms is told together. Nothing is kept for who is away: after each "
		   "hello, "
		   "fetch everything anew. A comment comes every 20 s; the stream ends when the "
		   "session or token does and when the server stops. At most 16 streams of one "
		   "account on each of the server's threads.",
	       .out_types = types, .errors = ERROR(ERR_TOO_MANY) | ERROR(ERR_UNAVAILABLE)))},
};

const struct route_table live_routes = ROUTE_TABLE(routes);
