/* How an account proves that it is itself: password, codes by the clock, recovery codes, one-time links;
 * and where it did before. Of secrets that somebody else made up only hashes are stored. */
#pragma once

#include "db/db.h"

#define CREDENTIAL_HASH 32 /* SHA-256 */

struct store_credential {
	const char *password; /* argon2id's text; NULL: none yet */
	const void *totp;     /* sealed secret; NULL: none */
	size_t totp_size;
	bool totp_confirmed;
	int64_t totp_step; /* of the newest code that counted */
	int64_t codes;     /* recovery codes that are left */
};

/* ERR_NOT_FOUND: there is no such account. */
[[nodiscard]] bool store_credential_get(struct db *db, struct arena *a, const char *account,
					struct store_credential *out, struct err *e);
[[nodiscard]] bool store_credential_password(struct db *db, const char *account,
					     const char *password, struct err *e);
/* totp NULL: takes it away, with the recovery codes. */
[[nodiscard]] bool store_credential_totp(struct db *db, const char *account, const void *totp,
					 size_t n, struct err *e);
/* The newest code that counted; the first of them confirms. *won false: it, or a later one, counted before,
 * on another server too. */
[[nodiscard]] bool store_credential_step(struct db *db, const char *account, int64_t step,
					 bool *won, struct err *e);
/* Replaces all recovery codes. */
[[nodiscard]] bool store_credential_codes(struct db *db, const char *account,
					  const unsigned char (*hashes)[CREDENTIAL_HASH],
					  size_t count, struct err *e);
/* *used is false when there is no such code (any more); it is gone afterwards. */
[[nodiscard]] bool store_credential_use_code(struct db *db, const char *account,
					     const unsigned char hash[CREDENTIAL_HASH], bool *used,
					     struct err *e);

struct store_link {
	unsigned char hash[CREDENTIAL_HASH]; /* of its secret */
	const char *account;                 /* or … */
	const char *person; /* … somebody of a local source; both NULL: makes the first owner */
	bool resets_totp;
	int64_t expires_ms;
};

/* Replaces the earlier one of the same. */
[[nodiscard]] bool store_link_add(struct db *db, const struct store_link *link, struct err *e);
/* Finds out->hash. ERR_NOT_FOUND: unknown, used, replaced or expired. */
[[nodiscard]] bool store_link_get(struct db *db, struct arena *a, int64_t now_ms,
				  struct store_link *out, struct err *e);
/* The same, and takes it away, so that it counts once. */
[[nodiscard]] bool store_link_take(struct db *db, struct arena *a, int64_t now_ms,
				   struct store_link *out, struct err *e);
/* An account's, a person's, or with NULL for both the one that makes the first owner. */
[[nodiscard]] bool store_link_remove(struct db *db, const char *account, const char *person,
				     struct err *e);

/* Where an account, or a person of a local source, signed in well since then: in this browser (its cookie's hash, or NULL), from this
 * address. */
struct store_known {
	bool browser, address;
};
[[nodiscard]] bool store_known_get(struct db *db, const char *who, const unsigned char *browser,
				   const char *address, int64_t since_ms, struct store_known *out,
				   struct err *e);
/* The browser got a new cookie: what others had in it goes over (before may be NULL). Only the
 * newest few of an account are kept. */
[[nodiscard]] bool store_known_add(struct db *db, const char *who, const unsigned char *before,
				   const unsigned char browser[CREDENTIAL_HASH],
				   const char *address, int64_t now_ms, struct err *e);
/* Forgets what was there before since_ms, of all, or of one when it is not NULL. */
[[nodiscard]] bool store_known_purge(struct db *db, const char *who, int64_t since_ms,
				     struct err *e);
