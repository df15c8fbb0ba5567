/* dingsim's own calls: what its pages show, for scripts. */
#include "dingsim/admin.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "dingsim/frame.h"
#include "dingsim/instance.h"
#include "dingsim/push.h"
#include "dingsim/routes.h"
#include "dingsim/workflow.h"
#include "dingsim/rule.h"
#include "dingsim/seed.h"
#include "dingsim/stream.h"

#define URL_MAX 1024
#define REDIRECTS_MAX 50
#define OUTBOUND_MAX 50
#define RULES_MAX 50
#define SHOWN 200
#define REMARK_MAX 1024

bool admin_url_check(const char *url, struct err *e)
{
	const char *p;

	if (!text_starts(url, "http://") && !text_starts(url, "https://"))
		return err_set(e, ERR_INVALID, "an address starts with http:// or https://");
	if (strlen(url) > URL_MAX)
		return err_set(e, ERR_INVALID, "an address has at most %d bytes", URL_MAX);
	for (p = url; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '#')
			return err_set(e, ERR_INVALID,
				       "an address has printable ASCII only, and no '#'");
	return true;
}

/* A list of texts as JSON. */
static const char *list_text(struct arena *a, const struct json_list *list)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	size_t i;

	json_array(&w, NULL);
	for (i = 0; i < list->count; i++)
		json_put_text(&w, NULL, ((const char **)list->items)[i]);
	json_array_end(&w);
	return arena_dup(a, out.data);
}

static bool read_body(struct call *c, const struct json_field *fields, void *out, struct err *e)
{
	if (!c->in)
		return err_set(e, ERR_INVALID, "a JSON object is missing");
	return json_read(c->store.arena, c->in, fields, out, e);
}

struct security {
	struct json_list urls, ips;
	const struct json *scope;
};

static const struct json_field security_fields[] = {
    {.name = "redirectUrls",
     .kind = JSON_FIELD_ARRAY,
     .offset = offsetof(struct security, urls),
     .max = REDIRECTS_MAX},
    {.name = "outboundIps",
     .kind = JSON_FIELD_ARRAY,
     .offset = offsetof(struct security, ips),
     .max = OUTBOUND_MAX},
    {.name = "contactScope", .kind = JSON_FIELD_ANY, .offset = offsetof(struct security, scope)},
    {0}};

static bool ip_check(const char *text, struct err *e)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1 ||
	       err_set(e, ERR_INVALID, "not an IP address");
}

static bool each(const struct json_list *list, const char *name,
		 bool (*check)(const char *, struct err *), struct err *e)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!check(((const char **)list->items)[i], e))
			return err_add(e, "%s[%zu]", name, i);
	return true;
}

static const char *scope_text(struct arena *a, const struct json *scope)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_put_json(&w, NULL, scope);
	return arena_dup_n(a, out.data, out.len);
}

/* What is left out stays as it is. */
bool admin_security(struct call *c, struct err *e)
{
	struct security s = {0};
	struct app *app;

	if (!store_app(&c->store, c->r->args[0], &app, e) ||
	    !read_body(c, security_fields, &s, e) ||
	    !each(&s.urls, "redirectUrls", admin_url_check, e) ||
	    !each(&s.ips, "outboundIps", ip_check, e) || (s.scope && !seed_scope_check(s.scope, e)))
		return false;
	if (!json_get(c->in, "redirectUrls") && !json_get(c->in, "outboundIps") && !s.scope)
		return err_set(e, ERR_INVALID,
			       "redirectUrls, outboundIps or contactScope: missing");
	if (json_get(c->in, "redirectUrls"))
		app->redirect_urls = list_text(c->store.arena, &s.urls);
	if (json_get(c->in, "outboundIps"))
		app->outbound_ips = list_text(c->store.arena, &s.ips);
	if (s.scope && !store_app_rights(&c->store, app->client_id, app->denied,
					 scope_text(c->store.arena, s.scope), e))
		return false;
	return store_app_security(&c->store, app, e);
}

struct subscription {
	const char *mode, *url, *aes_key, *token, *shape;
	struct json_list rules;
};

static const char *const shapes[] = {"A", "B", NULL};

static const char *const modes[] = {"http", "stream", NULL};

static const struct json_field subscription_fields[] = {
    {.name = "mode",
     .kind = JSON_FIELD_TEXT,
     .offset = offsetof(struct subscription, mode),
     .max = 6,
     .words = modes},
    {.name = "url",
     .kind = JSON_FIELD_TEXT,
     .offset = offsetof(struct subscription, url),
     .max = URL_MAX},
    {.name = "aesKey",
     .kind = JSON_FIELD_TEXT,
     .offset = offsetof(struct subscription, aes_key),
     .max = 64},
    {.name = "token",
     .kind = JSON_FIELD_TEXT,
     .offset = offsetof(struct subscription, token),
     .min = 3,
     .max = 32},
    {.name = "shape",
     .kind = JSON_FIELD_TEXT,
     .offset = offsetof(struct subscription, shape),
     .max = 1,
     .words = shapes},
    {.name = "rules",
     .kind = JSON_FIELD_ARRAY,
     .offset = offsetof(struct subscription, rules),
     .max = RULES_MAX},
    {0}};

static bool rules_fit(const struct json_list *rules, struct err *e)
{
	size_t i;

	for (i = 0; i < rules->count; i++)
		if (!rule_check(((const char **)rules->items)[i], e))
			return err_add(e, "rules[%zu]", i);
	return true;
}

static bool subscription_fits(const struct subscription *s, struct err *e)
{
	unsigned char key[CRYPTO_AES_KEY_SIZE];
	const char *p;

	if (!s->url || !s->aes_key || !s->token)
		return err_set(e, ERR_INVALID, "%s: missing",
			       !s->url       ? "url"
			       : !s->aes_key ? "aesKey"
					     : "token");
	if (!admin_url_check(s->url, e))
		return err_add(e, "url");
	if (!frame_key(s->aes_key, key, e))
		return err_add(e, "aesKey");
	for (p = s->token; *p; p++)
		if (!((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
		      (*p >= 'A' && *p <= 'Z')))
			return err_set(e, ERR_INVALID, "token: letters and digits only");
	return rules_fit(&s->rules, e);
}

/* As in the console: only an app that is connected can choose Stream. What it had for HTTP stays. */
static bool subscribe_stream(struct call *c, struct app *app, const struct subscription *s,
			     struct err *e)
{
	if (s->url || s->aes_key || s->token || s->shape)
		return err_set(e, ERR_INVALID, "mode: stream goes with rules alone");
	if (!rules_fit(&s->rules, e))
		return false;
	if (!stream_connected(c->sim->hub, app->client_id))
		return err_set(e, ERR_CONFLICT, "the app has no Stream connection yet");
	app->mode = "stream";
	app->rules = list_text(c->store.arena, &s->rules);
	app->tags = "[]";
	app->verified_ms = c->now_ms;
	return store_app_subscribe(&c->store, app, e);
}

bool admin_subscribe(struct call *c, struct err *e)
{
	struct subscription s = {.mode = "http"};
	struct app *app;

	if (!store_app(&c->store, c->r->args[0], &app, e) ||
	    !read_body(c, subscription_fields, &s, e))
		return false;
	if (text_equal(s.mode, "stream"))
		return subscribe_stream(c, app, &s, e);
	if (!subscription_fits(&s, e))
		return false;
	app->url = s.url;
	app->aes_key = s.aes_key;
	app->token = s.token;
	app->shape = s.shape ? s.shape : "A";
	app->rules = list_text(c->store.arena, &s.rules);
	push_check_url(c->sim->pusher, app, c->r);
	c->parked = true;
	return true;
}

bool admin_subscription(struct call *c, struct err *e)
{
	const struct json *rules;
	struct app *app;

	if (!store_app(&c->store, c->r->args[0], &app, e) || !call_stored(c, app->rules, &rules, e))
		return false;
	if (text_equal(app->mode, "http") && !*app->url)
		return err_set(e, ERR_NOT_FOUND, "this app has no subscription");
	json_put_text(&c->w, "mode", app->mode);
	json_put_text(&c->w, "url", app->url);
	json_put_text(&c->w, "aesKey", app->aes_key);
	json_put_text(&c->w, "token", app->token);
	json_put_text(&c->w, "shape", app->shape);
	json_put_json(&c->w, "rules", rules);
	json_put_i64(&c->w, "verifiedAt", app->verified_ms);
	return true;
}

bool admin_people(struct call *c, struct err *e)
{
	const struct json *departments, *labels;
	struct person *p;

	if (!store_people(&c->store, "", INT64_MAX, &p, e))
		return false;
	json_array(&c->w, "items");
	for (; p; p = p->next) {
		if (!call_stored(c, p->departments, &departments, e) ||
		    !call_stored(c, p->labels, &labels, e))
			return false;
		json_object(&c->w, NULL);
		json_put_text(&c->w, "userid", p->userid);
		json_put_text(&c->w, "unionid", p->unionid);
		json_put_text(&c->w, "name", p->name);
		json_put_text(&c->w, "mobile", p->mobile);
		json_put_text(&c->w, "email", p->email);
		json_put_text(&c->w, "title", p->title);
		json_put_json(&c->w, "departments", departments);
		json_put_bool(&c->w, "external", p->external);
		json_put_text(&c->w, "corpId", p->corp);
		json_put_bool(&c->w, "active", !p->inactive);
		json_put_text(&c->w, "agent", p->agent);
		json_put_json(&c->w, "labels", labels);
		json_put_i64(&c->w, "waiting", p->waiting);
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	return true;
}

static bool put_form(struct call *c, const struct instance *i, struct err *e)
{
	const struct json *values, *value;

	if (!call_stored(c, i->values, &values, e))
		return false;
	json_array(&c->w, "form");
	for (value = values->first; value; value = value->next) {
		json_object(&c->w, NULL);
		json_put_text(&c->w, "name", json_text(value, "name"));
		json_put_text(&c->w, "value", json_text(value, "value"));
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	return true;
}

bool admin_inbox(struct call *c, struct err *e)
{
	const char *user = http_query(c->r, "user");
	struct instance *i;
	struct person *person;
	struct task *t;

	if (!user)
		return err_set(e, ERR_INVALID, "user: missing");
	if (!store_person(&c->store, user, &person, e) ||
	    !store_tasks_waiting(&c->store, user, &t, e))
		return false;
	json_array(&c->w, "items");
	for (; t; t = t->next) {
		if (!store_instance(&c->store, t->instance, &i, e))
			return false;
		json_object(&c->w, NULL);
		json_put_i64(&c->w, "taskId", t->id);
		json_put_text(&c->w, "processInstanceId", i->id);
		json_put_text(&c->w, "title", i->title);
		json_put_i64(&c->w, "createTime", i->created_ms);
		if (!put_form(c, i, e))
			return false;
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	return true;
}

struct decide_body {
	const char *user, *result, *remark, *to;
};

static const char *const results[] = {"agree", "refuse", "redirect", "addBefore", "addAfter", NULL};

static const struct json_field decide_fields[] = {
    {.name = "user",
     .kind = JSON_FIELD_TEXT,
     .offset = offsetof(struct decide_body, user),
     .required = true,
     .max = 64},
    {.name = "result",
     .kind = JSON_FIELD_TEXT,
     .offset = offsetof(struct decide_body, result),
     .required = true,
     .words = results},
    {.name = "to", .kind = JSON_FIELD_TEXT, .offset = offsetof(struct decide_body, to), .max = 64},
    {.name = "remark",
     .kind = JSON_FIELD_TEXT,
     .offset = offsetof(struct decide_body, remark),
     .max = REMARK_MAX},
    {0}};

/* To somebody else: the task, or a say in it. */
static bool give(struct call *c, const struct decide_body *body, const struct decision *d,
		 struct err *e)
{
	const struct transfer t = {.instance = d->instance,
				   .task = d->task,
				   .person = body->user,
				   .to = body->to,
				   .remark = body->remark};
	struct person *person;

	if (!body->to)
		return err_set(e, ERR_INVALID, "to: missing");
	if (!store_person(&c->store, body->to, &person, e))
		return false;
	if (person->external)
		return err_set(e, ERR_INVALID, "to: is no employee");
	if (text_equal(body->result, "addBefore"))
		return instance_add_before(c, &t, e);
	if (text_equal(body->result, "addAfter"))
		return instance_add_after(c, &t, e);
	return instance_redirect(c, &t, e);
}

bool admin_decide(struct call *c, struct err *e)
{
	struct decide_body body = {.remark = ""};
	struct decision d = {0};
	int64_t task_id;

	if (!text_i64(c->r->args[0], 1, INT64_MAX, &task_id))
		return err_set(e, ERR_NOT_FOUND, "there is no such task");
	if (!read_body(c, decide_fields, &body, e) || !store_task(&c->store, task_id, &d.task, e) ||
	    !store_instance(&c->store, d.task->instance, &d.instance, e))
		return false;
	if (!text_equal(body.result, "agree") && !text_equal(body.result, "refuse"))
		return give(c, &body, &d, e);
	d.person = body.user;
	d.agree = text_equal(body.result, "agree");
	d.remark = body.remark;
	return instance_decide(c, &d, e);
}

struct attach_body {
	const char *user, *action;
	const struct json *values;
};

static const char *const actions[] = {"REVOKE", "MODIFY", NULL};

static const struct json_field attach_fields[] = {{.name = "user",
						   .kind = JSON_FIELD_TEXT,
						   .offset = offsetof(struct attach_body, user),
						   .required = true,
						   .max = 64},
						  {.name = "action",
						   .kind = JSON_FIELD_TEXT,
						   .offset = offsetof(struct attach_body, action),
						   .required = true,
						   .words = actions},
						  {.name = "formComponentValues",
						   .kind = JSON_FIELD_ANY,
						   .offset = offsetof(struct attach_body, values)},
						  {0}};

bool admin_attach(struct call *c, struct err *e)
{
	struct attach_body body = {0};
	struct attachment a = {0};
	struct instance *main, *made;
	struct form *form;

	if (!read_body(c, attach_fields, &body, e) ||
	    !store_instance(&c->store, c->r->args[0], &main, e) ||
	    !store_form(&c->store, main->process_code, &form, e))
		return false;
	a = (struct attachment){.main = main, .person = body.user, .action = body.action};
	if (text_equal(body.action, "MODIFY") && !workflow_values(c, form, &a.values, e))
		return false;
	if (!instance_attach(c, &a, &made, e))
		return false;
	json_put_text(&c->w, "processInstanceId", made->id);
	return true;
}

bool admin_delete(struct call *c, struct err *e)
{
	struct instance *i;

	return store_instance(&c->store, c->r->args[0], &i, e) && instance_delete(c, i, e);
}

bool admin_instances(struct call *c, struct err *e)
{
	const struct instance_query q = {.to_ms = INT64_MAX, .newest_first = true, .limit = SHOWN};
	struct instance *i;

	if (!store_instances(&c->store, &q, &i, e))
		return false;
	json_array(&c->w, "items");
	for (; i; i = i->next) {
		json_object(&c->w, NULL);
		json_put_text(&c->w, "processInstanceId", i->id);
		if (!instance_put(c, i, e))
			return false;
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	return true;
}

static bool put_attempts(struct call *c, int64_t push, struct err *e)
{
	struct attempt *a;

	if (!store_attempts(&c->store, push, &a, e))
		return false;
	json_array(&c->w, "attempts");
	for (; a; a = a->next) {
		json_object(&c->w, NULL);
		json_put_i64(&c->w, "time", a->ms);
		json_put_i64(&c->w, "status", a->status);
		if (a->url) {
			json_put_text(&c->w, "url", a->url);
			json_put_text(&c->w, "body", a->body);
		}
		json_put_text(&c->w, "reply", a->reply);
		json_put_text(&c->w, "verdict", a->verdict);
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	return true;
}

static bool put_pushes(struct call *c, const char *key, const char *instance, struct err *e)
{
	const struct json *payload;
	struct push *p;

	if (!store_pushes(&c->store, instance, SHOWN, &p, e))
		return false;
	json_array(&c->w, key);
	for (; p; p = p->next) {
		if (!call_stored(c, p->payload, &payload, e))
			return false;
		json_object(&c->w, NULL);
		json_put_i64(&c->w, "id", p->id);
		json_put_text(&c->w, "clientId", p->client_id);
		json_put_text(&c->w, "state", p->state);
		json_put_text(&c->w, "eventId", p->event_id);
		json_put_text(&c->w, "eventType", p->type);
		json_put_text(&c->w, "resource", p->resource);
		json_put_i64(&c->w, "eventTime", p->created_ms);
		json_put_json(&c->w, "event", payload);
		if (!put_attempts(c, p->id, e))
			return false;
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	return true;
}

bool admin_instance(struct call *c, struct err *e)
{
	struct instance *i;

	if (!store_instance(&c->store, c->r->args[0], &i, e))
		return false;
	json_object(&c->w, "result");
	if (!instance_put(c, i, e))
		return false;
	json_object_end(&c->w);
	json_put_bool(&c->w, "success", true);
	return put_pushes(c, "pushes", i->id, e);
}

bool admin_pushes(struct call *c, struct err *e)
{
	return put_pushes(c, "items", NULL, e);
}
