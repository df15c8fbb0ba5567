/* Approval forms as DingTalk shows them to an app, so that they can be picked instead of typed. Each
 * answer costs calls of the month. */
#include "dingtalk/form.h"

#include "dingtalk/credentials.h"
#include "jobs/link.h"
#include "server/request.h"
#include "server/route.h"
#include "server/server.h"

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

static void put_templates(struct request *r, const struct dingtalk_template_page *page)
{
	for (size_t i = 0; i < page->count; i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "process_code", page->items[i].process_code);
		json_put_text(&r->json, "name", page->items[i].name);
		json_put_text(&r->json, "group", page->items[i].group);
		json_object_end(&r->json);
	}
}

static bool form_list(struct request *r, struct err *e)
{
	AUTO(line_close) struct line line = {0};
	struct dingtalk_template_page page = {0};
	struct dingtalk *d;
	int pages = 0;

	if (!open_line(r, &line, &d, e))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "items");
	do {
		if (!dingtalk_form_list(d, NULL, page.next, r->arena, &page, e))
			return refused(e);
		put_templates(r, &page);
	} while (page.next != 0 && ++pages < MAX_PAGES);
	json_array_end(&r->json);
	json_put_null(&r->json, "next");
	json_object_end(&r->json);
	return true;
}

static void put_control(struct request *r, const struct dingtalk_control *c)
{
	json_object(&r->json, NULL);
	json_put_text(&r->json, "id", c->id);
	json_put_text(&r->json, "label", c->label);
	json_put_text(&r->json, "type", c->type);
	json_put_bool(&r->json, "required", c->required);
	json_object_end(&r->json);
}

static bool form_read(struct request *r, struct err *e)
{
	AUTO(line_close) struct line line = {0};
	struct dingtalk_form form;
	struct dingtalk *d;

	if (!dingtalk_process_code_valid(r->args[1], e) || !open_line(r, &line, &d, e))
		return false;
	if (!dingtalk_form_read(d, r->args[1], r->arena, &form, e))
		return refused(e);
	json_object(&r->json, NULL);
	json_put_text(&r->json, "process_code", r->args[1]);
	json_put_text(&r->json, "name", form.name);
	json_put_text(&r->json, "status", form.status);
	json_array(&r->json, "controls");
	for (size_t i = 0; i < form.control_count; i++)
		put_control(r, &form.controls[i]);
	json_array_end(&r->json);
	json_object_end(&r->json);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/dingtalk-apps/{id}/forms", ROUTE(ROLES_CHANGE, ROUTE_WORK, form_list)},
    {HTTP_GET, "/api/v1/dingtalk-apps/{id}/forms/{process_code}",
     ROUTE(ROLES_CHANGE, ROUTE_WORK, form_read)},
};

const struct route_table form_routes = ROUTE_TABLE(routes);
