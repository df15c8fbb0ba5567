/* The Request URL: events that DingTalk pushes. Stored and committed, then acknowledged; what they
 * cause comes after. Whatever is wrong with a push, the answer is the same plain line. */
#include "base/failpoint.h"
#include "crypto/crypto.h"
#include "base/log.h"
#include "dingtalk/callback.h"
#include "flow/app.h"
#include "flow/inbox.h"
#include "flow/request_url.h"
#include "web/request.h"
#include "server/routes.h"
#include "web/server.h"
#include "store/app.h"
#include "store/note.h"

static bool store(struct request *r, const char *app, const struct dingtalk_callback *callback,
		  struct err *e)
{
	const struct dingtalk_event *event = &callback->event;
	struct flow f = request_flow(r);
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
				  .subjects = dingtalk_event_subjects(r->arena, event),
				  .process_code = event->process_code,
				  .happened_ms = dingtalk_event_happened_ms(event),
				  .body = callback->text},
	    &added, e);
}

/* Whatever is wrong, nobody outside learns which part it was. As an answer, not as an error: what was
 * counted is kept. */
static bool refuse(struct request *r, const char *why, const char *count)
{
	log_line(LOG_LEVEL_WARN, "%s a push for DingTalk app %s was refused: %s", r->id, r->args[0],
		 why);
	db_note(r->db, NOTE_COUNT, count);
	r->status = 403;
	r->type = "text/plain; charset=utf-8";
	buf_text(&r->body, "This is not a push of DingTalk for this address.\n");
	return true;
}

/* Nothing to store. */
static bool is_question(const struct dingtalk_callback *callback)
{
	return callback->event.kind == DINGTALK_EVENT_CHECK_URL ||
	       callback->event.kind == DINGTALK_EVENT_OWN_CHECK;
}

static bool acknowledge(struct request *r, const struct flow_app *app,
			const struct dingtalk_keys *keys, const struct dingtalk_callback *callback,
			struct err *e)
{
	const char *body;

	failpoint("callback-opened");
	/* With the pair before it says nothing of the present one. */
	if (callback->event.kind == DINGTALK_EVENT_CHECK_URL && keys->token == app->token &&
	    !store_app_url_checked(r->db, app->id, r->now_ms, e))
		return false;
	if (!is_question(callback) && !store(r, app->id, callback, e))
		return false;
	failpoint("callback-stored");
	if (!dingtalk_callback_reply(keys, callback->owner, r->arena, &body, e))
		return false;
	buf_text(&r->body, body);
	return true;
}

/* Signed by somebody who does not have these keys, or encrypted with another. */
static bool other_keys(enum dingtalk_fault fault)
{
	return fault == DINGTALK_FAULT_SIGNATURE || fault == DINGTALK_FAULT_CIPHER;
}

/* With the present pair of keys, else with the one before; *keys is the pair that did it. */
static enum flow_push open_push(struct request *r, const struct flow_app *app,
				struct dingtalk_keys *keys, struct dingtalk_callback *out)
{
	const struct dingtalk_push push = {.msg_signature = http_query(r->http, "msg_signature"),
					   .signature = http_query(r->http, "signature"),
					   .timestamp = http_query(r->http, "timestamp"),
					   .nonce = http_query(r->http, "nonce"),
					   .body = r->http->body,
					   .body_len = r->http->body_len};
	struct err e;

	*keys = (struct dingtalk_keys){.token = app->token,
				       .aes_key = app->aes_key,
				       .client_id = app->client_id,
				       .corp_id = app->corp_id};
	if (dingtalk_callback_open(keys, &push, r->arena, out, &e) || !other_keys(out->fault))
		return FLOW_PUSH_PRESENT;
	if (app->old_token == NULL || app->row->old_until_ms <= r->now_ms)
		return FLOW_PUSH_BAD;
	keys->token = app->old_token;
	keys->aes_key = app->old_aes_key;
	return dingtalk_callback_open(keys, &push, r->arena, out, &e) || !other_keys(out->fault)
		   ? FLOW_PUSH_OLD
		   : FLOW_PUSH_BAD;
}

static bool take(struct request *r, const struct flow_app *app, struct err *e)
{
	struct flow f = request_flow(r);
	struct dingtalk_callback callback = {0};
	struct dingtalk_keys keys;
	enum flow_push how = open_push(r, app, &keys, &callback);
	bool good = callback.fault == DINGTALK_FAULT_NONE;
	bool own = good && callback.event.kind == DINGTALK_EVENT_OWN_CHECK;

	/* Neither a malformed one nor our own question says what keys DingTalk has. */
	if (((good && !own) || how == FLOW_PUSH_BAD) && !flow_app_pushed(&f, app, how, e))
		return false;
	return good ? acknowledge(r, app, &keys, &callback, e)
		    : refuse(r, dingtalk_fault_name(callback.fault),
			     other_keys(callback.fault) ? COUNT_CALLBACK_UNSIGNED
							: COUNT_CALLBACK_REFUSED);
}

static bool callback_push(struct request *r, struct err *e)
{
	AUTO(flow_app_wipe) struct flow_app app = {0};
	struct flow f = request_flow(r);
	const char *id;
	bool alias;

	if (!flow_request_url_route(&f, r->args[0], r->args[1], &id, &alias, e) ||
	    !flow_app_open(r->db, r->arena, r->server->master_key, id, &app, e))
		return e->code == ERR_NOT_FOUND &&
		       refuse(r, "no such address", COUNT_CALLBACK_REFUSED);
	if (!alias && !crypto_equal_text(app.path_secret, r->args[1]))
		return refuse(r, "wrong address", COUNT_CALLBACK_REFUSED);
	if (app.aes_key == NULL)
		return refuse(r, "the app has no aes_key and token", COUNT_CALLBACK_REFUSED);
	return take(r, &app, e);
}

/* A unit of work, not work of the pool: a sign-in that waits for DingTalk must not hold up a push, which
 * has 2.5 seconds, and neither must a crowd of other writes. Opening one costs the committer a few microseconds. */
static const struct http_route routes[] = {
    {HTTP_POST, "/callback/dingtalk/{app}/{secret}", DINGTALK_CALLBACK_MAX_BODY,
     ROUTE(ACCESS_PUBLIC, ROUTE_URGENT, callback_push, ERRORS_PLAIN)},
};

const struct route_table callback_routes = ROUTE_TABLE(routes);
