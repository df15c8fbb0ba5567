/* The Request URL: events that DingTalk pushes. Stored and committed, then acknowledged; what they
 * cause comes after. Whatever is wrong with a push, the answer is the same plain line. */
#include "base/failpoint.h"
#include "crypto/crypto.h"
#include "base/log.h"
#include "dingtalk/callback.h"
#include "flow/app.h"
#include "flow/inbox.h"
#include "server/request.h"
#include "server/route.h"
#include "server/server.h"

static bool store(struct request *r, const char *app, const struct dingtalk_callback *callback,
		  struct err *e)
{
	const struct dingtalk_event *event = &callback->event;
	struct flow f = {.db = r->db, .arena = r->arena, .now_ms = r->now_ms};
	bool added;

	return flow_inbox_store(
	    &f,
	    &(struct store_inbox){.app = app,
				  .dedupe = event->key,
				  .event = event->name,
				  .external_id = event->instance_id,
				  .change = event->type,
				  .originator =
				      event->kind == DINGTALK_EVENT_INSTANCE ? event->userid : "",
				  .body = callback->text},
	    &added, e);
}

static bool open_push(struct request *r, const struct dingtalk_keys *keys,
		      struct dingtalk_callback *out, struct err *e)
{
	struct dingtalk_push push = {.msg_signature = http_query(r->http, "msg_signature"),
				     .signature = http_query(r->http, "signature"),
				     .timestamp = http_query(r->http, "timestamp"),
				     .nonce = http_query(r->http, "nonce"),
				     .body = r->http->body,
				     .body_len = r->http->body_len};

	if (dingtalk_callback_open(keys, &push, r->arena, out, e))
		return true;
	log_line(LOG_LEVEL_WARN, "%s a push for DingTalk app %s was refused: %s", r->id, r->args[0],
		 dingtalk_fault_name(out->fault));
	return err_set(e, ERR_FORBIDDEN, "This is not a push of DingTalk for this address.");
}

static bool acknowledge(struct request *r, const struct flow_app *app, struct err *e)
{
	struct dingtalk_keys keys = {.token = app->token,
				     .aes_key = app->aes_key,
				     .client_id = app->client_id,
				     .corp_id = app->corp_id};
	struct dingtalk_callback callback = {0};
	const char *body;

	if (!open_push(r, &keys, &callback, e))
		return false;
	failpoint("callback-opened");
	if (callback.event.kind != DINGTALK_EVENT_CHECK_URL && !store(r, app->id, &callback, e))
		return false;
	failpoint("callback-stored");
	if (!dingtalk_callback_reply(&keys, callback.owner, r->arena, &body, e))
		return false;
	buf_text(&r->body, body);
	return true;
}

static bool callback_push(struct request *r, struct err *e)
{
	AUTO(flow_app_wipe) struct flow_app app = {0};

	if (!flow_app_open(r->db, r->arena, r->server->master_key, r->args[0], &app, e)) {
		if (e->code == ERR_NOT_FOUND)
			return err_set(e, ERR_NOT_FOUND, "There is nothing here.");
		return false;
	}
	if (!crypto_equal_text(app.path_secret, r->args[1]))
		return err_set(e, ERR_NOT_FOUND, "There is nothing here.");
	return acknowledge(r, &app, e);
}

/* A unit of work, not work of the pool: a sign-in that waits for DingTalk must not hold up a push, which
 * has 2.5 seconds. Opening one costs the committer a few microseconds. */
static const struct http_route routes[] = {
    {HTTP_POST, "/callback/dingtalk/{app}/{secret}", DINGTALK_CALLBACK_MAX_BODY,
     ROUTE(ACCESS_PUBLIC, ROUTE_WRITE, callback_push, ERRORS_PLAIN)},
};

const struct route_table callback_routes = ROUTE_TABLE(routes);
