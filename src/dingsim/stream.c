#include "dingsim/stream.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "dingsim/event.h"
#include "dingsim/format.h"
#include "dingsim/inject.h"
#include "http/websocket.h"

#define OPAQUE_SIZE 17
#define EVENT_ID_SIZE 33
#define MESSAGE_ID_SIZE 96
#define ROUND_MAX 200 /* events sent in one turn of the loop */
#define POLL_MS 1000  /* while an event waits for a connection */
#define ACK_KEPT 1000 /* characters of an acknowledgement that the log keeps */
#define UNIFIED_SIZE ID_SIZE

struct link {
	struct link *next;
	struct hub *hub;
	struct websocket *ws;
	struct ticket *ticket; /* what it was opened with */
	char id[ID_SIZE];
	int64_t since_ms;
	bool leaving;
	int64_t due_ms; /* of the next ping, then of the end, by dingsim's clock */
	struct loop_timer *timer;
	/* How long it keeps silent after a ping is the machine's time: a clock that is moved must
	 * not make a living client look dead. */
	struct loop_timer *silence;
	char opaque[OPAQUE_SIZE]; /* of the ping that waits for its answer, "" when none does */
	int64_t pings, pongs;
};

struct hub {
	struct sim *sim;
	struct link *links; /* who received last is last */
	size_t count;
	struct tickets tickets;
	struct loop_timer *timer;
};

static void send_due(void *arg);

struct hub *stream_start(struct sim *sim)
{
	struct hub *hub = mem_new(struct hub);

	hub->sim = sim;
	hub->timer = loop_timer_new(sim->loop, send_due, hub);
	return hub;
}

void stream_stop(struct hub *hub)
{
	if (!hub)
		return;
	tickets_done(&hub->tickets);
	loop_timer_free(hub->timer);
	mem_free(hub);
}

void stream_wake(struct hub *hub)
{
	loop_timer_start(hub->timer, 0, 0);
}

struct tickets *stream_tickets(struct hub *hub)
{
	return &hub->tickets;
}

static void unlink_from(struct hub *hub, struct link *link)
{
	struct link **at = &hub->links;

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	link->next = NULL;
}

static void put_last(struct hub *hub, struct link *link)
{
	struct link **end = &hub->links;

	while (*end)
		end = &(*end)->next;
	*end = link;
}

/* The app's id in frames: the same for the same app, in the form of a UUID. */
static void unified_id(const char *client_id, char out[static UNIFIED_SIZE])
{
	unsigned char hash[CRYPTO_HASH_SIZE];
	char hex[2 * CRYPTO_HASH_SIZE + 1];

	crypto_sha256(client_id, strlen(client_id), hash);
	text_hex(hash, sizeof(hash), hex);
	(void)snprintf(out, UNIFIED_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
		       hex + 16, hex + 20);
}

/* --- frames down ------------------------------------------------------------------------------ */

struct down {
	const char *type, *topic, *message_id, *data;
	const struct push *event; /* NULL: none */
};

static void put_event(struct link *link, const struct push *event, struct json_writer *w)
{
	char id[UNIFIED_SIZE], born[32];

	unified_id(link->ticket->client_id, id);
	(void)snprintf(born, sizeof(born), "%lld", (long long)event->created_ms);
	json_put_text(w, "eventType", event->type);
	json_put_text(w, "eventId", event->event_id);
	json_put_text(w, "eventCorpId", link->hub->sim->corp_id);
	json_put_text(w, "eventBornTime", born);
	json_put_text(w, "eventUnifiedAppId", id);
}

static void send_down(struct link *link, const struct down *down)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	char app_id[UNIFIED_SIZE], now[32];

	unified_id(link->ticket->client_id, app_id);
	(void)snprintf(now, sizeof(now), "%lld", (long long)sim_now_ms(link->hub->sim));
	json_object(&w, NULL);
	json_put_text(&w, "specVersion", "1.0");
	json_put_text(&w, "type", down->type);
	json_object(&w, "headers");
	json_put_text(&w, "appId", app_id);
	json_put_text(&w, "connectionId", link->id);
	json_put_text(&w, "contentType", "application/json");
	json_put_text(&w, "messageId", down->message_id);
	json_put_text(&w, "time", now);
	json_put_text(&w, "topic", down->topic);
	if (down->event)
		put_event(link, down->event, &w);
	json_object_end(&w);
	json_put_text(&w, "data", down->data);
	json_object_end(&w);
	websocket_send(link->ws, out.data, out.len);
}

static void send_system(struct link *link, const char *topic, const char *data)
{
	char id[OPAQUE_SIZE];

	format_hex(id, sizeof(id));
	send_down(link,
		  &(struct down){.type = "SYSTEM", .topic = topic, .message_id = id, .data = data});
}

static void ping_data(const struct link *link, char *out, size_t size)
{
	(void)snprintf(out, size, "{\"opaque\":\"%s\"}", link->opaque);
}

static void wait_due(struct link *link)
{
	int64_t wait_ms = link->due_ms - sim_now_ms(link->hub->sim);

	loop_timer_start(link->timer, clock_wait_ms(wait_ms > 0 ? wait_ms : 0), 0);
}

static void ping(struct link *link)
{
	char data[64];

	if (!*link->opaque)
		loop_timer_start(link->silence, STREAM_PING_MS, 0);
	format_hex(link->opaque, sizeof(link->opaque));
	ping_data(link, data, sizeof(data));
	link->pings++;
	send_down(link,
		  &(struct down){
		      .type = "SYSTEM", .topic = "ping", .message_id = link->opaque, .data = data});
}

static void disconnect(struct link *link)
{
	if (link->leaving)
		return;
	link->leaving = true;
	send_system(link, "disconnect", "{\"reason\":\"connection is expired\"}");
	link->due_ms = sim_now_ms(link->hub->sim) + STREAM_FAREWELL_MS;
	wait_due(link);
}

static void on_timer(void *arg)
{
	struct link *link = arg;
	int64_t now_ms = sim_now_ms(link->hub->sim);

	if (now_ms >= link->due_ms && link->leaving) {
		websocket_close(link->ws, WEBSOCKET_NORMAL);
		return;
	}
	if (now_ms >= link->due_ms) {
		if (!*link->opaque)
			ping(link);
		link->due_ms = now_ms + STREAM_PING_MS;
	}
	wait_due(link);
}

static void on_silence(void *arg)
{
	struct link *link = arg;

	websocket_close(link->ws, WEBSOCKET_NORMAL);
}

void stream_clock_moved(struct hub *hub)
{
	struct link *link;

	for (link = hub->links; link; link = link->next)
		wait_due(link);
}

/* --- acknowledgements ------------------------------------------------------------------------- */

/* Tells the push in the messageId, so that a late answer to an earlier sending counts too. */
static void message_id(const struct push *push, char out[static MESSAGE_ID_SIZE])
{
	(void)snprintf(out, MESSAGE_ID_SIZE, "%.8s_%lld_%llx_%.4s", push->event_id,
		       (long long)push->id, (unsigned long long)push->created_ms,
		       push->event_id + 28);
}

static bool find_push(struct store *s, const char *id, struct push **out, struct err *e)
{
	const char *from = strchr(id, '_');
	const char *to = from ? strchr(from + 1, '_') : NULL;
	char expected[MESSAGE_ID_SIZE];
	int64_t push;

	if (!to || !text_i64(arena_dup_n(s->arena, from + 1, (size_t)(to - from - 1)), 1, INT64_MAX,
			     &push))
		return err_set(e, ERR_NOT_FOUND, "no messageId of an event");
	if (!store_push(s, push, out, e))
		return false;
	message_id(*out, expected);
	return text_equal(id, expected) || err_set(e, ERR_NOT_FOUND, "another's messageId");
}

/* What an acknowledgement says, NULL: success. Python's SDK sends the event back as data, or text. */
static const char *ack_fault(struct arena *a, const struct json *up)
{
	const char *data = json_text(up, "data");
	const struct json *answer;
	struct err e = {0};
	int64_t code = 0;

	if (!json_i64(up, "code", &code))
		return "the acknowledgement has no code";
	if (code != 200)
		return arena_printf(a, "not taken: code %lld", (long long)code);
	if (data && json_parse(a, data, strlen(data), &answer, &e) &&
	    text_equal(json_text(answer, "status"), "LATER"))
		return "not taken: LATER";
	return NULL;
}

static const char *kept(struct arena *a, const char *text, size_t n)
{
	char *out = arena_dup_n(a, text, n);

	text_cut(out, ACK_KEPT);
	return out;
}

static bool settle(struct store *s, struct push *push, const struct attempt *attempt, struct err *e)
{
	return store_push_set(s, push, e) && store_attempt_add(s, attempt, e);
}

static bool settle_at_once(struct store *s, struct push *push, const struct attempt *attempt,
			   struct err *e)
{
	if (!db_begin(s->db, e))
		return false;
	if (!settle(s, push, attempt, e)) {
		db_rollback(s->db);
		return false;
	}
	return db_commit(s->db, e);
}

static bool acknowledge(struct link *link, struct store *s, const struct json *up, const char *raw,
			struct err *e)
{
	const char *fault = ack_fault(s->arena, up);
	struct attempt attempt = {.ms = sim_now_ms(link->hub->sim), .reply = raw};
	struct push *push;

	if (!find_push(s, json_text(json_get(up, "headers"), "messageId"), &push, e))
		return false;
	if (!text_equal(push->client_id, link->ticket->client_id))
		return err_set(e, ERR_NOT_FOUND, "another app's messageId");
	if (!text_equal(push->state, "pending") && !text_equal(push->state, "sent"))
		return true;
	(void)json_i64(up, "code", &attempt.status);
	attempt.push = push->id;
	attempt.verdict = fault ? fault : "ok";
	if (!fault)
		push->state = "delivered";
	else if (text_equal(push->state, "sent"))
		push->state = "lost";
	return settle_at_once(s, push, &attempt, e);
}

static void ping_answered(struct link *link, const struct json *up)
{
	char data[64];
	int64_t code = 0;

	ping_data(link, data, sizeof(data));
	if (!json_i64(up, "code", &code) || code != 200 || !text_equal(json_text(up, "data"), data))
		return;
	*link->opaque = '\0';
	loop_timer_stop(link->silence);
	link->pongs++;
}

/* What makes no sense is passed over, as the gateway does. */
static void on_message(void *arg, const char *text, size_t n)
{
	AUTO(arena_done) struct arena arena = {0};
	struct link *link = arg;
	struct store s = {.db = link->hub->sim->db, .arena = &arena};
	const struct json *up;
	const char *id;
	struct err e = {0};

	if (!json_parse(&arena, text, n, &up, &e))
		return;
	id = json_text(json_get(up, "headers"), "messageId");
	if (!id)
		return;
	if (*link->opaque && text_equal(id, link->opaque)) {
		ping_answered(link, up);
		return;
	}
	if (!acknowledge(link, &s, up, kept(&arena, text, n), &e) && e.code != ERR_NOT_FOUND)
		log_err(LOG_LEVEL_ERROR, "keeping an acknowledgement", &e);
}

static void on_gone(void *arg)
{
	struct link *link = arg;

	unlink_from(link->hub, link);
	link->hub->count--;
	loop_timer_free(link->timer);
	loop_timer_free(link->silence);
	ticket_free(link->ticket);
	mem_free(link);
}

bool stream_link(struct hub *hub, struct http_request *r, struct ticket *ticket, struct err *e)
{
	struct link *link;
	struct websocket_owner owner = {.message = on_message, .gone = on_gone};

	if (hub->count >= STREAM_LINKS_MAX)
		return err_set(e, ERR_TOO_MANY, "there are %d connections already",
			       STREAM_LINKS_MAX);
	link = mem_new(struct link);
	owner.arg = link;
	link->ws = websocket_accept(r, &owner, e);
	if (!link->ws) {
		mem_free(link);
		return false;
	}
	link->hub = hub;
	link->ticket = ticket;
	link->since_ms = sim_now_ms(hub->sim);
	id_new(link->id);
	link->timer = loop_timer_new(hub->sim->loop, on_timer, link);
	link->silence = loop_timer_new(hub->sim->loop, on_silence, link);
	link->due_ms = link->since_ms + STREAM_PING_MS;
	wait_due(link);
	link->next = hub->links;
	hub->links = link;
	hub->count++;
	send_system(link, "CONNECTED", "{}");
	send_system(link, "REGISTERED", "{}");
	stream_wake(hub);
	return true;
}

/* --- events ----------------------------------------------------------------------------------- */

static bool serves(const struct link *link, const char *client_id)
{
	return !link->leaving && text_equal(link->ticket->client_id, client_id);
}

bool stream_connected(const struct hub *hub, const char *client_id)
{
	const struct link *link = hub->links;

	while (link && !serves(link, client_id))
		link = link->next;
	return link != NULL;
}

/* Whoever received longest ago, with its place given up. */
static struct link *choose(struct hub *hub, const char *client_id)
{
	struct link *link = hub->links;

	while (link && !serves(link, client_id))
		link = link->next;
	if (!link)
		return NULL;
	unlink_from(hub, link);
	put_last(hub, link);
	return link;
}

static void send_event(struct link *link, const struct push *push, const char *data)
{
	char id[MESSAGE_ID_SIZE];

	message_id(push, id);
	send_down(
	    link,
	    &(struct down){
		.type = "EVENT", .topic = "*", .message_id = id, .data = data, .event = push});
}

/* Loses or sends a push that is due. *waits: there is nobody to send it to. */
static bool move(struct hub *hub, struct store *s, struct push *push, bool *waits, struct err *e)
{
	int64_t now_ms = sim_now_ms(hub->sim);
	struct attempt attempt = {.push = push->id, .ms = now_ms, .reply = ""};
	struct inject_subject subject = {.where = INJECT_STREAM};
	struct link *link;
	const char *data;

	*waits = false;
	if (now_ms >= push->created_ms + STREAM_WINDOW_MS) {
		push->state = "lost";
		attempt.verdict = "nobody took it within its minute";
		return settle(s, push, &attempt, e);
	}
	subject.path = arena_printf(s->arena, "/%s", push->client_id);
	link = choose(hub, push->client_id);
	if (link && inject_hit(hub->sim->injector, &subject)) {
		disconnect(link);
		link = choose(hub, push->client_id);
	}
	if (!link) {
		*waits = true;
		return true;
	}
	if (!event_body(s->arena, push, "C", hub->sim->corp_id, &data, e))
		return false;
	push->attempts++;
	push->due_ms = now_ms + STREAM_ACK_MS;
	attempt.verdict = arena_printf(s->arena, "sent to connection %s", link->id);
	if (!settle(s, push, &attempt, e))
		return false;
	send_event(link, push, data);
	return true;
}

/* *next_ms falls to when the app's next push is due. */
static bool send_app(struct hub *hub, struct store *s, const char *client_id, int64_t *next_ms,
		     struct err *e)
{
	struct push *push;
	int i;

	for (i = 0; i < ROUND_MAX; i++) {
		int64_t due_ms;
		bool waits = false;

		if (!store_push_first(s, client_id, &push, e))
			return e->code == ERR_NOT_FOUND;
		due_ms = push->due_ms;
		if (due_ms <= sim_now_ms(hub->sim)) {
			if (!move(hub, s, push, &waits, e))
				return false;
			if (!waits)
				continue;
			due_ms = sim_now_ms(hub->sim) + POLL_MS;
		}
		if (due_ms < *next_ms)
			*next_ms = due_ms;
		return true;
	}
	*next_ms = sim_now_ms(hub->sim);
	return true;
}

static bool send_apps(struct hub *hub, struct store *s, int64_t *next_ms, struct err *e)
{
	struct app *app;

	if (!store_apps(s, &app, e))
		return false;
	for (; app; app = app->next) {
		if (!text_equal(app->mode, "stream"))
			continue;
		if (!send_app(hub, s, app->client_id, next_ms, e))
			return false;
		err_clear(e);
	}
	return true;
}

static void send_due(void *arg)
{
	AUTO(arena_done) struct arena arena = {0};
	struct hub *hub = arg;
	struct store s = {.db = hub->sim->db, .arena = &arena};
	struct err e = {0};
	int64_t next_ms = INT64_MAX, wait_ms;
	bool ok = db_begin(s.db, &e);

	if (ok && !send_apps(hub, &s, &next_ms, &e)) {
		db_rollback(s.db);
		ok = false;
	}
	if (!ok || !db_commit(s.db, &e)) {
		log_err(LOG_LEVEL_ERROR, "sending to streams", &e);
		return;
	}
	if (next_ms == INT64_MAX)
		return;
	wait_ms = next_ms - sim_now_ms(hub->sim);
	loop_timer_start(hub->timer, clock_wait_ms(wait_ms > 0 ? wait_ms : 0), 0);
}

/* --- by hand ---------------------------------------------------------------------------------- */

static bool asked_for(const struct link *link, const char *topic)
{
	AUTO(arena_done) struct arena arena = {0};
	const char *text = link->ticket->topics;
	const struct json *topics, *item;
	struct err e = {0};

	if (!json_parse(&arena, text, strlen(text), &topics, &e))
		return false;
	item = topics->first;
	while (item && !text_equal(item->text, topic))
		item = item->next;
	return item != NULL;
}

/* Kept beside the events, so that the log has its acknowledgement; never sent again. */
static bool keep_callback(struct link *link, struct store *s, const struct stream_callback *what,
			  struct push *push, struct err *e)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	char id[EVENT_ID_SIZE];
	struct attempt attempt = {.ms = sim_now_ms(link->hub->sim), .reply = ""};

	json_object(&w, NULL);
	json_put_text(&w, "data", what->data);
	json_object_end(&w);
	format_hex(id, sizeof(id));
	push->client_id = link->ticket->client_id;
	push->event_id = arena_dup(s->arena, id);
	push->type = "CALLBACK";
	push->resource = what->topic;
	push->instance = "";
	push->payload = out.data;
	push->state = "sent";
	push->attempts = 1;
	push->created_ms = attempt.ms;
	if (!store_event_add(s, push, e) || !store_push_add(s, push, e))
		return false;
	attempt.push = push->id;
	attempt.verdict = arena_printf(s->arena, "sent to connection %s", link->id);
	return store_attempt_add(s, &attempt, e);
}

bool stream_callback(struct hub *hub, struct store *s, const struct stream_callback *what,
		     struct err *e)
{
	struct link *link = hub->links;
	char id[MESSAGE_ID_SIZE];
	struct push push = {0};

	while (link && !(serves(link, what->client_id) && asked_for(link, what->topic)))
		link = link->next;
	if (!link)
		return err_set(e, ERR_CONFLICT,
			       "no connection of the app has asked for this topic");
	if (!keep_callback(link, s, what, &push, e))
		return false;
	message_id(&push, id);
	send_down(link, &(struct down){.type = "CALLBACK",
				       .topic = what->topic,
				       .message_id = id,
				       .data = what->data});
	unlink_from(hub, link);
	put_last(hub, link);
	return true;
}

bool stream_act(struct hub *hub, const char *id, enum stream_act act, struct err *e)
{
	struct link *link = hub->links;

	while (link && !text_equal(link->id, id))
		link = link->next;
	if (!link)
		return err_set(e, ERR_NOT_FOUND, "there is no such connection");
	switch (act) {
	case STREAM_PING:
		ping(link);
		break;
	case STREAM_DISCONNECT:
		disconnect(link);
		break;
	case STREAM_CLOSE:
		link->leaving = true;
		websocket_close(link->ws, WEBSOCKET_GOING_AWAY);
		break;
	}
	return true;
}

void stream_list(const struct hub *hub, struct json_writer *w)
{
	const struct link *link;

	for (link = hub->links; link; link = link->next) {
		json_object(w, NULL);
		json_put_text(w, "connectionId", link->id);
		json_put_text(w, "clientId", link->ticket->client_id);
		json_put_text(w, "ua", link->ticket->ua);
		json_put_i64(w, "since", link->since_ms);
		json_put_bool(w, "leaving", link->leaving);
		json_put_i64(w, "pings", link->pings);
		json_put_i64(w, "pingsAnswered", link->pongs);
		json_object_end(w);
	}
}
