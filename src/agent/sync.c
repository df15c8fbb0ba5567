/* The long poll: what the server has for this device goes to the keeper, object by object. */
#include "agent/agent.h"

#include <string.h>

#include "base/footprint.h"

#define WAIT_MS 50000
#define SYNC_TIMEOUT_MS 65000
#define TOO_SOON_MS 1000

/* What a poll says that we have, for noticing that an answer moved nothing. */
static unsigned fingerprint(const struct buf *body)
{
	unsigned hash = 2166136261U; /* FNV-1a */
	size_t i;

	for (i = 0; i < body->len; i++)
		hash = (hash ^ (unsigned char)body->data[i]) * 16777619U;
	return hash;
}

static void put_list(struct json_writer *w, const char *key, const struct json *list)
{
	if (list) {
		json_put_json(w, key, list);
		return;
	}
	json_array(w, key);
	json_array_end(w);
}

static void question(const struct agent *g, struct buf *out)
{
	struct json_writer w = {.out = out};

	json_object(&w, NULL);
	json_put_i64(&w, "counter", g->counter);
	json_put_text(&w, "basis", g->basis ? g->basis : "");
	json_put_text(&w, "view", g->sync.view_tag ? g->sync.view_tag : "");
	put_list(&w, "held", g->held);
	put_list(&w, "revoked", g->revoked);
	json_put_text(&w, "client_version", HOLDFAST_VERSION);
	json_put_text(&w, "run", g->run);
	json_put_text(&w, "hardware", g->hardware ? g->hardware : "");
	if (g->session.takes_offline)
		json_put_text(&w, "offline", g->offline ? g->offline : "");
	if (g->session.takes_build && g->build && g->boot) {
		json_put_json(&w, "build", g->build);
		json_put_text(&w, "boot", g->boot);
	}
	/* Back from a failure, the first answer tells that the server is there: it must not wait. */
	json_put_i64(&w, "wait_ms", g->online ? WAIT_MS : 0);
	json_object_end(&w);
}

static void fail(struct agent *g, const struct err *e)
{
	g->sync.rested = false;
	agent_pause_begin(&g->sync.pause);
	agent_online(g, false, e);
}

/* A frame {"m": kind, key: value}; an object that no frame can hold is left out and said. */
static void pass_on(struct agent *g, const char *kind, const char *key, const struct json *value)
{
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};

	json_object(&w, NULL);
	json_put_text(&w, "m", kind);
	if (value)
		json_put_json(&w, key, value);
	json_object_end(&w);
	if (frame.len <= IPC_MAX_FRAME)
		agent_tell(g, &frame);
}

static void pass_on_keys(struct agent *g, const struct json *answer)
{
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};
	const char *keys = json_text(answer, "keys");
	const char *statement = json_text(answer, "statement");

	if (!keys && !statement)
		return;
	json_object(&w, NULL);
	json_put_text(&w, "m", "rules");
	json_put_text(&w, "keys", keys);
	json_put_text(&w, "statement", statement);
	json_object_end(&w);
	if (frame.len <= IPC_MAX_FRAME)
		agent_tell(g, &frame);
}

static bool has_some(const struct json *answer, const char *key)
{
	const struct json *value = json_get(answer, key);

	return value && value->type != JSON_NULL && (value->type != JSON_ARRAY || value->count);
}

/* Most answers only say that nothing has changed: the keeper is not woken for them. */
static bool says_something(const struct json *answer)
{
	static const char *const keys[] = {"split",  "keys",    "statement", "grants",
					   "revoke", "offline", "view"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (has_some(answer, keys[i]))
			return true;
	return false;
}

static void pass_on_all(struct agent *g, const struct json *answer)
{
	const struct json *list = json_get(answer, "grants");
	const struct json *grant = list && list->type == JSON_ARRAY ? list->first : NULL;
	const char *tag = json_text(answer, "view_tag");
	bool split = false;

	/* Of an answer to the identity that was just given up nothing is to come. */
	if (json_bool(answer, "split", &split) && split && g->enrol.state == ENROL_IDLE &&
	    !g->enrol.handed)
		pass_on(g, "split", NULL, NULL);
	pass_on_keys(g, answer);
	for (; grant; grant = grant->next)
		pass_on(g, "grant", "grant", grant);
	if (has_some(answer, "revoke"))
		pass_on(g, "revoke", "grants", json_get(answer, "revoke"));
	if (json_get(answer, "offline"))
		pass_on(g, "offline", "set", json_get(answer, "offline"));
	if (json_get(answer, "view"))
		pass_on(g, "view", "view", json_get(answer, "view"));
	if (tag) {
		mem_free(g->sync.view_tag);
		g->sync.view_tag = mem_dup(tag);
	}
	pass_on(g, "synced", NULL, NULL);
}

static void on_answer(void *arg, const struct http_reply *reply, const struct err *failed)
{
	AUTO(arena_done) struct arena a = {0};
	struct agent *g = arg;
	const struct json *answer;
	struct err e;

	g->sync.call = NULL;
	if (!agent_answer(&a, reply, failed, &answer, &e)) {
		if (e.code != ERR_UNAUTHENTICATED) {
			fail(g, &e);
			return;
		}
		session_lost(g);
		agent_kick(g);
		return;
	}
	session_works(g);
	agent_online(g, true, NULL);
	g->sync.settling = true;
	if (says_something(answer)) {
		g->sync.rested = false;
		pass_on_all(g, answer);
		return;
	}
	sync_settled(g);
	agent_kick(g);
	if (g->sync.rested)
		return;
	g->sync.rested = true;
	footprint_rest();
}

void sync_start(struct agent *g)
{
	AUTO(buf_done) struct buf body = {0};
	/* libcurl wakes when the time for connecting is over, also of a connection that stands. */
	int64_t connect_ms = g->online ? SYNC_TIMEOUT_MS : 0;

	if (g->sync.call || g->sync.settling || g->sync.pause.waiting)
		return;
	question(g, &body);
	g->sync.began_ms = loop_now_ms(g->loop);
	g->sync.asked = fingerprint(&body);
	g->sync.call = agent_post(g,
				  &(struct agent_post){.path = "/agent/v1/sync",
						       .body = body.data,
						       .total_timeout_ms = SYNC_TIMEOUT_MS,
						       .connect_timeout_ms = connect_ms,
						       .bearer = true},
				  on_answer, g);
}

/* An answer that came at once and changed nothing here (an object that the keeper refuses) would
 * come again at once, for ever. */
void sync_settled(struct agent *g)
{
	AUTO(buf_done) struct buf body = {0};

	if (!g->sync.settling)
		return;
	g->sync.settling = false;
	question(g, &body);
	if (fingerprint(&body) == g->sync.asked &&
	    loop_now_ms(g->loop) - g->sync.began_ms < TOO_SOON_MS)
		agent_pause_begin(&g->sync.pause);
	else
		agent_pause_end(&g->sync.pause);
}

/* A poll that waits with an old question would not hear of what is missing now. */
void sync_refresh(struct agent *g)
{
	AUTO(buf_done) struct buf body = {0};

	if (!g->sync.call)
		return;
	question(g, &body);
	if (fingerprint(&body) != g->sync.asked)
		agent_cancel(&g->sync.call);
}

void sync_init(struct agent *g)
{
	agent_pause_init(&g->sync.pause, g);
}

void sync_done(struct agent *g)
{
	agent_cancel(&g->sync.call);
	mem_free(g->sync.view_tag);
	loop_timer_free(g->sync.pause.timer);
}
