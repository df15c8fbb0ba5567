/* What reading an identity source changed, and an administrator's word about a run that waits. */
#include "flow/sync.h"
#include "api/routes.h"
#include "api/source.h"
#include "web/request.h"

#define MAX_BODY 4096

#define AT(member) offsetof(struct store_sync_change, member)

static const char *const subjects[] = {SYNC_PERSON, SYNC_DEPARTMENT, NULL};
static const char *const kinds[] = {SYNC_JOINED,  SYNC_RETURNED, SYNC_LEFT, SYNC_MOVED,
				    SYNC_RENAMED, SYNC_CHANGED,  NULL};
static const char *const states[] = {SYNC_PENDING, SYNC_APPLIED, SYNC_REFUSED, NULL};

static const struct json_field change_json[] = {
    {"id", JSON_FIELD_TEXT, AT(id), .format = JSON_ID},
    {"run", JSON_FIELD_TEXT, AT(run), .format = JSON_ID, .nullable = true,
     .doc = "null: an event of DingTalk led to it"},
    {"at_ms", JSON_FIELD_I64, AT(at_ms)},
    {"subject", JSON_FIELD_TEXT, AT(subject), .words = subjects},
    {"subject_id", JSON_FIELD_TEXT, AT(subject_id), .nullable = true,
     .doc = "id of the person or department; null: it came with this change"},
    {"external_id", JSON_FIELD_TEXT, AT(external_id), .doc = "DingTalk's userid or dept_id",
     .example = "lihua"},
    {"name", JSON_FIELD_TEXT, AT(name), .example = "李华"},
    {"kind", JSON_FIELD_TEXT, AT(kind), .words = kinds,
     .doc = "the first that fits; left, of a department: it is gone"},
    {"state", JSON_FIELD_TEXT, AT(state), .words = states,
     .doc = "pending: the run has not come to its end, or waits"},
    {"before", JSON_FIELD_RAW, AT(before), .doc = "the members that differ",
     .example = "{\"departments\":[\"研发部\"]}"},
    {"after", JSON_FIELD_RAW, AT(after), .example = "{\"departments\":[\"财务部\"]}"},
    {0}};

static const struct json_field query_json[] = {
    {"run", JSON_FIELD_TEXT, offsetof(struct store_sync_filter, run), .format = JSON_ID,
     .nullable = true},
    {"kind", JSON_FIELD_TEXT, offsetof(struct store_sync_filter, kind), .words = kinds,
     .nullable = true},
    {"subject", JSON_FIELD_TEXT, offsetof(struct store_sync_filter, subject), .words = subjects,
     .nullable = true},
    {"state", JSON_FIELD_TEXT, offsetof(struct store_sync_filter, state), .words = states,
     .nullable = true},
    {0}};

static bool change_list(struct request *r, struct err *e)
{
	struct store_sync_filter filter = {0};
	struct store_source source;
	struct store_page page;
	struct store_sync_change *all;
	size_t count;

	if (!request_unlimited(r, e) || !request_page(r, &page, e) ||
	    !request_query(r, &filter, e) ||
	    !store_source_get(r->db, r->arena, r->args[0], &source, e))
		return false;
	filter.source = source.id;
	if (!store_sync_changes(r->db, r->arena, &filter, &page, &all, &count, e))
		return false;
	request_list(r, all, count, sizeof(*all), &page);
	return true;
}

static bool decide(struct request *r, bool approve, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_source s;

	return store_source_get(r->db, r->arena, r->args[0], &s, e) &&
	       flow_sync_decide(&f, &s, r->args[1], approve, e) &&
	       api_source_answer(r, s.id, 200, e);
}

static bool sync_approve(struct request *r, struct err *e)
{
	return decide(r, true, e);
}

static bool sync_refuse(struct request *r, struct err *e)
{
	return decide(r, false, e);
}

#define SOURCE .out = api_source_json, .noun = "IdentitySource"

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/identity-sources/{id}/changes",
     ROUTE(ROLES_ALL, ROUTE_READ, change_list,
	   DOC("listIdentitySourceChanges", "Who joined, left, moved or was renamed",
	       .out = change_json, .noun = "IdentitySourceChange", .query = query_json,
	       .list = true,
	       .text = "Newest first, kept for 180 days. Pending ones are what a run that waits is "
		       "going to do."))},
    {HTTP_POST, "/api/v1/identity-sources/{id}/syncs/{run}/approve", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, sync_approve,
	   DOC("approveIdentitySourceSync", "Let a run that waits do what it is going to do",
	       SOURCE,
	       .text = "Whoever would be marked departed is asked for in DingTalk once more.",
	       .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/identity-sources/{id}/syncs/{run}/refuse", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, sync_refuse,
	   DOC("refuseIdentitySourceSync", "Forget what a run that waits was going to do", SOURCE,
	       .text = "The next run by the cycle reads everything again, and asks again.",
	       .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table changes_routes = ROUTE_TABLE(routes);
