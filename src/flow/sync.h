/*
 * Bringing what a source says into the directory. What takes nothing away is written page by page: new departments and
 * people, names. Whatever might take somebody's protection away (leaving, moving, another email or telephone) is put
 * down as a pending change and applied at the end of the whole run, when it is known how much it is. Nobody has left
 * because he was not met: he is asked for by himself first. All but the brake run inside a unit.
 */
#pragma once

#include "flow/flow.h"
#include "store/directory.h"
#include "store/source.h"
#include "store/sync.h"

#define FLOW_SYNC_BRAKE_PERCENT \
	10 /* more of the people or of the covered devices: somebody is asked */
#define FLOW_SYNC_RETRY_MS (INT64_C(60) * 1000)
#define FLOW_SYNC_RETRY_LONGEST_MS (INT64_C(3600) * 1000)
#define FLOW_SYNC_ALARM 5 /* failures in a row: a quarter of an hour */
/* An approved run does not ask once more for whom it asked so lately: a long run's first answers are as old. */
#define FLOW_SYNC_FRESH_MS (INT64_C(10) * 60 * 1000)
#define FLOW_SYNC_KEEP_MS (INT64_C(180) * 24 * 3600 * 1000) /* what is said of runs and changes */

/* Where something goes: into a run, or with run NULL what an event told, which is written at once. */
struct flow_sync {
	const struct store_source *source;
	const char *run;
	int64_t asked_ms; /* when the source was asked; what was written after that stays */
	/* Where it is not NULL it becomes true in place of NOTE_POLICY: what a run writes before its end concerns no
	 * device that there is, and a snapshot need not be made for every page. */
	bool *changed;
};

/* Goes on with the run that was cut off, or begins one in the place of whatever there was. */
[[nodiscard]] bool flow_sync_begin(struct flow *f, const struct store_source *s,
				   struct store_sync_run *out, struct err *e);

/* What lies just below parent; parent NULL: where reading begins, and where they lie is not known. */
struct flow_sync_children {
	struct flow_sync to;
	const char *parent;
	const struct store_walked_department *items;
	size_t count;
};
[[nodiscard]] bool flow_sync_departments(struct flow *f, const struct flow_sync_children *c,
					 struct err *e);

/* A page of a department's members; department "": a single person. */
struct flow_sync_members {
	struct flow_sync to;
	const char *department;
	int64_t page, next;
	const struct store_walked_person *items;
	size_t count;
};
[[nodiscard]] bool flow_sync_people(struct flow *f, const struct flow_sync_members *m,
				    struct err *e);

/* The department vanished while it was read. */
[[nodiscard]] bool flow_sync_unseen(struct flow *f, const struct flow_sync *to,
				    const char *department, struct err *e);

/* Whom the run has not met. */
struct flow_sync_missing {
	struct flow_sync to;
	const char *subject;
	const char *const *external_ids;
	size_t count;
};
[[nodiscard]] bool flow_sync_missing(struct flow *f, const struct flow_sync_missing *m,
				     struct err *e);

/* One of them was asked for. Both NULL: he has left; outside: DingTalk has him still, out of what is read. */
struct flow_sync_answer {
	struct flow_sync to;
	const char *subject, *external_id;
	const struct store_walked_department *department;
	const struct store_walked_person *person;
	bool outside;
};
[[nodiscard]] bool flow_sync_answer(struct flow *f, const struct flow_sync_answer *answer,
				    struct err *e);

/* What a run is going to take away. Reads everybody; not inside a unit. snapshot: what holds now. */
struct flow_sync_brake {
	int64_t leaving, leaving_of, uncovered, uncovered_of;
	int64_t asked, outside; /* of the leaving: store_sync_leaving */
};
[[nodiscard]] bool flow_sync_leaving(struct db *db, const struct store_sync_run *run,
				     struct flow_sync_brake *out, struct err *e);
[[nodiscard]] bool flow_sync_uncovering(struct db *db, const struct snapshot *now,
					const struct store_sync_run *run,
					struct flow_sync_brake *out, struct err *e);
/* More than FLOW_SYNC_BRAKE_PERCENT, and more than one: a single person is never asked about. */
bool flow_sync_too_many(int64_t part, int64_t of);

/* The run goes from state to state. */
[[nodiscard]] bool flow_sync_move(struct flow *f, struct store_sync_run *run, const char *state,
				  struct err *e);
/* It waits for an administrator, who is told why. */
[[nodiscard]] bool flow_sync_wait(struct flow *f, const struct store_source *s,
				  struct store_sync_run *run, const struct flow_sync_brake *why,
				  struct err *e);
/* What a pending change is going to write. */
[[nodiscard]] bool flow_sync_body(struct arena *a, const struct store_sync_change *c,
				  struct store_walked_person *out, struct err *e);
[[nodiscard]] bool flow_sync_department_body(struct arena *a, const struct store_sync_change *c,
					     struct store_walked_department *out, struct err *e);

/* Applies some of what is pending. *more false: it was all. */
[[nodiscard]] bool flow_sync_apply(struct flow *f, const struct flow_sync *to, bool *more,
				   struct err *e);
[[nodiscard]] bool flow_sync_end(struct flow *f, const struct store_source *s,
				 struct store_sync_run *run, struct err *e);
/* Why it failed; finding: the same as a connection test says it, id NULL: there are no such words. */
struct flow_sync_failure {
	const char *text;
	struct store_finding finding;
};
/* It is tried again later, where it was. From FLOW_SYNC_ALARM failures in a row on the source is broken, until a
 * reading comes through. Nothing happens when the source is not there any more. */
[[nodiscard]] bool flow_sync_fail(struct flow *f, const struct store_source *s,
				  const struct flow_sync_failure *why, struct err *e);

/* Whether the run is still what is wanted: the source is there, and the same part of it is to be read. */
[[nodiscard]] bool flow_sync_stands(struct flow *f, const struct store_sync_run *run, bool *out,
				    struct err *e);

/* An administrator's word about a run that waits. ERR_CONFLICT: it does not. */
[[nodiscard]] bool flow_sync_decide(struct flow *f, const struct store_source *s, const char *run,
				    bool approve, struct err *e);

/* An event of an app told of people or departments: their ids, a line each. */
[[nodiscard]] bool flow_sync_hinted(struct flow *f, const char *app, const char *subject,
				    const char *external_ids, struct err *e);
