/*
 * The encrypted envelope that pushes and their answers travel in (protocol §5.3):
 * AES-256-CBC over 16 random bytes, the text's length, the text, the owner key and a padding, as
 * base64; and a SHA-1 signature keyed with the callback's token.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define DINGTALK_SIGNATURE_SIZE 41 /* lower-case hex and the NUL */
#define DINGTALK_RANDOM_SIZE 16

struct dingtalk_envelope {
	const char *text; /* NUL-terminated behind text_len bytes */
	size_t text_len;
	const char *owner;
};

/* timestamp, nonce and encrypt as they stand in the message. */
void dingtalk_envelope_sign(const char *token, const char *const message[static 3],
			    char out[static DINGTALK_SIGNATURE_SIZE]);

/* False: encrypt was not made with this aes_key, or was tampered with. */
[[nodiscard]] bool dingtalk_envelope_open(const char *aes_key, const char *encrypt, struct arena *a,
					  struct dingtalk_envelope *out);

/* The base64, in the arena; NULL when aes_key is malformed. random is fresh for each envelope. */
[[nodiscard]] char *dingtalk_envelope_seal(const char *aes_key,
					   const struct dingtalk_envelope *envelope,
					   const unsigned char random[static DINGTALK_RANDOM_SIZE],
					   struct arena *a);
