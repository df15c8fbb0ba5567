#include "dingtalk/callback.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "dingtalk/envelope.h"
#include "json/json.h"

#define NONCE_BYTES 8
#define SUCCESS "success"

static const char *const fault_names[] = {
    [DINGTALK_FAULT_NONE] = "none",           [DINGTALK_FAULT_FORM] = "form",
    [DINGTALK_FAULT_SIGNATURE] = "signature", [DINGTALK_FAULT_CIPHER] = "cipher",
    [DINGTALK_FAULT_OWNER] = "owner",         [DINGTALK_FAULT_EVENT] = "event",
};

const char *dingtalk_fault_name(enum dingtalk_fault fault)
{
	return fault_names[fault];
}

static bool parameter_valid(const char *text)
{
	return text && *text && strlen(text) <= DINGTALK_CALLBACK_MAX_PARAMETER;
}

static enum dingtalk_fault read_push(const struct dingtalk_push *push, struct arena *a,
				     const char **signature, const char **encrypt)
{
	const struct json *root;
	struct err e;

	*signature =
	    push->msg_signature && *push->msg_signature ? push->msg_signature : push->signature;
	if (!*signature || !parameter_valid(push->timestamp) || !parameter_valid(push->nonce))
		return DINGTALK_FAULT_FORM;
	if (!push->body || push->body_len > DINGTALK_CALLBACK_MAX_BODY ||
	    !json_parse(a, push->body, push->body_len, &root, &e))
		return DINGTALK_FAULT_FORM;
	*encrypt = json_text(root, "encrypt");
	return *encrypt && **encrypt ? DINGTALK_FAULT_NONE : DINGTALK_FAULT_FORM;
}

static bool owner_known(const struct dingtalk_keys *keys, const char *owner)
{
	bool client = keys->client_id && crypto_equal_text(owner, keys->client_id);
	bool corp = keys->corp_id && crypto_equal_text(owner, keys->corp_id);

	return *owner && (client || corp);
}

static enum dingtalk_fault open_push(const struct dingtalk_keys *keys,
				     const struct dingtalk_push *push, struct arena *a,
				     struct dingtalk_callback *out)
{
	char expected[DINGTALK_SIGNATURE_SIZE];
	const char *signature, *encrypt;
	struct dingtalk_envelope envelope;
	enum dingtalk_fault fault;
	struct err e;

	fault = read_push(push, a, &signature, &encrypt);
	if (fault != DINGTALK_FAULT_NONE)
		return fault;
	dingtalk_envelope_sign(keys->token, (const char *[]){push->timestamp, push->nonce, encrypt},
			       expected);
	if (!crypto_equal_text(signature, expected))
		return DINGTALK_FAULT_SIGNATURE;
	if (!dingtalk_envelope_open(keys->aes_key, encrypt, a, &envelope))
		return DINGTALK_FAULT_CIPHER;
	if (!owner_known(keys, envelope.owner))
		return DINGTALK_FAULT_OWNER;
	if (!dingtalk_event_parse(a, envelope.text, envelope.text_len, &out->event, &e))
		return DINGTALK_FAULT_EVENT;
	out->owner = envelope.owner;
	out->text = envelope.text;
	out->text_len = envelope.text_len;
	return DINGTALK_FAULT_NONE;
}

bool dingtalk_callback_open(const struct dingtalk_keys *keys, const struct dingtalk_push *push,
			    struct arena *a, struct dingtalk_callback *out, struct err *e)
{
	struct dingtalk_callback callback = {0};

	callback.fault = open_push(keys, push, a, &callback);
	if (callback.fault != DINGTALK_FAULT_NONE) {
		out->fault = callback.fault;
		return err_set(e, ERR_CRYPTO, "this is not a callback for this app");
	}
	*out = callback;
	return true;
}

/* A text sealed and signed, as both sides send one. */
struct sealed {
	char signature[DINGTALK_SIGNATURE_SIZE], timestamp[24], nonce[2 * NONCE_BYTES + 1];
	const char *encrypt;
};

static bool seal(const struct dingtalk_keys *keys, const char *text, const char *owner,
		 struct arena *a, struct sealed *out)
{
	const struct dingtalk_envelope envelope = {text, strlen(text), owner};
	unsigned char random[DINGTALK_RANDOM_SIZE], nonce[NONCE_BYTES];

	random_bytes(random, sizeof(random));
	out->encrypt = dingtalk_envelope_seal(keys->aes_key, &envelope, random, a);
	if (!out->encrypt)
		return false;
	random_bytes(nonce, sizeof(nonce));
	text_hex(nonce, sizeof(nonce), out->nonce);
	(void)snprintf(out->timestamp, sizeof(out->timestamp), "%lld", (long long)clock_utc_ms());
	dingtalk_envelope_sign(keys->token,
			       (const char *[]){out->timestamp, out->nonce, out->encrypt},
			       out->signature);
	return true;
}

bool dingtalk_callback_reply(const struct dingtalk_keys *keys, const char *owner, struct arena *a,
			     const char **body, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	struct sealed sealed;

	if (!seal(keys, SUCCESS, owner, a, &sealed))
		return err_set(e, ERR_INTERNAL, "the answer to DingTalk cannot be encrypted");
	json_object(&w, NULL);
	json_put_text(&w, "msg_signature", sealed.signature);
	json_put_text(&w, "timeStamp", sealed.timestamp);
	json_put_text(&w, "nonce", sealed.nonce);
	json_put_text(&w, "encrypt", sealed.encrypt);
	json_object_end(&w);
	*body = arena_dup_n(a, text.data, text.len);
	return true;
}

bool dingtalk_callback_ask(const struct dingtalk_keys *keys, struct arena *a, const char **query,
			   const char **body, struct err *e)
{
	struct sealed sealed;

	if (!seal(keys, "{\"EventType\":\"" DINGTALK_OWN_CHECK "\"}", keys->client_id, a, &sealed))
		return err_set(e, ERR_INVALID, "the aes_key is malformed");
	*query = arena_printf(a, "msg_signature=%s&timestamp=%s&nonce=%s", sealed.signature,
			      sealed.timestamp, sealed.nonce);
	*body = arena_printf(a, "{\"encrypt\":\"%s\"}", sealed.encrypt);
	return true;
}

bool dingtalk_callback_answered(const struct dingtalk_keys *keys, const char *body, size_t n,
				struct arena *a)
{
	char expected[DINGTALK_SIGNATURE_SIZE];
	struct dingtalk_envelope envelope;
	const struct json *root;
	const char *message[3], *signature;
	struct err e;

	if (!json_parse(a, body, n, &root, &e))
		return false;
	message[0] = json_text(root, "timeStamp");
	message[1] = json_text(root, "nonce");
	message[2] = json_text(root, "encrypt");
	signature = json_text(root, "msg_signature");
	if (!message[0] || !message[1] || !message[2] || !signature)
		return false;
	dingtalk_envelope_sign(keys->token, message, expected);
	return crypto_equal_text(signature, expected) &&
	       dingtalk_envelope_open(keys->aes_key, message[2], a, &envelope) &&
	       text_equal(envelope.text, SUCCESS);
}
