/* Looks at open instances: what check.c claims, and how several are looked at with one listing. */
#pragma once

#include "jobs/job.h"
#include "store/check.h"

#define LOOK_AWAY_MS 30000 /* until what could not be asked is asked again */

struct look {
	struct job *job;
	struct arena *arena;
	const struct store_check_app *app;
	struct schedule_plan plan;
	bool poor;                   /* the month has nothing left for looks by the schedule */
	struct store_instance first; /* id NULL: somebody else has it */
	int64_t claimed_ms;
	/* All that are claimed, first among them, when they are looked at by a listing. */
	struct store_check_row *rows;
	size_t count; /* 0: first is read alone */
	struct err failure;
	int64_t wait_ms; /* that the failure asks for */
};

/* In the unit that claimed first until claimed_ms: claims what is due soon and nearby too, when one
 * listing for all of them is cheaper than reading each. */
[[nodiscard]] bool look_gather(struct flow *f, struct look *l, struct err *e);

/* Lists what is running, and enters it: whoever is not listed has ended and is read next. */
[[nodiscard]] bool look_sweep(struct look *l, struct err *e);

/* Enters that the claimed ones were not looked at and are due in wait_ms. */
[[nodiscard]] bool look_postpone(struct look *l, int64_t wait_ms, struct err *e);

/* After a call that failed: how long to wait. Pushes fail too while there is no way to DingTalk, so
 * their list is wanted then. */
int64_t look_failed(struct look *l);
