/* What leaves the device besides polls: receipts, and what a person asks for. */
#include "agent/agent.h"

#include <string.h>

/* --- receipts ----------------------------------------------------------------------------------- */

static void on_receipts_answer(void *arg, const struct http_reply *reply, const struct err *failed)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};
	struct agent *g = arg;
	const struct json *answer;
	struct err e;
	bool ok = agent_answer(&a, reply, failed, &answer, &e);

	g->receipts.call = NULL;
	if (!ok && e.code == ERR_UNAUTHENTICATED) {
		session_lost(g);
		agent_kick(g);
		return;
	}
	if (!ok && (!reply || e.code == ERR_UNAVAILABLE || e.code == ERR_TOO_MANY)) {
		agent_pause_begin(&g->receipts.pause);
		return;
	}
	session_works(g);
	agent_pause_end(&g->receipts.pause);
	mem_free(g->receipts.waiting);
	g->receipts.waiting = NULL;
	json_object(&w, NULL);
	json_put_text(&w, "m", ok ? "accepted" : "refused");
	if (ok && json_get(answer, "accepted"))
		json_put_json(&w, "ids", json_get(answer, "accepted"));
	if (!ok)
		json_put_text(&w, "text", e.text);
	json_object_end(&w);
	agent_tell(g, &frame);
}

void receipts_set(struct agent *g, const struct json *list)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};

	if (!list)
		return;
	json_object(&w, NULL);
	json_put_json(&w, "receipts", list);
	json_object_end(&w);
	mem_free(g->receipts.waiting);
	g->receipts.waiting = mem_dup(body.data);
	/* An older list under way is part of this one; the server takes each receipt once. */
	agent_cancel(&g->receipts.call);
	agent_pause_end(&g->receipts.pause);
	agent_kick(g);
}

void receipts_start(struct agent *g)
{
	if (!g->receipts.waiting || g->receipts.call || g->receipts.pause.waiting)
		return;
	g->receipts.call = agent_post(g,
				      &(struct agent_post){.path = "/agent/v1/receipts",
							   .body = g->receipts.waiting,
							   .bearer = true},
				      on_receipts_answer, g);
}

/* --- a person's calls --------------------------------------------------------------------------- */

static void release(struct agent_call *c)
{
	agent_cancel(&c->call);
	mem_free(c->path);
	mem_free(c->body);
	mem_free(c->idempotency);
	*c = (struct agent_call){.agent = c->agent};
}

static void finish(struct agent_call *c, const struct json *answer, const struct err *e)
{
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};
	const struct json *instance = json_get(answer, "instance");
	const struct json *session = json_get(answer, "session");

	json_object(&w, NULL);
	json_put_text(&w, "m", "done");
	json_put_i64(&w, "call", c->number);
	if (instance) {
		json_put_json(&w, "instance", instance);
	} else if (session) {
		json_put_json(&w, "session", session);
	} else {
		json_put_text(&w, "code", err_name(answer ? ERR_PEER : e->code));
		json_put_text(&w, "text", answer ? "the server's answer is empty" : e->text);
	}
	json_object_end(&w);
	agent_tell(c->agent, &frame);
	release(c);
}

static void on_call_answer(void *arg, const struct http_reply *reply, const struct err *failed)
{
	AUTO(arena_done) struct arena a = {0};
	struct agent_call *c = arg;
	struct agent *g = c->agent;
	const struct json *answer;
	struct err e;

	c->call = NULL;
	if (agent_answer(&a, reply, failed, &answer, &e)) {
		session_works(g);
		finish(c, answer, NULL);
		return;
	}
	/* A token may have ended meanwhile, or a kept connection; both calls may be made twice. */
	if (!c->again && (e.code == ERR_UNAUTHENTICATED || (!reply && e.code == ERR_PEER))) {
		c->again = true;
		if (reply)
			session_lost(g);
		agent_kick(g);
		return;
	}
	finish(c, NULL, &e);
}

void calls_start(struct agent *g)
{
	size_t i;

	for (i = 0; i < AGENT_MAX_CALLS; i++) {
		struct agent_call *c = &g->calls[i];

		if (!c->number || c->call)
			continue;
		c->call = agent_post(g,
				     &(struct agent_post){.path = c->path,
							  .body = c->body,
							  .idempotency = c->idempotency,
							  .bearer = true},
				     on_call_answer, c);
	}
}

static struct agent_call *take_slot(struct agent *g, const struct json *frame)
{
	struct agent_call full = {.agent = g};
	int64_t number;
	struct err e;
	size_t i;

	if (!json_i64(frame, "call", &number) || number < 1)
		return NULL;
	for (i = 0; i < AGENT_MAX_CALLS; i++)
		if (!g->calls[i].number) {
			g->calls[i].number = number;
			return &g->calls[i];
		}
	full.number = number;
	(void)err_set(&e, ERR_TOO_MANY, "too many calls at a time");
	finish(&full, NULL, &e);
	return NULL;
}

/* Somebody waits: no back-off. */
static void start_now(struct agent *g)
{
	agent_pause_end(&g->session.pause);
	agent_kick(g);
}

void calls_file(struct agent *g, const struct json *frame)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};
	struct agent_call *c = take_slot(g, frame);
	bool by_root = false;

	if (!c)
		return;
	json_object(&w, NULL);
	json_put_text(&w, "reason", json_text(frame, "reason"));
	json_put_text(&w, "package", json_text(frame, "package"));
	if (json_bool(frame, "by_root", &by_root) && by_root)
		json_put_bool(&w, "by_root", true);
	json_object_end(&w);
	c->path = mem_dup("/agent/v1/requests");
	c->body = mem_dup(body.data);
	c->idempotency = mem_dup(json_text(frame, "id"));
	start_now(g);
}

void calls_withdraw(struct agent *g, const struct json *frame)
{
	const char *instance = json_text(frame, "instance");
	struct agent_call *c = take_slot(g, frame);

	if (!c)
		return;
	c->path = mem_printf("/agent/v1/requests/%s/withdraw", instance ? instance : "");
	c->body = mem_dup("{}");
	start_now(g);
}

void calls_logout(struct agent *g, const struct json *frame)
{
	struct agent_call *c = take_slot(g, frame);

	if (!c)
		return;
	c->path = mem_dup("/agent/v1/sign-out");
	c->body = mem_dup("{}");
	start_now(g);
}

void calls_fail(struct agent *g, const struct err *e)
{
	size_t i;

	for (i = 0; i < AGENT_MAX_CALLS; i++)
		if (g->calls[i].number && !g->calls[i].call)
			finish(&g->calls[i], NULL, e);
}

void calls_init(struct agent *g)
{
	size_t i;

	for (i = 0; i < AGENT_MAX_CALLS; i++)
		g->calls[i].agent = g;
	agent_pause_init(&g->receipts.pause, g);
}

void calls_done(struct agent *g)
{
	size_t i;

	for (i = 0; i < AGENT_MAX_CALLS; i++)
		release(&g->calls[i]);
	agent_cancel(&g->receipts.call);
	mem_free(g->receipts.waiting);
	loop_timer_free(g->receipts.pause.timer);
}
