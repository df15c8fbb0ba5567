/* A bearer token for an hour, given for a challenge that the keeper signs. */
#include "agent/agent.h"

#include "base/text.h"

static void forget(struct session *s)
{
	agent_cancel(&s->call);
	s->state = SESSION_NONE;
	s->challenge = NULL;
	s->authorization = NULL;
	s->takes_offline = s->takes_build = false;
	arena_done(&s->arena);
}

static void fail(struct agent *g, const struct err *e)
{
	forget(&g->session);
	agent_pause_begin(&g->session.pause);
	agent_online(g, false, e);
}

static void on_challenge(void *arg, const struct http_reply *reply, const struct err *failed)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};
	struct agent *g = arg;
	const struct json *answer;
	struct err e;

	g->session.call = NULL;
	if (!agent_answer(&a, reply, failed, &answer, &e)) {
		fail(g, &e);
		return;
	}
	g->session.challenge = arena_dup(&g->session.arena, json_text(answer, "challenge"));
	if (!g->session.challenge) {
		(void)err_set(&e, ERR_PEER, "the server sent no challenge");
		fail(g, &e);
		return;
	}
	g->session.state = SESSION_SIGNING;
	json_object(&w, NULL);
	json_put_text(&w, "m", "sign");
	json_put_text(&w, "for", "session");
	json_put_text(&w, "text", g->session.challenge);
	json_object_end(&w);
	agent_tell(g, &frame);
}

void session_start(struct agent *g)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};

	if (g->session.state != SESSION_NONE || g->session.pause.waiting)
		return;
	g->session.state = SESSION_ASKING;
	json_object(&w, NULL);
	json_put_text(&w, "device", g->device);
	json_object_end(&w);
	g->session.call =
	    agent_post(g, &(struct agent_post){.path = "/agent/v1/challenge", .body = body.data},
		       on_challenge, g);
}

/* Deleted there, or another key took its place. What was known of the view is asked for anew after that. */
static void tell_unknown(struct agent *g)
{
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};

	json_object(&w, NULL);
	json_put_text(&w, "m", "view");
	json_object(&w, "view");
	json_put_text(&w, "device_state", "unknown");
	json_object_end(&w);
	json_object_end(&w);
	agent_tell(g, &frame);
	mem_free(g->sync.view_tag);
	g->sync.view_tag = NULL;
}

/* A server that is older than this client refuses members of a poll that it does not know. */
static bool takes(const struct json *answer, const char *member)
{
	const struct json *list = json_get(answer, "takes");
	const struct json *one = list && list->type == JSON_ARRAY ? list->first : NULL;

	for (; one; one = one->next)
		if (one->type == JSON_TEXT && text_equal(one->text, member))
			return true;
	return false;
}

static void on_open(void *arg, const struct http_reply *reply, const struct err *failed)
{
	AUTO(arena_done) struct arena a = {0};
	struct agent *g = arg;
	const struct json *answer;
	const char *token;
	struct err e;

	g->session.call = NULL;
	if (!agent_answer(&a, reply, failed, &answer, &e)) {
		if (reply && reply->status == 401)
			tell_unknown(g);
		fail(g, &e);
		return;
	}
	token = json_text(answer, "token");
	if (!token || !text_printable(token, false)) {
		(void)err_set(&e, ERR_PEER, "the server sent no token");
		fail(g, &e);
		return;
	}
	g->session.authorization =
	    arena_printf(&g->session.arena, "Authorization: Bearer %s", token);
	g->session.takes_offline = takes(answer, "offline");
	g->session.takes_build = takes(answer, "build") && takes(answer, "boot");
	g->session.state = SESSION_OPEN;
	agent_online(g, true, NULL);
	agent_kick(g);
}

void session_signed(struct agent *g, const char *signature)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer w = {.out = &body};

	g->session.state = SESSION_OPENING;
	json_object(&w, NULL);
	json_put_text(&w, "device", g->device);
	json_put_text(&w, "challenge", g->session.challenge);
	json_put_text(&w, "signature", signature);
	json_object_end(&w);
	g->session.call = agent_post(
	    g, &(struct agent_post){.path = "/agent/v1/session", .body = body.data}, on_open, g);
}

/* A token may end at any time, so once is no failure; refused again and again is. */
void session_lost(struct agent *g)
{
	struct err e;

	if (g->session.state != SESSION_OPEN)
		return;
	(void)err_set(&e, ERR_UNAUTHENTICATED, "the server does not accept this device");
	if (g->session.pause.failures) {
		fail(g, &e);
		return;
	}
	forget(&g->session);
	g->session.pause.failures = 1;
}

void session_forget(struct agent *g)
{
	forget(&g->session);
	agent_pause_end(&g->session.pause);
	agent_cancel(&g->sync.call);
	mem_free(g->sync.view_tag);
	g->sync.view_tag = NULL;
}

void session_works(struct agent *g)
{
	agent_pause_end(&g->session.pause);
}

void session_init(struct agent *g)
{
	agent_pause_init(&g->session.pause, g);
}

void session_done(struct agent *g)
{
	forget(&g->session);
	loop_timer_free(g->session.pause.timer);
}
