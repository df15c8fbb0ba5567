/* Approval forms as DingTalk shows them to an app, so that they can be picked instead of typed. Each
 * answer costs calls of the month. */
#include "dingtalk/form.h"

#include "dingtalk/credentials.h"
#include "jobs/link.h"
#include "web/request.h"
#include "api/routes.h"
#include "web/server.h"

#define MAX_PAGES 3 /* of DINGTALK_FORM_PAGE: DingTalk has at most 200 forms */

static bool open_line(struct request *r, struct line *line, struct dingtalk **out, struct err *e)
{
	return line_open(line, r->server->links, r->db,
			 &(struct line_to){r->args[0], DINGTALK_FOR_DOCTOR}, out, e);
}

/* What DingTalk refuses is no fault of the caller's token. */
static bool refused(struct err *e)
{
	if (e->code == ERR_UNAUTHENTICATED || e->code == ERR_FORBIDDEN)
		e->code = ERR_UNPROCESSABLE;
	if (e->code == ERR_PEER || e->code == ERR_TIMEOUT || e->code == ERR_TOO_MANY)
		e->code = ERR_UNAVAILABLE;
	return false;
}

static const struct json_field template_json[] = {
    {"process_code", JSON_FIELD_TEXT, offsetof(struct dingtalk_template, process_code),
     .example = "PROC-MAIN"},
    {"name", JSON_FIELD_TEXT, offsetof(struct dingtalk_template, name), .example = "终端卸载审批"},
    {"group", JSON_FIELD_TEXT, offsetof(struct dingtalk_template, group), .example = "IT"},
    {0}};

static bool form_list(struct request *r, struct err *e)
{
	AUTO(line_close) struct line line = {0};
	struct dingtalk_template all[MAX_PAGES * DINGTALK_FORM_PAGE];
	struct dingtalk_template_page page = {0};
	struct dingtalk *d;
	size_t count = 0;

	if (!open_line(r, &line, &d, e))
		return false;
	do {
		if (!dingtalk_form_list(d, NULL, page.next, r->arena, &page, e))
			return refused(e);
		for (size_t i = 0; i < page.count && count < ARRAY_SIZE(all); i++)
			all[count++] = page.items[i];
	} while (page.next != 0 && count < ARRAY_SIZE(all));
	request_list(r, all, count, sizeof(all[0]), NULL);
	return true;
}

struct view {
	const char *process_code, *name, *status;
	struct json_list controls;
};

static const struct json_field control_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct dingtalk_control, id),
     .example = "TextareaField_reason"},
    {"label", JSON_FIELD_TEXT, offsetof(struct dingtalk_control, label), .example = "卸载原因"},
    {"type", JSON_FIELD_TEXT, offsetof(struct dingtalk_control, type), .example = "TextareaField"},
    {"required", JSON_FIELD_BOOL, offsetof(struct dingtalk_control, required)},
    {0}};

static const struct json_field form_view_json[] = {
    {"process_code", JSON_FIELD_TEXT, offsetof(struct view, process_code), .example = "PROC-MAIN"},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, name), .example = "终端卸载审批"},
    {"status", JSON_FIELD_TEXT, offsetof(struct view, status), .example = "PUBLISHED",
     .doc = "in DingTalk's words"},
    {"controls", JSON_FIELD_ARRAY, offsetof(struct view, controls), .fields = control_json,
     .size = sizeof(struct dingtalk_control)},
    {0}};

static bool form_read(struct request *r, struct err *e)
{
	AUTO(line_close) struct line line = {0};
	struct dingtalk_form form;
	struct dingtalk *d;

	if (!dingtalk_process_code_valid(r->args[1], e) || !open_line(r, &line, &d, e))
		return false;
	if (!dingtalk_form_read(d, r->args[1], r->arena, &form, e))
		return refused(e);
	request_answer(r,
		       &(struct view){.process_code = r->args[1],
				      .name = form.name,
				      .status = form.status,
				      .controls = json_list_of(form.controls, form.control_count)});
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/dingtalk-apps/{id}/forms",
     ROUTE(ROLES_CHANGE, ROUTE_WORK, form_list,
	   DOC("listForms", "DingTalk's approval forms, as the app sees them",
	       .text = "Costs a call of the month.", .out = template_json, .noun = "FormSummary",
	       .list = true, .unpaged = true,
	       .errors = ERROR(ERR_UNPROCESSABLE) | ERROR(ERR_CONFLICT)))},
    {HTTP_GET, "/api/v1/dingtalk-apps/{id}/forms/{process_code}",
     ROUTE(ROLES_CHANGE, ROUTE_WORK, form_read,
	   DOC("getForm", "One of DingTalk's forms with its controls",
	       .text = "Costs a call of the month.", .out = form_view_json, .noun = "Form",
	       .errors = ERROR(ERR_UNPROCESSABLE) | ERROR(ERR_CONFLICT)))},
};

const struct route_table form_routes = ROUTE_TABLE(routes);
