/* Request URLs before their app is known: what the panel shows from the moment in which it opens. */
#include "flow/request_url.h"

#include "api/app.h"
#include "web/request.h"
#include "api/routes.h"

#define MAX_BODY 4096

struct view {
	struct store_request_url stored;
	const char *request_url;
};

static const struct json_field view_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.id), .format = JSON_ID},
    {"request_url", JSON_FIELD_TEXT, offsetof(struct view, request_url), .format = "uri"},
    {"expires_ms", JSON_FIELD_I64, offsetof(struct view, stored.expires_ms),
     .doc = "unless an app is saved with it before"},
    {0}};

static bool request_url_create(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	const char *by = r->caller.account != NULL ? r->caller.account : r->caller.token;
	struct view v;

	if (!flow_request_url_allot(&f, by, &v.stored, e))
		return false;
	v.request_url = app_request_url(r, v.stored.id, v.stored.secret);
	r->status = 201;
	request_answer(r, &v);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/request-urls", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, request_url_create,
	   DOC("createRequestUrl", "Get a Request URL for an app that is not entered yet",
	       .text = "DingTalk's check is answered as soon as an app, or a workflow with "
		       "`credentials`, is saved with its `id`. When there is an app with that "
		       "Client ID already, its own Request URL is the one that counts, and this "
		       "one leads there too. Nobody's after a day.",
	       .out = view_json, .noun = "RequestUrl", .status = 201,
	       .errors = ERROR(ERR_TOO_MANY)))},
};

const struct route_table request_url_routes = ROUTE_TABLE(routes);
