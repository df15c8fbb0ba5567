#include "web/request.h"
#include "server/routes.h"
#include "web/server.h"

static bool alive(struct request *r, struct err *e)
{
	(void)e;
	r->type = "text/plain; charset=utf-8";
	buf_text(&r->body, "ok\n");
	return true;
}

/* As a unit of work of its own: true only when the database commits. */
static bool ready(struct request *r, struct err *e)
{
	if (!db_exec(
		r->db,
		"INSERT INTO settings (name, value) VALUES ('ready', '') ON CONFLICT (name) DO "
		"UPDATE SET value = ''",
		DB_NONE, NULL, e))
		return false;
	return alive(r, e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/healthz", ROUTE(ACCESS_PUBLIC, ROUTE_READ, alive, ERRORS_PLAIN)},
    {HTTP_GET, "/readyz", ROUTE(ACCESS_PUBLIC, ROUTE_WRITE, ready, ERRORS_PLAIN)},
};

const struct route_table health_routes = ROUTE_TABLE(routes);
