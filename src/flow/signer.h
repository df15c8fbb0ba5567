/*
 * The server's signing keys: one root that certifies epoch keys of 90 days, and the epoch key that
 * signs statements and grants. Secrets are stored sealed with the master key. Any thread.
 */
#pragma once

#include "crypto/crypto.h"
#include "db/db.h"
#include "grant/grant.h"

#define SIGNER_EPOCH_MS ((int64_t)90 * 24 * 3600 * 1000)
#define SIGNER_RENEW_MS ((int64_t)30 * 24 * 3600 * 1000) /* this long before its end */

struct signer;

/* At first start makes organisation id, root and first epoch; later loads what is there, and renews
 * the epoch when it is due and the root is still here. db writes, inside a transaction. */
[[nodiscard]] bool signer_open(struct db *db, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
			       int64_t now_ms, struct signer **out, struct err *e);
void signer_free(struct signer *s); /* accepts NULL */
