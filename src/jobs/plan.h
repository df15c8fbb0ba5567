/* The schedule of an organisation's looks, as its month stands now. */
#pragma once

#include "jobs/look.h"

/* What it follows from, and what it says, for whoever wants to know. */
struct plan {
	struct store_check_load load;
	struct schedule_load basis;
	int64_t interval_ms;
	bool poor; /* nothing is left for looks by the schedule this month */
};

[[nodiscard]] bool plan_of(struct db *db, struct arena *a, const char *corp_id,
			   const struct trust_record *trust, int64_t now_ms, struct plan *out,
			   struct err *e);

/* Fills l->plan and l->poor. What it costs to count is paid every few seconds only. */
[[nodiscard]] bool plan_make(struct look *l, struct err *e);
