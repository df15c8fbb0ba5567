/* What a filing would do: under a workflow that is saved, or one that is not yet. */
#include "flow/preview.h"

#include "base/text.h"
#include "dingtalk/form.h"
#include "flow/snapshots.h"
#include "jobs/link.h"
#include "model/approval.h"
#include "web/request.h"
#include "api/routes.h"
#include "web/server.h"
#include "api/workflow.h"
#include "store/app.h"
#include "store/applicant.h"

#define MAX_BODY (256 * 1024)
#define MAX_PACKAGE 128
#define REASON "…"

struct input {
	struct flow_preview_ask ask;
	struct workflow_input workflow;
	bool ask_dingtalk;
};

#define ASK_FIELDS                                                                             \
	{"user",           JSON_FIELD_TEXT,   offsetof(struct input, ask.person),              \
	 .required = true, .format = JSON_ID, .doc = "who would file"},                        \
	    {"device", JSON_FIELD_TEXT, offsetof(struct input, ask.device), .format = JSON_ID, \
	     .doc = "on which; without it what a device says is left out"},                    \
	    {"package",                                                                        \
	     JSON_FIELD_TEXT,                                                                  \
	     offsetof(struct input, ask.package),                                              \
	     .min = 1,                                                                         \
	     .max = MAX_PACKAGE,                                                               \
	     .doc = "the client itself without it",                                            \
	     .example = "holdfast-client"},                                                    \
	    {"ask_dingtalk", JSON_FIELD_BOOL, offsetof(struct input, ask_dingtalk),            \
	     .doc = "whom it would ask; costs a call of the month"},                           \
	{                                                                                      \
		"reason", JSON_FIELD_TEXT, offsetof(struct input, ask.reason),                 \
		    .example = "旧电脑报废"                                               \
	}

static const struct json_field saved_json[] = {ASK_FIELDS, {0}};

static const struct json_field draft_json[] = {
    {"workflow", JSON_FIELD_OBJECT, offsetof(struct input, workflow), .required = true,
     .fields = workflow_create_json, .doc = "as it would be saved"},
    ASK_FIELDS,
    {0}};

/* --- what comes out --- */

#define ACCOUNT_FIELDS                                                                         \
	{"id", JSON_FIELD_TEXT, offsetof(struct flow_preview_account, id), .format = JSON_ID}, \
	{                                                                                      \
		"name", JSON_FIELD_TEXT, offsetof(struct flow_preview_account, name),          \
		    .example = "王芳"                                                        \
	}

static const struct json_field account_json[] = {ACCOUNT_FIELDS, {0}};

static const char *const skips[] = {"applicant", "gone", NULL};
static const char *const task_states[] = {"open", "skipped", NULL};

static const struct json_field task_json[] = {
    {"account", JSON_FIELD_OBJECT, offsetof(struct flow_preview_task, account),
     .fields = account_json},
    {"kind", JSON_FIELD_TEXT, offsetof(struct flow_preview_task, kind), .example = "approver",
     .doc = "approver, fallback, escalation or administrator: why this account is asked"},
    {"state", JSON_FIELD_TEXT, offsetof(struct flow_preview_task, state), .words = task_states},
    {"skipped", JSON_FIELD_TEXT, offsetof(struct flow_preview_task, skipped), .words = skips,
     .nullable = true, .doc = "why it is not"},
    {"delegate", JSON_FIELD_POINTER, offsetof(struct flow_preview_task, delegate),
     .fields = account_json, .size = sizeof(struct flow_preview_account), .nullable = true,
     .doc = "who is told, and may act, in its place"},
    {0}};

static const char *const modes[] = {APPROVAL_ANY, APPROVAL_ALL, NULL};

static const struct json_field level_json[] = {
    {"level", JSON_FIELD_I64, offsetof(struct flow_preview_level, level), .example = "1"},
    {"name", JSON_FIELD_TEXT, offsetof(struct flow_preview_level, name), .nullable = true},
    {"mode", JSON_FIELD_TEXT, offsetof(struct flow_preview_level, mode), .words = modes},
    {"tasks", JSON_FIELD_ARRAY, offsetof(struct flow_preview_level, tasks), .fields = task_json,
     .size = sizeof(struct flow_preview_task)},
    {0}};

static const struct json_field value_json[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct form_value, name), .example = "卸载原因"},
    {"value", JSON_FIELD_TEXT, offsetof(struct form_value, value), .example = "旧电脑报废"},
    {0}};

static const struct json_field dingtalk_json[] = {
    {"app", JSON_FIELD_TEXT, offsetof(struct flow_preview_dingtalk, app), .format = JSON_ID},
    {"process_code", JSON_FIELD_TEXT, offsetof(struct flow_preview_dingtalk, process_code),
     .example = "PROC-MAIN"},
    {"form", JSON_FIELD_TEXT, offsetof(struct flow_preview_dingtalk, form), .nullable = true,
     .doc = "its name at the last connection test", .example = "终端卸载审批"},
    {"originator", JSON_FIELD_TEXT, offsetof(struct flow_preview_dingtalk, originator),
     .doc = "DingTalk's userid", .example = "lihua"},
    {"values", JSON_FIELD_ARRAY, offsetof(struct flow_preview_dingtalk, values),
     .fields = value_json, .size = sizeof(struct form_value), .doc = "as they would be sent"},
    {0}};

/* Whom DingTalk says that it would ask. */
struct person {
	const char *userid, *name;
};

struct step {
	bool chosen;
	struct json_list people; /* of struct person */
};

struct asked {
	struct json_list steps; /* of struct step */
	const char *error;      /* NULL: it answered */
};

struct view {
	struct flow_preview p;
	const struct asked *asked;
};

static const struct json_field person_json[] = {
    {"userid", JSON_FIELD_TEXT, offsetof(struct person, userid), .example = "wangfang"},
    {"name", JSON_FIELD_TEXT, offsetof(struct person, name), .nullable = true, .example = "王芳"},
    {0}};

static const struct json_field step_json[] = {
    {"chosen", JSON_FIELD_BOOL, offsetof(struct step, chosen),
     .doc = "by the initiator, which a program cannot"},
    {"people", JSON_FIELD_ARRAY, offsetof(struct step, people), .fields = person_json,
     .size = sizeof(struct person)},
    {0}};

static const struct json_field asked_json[] = {
    {"steps", JSON_FIELD_ARRAY, offsetof(struct asked, steps), .fields = step_json,
     .size = sizeof(struct step)},
    {"error", JSON_FIELD_TEXT, offsetof(struct asked, error), .nullable = true, .says = "error",
     .doc = "why DingTalk did not say it"},
    {0}};

static const struct json_field filing_json[] = {
    {"workflow", JSON_FIELD_TEXT, offsetof(struct view, p.filing.id), .format = JSON_ID,
     .nullable = true},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, p.filing.name), .nullable = true,
     .example = "终端卸载"},
    {"why_not", JSON_FIELD_TEXT, offsetof(struct view, p.filing_why_not), .nullable = true,
     .says = "error"},
    {0}};

static const struct json_field preview_json[] = {
    {"serves", JSON_FIELD_BOOL, offsetof(struct view, p.serves)},
    {"why_not", JSON_FIELD_TEXT, offsetof(struct view, p.why_not), .nullable = true,
     .says = "error"},
    {"dingtalk", JSON_FIELD_POINTER, offsetof(struct view, p.dingtalk), .fields = dingtalk_json,
     .size = sizeof(struct flow_preview_dingtalk), .nullable = true},
    {"asked", JSON_FIELD_POINTER, offsetof(struct view, asked), .fields = asked_json,
     .size = sizeof(struct asked), .nullable = true,
     .doc = "whom DingTalk says it would ask; null unless ask_dingtalk"},
    {"levels", JSON_FIELD_ARRAY, offsetof(struct view, p.levels), .fields = level_json,
     .size = sizeof(struct flow_preview_level),
     .doc = "each as it would open if those before it approve"},
    {"levels_ms", JSON_FIELD_I64, offsetof(struct view, p.levels_ms), .nullable = true,
     .doc = "when the first of them opens; of a DingTalk workflow only if the request has not got "
	    "there by then"},
    {"nobody_at", JSON_FIELD_I64, offsetof(struct view, p.nobody_at), .nullable = true,
     .doc = "the level in which nobody at all could be asked"},
    {"expires_ms", JSON_FIELD_I64, offsetof(struct view, p.expires_ms), .nullable = true},
    {"filing", JSON_FIELD_OBJECT, .fields = filing_json,
     .doc = "where a filing of this person goes at present, by the policy"},
    {0}};

/* --- DingTalk's part --- */

static bool draft_of(struct request *r, const struct flow_preview_dingtalk *d,
		     struct dingtalk_draft *out, struct err *e)
{
	const struct form_value *values = d->values.items;
	struct dingtalk_field *fields = arena_array(r->arena, d->values.count, sizeof(*fields));

	for (size_t i = 0; i < d->values.count; i++)
		fields[i] = (struct dingtalk_field){values[i].name, values[i].value};
	*out = (struct dingtalk_draft){.originator = d->originator,
				       .process_code = d->process_code,
				       .fields = fields,
				       .field_count = d->values.count};
	return text_i64(d->originator_department, 1, INT64_MAX, &out->department) ||
	       err_set(e, ERR_INTERNAL, "the department %s has no number",
		       d->originator_department);
}

static bool people_of(struct request *r, const char *app, const struct dingtalk_step *step,
		      struct step *out, struct err *e)
{
	struct person *people = arena_array(r->arena, step->count, sizeof(*people));

	for (size_t i = 0; i < step->count; i++) {
		people[i].userid = step->userids[i];
		if (!store_applicant_name(r->db, r->arena, app, step->userids[i], &people[i].name,
					  e))
			return false;
	}
	*out = (struct step){step->chosen, json_list_of(people, step->count)};
	return true;
}

/* What DingTalk does not say is part of the answer. False: our own database. */
static bool ask_dingtalk(struct request *r, const struct flow_preview_dingtalk *d,
			 struct asked *out, struct err *e)
{
	AUTO(line_close) struct line line = {0};
	struct dingtalk_forecast forecast;
	struct dingtalk_draft draft;
	struct err failure = {0};
	struct dingtalk *link;
	struct step *steps;

	if (!draft_of(r, d, &draft, e))
		return false;
	if (!line_open(&line, r->server->links, r->db,
		       &(struct line_to){d->app, DINGTALK_FOR_DOCTOR}, &link, &failure) ||
	    !dingtalk_form_forecast(link, &draft, r->arena, &forecast, &failure)) {
		out->error = arena_dup(r->arena, failure.text);
		return true;
	}
	steps = arena_array(r->arena, forecast.count, sizeof(*steps));
	for (size_t i = 0; i < forecast.count; i++) {
		if (!people_of(r, d->app, &forecast.steps[i], &steps[i], e))
			return false;
	}
	out->steps = json_list_of(steps, forecast.count);
	return true;
}

/* --- */

static bool look(struct request *r, const struct input *in, struct flow_preview *out, struct err *e)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	struct flow f = request_flow(r);
	bool ok;

	f.snapshot = snapshot;
	ok = flow_preview(&f, &in->ask, out, e);
	snapshots_give(r->server->snapshots, snapshot);
	return ok;
}

static bool answer(struct request *r, const struct input *in, struct err *e)
{
	struct asked asked = {0};
	struct view v = {0};

	if (!look(r, in, &v.p, e))
		return false;
	if (in->ask_dingtalk && v.p.dingtalk != NULL) {
		if (!ask_dingtalk(r, v.p.dingtalk, &asked, e))
			return false;
		v.asked = &asked;
	}
	request_answer(r, &v);
	return true;
}

static bool preview_saved(struct request *r, struct err *e)
{
	struct input in = {.ask = {.reason = REASON}};
	struct store_workflow row;

	in.ask.workflow = &row;
	return request_read(r, &in, e) &&
	       store_workflow_get(r->db, r->arena, r->args[0], &row, e) && answer(r, &in, e);
}

/* The app that the credentials would lead to; "" when it is not entered yet. */
static bool app_of(struct request *r, struct workflow_input *in, struct err *e)
{
	struct store_app app;

	if (in->credentials == NULL)
		return true;
	if (!store_app_by_client(r->db, r->arena, in->credentials->client_id, &app, e))
		return false;
	in->workflow.app = app.id == NULL ? "" : app.id;
	return true;
}

static bool preview_draft(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct input in = {.ask = {.reason = REASON}};
	struct store_workflow row;

	workflow_input_default(&in.workflow);
	in.ask.workflow = &row;
	return request_read(r, &in, e) && workflow_input_check(r, &in.workflow, e) &&
	       app_of(r, &in.workflow, e) &&
	       flow_workflow_draft(&f, &in.workflow.workflow, &row, e) && answer(r, &in, e);
}

#define OUT .out = preview_json, .noun = "Preview", .errors = ERROR(ERR_UNPROCESSABLE)

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/workflows/{id}/preview", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WORK, preview_saved,
	   DOC("previewWorkflow", "Whom a filing under this workflow would ask, and through what",
	       OUT, .in = saved_json,
	       .text = "By the functions that a filing itself uses; nothing is stored or sent."))},
    {HTTP_POST, "/api/v1/workflow-previews", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WORK, preview_draft,
	   DOC("previewDraft", "The same for a workflow that is not saved", OUT, .in = draft_json,
	       .text = "What saving would refuse is refused."))},
};

const struct route_table preview_routes = ROUTE_TABLE(routes);
