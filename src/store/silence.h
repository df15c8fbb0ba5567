/* When devices were last heard, as far as that is a matter of alarm. */
#pragma once

#include "db/db.h"
#include "model/alarm.h"

/* A device said that it goes away: until it is heard again its silence is nothing. */
[[nodiscard]] bool store_silence_announce(struct db *db, const char *device, int64_t at_ms,
					  struct err *e);

/* A server is there to hear at at_ms, and was at *before_ms (0: never). */
[[nodiscard]] bool store_silence_watch(struct db *db, int64_t at_ms, int64_t *before_ms,
				       struct err *e);
/* And none in between. Those that ended before keep_ms are forgotten. */
[[nodiscard]] bool store_outage_add(struct db *db, const struct alarm_outage *o, int64_t keep_ms,
				    struct err *e);
/* The newest first, at most STORE_OUTAGES. */
#define STORE_OUTAGES 200
[[nodiscard]] bool store_outage_list(struct db *db, struct arena *a, struct alarm_outage **out,
				     size_t *count, struct err *e);

/* Of active devices, announced silence apart. */
struct store_silence_crowd {
	int64_t all;  /* those that were heard, and those that fell silent with many others */
	int64_t fell; /* of them, last heard in [from_ms, to_ms) */
	int64_t many; /* of them, silent with many others still */
};
[[nodiscard]] bool store_silence_crowd(struct db *db, int64_t from_ms, int64_t to_ms,
				       struct store_silence_crowd *out, struct err *e);
/* Last heard in [from_ms, before_ms): from now on they count as silent with many others. */
[[nodiscard]] bool store_silence_take_many(struct db *db, int64_t from_ms, int64_t before_ms,
					   int64_t *count, struct err *e);
/* They count as heard, and so may be silent by themselves. */
[[nodiscard]] bool store_silence_split_many(struct db *db, struct err *e);

struct store_silent {
	const char *id, *name, *owner, *held_for, *state;
	int64_t last_seen_ms;
	bool grant; /* it had an unused grant for the client, which it had fetched */
};
/* Last heard before before_ms, or before gone_ms if it said goodbye, and nobody knows yet: the longest silent first, at
 * most max. */
[[nodiscard]] bool store_silence_list(struct db *db, struct arena *a, int64_t before_ms,
				      int64_t gone_ms, int64_t max, struct store_silent **out,
				      size_t *count, struct err *e);
/* Now it is known. *won false: it was heard meanwhile. */
[[nodiscard]] bool store_silence_take(struct db *db, const struct store_silent *s, bool *won,
				      struct err *e);

/* Of those that were silent with many others, who was heard since: heard again. */
[[nodiscard]] bool store_silence_over_many(struct db *db, struct err *e);
/* Counted as silent by themselves, and were heard since; at most max. */
[[nodiscard]] bool store_silence_over(struct db *db, struct arena *a, int64_t max,
				      struct store_silent **out, size_t *count, struct err *e);
[[nodiscard]] bool store_silence_end(struct db *db, const char *device, struct err *e);
