/* API tokens: only their hashes are stored. */
#pragma once

#include "db/db.h"
#include "model/role.h"

struct store_token {
	const char *id, *name;
	enum role role;
};

/* hash: SHA-256 of the token's text, 32 bytes. */
[[nodiscard]] bool store_token_add(struct db *db, const struct store_token *t,
				   const unsigned char *hash, int64_t now_ms, struct err *e);

/* ERR_NOT_FOUND when there is none, or it was revoked. */
[[nodiscard]] bool store_token_by_hash(struct db *db, struct arena *a, const unsigned char *hash,
				       struct store_token *out, struct err *e);
