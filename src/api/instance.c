/* Approval instances, as administrators see and decide them. */
#include "api/instance.h"

#include "base/text.h"
#include "flow/request.h"
#include "model/event.h"
#include "model/remark.h"
#include "api/grant.h"
#include "api/routes.h"
#include "web/language.h"
#include "web/server.h"
#include "api/task.h"
#include "store/event.h"
#include "store/outbox.h"

#define MAX_BODY 16384
#define MAX_BULK 32768
#define MAX_EVENTS 100 /* of one instance, in an answer */

/* An instance with what belongs to it. A list leaves out what takes a look elsewhere. */
struct view {
	struct store_instance stored;
	const char *number, *external_id, *business_id, *note;
	struct remark remark; /* what the note says; of none NULL */
	struct json_list macs, pending_with;
	const struct store_instance *workflow; /* NULL: none, a release */
	const struct store_instance *decision; /* NULL: undecided */
	const struct grant_view *grant;        /* NULL: none */
	int64_t attempts, next_ms;
	const char *error;
	struct json_list events; /* of struct store_event, oldest first */
	struct json_list levels; /* of struct task_level */
	bool mine;               /* it is the caller's turn */
	struct {
		bool approve, reject, withdraw, revoke;
		const char *as; /* NULL: not decide */
	} may;
};

#define STORED(member) offsetof(struct view, stored.member)

static const char *const statuses[] = {"pending", "approved", "rejected",
				       "revoked", "expired",  NULL};
static const char *const effects[] = {"none", "unused", "used", "lapsed", "cancelled", NULL};
static const char *const deliveries[] = {"none",    "queued", "submitted", "failed",
					 "closing", "closed", NULL};
static const struct json_field workflow_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct store_instance, workflow), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct store_instance, workflow_name),
     .example = "终端卸载"},
    {"version", JSON_FIELD_I64, offsetof(struct store_instance, version)},
    {0}};

static const struct json_field applicant_json[] = {
    {"id", JSON_FIELD_TEXT, STORED(person), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, STORED(person_name), .example = "李华"},
    {"department", JSON_FIELD_TEXT, STORED(department), .example = "客户端组"},
    {0}};

static const struct json_field device_json[] = {
    {"id", JSON_FIELD_TEXT, STORED(device), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, STORED(device_name), .example = "hua-laptop"},
    {"os", JSON_FIELD_TEXT, STORED(device_os), .example = "Debian GNU/Linux 12"},
    {"macs", JSON_FIELD_ARRAY, offsetof(struct view, macs), .example = "52:54:00:12:34:56"},
    {0}};

static const struct json_field decision_json[] = {
    {"who", JSON_FIELD_TEXT, offsetof(struct store_instance, decided_by), .says = "actor",
     .doc = "empty: nobody, the channel is system", .example = "王芳"},
    {"at_ms", JSON_FIELD_I64, offsetof(struct store_instance, decided_ms)},
    {"comment", JSON_FIELD_TEXT, offsetof(struct store_instance, decision_comment),
     .doc = "what was written; of the system why, in the reader's language"},
    {"channel", JSON_FIELD_TEXT, offsetof(struct store_instance, channel), .example = "dingtalk"},
    {0}};

static const struct json_field listed_delivery_json[] = {
    {"state", JSON_FIELD_TEXT, STORED(delivery), .words = deliveries}, {0}};

static const struct json_field delivery_json[] = {
    {"state", JSON_FIELD_TEXT, STORED(delivery), .words = deliveries},
    {"attempts", JSON_FIELD_I64, offsetof(struct view, attempts)},
    {"next_ms", JSON_FIELD_I64, offsetof(struct view, next_ms), .nullable = true},
    {"error", JSON_FIELD_TEXT, offsetof(struct view, error), .nullable = true, .says = "error",
     .doc = "of the last try, in words"},
    {0}};

static const struct json_field external_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, external_id), .nullable = true,
     .doc = "DingTalk's processInstanceId"},
    {"business_id", JSON_FIELD_TEXT, offsetof(struct view, business_id), .nullable = true,
     .doc = "DingTalk's number of it"},
    {0}};

static const struct json_field event_json[] = {
    {"at_ms", JSON_FIELD_I64, offsetof(struct store_event, at_ms)},
    {"kind", JSON_FIELD_TEXT, offsetof(struct store_event, kind), .words = event_kinds,
     .example = "filed"},
    {"actor_kind", JSON_FIELD_TEXT, offsetof(struct store_event, actor_kind),
     .words = event_actor_kinds, .example = "person"},
    {"actor", JSON_FIELD_TEXT, offsetof(struct store_event, actor), .says = "actor",
     .example = "李华"},
    {"text", JSON_FIELD_TEXT, offsetof(struct store_event, text),
     .doc = "what somebody wrote (a reason, a comment), else in the reader's language"},
    {0}};

const char *const instance_as[] = {"approver", "administrator", NULL};

static const struct json_field may_json[] = {
    {"approve", JSON_FIELD_BOOL, offsetof(struct view, may.approve)},
    {"reject", JSON_FIELD_BOOL, offsetof(struct view, may.reject)},
    {"withdraw", JSON_FIELD_BOOL, offsetof(struct view, may.withdraw)},
    {"revoke", JSON_FIELD_BOOL, offsetof(struct view, may.revoke), .doc = "its grant"},
    {"as", JSON_FIELD_TEXT, offsetof(struct view, may.as), .words = instance_as, .nullable = true,
     .doc = "as what the caller decides, if nothing else is said; null also for an approver "
	    "of departments who decides a form of DingTalk"},
    {0}};

#define COMMON                                                                                  \
	{"id", JSON_FIELD_TEXT, STORED(id), .format = JSON_ID},                                 \
	    {"number", JSON_FIELD_TEXT, offsetof(struct view, number), .example = "HF-000123"}, \
	    {"template", JSON_FIELD_TEXT, STORED(template), .example = "app_uninstall"},        \
	    {"status", JSON_FIELD_TEXT, STORED(status), .words = statuses},                     \
	    {"effect", JSON_FIELD_TEXT, STORED(effect), .words = effects},                      \
	    {"reason", JSON_FIELD_TEXT, STORED(reason), .example = "旧电脑报废"},               \
	    {"package", JSON_FIELD_TEXT, STORED(package), .example = "holdfast-client"},        \
	    {"workflow",                                                                        \
	     JSON_FIELD_POINTER,                                                                \
	     offsetof(struct view, workflow),                                                   \
	     .nullable = true,                                                                  \
	     .fields = workflow_json,                                                           \
	     .size = sizeof(struct store_instance),                                             \
	     .doc = "null: let go without a filing"},                                           \
	    {"applicant", JSON_FIELD_OBJECT, .fields = applicant_json},                         \
	    {"device", JSON_FIELD_OBJECT, .fields = device_json},                               \
	    {"external", JSON_FIELD_OBJECT, .fields = external_json},                           \
	    {"pending_with", JSON_FIELD_ARRAY, offsetof(struct view, pending_with),             \
	     .doc = "who has it in DingTalk", .example = "王芳"},                               \
	    {"decision",       JSON_FIELD_POINTER,      offsetof(struct view, decision),        \
	     .nullable = true, .fields = decision_json, .size = sizeof(struct store_instance)}, \
	    {"grant",          JSON_FIELD_POINTER,   offsetof(struct view, grant),              \
	     .nullable = true, .fields = grant_json, .size = sizeof(struct grant_view)},        \
	    {"note",       JSON_FIELD_TEXT, offsetof(struct view, note),                        \
	     .omit = true, .says = "note",  .doc = "for an administrator to look at"},          \
	    {"note_code",  JSON_FIELD_TEXT,       offsetof(struct view, remark.code),           \
	     .omit = true, .words = remark_codes, .doc = "what the note says"},                 \
	    {"note_value",                                                                      \
	     JSON_FIELD_TEXT,                                                                   \
	     offsetof(struct view, remark.value),                                               \
	     .omit = true,                                                                      \
	     .says = "error",                                                                   \
	     .doc = "what the note is about: the field, the number, DingTalk's words",          \
	     .example = "卸载原因"},                                                            \
	    {"release",    JSON_FIELD_TEXT,   STORED(release),                                  \
	     .omit = true, .format = JSON_ID, .doc = "of which it is one device"},              \
	    {"created_ms", JSON_FIELD_I64, STORED(created_ms)},                                 \
	{                                                                                       \
		"expires_ms", JSON_FIELD_I64, STORED(expires_ms)                                \
	}

static const struct json_field listed_json[] = {
    COMMON, {"delivery", JSON_FIELD_OBJECT, .fields = listed_delivery_json}, {0}};

static const struct json_field instance_json[] = {
    COMMON,
    {"delivery", JSON_FIELD_OBJECT, .fields = delivery_json},
    {"next_check_ms", JSON_FIELD_I64, STORED(check_ms), .nullable = true,
     .doc = "when it is read in DingTalk again"},
    {"levels", JSON_FIELD_ARRAY, offsetof(struct view, levels), .fields = task_level_json,
     .size = sizeof(struct task_level), .doc = "empty unless it is asked about level by level"},
    {"mine", JSON_FIELD_BOOL, offsetof(struct view, mine),
     .doc = "it is the caller's turn, perhaps in somebody's place"},
    {"events", JSON_FIELD_ARRAY, offsetof(struct view, events), .fields = event_json,
     .size = sizeof(struct store_event), .doc = "oldest first"},
    {"may", JSON_FIELD_OBJECT, .fields = may_json, .doc = "what the caller may do with it now"},
    {0}};

static const char *unless_empty(const char *text)
{
	return text == NULL || *text == '\0' ? NULL : text;
}

static void view(struct request *r, const struct store_instance *i, const struct store_grant *grant,
		 struct view *out)
{
	char *number = arena_alloc(r->arena, INSTANCE_NUMBER_SIZE);

	instance_number(i->number, number);
	*out = (struct view){.stored = *i,
			     .number = number,
			     .external_id = i->external_id,
			     .business_id = unless_empty(i->business_id),
			     .note = unless_empty(i->note),
			     .macs = request_split(r, i->device_macs, ","),
			     .pending_with = request_split(r, i->pending_with, "\n"),
			     .workflow = *i->workflow == '\0' ? NULL : i,
			     .decision = i->decided_ms == 0 ? NULL : &out->stored,
			     .grant = grant_view(r->arena, grant)};
	out->stored.effect = instance_effect_name(grant->state);
	if (out->note != NULL)
		out->remark = remark_of(r->arena, out->note);
	if (text_equal(i->channel, "system"))
		out->stored.decision_comment = language_say(r, i->status, i->decision_comment);
}

static bool add_delivery(struct request *r, struct view *v, struct err *e)
{
	struct store_outbox o;

	if (!store_outbox_of_instance(r->db, r->arena, v->stored.id, &o, e))
		return false;
	if (o.id == NULL)
		return true;
	v->attempts = o.attempts;
	v->next_ms = o.due_ms;
	v->error = unless_empty(o.error);
	return true;
}

static bool add_events(struct request *r, struct view *v, struct err *e)
{
	const struct store_event_filter filter = {
	    .instance = v->stored.id, .before = "", .max = MAX_EVENTS};
	struct store_event *newest, *oldest;
	size_t count;

	if (!store_event_list(r->db, r->arena, &filter, &newest, &count, e))
		return false;
	oldest = arena_array(r->arena, count, sizeof(*oldest));
	for (size_t i = 0; i < count; i++) {
		oldest[i] = newest[count - 1 - i];
		oldest[i].text = language_say(r, oldest[i].kind, oldest[i].text);
	}
	v->events = (struct json_list){oldest, count};
	return true;
}

static bool add_rights(struct request *r, struct view *v, struct err *e)
{
	struct flow_decider who = {
	    .account = r->caller.account, .person = r->caller.person, .role = r->caller.role};
	struct flow f = request_flow(r);
	struct flow_rights rights;

	if (!flow_decider_find(&f, &v->stored, &who, e))
		return false;
	rights = flow_rights(&v->stored, v->mine, &who);
	v->may.approve = v->may.reject = rights.decide;
	if (rights.decide && rights.as_approver)
		v->may.as = instance_as[0];
	else if (rights.decide && rights.withdraw)
		v->may.as = instance_as[1];
	v->may.withdraw = rights.withdraw;
	v->may.revoke = text_equal(v->stored.effect, "unused") &&
			((unsigned)r->caller.role & ROLES_CHANGE) != 0;
	return true;
}

static bool answer(struct request *r, const char *id, struct err *e)
{
	struct store_instance instance;
	struct store_grant grant;
	struct view v;

	if (!store_instance_get(r->db, r->arena, id, &instance, e) ||
	    !store_grant_of_instance(r->db, r->arena, id, &grant, e))
		return false;
	view(r, &instance, &grant, &v);
	if (!add_delivery(r, &v, e) || !add_events(r, &v, e) ||
	    !task_levels(r, &instance, &v.levels, &v.mine, e) || !add_rights(r, &v, e))
		return false;
	request_answer(r, &v);
	return true;
}

static bool instance_read(struct request *r, struct err *e)
{
	return instance_seen(r, r->args[0], e) && answer(r, r->args[0], e);
}

void instance_put_listed(struct request *r, const struct store_listed *row)
{
	struct view v;

	view(r, &row->instance, &row->grant, &v);
	json_write(&r->json, NULL, listed_json, &v);
}

static bool instance_list(struct request *r, struct err *e)
{
	struct store_instance_filter filter;
	struct store_listed_page found;
	struct instance_query q;
	struct store_page page;

	if (!instance_filter(r, &q, &filter, e) || !request_page(r, &page, e) ||
	    !store_instance_list(r->db, r->arena, &filter,
				 &(struct store_listing){.oldest = text_equal(q.order, "oldest"),
							 .cursor = page.cursor,
							 .limit = page.limit},
				 &found, e))
		return false;
	request_items(r);
	for (size_t i = 0; i < found.count; i++)
		instance_put_listed(r, &found.items[i]);
	json_array_end(&r->json);
	json_put_text(&r->json, "next", found.next);
	json_object_end(&r->json);
	return true;
}

#define COUNT(name, status)                                                                 \
	{                                                                                   \
		name, JSON_FIELD_I64,                                                       \
		    offsetof(struct store_instance_counts, of) + (status) * sizeof(int64_t) \
	}

static const struct json_field counts_json[] = {
    COUNT("pending", INSTANCE_PENDING),
    COUNT("approved", INSTANCE_APPROVED),
    COUNT("rejected", INSTANCE_REJECTED),
    COUNT("revoked", INSTANCE_REVOKED),
    COUNT("expired", INSTANCE_EXPIRED),
    {"exact", JSON_FIELD_BOOL, offsetof(struct store_instance_counts, exact),
     .doc = "false: there are more: 100,000 were looked at, and not all"},
    {0}};

static bool instance_count(struct request *r, struct err *e)
{
	struct store_instance_counts counts;
	struct store_instance_filter filter;
	struct instance_query q;

	if (!instance_filter(r, &q, &filter, e) ||
	    !store_instance_count(r->db, r->arena, &filter, &counts, e))
		return false;
	request_answer(r, &counts);
	return true;
}

static const struct json_field decision_fields[] = {INSTANCE_DECISION, {0}};

bool instance_decision(struct request *r, const struct instance_decision *in,
		       struct flow_decision *out, struct err *e)
{
	if (!text_printable(in->comment, true))
		return err_set(e, ERR_INVALID, "comment: must not hold control characters");
	*out = (struct flow_decision){
	    .by = r->caller.name,
	    .channel = r->caller.token == NULL ? "console" : "api",
	    .comment = text_trim(arena_dup(r->arena, in->comment)),
	    .who = {.account = r->caller.account,
		    .person = r->caller.person,
		    .role = r->caller.role,
		    .as = text_equal(in->as, "approver")        ? FLOW_AS_APPROVER
			  : text_equal(in->as, "administrator") ? FLOW_AS_ADMINISTRATOR
								: FLOW_AS_FITS}};
	return true;
}

static bool decide(struct request *r, bool approve, struct err *e)
{
	struct instance_decision in = {.comment = ""};
	struct flow f = request_flow(r);
	struct flow_decision decision;

	return request_read(r, &in, e) && instance_decision(r, &in, &decision, e) &&
	       instance_seen(r, r->args[0], e) &&
	       flow_decide(&f, r->args[0], approve, &decision, e) && answer(r, r->args[0], e);
}

static bool instance_approve(struct request *r, struct err *e)
{
	return decide(r, true, e);
}

static bool instance_reject(struct request *r, struct err *e)
{
	return decide(r, false, e);
}

static const struct json_field reason_fields[] = {
    {"reason", JSON_FIELD_TEXT, offsetof(struct instance_decision, comment), .required = true,
     .min = 1, .max = INSTANCE_MAX_COMMENT, .doc = "why it is not needed any more"},
    {0}};

static bool instance_withdraw(struct request *r, struct err *e)
{
	struct instance_decision in = {.comment = ""};
	struct flow f = request_flow(r);
	struct flow_decision decision;

	if (!request_read(r, &in, e) || !instance_decision(r, &in, &decision, e))
		return false;
	if (*decision.comment == '\0')
		return err_set(e, ERR_UNPROCESSABLE, "A reason is needed.");
	return instance_seen(r, r->args[0], e) && flow_withdraw_for(&f, r->args[0], &decision, e) &&
	       answer(r, r->args[0], e);
}

static const char *const export_types[] = {"text/csv", "application/jsonl", NULL};

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/instances",
     ROUTE(ROLES_ALL, ROUTE_READ, instance_list,
	   DOC("listInstances", "Approval instances, any filters together",
	       .text =
		   "A page may be short, or empty, and still have a `next`: the list ends where "
		   "`next` is null.",
	       .query = instance_list_query, .out = listed_json, .noun = "ListedInstance",
	       .list = true))},
    {HTTP_GET, "/api/v1/instances/counts",
     ROUTE(ROLES_ALL, ROUTE_WORK, instance_count,
	   DOC("countInstances", "How many there are of each status, with the list's filters",
	       .query = instance_count_query, .out = counts_json, .noun = "InstanceCounts"))},
    {HTTP_GET, "/api/v1/instances/export",
     ROUTE(ROLES_ALL, ROUTE_WORK, instance_export,
	   DOC("exportInstances", "The list as a file, of any length, with the list's filters",
	       .text = "CSV opens in spreadsheets: UTF-8 with a byte order mark, and what would be "
		       "a formula begins with an apostrophe. JSON lines are the rows of the list.",
	       .query = instance_export_query, .out_types = export_types))},
    {HTTP_POST, "/api/v1/instances/bulk", MAX_BULK,
     ROUTE(ROLES_DECIDE, ROUTE_WORK, instance_bulk,
	   DOC("decideInstances", "Approve or reject up to 200, each for itself",
	       .text = "Each is a decision of its own: one that fails does not stop the others. "
		       "Nothing is decided twice by asking again: what is final already fails as a "
		       "conflict.",
	       .in = instance_bulk_in, .out = instance_bulk_out, .noun = "BulkDecision"))},
    {HTTP_GET, "/api/v1/instances/{id}",
     ROUTE(ROLES_ALL, ROUTE_READ, instance_read,
	   DOC("getInstance", "One approval instance, with what happened to it",
	       .out = instance_json, .noun = "Instance"))},
    {HTTP_GET, "/api/v1/instances/{id}/evidence",
     ROUTE(ROLES_ALL, ROUTE_READ, evidence_page,
	   DOC("getEvidence", "A page to print, with everything that stands behind one decision",
	       .query = evidence_query, .out_types = evidence_types))},
    {HTTP_POST, "/api/v1/instances/{id}/approve", MAX_BODY,
     ROUTE(ROLES_DECIDE, ROUTE_WRITE, instance_approve,
	   DOC("approveInstance", "Approve", .in = decision_fields, .out = instance_json,
	       .noun = "Instance", .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/instances/{id}/reject", MAX_BODY,
     ROUTE(ROLES_DECIDE, ROUTE_WRITE, instance_reject,
	   DOC("rejectInstance", "Reject", .in = decision_fields, .out = instance_json,
	       .noun = "Instance", .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/instances/{id}/withdraw", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, instance_withdraw,
	   DOC("withdrawInstance", "Withdraw a waiting request in the applicant's place",
	       .in = reason_fields, .out = instance_json, .noun = "Instance",
	       .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table instance_routes = ROUTE_TABLE(routes);
