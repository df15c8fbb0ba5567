/*
 * The committer: one thread that owns the writing connection. Others hand it units of work; it runs
 * many in one transaction, each under a savepoint, commits once, and only then tells them. Nothing
 * is answered before it is durable.
 *
 * A unit touches only the database and its own argument, and may be run again from the start (it
 * must first reset its own result): after an error that undoes the whole transaction, the batch is
 * run again unit by unit.
 */
#pragma once

#include "db/db.h"

#define COMMITTER_MAX_BATCH 256
#define COMMITTER_MAX_BATCH_POSTGRESQL 60
#define COMMITTER_MAX_WAITING \
	20000 /* units of each kind; over it they are refused with ERR_UNAVAILABLE */

struct committer;

typedef bool unit_fn(struct db *db, void *arg, struct err *e);

/* On the committer's thread, or within committer_submit when the unit is refused. e->code is
 * ERR_NONE after the commit; otherwise nothing of the unit holds, except that ERR_TIMEOUT means
 * that the outcome of the COMMIT is unknown. Must not block. May submit. */
typedef void unit_done_fn(void *arg, const struct err *e);

/* On the committer's thread, after a known commit, for every db_note of a unit, in commit order and
 * before the units' done calls. May be NULL in committer_start. */
typedef void note_fn(void *context, const char *topic, const char *text);

[[nodiscard]] struct committer *committer_start(const char *url, note_fn *note, void *context,
						struct err *e);

/* Takes what was submitted before the call to its end, then stops the thread. Accepts NULL. */
void committer_stop(struct committer *c);

/* From any thread. done is called exactly once; a unit is refused with ERR_UNAVAILABLE when too
 * many are waiting or committer_stop has been called. */
void committer_submit(struct committer *c, unit_fn *unit, unit_done_fn *done, void *arg);

/* The same for a unit that somebody outside waits for and gives up soon: it is run before the ordinary
 * ones that wait already. */
void committer_submit_urgent(struct committer *c, unit_fn *unit, unit_done_fn *done, void *arg);

/* As committer_submit, waiting for it. Never on a loop's thread. */
[[nodiscard]] bool committer_run(struct committer *c, unit_fn *unit, void *arg, struct err *e);

struct committer_counts {
	int64_t units, batches, reruns, refused, waiting;
};
void committer_counts(const struct committer *c, struct committer_counts *out);
