/*
 * When an open instance is looked at in DingTalk. Events tell of decisions; this is what finds those
 * that no event told of. Young instances are looked at after 30 s, 1, 2, 5, 15 and 60 minutes, then all
 * at the interval that the month's calls allow: slower where events prove themselves, and from the
 * first decision that none announced as fast as can be paid for a day, because an outage of events is
 * found and mended within days, and what it costs must not starve the rest of the month. Pure.
 */
#pragma once

#include "base/base.h"

/* Whether an app's events can be relied on. */
enum trust {
	TRUST_UNKNOWN, /* nothing seen either way */
	TRUST_PROVEN,
	TRUST_SILENT /* a decision was found that no event had announced */
};

#define TRUST_PROVEN_AFTER 3 /* announced decisions in a row */

struct trust_record {
	int64_t silent_ms; /* since when; 0: not silent */
	int64_t proven;    /* announced decisions in a row, at most TRUST_PROVEN_AFTER */
};

enum trust trust_of(const struct trust_record *t);
/* An event announced a decision. */
void trust_announced(struct trust_record *t);
/* One was found at found_ms, and TRUST_GRACE_MS later no event had come: DingTalk repeats a push that
 * failed after 10 and after 30 s. */
#define TRUST_GRACE_MS 60000
void trust_missed(struct trust_record *t, int64_t found_ms);

/* What looking at every open instance of one organisation takes, and what there is for it. */
struct schedule_load {
	int64_t figure; /* calls in the month (model/budget.h) */
	int64_t taken;  /* that are gone */
	int64_t calls; /* one look at all that are open: the sum of schedule_calls over the forms */
	int64_t
	    filings; /* of the last day; as many are expected again, SCHEDULE_FILING calls each */
	int64_t month_ms; /* the month's length */
	int64_t left_ms;  /* of it, more than 0 */
};

/*
 * The shortest interval, in ms, at which each open instance can be looked at. silent_ms: how long events
 * have been missing so far (TRUST_SILENT only). With nothing left for looks it is the rest of the month.
 */
#define SCHEDULE_FILING 4 /* made, looked at once, its end is read, and one for what goes wrong */
int64_t schedule_interval(const struct schedule_load *load, enum trust trust, int64_t silent_ms);

/* What the looks at one app's instances are paced by. Zeroed: nothing is known, hourly in the end. */
struct schedule_plan {
	enum trust trust;
	int64_t interval_ms;
	uint32_t chance; /* random, all 32 bits used: spreads what would be due together */
};

/*
 * The wait before an instance is looked at again. step counts the looks since it was sent; negative
 * ones follow an event that announced the end, while DingTalk may still show the old state: 2, 5, 15 s.
 */
#define SCHEDULE_HINTED (-3)
int64_t schedule_delay(int64_t step, const struct schedule_plan *plan);
/* What it comes to once an instance is no longer young: the interval, or longer when there is no hurry. */
int64_t schedule_rest(const struct schedule_plan *plan);
/* How much too early it may be taken along when others are looked at. */
int64_t schedule_soon(const struct schedule_plan *plan);

/*
 * Looking at many at once: DingTalk lists the ids of a form's running instances, a page a call; who is
 * not among them has ended and is read. calls: to look at count open instances of one form.
 */
#define SCHEDULE_PAGE 20   /* ids on a page */
#define SCHEDULE_SWEEP 400 /* instances that one sweep covers at most */
int64_t schedule_calls(int64_t count);
/* Whether a sweep over listed open instances is worth it when due of them are to be looked at. */
bool schedule_sweeps(int64_t due, int64_t listed);
