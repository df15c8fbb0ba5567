/*
 * The server's signing keys: one root that certifies epoch keys of 90 days, and the epoch key that
 * signs statements and grants. Secrets are stored sealed with the master key; the root's is opened
 * only to certify, and can be taken away from the server for good. Any thread.
 */
#pragma once

#include "crypto/crypto.h"
#include "db/db.h"
#include "grant/checkpoint.h"
#include "grant/grant.h"
#include "grant/statement.h"

#define SIGNER_EPOCH_MS ((int64_t)90 * 24 * 3600 * 1000)
/* An epoch begins a little before it is made, so that what was being signed meanwhile, with the time of its request,
 * holds under it. */
#define SIGNER_OVERLAP_MS ((int64_t)5 * 60 * 1000)
#define SIGNER_RENEW_MS ((int64_t)30 * 24 * 3600 * 1000) /* this long before its end */
#define SIGNER_ROOT_SIZE 64 /* room for the root's secret as text: "hfr_…" and the NUL */

struct signer;

/* At first start makes organisation id, root and first epoch; later loads what is there, and renews
 * the epoch when it is due and the root is still here. db writes, inside a transaction. ERR_CRYPTO:
 * the stored secrets were sealed with another master key. */
[[nodiscard]] bool signer_open(struct db *db, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
			       int64_t now_ms, struct signer **out, struct err *e);
void signer_free(struct signer *s); /* accepts NULL */

/* Inside a unit, every minute or so: loads a newer epoch, renews when due; what it made is loaded by
 * the next call, once it is committed. *changed: statements have to be signed anew. */
[[nodiscard]] bool signer_refresh(struct signer *s, struct db *db, int64_t now_ms, bool *changed,
				  struct err *e);

/* Inside a unit: a new epoch now, with the root that is here; in use as above. ERR_CONFLICT: the root is kept
 * elsewhere, or the newest epoch is younger than SIGNER_PAUSE_MS: a key list has KEYS_MAX, and what the oldest
 * ones signed is to be believed for a while. */
#define SIGNER_PAUSE_MS ((int64_t)24 * 3600 * 1000)
[[nodiscard]] bool signer_renew_here(struct signer *s, struct db *db, int64_t now_ms,
				     struct err *e);

/* When the present epoch ends. Within SIGNER_RENEW_MS of it the root is missing. */
int64_t signer_ends_ms(struct signer *s);

/* The organisation's id, and the root's public key as base64url. Live as long as s. */
const char *signer_org(const struct signer *s);
const char *signer_root(const struct signer *s);

/* The number of the present epoch. */
int64_t signer_epoch(struct signer *s);

/* The present epoch key's thumbprint and the newest key list, in the arena. */
const char *signer_kid(struct signer *s, struct arena *a);
const char *signer_keys(struct signer *s, struct arena *a);

/* Signs with the present epoch key; the JWS lives in the arena. org is filled in. */
[[nodiscard]] bool signer_grant(struct signer *s, struct arena *a, const struct grant *grant,
				const char **jws, struct err *e);
[[nodiscard]] bool signer_statement(struct signer *s, struct arena *a,
				    const struct statement *statement, const char **jws,
				    struct err *e);

[[nodiscard]] bool signer_checkpoint(struct signer *s, struct arena *a,
				     const struct checkpoint *checkpoint, const char **jws,
				     struct err *e);
[[nodiscard]] bool signer_audit_range(struct signer *s, struct arena *a,
				      const struct audit_range *range, const char **jws,
				      struct err *e);

/*
 * Offline commands on the database. Taking the root: its secret as text, once: forget it in the
 * same transaction after it was shown. ERR_GONE when it is not here any more.
 */
[[nodiscard]] bool signer_take_root(struct db *db, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
				    char out[static SIGNER_ROOT_SIZE], struct err *e);
/* Starts a new epoch with the root's secret from outside. ERR_INVALID: not this server's root. */
[[nodiscard]] bool signer_renew(struct db *db, const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
				const char *root, int64_t now_ms, struct err *e);
