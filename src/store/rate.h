/* Allowances (model/rate.h), by the SHA-256 of what each is for. Inside a unit. */
#pragma once

#include "db/db.h"
#include "model/rate.h"

/* Takes one, if there is one: *wait_ms is 0, or how long until there is. */
[[nodiscard]] bool store_rate_take(struct db *db, const unsigned char key[32],
				   const struct rate *rate, int64_t now_ms, int64_t *wait_ms,
				   struct err *e);
/* How long it would be, reading only. */
[[nodiscard]] bool store_rate_look(struct db *db, const unsigned char key[32],
				   const struct rate *rate, int64_t now_ms, int64_t *wait_ms,
				   struct err *e);
/* Gives one back. */
[[nodiscard]] bool store_rate_give(struct db *db, const unsigned char key[32],
				   const struct rate *rate, struct err *e);

/* The same for something that is said less often rather than refused: *said, and then *missed is how
 * many were not since the last one. */
[[nodiscard]] bool store_rate_say(struct db *db, const unsigned char key[32],
				  const struct rate *rate, int64_t now_ms, bool *said,
				  int64_t *missed, struct err *e);

/* Forgets the full ones; those that have something to tell, a day later. */
[[nodiscard]] bool store_rate_purge(struct db *db, int64_t now_ms, struct err *e);
