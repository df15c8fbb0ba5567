/* Identity sources: where departments and people come from. */
#pragma once

#include "db/db.h"
#include "store/finding.h"
#include "store/page.h"

#define SOURCE_DINGTALK "dingtalk"
#define SOURCE_LOCAL "local"
#define SOURCE_MAX_DEPARTMENTS 1000 /* chosen ones */

struct store_source {
	const char *id, *name, *type;
	const char *app; /* DingTalk app; NULL: local */
	bool enabled;
	int64_t cycle_hours;            /* 0: local */
	const char *const *departments; /* external ids; none: all that the app may see */
	size_t department_count;
	const char *sync_state; /* never, running, waiting, done, failed, refused */
	const char *sync_error;
	struct store_finding sync_finding; /* as a connection test says it; id NULL: it does not */
	int64_t sync_failures;             /* in a row */
	int64_t sync_done_ms;              /* when a run last came to its end; 0: none did */
	int64_t sync_started_ms, sync_ended_ms; /* 0: not yet */
	int64_t sync_people, sync_departments;
	int64_t sync_due_ms; /* the next by the cycle or the next try; 0: none yet */
	int64_t version;     /* rises with store_source_update */
	int64_t created_ms;
};

/* ERR_CONFLICT: the name or the app is taken. */
[[nodiscard]] bool store_source_add(struct db *db, const struct store_source *s, struct err *e);
[[nodiscard]] bool store_source_get(struct db *db, struct arena *a, const char *id,
				    struct store_source *out, struct err *e);
/* id NULL: no source reads with this app. */
[[nodiscard]] bool store_source_by_app(struct db *db, struct arena *a, const char *app,
				       struct store_source *out, struct err *e);
/* By id, without their departments. */
struct store_source_list {
	struct store_source *items;
	size_t count;
};
[[nodiscard]] bool store_source_list(struct db *db, struct arena *a, const struct store_page *page,
				     struct store_source_list *out, struct err *e);

/* Name, enabled, cycle_hours and departments. ERR_STALE: version is not the present one any more.
 * ERR_CONFLICT: the name is taken. */
[[nodiscard]] bool store_source_update(struct db *db, const struct store_source *s, struct err *e);

/* Whether people or departments came from it. */
[[nodiscard]] bool store_source_used(struct db *db, const char *id, bool *out, struct err *e);
[[nodiscard]] bool store_source_delete(struct db *db, const char *id, struct err *e);

/* Reading the organisation: wanted (notes NOTE_SYNC), taken by one reader, begun, ended. */
[[nodiscard]] bool store_source_sync_want(struct db *db, const char *id, struct err *e);
/* One that is wanted, was cut off or is due, and that nobody has. id NULL: there is none. */
[[nodiscard]] bool store_source_sync_next(struct db *db, struct arena *a, int64_t now_ms,
					  struct store_source *out, struct err *e);
/* When the next one is due; 0: none. */
[[nodiscard]] bool store_source_sync_due(struct db *db, int64_t *due_ms, struct err *e);
struct store_source_lease {
	const char *source, *node;
	const char
	    *lease; /* the reader's own: a server has several, and a clock may leap over until_ms */
	int64_t now_ms, until_ms;
};
/* Takes one that nobody has, or goes on having it under the same lease; *held false: it is another's. */
[[nodiscard]] bool store_source_sync_take(struct db *db, const struct store_source_lease *l,
					  bool *held, struct err *e);
[[nodiscard]] bool store_source_sync_hold(struct db *db, const struct store_source_lease *l,
					  bool *held, struct err *e);
[[nodiscard]] bool store_source_sync_begin(struct db *db, const char *id, int64_t at_ms,
					   struct err *e);
/* s: id and the sync_ members. Nobody has it then. One that is wanted again stays running. */
[[nodiscard]] bool store_source_sync_end(struct db *db, const struct store_source *s,
					 struct err *e);
/* Nobody has it any more; somebody may take it at once. Notes NOTE_SYNC. */
[[nodiscard]] bool store_source_sync_leave(struct db *db, const char *id, struct err *e);
/* One that failed is wanted, for what broke it may be mended. */
[[nodiscard]] bool store_source_sync_mended(struct db *db, const char *app, struct err *e);
/* How many failed so often in a row, or more. */
[[nodiscard]] bool store_source_failing(struct db *db, int64_t failures, int64_t *out,
					struct err *e);
/* At start: what a node had when it ended, nobody has. NULL: any node. */
[[nodiscard]] bool store_source_sync_resume(struct db *db, const char *node, struct err *e);
