/*
 * The server's signing keys: one root that certifies epoch keys of 90 days, and the epoch key that
 * signs statements and grants. Secrets are stored sealed with the master key. Any thread.
 */
#pragma once

#include "base/arena.h"
#include "crypto/crypto.h"
#include "db/db.h"

#define SIGNER_EPOCH_MS ((int64_t)90 * 24 * 3600 * 1000)
#define SIGNER_RENEW_MS ((int64_t)30 * 24 * 3600 * 1000) /* this long before its end */

struct grant;     /* grant/… */
struct statement; /* grant/… */
struct signer;

/* At first start makes organisation id, root and first epoch; later loads what is there, and renews
 * the epoch when it is due and the root is still here. db writes, inside a transaction. ERR_CRYPTO:
 * the stored secrets were sealed with another master key. */
[[nodiscard]] bool signer_open(struct db *db, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
			       int64_t now_ms, struct signer **out, struct err *e);
void signer_free(struct signer *s); /* accepts NULL */

/* The organisation's id, and the root's public key as base64url. Live as long as s. */
const char *signer_org(const struct signer *s);
const char *signer_root(const struct signer *s);

/* The newest key list, in the arena. */
const char *signer_keys(struct signer *s, struct arena *a);

/* Signs with the present epoch key; the JWS lives in the arena. org is filled in. */
[[nodiscard]] bool signer_grant(struct signer *s, struct arena *a, const struct grant *grant,
				const char **jws, struct err *e);
[[nodiscard]] bool signer_statement(struct signer *s, struct arena *a,
				    const struct statement *statement, const char **jws,
				    struct err *e);
