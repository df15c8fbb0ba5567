/* Enrolling: one person at a time. The device's key lives in memory until the server has accepted
 * it, so that a login given up leaves no trace. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "keeper/local.h"

static void refuse(struct client *c, enum err_code code, const char *text)
{
	local_refuse_text(c, err_name(code), text);
}

static void put_address(struct json_writer *w, const void *arg)
{
	const struct login *n = arg;

	json_put_text(w, "url", n->url);
	json_put_text(w, "user_code", n->user_code);
	json_put_i64(w, "expires_ms", n->expires_ms);
}

/* The agent makes a fresh start of its own when it is asked again. */
static void ask(struct keeper *k, struct client *c)
{
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};
	char key[TEXT_BASE64_SIZE(CRYPTO_PUBLIC_SIZE)];

	login_end(k);
	crypto_keypair_new(&k->login.key);
	text_base64url(k->login.key.public, CRYPTO_PUBLIC_SIZE, key);
	k->login.state = LOGIN_ASKING;
	k->login.uid = c->peer.uid;
	k->login.client = c;
	json_object(&w, NULL);
	json_put_text(&w, "m", "login");
	json_put_text(&w, "key", key);
	json_object_end(&w);
	if (!link_send(k, &frame))
		login_failed(k, err_name(ERR_UNAVAILABLE), "the agent is not running");
}

void login_begin(struct keeper *k, struct client *c)
{
	bool under_way = k->login.state == LOGIN_ASKING ||
			 (k->login.state == LOGIN_WAITING && k->login.expires_ms > clock_utc_ms());

	if (k->device.standing != DEVICE_NEW)
		refuse(c, ERR_CONFLICT, "this computer is enrolled already");
	else if (!*k->settings.url)
		refuse(c, ERR_INVALID, "no server is set in agent.conf");
	else if (under_way && (k->login.uid != c->peer.uid || k->login.state == LOGIN_ASKING))
		refuse(c, ERR_TOO_MANY, "a login is under way");
	else if (under_way)
		local_answer(c, put_address, &k->login);
	else
		ask(k, c);
}

static bool usable(const char *text)
{
	return text && *text && text_printable(text, false);
}

void login_told(struct keeper *k, const struct json *frame)
{
	const char *url = json_text(frame, "url");
	const char *user_code = json_text(frame, "user_code");
	struct login *n = &k->login;
	struct client *c = n->client;

	if (n->state != LOGIN_ASKING)
		return;
	if (!usable(url) || !usable(user_code) || !json_i64(frame, "expires_ms", &n->expires_ms)) {
		login_failed(k, err_name(ERR_PEER), "the server's answer makes no sense");
		return;
	}
	n->state = LOGIN_WAITING;
	n->url = arena_dup(&n->arena, url);
	n->user_code = arena_dup(&n->arena, user_code);
	n->client = NULL;
	if (c)
		local_answer(c, put_address, n);
}

void login_failed(struct keeper *k, const char *code, const char *text)
{
	struct login *n = &k->login;
	struct client *c = n->client;

	if (n->state != LOGIN_ASKING && n->state != LOGIN_WAITING)
		return;
	n->state = LOGIN_FAILED;
	n->client = NULL;
	n->code = arena_dup(&n->arena, code ? code : err_name(ERR_PEER));
	n->text = arena_dup(&n->arena, usable(text) ? text : "the server refused");
	crypto_wipe(&n->key, sizeof(n->key));
	log_line(LOG_LEVEL_WARN, "login: %s", n->text);
	if (c)
		local_refuse_text(c, n->code, n->text);
}

void login_enrolled(struct keeper *k, const struct json *frame)
{
	struct enrolment n = {.org = json_text(frame, "org"),
			      .device = json_text(frame, "device"),
			      .root = json_text(frame, "root"),
			      .keys = json_text(frame, "keys"),
			      .statement = json_text(frame, "statement"),
			      .uid = k->login.uid};
	char key[TEXT_BASE64_SIZE(CRYPTO_PUBLIC_SIZE)];
	struct err e;

	text_base64url(k->login.key.public, CRYPTO_PUBLIC_SIZE, key);
	if (k->login.state != LOGIN_WAITING || !text_equal(json_text(frame, "key"), key))
		return;
	if (!n.org || !n.device || !n.root || !n.keys || !n.statement) {
		login_failed(k, err_name(ERR_PEER), "the server's answer lacks something");
		return;
	}
	if (!device_enrol(&k->device, &k->login.key, &n, &e)) {
		login_failed(k, err_name(e.code), e.text);
		return;
	}
	login_end(k);
	holding_load(&k->holding, &k->device);
	log_line(LOG_LEVEL_INFO, "enrolled as device %s", k->device.anchor.device);
	link_send_state(k);
}

void login_end(struct keeper *k)
{
	crypto_wipe(&k->login.key, sizeof(k->login.key));
	arena_done(&k->login.arena);
	k->login = (struct login){0};
}

void login_put(const struct keeper *k, struct json_writer *w)
{
	const struct login *n = &k->login;

	if (n->state == LOGIN_NONE || n->state == LOGIN_ASKING) {
		json_put_null(w, "login");
		return;
	}
	json_object(w, "login");
	json_put_text(w, "state", n->state == LOGIN_WAITING ? "waiting" : "failed");
	if (n->state == LOGIN_WAITING)
		put_address(w, n);
	else {
		json_put_text(w, "code", n->code);
		json_put_text(w, "text", n->text);
	}
	json_object_end(w);
}
