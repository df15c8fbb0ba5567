/* User groups with their rules. */
#pragma once

#include "db/db.h"
#include "model/group.h"
#include "store/page.h"

/* ERR_CONFLICT when the name is taken. */
[[nodiscard]] bool store_group_add(struct db *db, const struct group *g, int64_t now_ms,
				   struct err *e);
/* Replaces name, description and rules of g->id, g->updated_ms being what it was made from; moves that on.
 * ERR_STALE: it is not so any more; ERR_CONFLICT. */
[[nodiscard]] bool store_group_set(struct db *db, struct group *g, int64_t now_ms, struct err *e);
[[nodiscard]] bool store_group_get(struct db *db, struct arena *a, const char *id,
				   struct group *out, struct err *e);
/* ERR_CONFLICT when something that the database knows refers to it. */
[[nodiscard]] bool store_group_remove(struct db *db, const char *id, struct err *e);
[[nodiscard]] bool store_group_exists(struct db *db, const char *id, bool *out, struct err *e);
/* *name is NULL when there is none. */
[[nodiscard]] bool store_group_name(struct db *db, struct arena *a, const char *id,
				    const char **name, struct err *e);
[[nodiscard]] bool store_group_count(struct db *db, int64_t *out, struct err *e);

/* All, by id. */
struct store_group_version {
	const char *id;
	int64_t updated_ms;
};
[[nodiscard]] bool store_group_versions(struct db *db, struct arena *a,
					struct store_group_version **out, size_t *count,
					struct err *e);

/* By id, with their rules. A page ends early when its rules are as long as that: rest says so. */
#define STORE_GROUP_LIST_BYTES (2 * 1024 * 1024)
struct store_group_list {
	struct group *items;
	size_t count;
	bool rest; /* of the page, it was not read */
};
[[nodiscard]] bool store_group_list(struct db *db, struct arena *a, const struct store_page *page,
				    struct store_group_list *out, struct err *e);

/* Groups with broken rules that somebody was told of: rules are those alone, updated_ms is when the newest of them
 * broke. By id. */
[[nodiscard]] bool store_broken_list(struct db *db, struct arena *a, struct store_group_list *out,
				     struct err *e);
/* Sets those of g->id; none: it has no broken rules any more. */
[[nodiscard]] bool store_broken_set(struct db *db, const struct group *g, int64_t now_ms,
				    struct err *e);
[[nodiscard]] bool store_broken_count(struct db *db, int64_t *rules, struct err *e);
