/* The device authorization grant (RFC 8628), each poll signed by the device's key. */
#include "agent/agent.h"

#include <string.h>

#include "agent/facts.h"
#include "agent/rules.h"
#include "base/clock.h"
#include "base/text.h"

#define CLIENT_ID "holdfast-client"
#define GRANT_TYPE "urn:ietf:params:oauth:grant-type:device_code"
#define FORM "application/x-www-form-urlencoded"
#define SLOW_DOWN_MS 5000
#define INTERVAL_DEFAULT_S 5 /* RFC 8628 §3.2 */
#define INTERVAL_MAX_S 600
#define LIFE_MAX_S 86400

static void forget(struct enrol *n)
{
	loop_timer_stop(n->timer);
	agent_cancel(&n->call);
	arena_done(&n->arena);
	*n = (struct enrol){.timer = n->timer};
}

/* reason: the server's word for why, or NULL. */
static void refuse(struct agent *g, enum err_code code, const char *text, const char *reason)
{
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};

	json_object(&w, NULL);
	json_put_text(&w, "m", "login-failed");
	json_put_text(&w, "code", err_name(code));
	json_put_text(&w, "text", text);
	if (reason)
		json_put_text(&w, "reason", reason);
	json_object_end(&w);
	forget(&g->enrol);
	agent_tell(g, &frame);
}

static void fail(struct agent *g, enum err_code code, const char *text)
{
	refuse(g, code, text, NULL);
}

/* Of an answer that refuses. */
static const char *reason_of(struct arena *a, const struct http_reply *reply)
{
	const struct json *answer;
	struct err e;

	return reply && json_parse(a, reply->body, reply->body_len, &answer, &e)
		   ? json_text(answer, "reason")
		   : NULL;
}

static void add_field(struct arena *a, struct buf *form, const char *name, const char *value)
{
	buf_printf(form, "%s%s=%s", form->len ? "&" : "", name, text_percent(a, value));
}

static void wait_for_poll(struct enrol *n)
{
	n->state = ENROL_WAITING;
	loop_timer_start(n->timer, n->interval_ms, 0);
}

/* What the keeper and the person get to see. */
static void tell_login(struct agent *g, const struct json *answer, int64_t life_s)
{
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};
	const char *url = json_text(answer, "verification_uri_complete");

	json_object(&w, NULL);
	json_put_text(&w, "m", "login");
	if (!g->enrol.by_token) {
		json_put_text(&w, "url", url ? url : json_text(answer, "verification_uri"));
		json_put_text(&w, "user_code", json_text(answer, "user_code"));
	}
	json_put_i64(&w, "expires_ms", clock_utc_ms() + life_s * 1000);
	json_object_end(&w);
	agent_tell(g, &frame);
}

static void ask_signature(struct agent *g)
{
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};

	g->enrol.state = ENROL_SIGNING;
	json_object(&w, NULL);
	json_put_text(&w, "m", "sign");
	json_put_text(&w, "for", "token");
	json_put_text(&w, "text", g->enrol.device_code);
	json_object_end(&w);
	agent_tell(g, &frame);
}

static void on_authorization(void *arg, const struct http_reply *reply, const struct err *failed)
{
	AUTO(arena_done) struct arena a = {0};
	struct agent *g = arg;
	struct enrol *n = &g->enrol;
	const struct json *answer;
	int64_t life_s = 0, interval_s = INTERVAL_DEFAULT_S;
	const char *code;
	struct err e;

	n->call = NULL;
	if (!agent_answer(&a, reply, failed, &answer, &e)) {
		refuse(g, e.code, e.text, reason_of(&a, reply));
		return;
	}
	code = json_text(answer, "device_code");
	(void)json_i64(answer, "interval", &interval_s);
	if (!code ||
	    (!n->by_token &&
	     (!json_text(answer, "user_code") || !json_text(answer, "verification_uri"))) ||
	    !json_i64(answer, "expires_in", &life_s) || life_s < 1 || life_s > LIFE_MAX_S ||
	    interval_s < 1 || interval_s > INTERVAL_MAX_S) {
		fail(g, ERR_PEER, "the server's answer to the enrolment makes no sense");
		return;
	}
	n->device_code = arena_dup(&n->arena, code);
	n->interval_ms = interval_s * 1000;
	n->until_ms = loop_now_ms(g->loop) + life_s * 1000;
	tell_login(g, answer, life_s);
	ask_signature(g);
}

static void add_optional(struct arena *a, struct buf *form, const char *name, const char *value)
{
	if (value && *value)
		add_field(a, form, name, value);
}

/* What the machine says of itself, and the key that is to be its own. */
static void add_facts(struct arena *a, struct buf *form, const struct json *frame)
{
	struct facts facts;

	facts_read(a, &facts);
	add_field(a, form, "device_key", json_text(frame, "key"));
	add_field(a, form, "hostname", facts.hostname);
	add_field(a, form, "os", facts.os);
	add_field(a, form, "macs", facts.macs);
	add_field(a, form, "client_version", HOLDFAST_VERSION);
	add_optional(a, form, "hardware", json_text(frame, "hardware"));
}

void enrol_begin(struct agent *g, const struct json *frame)
{
	AUTO(arena_wipe) struct arena a = {0};
	AUTO(buf_wipe) struct buf form = {0};
	const char *key = json_text(frame, "key");
	bool switching = false;

	forget(&g->enrol);
	if (!g->base || !key) {
		fail(g, ERR_INVALID, g->unusable.text);
		return;
	}
	add_field(&a, &form, "client_id", CLIENT_ID);
	add_facts(&a, &form, frame);
	add_optional(&a, &form, "enrolment_token", json_text(frame, "token"));
	if (json_bool(frame, "switch", &switching) && switching)
		add_field(&a, &form, "switch", "1");
	g->enrol.by_token = json_text(frame, "token");
	g->enrol.state = ENROL_ASKING;
	g->enrol.key = arena_dup(&g->enrol.arena, key);
	g->enrol.call = agent_post(g,
				   &(struct agent_post){.path = "/agent/v1/device_authorization",
							.type = FORM,
							.body = form.data},
				   on_authorization, g);
}

void enrol_signed(struct agent *g, const char *signature)
{
	g->enrol.signature = arena_dup(&g->enrol.arena, signature);
	wait_for_poll(&g->enrol);
}

static void hand_over(struct agent *g, const struct json *answer)
{
	static const char *const members[] = {"org", "device", "root", "keys", "statement"};
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};
	size_t i;

	json_object(&w, NULL);
	json_put_text(&w, "m", "enrolled");
	json_put_text(&w, "key", g->enrol.key);
	for (i = 0; i < ARRAY_SIZE(members); i++)
		json_put_text(&w, members[i], json_text(answer, members[i]));
	json_object_end(&w);
	if (frame.len > IPC_MAX_FRAME) {
		fail(g, ERR_PEER, "the server's answer to the enrolment is too large");
		return;
	}
	forget(&g->enrol);
	g->enrol.handed = true;
	agent_tell(g, &frame);
}

/* The server's own words, where a rule refuses it. */
static const char *refusal(struct arena *a, const struct json *answer)
{
	const char *why = json_text(answer, "error_description");
	size_t n;

	if (!why || !*why || !text_printable(why, false))
		return "the server refused the enrolment";
	n = strlen(why);
	return arena_dup_n(a, why, why[n - 1] == '.' ? n - 1 : n);
}

static void on_token(void *arg, const struct http_reply *reply, const struct err *failed)
{
	AUTO(arena_done) struct arena a = {0};
	struct agent *g = arg;
	struct enrol *n = &g->enrol;
	const struct json *answer = NULL;
	struct err e;

	n->call = NULL;
	if (!reply) {
		/* RFC 8628 §3.5: after a time-out, slower. */
		if (failed->code == ERR_TIMEOUT)
			n->interval_ms += SLOW_DOWN_MS;
		wait_for_poll(n);
		return;
	}
	if (!json_parse(&a, reply->body, reply->body_len, &answer, &e))
		answer = NULL;
	switch (rules_token(reply->status, json_text(answer, "error"))) {
	case RULES_TOKEN_GRANTED:
		hand_over(g, answer);
		return;
	case RULES_TOKEN_SLOW_DOWN:
		n->interval_ms += SLOW_DOWN_MS;
		wait_for_poll(n);
		return;
	case RULES_TOKEN_WAIT:
		wait_for_poll(n);
		return;
	case RULES_TOKEN_DENIED:
		fail(g, ERR_FORBIDDEN, "the enrolment was refused on its page");
		return;
	case RULES_TOKEN_EXPIRED:
		fail(g, ERR_GONE, "the code has expired");
		return;
	case RULES_TOKEN_FAILED:
		refuse(g, ERR_CONFLICT, refusal(&a, answer), json_text(answer, "reason"));
		return;
	}
}

static void on_split(void *arg, const struct http_reply *reply, const struct err *failed)
{
	AUTO(arena_done) struct arena a = {0};
	struct agent *g = arg;
	const struct json *answer;
	struct err e;

	g->enrol.call = NULL;
	if (agent_answer(&a, reply, failed, &answer, &e))
		hand_over(g, answer);
	else
		fail(g, e.code, e.text);
}

void enrol_split(struct agent *g, const struct json *frame)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf form = {0};
	const char *key = json_text(frame, "key"), *signature = json_text(frame, "signature");

	if (!g->base || !key || !signature || g->session.state != SESSION_OPEN)
		return;
	forget(&g->enrol);
	add_facts(&a, &form, frame);
	add_field(&a, &form, "run", g->run);
	add_field(&a, &form, "signature", signature);
	g->enrol.state = ENROL_POLLING;
	g->enrol.key = arena_dup(&g->enrol.arena, key);
	g->enrol.call = agent_post(
	    g,
	    &(struct agent_post){
		.path = "/agent/v1/split", .type = FORM, .body = form.data, .bearer = true},
	    on_split, g);
}

static void on_timer(void *arg)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf form = {0};
	struct agent *g = arg;
	struct enrol *n = &g->enrol;

	if (loop_now_ms(g->loop) >= n->until_ms) {
		fail(g, ERR_GONE, "the code has expired");
		return;
	}
	add_field(&a, &form, "grant_type", GRANT_TYPE);
	add_field(&a, &form, "client_id", CLIENT_ID);
	add_field(&a, &form, "device_code", n->device_code);
	add_field(&a, &form, "signature", n->signature);
	n->state = ENROL_POLLING;
	n->call = agent_post(
	    g, &(struct agent_post){.path = "/agent/v1/token", .type = FORM, .body = form.data},
	    on_token, g);
}

void enrol_init(struct agent *g)
{
	g->enrol.timer = loop_timer_new(g->loop, on_timer, g);
}

void enrol_done(struct agent *g)
{
	forget(&g->enrol);
	loop_timer_free(g->enrol.timer);
}
