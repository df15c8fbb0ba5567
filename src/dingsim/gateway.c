/* The Stream gateway's calls, and dingsim's own about its connections. */
#include <string.h>

#include "base/text.h"
#include "dingsim/routes.h"
#include "dingsim/stream.h"
#include "dingsim/token.h"

#define SUBSCRIPTIONS_MAX 100
#define TOPIC_MAX 200
#define UA_MAX 200

/* EVENT has the topic "*" alone: which events is chosen in the console. Go's SDK names the SYSTEM
 * topics too. */
static bool subscription_fits(const struct json *item)
{
	const char *type = json_text(item, "type"), *topic = json_text(item, "topic");

	if (!type || !topic || !*topic || text_length(topic) > TOPIC_MAX)
		return false;
	if (text_equal(type, "EVENT"))
		return text_equal(topic, "*");
	return text_equal(type, "CALLBACK") || text_equal(type, "SYSTEM");
}

/* The CALLBACK topics as a JSON array. */
static bool read_topics(struct call *c, const char **out, struct err *e)
{
	const struct json *list = json_get(c->in, "subscriptions"), *item;
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};

	if (!list || list->type != JSON_ARRAY || !list->count || list->count > SUBSCRIPTIONS_MAX)
		return call_fault(c, e, "invalidParameter", "subscriptions: 需要1到%d项",
				  SUBSCRIPTIONS_MAX);
	json_array(&w, NULL);
	for (item = list->first; item; item = item->next) {
		if (!subscription_fits(item))
			return call_fault(c, e, "invalidParameter",
					  "subscriptions: type或topic不正确");
		if (text_equal(json_text(item, "type"), "CALLBACK"))
			json_put_text(&w, NULL, json_text(item, "topic"));
	}
	json_array_end(&w);
	*out = arena_dup(c->store.arena, text.data);
	return true;
}

bool gateway_open(struct call *c, struct err *e)
{
	const char *host = http_header(c->r, "Host");
	const char *ua = json_text(c->in, "ua");
	struct ticket like = {0};
	const char *topics = "[]";
	struct app *app;

	if (!token_client(c, json_text(c->in, "clientId"), json_text(c->in, "clientSecret"), &app,
			  e))
		return e->code == ERR_UNAUTHENTICATED ? call_fault(c, e, "authFailed", NULL)
						      : false;
	if (!read_topics(c, &topics, e))
		return false;
	like.client_id = arena_dup(c->store.arena, app->client_id);
	like.ua = arena_dup(c->store.arena, ua ? ua : "");
	text_cut(like.ua, UA_MAX);
	like.topics = arena_dup(c->store.arena, topics);
	json_put_text(&c->w, "endpoint",
		      arena_printf(c->store.arena, "ws%s://%s/connect",
				   c->sim->options.tls_cert ? "s" : "", host ? host : "127.0.0.1"));
	json_put_text(&c->w, "ticket",
		      ticket_issue(stream_tickets(c->sim->hub), &like, c->now_ms)->id);
	return true;
}

bool gateway_connect(struct call *c, struct err *e)
{
	const char *id = http_query(c->r, "ticket");
	struct ticket *ticket = NULL;

	if (id)
		ticket = ticket_redeem(stream_tickets(c->sim->hub), id, c->now_ms);
	if (!ticket)
		return call_fault(c, e, "authFailed", "ticket不存在、已使用或已过期");
	if (stream_link(c->sim->hub, c->r, ticket, e)) {
		c->parked = true;
		return true;
	}
	ticket_free(ticket);
	if (e->code == ERR_UNSUPPORTED)
		return call_fault(c, e, "upgradeRequired", NULL);
	return call_fault(c, e, "invalidParameter", "%s", e->text);
}

bool gateway_list(struct call *c, struct err *e)
{
	(void)e;
	json_array(&c->w, "items");
	stream_list(c->sim->hub, &c->w);
	json_array_end(&c->w);
	return true;
}

static const char *const acts[] = {"ping", "disconnect", "close", NULL};

static const struct json_field act_fields[] = {
    {.name = "action", .kind = JSON_FIELD_TEXT, .required = true, .max = 10, .words = acts}, {0}};

bool gateway_act(struct call *c, struct err *e)
{
	const char *action = NULL;
	int i = STREAM_PING;

	if (!c->in)
		return err_set(e, ERR_INVALID, "a JSON object is missing");
	if (!json_read(c->store.arena, c->in, act_fields, &action, e))
		return false;
	while (!text_equal(acts[i], action))
		i++;
	return stream_act(c->sim->hub, c->r->args[0], (enum stream_act)i, e);
}

struct callback {
	const char *topic, *data;
};

static const struct json_field callback_fields[] = {{.name = "topic",
						     .kind = JSON_FIELD_TEXT,
						     .offset = offsetof(struct callback, topic),
						     .required = true,
						     .min = 1,
						     .max = TOPIC_MAX},
						    {.name = "data",
						     .kind = JSON_FIELD_TEXT,
						     .offset = offsetof(struct callback, data),
						     .required = true,
						     .max = 64 * 1024},
						    {0}};

bool gateway_callback(struct call *c, struct err *e)
{
	struct callback in = {0};
	struct app *app;

	if (!c->in)
		return err_set(e, ERR_INVALID, "a JSON object is missing");
	return json_read(c->store.arena, c->in, callback_fields, &in, e) &&
	       store_app(&c->store, c->r->args[0], &app, e) &&
	       stream_callback(c->sim->hub, &c->store,
			       &(struct stream_callback){app->client_id, in.topic, in.data}, e);
}
