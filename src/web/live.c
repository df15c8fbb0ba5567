#include "web/live.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "json/json.h"
#include "web/auth.h"
#include "web/dispatch.h"
#include "web/elsewhere.h"
#include "web/notes.h"
#include "web/readers.h"
#include "store/note.h"

#define TYPE "text/event-stream"
#define EVENT_MAX 512 /* bytes; every topic together is less */

const char *const live_topics[LIVE_TOPIC_COUNT + 1] = {
    [LIVE_INSTANCES] = "instances", [LIVE_DEVICES] = "devices",   [LIVE_ALARMS] = "alarms",
    [LIVE_WORKFLOWS] = "workflows", [LIVE_APPS] = "apps",         [LIVE_DELIVERIES] = "deliveries",
    [LIVE_POLICY] = "policy",       [LIVE_GROUPS] = "groups",     [LIVE_USERS] = "users",
    [LIVE_SOURCES] = "sources",     [LIVE_RELEASES] = "releases", [LIVE_ACCOUNTS] = "accounts",
    [LIVE_TOKENS] = "tokens",       [LIVE_WEBHOOKS] = "webhooks", [LIVE_SETTINGS] = "settings",
    [LIVE_AUDIT] = "audit",
};

/* --- what notes say --- */

/* Nearly everything that changes something is an event of the record: by what it is about. */
static const struct {
	const char *object;
	unsigned topics;
} objects[] = {
    {"instance", LIVE(INSTANCES) | LIVE(RELEASES)},
    {"grant", LIVE(INSTANCES) | LIVE(DEVICES)},
    {"receipt", LIVE(DEVICES) | LIVE(ALARMS) | LIVE(INSTANCES)},
    {"device", LIVE(DEVICES) | LIVE(ALARMS)},
    {"enrolment", LIVE(DEVICES)},
    {"build", LIVE(DEVICES) | LIVE(ALARMS)},
    {"alarm", LIVE(ALARMS)},
    {"workflow", LIVE(WORKFLOWS)},
    {"app", LIVE(APPS) | LIVE(WORKFLOWS)},
    {"request-url", LIVE(APPS)},
    {"organisation", LIVE(APPS)},
    {"policy", LIVE(POLICY)},
    {"policy-proposal", LIVE(POLICY)},
    {"user-group", LIVE(GROUPS)},
    {"person", LIVE(USERS)},
    {"department", LIVE(USERS)},
    {"identity-source", LIVE(SOURCES) | LIVE(USERS)},
    {"release", LIVE(RELEASES)},
    {"account", LIVE(ACCOUNTS)},
    {"delegation", LIVE(ACCOUNTS) | LIVE(INSTANCES)},
    {"token", LIVE(TOKENS)},
    {"enrolment-token", LIVE(TOKENS)},
    {"webhook", LIVE(WEBHOOKS)},
    {"settings", LIVE(SETTINGS)},
    {"key", LIVE(SETTINGS)},
    {"keys", LIVE(SETTINGS)},
};

static unsigned of_object(const char *object)
{
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
		if (strcmp(objects[i].object, object) == 0)
			return objects[i].topics;
	}
	return 0;
}

static unsigned of_name(const char *name)
{
	for (unsigned i = 0; i < LIVE_TOPIC_COUNT; i++) {
		if (strcmp(live_topics[i], name) == 0)
			return 1U << i;
	}
	return 0;
}

static void on_audit(void *arg, const char *object)
{
	live_tell(arg, of_object(object) | LIVE(AUDIT));
}

static void on_shown(void *arg, const char *name)
{
	unsigned topic = of_name(name);

	assert(topic != 0);
	live_tell(arg, topic);
}

static void on_policy(void *arg, const char *text)
{
	if (strcmp(text, POLICY_ALONE) == 0)
		live_tell(arg, LIVE(POLICY));
	else if (*text == '\0')
		live_tell(arg, LIVE(USERS) | LIVE(GROUPS));
}

/* Who is covered, and how many a group has, is known only now. */
static void on_snapshot(void *arg, const char *text)
{
	(void)text;
	live_tell_elsewhere(arg, LIVE(POLICY) | LIVE(GROUPS) | LIVE(DEVICES));
}

static void on_outbox(void *arg, const char *text)
{
	(void)text;
	live_tell(arg, LIVE(DELIVERIES) | LIVE(INSTANCES));
}

static void on_webhook(void *arg, const char *text)
{
	(void)text;
	live_tell(arg, LIVE(WEBHOOKS));
}

static void on_release(void *arg, const char *text)
{
	(void)text;
	live_tell(arg, LIVE(RELEASES));
}

static void on_app(void *arg, const char *text)
{
	(void)text;
	live_tell(arg, LIVE(APPS));
}

static void on_doctor(void *arg, const char *text)
{
	(void)text;
	live_tell(arg, LIVE(WORKFLOWS));
}

static void on_sync(void *arg, const char *text)
{
	(void)text;
	live_tell(arg, LIVE(SOURCES));
}

static const struct {
	const char *topic;
	note_handler_fn *fn;
} notes[] = {
    {NOTE_AUDIT, on_audit},       {NOTE_SHOWN, on_shown},   {NOTE_POLICY, on_policy},
    {NOTE_SNAPSHOT, on_snapshot}, {NOTE_OUTBOX, on_outbox}, {NOTE_WEBHOOK, on_webhook},
    {NOTE_RELEASE, on_release},   {NOTE_APP, on_app},       {NOTE_BUDGET, on_app},
    {NOTE_DOCTOR, on_doctor},     {NOTE_SYNC, on_sync},
};

/* --- what is told, by turns of LIVE_PACE_MS --- */

/* own and others are everybody's; the rest is the first worker's loop's. */
struct live {
	struct server *server;
	atomic_uint own, others; /* to be told; by whom */
	struct loop_timer *timer;
	bool waiting, stopped;
	int64_t turn_ms; /* the next, while waiting */
	int64_t told_ms, apps_ms;
};

static void tell_stream_all(void *arg);

struct telling {
	struct lives *lives;
	unsigned topics;
};

static void tell_workers(struct server *s, unsigned topics)
{
	for (size_t i = 0; i < s->worker_count; i++) {
		struct telling *t = mem_new(struct telling);

		*t = (struct telling){s->workers[i].lives, topics};
		loop_post(s->workers[i].loop, tell_stream_all, t);
	}
}

static void wait_until(struct live *l, int64_t at_ms)
{
	int64_t now_ms = loop_now_ms(l->server->workers[0].loop);

	if (at_ms < now_ms + LIVE_JOIN_MS)
		at_ms = now_ms + LIVE_JOIN_MS;
	if (l->waiting && l->turn_ms <= at_ms)
		return;
	l->waiting = true;
	l->turn_ms = at_ms;
	loop_timer_start(l->timer, at_ms - now_ms, 0);
}

/* Apps may have to wait for their turn. */
static unsigned take(atomic_uint *from, bool apps)
{
	unsigned keep = apps ? 0 : LIVE(APPS);

	return atomic_fetch_and(from, keep) & ~keep;
}

static void on_turn(void *arg)
{
	struct live *l = arg;
	int64_t now_ms = loop_now_ms(l->server->workers[0].loop);
	bool apps = now_ms - l->apps_ms >= LIVE_APPS_MS;
	unsigned own = take(&l->own, apps), all = own | take(&l->others, apps);

	l->waiting = false;
	if (all & LIVE(APPS))
		l->apps_ms = now_ms;
	if (all != 0) {
		l->told_ms = now_ms;
		tell_workers(l->server, all);
	}
	if (own != 0)
		elsewhere_tell(l->server->elsewhere, own);
	if (atomic_load(&l->own) != 0 || atomic_load(&l->others) != 0)
		wait_until(l, l->apps_ms + LIVE_APPS_MS);
}

/* What came while apps wait is not to wait with them. */
static void collect(void *arg)
{
	struct live *l = arg;

	if (!l->stopped)
		wait_until(l, l->told_ms + LIVE_PACE_MS);
}

static void add(struct live *l, atomic_uint *to, unsigned topics)
{
	if ((topics & ~atomic_fetch_or(to, topics)) != 0)
		loop_post(l->server->workers[0].loop, collect, l);
}

void live_tell(struct live *l, unsigned topics)
{
	add(l, &l->own, topics);
}

void live_tell_elsewhere(struct live *l, unsigned topics)
{
	add(l, &l->others, topics);
}

struct live *live_new(struct server *s)
{
	struct live *l = mem_new(struct live);

	l->server = s;
	l->timer = loop_timer_new(s->workers[0].loop, on_turn, l);
	for (size_t i = 0; i < ARRAY_SIZE(notes); i++)
		server_subscribe(s, notes[i].topic, notes[i].fn, l);
	return l;
}

void live_stop(struct live *l)
{
	l->stopped = true;
	loop_timer_stop(l->timer);
}

void live_free(struct live *l)
{
	if (l == NULL)
		return;
	loop_timer_free(l->timer);
	mem_free(l);
}

/* --- streams --- */

struct stream {
	struct stream *previous, *next;
	struct lives *lives;
	struct http_request *http;
	uint64_t serial;
	struct auth_standing who;
	char account[ID_SIZE]; /* whose streams are counted together */
	unsigned topics;       /* that it has not been told of */
	int64_t told_ms;
	bool parked;
	bool writing; /* a piece is on its way; the request is the server's */
	bool ending;  /* as soon as it is ours again */
};

struct lives {
	struct worker *worker;
	struct stream *first;
	size_t count;
	uint64_t serials;
	struct loop_timer *beat, *late;
	int64_t beat_ms; /* the next, by the monotonic clock */
	bool looking, again, stopped;
};

static void stream_unlink(struct stream *s)
{
	*(s->previous != NULL ? &s->previous->next : &s->lives->first) = s->next;
	if (s->next != NULL)
		s->next->previous = s->previous;
	s->lives->count--;
}

static void stream_free(struct stream *s)
{
	stream_unlink(s);
	mem_free(s);
}

static void on_gone(struct http_request *http)
{
	stream_free(http->user);
	http_drop(http);
}

/* In order, when it is ours. */
static void stream_end(struct stream *s)
{
	struct http_request *http = s->http;

	s->ending = true;
	if (s->writing)
		return;
	stream_free(s);
	http_answer_piece(http, 200, TYPE, "", 0, NULL);
}

static void on_taken(struct http_request *http);

static void stream_send(struct stream *s, const struct buf *text)
{
	s->writing = true;
	http_answer_piece(s->http, 200, TYPE, text->data, text->len, on_taken);
}

static void put_changed(struct buf *out, unsigned topics)
{
	struct json_writer w = {.out = out};

	buf_text(out, "event: changed\ndata: ");
	json_object(&w, NULL);
	json_array(&w, "what");
	for (unsigned i = 0; i < LIVE_TOPIC_COUNT; i++) {
		if (topics & 1U << i)
			json_put_text(&w, NULL, live_topics[i]);
	}
	json_array_end(&w);
	json_object_end(&w);
	buf_text(out, "\n\n");
}

/* Only a client that was slow to take the last one can be before its time. */
static void stream_tell(struct stream *s)
{
	AUTO(buf_done) struct buf text = {.max = EVENT_MAX};
	int64_t now_ms = loop_now_ms(s->lives->worker->loop);
	int64_t wait_ms = s->told_ms + LIVE_PACE_MS - LIVE_JOIN_MS - now_ms;

	if (s->topics == 0 || s->writing)
		return;
	if (wait_ms > 0) {
		loop_timer_start(s->lives->late, wait_ms, 0);
		return;
	}
	put_changed(&text, s->topics);
	s->topics = 0;
	s->told_ms = now_ms;
	stream_send(s, &text);
}

/* The client has taken what there was; from here on little is kept for it. */
static void on_taken(struct http_request *http)
{
	struct stream *s = http->user;

	s->writing = false;
	if (!s->parked)
		http_park(http);
	s->parked = true;
	if (s->ending)
		stream_end(s);
	else
		stream_tell(s);
}

/* --- who listens --- */

struct listener {
	uint64_t serial;
	struct auth_standing who;
	bool ended;
};

struct look {
	struct lives *lives;
	size_t count;
	struct listener listeners[];
};

static bool look_at(struct look *k, struct db *db, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	int64_t now_ms = clock_utc_ms();

	for (size_t i = 0; i < k->count; i++) {
		struct listener *one = &k->listeners[i];
		bool stands;

		if (!auth_stands(db, &a, &one->who, now_ms, &stands, e))
			return false;
		one->ended = !stands;
		arena_done(&a);
	}
	return true;
}

/* On the pool. Who could not be looked at stays: the next look is not far. */
static void look(void *arg)
{
	struct look *k = arg;
	struct readers *readers = k->lives->worker->server->readers;
	struct err e = {0};
	struct db *db = readers_take(readers, &e);

	if (db == NULL || !look_at(k, db, &e))
		log_err(LOG_LEVEL_WARN, "who follows live updates", &e);
	readers_give(readers, db);
}

static void end_one(struct lives *l, uint64_t serial)
{
	struct stream *s = l->first;

	while (s != NULL && s->serial != serial)
		s = s->next;
	if (s != NULL)
		stream_end(s);
}

static void begin_look(struct lives *l);

static void looked(void *arg)
{
	struct look *k = arg;
	struct lives *l = k->lives;

	l->looking = false;
	for (size_t i = 0; i < k->count; i++) {
		if (k->listeners[i].ended)
			end_one(l, k->listeners[i].serial);
	}
	mem_free(k);
	if (l->again)
		begin_look(l);
}

static void begin_look(struct lives *l)
{
	struct look *k;

	l->again = l->looking;
	if (l->looking || l->stopped || l->count == 0)
		return;
	k = mem_alloc(sizeof(*k) + l->count * sizeof(k->listeners[0]));
	k->lives = l;
	k->count = 0;
	for (const struct stream *s = l->first; s != NULL; s = s->next)
		k->listeners[k->count++] = (struct listener){.serial = s->serial, .who = s->who};
	l->looking = true;
	loop_work(l->worker->loop, look, looked, k);
}

/* --- all of a worker --- */

static void tell_stream_all(void *arg)
{
	struct telling *t = arg;

	for (struct stream *s = t->lives->first; s != NULL; s = s->next) {
		s->topics |= t->topics;
		stream_tell(s);
	}
	if (t->topics & (LIVE(ACCOUNTS) | LIVE(TOKENS)))
		begin_look(t->lives);
	mem_free(t);
}

static void on_late(void *arg)
{
	struct lives *l = arg;

	for (struct stream *s = l->first; s != NULL; s = s->next)
		stream_tell(s);
}

static void beat(struct lives *l)
{
	AUTO(buf_done) struct buf text = {.max = EVENT_MAX};

	buf_text(&text, ":\n\n");
	for (struct stream *s = l->first; s != NULL; s = s->next) {
		if (!s->writing)
			stream_send(s, &text);
	}
	begin_look(l);
}

static void on_beat(void *arg)
{
	struct lives *l = arg;
	int64_t wait_ms = l->beat_ms - clock_mono_ms();

	/* A test may set the clock back. */
	if (wait_ms <= 0 || wait_ms > LIVE_BEAT_MS) {
		beat(l);
		wait_ms = LIVE_BEAT_MS;
		l->beat_ms = clock_mono_ms() + wait_ms;
	}
	loop_timer_start(l->beat, clock_wait_ms(wait_ms), 0);
}

struct lives *lives_new(struct worker *worker)
{
	struct lives *l = mem_new(struct lives);

	l->worker = worker;
	l->beat = loop_timer_new(worker->loop, on_beat, l);
	l->late = loop_timer_new(worker->loop, on_late, l);
	l->beat_ms = clock_mono_ms() + LIVE_BEAT_MS;
	loop_timer_start(l->beat, clock_wait_ms(LIVE_BEAT_MS), 0);
	return l;
}

void lives_stop(struct lives *l)
{
	struct stream *next;

	l->stopped = true;
	loop_timer_stop(l->beat);
	loop_timer_stop(l->late);
	for (struct stream *s = l->first; s != NULL; s = next) {
		next = s->next;
		stream_end(s);
	}
}

void lives_free(struct lives *l)
{
	if (l == NULL)
		return;
	loop_timer_free(l->beat);
	loop_timer_free(l->late);
	while (l->first != NULL)
		stream_free(l->first); /* whose requests ended with the HTTP server */
	mem_free(l);
}

/* --- one more --- */

static bool room_for(const struct lives *l, const char *account, struct err *e)
{
	size_t same = 0;

	if (l->stopped)
		return err_set(e, ERR_UNAVAILABLE, "The server is being stopped.");
	for (const struct stream *s = l->first; s != NULL; s = s->next)
		same += strcmp(s->account, account) == 0;
	if (same >= LIVE_MAX_ACCOUNT_STREAMS)
		return err_set(e, ERR_TOO_MANY,
			       "This account follows live updates %d times already; close one.",
			       LIVE_MAX_ACCOUNT_STREAMS);
	return l->count < LIVE_MAX_STREAMS ||
	       err_set(e, ERR_UNAVAILABLE,
		       "Live updates are followed %d times already; ask now and then instead.",
		       LIVE_MAX_STREAMS);
}

static void put_hello(struct buf *out)
{
	struct json_writer w = {.out = out};

	buf_text(out, "event: hello\ndata: ");
	json_object(&w, NULL);
	json_put_text(&w, "server", HOLDFAST_VERSION);
	json_object_end(&w);
	buf_text(out, "\n\n");
}

static void stream_begin(struct request *r, const char *account)
{
	AUTO(buf_done) struct buf text = {.max = EVENT_MAX};
	struct lives *l = r->worker->lives;
	struct stream *s = mem_new(struct stream);

	s->lives = l;
	s->http = r->http;
	s->serial = ++l->serials;
	auth_standing(r, &s->who);
	memcpy(s->account, account, ID_SIZE);
	s->next = l->first;
	if (s->next != NULL)
		s->next->previous = s;
	l->first = s;
	l->count++;
	put_hello(&text);
	r->http->user = s;
	http_on_gone(s->http, on_gone);
	stream_send(s, &text);
}

bool lives_add(struct request *r, struct err *e)
{
	const char *account = r->caller.account != NULL ? r->caller.account : r->caller.token;

	if (!room_for(r->worker->lives, account, e))
		return false;
	dispatch_common_headers(r->http, r->id);
	(void)http_set_header(r->http, "X-Accel-Buffering", "no");
	if (r->http->method == HTTP_HEAD)
		http_answer_piece(r->http, 200, TYPE, "", 0, NULL);
	else
		stream_begin(r, account);
	return true;
}
