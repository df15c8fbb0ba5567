/*
 * The present snapshot: read from the store, swapped when people, groups or policy change. Whoever takes one waits
 * for nothing but a moment's lock; what is not present any more is freed by a thread of its own.
 */
#pragma once

#include "db/db.h"
#include "model/snapshot.h"

struct snapshots;

[[nodiscard]] struct snapshots *snapshots_new(void);
void snapshots_free(struct snapshots *s); /* accepts NULL; nothing may be taken */

/* Reads all anew and swaps. One caller at a time. */
[[nodiscard]] bool snapshots_load(struct snapshots *s, struct db *db, struct err *e);

/* The same after a change of the policy or the organisation's name alone: people and groups are shared with the present
 * one, and not read. After the first load. */
[[nodiscard]] bool snapshots_load_policy(struct snapshots *s, struct db *db, struct err *e);

/* What a load would give if the store held what change makes of people and departments (those alone of the source
 * are there): the caller's own, and nothing is swapped. */
typedef bool snapshots_change_fn(void *arg, struct db *db, struct arena *a,
				 struct snapshot_source *source, struct err *e);
[[nodiscard]] bool snapshots_imagine(struct db *db, snapshots_change_fn *change, void *arg,
				     struct snapshot **out, struct err *e);

/* Inside a transaction: what a load would give now, sharing with before (or NULL) what is the same; the caller's
 * own. */
[[nodiscard]] bool snapshots_read(struct db *db, const struct snapshot *before,
				  struct snapshot **out, struct err *e);

/* Any thread. Rises with every load, from 1. */
int64_t snapshots_generation(struct snapshots *s);
/* The same, but for loads after which no device would notice anything (snapshot_alike). */
int64_t snapshots_effect(struct snapshots *s);

/* Any thread. What is taken stays as it is until it is given back. Never NULL after the first load.
 */
const struct snapshot *snapshots_take(struct snapshots *s);
void snapshots_give(struct snapshots *s, const struct snapshot *taken);

/* The newest saved policy, or the default. */
[[nodiscard]] bool flow_policy_get(struct db *db, struct arena *a, struct policy *out,
				   struct err *e);
