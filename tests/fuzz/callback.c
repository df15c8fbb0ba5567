/*
 * A push of DingTalk's from anybody. Lines: how, msg_signature, signature, timestamp, nonce; then
 * the body. how "raw": as it is; "signed": the body's encrypt text is signed for it, as by who
 * knows the token; "sealed": the body is the plaintext envelope, encrypted and signed for it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "dingtalk/callback.h"
#include "dingtalk/envelope.h"
#include "fuzz.h"
#include "json/json.h"

static const struct dingtalk_keys keys = {
    .token = "mryue",
    .aes_key = "Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7",
    .client_id = "dingappkey0001",
    .corp_id = "dingcorp0001",
};

static const char *line(struct arena *a, const char **text)
{
	size_t n = strcspn(*text, "\n");
	const char *out = arena_dup_n(a, *text, n);

	*text += n + ((*text)[n] == '\n');
	return out;
}

static void sign(struct arena *a, struct dingtalk_push *push, const char *encrypt)
{
	char *signature = arena_alloc(a, DINGTALK_SIGNATURE_SIZE);

	dingtalk_envelope_sign(keys.token, (const char *[]){push->timestamp, push->nonce, encrypt},
			       signature);
	push->msg_signature = signature;
}

static void sign_body(struct arena *a, struct dingtalk_push *push)
{
	const struct json *root;
	const char *encrypt;
	struct err e;

	if (!json_parse(a, push->body, push->body_len, &root, &e))
		return;
	encrypt = json_text(root, "encrypt");
	if (encrypt)
		sign(a, push, encrypt);
}

static void seal_body(struct arena *a, struct dingtalk_push *push)
{
	size_t n = push->body_len / 16 * 16;
	unsigned char key[CRYPTO_AES_KEY_SIZE];
	unsigned char *cipher = arena_alloc(a, n);
	char *encrypt = arena_alloc(a, TEXT_BASE64_SIZE(n));
	size_t key_len = sizeof(key);
	struct err e;

	if (!text_unbase64_lenient(keys.aes_key, strlen(keys.aes_key), key, &key_len) ||
	    !crypto_aes_cbc_encrypt(key, key, push->body, n, cipher, &e))
		return;
	text_base64(cipher, n, encrypt);
	sign(a, push, encrypt);
	push->body = arena_printf(a, "{\"encrypt\":\"%s\"}", encrypt);
	push->body_len = strlen(push->body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	const char *text = arena_dup_n(&a, data, size);
	const char *end = text + size;
	const char *how = line(&a, &text);
	struct dingtalk_callback callback = {0};
	struct dingtalk_push push;
	struct err e = {0};

	if (!crypto_start(&e))
		abort();
	push.msg_signature = line(&a, &text);
	push.signature = line(&a, &text);
	push.timestamp = line(&a, &text);
	push.nonce = line(&a, &text);
	push.body = text;
	push.body_len = (size_t)(end - text);
	if (strcmp(how, "signed") == 0)
		sign_body(&a, &push);
	if (strcmp(how, "sealed") == 0)
		seal_body(&a, &push);
	if (dingtalk_callback_open(&keys, &push, &a, &callback, &e)) {
		const char *reply;

		if (strlen(callback.event.key) == 0 ||
		    !dingtalk_callback_reply(&keys, callback.owner, &a, &reply, &e))
			abort();
	} else if (e.code != ERR_CRYPTO || callback.fault == DINGTALK_FAULT_NONE) {
		abort();
	}
	return 0;
}
