/* Enrolling: one person at a time. The device's key lives in memory until the server has accepted
 * it, so that a login given up leaves no trace. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "keeper/local.h"

#define SPLIT_MS 60000 /* until the server has answered to a copy */

static void refuse(struct client *c, enum err_code code, const char *text)
{
	local_refuse_text(c, err_name(code), text, NULL);
}

static void put_address(struct json_writer *w, const void *arg)
{
	const struct login *n = arg;

	if (!n->by_token) {
		json_put_text(w, "url", n->url);
		json_put_text(w, "user_code", n->user_code);
	}
	json_put_i64(w, "expires_ms", n->expires_ms);
}

/* The agent makes a fresh start of its own when it is asked again. */
static void ask(struct keeper *k, struct client *c, const struct login_request *request)
{
	AUTO(buf_wipe) struct buf frame = {0};
	struct json_writer w = {.out = &frame};
	char key[TEXT_BASE64_SIZE(CRYPTO_PUBLIC_SIZE)];

	login_end(k);
	if (k->device.standing == DEVICE_ENROLLED)
		k->login.key = k->device.key;
	else
		crypto_keypair_new(&k->login.key);
	text_base64url(k->login.key.public, CRYPTO_PUBLIC_SIZE, key);
	k->login.state = LOGIN_ASKING;
	k->login.uid = c->peer.uid;
	k->login.client = c;
	json_object(&w, NULL);
	json_put_text(&w, "m", "login");
	json_put_text(&w, "key", key);
	json_put_text(&w, "hardware", k->hardware);
	json_put_bool(&w, "switch", request->switching);
	if (request->token)
		json_put_text(&w, "token", request->token);
	json_object_end(&w);
	k->login.by_token = request->token;
	if (!link_send(k, &frame))
		login_failed(k, err_name(ERR_UNAVAILABLE), "the agent is not running", NULL);
}

/* There is nothing to sign in to: somebody is, and the server knows it. */
static bool is_signed_in(const struct keeper *k)
{
	return k->device.standing == DEVICE_ENROLLED && !k->view.session && k->link.online &&
	       !text_equal(k->view.device_state ? k->view.device_state->text : NULL, "unbound");
}

void login_begin(struct keeper *k, struct client *c, const struct login_request *request)
{
	bool under_way = k->login.state == LOGIN_ASKING ||
			 (k->login.state == LOGIN_WAITING && k->login.expires_ms > clock_utc_ms());

	/* Nobody's page that waits, or is asked for again and again, keeps a token out: it is root's. */
	if (request->token && k->login.state == LOGIN_WAITING && !k->login.by_token)
		under_way = false;

	if (k->device.standing == DEVICE_TAMPERED)
		refuse(c, ERR_GONE, "files of the enrolment are missing or changed");
	else if (is_signed_in(k) && !request->switching)
		refuse(c, ERR_CONFLICT, "this computer is enrolled already");
	else if (!*k->settings.url)
		refuse(c, ERR_INVALID, "url is empty");
	else if (under_way && (k->login.uid != c->peer.uid || k->login.state == LOGIN_ASKING))
		refuse(c, ERR_TOO_MANY, "a login is under way");
	else if (under_way)
		local_answer(c, put_address, &k->login);
	else
		ask(k, c, request);
}

static bool usable(const char *text)
{
	return text && *text && text_printable(text, false);
}

/* The window has the desktop open it: nothing else than a page. */
static bool is_page(const char *url)
{
	return usable(url) && (text_starts(url, "https://") || text_starts(url, "http://"));
}

void login_told(struct keeper *k, const struct json *frame)
{
	const char *url = json_text(frame, "url");
	const char *user_code = json_text(frame, "user_code");
	struct login *n = &k->login;
	struct client *c = n->client;

	if (n->state != LOGIN_ASKING)
		return;
	if ((!n->by_token && (!is_page(url) || !usable(user_code))) ||
	    !json_i64(frame, "expires_ms", &n->expires_ms)) {
		login_failed(k, err_name(ERR_PEER), "the server's answer makes no sense", NULL);
		return;
	}
	n->state = LOGIN_WAITING;
	n->url = arena_dup(&n->arena, url);
	n->user_code = arena_dup(&n->arena, user_code);
	n->client = NULL;
	if (c)
		local_answer(c, put_address, n);
}

void login_failed(struct keeper *k, const char *code, const char *text, const char *reason)
{
	struct login *n = &k->login;
	struct client *c = n->client;

	if (n->state != LOGIN_ASKING && n->state != LOGIN_WAITING)
		return;
	n->state = LOGIN_FAILED;
	n->client = NULL;
	n->code = arena_dup(&n->arena, code ? code : err_name(ERR_PEER));
	n->text = arena_dup(&n->arena, usable(text) ? text : "the server refused");
	n->reason = usable(reason) ? arena_dup(&n->arena, reason) : NULL;
	crypto_wipe(&n->key, sizeof(n->key));
	log_line(LOG_LEVEL_WARN, "login: %s", n->text);
	if (c)
		local_refuse_text(c, n->code, n->text, n->reason);
}

/* What was the person's before is not the next one's. */
static void forget_owner(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	const char *ids[HOLDING_MAX_GRANTS];
	size_t count = k->holding.grant_count, i;
	struct err e;

	for (i = 0; i < count; i++)
		ids[i] = arena_dup(&a, k->holding.grants[i].id);
	for (i = 0; i < count; i++)
		if (!holding_revoke(&k->holding, &k->device, ids[i], &e))
			log_err(LOG_LEVEL_WARN, "a grant of the owner before", &e);
	if (k->filing.id && !k->filing.sending)
		filing_sent(k);
	view_forget(k);
}

static bool take_over(struct keeper *k, struct enrolment *n, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const char *before = arena_dup(&a, k->device.owner_id);

	if (k->holding.has_statement) {
		n->held = &k->holding.statement;
		n->held_text = k->holding.statement_text;
	}
	if (!device_enrol(&k->device, &k->login.key, n, e))
		return false;
	holding_load(&k->holding, &k->device);
	offline_forget(k); /* other owner or other key: the next check-in brings new ones */
	if (before && !text_equal(before, k->device.owner_id))
		forget_owner(k);
	else
		view_set_session(k, NULL);
	return true;
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
		login_failed(k, err_name(ERR_PEER), "the server's answer lacks something", NULL);
		return;
	}
	if (!take_over(k, &n, &e)) {
		login_failed(k, err_name(e.code), e.text, NULL);
		return;
	}
	login_end(k);
	log_line(LOG_LEVEL_INFO, "enrolled as device %s", k->device.anchor.device);
	findings_repeat(k);
	integrity_look_soon(k);
	link_send_state(k);
}

void login_split(struct keeper *k)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf frame = {0};
	struct json_writer w = {.out = &frame};
	char key[TEXT_BASE64_SIZE(CRYPTO_PUBLIC_SIZE)];
	char signature[TEXT_BASE64_SIZE(CRYPTO_SIGNATURE_SIZE)];
	unsigned char bytes[CRYPTO_SIGNATURE_SIZE];
	const char *text;

	if (k->device.standing != DEVICE_ENROLLED || k->login.state == LOGIN_ASKING ||
	    k->login.state == LOGIN_WAITING)
		return;
	login_end(k);
	crypto_keypair_new(&k->login.key);
	text_base64url(k->login.key.public, CRYPTO_PUBLIC_SIZE, key);
	text = arena_printf(&a, "holdfast-split\n%s\n%s", k->device.anchor.device, key);
	crypto_make_signature(&k->login.key, text, strlen(text), bytes);
	text_base64url(bytes, sizeof(bytes), signature);
	k->login.state = LOGIN_WAITING;
	k->login.by_token = true; /* nobody has to open a page */
	k->login.uid = k->device.owner_uid;
	k->login.expires_ms = clock_utc_ms() + SPLIT_MS;
	json_object(&w, NULL);
	json_put_text(&w, "m", "split");
	json_put_text(&w, "key", key);
	json_put_text(&w, "signature", signature);
	json_put_text(&w, "hardware", k->hardware);
	json_object_end(&w);
	if (!link_send(k, &frame))
		login_failed(k, err_name(ERR_UNAVAILABLE), "the agent is not running", NULL);
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
		if (n->reason)
			json_put_text(w, "reason", n->reason);
	}
	json_object_end(w);
}
