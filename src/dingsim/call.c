#include "dingsim/call.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "dingsim/fault.h"
#include "dingsim/format.h"
#include "dingsim/html.h"
#include "dingsim/inject.h"
#include "dingsim/permission.h"
#include "dingsim/push.h"
#include "dingsim/routes.h"

#define JSON_TYPE "application/json;charset=utf-8"
#define HTML_TYPE "text/html; charset=utf-8"
#define FORM_TYPE "application/x-www-form-urlencoded"

static bool fill(struct call *c, struct err *e, const struct fault_text *kind, const char *text)
{
	c->fault = (struct fault){.status = kind->status, .code = kind->code, .text = text};
	return err_set(e, ERR_INVALID, "%s: %.400s", kind->code, text);
}

bool call_fault(struct call *c, struct err *e, const char *code, const char *fmt, ...)
{
	const struct fault_text *kind = fault_find(code);
	char text[1024];
	va_list args;

	assert(kind);
	if (!fmt)
		return fill(c, e, kind, kind->text);
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* Cutting at the buffer's end may have halved a character. */
	while (*text && !text_utf8_valid(text, strlen(text)))
		text[strlen(text) - 1] = '\0';
	return fill(c, e, kind, arena_dup(c->store.arena, text));
}

bool call_errcode(struct call *c, struct err *e, int errcode)
{
	char code[16];
	const struct fault_text *kind;

	(void)snprintf(code, sizeof(code), "%d", errcode);
	kind = fault_find(code);
	assert(kind);
	return fill(c, e, kind, kind->text);
}

bool call_denied(struct call *c, struct err *e, const char *scope)
{
	bool api = c->endpoint->dialect == DIALECT_API;
	const struct fault_text *kind =
	    fault_find(api ? "Forbidden.AccessDenied.AccessTokenPermissionDenied" : "60011");

	(void)fill(
	    c, e, kind,
	    arena_printf(c->store.arena,
			 "应用尚未开通所需的权限：[%s]，请在开发者后台的权限管理中申请%s%s%s",
			 scope, api ? "" : "{requiredScopes=[", api ? "" : scope, api ? "" : "]}"));
	c->fault.wrapped = c->endpoint->dialect == DIALECT_TOPAPI;
	c->fault.scope = scope;
	return false;
}

/* Whether the app takes calls from where this one comes from. */
static bool address_listed(struct call *c, struct err *e)
{
	const struct json *list, *item;

	if (!call_stored(c, c->app->outbound_ips, &list, e))
		return false;
	item = list->first;
	while (item && !text_equal(item->text, c->r->peer))
		item = item->next;
	if (!list->first || item)
		return true;
	(void)call_fault(c, e,
			 c->endpoint->dialect == DIALECT_API
			     ? "Forbidden.AccessDenied.IpNotInWhiteList"
			     : "60020",
			 "访问ip不在白名单之中,request ip=%s", c->r->peer);
	c->fault.wrapped = c->endpoint->dialect == DIALECT_TOPAPI;
	return false;
}

static bool wrapped(struct call *c, struct err *e, int errcode)
{
	(void)call_errcode(c, e, errcode);
	c->fault.wrapped = c->endpoint->dialect == DIALECT_TOPAPI;
	return false;
}

static bool holds(struct call *c, const struct credential *credential, struct err *e)
{
	if (!c->expired)
		return credential->expires_ms > c->now_ms;
	if (!store_credential_renew(&c->store, credential->token, c->now_ms, e))
		log_err(LOG_LEVEL_ERROR, "ending a token", e);
	return false;
}

/* The new gateway: only the header counts. */
static bool token_api(struct call *c, struct credential **out, struct err *e)
{
	const char *token = http_header(c->r, "x-acs-dingtalk-access-token");
	const char *kind = c->endpoint->token == TOKEN_USER ? "user" : "app";

	if (!token || !*token)
		return call_fault(c, e, "AuthenticationFailed.MissingParameter", NULL);
	if (store_credential(&c->store, kind, token, out, e)) {
		if (holds(c, *out, e))
			return true;
		return call_fault(c, e, "InvalidAuthentication", NULL);
	}
	if (e->code != ERR_NOT_FOUND)
		return false;
	return call_fault(c, e, "InvalidAuthentication", NULL);
}

/* The old gateway: query or form. */
static bool token_old(struct call *c, struct credential **out, struct err *e)
{
	const char *token = http_query(c->r, "access_token");

	if (!token)
		token = call_param(c, "access_token");
	if (!token || !*token)
		return wrapped(c, e, c->endpoint->dialect == DIALECT_TOPAPI ? 40000 : 41001);
	if (store_credential(&c->store, "app", token, out, e)) {
		if (holds(c, *out, e))
			return true;
		return wrapped(c, e, 42001);
	}
	if (e->code != ERR_NOT_FOUND)
		return false;
	return wrapped(c, e, 40014);
}

static bool authenticate(struct call *c, struct err *e)
{
	struct credential *credential = NULL;
	struct app *app = NULL;
	bool ok;

	if (c->endpoint->token == TOKEN_NONE)
		return true;
	ok = c->endpoint->dialect == DIALECT_API ? token_api(c, &credential, e)
						 : token_old(c, &credential, e);
	if (!ok || !store_app(&c->store, credential->client_id, &app, e))
		return false;
	c->app = app;
	if (c->endpoint->token == TOKEN_USER)
		c->user = credential;
	return address_listed(c, e) && permission_check(c, e);
}

static bool bad_body(struct call *c, struct err *e)
{
	struct err why = *e;

	switch (c->endpoint->dialect) {
	case DIALECT_API:
		return call_fault(c, e, "invalidParameter", "请求体不是合法的JSON：%s", why.text);
	case DIALECT_TOPAPI:
	case DIALECT_OAPI:
		return call_errcode(c, e, 40035);
	case DIALECT_SIM:
	case DIALECT_PAGE:
		break;
	}
	return call_fault(c, e, "invalidParameter", "%s", why.text);
}

static bool read_body(struct call *c, struct err *e)
{
	const char *type = http_header(c->r, "Content-Type");
	bool form = type && !strncasecmp(type, FORM_TYPE, sizeof(FORM_TYPE) - 1);
	enum dialect dialect = c->endpoint->dialect;

	if (dialect == DIALECT_PAGE || !c->r->body_len)
		return true;
	if (form && (dialect == DIALECT_TOPAPI || dialect == DIALECT_OAPI))
		return true;
	if (!json_parse(c->store.arena, c->r->body, c->r->body_len, &c->in, e))
		return bad_body(c, e);
	if (c->in->type != JSON_OBJECT) {
		(void)err_set(e, ERR_INVALID, "the body must be a JSON object");
		return bad_body(c, e);
	}
	return true;
}

static bool answer_in_transaction(struct call *c, struct err *e)
{
	if (!c->endpoint->writes)
		return c->endpoint->answer(c, e);
	if (!db_begin(c->store.db, e))
		return false;
	if (!c->endpoint->answer(c, e)) {
		db_rollback(c->store.db);
		return false;
	}
	if (!db_commit(c->store.db, e))
		return false;
	push_wake(c->sim->pusher);
	return true;
}

static void open_answer(struct call *c)
{
	char id[FORMAT_REQUEST_SIZE];

	switch (c->endpoint->dialect) {
	case DIALECT_API:
	case DIALECT_SIM:
		json_object(&c->w, NULL);
		return;
	case DIALECT_TOPAPI:
	case DIALECT_OAPI:
		json_object(&c->w, NULL);
		json_put_i64(&c->w, "errcode", 0);
		json_put_text(&c->w, "errmsg", "ok");
		if (c->endpoint->dialect == DIALECT_TOPAPI) {
			format_request_id_old(id);
			json_put_text(&c->w, "request_id", id);
		}
		return;
	case DIALECT_PAGE:
		return;
	}
}

static void send_answer(struct call *c)
{
	if (c->endpoint->dialect != DIALECT_PAGE) {
		json_object_end(&c->w);
		c->type = JSON_TYPE;
	}
	inject_answer(c, c->status, c->type);
}

static void fault_api(struct call *c, const char *request_id)
{
	json_object(&c->w, NULL);
	json_put_text(&c->w, "code", c->fault.code);
	json_put_text(&c->w, "requestid", request_id);
	json_put_text(&c->w, "message", c->fault.text);
	if (c->fault.scope) {
		json_object(&c->w, "accessdenieddetail");
		json_array(&c->w, "requiredScopes");
		json_put_text(&c->w, NULL, c->fault.scope);
		json_array_end(&c->w);
		json_object_end(&c->w);
	}
	json_object_end(&c->w);
}

static void fault_old(struct call *c, bool topapi)
{
	char id[FORMAT_REQUEST_SIZE];
	int64_t code = -1;

	(void)text_i64(c->fault.code, INT32_MIN, INT32_MAX, &code);
	format_request_id_old(id);
	json_object(&c->w, NULL);
	json_put_i64(&c->w, "errcode", c->fault.wrapped ? 88 : code);
	if (c->fault.wrapped) {
		json_put_text(&c->w, "sub_code", c->fault.code);
		json_put_text(&c->w, "sub_msg", c->fault.text);
		json_put_text(&c->w, "errmsg",
			      arena_printf(c->store.arena, "ding talk error[subcode=%s,submsg=%s]",
					   c->fault.code, c->fault.text));
	} else {
		json_put_text(&c->w, "errmsg", c->fault.text);
	}
	if (topapi)
		json_put_text(&c->w, "request_id", id);
	json_object_end(&c->w);
}

/* A page whose form was refused is shown again, with what was typed and what was wrong. */
static bool show_again(struct call *c)
{
	const struct http_route *posted = c->r->route;
	const struct endpoint *page;
	struct err e = {0};
	size_t i = 0;

	if (!posted || posted->method != HTTP_POST || c->fault.status == 403)
		return false;
	while (i < route_count &&
	       (routes[i].method != HTTP_GET || !text_equal(routes[i].path, posted->path)))
		i++;
	if (i == route_count)
		return false;
	page = routes[i].data;
	if (page->answer(c, &e))
		return true;
	buf_reset(&c->out);
	return false;
}

static void send_fault(struct call *c, const char *request_id)
{
	const char *type = JSON_TYPE;
	enum dialect dialect = c->endpoint->dialect;

	buf_reset(&c->out);
	c->w = (struct json_writer){.out = &c->out};
	switch (dialect) {
	case DIALECT_API:
		fault_api(c, request_id);
		break;
	case DIALECT_TOPAPI:
	case DIALECT_OAPI:
		fault_old(c, dialect == DIALECT_TOPAPI);
		break;
	case DIALECT_SIM:
		json_object(&c->w, NULL);
		json_put_text(&c->w, "error", c->fault.text);
		json_put_text(&c->w, "code", c->fault.code);
		json_object_end(&c->w);
		break;
	case DIALECT_PAGE:
		if (!show_again(c))
			html_error(c, c->fault.text);
		type = HTML_TYPE;
		break;
	}
	inject_answer(c, c->fault.status, type);
}

/* e is the cause; without a fault in DingTalk's words it is dingsim's own, or of its own calls. */
static void refuse(struct call *c, struct err *e, const char *request_id)
{
	struct err why = *e;
	bool old = c->endpoint->dialect == DIALECT_TOPAPI || c->endpoint->dialect == DIALECT_OAPI;
	bool own = c->endpoint->dialect == DIALECT_SIM || c->endpoint->dialect == DIALECT_PAGE;

	if (!c->fault.code && own && why.code != ERR_INTERNAL && why.code != ERR_IO) {
		c->fault = (struct fault){.status = err_http_status(why.code),
					  .code = err_name(why.code),
					  .text = arena_dup(c->store.arena, why.text)};
	} else if (!c->fault.code) {
		log_err(LOG_LEVEL_ERROR, c->r->path, &why);
		(void)(old ? call_errcode(c, e, -1) : call_fault(c, e, "systemError", NULL));
	}
	send_fault(c, request_id);
}

static struct call call_make(struct http_request *r, const struct endpoint *endpoint)
{
	struct sim *sim = r->context;

	return (struct call){.sim = sim,
			     .r = r,
			     .endpoint = endpoint,
			     .store = {.db = sim->db, .arena = r->arena},
			     .now_ms = sim_now_ms(sim),
			     .status = 200,
			     .type = HTML_TYPE};
}

/* Browsers say where a request comes from; other programs say nothing and may do what they like.
 * Without this any web page could have the reader's browser agree and refuse here. */
static bool from_elsewhere(const struct http_request *r)
{
	const char *site = http_header(r, "Sec-Fetch-Site");
	const char *origin = http_header(r, "Origin");
	const char *host = http_header(r, "Host");
	const struct sim *sim = r->context;
	const char *own = sim->options.tls_cert ? "https://" : "http://";

	if (site)
		return !text_equal(site, "same-origin") && !text_equal(site, "none");
	return origin &&
	       !(host && text_starts(origin, own) && text_equal_nocase(origin + strlen(own), host));
}

static bool guard(struct call *c, struct err *e)
{
	bool own = c->endpoint->dialect == DIALECT_SIM || c->endpoint->dialect == DIALECT_PAGE;

	if (!own || c->r->method == HTTP_GET || c->r->method == HTTP_HEAD || !from_elsewhere(c->r))
		return true;
	return err_set(e, ERR_FORBIDDEN,
		       "this was sent by another site's page (请求来自其他网站的页面)");
}

/* Of dingsim's own time, which may be ahead. */
static void gateway_headers(struct call *c, const char *request_id)
{
	time_t seconds = (time_t)(c->now_ms / 1000);
	char date[40];
	struct tm tm;

	if (gmtime_r(&seconds, &tm) &&
	    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm))
		(void)http_set_header(c->r, "Date", arena_dup(c->store.arena, date));
	(void)http_set_header(c->r, "x-acs-request-id", request_id);
}

void call_dispatch(struct http_request *r)
{
	struct call c = call_make(r, r->route->data);
	char request_id[FORMAT_REQUEST_SIZE];
	struct err e = {0};

	c.w.out = &c.out;
	format_request_id(request_id);
	if (c.endpoint->dialect != DIALECT_PAGE)
		gateway_headers(&c, request_id);
	open_answer(&c);
	switch (inject_call(&c, &e)) {
	case INJECT_GO_ON:
		break;
	case INJECT_REFUSED:
		refuse(&c, &e, request_id);
		[[fallthrough]];
	case INJECT_ANSWERED:
		buf_done(&c.out);
		return;
	}
	if (!guard(&c, &e) || !read_body(&c, &e) || !authenticate(&c, &e) ||
	    !answer_in_transaction(&c, &e))
		refuse(&c, &e, request_id);
	else if (!c.parked)
		send_answer(&c);
	buf_done(&c.out);
}

/* The gateways' words for a path or method that does not exist. */
static const struct {
	const char *prefix;
	struct endpoint endpoint;
} families[] = {
    {"/v1.0/", {.dialect = DIALECT_API}},     {"/topapi/", {.dialect = DIALECT_TOPAPI}},
    {"/sim/", {.dialect = DIALECT_SIM}},      {"/gettoken", {.dialect = DIALECT_OAPI}},
    {"/auth/", {.dialect = DIALECT_OAPI}},    {"/call_back/", {.dialect = DIALECT_OAPI}},
    {"/inbox", {.dialect = DIALECT_PAGE}},    {"/instances/", {.dialect = DIALECT_PAGE}},
    {"/oauth2/", {.dialect = DIALECT_PAGE}},  {"/submitted", {.dialect = DIALECT_PAGE}},
    {"/new", {.dialect = DIALECT_PAGE}},      {"/apps", {.dialect = DIALECT_PAGE}},
    {"/forms", {.dialect = DIALECT_PAGE}},    {"/org", {.dialect = DIALECT_PAGE}},
    {"/messages", {.dialect = DIALECT_PAGE}}, {"/todos", {.dialect = DIALECT_PAGE}},
    {"/faults", {.dialect = DIALECT_PAGE}},   {"/clock", {.dialect = DIALECT_PAGE}},
    {"/connect", {.dialect = DIALECT_API}},   {"", {.dialect = DIALECT_OAPI}},
};

static bool takes_post(const char *path)
{
	size_t i;

	for (i = 0; i < route_count; i++)
		if (routes[i].method == HTTP_POST && text_equal(routes[i].path, path))
			return true;
	return false;
}

static struct fault unknown(const struct call *c, int status, const struct err *why)
{
	bool method = status == 405;

	switch (c->endpoint->dialect) {
	case DIALECT_API:
		return (struct fault){404, "InvalidAction.NotFound",
				      fault_find("InvalidAction.NotFound")->text, false};
	case DIALECT_TOPAPI:
		if (method)
			return (struct fault){200, "43002", fault_find("43002")->text, false};
		return (struct fault){200, "22", "Invalid method[submsg=不合法ApiName]", false};
	case DIALECT_OAPI:
		if (method && takes_post(c->r->path))
			return (struct fault){200, "43002", fault_find("43002")->text, false};
		if (method)
			return (struct fault){200, "43001", fault_find("43001")->text, false};
		return (struct fault){200, "404", "请求的URI地址不存在", false};
	case DIALECT_SIM:
	case DIALECT_PAGE:
		break;
	}
	return (struct fault){status, err_name(why->code), why->text, false};
}

/* What the server refuses before anybody looks at it: too long, not text. */
static struct fault unreadable(const struct call *c, int status, const struct err *why)
{
	switch (c->endpoint->dialect) {
	case DIALECT_API:
		return (struct fault){status, "invalidParameter", why->text, false};
	case DIALECT_TOPAPI:
	case DIALECT_OAPI:
		return (struct fault){200, "40035", why->text, false};
	case DIALECT_SIM:
	case DIALECT_PAGE:
		break;
	}
	return (struct fault){status, err_name(why->code), why->text, false};
}

void call_refuse(struct http_request *r)
{
	int status = 404;
	const struct err *why = http_refusal(r, &status);
	char request_id[FORMAT_REQUEST_SIZE];
	struct call c;
	size_t i = 0;

	while (!text_starts(r->path ? r->path : "", families[i].prefix))
		i++;
	c = call_make(r, &families[i].endpoint);
	c.w.out = &c.out;
	format_request_id(request_id);
	(void)http_set_header(r, "x-acs-request-id", request_id);
	c.fault =
	    status == 404 || status == 405 ? unknown(&c, status, why) : unreadable(&c, status, why);
	send_fault(&c, request_id);
	buf_done(&c.out);
}

const char *call_param(struct call *c, const char *name)
{
	const struct json *member = json_get(c->in, name);
	const char *text = NULL;

	if (!c->in)
		text = http_form(c->r, name);
	else if (member && (member->type == JSON_TEXT || member->type == JSON_NUMBER))
		text = member->text;
	return text && *text ? text : NULL;
}

bool call_param_i64(struct call *c, const char *name, int64_t *out)
{
	const struct json *member = json_get(c->in, name);
	const char *text = call_param(c, name);

	if (!text)
		return !member || member->type == JSON_NULL || member->type == JSON_TEXT;
	return text_i64(text, INT64_MIN, INT64_MAX, out);
}

const char *call_field(struct call *c, const char *name)
{
	const char *text = http_form(c->r, name);
	const struct typed *typed;

	for (typed = c->typed; !text && typed; typed = typed->next)
		if (text_equal(typed->name, name))
			text = typed->value;
	if (!text)
		text = http_query(c->r, name);
	return text ? text : "";
}

const char *call_written(struct call *c, const struct json *value)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_put_json(&w, NULL, value);
	return arena_dup(c->store.arena, out.data);
}

bool call_stored(struct call *c, const char *text, const struct json **out, struct err *e)
{
	if (json_parse(c->store.arena, text, strlen(text), out, e))
		return true;
	e->code = ERR_INTERNAL;
	return err_add(e, "a stored text");
}

/* A page's form that was sent comes back as the page: again with what is wrong, or afresh. */
static void answer_page(struct http_request *r, int status, const char *error)
{
	struct call c = call_make(r, r->route->data);
	char request_id[FORMAT_REQUEST_SIZE];

	format_request_id(request_id);
	c.w.out = &c.out;
	if (error) {
		c.fault = (struct fault){.status = status, .code = "refused", .text = error};
		send_fault(&c, request_id);
	} else {
		html_redirect(&c, r->path, "saved=1");
		send_answer(&c);
	}
	buf_done(&c.out);
}

void call_answer_old(struct http_request *r, int errcode)
{
	struct call c = call_make(r, r->route->data);
	char request_id[FORMAT_REQUEST_SIZE];
	struct err e = {0};

	format_request_id(request_id);
	c.w.out = &c.out;
	if (errcode) {
		(void)call_errcode(&c, &e, errcode);
		send_fault(&c, request_id);
	} else {
		open_answer(&c);
		send_answer(&c);
	}
	buf_done(&c.out);
}

void call_answer_sim(struct http_request *r, int status, const char *error)
{
	const struct endpoint *endpoint = r->route->data;
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	if (endpoint->dialect == DIALECT_PAGE) {
		answer_page(r, status, error);
		return;
	}
	json_object(&w, NULL);
	if (error)
		json_put_text(&w, "error", error);
	json_object_end(&w);
	http_answer(r, status, JSON_TYPE, out.data, out.len);
}
