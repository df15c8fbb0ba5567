/* Approval workflows. */
#include "base/text.h"
#include "dingtalk/credentials.h"
#include "flow/workflow.h"
#include "model/form.h"
#include "server/request.h"
#include "server/route.h"

#define MAX_BODY (256 * 1024)
#define MAX_NAME 128
#define MAX_DESCRIPTION 1000

struct input {
	const char *type;
	struct flow_workflow workflow;
};

static const char *const types[] = {"dingtalk", NULL};
static const char *const decisions[] = {WORKFLOW_CLOSE, WORKFLOW_CARRY_THROUGH, NULL};

static const struct json_field fields[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct input, workflow.name), .required = true, .min = 1,
     .max = MAX_NAME},
    {"description", JSON_FIELD_TEXT, offsetof(struct input, workflow.description),
     .max = MAX_DESCRIPTION},
    {"type", JSON_FIELD_TEXT, offsetof(struct input, type), .required = true, .words = types},
    {"app", JSON_FIELD_TEXT, offsetof(struct input, workflow.app), .required = true},
    {"forms", JSON_FIELD_ARRAY, offsetof(struct input, workflow.forms), .required = true,
     .max = FORM_MAX, .fields = form_json, .size = sizeof(struct form)},
    {"console_decision", JSON_FIELD_TEXT, offsetof(struct input, workflow.console_decision),
     .words = decisions},
    {"carry_through_confirmed", JSON_FIELD_BOOL,
     offsetof(struct input, workflow.carry_through_confirmed)},
    {"accept_automatic", JSON_FIELD_BOOL, offsetof(struct input, workflow.accept_automatic)},
    {"notices", JSON_FIELD_BOOL, offsetof(struct input, workflow.notices)},
    {0}};

static bool labels_printable(const struct form *form, struct err *e)
{
	const struct form_field *f = form->fields.items;

	for (size_t i = 0; i < form->fields.count; i++) {
		if (!text_printable(f[i].component, false))
			return err_set(e, ERR_INVALID, "component: must be text on one line");
	}
	return true;
}

static bool read_input(struct request *r, struct flow_workflow *out, struct err *e)
{
	struct input in = {.workflow = {.description = "",
					.by = request_actor(r),
					.console_decision = WORKFLOW_CLOSE}};
	const struct form *forms;

	if (!request_json(r, fields, &in, e))
		return false;
	in.workflow.name = text_trim(arena_dup(r->arena, in.workflow.name));
	if (*in.workflow.name == '\0' || !text_printable(in.workflow.name, false) ||
	    !text_printable(in.workflow.description, true))
		return err_set(e, ERR_INVALID, "name: must be text on one line");
	forms = in.workflow.forms.items;
	for (size_t i = 0; i < in.workflow.forms.count; i++) {
		if (!dingtalk_process_code_valid(forms[i].process_code, e))
			return err_add(e, "forms[%zu].process_code", i);
		if (!labels_printable(&forms[i], e))
			return err_add(e, "forms[%zu]", i);
	}
	*out = in.workflow;
	return true;
}

static void put_settings(struct json_writer *w, const struct store_workflow *from)
{
	json_put_text(w, "console_decision", from->console_decision);
	if (from->carry_confirmed_ms == 0) {
		json_put_null(w, "carry_through");
	} else {
		json_object(w, "carry_through");
		json_put_text(w, "confirmed_by", from->carry_confirmed_by);
		json_put_i64(w, "confirmed_ms", from->carry_confirmed_ms);
		json_object_end(w);
	}
	json_put_bool(w, "accept_automatic", from->accept_automatic);
	json_put_bool(w, "notices", from->notices);
}

static bool put_workflow(struct request *r, const struct store_workflow *w, struct err *e)
{
	struct json_list forms = {0};

	if (!forms_read(r->arena, w->forms, &forms, e))
		return false;
	json_object(&r->json, NULL);
	json_put_text(&r->json, "id", w->id);
	json_put_text(&r->json, "name", w->name);
	json_put_text(&r->json, "description", w->description);
	json_put_text(&r->json, "type", w->type);
	json_put_text(&r->json, "app", w->app);
	json_put_i64(&r->json, "version", w->version);
	forms_put(&r->json, "forms", &forms);
	put_settings(&r->json, w);
	json_put_text(&r->json, "state", w->state);
	json_put_bool(&r->json, "testing", w->check_ms > 0);
	if (w->checked_ms == 0)
		json_put_null(&r->json, "checked_ms");
	else
		json_put_i64(&r->json, "checked_ms", w->checked_ms);
	json_put_i64(&r->json, "created_ms", w->created_ms);
	json_put_i64(&r->json, "updated_ms", w->updated_ms);
	json_object_end(&r->json);
	return true;
}

static bool answer(struct request *r, const char *id, int status, struct err *e)
{
	struct store_workflow w;

	r->status = status;
	return store_workflow_get(r->db, r->arena, id, &w, e) && put_workflow(r, &w, e);
}

static bool workflow_create(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct flow_workflow w;
	const char *id;

	return read_input(r, &w, e) && flow_workflow_add(&f, &w, &id, e) && answer(r, id, 201, e);
}

static bool workflow_read(struct request *r, struct err *e)
{
	return answer(r, r->args[0], 200, e);
}

static bool workflow_change(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct flow_workflow w;

	return read_input(r, &w, e) && flow_workflow_change(&f, r->args[0], &w, e) &&
	       answer(r, r->args[0], 200, e);
}

static bool workflow_remove(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);

	r->status = 204;
	return flow_workflow_remove(&f, r->args[0], e);
}

static bool workflow_list(struct request *r, struct err *e)
{
	struct store_page page;
	struct store_workflow *items;
	size_t count;

	if (!request_page(r, &page, e) ||
	    !store_workflow_list(r->db, r->arena, page.cursor, page.limit, &items, &count, e))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "items");
	for (size_t i = 0; i < count; i++) {
		if (!put_workflow(r, &items[i], e))
			return false;
	}
	json_array_end(&r->json);
	json_put_text(&r->json, "next", (int64_t)count == page.limit ? items[count - 1].id : NULL);
	json_object_end(&r->json);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/workflows", MAX_BODY, ROUTE(ROLES_CHANGE, ROUTE_WRITE, workflow_create)},
    {HTTP_GET, "/api/v1/workflows", ROUTE(ROLES_ALL, ROUTE_READ, workflow_list)},
    {HTTP_GET, "/api/v1/workflows/{id}", ROUTE(ROLES_ALL, ROUTE_READ, workflow_read)},
    {HTTP_PUT, "/api/v1/workflows/{id}", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, workflow_change)},
    {HTTP_DELETE, "/api/v1/workflows/{id}", ROUTE(ROLES_CHANGE, ROUTE_WRITE, workflow_remove)},
};

const struct route_table workflow_routes = ROUTE_TABLE(routes);
