/* Approval workflows. */
#include "api/workflow.h"

#include "base/text.h"
#include "dingtalk/credentials.h"
#include "flow/snapshots.h"
#include "model/form.h"
#include "api/app.h"
#include "web/request.h"
#include "api/routes.h"
#include "web/server.h"

#define MAX_BODY (256 * 1024)
#define MAX_NAME 128
#define MAX_DESCRIPTION 1000
#define MAX_VERSIONS 100 /* in an answer */

static const char *const types[] = {WORKFLOW_DINGTALK, WORKFLOW_BUILTIN, NULL};
static const char *const decisions[] = {WORKFLOW_CLOSE, WORKFLOW_CARRY_THROUGH, NULL};
static const char *const states[] = {"ready", "attention", "broken", NULL};

/* --- what comes in --- */

#define NAME_FIELD                                                                         \
	{                                                                                  \
		"name", JSON_FIELD_TEXT, offsetof(struct workflow_input, workflow.name),   \
		    .required = true, .min = 1, .max = MAX_NAME, .example = "终端卸载" \
	}

#define INPUT_FIELDS                                                                          \
	NAME_FIELD,                                                                           \
	    {"description", JSON_FIELD_TEXT,                                                  \
	     offsetof(struct workflow_input, workflow.description), .max = MAX_DESCRIPTION},  \
	    {"type",                                                                          \
	     JSON_FIELD_TEXT,                                                                 \
	     offsetof(struct workflow_input, workflow.type),                                  \
	     .required = true,                                                                \
	     .words = types,                                                                  \
	     .doc = "app (or credentials), forms and all that follows up to fallback are of " \
		    "dingtalk, approval is of builtin"},                                      \
	    {"app", JSON_FIELD_TEXT, offsetof(struct workflow_input, workflow.app),           \
	     .format = JSON_ID, .doc = "id of a DingTalk app"},                               \
	    {"forms",                                                                         \
	     JSON_FIELD_ARRAY,                                                                \
	     offsetof(struct workflow_input, workflow.forms),                                 \
	     .max = FORM_MAX,                                                                 \
	     .fields = form_json,                                                             \
	     .size = sizeof(struct form),                                                     \
	     .doc = "tried from the top; the last has no groups"},                            \
	    {"console_decision", JSON_FIELD_TEXT,                                             \
	     offsetof(struct workflow_input, workflow.console_decision), .words = decisions}, \
	    {"carry_through_confirmed", JSON_FIELD_BOOL,                                      \
	     offsetof(struct workflow_input, workflow.carry_through_confirmed)},              \
	    {"accept_automatic", JSON_FIELD_BOOL,                                             \
	     offsetof(struct workflow_input, workflow.accept_automatic)},                     \
	    {"notices", JSON_FIELD_BOOL, offsetof(struct workflow_input, workflow.notices)},  \
	    {"fallback",                                                                      \
	     JSON_FIELD_POINTER,                                                              \
	     offsetof(struct workflow_input, workflow.fallback),                              \
	     .fields = approval_fallback_json,                                                \
	     .size = sizeof(struct approval_fallback),                                        \
	     .doc = "a level that is asked while a request cannot get to DingTalk"},          \
	{                                                                                     \
		"approval", JSON_FIELD_OBJECT, offsetof(struct workflow_input, approval),     \
		    .fields = approval_json                                                   \
	}

const struct json_field workflow_create_json[] = {
    INPUT_FIELDS,
    {"credentials", JSON_FIELD_POINTER, offsetof(struct workflow_input, credentials),
     .fields = app_credentials_json, .size = sizeof(struct flow_app),
     .doc = "instead of app: makes one, or takes the one with this Client ID"},
    {0}};

static const struct json_field change_json[] = {INPUT_FIELDS, {0}};

static const struct json_field copy_json[] = {NAME_FIELD, {0}};

static bool labels_printable(const struct form *form, struct err *e)
{
	const struct form_field *f = form->fields.items;

	for (size_t i = 0; i < form->fields.count; i++) {
		if (!text_printable(f[i].component, false))
			return err_set(e, ERR_INVALID, "component: must be text on one line");
	}
	return true;
}

static bool forms_valid(const struct json_list *list, struct err *e)
{
	const struct form *forms = list->items;

	for (size_t i = 0; i < list->count; i++) {
		if (!dingtalk_process_code_valid(forms[i].process_code, e))
			return err_add(e, "forms[%zu].process_code", i);
		if (!labels_printable(&forms[i], e))
			return err_add(e, "forms[%zu]", i);
	}
	return true;
}

static bool name_valid(struct request *r, const char **name, struct err *e)
{
	*name = text_trim(arena_dup(r->arena, *name));
	return (**name != '\0' && text_printable(*name, false)) ||
	       err_set(e, ERR_INVALID, "name: must be text on one line");
}

/* What belongs to the other type is a mistake that somebody wants to know of. */
static bool of_its_type(const struct workflow_input *in, struct err *e)
{
	const struct flow_workflow *w = &in->workflow;
	const struct {
		const char *member;
		bool there, builtin;
	} members[] = {
	    {"app", w->app != NULL, false},
	    {"credentials", in->credentials != NULL, false},
	    {"forms", w->forms.count > 0, false},
	    {"console_decision", w->console_decision != NULL, false},
	    {"carry_through_confirmed", w->carry_through_confirmed, false},
	    {"accept_automatic", w->accept_automatic, false},
	    {"notices", w->notices, false},
	    {"fallback", w->fallback != NULL, false},
	    {"approval", in->approval.levels.count > 0, true},
	};
	bool builtin = text_equal(w->type, WORKFLOW_BUILTIN);

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (members[i].there && members[i].builtin != builtin)
			return err_set(e, ERR_UNPROCESSABLE, "%s: a %s workflow has none.",
				       members[i].member, w->type);
	}
	if (builtin)
		return in->approval.levels.count > 0 ||
		       err_set(e, ERR_INVALID, "approval: is missing");
	return (w->app != NULL) != (in->credentials != NULL) ||
	       err_set(e, ERR_INVALID, "app: either this or credentials must be there");
}

void workflow_input_default(struct workflow_input *in)
{
	*in = (struct workflow_input){.workflow = {.description = ""}};
	approval_default(&in->approval);
	in->workflow.levels = &in->approval;
}

bool workflow_input_check(struct request *r, struct workflow_input *in, struct err *e)
{
	if (!name_valid(r, &in->workflow.name, e))
		return false;
	if (!text_printable(in->workflow.description, true))
		return err_set(e, ERR_INVALID, "description: must be text");
	return of_its_type(in, e) && forms_valid(&in->workflow.forms, e) &&
	       (in->credentials == NULL || app_credentials_valid(in->credentials, e) ||
		err_add(e, "credentials"));
}

static bool read_input(struct request *r, struct workflow_input *in, struct err *e)
{
	workflow_input_default(in);
	return request_read(r, in, e) && workflow_input_check(r, in, e);
}

/* --- a workflow as it is shown --- */

struct carry {
	const char *confirmed_by;
	int64_t confirmed_ms;
};

struct content {
	struct json_list forms;
	const struct approval_levels *approval;   /* NULL: DingTalk */
	const struct approval_fallback *fallback; /* NULL: none */
};

struct view {
	struct store_workflow stored;
	struct content content;
	const struct carry *carry_through;
	const char *request_url; /* NULL: builtin */
	struct flow_workflow_use used_by;
	bool testing, app_reused;
};

#define CONTENT_FIELDS(type, at)                                                     \
	{"forms",                                                                    \
	 JSON_FIELD_ARRAY,                                                           \
	 offsetof(type, at.forms),                                                   \
	 .fields = form_json,                                                        \
	 .size = sizeof(struct form),                                                \
	 .doc = "none of a built-in workflow"},                                      \
	    {"fallback",                                                             \
	     JSON_FIELD_POINTER,                                                     \
	     offsetof(type, at.fallback),                                            \
	     .fields = approval_fallback_json,                                       \
	     .size = sizeof(struct approval_fallback),                               \
	     .nullable = true,                                                       \
	     .doc = "the level beside DingTalk"},                                    \
	{                                                                            \
		"approval", JSON_FIELD_POINTER, offsetof(type, at.approval),         \
		    .fields = approval_json, .size = sizeof(struct approval_levels), \
		    .nullable = true, .doc = "null of a DingTalk workflow"           \
	}

static const struct json_field carry_json[] = {
    {"confirmed_by", JSON_FIELD_TEXT, offsetof(struct carry, confirmed_by), .example = "李华"},
    {"confirmed_ms", JSON_FIELD_I64, offsetof(struct carry, confirmed_ms)},
    {0}};

static const struct json_field use_json[] = {
    {"policy", JSON_FIELD_BOOL, offsetof(struct flow_workflow_use, policy),
     .doc = "the policy files through it"},
    {"second", JSON_FIELD_BOOL, offsetof(struct flow_workflow_use, second),
     .doc = "the policy files through it for people whom the first cannot serve"},
    {"pending", JSON_FIELD_I64, offsetof(struct flow_workflow_use, pending),
     .doc = "requests that wait", .example = "0"},
    {0}};

static const struct json_field workflow_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, stored.name), .example = "终端卸载"},
    {"description", JSON_FIELD_TEXT, offsetof(struct view, stored.description), .example = ""},
    {"type", JSON_FIELD_TEXT, offsetof(struct view, stored.type), .words = types},
    {"app", JSON_FIELD_TEXT, offsetof(struct view, stored.app), .format = JSON_ID, .nullable = true,
     .doc = "null of a built-in workflow"},
    {"app_reused", JSON_FIELD_BOOL, offsetof(struct view, app_reused), .omit = true,
     .doc = "there was an app with the Client ID of the credentials, and it is used"},
    {"request_url", JSON_FIELD_TEXT, offsetof(struct view, request_url), .format = "uri",
     .nullable = true, .doc = "the app's, for DingTalk's event subscription"},
    {"version", JSON_FIELD_I64, offsetof(struct view, stored.version), .example = "1",
     .doc = "of forms, fallback and approval; a request keeps the one it was filed under"},
    CONTENT_FIELDS(struct view, content),
    {"console_decision", JSON_FIELD_TEXT, offsetof(struct view, stored.console_decision),
     .words = decisions, .nullable = true, .doc = "null of a built-in workflow"},
    {"carry_through", JSON_FIELD_POINTER, offsetof(struct view, carry_through),
     .fields = carry_json, .size = sizeof(struct carry), .nullable = true,
     .doc = "who said to know what carrying through shows"},
    {"accept_automatic", JSON_FIELD_BOOL, offsetof(struct view, stored.accept_automatic)},
    {"notices", JSON_FIELD_BOOL, offsetof(struct view, stored.notices)},
    {"state", JSON_FIELD_TEXT, offsetof(struct view, stored.state), .words = states},
    {"testing", JSON_FIELD_BOOL, offsetof(struct view, testing),
     .doc = "a connection test is due or under way"},
    {"checked_ms", JSON_FIELD_I64, offsetof(struct view, stored.checked_ms), .nullable = true},
    {"used_by", JSON_FIELD_OBJECT, offsetof(struct view, used_by), .fields = use_json},
    {"saved_by", JSON_FIELD_TEXT, offsetof(struct view, stored.saved_by), .example = "李华",
     .doc = "the version"},
    {"created_ms", JSON_FIELD_I64, offsetof(struct view, stored.created_ms)},
    {"updated_ms", JSON_FIELD_I64, offsetof(struct view, stored.updated_ms),
     .doc = "rises with every change; as in ETag"},
    {0}};

static bool content_of(struct request *r, const char *type, const char *forms, const char *levels,
		       struct content *out, struct err *e)
{
	struct approval_fallback *fallback = arena_new(r->arena, struct approval_fallback);
	struct approval_levels *approval = arena_new(r->arena, struct approval_levels);

	*out = (struct content){0};
	if (text_equal(type, WORKFLOW_BUILTIN)) {
		out->approval = approval;
		return approval_read(r->arena, levels, approval, e);
	}
	if (levels != NULL)
		out->fallback = fallback;
	return (levels == NULL || approval_fallback_read(r->arena, levels, fallback, e)) &&
	       forms_read(r->arena, forms, &out->forms, e);
}

static const struct carry *carry_of(struct request *r, const struct store_workflow *w)
{
	struct carry *carry = arena_new(r->arena, struct carry);

	*carry = (struct carry){w->carry_confirmed_by, w->carry_confirmed_ms};
	return w->carry_confirmed_ms == 0 ? NULL : carry;
}

static bool url_of(struct request *r, const char *id, const char **out, struct err *e)
{
	struct store_app app;

	if (id == NULL)
		return true;
	if (!store_app_get(r->db, r->arena, id, &app, e))
		return false;
	*out = app_request_url(r, app.id, app.path_secret);
	return true;
}

static bool view(struct request *r, const struct policy *policy, const struct store_workflow *w,
		 struct view *out, struct err *e)
{
	struct flow f = request_flow(r);

	*out = (struct view){
	    .stored = *w, .carry_through = carry_of(r, w), .testing = w->check_ms > 0};
	/* What is answered may be sent back. */
	if (text_equal(w->type, WORKFLOW_BUILTIN))
		out->stored.console_decision = NULL;
	return content_of(r, w->type, w->forms, w->levels, &out->content, e) &&
	       url_of(r, w->app, &out->request_url, e) &&
	       flow_workflow_use(&f, policy, w->id, &out->used_by, e);
}

static bool answer(struct request *r, const char *id, bool app_reused, struct err *e)
{
	struct store_workflow w;
	struct policy policy;
	struct view v;

	if (!store_workflow_get(r->db, r->arena, id, &w, e) ||
	    !flow_policy_get(r->db, r->arena, &policy, e) || !view(r, &policy, &w, &v, e))
		return false;
	v.app_reused = app_reused;
	request_etag(r, w.updated_ms);
	request_answer(r, &v);
	return true;
}

/* --- what is done to them --- */

static bool workflow_create(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct workflow_input in;
	bool reused = false;
	const char *id;

	if (!read_input(r, &in, e))
		return false;
	if (in.credentials != NULL) {
		if (!flow_app_ensure(&f, r->server->master_key, in.credentials, &reused, e))
			return false;
		in.workflow.app = in.credentials->id;
	}
	r->status = 201;
	return flow_workflow_add(&f, &in.workflow, &id, e) && answer(r, id, reused, e);
}

static bool workflow_read(struct request *r, struct err *e)
{
	return answer(r, r->args[0], false, e);
}

static bool workflow_change(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_workflow was;
	struct workflow_input in;

	return read_input(r, &in, e) && store_workflow_get(r->db, r->arena, r->args[0], &was, e) &&
	       request_if_match(r, was.updated_ms, e) &&
	       flow_workflow_change(&f, was.id, &was, &in.workflow, e) &&
	       answer(r, was.id, false, e);
}

static bool workflow_copy(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct workflow_input in = {0};
	const char *id;

	r->status = 201;
	return request_read(r, &in, e) && name_valid(r, &in.workflow.name, e) &&
	       flow_workflow_copy(&f, r->args[0], in.workflow.name, &id, e) &&
	       answer(r, id, false, e);
}

static bool workflow_remove(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_workflow was;

	r->status = 204;
	return store_workflow_get(r->db, r->arena, r->args[0], &was, e) &&
	       request_if_match(r, was.updated_ms, e) && flow_workflow_remove(&f, &was, e);
}

static bool workflow_list(struct request *r, struct err *e)
{
	struct store_page page;
	struct store_workflow *items;
	struct policy policy;
	struct view *views;
	size_t count;

	if (!request_page(r, &page, e) || !flow_policy_get(r->db, r->arena, &policy, e) ||
	    !store_workflow_list(r->db, r->arena, page.cursor, page.limit, &items, &count, e))
		return false;
	views = arena_array(r->arena, count, sizeof(*views));
	for (size_t i = 0; i < count; i++) {
		if (!view(r, &policy, &items[i], &views[i], e))
			return false;
	}
	request_list(r, views, count, sizeof(*views), &page);
	return true;
}

/* --- versions --- */

struct version {
	struct store_workflow_version stored;
	struct content content;
};

struct versions {
	struct json_list items; /* of struct store_workflow_version */
	int64_t next;           /* 0: that was the first */
};

struct versions_query {
	int64_t before;
};

static const struct json_field versions_query_json[] = {
    {"before", JSON_FIELD_I64, offsetof(struct versions_query, before), .min = 1, .max = INT64_MAX,
     .doc = "older than this version; next of the answer before"},
    {0}};

static const struct json_field versions_item_json[] = {
    {"version", JSON_FIELD_I64, offsetof(struct store_workflow_version, version), .example = "1"},
    {"saved_by", JSON_FIELD_TEXT, offsetof(struct store_workflow_version, saved_by),
     .example = "李华"},
    {"created_ms", JSON_FIELD_I64, offsetof(struct store_workflow_version, created_ms)},
    {0}};

static const struct json_field versions_json[] = {
    {"items", JSON_FIELD_ARRAY, offsetof(struct versions, items), .fields = versions_item_json,
     .size = sizeof(struct store_workflow_version), .doc = "the newest first, at most 100"},
    {"next", JSON_FIELD_I64, offsetof(struct versions, next), .nullable = true,
     .doc = "for before"},
    {0}};

static const struct json_field version_json[] = {
    {"version", JSON_FIELD_I64, offsetof(struct version, stored.version), .example = "1"},
    CONTENT_FIELDS(struct version, content),
    {"saved_by", JSON_FIELD_TEXT, offsetof(struct version, stored.saved_by), .example = "李华"},
    {"created_ms", JSON_FIELD_I64, offsetof(struct version, stored.created_ms)},
    {0}};

static bool version_list(struct request *r, struct err *e)
{
	struct versions_query query = {.before = INT64_MAX};
	struct store_workflow_version *items;
	struct store_workflow w;
	struct versions out;
	size_t count;

	if (!request_query(r, &query, e) ||
	    !store_workflow_get(r->db, r->arena, r->args[0], &w, e) ||
	    !store_workflow_versions(r->db, r->arena, w.id, query.before, MAX_VERSIONS, &items,
				     &count, e))
		return false;
	out = (struct versions){.items = {items, count},
				.next = count == MAX_VERSIONS ? items[count - 1].version : 0};
	request_answer(r, &out);
	return true;
}

static bool version_read(struct request *r, struct err *e)
{
	struct store_workflow w;
	struct version v;
	int64_t number;

	if (!text_i64(r->args[1], 1, INT64_MAX, &number))
		return err_set(e, ERR_NOT_FOUND, "There is no such version of this workflow.");
	if (!store_workflow_get(r->db, r->arena, r->args[0], &w, e) ||
	    !store_workflow_version(r->db, r->arena, w.id, number, &v.stored, e) ||
	    !content_of(r, w.type, v.stored.forms, v.stored.levels, &v.content, e))
		return false;
	request_answer(r, &v);
	return true;
}

#define NOUN .out = workflow_json, .noun = "Workflow"

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/workflows", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, workflow_create,
	   DOC("createWorkflow", "Make a workflow", NOUN, .in = workflow_create_json,
	       .text =
		   "Saving what is well formed succeeds; the connection test follows, and the "
		   "workflow's `state` says what came of it. A built-in workflow that would end "
		   "at nobody is refused with the reason.",
	       .status = 201, .etag = true,
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_GET, "/api/v1/workflows",
     ROUTE(ROLES_ALL, ROUTE_READ, workflow_list,
	   DOC("listWorkflows", "Workflows", NOUN, .list = true))},
    {HTTP_GET, "/api/v1/workflows/{id}",
     ROUTE(ROLES_ALL, ROUTE_READ, workflow_read,
	   DOC("getWorkflow", "One workflow", NOUN, .etag = true, .live = true))},
    {HTTP_PUT, "/api/v1/workflows/{id}", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, workflow_change,
	   DOC("changeWorkflow", "Change a workflow", NOUN, .in = change_json,
	       .text = "Other forms, fallback or approval make a new version. Credentials are "
		       "changed on the app. The app stays while the policy or a pending request "
		       "uses the workflow.",
	       .etag = true, .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_POST, "/api/v1/workflows/{id}/copy", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, workflow_copy,
	   DOC("copyWorkflow", "Copy a built-in workflow", NOUN, .in = copy_json, .status = 201,
	       .etag = true, .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_DELETE, "/api/v1/workflows/{id}",
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, workflow_remove,
	   DOC("removeWorkflow", "Remove a workflow that nothing uses",
	       .text = "Refused while the policy or a pending request uses it. Its app stays.",
	       .status = 204, .etag = true, .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_GET, "/api/v1/workflows/{id}/versions",
     ROUTE(ROLES_ALL, ROUTE_READ, version_list,
	   DOC("listWorkflowVersions", "Who saved which version of a workflow, and when",
	       .query = versions_query_json, .out = versions_json, .noun = "WorkflowVersions"))},
    {HTTP_GET, "/api/v1/workflows/{id}/versions/{version}",
     ROUTE(ROLES_ALL, ROUTE_READ, version_read,
	   DOC("getWorkflowVersion", "What a version of a workflow contained", .out = version_json,
	       .noun = "WorkflowVersion"))},
};

const struct route_table workflow_routes = ROUTE_TABLE(routes);
