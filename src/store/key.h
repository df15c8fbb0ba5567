/* The signing keys, their lists, and the organisation they sign for. */
#pragma once

#include "db/db.h"

struct store_key {
	const char *kid;
	int64_t epoch; /* 0: the root */
	unsigned char public[32];
	const void *secret; /* sealed seed; NULL when it is not kept here */
	size_t secret_len;
	int64_t nbf_ms, exp_ms;
};

/* NULL before the first start. */
[[nodiscard]] bool store_org_get(struct db *db, struct arena *a, const char **id, struct err *e);
[[nodiscard]] bool store_org_set(struct db *db, const char *id, struct err *e);

[[nodiscard]] bool store_key_add(struct db *db, const struct store_key *key, struct err *e);
[[nodiscard]] bool store_key_root(struct db *db, struct arena *a, struct store_key *out,
				  struct err *e);
/* The root's secret is kept elsewhere from now on. */
[[nodiscard]] bool store_key_forget_root(struct db *db, struct err *e);

/* The newest epochs, newest first, at most max. */
[[nodiscard]] bool store_key_epochs(struct db *db, struct arena *a, int64_t max,
				    struct store_key **out, size_t *count, struct err *e);

[[nodiscard]] bool store_key_list_add(struct db *db, int64_t epoch, const char *jws, int64_t now_ms,
				      struct err *e);
/* All, by epoch. */
[[nodiscard]] bool store_key_lists(struct db *db, struct arena *a, const char ***jws, size_t *count,
				   struct err *e);
[[nodiscard]] bool store_key_list_newest(struct db *db, struct arena *a, int64_t *epoch,
					 const char **jws, struct err *e);
