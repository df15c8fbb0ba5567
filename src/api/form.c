/* Approval forms as DingTalk shows them to an app, so that they can be picked instead of typed. Each
 * answer costs calls of the month. */
#include "dingtalk/form.h"

#include <string.h>

#include "crypto/crypto.h"
#include "dingtalk/credentials.h"
#include "jobs/link.h"
#include "web/request.h"
#include "api/app.h"
#include "api/routes.h"
#include "store/budget.h"
#include "store/rate.h"
#include "web/server.h"

#define MAX_PAGES 3 /* of DINGTALK_FORM_PAGE: DingTalk has at most 200 forms */
#define MAX_BODY 4096

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

static bool list_all(struct request *r, struct dingtalk *d, struct json_list *out, struct err *e)
{
	const size_t max = MAX_PAGES * DINGTALK_FORM_PAGE;
	struct dingtalk_template *all = arena_array(r->arena, max, sizeof(*all));
	struct dingtalk_template_page page = {0};

	*out = (struct json_list){all, 0};
	do {
		if (!dingtalk_form_list(d, NULL, page.next, r->arena, &page, e))
			return refused(e);
		for (size_t i = 0; i < page.count && out->count < max; i++)
			all[out->count++] = page.items[i];
	} while (page.next != 0 && out->count < max);
	return true;
}

static bool form_list(struct request *r, struct err *e)
{
	AUTO(line_close) struct line line = {0};
	struct json_list all;
	struct dingtalk *d;

	if (!open_line(r, &line, &d, e) || !list_all(r, d, &all, e))
		return false;
	request_list(r, all.items, all.count, sizeof(struct dingtalk_template), NULL);
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

static bool read_one(struct request *r, struct dingtalk *d, const char *process_code,
		     struct view *out, struct err *e)
{
	struct dingtalk_form form;

	if (!dingtalk_form_read(d, process_code, r->arena, &form, e))
		return refused(e);
	*out = (struct view){.process_code = process_code,
			     .name = form.name,
			     .status = form.status,
			     .controls = json_list_of(form.controls, form.control_count)};
	return true;
}

static bool form_read(struct request *r, struct err *e)
{
	AUTO(line_close) struct line line = {0};
	struct dingtalk *d;
	struct view view;

	if (!dingtalk_process_code_valid(r->args[1], e) || !open_line(r, &line, &d, e) ||
	    !read_one(r, d, r->args[1], &view, e))
		return false;
	request_answer(r, &view);
	return true;
}

/* --- with credentials that are not saved: they are used once and wiped --- */

struct trial {
	struct flow_app app;
	const char *process_code;
};

struct tried {
	const char *app;
	struct json_list forms;
	const struct view *form;
	bool other_organisation;
};

static const struct json_field trial_json[] = {
    {"corp_id", JSON_FIELD_TEXT, offsetof(struct trial, app.corp_id), .required = true,
     .example = "ding0000000000000000holdfast"},
    {"client_id", JSON_FIELD_TEXT, offsetof(struct trial, app.client_id), .required = true,
     .example = "dingexampleapp0000"},
    {"client_secret", JSON_FIELD_TEXT, offsetof(struct trial, app.client_secret), .required = true,
     .max = 512, .example = "not-a-secret-example-only-not-a-secret-example-only"},
    {"process_code", JSON_FIELD_TEXT, offsetof(struct trial, process_code), .max = 128,
     .doc = "this form with its controls, instead of the list", .example = "PROC-MAIN"},
    {0}};

static const struct json_field tried_json[] = {
    {"app", JSON_FIELD_TEXT, offsetof(struct tried, app), .format = JSON_ID, .nullable = true,
     .doc = "the saved app that has this Client ID"},
    {"forms", JSON_FIELD_ARRAY, offsetof(struct tried, forms), .fields = template_json,
     .size = sizeof(struct dingtalk_template), .doc = "as listForms has them"},
    {"form", JSON_FIELD_POINTER, offsetof(struct tried, form), .fields = form_view_json,
     .size = sizeof(struct view), .nullable = true, .doc = "as getForm has it"},
    {"other_organisation", JSON_FIELD_BOOL, offsetof(struct tried, other_organisation),
     .doc = "with the list: DingTalk knows the app, but probably not in the organisation with "
	    "this CorpId"},
    {0}};

/* So many tries of a caller: enough for a panel that is filled in, too few for guessing secrets. */
static const struct rate trial_rate = {30, INT64_C(10) * 60 * 1000};

struct charge {
	struct request *r;
	int64_t wait_ms;
};

static bool charge(struct db *db, void *arg, struct err *e)
{
	struct charge *c = arg;
	const struct caller *who = &c->r->caller;
	const char *what = arena_printf(c->r->arena, "dingtalk-forms\n%s",
					who->account != NULL ? who->account : who->token);
	unsigned char key[CRYPTO_HASH_SIZE];

	crypto_sha256(what, strlen(what), key);
	return store_rate_take(db, key, &trial_rate, c->r->now_ms, &c->wait_ms, e);
}

static bool charged(struct request *r, struct err *e)
{
	struct charge c = {.r = r};

	if (!request_run(r, charge, &c, e))
		return false;
	r->retry_ms = c.wait_ms;
	return c.wait_ms == 0 || err_set(e, ERR_TOO_MANY,
					 "Too many tries with credentials that are not saved; wait "
					 "a little.");
}

/* Months are counted of organisations that have an app here. Of any other these are its first calls, and nobody else
 * spends them. */
static struct dingtalk_meter meter_of(struct request *r, const char *corp_id)
{
	struct store_organisation o;
	struct err e;

	if (store_budget_get(r->db, r->arena, corp_id, 0, &o, &e))
		return links_settings(r->server->links)->meter;
	return (struct dingtalk_meter){0};
}

/* Its own way to DingTalk: nothing of it is kept. */
static struct dingtalk_access *access_of(struct request *r, const struct flow_app *app)
{
	const struct links_config *to = links_settings(r->server->links);

	return dingtalk_access_new(&(struct dingtalk_config){.api_url = to->api_url,
							     .oapi_url = to->oapi_url,
							     .login_url = to->login_url,
							     .ca_file = to->ca_file,
							     .corp_id = app->corp_id,
							     .client_id = app->client_id,
							     .client_secret = app->client_secret,
							     .meter = meter_of(r, app->corp_id)});
}

/* What was entered is wrong, whatever DingTalk calls it. */
static bool misfit(struct err *e)
{
	if (e->code != ERR_UNAVAILABLE && e->code != ERR_INTERNAL)
		e->code = ERR_UNPROCESSABLE;
	return false;
}

/* Only after a call that was well: the credentials are good. */
static bool of_another(struct dingtalk *d)
{
	struct err e = {0};

	return !dingtalk_check_organisation(d, &e) &&
	       dingtalk_failure(d)->class == DINGTALK_REFUSED;
}

static bool ask(struct request *r, const struct trial *in, struct tried *out, struct view *form,
		struct err *e)
{
	AUTO(dingtalk_access_unrefp) struct dingtalk_access *access = access_of(r, &in->app);
	AUTO(dingtalk_freep) struct dingtalk *d = dingtalk_new(access, DINGTALK_FOR_DOCTOR, e);

	if (d == NULL)
		return false;
	if (in->process_code == NULL) {
		if (!list_all(r, d, &out->forms, e))
			return misfit(e);
		out->other_organisation = of_another(d);
		return true;
	}
	out->form = form;
	return read_one(r, d, in->process_code, form, e) || misfit(e);
}

static bool try_once(struct request *r, const struct trial *in, struct err *e)
{
	struct tried out = {0};
	struct store_app known;
	struct view form;

	if (!app_credentials_valid(&in->app, e) ||
	    (in->process_code != NULL && !dingtalk_process_code_valid(in->process_code, e)) ||
	    !charged(r, e) || !store_app_by_client(r->db, r->arena, in->app.client_id, &known, e) ||
	    !ask(r, in, &out, &form, e))
		return false;
	out.app = known.id;
	request_answer(r, &out);
	return true;
}

static bool form_try(struct request *r, struct err *e)
{
	struct trial in = {0};
	bool ok = request_read(r, &in, e) && try_once(r, &in, e);

	flow_app_wipe(&in.app);
	return ok;
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
    {HTTP_POST, "/api/v1/dingtalk-forms", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WORK, form_try,
	   DOC("tryForms", "Forms as credentials that are not saved see them",
	       .text = "Nothing is saved. Costs a call of the organisation's month, which is "
		       "counted once "
		       "an app of it is saved. At most 30 in 10 minutes.",
	       .in = trial_json, .out = tried_json, .noun = "TriedForms",
	       .errors = ERROR(ERR_UNPROCESSABLE) | ERROR(ERR_UNAVAILABLE) | ERROR(ERR_TOO_MANY)))},
};

const struct route_table form_routes = ROUTE_TABLE(routes);
