/* The key list: the epoch keys that the root vouches for (docs/device.md, Signed objects). */
#pragma once

#include "grant/jws.h"

#define KEYS_MAX 8

struct keys_key {
	char kid[CRYPTO_THUMBPRINT_SIZE]; /* keys_sign and keys_verify see that it fits public */
	unsigned char public[CRYPTO_PUBLIC_SIZE];
	int64_t nbf_ms, exp_ms; /* signs objects made from nbf_ms on and before exp_ms */
};

struct keys {
	const char *org;
	int64_t epoch;
	int64_t time_ms;
	struct keys_key key[KEYS_MAX];
	size_t count;
};

/* What a device pinned at enrolment, and the epoch it has reached. */
struct keys_pin {
	const char *org;
	unsigned char root[CRYPTO_PUBLIC_SIZE];
	int64_t epoch; /* of the list it has, 0 for none */
};

/* Signs with the root. The kids of *keys need not be filled in. */
[[nodiscard]] bool keys_sign(struct arena *a, const struct crypto_keypair *root,
			     const struct keys *keys, const char **out, struct err *e);

/* ERR_CRYPTO: not by this root. ERR_FORBIDDEN: another organisation's. ERR_CONFLICT: an epoch
 * before the pin's; the same epoch is fine. ERR_INVALID, ERR_TOO_LARGE: not a key list. */
[[nodiscard]] bool keys_verify(struct arena *a, const char *text, size_t n,
			       const struct keys_pin *pin, struct keys *out, struct err *e);

/* The key with this thumbprint, or NULL. */
const struct keys_key *keys_find(const struct keys *keys, const char *kid);

/* Reads an object of a kind and verifies it under the key it names; *payload in the arena. The
 * caller then asks keys_hold_at with the time that the payload gives. ERR_CRYPTO also for a
 * key that is not in the list. */
[[nodiscard]] bool keys_open(struct arena *a, const struct keys *keys, enum jws_typ typ,
			     const char *text, size_t n, struct jws *out, struct err *e);
[[nodiscard]] bool keys_hold_at(const struct keys *keys, const char *kid, int64_t at_ms,
				struct err *e);
