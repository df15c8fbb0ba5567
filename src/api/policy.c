/* The anti-uninstallation policy. */
#include "flow/policy_preview.h"

#include "base/text.h"
#include "flow/policy_version.h"
#include "flow/proposal.h"
#include "flow/snapshots.h"
#include "web/request.h"
#include "api/policy.h"
#include "api/routes.h"
#include "store/proposal.h"
#include "web/server.h"

#define MAX_BODY (512 * 1024)
#define MAX_SMALL_BODY 1024
#define MAX_VERSIONS 100 /* in a page */

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

bool policy_proposed(struct request *r, const char *proposal, const struct policy_proposed **out,
		     struct err *e)
{
	struct policy_proposed *p = arena_new(r->arena, struct policy_proposed);
	struct store_proposal row;

	if (!store_proposal_get(r->db, r->arena, proposal, &row, e))
		return false;
	*p = (struct policy_proposed){row.id, row.expires_ms, request_split(r, row.whys, " ")};
	*out = p;
	r->status = 202;
	return true;
}

/* 200 and the policy as it is saved, or 202 and the present one with what waits. */
static bool answer_change(struct request *r, const struct policy *p, const char *proposal,
			  struct err *e)
{
	struct policy_body body;
	struct policy now;

	if (proposal == NULL) {
		answer(r, p);
		return true;
	}
	if (!flow_policy_get(r->db, r->arena, &now, e))
		return false;
	body = policy_body(&now);
	if (!policy_proposed(r, proposal, &body.proposal, e))
		return false;
	request_etag(r, now.version);
	request_answer(r, &body);
	return true;
}

/* p is saved, or proposed; from: the version that it repeats. */
static bool change(struct request *r, struct policy *p, int64_t from, struct err *e)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	const struct party by = {r->caller.account, r->caller.person};
	struct flow_policy_change c = {.by = &by, .restored_from = from};
	struct flow f = request_flow(r);
	const char *proposal;
	struct policy now;
	bool ok;

	f.snapshot = snapshot;
	ok = flow_policy_present(&f, FLOW_ANY_VERSION, &now, e) &&
	     request_if_match(r, now.version, e);
	c.base = now.version;
	ok = ok && flow_policy_change(&f, &c, p, &proposal, e);
	snapshots_give(r->server->snapshots, snapshot);
	return ok && answer_change(r, p, proposal, e);
}

static bool policy_put(struct request *r, struct err *e)
{
	struct policy_body body = {0};
	struct policy p;

	return request_read(r, &body, e) && policy_check(&body, &p, e) && change(r, &p, 0, e);
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

/* --- versions --- */

struct summary {
	struct store_policy stored;
	const char *confirmed_by;
	struct json_list changed;
};

#define SUMMARY(member) offsetof(struct summary, member)
#define SUMMARY_FIELDS                                                                   \
	{"version", JSON_FIELD_I64, SUMMARY(stored.version), .example = "7"},            \
	    {"saved_by", JSON_FIELD_TEXT, SUMMARY(stored.created_by), .example = "王芳", \
	     .doc = "or proposed"},                                                      \
	    {"confirmed_by",                                                             \
	     JSON_FIELD_TEXT,                                                            \
	     SUMMARY(confirmed_by),                                                      \
	     .nullable = true,                                                           \
	     .doc = "the second person; null: nobody had to",                            \
	     .example = "孙立"},                                                         \
	    {"created_ms", JSON_FIELD_I64, SUMMARY(stored.created_ms)},                  \
	    {"restored_from",                                                            \
	     JSON_FIELD_I64,                                                             \
	     SUMMARY(stored.restored_from),                                              \
	     .nullable = true,                                                           \
	     .doc = "the version that it repeats",                                       \
	     .example = "3"},                                                            \
	{                                                                                \
		"changed", JSON_FIELD_ARRAY, SUMMARY(changed),                           \
		    .max = POLICY_MAX_CHANGES, .words = policy_fields,                   \
		    .doc = "fields that differ from the version before it"               \
	}

static const struct json_field summary_json[] = {SUMMARY_FIELDS, {0}};

struct versions {
	struct json_list items;
	int64_t next;
};

static const struct json_field versions_json[] = {
    {"items", JSON_FIELD_ARRAY, offsetof(struct versions, items), .fields = summary_json,
     .size = sizeof(struct summary), .doc = "the newest first, at most 100"},
    {"next", JSON_FIELD_I64, offsetof(struct versions, next), .nullable = true,
     .doc = "for before"},
    {0}};

struct before {
	int64_t before;
};

static const struct json_field versions_query[] = {
    {"before", JSON_FIELD_I64, offsetof(struct before, before), .min = 1, .max = INT64_MAX,
     .doc = "older than this version; next of the answer before"},
    {0}};

static struct summary summary_of(struct request *r, const struct store_policy *row)
{
	return (struct summary){.stored = *row,
				.confirmed_by =
				    *row->confirmed_by == '\0' ? NULL : row->confirmed_by,
				.changed = request_split(r, row->changed, " ")};
}

static bool version_list(struct request *r, struct err *e)
{
	struct before query = {.before = INT64_MAX};
	struct store_policy *rows;
	struct summary *items;
	size_t count;

	if (!request_unlimited(r, e) || !request_query(r, &query, e) ||
	    !store_policy_list(r->db, r->arena, query.before, MAX_VERSIONS, &rows, &count, e))
		return false;
	items = arena_array(r->arena, count, sizeof(*items));
	for (size_t i = 0; i < count; i++)
		items[i] = summary_of(r, &rows[i]);
	request_answer(
	    r, &(struct versions){.items = {items, count},
				  .next = count == MAX_VERSIONS ? rows[count - 1].version : 0});
	return true;
}

#define MISSING(member) offsetof(struct flow_policy_missing, member)

static const struct json_field missing_json[] = {
    {"field", JSON_FIELD_TEXT, MISSING(field), .words = policy_fields, .example = "scope.groups"},
    {"id", JSON_FIELD_TEXT, MISSING(id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, MISSING(name), .nullable = true, .doc = "null: nobody knows",
     .example = "财务"},
    {"why", JSON_FIELD_TEXT, MISSING(why), .words = flow_policy_whys},
    {0}};

struct version_view {
	struct summary summary; /* first: its fields are this one's */
	struct policy_body policy;
	struct json_list changes, missing;
};

static const struct json_field version_json[] = {
    SUMMARY_FIELDS,
    {"policy", JSON_FIELD_OBJECT, offsetof(struct version_view, policy), .fields = policy_json},
    {"changes", JSON_FIELD_ARRAY, offsetof(struct version_view, changes),
     .fields = policy_change_json, .size = sizeof(struct policy_change),
     .doc = "against the version before it"},
    {"missing", JSON_FIELD_ARRAY, offsetof(struct version_view, missing), .fields = missing_json,
     .size = sizeof(struct flow_policy_missing),
     .doc = "what it names and what could not be chosen now"},
    {0}};

static bool number_of(const char *text, int64_t *out, struct err *e)
{
	return text_i64(text, 1, INT64_MAX, out) ||
	       err_set(e, ERR_NOT_FOUND, "The policy has no such version.");
}

static bool version_read(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct flow_policy_version v, before;
	struct version_view view;
	int64_t number;

	if (!request_unlimited(r, e) || !number_of(r->args[0], &number, e) ||
	    !flow_policy_version(&f, number, &v, e) ||
	    !flow_policy_version(&f, number - 1, &before, e) ||
	    !flow_policy_diff(&f, &before, &v, &view.changes, e) ||
	    !flow_policy_missing(&f, &v, &view.missing, e))
		return false;
	view.summary = summary_of(r, &v.row);
	view.policy = policy_body(&v.policy);
	request_answer(r, &view);
	return true;
}

struct diff {
	int64_t from, to;
	struct json_list changes;
};

static const struct json_field diff_query[] = {
    {"from", JSON_FIELD_I64, offsetof(struct diff, from), .required = true, .max = INT64_MAX,
     .doc = "a version; 0: what holds before anybody saved one", .example = "3"},
    {"to", JSON_FIELD_I64, offsetof(struct diff, to), .max = INT64_MAX,
     .doc = "a version; the present one when absent", .example = "7"},
    {0}};

static const struct json_field diff_json[] = {
    {"from", JSON_FIELD_I64, offsetof(struct diff, from), .example = "3"},
    {"to", JSON_FIELD_I64, offsetof(struct diff, to), .example = "7"},
    {"changes", JSON_FIELD_ARRAY, offsetof(struct diff, changes), .fields = policy_change_json,
     .size = sizeof(struct policy_change)},
    {0}};

static bool policy_compare(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct flow_policy_version before, after;
	struct diff d = {.to = -1};
	struct policy now;

	if (!request_unlimited(r, e) || !request_query(r, &d, e) ||
	    !flow_policy_get(r->db, r->arena, &now, e))
		return false;
	if (d.to < 0)
		d.to = now.version;
	if (!flow_policy_version(&f, d.from, &before, e) ||
	    !flow_policy_version(&f, d.to, &after, e) ||
	    !flow_policy_diff(&f, &before, &after, &d.changes, e))
		return false;
	request_answer(r, &d);
	return true;
}

struct restore {
	bool without_missing;
};

static const struct json_field restore_json[] = {
    {"without_missing", JSON_FIELD_BOOL, offsetof(struct restore, without_missing),
     .doc = "what it names and what cannot be chosen now is left out; else that is refused"},
    {0}};

static bool version_restore(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct restore in = {0};
	struct flow_policy_version v;
	struct policy p;
	int64_t number;

	return request_read(r, &in, e) && number_of(r->args[0], &number, e) &&
	       flow_policy_version(&f, number, &v, e) &&
	       flow_policy_again(&f, &v, in.without_missing, &p, e) && change(r, &p, number, e);
}

/* --- what would this change? --- */

#define PREVIEW(member) offsetof(struct flow_policy_preview, member)
#define WARNING(member) offsetof(struct flow_policy_warning, member)

static const struct json_field warning_json[] = {
    {"code", JSON_FIELD_TEXT, WARNING(code), .words = flow_policy_warnings},
    {"id", JSON_FIELD_TEXT, WARNING(id), .format = JSON_ID, .nullable = true,
     .doc = "of the group, person or workflow that it is about"},
    {"name", JSON_FIELD_TEXT, WARNING(name), .nullable = true, .example = "财务"},
    {"count", JSON_FIELD_I64, WARNING(count), .nullable = true,
     .doc = "of people, or of the person's devices", .example = "7"},
    {0}};

const struct json_field policy_preview_json[] = {
    {"version", JSON_FIELD_I64, PREVIEW(version), .doc = "of the policy that it is held against",
     .example = "7"},
    {"mode_before", JSON_FIELD_TEXT, PREVIEW(mode_before), .words = policy_modes},
    {"mode_after", JSON_FIELD_TEXT, PREVIEW(mode_after), .words = policy_modes},
    {"changes", JSON_FIELD_ARRAY, PREVIEW(changes), .fields = policy_change_json,
     .size = sizeof(struct policy_change)},
    {"covered", JSON_FIELD_OBJECT, PREVIEW(covered), .fields = policy_ahead_json,
     .doc = "by scope and whitelist, whatever the mode"},
    {"reach_before", JSON_FIELD_OBJECT, PREVIEW(reach_before), .fields = reach_json},
    {"reach_after", JSON_FIELD_OBJECT, PREVIEW(reach_after), .fields = reach_json},
    {"stranded", JSON_FIELD_OBJECT, PREVIEW(stranded), .fields = policy_ahead_people_json,
     .doc = "would be blocked and could file under no workflow, which is not so now"},
    {"requests", JSON_FIELD_I64, PREVIEW(requests), .example = "2",
     .doc = "that wait and would be withdrawn, as nobody has to answer them any more"},
    {"second_person", JSON_FIELD_ARRAY, PREVIEW(second_whys), .max = POLICY_SECOND_MAX_WHYS,
     .words = policy_second_whys,
     .doc = "why a second administrator would have to confirm it; empty: nobody has to"},
    {"threshold", JSON_FIELD_I64, PREVIEW(threshold), .example = "20",
     .doc = "people or devices that one administrator may exempt in 24 hours alone"},
    {"warnings", JSON_FIELD_ARRAY, PREVIEW(warnings), .fields = warning_json,
     .size = sizeof(struct flow_policy_warning), .max = FLOW_POLICY_MAX_WARNINGS},
    {0}};

static bool policy_preview(struct request *r, struct err *e)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	struct flow f = request_flow(r);
	struct policy_body body = {0};
	struct flow_policy_preview preview;
	struct policy p;
	bool ok;

	f.snapshot = snapshot;
	ok = request_read(r, &body, e) && policy_check(&body, &p, e) &&
	     flow_policy_preview(&f, &p, &preview, e);
	snapshots_give(r->server->snapshots, snapshot);
	if (ok)
		request_answer(r, &preview);
	return ok;
}

#define NOUN .out = policy_shown_json, .noun = "Policy", .etag = true
#define WAITS                                                                                 \
	.waits = "A second administrator has to confirm it: `proposal`; the policy is as it " \
		 "was"

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
	   DOC("changePolicy", "Save the anti-uninstallation policy", NOUN, WAITS,
	       .in = policy_json,
	       .text = "As a whole, without the version. A workflow that is broken cannot be "
		       "chosen; one that breaks later stays. Connected devices have it within "
		       "seconds.",
	       .errors = ERROR(ERR_UNPROCESSABLE) | ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/policy/preview", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WORK, policy_preview,
	   DOC("previewPolicy", "What a policy would change, before it is saved", .in = policy_json,
	       .out = policy_preview_json, .noun = "PolicyPreview",
	       .text = "Counted now, over everybody and every device that is there. Samples have "
		       "the first 20.",
	       .errors = ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_GET, "/api/v1/policy/versions",
     ROUTE(ROLES_AUDIT, ROUTE_READ, version_list,
	   DOC("listPolicyVersions",
	       "Who saved which version of the policy, when, and what changed",
	       .query = versions_query, .out = versions_json, .noun = "PolicyVersions"))},
    {HTTP_GET, "/api/v1/policy/versions/{version}",
     ROUTE(ROLES_AUDIT, ROUTE_WORK, version_read,
	   DOC("getPolicyVersion", "A version of the policy, and whether it could be restored",
	       .out = version_json, .noun = "PolicyVersion"))},
    {HTTP_GET, "/api/v1/policy/diff",
     ROUTE(ROLES_AUDIT, ROUTE_WORK, policy_compare,
	   DOC("comparePolicyVersions", "What differs between two versions of the policy",
	       .query = diff_query, .out = diff_json, .noun = "PolicyDiff",
	       .text = "Field by field. Names are those of today; what is not there any more has "
		       "the name it had when the version was saved.",
	       .errors = ERROR(ERR_NOT_FOUND)))},
    {HTTP_POST, "/api/v1/policy/versions/{version}/restore", MAX_SMALL_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, version_restore,
	   DOC("restorePolicyVersion", "Save an old version of the policy as a new one", NOUN,
	       WAITS, .in = restore_json,
	       .errors = ERROR(ERR_UNPROCESSABLE) | ERROR(ERR_CONFLICT)))},
};

const struct route_table policy_routes = ROUTE_TABLE(routes);
