/* What the agent says. It speaks with the network, so nothing it brings is believed unverified. */
#include <string.h>

#include "base/footprint.h"
#include "base/log.h"
#include "base/text.h"
#include "keeper/keeper.h"

#define CHALLENGE_MAX 512

static void on_online(struct keeper *k, const struct json *frame)
{
	k->link.online = false;
	(void)json_bool(frame, "online", &k->link.online);
	if (!k->link.online)
		return;
	link_send_reports(k);
	if (k->filing.id && !k->filing.sending && !k->filing.refused_code)
		filing_send(k, NULL);
	footprint_rest();
}

/* Only these two forms are ever signed, so nobody gets a signature for anything else. */
static char *to_sign(const struct keeper *k, struct arena *a, const struct json *frame,
		     const struct crypto_keypair **key)
{
	const char *purpose = json_text(frame, "for");
	const char *text = json_text(frame, "text");

	if (!text || !*text || strlen(text) > CHALLENGE_MAX || !text_printable(text, false))
		return NULL;
	if (text_equal(purpose, "token") && k->login.state == LOGIN_WAITING) {
		*key = &k->login.key;
		return arena_printf(a, "holdfast-token\n%s", text);
	}
	if (text_equal(purpose, "session") && k->device.known) {
		*key = &k->device.key;
		return arena_printf(a, "holdfast-session\n%s\n%s", k->device.anchor.device, text);
	}
	return NULL;
}

static void on_sign(struct keeper *k, const struct json *frame)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf answer = {0};
	struct json_writer w = {.out = &answer};
	unsigned char signature[CRYPTO_SIGNATURE_SIZE];
	char text[TEXT_BASE64_SIZE(CRYPTO_SIGNATURE_SIZE)];
	const struct crypto_keypair *key;
	const char *bytes = to_sign(k, &a, frame, &key);

	if (!bytes) {
		log_line(LOG_LEVEL_WARN, "the agent asked for a signature it cannot have");
		return;
	}
	crypto_make_signature(key, bytes, strlen(bytes), signature);
	text_base64url(signature, sizeof(signature), text);
	json_object(&w, NULL);
	json_put_text(&w, "m", "signed");
	json_put_text(&w, "signature", text);
	json_object_end(&w);
	(void)link_send(k, &answer);
}

static void on_login_failed(struct keeper *k, const struct json *frame)
{
	login_failed(k, json_text(frame, "code"), json_text(frame, "text"),
		     json_text(frame, "reason"));
}

static void on_rules(struct keeper *k, const struct json *frame)
{
	const char *keys = json_text(frame, "keys");
	const char *statement = json_text(frame, "statement");
	struct err e;

	if ((keys || statement) && !holding_rules(&k->holding, &k->device, keys, statement, &e))
		log_err(LOG_LEVEL_WARN, "rules from the server are refused", &e);
}

static void on_grant(struct keeper *k, const struct json *frame)
{
	const char *text = json_text(frame, "grant");
	const struct grant *grant;
	struct err e;

	if (!text)
		return;
	if (holding_grant(&k->holding, &k->device, text, &grant, &e))
		log_line(LOG_LEVEL_INFO, "grant %s for request %s", grant->id, grant->number);
	else
		log_err(LOG_LEVEL_WARN, "a grant from the server is refused", &e);
}

static void on_revoke(struct keeper *k, const struct json *frame)
{
	const struct json *list = json_get(frame, "grants");
	const struct json *id = list && list->type == JSON_ARRAY ? list->first : NULL;
	struct err e;

	for (; id && k->device.standing == DEVICE_ENROLLED; id = id->next)
		if (id->type == JSON_TEXT && !holding_revoke(&k->holding, &k->device, id->text, &e))
			log_err(LOG_LEVEL_WARN, "a revocation", &e);
}

static void on_view(struct keeper *k, const struct json *frame)
{
	view_set(k, json_get(frame, "view"));
}

static void on_offline(struct keeper *k, const struct json *frame)
{
	offline_take(k, json_get(frame, "set"));
}

static void on_split(struct keeper *k, [[maybe_unused]] const struct json *frame)
{
	login_split(k);
}

static void on_synced(struct keeper *k, [[maybe_unused]] const struct json *frame)
{
	link_send_state(k);
}

static void on_accepted(struct keeper *k, const struct json *frame)
{
	const struct json *list = json_get(frame, "ids");
	const struct json *id = list && list->type == JSON_ARRAY ? list->first : NULL;
	struct err e;

	for (; id; id = id->next)
		if (id->type == JSON_TEXT && !spool_drop(&k->paths, id->text, &e))
			log_err(LOG_LEVEL_WARN, "an accepted report", &e);
	k->link.batch = SPOOL_BATCH;
	link_send_reports(k);
	goodbye_progress(k);
}

/* One report that the server will never take must not hold up the others. */
static void on_refused(struct keeper *k, const struct json *frame)
{
	const char *text = json_text(frame, "text");
	struct err e;

	log_line(LOG_LEVEL_WARN, "the server refuses reports: %s", text ? text : "");
	if (k->link.batch > 1)
		k->link.batch = 1;
	else if (!spool_set_aside(&k->paths, &e))
		log_err(LOG_LEVEL_WARN, "a refused report", &e);
	link_send_reports(k);
	goodbye_progress(k);
}

static const struct {
	const char *name;
	void (*fn)(struct keeper *k, const struct json *frame);
} frames[] = {
    {"online", on_online},
    {"sign", on_sign},
    {"login", login_told},
    {"enrolled", login_enrolled},
    {"login-failed", on_login_failed},
    {"rules", on_rules},
    {"grant", on_grant},
    {"revoke", on_revoke},
    {"view", on_view},
    {"offline", on_offline},
    {"split", on_split},
    {"synced", on_synced},
    {"done", call_answer},
    {"accepted", on_accepted},
    {"refused", on_refused},
};

void agent_frame(struct keeper *k, const struct json *frame)
{
	const char *name = json_text(frame, "m");
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(frames); i++)
		if (!strcmp(name, frames[i].name)) {
			frames[i].fn(k, frame);
			staying_settle(k);
			packages_consider(k);
			watch_look(k);
			return;
		}
	log_line(LOG_LEVEL_WARN, "the agent sent a frame of unknown kind");
}
