/* The anti-uninstallation policy. */
#include "flow/policy.h"

#include "flow/snapshots.h"
#include "web/request.h"
#include "api/routes.h"

#define MAX_BODY (512 * 1024)

static void answer(struct request *r, const struct policy *p)
{
	const struct policy_body body = policy_body(p);

	request_etag(r, p->version);
	request_answer(r, &body);
}

static bool policy_get(struct request *r, struct err *e)
{
	struct policy p;

	if (!flow_policy_get(r->db, r->arena, &p, e))
		return false;
	answer(r, &p);
	return true;
}

static bool policy_put(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct policy_body body = {0};
	struct policy now, p;

	if (!request_read(r, &body, e) || !policy_check(&body, &p, e) ||
	    !flow_policy_get(r->db, r->arena, &now, e) || !request_if_match(r, now.version, e) ||
	    !flow_policy_save(&f, f.actor.name, now.version, &p, e))
		return false;
	answer(r, &p);
	return true;
}

#define REACH(member) offsetof(struct flow_policy_reach, member)

static const struct json_field reach_json[] = {
    {"people", JSON_FIELD_I64, REACH(people), .doc = "of the directory, who have not left"},
    {"first", JSON_FIELD_I64, REACH(first), .doc = "whom the policy's workflow serves"},
    {"second", JSON_FIELD_I64, REACH(second), .doc = "of the others, whom its second one serves"},
    {"neither", JSON_FIELD_I64, REACH(neither),
     .doc = "who cannot file: they get the contact text"},
    {0}};

static bool policy_reach(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct flow_policy_reach reach;
	struct policy p;

	if (!flow_policy_get(r->db, r->arena, &p, e) || !flow_policy_reach(&f, &p, &reach, e))
		return false;
	request_answer(r, &reach);
	return true;
}

#define NOUN .out = policy_shown_json, .noun = "Policy", .etag = true

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/policy",
     ROUTE(ROLES_ALL, ROUTE_READ, policy_get,
	   DOC("getPolicy", "The anti-uninstallation policy", NOUN))},
    {HTTP_GET, "/api/v1/policy/reach",
     ROUTE(ROLES_ALL, ROUTE_READ, policy_reach,
	   DOC("getPolicyReach", "How many people may file, and under which workflow",
	       .out = reach_json, .noun = "PolicyReach",
	       .text = "Counted now. Whether DingTalk lets somebody start his form shows only when "
		       "he files."))},
    {HTTP_PUT, "/api/v1/policy", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, policy_put,
	   DOC("changePolicy", "Save the anti-uninstallation policy", NOUN, .in = policy_json,
	       .text = "As a whole, without the version. A workflow that is broken cannot be "
		       "chosen; one that breaks later stays. Connected devices have it within "
		       "seconds.",
	       .errors = ERROR(ERR_UNPROCESSABLE)))},
};

const struct route_table policy_routes = ROUTE_TABLE(routes);
