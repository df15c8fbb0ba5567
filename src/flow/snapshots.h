/* The present snapshot: read from the store, swapped when people, groups or policy change. */
#pragma once

#include "db/db.h"
#include "model/snapshot.h"

struct snapshots;

[[nodiscard]] struct snapshots *snapshots_new(void);
void snapshots_free(struct snapshots *s); /* accepts NULL; nothing may be taken */

/* Reads all anew and swaps. One caller at a time. */
[[nodiscard]] bool snapshots_load(struct snapshots *s, struct db *db, struct err *e);

/* Any thread. Rises with every load, from 1. */
int64_t snapshots_generation(struct snapshots *s);

/* Any thread. What is taken stays as it is until it is given back. Never NULL after the first load.
 */
const struct snapshot *snapshots_take(struct snapshots *s);
void snapshots_give(struct snapshots *s, const struct snapshot *taken);

/* The newest saved policy, or the default. */
[[nodiscard]] bool flow_policy_get(struct db *db, struct arena *a, struct policy *out,
				   struct err *e);
