/* Delegations: from one moment to another a second account may answer in the first one's place. */
#pragma once

#include "db/db.h"
#include "store/page.h"

struct store_delegation {
	const char *id;
	const char *account;          /* for whom */
	const char *delegate;         /* who acts */
	const char *name, *acts_name; /* theirs, where it is read; "" for an account that is gone */
	int64_t from_ms, until_ms;    /* until_ms is the first moment without it */
	const char *reason;           /* "" */
	const char *created_by;
	int64_t created_ms, updated_ms;
};

/* ERR_CONFLICT: the account has another one in that time. Both note NOTE_CLOCK: the delegate is to be told. */
[[nodiscard]] bool store_delegation_add(struct db *db, const struct store_delegation *d,
					struct err *e);
/* delegate, times and reason; was: as it was read. ERR_STALE: somebody changed it since, on another server
 * too. */
[[nodiscard]] bool store_delegation_set(struct db *db, const struct store_delegation *was,
					const struct store_delegation *d, struct err *e);
[[nodiscard]] bool store_delegation_remove(struct db *db, const struct store_delegation *was,
					   struct err *e);
/* ERR_NOT_FOUND. */
[[nodiscard]] bool store_delegation_get(struct db *db, struct arena *a, const char *id,
					struct store_delegation *out, struct err *e);
/* By id; of (or for) one account, or all when it is NULL. */
[[nodiscard]] bool store_delegation_list(struct db *db, struct arena *a, const char *account,
					 const struct store_page *page,
					 struct store_delegation **out, size_t *count,
					 struct err *e);
/* Those that hold at now_ms. */
[[nodiscard]] bool store_delegation_at(struct db *db, struct arena *a, int64_t now_ms,
				       struct store_delegation **out, size_t *count, struct err *e);
/* How many of an account have not ended. */
[[nodiscard]] bool store_delegation_open(struct db *db, const char *account, int64_t now_ms,
					 int64_t *out, struct err *e);

/* Those that have begun by now_ms, whose delegates do not know yet: ids, at most limit. */
[[nodiscard]] bool store_delegation_begun(struct db *db, struct arena *a, int64_t now_ms,
					  int64_t limit, const char *const **ids, size_t *count,
					  struct err *e);
[[nodiscard]] bool store_delegation_due(struct db *db, int64_t *due_ms, struct err *e);
/* *won: whoever finds it first tells him. */
[[nodiscard]] bool store_delegation_told(struct db *db, const char *id, bool *won, struct err *e);
