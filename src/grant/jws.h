/*
 * Compact JWS (RFC 7515) with Ed25519 (RFC 8037), the form of everything Holdfast signs. The header
 * has exactly alg "EdDSA", typ and kid (the signing key's thumbprint); a reader takes exactly one
 * typ, so that one kind of object never passes for another.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "crypto/crypto.h"

#define JWS_MAX 65536 /* bytes of the whole text */

enum jws_typ { JWS_GRANT, JWS_STATEMENT, JWS_KEYS, JWS_CHECKPOINT, JWS_EXPORT };

/* The text lives in the arena. ERR_TOO_LARGE over JWS_MAX. */
[[nodiscard]] bool jws_sign(struct arena *a, enum jws_typ typ, const struct crypto_keypair *key,
			    const struct buf *payload, const char **out, struct err *e);

/* Read, not yet verified: nothing but kid may be looked at before jws_verify says true. */
struct jws {
	const char *kid;
	const char *payload; /* decoded */
	size_t payload_len;
	const char *signed_text; /* borrows the text that was read */
	size_t signed_len;
	unsigned char signature[CRYPTO_SIGNATURE_SIZE];
};

/* text is the JWS and nothing else, no newline. ERR_TOO_LARGE over JWS_MAX, else ERR_INVALID. */
[[nodiscard]] bool jws_read(struct arena *a, const char *text, size_t n, enum jws_typ typ,
			    struct jws *out, struct err *e);

/* ERR_CRYPTO when public is not the key that kid names or the signature does not hold. */
[[nodiscard]] bool jws_verify(const struct jws *jws, const unsigned char public[CRYPTO_PUBLIC_SIZE],
			      struct err *e);
