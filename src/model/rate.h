/*
 * Allowances that fill up again: so many at once, all of them within a time (GCRA). Their whole state is
 * the moment when one is full again; a past one is full.
 */
#pragma once

#include "base/base.h"

struct rate {
	int64_t count;  /* at once */
	int64_t per_ms; /* until all of them are back */
};

/* Takes one; false: *wait_ms until there is one, *full_ms stays. */
[[nodiscard]] bool rate_take(const struct rate *rate, int64_t now_ms, int64_t *full_ms,
			     int64_t *wait_ms);
/* Gives back one that was taken. */
void rate_give(const struct rate *rate, int64_t *full_ms);
