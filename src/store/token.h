/* API tokens: only their hashes are stored. */
#pragma once

#include "db/db.h"
#include "store/account.h"

struct store_token {
	const char *id, *name;
	enum role role;      /* as it was made; it counts for no more than its account's */
	const char *account; /* NULL: made on the server's command line */
	const char *maker;   /* the token it was made with, or NULL */
	const char *const *departments;
	size_t department_count; /* 0: no limit of its own */
	int64_t created_ms;
	int64_t expires_ms; /* 0: never */
	int64_t used_ms;    /* to the minute; 0: never */
	int64_t revoked_ms; /* 0: not */
};

struct store_token_list {
	struct store_token *items;
	size_t count;
};

/* hash: SHA-256 of the token's text, 32 bytes. */
[[nodiscard]] bool store_token_add(struct db *db, const struct store_token *t,
				   const unsigned char *hash, int64_t now_ms, struct err *e);

/* ERR_NOT_FOUND when there is none. It may have expired or be revoked. */
[[nodiscard]] bool store_token_by_hash(struct db *db, struct arena *a, const unsigned char *hash,
				       struct store_token *out, struct err *e);
[[nodiscard]] bool store_token_get(struct db *db, struct arena *a, const char *id,
				   struct store_token *out, struct err *e);
/* By id, after the cursor. account NULL: everybody's. */
[[nodiscard]] bool store_token_list(struct db *db, struct arena *a, const char *account,
				    const struct store_page *page, struct store_token_list *out,
				    struct err *e);

/* How many are good: of the account, or where that is NULL, made with the token maker. */
[[nodiscard]] bool store_token_count(struct db *db, const char *account, const char *maker,
				     int64_t now_ms, int64_t *out, struct err *e);

/* Where both the token and its account are limited to departments: the ones that lie in both, with
 * everything below each. */
[[nodiscard]] bool store_token_scope(struct db *db, struct arena *a, const struct store_token *t,
				     const char *const **out, size_t *count, struct err *e);

[[nodiscard]] bool store_token_used(struct db *db, const char *id, int64_t now_ms, struct err *e);
/* With all that were made with it. */
[[nodiscard]] bool store_token_revoke(struct db *db, const char *id, int64_t now_ms, struct err *e);
/* Forgets those that ended before then. */
[[nodiscard]] bool store_token_purge(struct db *db, int64_t before_ms, struct err *e);
/* All of an account. */
[[nodiscard]] bool store_token_revoke_all(struct db *db, const char *account, int64_t now_ms,
					  struct err *e);
