/* Answers kept for a day under the caller's Idempotency-Key. */
#pragma once

#include "db/db.h"

#define STORE_IDEMPOTENCY_MS ((int64_t)24 * 3600 * 1000)
#define STORE_IDEMPOTENCY_MAX 5000 /* of one caller */

struct store_answer {
	const char *caller, *key;
	unsigned char request[32]; /* SHA-256 of what was asked */
	int64_t status;            /* 0: still being made */
	const char *type;
	const char *location, *etag; /* headers; NULL: none */
	const void *body;
	size_t body_len;
	int64_t created_ms;
};

/* Finds the answer to out->caller and out->key and fills in the rest. *found is false when the key
 * is new (or older than a day). */
[[nodiscard]] bool store_idempotency_find(struct db *db, struct arena *a, int64_t now_ms,
					  struct store_answer *out, bool *found, struct err *e);

/* Also forgets what is older than a day. ERR_TOO_MANY: the caller has too many; ERR_CONFLICT: the key
 * is being used for another request at this moment. */
[[nodiscard]] bool store_idempotency_add(struct db *db, const struct store_answer *answer,
					 int64_t now_ms, struct err *e);

/* The answer to caller and key, if there is one. */
[[nodiscard]] bool store_idempotency_remove(struct db *db, const struct store_answer *answer,
					    struct err *e);
