/* The connection test of workflows: asked for, and shown in both languages. */
#include "base/text.h"
#include "flow/doctor.h"

#include "api/doctor.h"
#include "api/routes.h"
#include "web/request.h"

#define MAX_BODY 4096

struct view {
	struct store_workflow workflow;
	bool running;
	struct json_list findings;
};

static const char *const severities[] = {"ok", "unknown", "attention", "broken", NULL};

static const struct json_field sentences_json[] = {
    {"en", JSON_FIELD_TEXT, DOCTOR_ENGLISH * sizeof(const char *),
     .example = "The form is not published."},
    {"zh", JSON_FIELD_TEXT, DOCTOR_CHINESE * sizeof(const char *), .example = "表单未发布。"},
    {0}};

const struct json_field api_finding_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct api_finding, of.id), .example = "form-unpublished",
     .doc = "stable, for programs"},
    {"severity", JSON_FIELD_TEXT, offsetof(struct api_finding, severity), .words = severities,
     .doc = "unknown: cannot be found out from here"},
    {"form", JSON_FIELD_TEXT, offsetof(struct api_finding, form), .nullable = true,
     .example = "PROC-MAIN", .doc = "process code of the form that it concerns"},
    {"subject", JSON_FIELD_TEXT, offsetof(struct api_finding, of.subject)},
    {"detail", JSON_FIELD_TEXT, offsetof(struct api_finding, of.detail)},
    {"what", JSON_FIELD_OBJECT, offsetof(struct api_finding, what), .fields = sentences_json},
    {"remedy", JSON_FIELD_OBJECT, offsetof(struct api_finding, remedy), .fields = sentences_json},
    {0}};

static const struct json_field view_json[] = {
    {"workflow", JSON_FIELD_TEXT, offsetof(struct view, workflow.id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, workflow.name), .example = "终端卸载审批"},
    {"state", JSON_FIELD_TEXT, offsetof(struct view, workflow.state), .words = doctor_states,
     .doc = "the worst of the findings"},
    {"running", JSON_FIELD_BOOL, offsetof(struct view, running), .doc = "due or under way"},
    {"checked_ms", JSON_FIELD_I64, offsetof(struct view, workflow.checked_ms), .nullable = true},
    {"version", JSON_FIELD_I64, offsetof(struct view, workflow.checked_version),
     .doc = "of the workflow that was tested; 0: none"},
    {"findings", JSON_FIELD_ARRAY, offsetof(struct view, findings), .fields = api_finding_json,
     .size = sizeof(struct api_finding)},
    {0}};

static void say(struct request *r, const char *const *sentences, const struct doctor_finding *f,
		const char **out)
{
	for (size_t i = 0; i < DOCTOR_LANGUAGES; i++)
		out[i] = doctor_text(r->arena, sentences[i], f);
}

struct json_list api_findings(struct request *r, const struct doctor_finding *rows, size_t count)
{
	struct api_finding *all = arena_array(r->arena, count, sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		const struct doctor_rule *rule = doctor_rule(rows[i].id);

		if (rule == NULL)
			continue;
		all[n] = (struct api_finding){.of = rows[i],
					      .form = text_some(rows[i].form),
					      .severity = doctor_severity_name(rule->severity)};
		say(r, rule->what, &rows[i], all[n].what.in);
		say(r, rule->remedy, &rows[i], all[n].remedy.in);
		n++;
	}
	return json_list_of(all, n);
}

/* Findings of a later version of this program, or of an earlier one, are left out. */
static struct json_list findings(struct request *r, const struct store_finding *rows, size_t count)
{
	struct doctor_finding *all = arena_array(r->arena, count, sizeof(*all));

	for (size_t i = 0; i < count; i++)
		all[i] = (struct doctor_finding){rows[i].id, rows[i].form, rows[i].subject,
						 rows[i].detail};
	return api_findings(r, all, count);
}

static bool answer(struct request *r, struct err *e)
{
	struct store_finding *rows;
	struct view view;
	size_t count;

	if (!store_workflow_get(r->db, r->arena, r->args[0], &view.workflow, e) ||
	    !store_finding_list(r->db, r->arena, view.workflow.id, &rows, &count, e))
		return false;
	view.running = view.workflow.check_ms > 0;
	view.findings = findings(r, rows, count);
	request_answer(r, &view);
	return true;
}

static bool doctor_read(struct request *r, struct err *e)
{
	return answer(r, e);
}

static bool doctor_run(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);

	return flow_doctor_ask(&f, r->args[0], e) && answer(r, e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/workflows/{id}/doctor",
     ROUTE(ROLES_ALL, ROUTE_READ, doctor_read,
	   DOC("getDoctor", "The last connection test of a workflow", .out = view_json,
	       .noun = "Doctor"))},
    {HTTP_POST, "/api/v1/workflows/{id}/doctor", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, doctor_run,
	   DOC("runDoctor", "Start the connection test of a workflow",
	       .text = "It runs by itself after a workflow or its app is saved, after DingTalk "
		       "refused a request, and a day after the last one. A test of a workflow with "
		       "one form costs about 8 calls of the month.",
	       .out = view_json, .noun = "Doctor", .status = 202))},
};

const struct route_table doctor_routes = ROUTE_TABLE(routes);
