/* What enrolment wrote down: whom the device belongs to, whom it trusts, who it is (docs/device.md,
 * Files). Pure: texts in, texts out. */
#pragma once

#include "base/arena.h"
#include "crypto/crypto.h"

#define ANCHOR_MAX 4096
#define DEVICE_KEY_MAX 128 /* the file with the seed */

struct anchor {
	const char *org, *device;
	const char *ledger; /* the ledger's id */
	unsigned char root[CRYPTO_PUBLIC_SIZE];
};

/* Who this device is, to whoever signs for it. */
struct device_identity {
	const char *org, *device;
	const char *key; /* thumbprint of the device key */
};

/* The file's text, in the arena. */
const char *anchor_text(struct arena *a, const struct anchor *anchor);
[[nodiscard]] bool anchor_read(struct arena *a, const char *text, size_t n, struct anchor *out,
			       struct err *e);

/* The seed as the file has it: 64 hex digits and a newline. out is wiped by its owner. */
#define DEVICE_KEY_TEXT_SIZE (2 * CRYPTO_SEED_SIZE + 2)
void device_key_text(const struct crypto_keypair *key, char out[static DEVICE_KEY_TEXT_SIZE]);
[[nodiscard]] bool device_key_read(const char *text, size_t n, struct crypto_keypair *out,
				   struct err *e);
