/* Figures for an overview: what happened by day, what waits, how long decisions took, which clients there are. */
#pragma once

#include "db/db.h"

#define STORE_STATISTICS_MAX_DAYS 90
#define STORE_STATISTICS_MAX_VERSIONS 20
#define STORE_DAY_MS (INT64_C(24) * 3600 * 1000)

/* Requests that a release made, which nobody filed and nobody decided one by one, are in none of them. */
struct store_day {
	int64_t from_ms;
	int64_t filed;
	int64_t approved, rejected, revoked, expired; /* when it came to that */
	int64_t attempts;                             /* removals that devices say they refused */
	int64_t removed;       /* by the device's clock, on whatever ground */
	int64_t without_grant; /* of these */
};

/* Each is counted once: where its age fits first. */
struct store_queue {
	int64_t count, oldest_ms; /* 0: none waits */
	int64_t hours_1, hours_8, hours_24, hours_72, older;
};

/* Approved or rejected; by nearest rank. */
struct store_decided {
	int64_t count, median_ms, p90_ms;
};

struct store_version {
	const char *version;
	int64_t count;
};

struct store_versions {
	struct store_version items[STORE_STATISTICS_MAX_VERSIONS]; /* the largest first */
	size_t count;
	int64_t others; /* devices with another */
};

/* days of count, each STORE_DAY_MS from the one before; *days has the from_ms of the first. scope is store_scope_text: "" is
 * all. */
[[nodiscard]] bool store_statistics_days(struct db *db, const char *scope, struct store_day *days,
					 size_t count, struct err *e);
[[nodiscard]] bool store_statistics_waiting(struct db *db, const char *scope, int64_t now_ms,
					    struct store_queue *out, struct err *e);
/* In days that store_statistics_days has filled. */
[[nodiscard]] bool store_statistics_decided(struct db *db, const char *scope,
					    const struct store_day *days, size_t count,
					    struct store_decided *out, struct err *e);
/* Of devices that are there. */
[[nodiscard]] bool store_statistics_versions(struct db *db, struct arena *a, const char *scope,
					     struct store_versions *out, struct err *e);
