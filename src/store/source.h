/* Identity sources: where departments and people come from. */
#pragma once

#include "db/db.h"
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
	const char *sync_state; /* never, running, done, failed */
	const char *sync_error;
	int64_t sync_started_ms, sync_ended_ms; /* 0: not yet */
	int64_t sync_people, sync_departments;
	int64_t version; /* rises with store_source_update */
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

/* Walks of the organisation: wanted (notes NOTE_SYNC), then begun, then ended. */
[[nodiscard]] bool store_source_sync_want(struct db *db, const char *id, struct err *e);
/* id is NULL when no walk is wanted. */
[[nodiscard]] bool store_source_sync_next(struct db *db, struct arena *a, struct store_source *out,
					  struct err *e);
[[nodiscard]] bool store_source_sync_begin(struct db *db, const char *id, int64_t at_ms,
					   struct err *e);
/* s: id and the sync_ members. */
[[nodiscard]] bool store_source_sync_end(struct db *db, const struct store_source *s,
					 struct err *e);
/* At start: a walk that was cut off is wanted again. */
[[nodiscard]] bool store_source_sync_resume(struct db *db, struct err *e);
