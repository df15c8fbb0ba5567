#include "agent/agent.h"

#include <stdlib.h>
#include <string.h>

#include "agent/rules.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"

#define MAX_ANSWER (4 * 1024 * 1024)

static void on_pause_over(void *arg)
{
	struct agent_pause *p = arg;

	p->waiting = false;
	agent_kick(p->agent);
}

void agent_pause_init(struct agent_pause *p, struct agent *g)
{
	*p = (struct agent_pause){.agent = g, .timer = loop_timer_new(g->loop, on_pause_over, p)};
}

void agent_pause_begin(struct agent_pause *p)
{
	uint32_t random;

	random_bytes(&random, sizeof(random));
	p->failures++;
	p->waiting = true;
	loop_timer_start(p->timer, rules_backoff_ms(p->failures, random), 0);
}

void agent_pause_end(struct agent_pause *p)
{
	p->failures = 0;
	p->waiting = false;
	loop_timer_stop(p->timer);
}

void agent_tell(struct agent *g, struct buf *frame)
{
	struct err e;

	if (ipc_channel_send(g->keeper, frame->data, frame->len, &e))
		return;
	log_err(LOG_LEVEL_ERROR, "the keeper", &e);
	loop_stop(g->loop);
}

void agent_online(struct agent *g, bool online, const struct err *why)
{
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};

	if (!online)
		calls_fail(g, why);
	if (g->told && g->online == online)
		return;
	g->told = true;
	g->online = online;
	if (!online)
		log_err(LOG_LEVEL_WARN, "the server is away", why);
	json_object(&w, NULL);
	json_put_text(&w, "m", "online");
	json_put_bool(&w, "online", online);
	json_object_end(&w);
	agent_tell(g, &frame);
}

struct http_async *agent_post(struct agent *g, const struct agent_post *post, http_done_fn *done,
			      void *arg)
{
	AUTO(arena_done) struct arena a = {0};
	struct http_call call = {.method = HTTP_POST, .max_answer = MAX_ANSWER};
	size_t n = 0;

	call.url = arena_printf(&a, "%s%s", g->base, post->path);
	call.body = post->body;
	call.body_len = strlen(post->body);
	call.total_timeout_ms = post->total_timeout_ms;
	call.connect_timeout_ms = post->connect_timeout_ms;
	call.headers[n++] =
	    arena_printf(&a, "Content-Type: %s", post->type ? post->type : "application/json");
	if (post->bearer)
		call.headers[n++] = g->session.authorization;
	if (post->idempotency)
		call.headers[n++] = arena_printf(&a, "Idempotency-Key: %s", post->idempotency);
	return http_async_call(g->http, &call, done, arg);
}

void agent_cancel(struct http_async **call)
{
	if (*call)
		http_async_cancel(*call);
	*call = NULL;
}

bool agent_answer(struct arena *a, const struct http_reply *reply, const struct err *failed,
		  const struct json **out, struct err *e)
{
	const struct json *body = NULL;
	const char *detail;
	struct err unread;

	if (!reply) {
		*e = *failed;
		return false;
	}
	if (!json_parse(a, reply->body, reply->body_len, &body, &unread))
		body = NULL;
	if (reply->status < 200 || reply->status > 299) {
		detail = json_text(body, "detail");
		if (!detail)
			detail = json_text(body, "error_description");
		if (!detail || !text_printable(detail, false))
			detail = "the server refused";
		return err_set(e, rules_refusal(reply->status), "%s (%d)", detail, reply->status);
	}
	if (!body || body->type != JSON_OBJECT)
		return err_set(e, ERR_PEER, "the server's answer is no JSON object");
	*out = body;
	return true;
}

/* The first state frame brings the address; it never changes while the process lives. */
static bool settings_take(struct agent *g, const struct json *frame, struct err *e)
{
	const char *url = json_text(frame, "url");
	const char *ca = json_text(frame, "ca");

	if (!url || !*url)
		return err_set(e, ERR_INVALID, "no server is set");
	if (!rules_server(&g->settings, url, &g->base, e))
		return false;
	g->http = http_async_client_new(g->loop, arena_dup(&g->settings, ca), e);
	return g->http;
}

static const struct json *copy_of(struct arena *a, const struct json *list)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const struct json *copy;
	struct err e;

	if (!list)
		return NULL;
	json_put_json(&w, NULL, list);
	return json_parse(a, text.data, text.len, &copy, &e) ? copy : NULL;
}

static void on_state(struct agent *g, const struct json *frame)
{
	if (!g->base && !settings_take(g, frame, &g->unusable)) {
		g->base = NULL;
		agent_online(g, false, &g->unusable);
		return;
	}
	if (!text_equal(g->device, json_text(frame, "device")))
		session_forget(g); /* another identity speaks for itself */
	g->enrol.handed = false;
	arena_done(&g->device_arena);
	g->device = arena_dup(&g->device_arena, json_text(frame, "device"));
	g->counter = 0;
	(void)json_i64(frame, "counter", &g->counter);
	g->hardware = arena_dup(&g->device_arena, json_text(frame, "hardware"));
	g->offline = arena_dup(&g->device_arena, json_text(frame, "offline"));
	g->basis = arena_dup(&g->device_arena, json_text(frame, "basis"));
	g->build = copy_of(&g->device_arena, json_get(frame, "build"));
	g->boot = arena_dup(&g->device_arena, json_text(frame, "boot"));
	g->held = copy_of(&g->device_arena, json_get(frame, "held"));
	g->revoked = copy_of(&g->device_arena, json_get(frame, "revoked"));
	sync_settled(g);
	sync_refresh(g);
	agent_kick(g);
}

static void on_login(struct agent *g, const struct json *frame)
{
	enrol_begin(g, frame);
}

static void on_signed(struct agent *g, const struct json *frame)
{
	const char *signature = json_text(frame, "signature");

	if (!signature)
		return;
	if (g->enrol.state == ENROL_SIGNING)
		enrol_signed(g, signature);
	else if (g->session.state == SESSION_SIGNING)
		session_signed(g, signature);
}

static void on_receipts(struct agent *g, const struct json *frame)
{
	receipts_set(g, json_get(frame, "receipts"));
}

/* Reading it was all that was wanted. */
static void on_ping([[maybe_unused]] struct agent *g, [[maybe_unused]] const struct json *frame)
{
}

static const struct {
	const char *name;
	void (*fn)(struct agent *g, const struct json *frame);
} frames[] = {
    {"state", on_state},       {"login", on_login},    {"signed", on_signed},
    {"receipts", on_receipts}, {"file", calls_file},   {"withdraw", calls_withdraw},
    {"logout", calls_logout},  {"split", enrol_split}, {"ping", on_ping},
};

static void on_frame(void *arg, const struct json *frame)
{
	const char *name = json_text(frame, "m");
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(frames); i++)
		if (!strcmp(name, frames[i].name)) {
			frames[i].fn(arg, frame);
			return;
		}
	log_line(LOG_LEVEL_WARN, "the keeper sent a frame of unknown kind");
}

static void on_keeper_gone(void *arg, [[maybe_unused]] const struct err *e)
{
	struct agent *g = arg;

	loop_stop(g->loop);
}

void agent_kick(struct agent *g)
{
	if (!g->base || !g->device)
		return;
	session_start(g);
	if (g->session.state != SESSION_OPEN)
		return;
	calls_start(g);
	receipts_start(g);
	sync_start(g);
}

struct agent *agent_new(struct loop *l, int keeper_fd)
{
	struct agent *g = mem_new(struct agent);

	g->loop = l;
	random_token("", 16, g->run);
	g->keeper = ipc_channel_new(l, keeper_fd, on_frame, on_keeper_gone, g);
	enrol_init(g);
	session_init(g);
	sync_init(g);
	calls_init(g);
	return g;
}

void agent_free(struct agent *g)
{
	if (!g)
		return;
	enrol_done(g);
	session_done(g);
	sync_done(g);
	calls_done(g);
	http_async_client_free(g->http);
	ipc_channel_free(g->keeper);
	arena_done(&g->device_arena);
	arena_done(&g->settings);
	mem_free(g);
}
