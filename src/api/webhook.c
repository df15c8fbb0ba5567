/* Outgoing webhooks and the log of what they sent. A secret is shown once. */
#include "flow/webhook.h"

#include <string.h>

#include "base/text.h"
#include "http/client.h"
#include "model/webhook.h"
#include "web/request.h"
#include "api/routes.h"
#include "web/server.h"
#include "store/setting.h"

#define MAX_BODY 16384
#define MAX_EVENTS 32

/* --- what goes in --- */

struct input {
	const char *name, *description, *url;
	struct json_list events;
	bool enabled;
};

#define INPUT(needed)                                                                           \
	{"name",   JSON_FIELD_TEXT,         offsetof(struct input, name), .required = (needed), \
	 .min = 1, .max = WEBHOOK_MAX_NAME, .example = "ticket system"},                        \
	    {"description", JSON_FIELD_TEXT, offsetof(struct input, description),               \
	     .max = WEBHOOK_MAX_TEXT, .example = "opens a ticket for every alarm"},             \
	    {"url",                                                                             \
	     JSON_FIELD_TEXT,                                                                   \
	     offsetof(struct input, url),                                                       \
	     .required = (needed),                                                              \
	     .min = 1,                                                                          \
	     .max = WEBHOOK_MAX_URL,                                                            \
	     .format = "uri",                                                                   \
	     .doc = "https; http only to a network that the setting webhook_networks allows",   \
	     .example = "https://hooks.example.com/holdfast"},                                  \
	    {"events",                                                                          \
	     JSON_FIELD_ARRAY,                                                                  \
	     offsetof(struct input, events),                                                    \
	     .required = (needed),                                                              \
	     .min = 1,                                                                          \
	     .max = MAX_EVENTS,                                                                 \
	     .words = webhook_types,                                                            \
	     .example = "request.decided",                                                      \
	     .doc = "* is all of them, later ones too"},                                        \
	{                                                                                       \
		"enabled", JSON_FIELD_BOOL, offsetof(struct input, enabled)                     \
	}

static const struct json_field create_json[] = {INPUT(true), {0}};
static const struct json_field change_json[] = {INPUT(false), {0}};

static bool networks_read(struct request *r, struct webhook_networks *out, struct err *e)
{
	const char *text;

	return store_setting_get(r->db, r->arena, SETTING_WEBHOOK_NETWORKS, &text, e) &&
	       webhook_networks_read(text, out, e);
}

/* A name is looked up when something is sent, and its addresses are judged then. */
static bool host_check(const struct webhook_networks *allowed, const struct http_url *url,
		       struct err *e)
{
	const char *host = text_equal(url->host, "localhost") ? "127.0.0.1" : url->host;
	bool tls = text_equal(url->scheme, "https");
	unsigned char address[ADDRESS_SIZE];

	if (address_read(host, address) ? webhook_may_reach(allowed, tls, address)
					: tls || allowed->count > 0)
		return true;
	if (!tls)
		return err_set(e, ERR_UNPROCESSABLE,
			       "url: must begin with https://; http:// is for networks inside that "
			       "the setting webhook_networks names");
	return err_set(e, ERR_UNPROCESSABLE,
		       "url: %s is not an address of the public internet; the setting "
		       "webhook_networks names the networks inside that may be reached",
		       url->host);
}

static bool url_check(struct request *r, const char *text, struct err *e)
{
	struct webhook_networks allowed;
	struct http_url url;

	if (!text_printable(text, false) || strchr(text, ' ') != NULL)
		return err_set(e, ERR_INVALID, "url: has characters that a URL cannot have");
	if (!http_url_read(r->arena, text, &url, e))
		return err_add(e, "url");
	return networks_read(r, &allowed, e) && host_check(&allowed, &url, e);
}

static bool input_check(struct request *r, const struct input *in, struct err *e)
{
	if (!text_printable(in->name, false) || !text_printable(in->description, true))
		return err_set(e, ERR_INVALID, "texts must not hold control characters");
	return url_check(r, in->url, e);
}

static struct flow_webhook entered(const struct input *in)
{
	return (struct flow_webhook){.name = in->name,
				     .description = in->description,
				     .url = in->url,
				     .events = in->events.items,
				     .event_count = in->events.count,
				     .enabled = in->enabled};
}

/* --- what comes out --- */

struct view {
	struct store_webhook stored;
	struct json_list events;
	const char *secret;
};

#define VIEW                                                                                    \
	{"id", JSON_FIELD_TEXT, offsetof(struct view, stored.id), .format = JSON_ID},           \
	    {"name", JSON_FIELD_TEXT, offsetof(struct view, stored.name),                       \
	     .example = "ticket system"},                                                       \
	    {"description", JSON_FIELD_TEXT, offsetof(struct view, stored.description),         \
	     .example = "opens a ticket for every alarm"},                                      \
	    {"url", JSON_FIELD_TEXT, offsetof(struct view, stored.url), .format = "uri",        \
	     .example = "https://hooks.example.com/holdfast"},                                  \
	    {"events", JSON_FIELD_ARRAY, offsetof(struct view, events), .words = webhook_types, \
	     .example = "request.decided"},                                                     \
	    {"enabled", JSON_FIELD_BOOL, offsetof(struct view, stored.enabled)},                \
	    {"disabled_because",                                                                \
	     JSON_FIELD_TEXT,                                                                   \
	     offsetof(struct view, stored.disabled),                                            \
	     .says = "error",                                                                   \
	     .doc = "why the server disabled it by itself, else empty",                         \
	     .example = "nothing has arrived for five days"},                                   \
	    {"failures", JSON_FIELD_I64, offsetof(struct view, stored.failures),                \
	     .doc = "tries in a row that did not arrive"},                                      \
	    {"failing_since_ms", JSON_FIELD_I64, offsetof(struct view, stored.failing_ms),      \
	     .nullable = true},                                                                 \
	    {"old_secret_until_ms", JSON_FIELD_I64, offsetof(struct view, stored.old_until_ms), \
	     .nullable = true, .doc = "until then the secret before signs too"},                \
	    {"created_ms", JSON_FIELD_I64, offsetof(struct view, stored.created_ms)},           \
	{                                                                                       \
		"updated_ms", JSON_FIELD_I64, offsetof(struct view, stored.updated_ms)          \
	}

static const struct json_field webhook_json[] = {VIEW, {0}};
static const struct json_field shown_json[] = {
    VIEW,
    {"secret", JSON_FIELD_TEXT, offsetof(struct view, secret),
     .doc = "for the receiver; shown only now",
     .example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="},
    {0}};

static struct view view(struct request *r, const struct store_webhook *w)
{
	return (struct view){.stored = *w, .events = request_split(r, w->events, " ")};
}

static bool answer(struct request *r, const char *id, const char *secret, struct err *e)
{
	struct store_webhook w;
	struct view out;

	if (!store_webhook_get(r->db, r->arena, id, &w, e))
		return false;
	out = view(r, &w);
	out.secret = secret;
	request_etag(r, w.updated_ms);
	request_answer(r, &out);
	return true;
}

/* --- the routes --- */

static bool webhook_create(struct request *r, struct err *e)
{
	struct input in = {.description = "", .enabled = true};
	struct flow f = request_flow(r);
	struct store_webhook w;
	struct flow_webhook new;
	const char *secret;

	if (!request_read(r, &in, e) || !input_check(r, &in, e))
		return false;
	new = entered(&in);
	return flow_webhook_add(&f, r->server->master_key, &new, &w, &secret, e) &&
	       answer(r, w.id, secret, e);
}

static bool webhook_list(struct request *r, struct err *e)
{
	struct store_page page;
	struct store_webhook *all;
	struct view *out;
	size_t count, n = 0;

	if (!request_page(r, &page, e) || !store_webhook_list(r->db, r->arena, &all, &count, e))
		return false;
	out = arena_array(r->arena, count, sizeof(*out));
	for (size_t i = 0; i < count && (int64_t)n < page.limit; i++) {
		if (strcmp(all[i].id, page.cursor) > 0)
			out[n++] = view(r, &all[i]);
	}
	request_list(r, out, n, sizeof(*out), &page);
	return true;
}

static bool webhook_get(struct request *r, struct err *e)
{
	return answer(r, r->args[0], NULL, e);
}

static bool webhook_change(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_webhook w;
	struct flow_webhook to;
	struct input in;

	if (!store_webhook_get(r->db, r->arena, r->args[0], &w, e) ||
	    !request_if_match(r, w.updated_ms, e))
		return false;
	in = (struct input){.name = w.name,
			    .description = w.description,
			    .url = w.url,
			    .events = request_split(r, w.events, " "),
			    .enabled = w.enabled};
	if (!request_read(r, &in, e) || !input_check(r, &in, e))
		return false;
	to = entered(&in);
	return flow_webhook_change(&f, &w, &to, e) && answer(r, w.id, NULL, e);
}

static bool webhook_remove(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_webhook w;

	return store_webhook_get(r->db, r->arena, r->args[0], &w, e) &&
	       request_if_match(r, w.updated_ms, e) && flow_webhook_remove(&f, w.id, e);
}

static bool webhook_rotate(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	const char *secret;

	return flow_webhook_rotate(&f, r->server->master_key, r->args[0], &secret, e) &&
	       answer(r, r->args[0], secret, e);
}

/* --- deliveries --- */

static const char *const states[] = {
    "waiting",
    "failed",
    "delivered",
    NULL,
};

struct delivery_view {
	struct store_webhook_delivery stored;
	const char *state;
	int64_t next_ms;
};

static const struct json_field delivery_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct delivery_view, stored.id), .format = JSON_ID,
     .doc = "the header webhook-id of every try"},
    {"type", JSON_FIELD_TEXT, offsetof(struct delivery_view, stored.type),
     .example = "request.decided"},
    {"state", JSON_FIELD_TEXT, offsetof(struct delivery_view, state), .words = states},
    {"attempts", JSON_FIELD_I64, offsetof(struct delivery_view, stored.attempts)},
    {"status", JSON_FIELD_I64, offsetof(struct delivery_view, stored.status), .nullable = true,
     .doc = "what the receiver answered to the last try; null: nothing", .example = "200"},
    {"error", JSON_FIELD_TEXT, offsetof(struct delivery_view, stored.error), .says = "error",
     .doc = "of the last try; empty when it went well", .example = "answered 503"},
    {"tried_ms", JSON_FIELD_I64, offsetof(struct delivery_view, stored.tried_ms), .nullable = true},
    {"next_ms", JSON_FIELD_I64, offsetof(struct delivery_view, next_ms), .nullable = true,
     .doc = "when it is tried again"},
    {"created_ms", JSON_FIELD_I64, offsetof(struct delivery_view, stored.created_ms)},
    {"done_ms", JSON_FIELD_I64, offsetof(struct delivery_view, stored.done_ms), .nullable = true},
    {"payload", JSON_FIELD_RAW, offsetof(struct delivery_view, stored.payload),
     .doc = "the body that is sent"},
    {0}};

static const char *state_of(const struct store_webhook_delivery *d)
{
	if (d->done_ms == 0)
		return states[0];
	return d->given_up ? states[1] : states[2];
}

struct delivery_query {
	const char *state;
};

static const struct json_field delivery_query[] = {
    {"state", JSON_FIELD_TEXT, offsetof(struct delivery_query, state), .words = states}, {0}};

static enum store_outbox_state state_from(const char *name)
{
	static const enum store_outbox_state found[] = {OUTBOX_WAITING, OUTBOX_DEAD, OUTBOX_DONE};

	for (size_t i = 0; i < ARRAY_SIZE(found); i++) {
		if (text_equal(states[i], name))
			return found[i];
	}
	return OUTBOX_ANY;
}

static struct delivery_view delivery_view(const struct store_webhook_delivery *d)
{
	return (struct delivery_view){
	    .stored = *d, .state = state_of(d), .next_ms = d->done_ms == 0 ? d->due_ms : 0};
}

static bool delivery_list(struct request *r, struct err *e)
{
	struct store_webhook_filter filter = {.webhook = r->args[0]};
	struct store_webhook_delivery *rows;
	struct delivery_query query = {0};
	struct store_webhook w;
	struct store_page page;
	struct delivery_view *out;
	size_t count;

	if (!request_page(r, &page, e) || !request_query(r, &query, e) ||
	    !store_webhook_get(r->db, r->arena, r->args[0], &w, e))
		return false;
	filter.state = state_from(query.state);
	filter.before = page.cursor;
	filter.max = page.limit;
	if (!store_webhook_deliveries(r->db, r->arena, &filter, &rows, &count, e))
		return false;
	out = arena_array(r->arena, count, sizeof(*out));
	for (size_t i = 0; i < count; i++)
		out[i] = delivery_view(&rows[i]);
	request_list(r, out, count, sizeof(*out), &page);
	return true;
}

static bool answer_delivery(struct request *r, const char *id, struct err *e)
{
	struct store_webhook_delivery d;
	struct delivery_view out;

	if (!store_webhook_delivery_get(r->db, r->arena, id, &d, e))
		return false;
	out = delivery_view(&d);
	request_answer(r, &out);
	return true;
}

static bool webhook_test(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	const char *delivery;

	return flow_webhook_test(&f, r->args[0], &delivery, e) && answer_delivery(r, delivery, e);
}

struct replay {
	const char *delivery;
	int64_t since_ms, count;
};

static const struct json_field replay_json[] = {
    {"delivery", JSON_FIELD_TEXT, offsetof(struct replay, delivery), .format = JSON_ID,
     .doc = "this one, however it ended"},
    {"since_ms", JSON_FIELD_I64, offsetof(struct replay, since_ms), .max = INT64_MAX,
     .doc = "all that failed for good and are at most so old; without both: all of them"},
    {0}};
static const struct json_field replayed_json[] = {{"count", JSON_FIELD_I64,
						   offsetof(struct replay, count),
						   .doc = "deliveries that are sent again"},
						  {0}};

static bool webhook_replay(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct replay in = {0};

	if (!request_read(r, &in, e) ||
	    !flow_webhook_replay(&f, r->args[0], in.delivery, in.since_ms, &in.count, e))
		return false;
	request_answer(r, &in);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/webhooks", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, webhook_create,
	   DOC("createWebhook", "Make a webhook; the answer has its secret, once",
	       .text = "Deliveries follow the Standard Webhooks specification 1.0.0: a POST with "
		       "the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`, and "
		       "the body `{type, timestamp, data}`. What is not answered with 2xx within "
		       "ten seconds is sent again, under the same id, for three days.",
	       .in = create_json, .out = shown_json, .noun = "WebhookWithSecret", .etag = true,
	       .status = 201, .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_GET, "/api/v1/webhooks",
     ROUTE(ROLES_CHANGE, ROUTE_READ, webhook_list,
	   DOC("listWebhooks", "Webhooks, the oldest first", .out = webhook_json, .noun = "Webhook",
	       .list = true))},
    {HTTP_GET, "/api/v1/webhooks/{id}",
     ROUTE(ROLES_CHANGE, ROUTE_READ, webhook_get,
	   DOC("getWebhook", "One webhook", .out = webhook_json, .noun = "Webhook", .etag = true))},
    {HTTP_PATCH, "/api/v1/webhooks/{id}", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, webhook_change,
	   DOC("changeWebhook", "Change what the body names; enabling forgets failures",
	       .in = change_json, .out = webhook_json, .noun = "Webhook", .etag = true,
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_DELETE, "/api/v1/webhooks/{id}",
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, webhook_remove,
	   DOC("removeWebhook", "Remove a webhook with its deliveries", .status = 204,
	       .etag = true))},
    {HTTP_POST, "/api/v1/webhooks/{id}/rotate", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, webhook_rotate,
	   DOC("rotateWebhookSecret", "Make a new secret; for a day both sign", .out = shown_json,
	       .noun = "WebhookWithSecret", .etag = true))},
    {HTTP_POST, "/api/v1/webhooks/{id}/test", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, webhook_test,
	   DOC("testWebhook", "Send a webhook.test, once and at once", .out = delivery_json,
	       .noun = "WebhookDelivery", .status = 202, .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_GET, "/api/v1/webhooks/{id}/deliveries",
     ROUTE(ROLES_CHANGE, ROUTE_READ, delivery_list,
	   DOC("listWebhookDeliveries", "What was sent in the last 30 days, the newest first",
	       .query = delivery_query, .out = delivery_json, .noun = "WebhookDelivery",
	       .list = true))},
    {HTTP_POST, "/api/v1/webhooks/{id}/replay", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, webhook_replay,
	   DOC("replayWebhook", "Send deliveries again, under the ids they had", .in = replay_json,
	       .out = replayed_json, .noun = "WebhookReplay", .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table webhook_routes = ROUTE_TABLE(routes);
