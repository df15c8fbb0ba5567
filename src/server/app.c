/* DingTalk apps. Secrets go in and never come out. */
#include "base/text.h"
#include "dingtalk/credentials.h"
#include "flow/app.h"
#include "server/request.h"
#include "server/route.h"
#include "server/server.h"
#include "store/app.h"
#include "store/check.h"
#include "store/note.h"
#include "store/stream.h"

#define MAX_BODY 16384

static const char *const channels[] = {NOTICE_WORK, NOTICE_ROBOT, NULL};

static const char *const ingresses[] = {STORE_INGRESS_PUSH, STORE_INGRESS_STREAM, NULL};

static const struct json_field create_fields[] = {
    {"corp_id", JSON_FIELD_TEXT, offsetof(struct flow_app, corp_id), .required = true},
    {"client_id", JSON_FIELD_TEXT, offsetof(struct flow_app, client_id), .required = true},
    {"client_secret", JSON_FIELD_TEXT, offsetof(struct flow_app, client_secret), .required = true},
    {"aes_key", JSON_FIELD_TEXT, offsetof(struct flow_app, aes_key)},
    {"token", JSON_FIELD_TEXT, offsetof(struct flow_app, token)},
    {"agent_id", JSON_FIELD_I64, offsetof(struct flow_app, agent_id), .min = 1, .max = INT64_MAX},
    {"notice_channel", JSON_FIELD_TEXT, offsetof(struct flow_app, notice_channel),
     .words = channels},
    {"ingress", JSON_FIELD_TEXT, offsetof(struct flow_app, ingress), .words = ingresses},
    {"request_url", JSON_FIELD_TEXT, offsetof(struct flow_app, request_url)},
    {0}};

static const struct json_field change_fields[] = {
    {"client_secret", JSON_FIELD_TEXT, offsetof(struct flow_app, client_secret)},
    {"aes_key", JSON_FIELD_TEXT, offsetof(struct flow_app, aes_key)},
    {"token", JSON_FIELD_TEXT, offsetof(struct flow_app, token)},
    {"agent_id", JSON_FIELD_I64, offsetof(struct flow_app, agent_id), .min = 1, .max = INT64_MAX},
    {"notice_channel", JSON_FIELD_TEXT, offsetof(struct flow_app, notice_channel),
     .words = channels},
    {"ingress", JSON_FIELD_TEXT, offsetof(struct flow_app, ingress), .words = ingresses},
    {0}};

static void put_time(struct json_writer *w, const char *key, int64_t ms)
{
	if (ms == 0)
		json_put_null(w, key);
	else
		json_put_i64(w, key, ms);
}

/* What an administrator has to mend, and how. */
static void put_alert(struct json_writer *w, const struct store_app *app)
{
	static const char *const steps[] = {
	    "In DingTalk's developer console open this app, then its event subscription.",
	    "Copy the aes_key and the token that stand there; do not reset them again.",
	    "Enter both here, then save the event subscription in DingTalk once more.",
	};

	if (*app->alert == '\0') {
		json_put_null(w, "alert");
		return;
	}
	json_object(w, "alert");
	json_put_text(w, "code", app->alert);
	json_put_text(w, "text", "aes_key or token was probably reset in DingTalk");
	json_array(w, "steps");
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		json_put_text(w, NULL, steps[i]);
	json_array_end(w);
	json_put_i64(w, "since_ms", app->alert_ms);
	json_object_end(w);
}

/* Null in push mode. */
static bool put_stream(struct request *r, const struct store_app *app, struct err *e)
{
	struct json_writer *w = &r->json;
	struct store_stream_view view;

	if (!text_equal(app->ingress, STORE_INGRESS_STREAM)) {
		json_put_null(w, "stream");
		return true;
	}
	if (!store_stream_view(r->db, r->arena, app->id, r->now_ms, &view, e))
		return false;
	json_object(w, "stream");
	json_put_text(w, "state", view.connections > 0 ? "connected" : "connecting");
	json_put_i64(w, "connections", view.connections);
	put_time(w, "connected_ms", view.connected_ms);
	put_time(w, "last_frame_ms", view.frame_ms);
	json_put_text(w, "error", *view.error == '\0' ? NULL : view.error);
	json_object_end(w);
	return true;
}

static bool put_app(struct request *r, const struct store_app *app, struct err *e)
{
	const char *at = r->server->options.public_url;
	struct json_writer *w = &r->json;

	json_object(w, NULL);
	json_put_text(w, "id", app->id);
	json_put_text(w, "corp_id", app->corp_id);
	json_put_text(w, "client_id", app->client_id);
	put_time(w, "agent_id", app->agent_id);
	json_put_text(w, "notice_channel", app->notice_channel);
	json_put_text(w, "ingress", app->ingress);
	put_alert(w, app);
	if (!put_stream(r, app, e))
		return false;
	put_time(w, "old_keys_until_ms", app->old_until_ms);
	json_put_text(
	    w, "request_url",
	    arena_printf(r->arena, "%s/callback/dingtalk/%s/%s", at, app->id, app->path_secret));
	json_put_text(w, "redirect_url",
		      arena_printf(r->arena, "%s/auth/dingtalk/%s/return", at, app->id));
	json_object(w, "sync");
	json_put_text(w, "state", app->sync_state);
	json_put_text(w, "error", *app->sync_error == '\0' ? NULL : app->sync_error);
	put_time(w, "started_ms", app->sync_started_ms);
	put_time(w, "ended_ms", app->sync_ended_ms);
	json_put_i64(w, "people", app->sync_people);
	json_put_i64(w, "departments", app->sync_departments);
	json_object_end(w);
	put_time(w, "last_event_ms", app->last_event_ms);
	json_put_i64(w, "created_ms", app->created_ms);
	json_object_end(w);
	return true;
}

static bool answer(struct request *r, const char *id, int status, struct err *e)
{
	struct store_app app;

	if (!store_app_get(r->db, r->arena, id, &app, e))
		return false;
	r->status = status;
	return put_app(r, &app, e);
}

static bool secrets_valid(const struct flow_app *app, struct err *e)
{
	return (app->client_secret == NULL ||
		dingtalk_client_secret_valid(app->client_secret, e)) &&
	       (app->aes_key == NULL || dingtalk_aes_key_valid(app->aes_key, e)) &&
	       (app->token == NULL || dingtalk_token_valid(app->token, e));
}

static bool app_create(struct request *r, struct err *e)
{
	struct flow f = {.db = r->db, .arena = r->arena, .now_ms = r->now_ms};
	struct flow_app app = {0};

	return request_json(r, create_fields, &app, e) && dingtalk_corp_id_valid(app.corp_id, e) &&
	       dingtalk_client_id_valid(app.client_id, e) && secrets_valid(&app, e) &&
	       flow_app_add(&f, r->server->master_key, &app, e) && answer(r, app.id, 201, e);
}

static bool app_read(struct request *r, struct err *e)
{
	return answer(r, r->args[0], 200, e);
}

static bool app_change(struct request *r, struct err *e)
{
	struct flow f = {.db = r->db, .arena = r->arena, .now_ms = r->now_ms};
	struct flow_app app = {.id = r->args[0]};

	return request_json(r, change_fields, &app, e) && secrets_valid(&app, e) &&
	       flow_app_change(&f, r->server->master_key, &app, e) && answer(r, app.id, 200, e);
}

static bool app_list(struct request *r, struct err *e)
{
	struct store_page page;
	struct store_app *items;
	size_t count;

	if (!request_page(r, &page, e) ||
	    !store_app_list(r->db, r->arena, page.cursor, page.limit, &items, &count, e))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "items");
	for (size_t i = 0; i < count; i++) {
		if (!put_app(r, &items[i], e))
			return false;
	}
	json_array_end(&r->json);
	json_put_text(&r->json, "next", (int64_t)count == page.limit ? items[count - 1].id : NULL);
	json_object_end(&r->json);
	return true;
}

static bool app_sync(struct request *r, struct err *e)
{
	struct store_app app;

	if (!store_app_get(r->db, r->arena, r->args[0], &app, e) ||
	    !store_app_sync_want(r->db, app.id, e))
		return false;
	db_note(r->db, NOTE_SYNC, app.id);
	return answer(r, app.id, 202, e);
}

/* Open requests are looked at now, and so is the list of pushes that failed. */
static bool app_sweep(struct request *r, struct err *e)
{
	struct store_app app;
	int64_t count;

	if (!store_app_get(r->db, r->arena, r->args[0], &app, e) ||
	    !store_check_hurry(r->db, app.id, r->now_ms, &count, e) ||
	    !store_check_missed_want(r->db, app.id, r->now_ms, e))
		return false;
	r->status = 202;
	json_object(&r->json, NULL);
	json_put_i64(&r->json, "instances", count);
	json_object_end(&r->json);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/dingtalk-apps", MAX_BODY, ROUTE(ROLES_CHANGE, ROUTE_WRITE, app_create)},
    {HTTP_GET, "/api/v1/dingtalk-apps", ROUTE(ROLES_ALL, ROUTE_READ, app_list)},
    {HTTP_GET, "/api/v1/dingtalk-apps/{id}", ROUTE(ROLES_ALL, ROUTE_READ, app_read)},
    {HTTP_PATCH, "/api/v1/dingtalk-apps/{id}", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, app_change)},
    {HTTP_POST, "/api/v1/dingtalk-apps/{id}/sync", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, app_sync)},
    {HTTP_POST, "/api/v1/dingtalk-apps/{id}/sweep", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, app_sweep)},
};

const struct route_table app_routes = ROUTE_TABLE(routes);
