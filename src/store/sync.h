/* Reading whole sources: runs, what they found so far, what changed, what events say to read again. */
#pragma once

#include "db/db.h"
#include "store/page.h"

#define SYNC_READING "reading"   /* departments and their members, page by page */
#define SYNC_CHECKING "checking" /* whoever was not met is asked for by himself */
#define SYNC_WAITING "waiting"   /* for an administrator's word */
#define SYNC_APPLYING "applying"
#define SYNC_DONE "done"
#define SYNC_REFUSED "refused"   /* by an administrator */
#define SYNC_REPLACED "replaced" /* another run began */

#define SYNC_PERSON "person"
#define SYNC_DEPARTMENT "department"

#define SYNC_JOINED "joined"
#define SYNC_RETURNED "returned"
#define SYNC_LEFT "left" /* of a department: gone */
#define SYNC_MOVED "moved"
#define SYNC_RENAMED "renamed"
#define SYNC_CHANGED "changed" /* anything else: title, email, telephone, main department */

#define SYNC_PENDING "pending"
#define SYNC_APPLIED "applied"

/* How many people changed how; departments, however they did. */
struct store_sync_counts {
	int64_t joined, returned, left, moved, renamed, changed, departments;
};

struct store_sync_run {
	const char *id, *source, *state;
	const char *chosen; /* the source's departments as it began, a line each */
	int64_t began_ms, resumed_ms, resumed_done, ended_ms;
	int64_t leaving, leaving_of;     /* people */
	int64_t leaving_asked;           /* of the leaving: asked for by themselves */
	int64_t leaving_outside;         /* of the asked: DingTalk has them still */
	int64_t uncovered, uncovered_of; /* covered devices */
	bool approved;
	struct store_sync_counts counts;
};
[[nodiscard]] bool store_sync_run_add(struct db *db, const struct store_sync_run *run,
				      struct err *e);
/* ERR_NOT_FOUND */
[[nodiscard]] bool store_sync_run_get(struct db *db, struct arena *a, const char *id,
				      struct store_sync_run *out, struct err *e);
/* The newest; id NULL: the source was never read. */
[[nodiscard]] bool store_sync_run_last(struct db *db, struct arena *a, const char *source,
				       struct store_sync_run *out, struct err *e);
/* Everything but its counts. */
[[nodiscard]] bool store_sync_run_set(struct db *db, const struct store_sync_run *run,
				      struct err *e);
/* Adds to its counts. */
[[nodiscard]] bool store_sync_run_count(struct db *db, const char *run,
					const struct store_sync_counts *more, struct err *e);
/* It has ended: what it found is forgotten, but for its changes. */
[[nodiscard]] bool store_sync_run_clear(struct db *db, const char *run, struct err *e);
/* Runs that ended, and changes, before before_ms. */
[[nodiscard]] bool store_sync_forget(struct db *db, int64_t before_ms, struct err *e);
/* The oldest; 0: there are none. */
[[nodiscard]] bool store_sync_oldest(struct db *db, int64_t *out_ms, struct err *e);
/* All of a source that is removed. */
[[nodiscard]] bool store_sync_remove(struct db *db, const char *source, struct err *e);

struct store_sync_department {
	const char *external_id;
	bool children; /* those below it are known */
	int64_t next;  /* cursor of the next page of its members; -1: all were read */
	bool unseen;   /* it vanished while it was read */
};
/* Unless it is there. */
[[nodiscard]] bool store_sync_department_add(struct db *db, const char *run,
					     const char *external_id, struct err *e);
[[nodiscard]] bool store_sync_department_children(struct db *db, const char *run,
						  const char *external_id, struct err *e);
[[nodiscard]] bool store_sync_department_next(struct db *db, const char *run,
					      const char *external_id, int64_t next, struct err *e);
[[nodiscard]] bool store_sync_department_unseen(struct db *db, const char *run,
						const char *external_id, struct err *e);
[[nodiscard]] bool store_sync_departments(struct db *db, struct arena *a, const char *run,
					  struct store_sync_department **out, size_t *count,
					  struct err *e);

struct store_sync_page {
	const char *run, *department; /* department "": single people */
	int64_t page, people;
	const char *external_ids; /* a line each */
};
[[nodiscard]] bool store_sync_seen_add(struct db *db, const struct store_sync_page *page,
				       struct err *e);
[[nodiscard]] bool store_sync_seen(struct db *db, struct arena *a, const char *run,
				   const char *const **out, size_t *count, struct err *e);

struct store_sync_progress {
	int64_t departments, departments_done, people; /* people: listed, once a department */
	int64_t pending, checked; /* changes to come; those of them that leave and were asked for */
};
[[nodiscard]] bool store_sync_progress(struct db *db, const char *run,
				       struct store_sync_progress *out, struct err *e);

struct store_sync_change {
	const char *id, *source;
	const char *run; /* NULL: an event led to it */
	int64_t at_ms;
	const char *subject, *external_id;
	const char *subject_id; /* our id; NULL: not here yet */
	const char *name, *kind, *state, *before, *after;
	const char *body;   /* NULL: not pending */
	int64_t checked_ms; /* when it was asked for by itself, and it was so; 0: it was not */
	bool outside;       /* DingTalk has it still, out of the app's scope or of what is read */
};
/* In the place of what the run was going to do with the same one. */
[[nodiscard]] bool store_sync_change_put(struct db *db, const struct store_sync_change *c,
					 struct err *e);
/* id NULL: the run does nothing with it. */
[[nodiscard]] bool store_sync_change_of(struct db *db, struct arena *a, const char *run,
					const char *subject, const char *external_id,
					struct store_sync_change *out, struct err *e);
[[nodiscard]] bool store_sync_change_drop(struct db *db, const char *id, struct err *e);
[[nodiscard]] bool store_sync_change_applied(struct db *db, const char *id, int64_t at_ms,
					     struct err *e);
struct store_sync_check {
	int64_t at_ms;
	bool outside;
};
[[nodiscard]] bool store_sync_change_checked(struct db *db, const char *id,
					     const struct store_sync_check *check, struct err *e);
/* Whoever leaves and was asked for before before_ms is asked for anew. */
[[nodiscard]] bool store_sync_changes_uncheck(struct db *db, const char *run, int64_t before_ms,
					      struct err *e);

struct store_sync_pending {
	const char *run, *subject;
	const char *after; /* id; "": from the first */
	bool unchecked;    /* only those who leave and were not asked for */
	int64_t limit;
};
[[nodiscard]] bool store_sync_changes_pending(struct db *db, struct arena *a,
					      const struct store_sync_pending *which,
					      struct store_sync_change **out, size_t *count,
					      struct err *e);
struct store_sync_leaving {
	int64_t people, asked, outside; /* asked: of the people; outside: of the asked */
};
[[nodiscard]] bool store_sync_leaving(struct db *db, const char *run,
				      struct store_sync_leaving *out, struct err *e);
/* What is pending is refused, or forgotten. */
[[nodiscard]] bool store_sync_changes_refuse(struct db *db, const char *run, struct err *e);
[[nodiscard]] bool store_sync_changes_discard(struct db *db, const char *run, struct err *e);

/* Newest first. NULL: any. */
struct store_sync_filter {
	const char *source, *run, *kind, *subject, *state;
};
[[nodiscard]] bool store_sync_changes(struct db *db, struct arena *a,
				      const struct store_sync_filter *filter,
				      const struct store_page *page, struct store_sync_change **out,
				      size_t *count, struct err *e);
/* How many left because of events since the last run that came to its end. */
[[nodiscard]] bool store_sync_hinted_leavers(struct db *db, const char *source, int64_t *out,
					     struct err *e);

/* A protected device (active or lost). */
struct store_sync_device {
	const char *id, *owner, *held_for; /* as store_device_owner */
	int64_t at_ms;                     /* store_sync_touched: when */
};
/* Of a person, or of those in a department and below it. */
[[nodiscard]] bool store_sync_devices_of(struct db *db, struct arena *a, const char *source,
					 const char *subject, const char *external_id,
					 struct store_sync_device **out, size_t *count,
					 struct err *e);
/* Covered ones whose owner an event touched, since the last run that came to its end or the last change of policy
 * or groups. */
[[nodiscard]] bool store_sync_touch(struct db *db, const char *source, const char *device,
				    int64_t at_ms, struct err *e);
[[nodiscard]] bool store_sync_touched(struct db *db, struct arena *a, const char *source,
				      struct store_sync_device **out, size_t *count, struct err *e);
/* source NULL: of all. */
[[nodiscard]] bool store_sync_touched_forget(struct db *db, const char *source, struct err *e);

struct store_sync_hint {
	const char *source, *subject, *external_id;
	int64_t since_ms, due_ms, tries;
};
/* Due at once; one that is there becomes due again. Notes NOTE_HINT. */
[[nodiscard]] bool store_sync_hint_add(struct db *db, const struct store_sync_hint *h,
				       struct err *e);
/* Of the source whose turn it is, departments first; at most limit. */
[[nodiscard]] bool store_sync_hints(struct db *db, struct arena *a, int64_t now_ms, int64_t limit,
				    struct store_sync_hint **out, size_t *count, struct err *e);
/* From the due_ms it has to another one. *moved false: somebody else did, or another event came. */
[[nodiscard]] bool store_sync_hint_move(struct db *db, const struct store_sync_hint *h,
					int64_t due_ms, bool *moved, struct err *e);
/* Unless another event came. */
[[nodiscard]] bool store_sync_hint_done(struct db *db, const struct store_sync_hint *h,
					struct err *e);
[[nodiscard]] bool store_sync_hint_due(struct db *db, int64_t *due_ms, struct err *e);
