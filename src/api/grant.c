/* Grants that are not used yet and have to be taken back. */
#include "api/grant.h"

#include "flow/grant.h"
#include "model/instance.h"
#include "api/instance.h"
#include "api/routes.h"

#define MAX_BODY 8192

static const char *const states[] = {"unused",   "delivered", "used", "lapsed",
				     "revoking", "revoked",   NULL};

const struct json_field grant_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct grant_view, stored.id), .format = JSON_ID},
    {"state", JSON_FIELD_TEXT, offsetof(struct grant_view, state), .words = states,
     .doc = "revoking: called back, and the device has not confirmed it yet"},
    {"exp_ms", JSON_FIELD_I64, offsetof(struct grant_view, stored.exp_ms), .doc = "0: until used"},
    {"revoked_ms", JSON_FIELD_I64, offsetof(struct grant_view, stored.cancelled_ms),
     .nullable = true, .doc = "when it was called back"},
    {"revoked_why", JSON_FIELD_TEXT, offsetof(struct grant_view, why), .nullable = true,
     .says = "grant", .doc = "by whom and why", .example = "陈安: the wrong computer"},
    {"confirmed_ms", JSON_FIELD_I64, offsetof(struct grant_view, stored.confirmed_ms),
     .nullable = true, .doc = "when the device has entered in its ledger not to use it"},
    {0}};

const struct grant_view *grant_view(struct arena *a, const struct store_grant *g)
{
	struct grant_view *view = g->id == NULL ? NULL : arena_new(a, struct grant_view);

	if (view != NULL)
		*view =
		    (struct grant_view){.stored = *g,
					.state = grant_state_shown(g->state, g->confirmed_ms != 0),
					.why = g->cancelled_ms == 0 ? NULL : g->cancelled_why};
	return view;
}

struct reason {
	const char *reason;
};

static const struct json_field reason_json[] = {
    {"reason", JSON_FIELD_TEXT, offsetof(struct reason, reason), .required = true, .min = 1,
     .max = REASON_MAX * 2, .doc = "1 to 500 characters after trimming; the employee reads it",
     .example = "The wrong computer"},
    {0}};

static bool grant_revoke(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct reason in = {0};
	struct store_grant g;

	if (!request_read(r, &in, e) || !instance_seen(r, r->args[0], e) ||
	    !flow_grant_revoke(&f, r->args[0], r->caller.name, in.reason, e) ||
	    !store_grant_of_instance(r->db, r->arena, r->args[0], &g, e))
		return false;
	request_answer(r, grant_view(r->arena, &g));
	return true;
}

struct exported {
	struct store_grant stored;
};

static const struct json_field exported_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct exported, stored.id), .format = JSON_ID},
    {"exp_ms", JSON_FIELD_I64, offsetof(struct exported, stored.exp_ms), .doc = "0: until used"},
    {"grant", JSON_FIELD_TEXT, offsetof(struct exported, stored.jws),
     .doc = "the signed grant, for `holdfast grant import` on the device"},
    {0}};

static bool grant_export(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct exported out;

	if (!instance_seen(r, r->args[0], e) ||
	    !flow_grant_export(&f, r->args[0], r->caller.name, &out.stored, e))
		return false;
	request_answer(r, &out);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/instances/{id}/export-grant", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, grant_export,
	   DOC("exportGrant", "A grant that travels by file",
	       .text =
		   "For a device that is offline: carry it there and give it to `holdfast grant "
		   "import`. It is good on that device alone, and the export is on record.",
	       .out = exported_json, .noun = "ExportedGrant", .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/instances/{id}/revoke-grant", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, grant_revoke,
	   DOC("revokeGrant", "Take an unused grant back",
	       .text =
		   "The device is asked not to use it. Until it has confirmed that, the grant is "
		   "`revoking`; it becomes `used` when the device was quicker.",
	       .in = reason_json, .out = grant_json, .noun = "Grant",
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
};

const struct route_table grant_routes = ROUTE_TABLE(routes);
