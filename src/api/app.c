/* DingTalk apps. Secrets go in and never come out. */
#include "api/app.h"

#include "base/text.h"
#include "dingtalk/credentials.h"
#include "flow/record.h"
#include "api/routes.h"
#include "web/server.h"
#include "store/app.h"
#include "store/check.h"
#include "store/note.h"
#include "store/stream.h"

#define MAX_BODY 16384
#define MAX_SECRET 512

static const char *const channels[] = {NOTICE_WORK, NOTICE_ROBOT, NULL};

static const char *const ingresses[] = {STORE_INGRESS_PUSH, STORE_INGRESS_STREAM, NULL};

#define SECRET_FIELDS                                                                      \
	{"aes_key",                                                                        \
	 JSON_FIELD_TEXT,                                                                  \
	 offsetof(struct flow_app, aes_key),                                               \
	 .max = MAX_SECRET,                                                                \
	 .doc = "of the event subscription; push needs it",                                \
	 .example = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"},                        \
	    {"token",                                                                      \
	     JSON_FIELD_TEXT,                                                              \
	     offsetof(struct flow_app, token),                                             \
	     .max = MAX_SECRET,                                                            \
	     .doc = "of the event subscription; push needs it",                            \
	     .example = "holdfasttoken"},                                                  \
	    {"agent_id",         JSON_FIELD_I64,   offsetof(struct flow_app, agent_id),    \
	     .min = 1,           .max = INT64_MAX, .doc = "work notices need it",          \
	     .example = "100001"},                                                         \
	    {"notice_channel", JSON_FIELD_TEXT, offsetof(struct flow_app, notice_channel), \
	     .words = channels},                                                           \
	{                                                                                  \
		"ingress", JSON_FIELD_TEXT, offsetof(struct flow_app, ingress),            \
		    .words = ingresses, .doc = "how its events come"                       \
	}

const struct json_field app_credentials_json[] = {
    {"corp_id", JSON_FIELD_TEXT, offsetof(struct flow_app, corp_id), .required = true,
     .example = "ding0000000000000000holdfast"},
    {"client_id", JSON_FIELD_TEXT, offsetof(struct flow_app, client_id), .required = true,
     .example = "dingexampleapp0000"},
    {"client_secret", JSON_FIELD_TEXT, offsetof(struct flow_app, client_secret), .required = true,
     .max = MAX_SECRET, .example = "not-a-secret-example-only-not-a-secret-example-only"},
    SECRET_FIELDS,
    {"request_url", JSON_FIELD_TEXT, offsetof(struct flow_app, request_url), .format = JSON_ID,
     .doc = "id of a Request URL that was given out before; it stays good"},
    {0}};

static const struct json_field change_json[] = {
    {"corp_id", JSON_FIELD_TEXT, offsetof(struct flow_app, corp_id),
     .doc = "when another organisation's was entered by mistake",
     .example = "ding0000000000000000holdfast"},
    {"client_secret", JSON_FIELD_TEXT, offsetof(struct flow_app, client_secret), .max = MAX_SECRET,
     .example = "not-a-secret-example-only-not-a-secret-example-only"},
    SECRET_FIELDS,
    {0}};

/* --- an app as it is shown --- */

struct alert {
	const char *code, *text;
	struct json_list steps;
	int64_t since_ms;
};

struct stream {
	struct store_stream_view seen;
	const char *state, *error;
};

struct use {
	struct json_list workflows; /* of struct store_app_workflow */
	const char *source;
	bool requests;
};

struct view {
	struct store_app stored;
	const char *request_url, *redirect_url;
	const struct alert *alert;
	const struct stream *stream;
	struct use used_by;
};

static const struct json_field alert_json[] = {
    {"code", JSON_FIELD_TEXT, offsetof(struct alert, code), .example = STORE_ALERT_KEYS},
    {"text", JSON_FIELD_TEXT, offsetof(struct alert, text), .says = "error",
     .example = "aes_key or token was probably reset in DingTalk"},
    {"steps", JSON_FIELD_ARRAY, offsetof(struct alert, steps), .says = "error",
     .doc = "what mends it"},
    {"since_ms", JSON_FIELD_I64, offsetof(struct alert, since_ms)},
    {0}};

static const char *const stream_states[] = {"connected", "connecting", NULL};

static const struct json_field stream_json[] = {
    {"state", JSON_FIELD_TEXT, offsetof(struct stream, state), .words = stream_states},
    {"connections", JSON_FIELD_I64, offsetof(struct stream, seen.connections),
     .doc = "of all servers"},
    {"connected_ms", JSON_FIELD_I64, offsetof(struct stream, seen.connected_ms), .nullable = true},
    {"last_frame_ms", JSON_FIELD_I64, offsetof(struct stream, seen.frame_ms), .nullable = true},
    {"error", JSON_FIELD_TEXT, offsetof(struct stream, error), .nullable = true, .says = "error",
     .doc = "why the last try failed"},
    {0}};

static const struct json_field workflow_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct store_app_workflow, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct store_app_workflow, name), .example = "终端卸载"},
    {0}};

static const struct json_field use_json[] = {
    {"workflows", JSON_FIELD_ARRAY, offsetof(struct use, workflows), .fields = workflow_json,
     .size = sizeof(struct store_app_workflow)},
    {"source", JSON_FIELD_TEXT, offsetof(struct use, source), .nullable = true,
     .doc = "name of the identity source that reads people and departments with it"},
    {"requests", JSON_FIELD_BOOL, offsetof(struct use, requests),
     .doc = "some were filed through it, pending or not"},
    {0}};

static const struct json_field app_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.id), .format = JSON_ID},
    {"corp_id", JSON_FIELD_TEXT, offsetof(struct view, stored.corp_id),
     .example = "ding0000000000000000holdfast"},
    {"client_id", JSON_FIELD_TEXT, offsetof(struct view, stored.client_id),
     .example = "dingexampleapp0000"},
    {"agent_id", JSON_FIELD_I64, offsetof(struct view, stored.agent_id), .nullable = true},
    {"notice_channel", JSON_FIELD_TEXT, offsetof(struct view, stored.notice_channel),
     .words = channels},
    {"ingress", JSON_FIELD_TEXT, offsetof(struct view, stored.ingress), .words = ingresses},
    {"alert", JSON_FIELD_POINTER, offsetof(struct view, alert), .fields = alert_json,
     .size = sizeof(struct alert), .nullable = true},
    {"stream", JSON_FIELD_POINTER, offsetof(struct view, stream), .fields = stream_json,
     .size = sizeof(struct stream), .nullable = true, .doc = "null in push mode"},
    {"old_keys_until_ms", JSON_FIELD_I64, offsetof(struct view, stored.old_until_ms),
     .nullable = true, .doc = "until when the aes_key and token before these are good too"},
    {"request_url", JSON_FIELD_TEXT, offsetof(struct view, request_url), .format = "uri",
     .doc = "for the event subscription"},
    {"redirect_url", JSON_FIELD_TEXT, offsetof(struct view, redirect_url), .format = "uri",
     .doc = "for the app's sign-in redirect addresses"},
    {"last_event_ms", JSON_FIELD_I64, offsetof(struct view, stored.last_event_ms), .nullable = true,
     .doc = "moves once a second at most"},
    {"event_lag_ms", JSON_FIELD_I64, offsetof(struct view, stored.event_lag_ms), .nullable = true,
     .doc = "how long the newest event that says when it happened took to reach us, by two clocks; "
	    "null: none did",
     .example = "420"},
    {"checked_ms", JSON_FIELD_I64, offsetof(struct view, stored.url_checked_ms), .nullable = true,
     .doc = "when DingTalk last checked the Request URL, with the aes_key and token that stand "
	    "here; null: never"},
    {"used_by", JSON_FIELD_OBJECT, offsetof(struct view, used_by), .fields = use_json},
    {"version", JSON_FIELD_I64, offsetof(struct view, stored.version), .doc = "as in ETag",
     .example = "1"},
    {"created_ms", JSON_FIELD_I64, offsetof(struct view, stored.created_ms)},
    {0}};

/* What an administrator has to mend, and how. */
static const struct alert *alert_of(struct request *r, const struct store_app *app)
{
	static const char *const steps[] = {
	    "In DingTalk's developer console open this app, then its event subscription.",
	    "Copy the aes_key and the token that stand there; do not reset them again.",
	    "Enter both here, then save the event subscription in DingTalk once more.",
	};
	struct alert *alert;

	if (*app->alert == '\0')
		return NULL;
	alert = arena_new(r->arena, struct alert);
	*alert = (struct alert){.code = app->alert,
				.text = "aes_key or token was probably reset in DingTalk",
				.steps = {(void *)steps, ARRAY_SIZE(steps)},
				.since_ms = app->alert_ms};
	return alert;
}

/* NULL in push mode. */
static bool stream_of(struct request *r, const struct store_app *app, const struct stream **out,
		      struct err *e)
{
	struct stream *s;

	if (!text_equal(app->ingress, STORE_INGRESS_STREAM))
		return true;
	s = arena_new(r->arena, struct stream);
	if (!store_stream_view(r->db, r->arena, app->id, r->now_ms, &s->seen, e))
		return false;
	s->state = stream_states[s->seen.connections > 0 ? 0 : 1];
	s->error = *s->seen.error == '\0' ? NULL : s->seen.error;
	*out = s;
	return true;
}

static bool use_of(struct request *r, const char *app, struct use *out, struct err *e)
{
	struct store_app_use use;

	if (!store_app_use(r->db, r->arena, app, &use, e))
		return false;
	*out = (struct use){.workflows = {(void *)use.workflows, use.workflow_count},
			    .source = use.source,
			    .requests = use.requests};
	return true;
}

const char *app_request_url(struct request *r, const char *id, const char *secret)
{
	return arena_printf(r->arena, "%s/callback/dingtalk/%s/%s", r->server->options.public_url,
			    id, secret);
}

static bool view(struct request *r, const struct store_app *app, struct view *out, struct err *e)
{
	*out = (struct view){.stored = *app,
			     .request_url = app_request_url(r, app->id, app->path_secret),
			     .redirect_url = arena_printf(r->arena, "%s/auth/dingtalk/%s/return",
							  r->server->options.public_url, app->id),
			     .alert = alert_of(r, app)};
	return stream_of(r, app, &out->stream, e) && use_of(r, app->id, &out->used_by, e);
}

static bool answer(struct request *r, const char *id, int status, struct err *e)
{
	struct store_app app;
	struct view v;

	if (!store_app_get(r->db, r->arena, id, &app, e) || !view(r, &app, &v, e))
		return false;
	r->status = status;
	request_etag(r, app.version);
	request_answer(r, &v);
	return true;
}

/* --- what is done to them --- */

static bool secrets_valid(const struct flow_app *app, struct err *e)
{
	return (app->client_secret == NULL ||
		dingtalk_client_secret_valid(app->client_secret, e)) &&
	       (app->aes_key == NULL || dingtalk_aes_key_valid(app->aes_key, e)) &&
	       (app->token == NULL || dingtalk_token_valid(app->token, e));
}

bool app_credentials_valid(const struct flow_app *in, struct err *e)
{
	return dingtalk_corp_id_valid(in->corp_id, e) &&
	       dingtalk_client_id_valid(in->client_id, e) && secrets_valid(in, e);
}

static bool app_create(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct flow_app app = {0};

	return request_read(r, &app, e) && app_credentials_valid(&app, e) &&
	       flow_app_add(&f, r->server->master_key, &app, e) && answer(r, app.id, 201, e);
}

static bool app_read(struct request *r, struct err *e)
{
	return answer(r, r->args[0], 200, e);
}

static bool app_change(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_app row;
	struct flow_app app = {.id = r->args[0], .row = &row};

	return request_read(r, &app, e) &&
	       (app.corp_id == NULL || dingtalk_corp_id_valid(app.corp_id, e)) &&
	       secrets_valid(&app, e) && store_app_get(r->db, r->arena, app.id, &row, e) &&
	       request_if_match(r, row.version, e) &&
	       flow_app_change(&f, r->server->master_key, &app, e) && answer(r, app.id, 200, e);
}

static bool app_remove(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_app row;

	r->status = 204;
	return store_app_get(r->db, r->arena, r->args[0], &row, e) &&
	       request_if_match(r, row.version, e) && flow_app_remove(&f, &row, e);
}

static bool app_list(struct request *r, struct err *e)
{
	struct store_page page;
	struct store_app *items;
	struct view *views;
	size_t count;

	if (!request_page(r, &page, e) ||
	    !store_app_list(r->db, r->arena, page.cursor, page.limit, &items, &count, e))
		return false;
	views = arena_array(r->arena, count, sizeof(*views));
	for (size_t i = 0; i < count; i++) {
		if (!view(r, &items[i], &views[i], e))
			return false;
	}
	request_list(r, views, count, sizeof(*views), &page);
	return true;
}

/* Nothing changes by it but what is read from DingTalk; who wanted it is on record. */
static bool record(struct request *r, const char *kind, const struct store_app *app, struct err *e)
{
	struct flow f = request_flow(r);

	return flow_event(
	    &f,
	    &(struct flow_event){.kind = kind,
				 .object = "app",
				 .object_id = app->id,
				 .text = arena_printf(r->arena, "DingTalk app %s", app->client_id)},
	    e);
}

struct swept {
	int64_t instances;
};

static const struct json_field swept_json[] = {{"instances", JSON_FIELD_I64,
						offsetof(struct swept, instances),
						.doc = "how many were not due anyway"},
					       {0}};

/* Open requests are looked at now, and so is the list of pushes that failed. */
static bool app_sweep(struct request *r, struct err *e)
{
	struct store_app app;
	struct swept swept;

	if (!store_app_get(r->db, r->arena, r->args[0], &app, e) ||
	    !store_check_hurry(r->db, app.id, r->now_ms, &swept.instances, e) ||
	    !store_check_missed_want(r->db, app.id, r->now_ms, e) ||
	    !record(r, "app-sweep-asked", &app, e))
		return false;
	r->status = 202;
	request_answer(r, &swept);
	return true;
}

#define NOUN .out = app_json, .noun = "DingTalkApp"

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/dingtalk-apps", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, app_create,
	   DOC("createDingTalkApp", "Enter a DingTalk app", NOUN, .in = app_credentials_json,
	       .text = "With `ingress` `push`, the default, `aes_key` and `token` must be there. "
		       "Secrets never come back.",
	       .status = 201, .etag = true,
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_GET, "/api/v1/dingtalk-apps",
     ROUTE(ROLES_ALL, ROUTE_READ, app_list,
	   DOC("listDingTalkApps", "DingTalk apps", NOUN, .list = true))},
    {HTTP_GET, "/api/v1/dingtalk-apps/{id}",
     ROUTE(ROLES_ALL, ROUTE_READ, app_read,
	   DOC("getDingTalkApp", "One DingTalk app", NOUN, .etag = true, .live = true))},
    {HTTP_PATCH, "/api/v1/dingtalk-apps/{id}", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, app_change,
	   DOC("changeDingTalkApp", "Change credentials or settings of a DingTalk app", NOUN,
	       .in = change_json,
	       .text = "Absent members stay as they are. What the old credentials held up is "
		       "tried again at once; the aes_key and token that DingTalk used last stay "
		       "good for an hour.",
	       .etag = true, .errors = ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_DELETE, "/api/v1/dingtalk-apps/{id}",
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, app_remove,
	   DOC("removeDingTalkApp", "Remove a DingTalk app that nothing uses",
	       .text = "Refused while a workflow or an identity source uses it, and when requests "
		       "were filed through it.",
	       .status = 204, .etag = true, .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/dingtalk-apps/{id}/sweep", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, app_sweep,
	   DOC("sweepDingTalkApp", "Look at the app's open requests in DingTalk now",
	       .text = "The pushes that DingTalk gave up on are fetched too.", .out = swept_json,
	       .noun = "Swept", .status = 202))},
};

const struct route_table app_routes = ROUTE_TABLE(routes);
