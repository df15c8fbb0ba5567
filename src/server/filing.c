/* What an employee's client asks: to file, to withdraw, to sign out. */
#include "base/text.h"
#include "flow/device.h"
#include "flow/ownership.h"
#include "flow/request.h"
#include "flow/snapshots.h"
#include "store/device.h"
#include "web/request.h"
#include "server/routes.h"
#include "web/server.h"

#define MAX_BODY 16384
#define MAX_PACKAGE 256

static const struct json_field fields[] = {
    {"reason", JSON_FIELD_TEXT, offsetof(struct flow_filing, reason), .required = true},
    {"package", JSON_FIELD_TEXT, offsetof(struct flow_filing, package), .min = 1,
     .max = MAX_PACKAGE},
    {"by_root", JSON_FIELD_BOOL, offsetof(struct flow_filing, by_root)},
    {0}};

/* {"instance": …} as the view has it. */
static bool answer(struct request *r, const char *id, struct err *e)
{
	struct store_instance i;

	if (!store_instance_get(r->db, r->arena, id, &i, e))
		return false;
	json_object(&r->json, NULL);
	flow_instance_view(r->arena, &i, NULL, &r->json);
	json_object_end(&r->json);
	return true;
}

static bool file(struct request *r, const struct flow_filing *filing, struct flow_filed *filed,
		 struct err *e)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	struct flow f = request_flow(r);
	bool ok;

	f.snapshot = snapshot;
	ok = flow_file(&f, filing, filed, e);

	snapshots_give(r->server->snapshots, snapshot);
	return ok;
}

static bool filing_create(struct request *r, struct err *e)
{
	struct flow_filing filing = {.device = r->caller.device};
	struct flow_filed filed;

	if (!request_json(r, fields, &filing, e) || !file(r, &filing, &filed, e))
		return false;
	r->status = filed.existed ? 200 : 201;
	return answer(r, filed.id, e);
}

static bool filing_withdraw(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);

	return flow_withdraw(&f, r->caller.device, r->args[0], e) && answer(r, r->args[0], e);
}

/* {"session": …} as the view has it. */
static bool sign_out(struct request *r, struct err *e)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	struct flow f = request_flow(r);
	struct store_device d;
	bool ok;

	f.snapshot = snapshot;
	ok = flow_device_sign_out(&f, r->caller.device, e);
	snapshots_give(r->server->snapshots, snapshot);
	if (!ok || !request_device(r, &d, e))
		return false;
	json_object(&r->json, NULL);
	flow_session_view(&(struct flow_owner){.session_end = d.session_end,
					       .session_ended_ms = d.session_ended_ms},
			  &r->json);
	json_object_end(&r->json);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/agent/v1/sign-out", MAX_BODY, ROUTE(ACCESS_DEVICE, ROUTE_WRITE, sign_out)},
    {HTTP_POST, "/agent/v1/requests", MAX_BODY, ROUTE(ACCESS_DEVICE, ROUTE_WRITE, filing_create)},
    {HTTP_POST, "/agent/v1/requests/{id}/withdraw", MAX_BODY,
     ROUTE(ACCESS_DEVICE, ROUTE_WRITE, filing_withdraw)},
};

const struct route_table filing_routes = ROUTE_TABLE(routes);
