/* User groups with their rules. */
#pragma once

#include "db/db.h"
#include "model/group.h"

/* ERR_CONFLICT when the name is taken. */
[[nodiscard]] bool store_group_add(struct db *db, const struct group *g, int64_t now_ms,
				   struct err *e);
/* Replaces name, description and rules of g->id; ERR_NOT_FOUND, ERR_CONFLICT. */
[[nodiscard]] bool store_group_set(struct db *db, const struct group *g, int64_t now_ms,
				   struct err *e);
[[nodiscard]] bool store_group_get(struct db *db, struct arena *a, const char *id,
				   struct group *out, struct err *e);
/* ERR_CONFLICT when something that the database knows refers to it. */
[[nodiscard]] bool store_group_remove(struct db *db, const char *id, struct err *e);
[[nodiscard]] bool store_group_exists(struct db *db, const char *id, bool *out, struct err *e);
[[nodiscard]] bool store_group_count(struct db *db, int64_t *out, struct err *e);

/* By id, after the cursor, at most max (0: all), with their rules. */
[[nodiscard]] bool store_group_list(struct db *db, struct arena *a, const char *after, int64_t max,
				    struct group **out, size_t *count, struct err *e);
