/* Answers kept for a day under the caller's Idempotency-Key. */
#pragma once

#include "db/db.h"

#define STORE_IDEMPOTENCY_MS ((int64_t)24 * 3600 * 1000)

struct store_answer {
	unsigned char request[32]; /* SHA-256 of what was asked */
	int64_t status;
	const char *type;
	const void *body;
	size_t body_len;
};

/* *found is false when the key is new (or older than a day). */
[[nodiscard]] bool store_idempotency_find(struct db *db, struct arena *a, const char *caller,
					  const char *key, int64_t now_ms, bool *found,
					  struct store_answer *out, struct err *e);

/* Also forgets what is older than a day. */
[[nodiscard]] bool store_idempotency_add(struct db *db, const char *caller, const char *key,
					 const struct store_answer *answer, int64_t now_ms,
					 struct err *e);
