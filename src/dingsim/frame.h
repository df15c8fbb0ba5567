/*
 * The encrypted envelope of HTTP pushes and of their replies: AES-256-CBC over
 * random16 | length | message | owner key, padded to 32 bytes, and a SHA-1 signature over the
 * sorted texts.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "crypto/crypto.h"

#define FRAME_AES_KEY_LENGTH 43 /* characters, as the console shows it */
#define FRAME_RANDOM_SIZE 16
#define FRAME_SIGNATURE_SIZE 41
#define FRAME_MAX (1024 * 1024) /* bytes of base64 text taken in */

/* ERR_INVALID unless text is 43 letters and digits. */
[[nodiscard]] bool frame_key(const char *text, unsigned char out[static CRYPTO_AES_KEY_SIZE],
			     struct err *e);

struct frame {
	unsigned char random[FRAME_RANDOM_SIZE];
	const char *message;
	const char *owner;
};

/* base64 text in the arena; frame->random goes in front. */
[[nodiscard]] bool frame_seal(struct arena *a, const unsigned char key[CRYPTO_AES_KEY_SIZE],
			      const struct frame *frame, const char **out, struct err *e);

/* Accepts padding of 1 to 32 and white space in the base64 text. ERR_CRYPTO otherwise. */
[[nodiscard]] bool frame_open(struct arena *a, const unsigned char key[CRYPTO_AES_KEY_SIZE],
			      const char *encrypt, struct frame *out, struct err *e);

/* What is signed, each as it stands in the query or in the JSON. */
struct frame_signed {
	const char *token, *timestamp, *nonce, *encrypt;
};
void frame_sign(struct arena *a, const struct frame_signed *s,
		char out[static FRAME_SIGNATURE_SIZE]);
