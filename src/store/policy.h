/* Versions of the policy, as JSON texts (model/policy.h reads them). */
#pragma once

#include "db/db.h"

struct store_policy {
	int64_t version;
	const char *body;
	int64_t created_ms;
	const char *created_by;
	const char
	    *changed; /* paths of the fields that differ from the version before, spaces between */
	const char *names;        /* JSON: what the ids of groups and workflows stood for then */
	const char *confirmed_by; /* the second person; "": nobody had to */
	int64_t restored_from;    /* version; 0: none */
};

/* Until the unit's end no other server changes the policy, or what makes a change of it wait. */
[[nodiscard]] bool store_policy_one_by_one(struct db *db, struct err *e);

/* version 0 and body NULL when none was saved yet. */
[[nodiscard]] bool store_policy_newest(struct db *db, struct arena *a, int64_t *version,
				       const char **body, struct err *e);

/* ERR_STALE when the version is there already. Texts that are NULL are "". */
[[nodiscard]] bool store_policy_add(struct db *db, const struct store_policy *p, struct err *e);

/* ERR_NOT_FOUND. */
[[nodiscard]] bool store_policy_get(struct db *db, struct arena *a, int64_t version,
				    struct store_policy *out, struct err *e);

/* Below before, the newest first; without bodies and names. */
[[nodiscard]] bool store_policy_list(struct db *db, struct arena *a, int64_t before, int64_t limit,
				     struct store_policy **out, size_t *count, struct err *e);

/* The newest of those that were saved by then, or that a second person confirmed; 0: there is none. */
[[nodiscard]] bool store_policy_before(struct db *db, int64_t at_ms, int64_t *version,
				       struct err *e);

/* A number for the other servers of the database: it rises after policy, groups or people have changed. */
[[nodiscard]] bool store_change_raise(struct db *db, int64_t *out, struct err *e);
[[nodiscard]] bool store_change_read(struct db *db, int64_t *out, struct err *e);
