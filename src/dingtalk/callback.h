/*
 * DingTalk's HTTP push: signature, decryption, and the encrypted answer (protocol §5.2 to §5.4).
 * Only who knows token and aes_key gets past dingtalk_callback_open. crypto_start must have run.
 */
#pragma once

#include "dingtalk/event.h"

#define DINGTALK_CALLBACK_MAX_BODY (64 * 1024)
#define DINGTALK_CALLBACK_MAX_PARAMETER 128 /* bytes of timestamp, nonce */

/* What the administrator copied from the console; valid as credentials.h has it. */
struct dingtalk_keys {
	const char *token;
	const char *aes_key;
	const char *client_id; /* owner key of a subscription made in the console */
	const char *corp_id;   /* owner key of one registered by call */
};

/* As received, parameters decoded; NULL when absent. msg_signature counts when both are there. */
struct dingtalk_push {
	const char *msg_signature;
	const char *signature;
	const char *timestamp;
	const char *nonce;
	const char *body;
	size_t body_len;
};

/* Why a push was refused: for our counters and log, never for the sender. */
enum dingtalk_fault {
	DINGTALK_FAULT_NONE,
	DINGTALK_FAULT_FORM,      /* parameters or body are not those of a push */
	DINGTALK_FAULT_SIGNATURE, /* other token, or forged */
	DINGTALK_FAULT_CIPHER,    /* signed, but does not decrypt: other aes_key */
	DINGTALK_FAULT_OWNER,     /* meant for another app or organisation */
	DINGTALK_FAULT_EVENT      /* decrypted, but not an event that can be read */
};

const char *dingtalk_fault_name(enum dingtalk_fault fault); /* "signature" */

struct dingtalk_callback {
	enum dingtalk_fault fault; /* set on failure too, the rest only on success */
	const char *owner;         /* the owner key received: client_id or corp_id */
	const char *text;          /* the event's JSON, NUL-terminated behind text_len bytes */
	size_t text_len;
	struct dingtalk_event event;
};

/*
 * Everything in out lives in the arena. Whatever is wrong, e is the same ERR_CRYPTO sentence, and
 * the answer to the sender must be the same too; out->fault says what it was.
 */
[[nodiscard]] bool dingtalk_callback_open(const struct dingtalk_keys *keys,
					  const struct dingtalk_push *push, struct arena *a,
					  struct dingtalk_callback *out, struct err *e);

/*
 * Asking our own Request URL, as DingTalk's console does on saving, by an event of ours that cannot be
 * taken for DingTalk's (DINGTALK_EVENT_OWN_CHECK): query and body, in the arena; and whether the
 * reply's body is the answer.
 */
[[nodiscard]] bool dingtalk_callback_ask(const struct dingtalk_keys *keys, struct arena *a,
					 const char **query, const char **body, struct err *e);
[[nodiscard]] bool dingtalk_callback_answered(const struct dingtalk_keys *keys, const char *body,
					      size_t n, struct arena *a);

/*
 * The JSON body, in the arena, of the 200 (application/json) that acknowledges a push: "success",
 * for the owner received, with a nonce and time of its own. Send it when the event is stored for
 * good, within 2,500 ms of the push.
 */
[[nodiscard]] bool dingtalk_callback_reply(const struct dingtalk_keys *keys, const char *owner,
					   struct arena *a, const char **body, struct err *e);
