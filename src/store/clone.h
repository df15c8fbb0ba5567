/* The processes that poll as a device, by which two machines with one identity are told apart. */
#pragma once

#include "db/db.h"

struct store_run {
	const char *run, *hardware, *address;
	int64_t first_ms, last_ms, returns;
	bool clone; /* it is to get an entry of its own */
};

#define STORE_RUNS_MAX 64 /* that are remembered of a device, beside those that are told apart */

/* This process polls now, and another did before: it is the device's run from here on. One that comes back is
 * counted. Those that took over before forget_ms, except this one and the one before it, and the newest above
 * STORE_RUNS_MAX are forgotten: who was there first stays known. */
[[nodiscard]] bool store_run_take(struct db *db, const char *device, const struct store_run *r,
				  int64_t forget_ms, struct err *e);
/* The last two that took over after since_ms, and how often any came back: count of them, at most 2. */
[[nodiscard]] bool store_run_last(struct db *db, struct arena *a, const char *device,
				  int64_t since_ms, struct store_run out[static 2], size_t *count,
				  int64_t *returns, struct err *e);
/* Whether it is to get an entry of its own. */
[[nodiscard]] bool store_run_is_clone(struct db *db, const char *device, const char *run, bool *out,
				      struct err *e);
/* How many are to get one. */
[[nodiscard]] bool store_run_clones(struct db *db, const char *device, int64_t *out, struct err *e);
/* None is; their returns count anew. */
[[nodiscard]] bool store_run_settle(struct db *db, const char *device, struct err *e);
/* Marks it; the returns of the others count anew. */
[[nodiscard]] bool store_run_set_clone(struct db *db, const char *device, const char *run,
				       struct err *e);
/* The entry that this process got of the device already; *id is NULL when it has none. */
[[nodiscard]] bool store_run_entry(struct db *db, struct arena *a, const char *device,
				   const char *run, const char **id, struct err *e);
/* The process that its entry is of. */
[[nodiscard]] bool store_run_set(struct db *db, const char *device, const char *run, struct err *e);
/* How many entries of the device are not settled. */
[[nodiscard]] bool store_clone_count(struct db *db, const char *device, int64_t *out,
				     struct err *e);

/* at_ms 0: it is settled. of NULL leaves clone_of. */
[[nodiscard]] bool store_device_cloned(struct db *db, const char *id, int64_t at_ms, const char *of,
				       struct err *e);
