#include "model/schedule.h"

#include "model/budget.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

/* While events fail, calls above the steady share are spent as if it lasted this long; once it has
 * lasted a day, as if it were not to end soon. */
#define OUTAGE (33 * HOUR)
#define OUTAGE_OLD (18 * HOUR)
#define LEAST_PERCENT 60  /* of the pot, that filings leave */
#define STEADY_PERCENT 15 /* of the month's calls for looks, spread evenly whatever happens */

#define FASTEST (30 * SECOND)
#define SLOWEST (24 * HOUR)
#define YOUNG 24     /* a young instance waits at least this part of the interval */
#define PROVEN 4     /* times slower while events prove themselves */
#define SWEEP_GAIN 3 /* readings that one page has to save */
#define SPREAD_PERCENT 10
#define SOON 8 /* due within this part of the interval is due soon */

static const int64_t least[] = {
    [TRUST_UNKNOWN] = 15 * MINUTE,
    [TRUST_PROVEN] = HOUR,
    [TRUST_SILENT] = FASTEST,
};

enum trust trust_of(const struct trust_record *t)
{
	if (t->silent_ms != 0)
		return TRUST_SILENT;
	return t->proven >= TRUST_PROVEN_AFTER ? TRUST_PROVEN : TRUST_UNKNOWN;
}

void trust_announced(struct trust_record *t)
{
	if (t->proven < TRUST_PROVEN_AFTER)
		t->proven++;
	if (t->proven >= TRUST_PROVEN_AFTER)
		t->silent_ms = 0;
}

void trust_missed(struct trust_record *t, int64_t found_ms)
{
	t->proven = 0;
	if (t->silent_ms == 0)
		t->silent_ms = found_ms;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What is left of the pot after the filings that are expected meanwhile; some of it in any case. */
static double without_filings(const struct schedule_load *l, double pot, double ms)
{
	double expected = (double)(l->filings * SCHEDULE_FILING) * ms / (double)(24 * HOUR);
	double least_pot = pot * LEAST_PERCENT / 100;

	return pot - expected > least_pot ? pot - expected : least_pot;
}

/* Calls a ms. */
static double rate(const struct schedule_load *l, double pot, enum trust trust, int64_t silent_ms)
{
	double left = (double)l->left_ms;
	double steady = (double)budget_limit(l->figure, BUDGET_LEFTOVER) * STEADY_PERCENT / 100 *
			left / (double)l->month_ms;
	double horizon =
	    (double)smaller(larger(OUTAGE - silent_ms, silent_ms - OUTAGE_OLD), l->left_ms);

	double even = without_filings(l, pot, left) / left, fast;

	if (trust != TRUST_SILENT || pot <= steady)
		return even;
	fast = steady / left + without_filings(l, pot - steady, horizon) / horizon;
	return fast > even ? fast : even;
}

int64_t schedule_interval(const struct schedule_load *l, enum trust trust, int64_t silent_ms)
{
	int64_t pot = budget_limit(l->figure, BUDGET_LEFTOVER) - l->taken;
	double interval;

	if (pot <= 0)
		return larger(l->left_ms, FASTEST);
	interval = (double)l->calls / rate(l, (double)pot, trust, silent_ms);
	if (interval >= (double)SLOWEST)
		return SLOWEST;
	return larger((int64_t)interval, FASTEST);
}

static int64_t spread(int64_t ms, uint32_t chance)
{
	return ms - (int64_t)((double)ms * SPREAD_PERCENT / 100 * chance / UINT32_MAX);
}

int64_t schedule_rest(const struct schedule_plan *plan)
{
	return plan->interval_ms == 0 ? HOUR : larger(plan->interval_ms, least[plan->trust]);
}

int64_t schedule_delay(int64_t step, const struct schedule_plan *plan)
{
	static const int64_t hinted[] = {2 * SECOND, 5 * SECOND, 15 * SECOND};
	static const int64_t young[] = {30 * SECOND, MINUTE,      2 * MINUTE,
					5 * MINUTE,  15 * MINUTE, HOUR};
	int64_t ms;

	if (step < 0)
		return hinted[larger(step - SCHEDULE_HINTED, 0)];
	if (plan->trust == TRUST_SILENT || step >= (int64_t)ARRAY_SIZE(young))
		return spread(schedule_rest(plan), plan->chance);
	ms = young[step] * (plan->trust == TRUST_PROVEN ? PROVEN : 1);
	return larger(ms, spread(plan->interval_ms / YOUNG, plan->chance));
}

int64_t schedule_soon(const struct schedule_plan *plan)
{
	return schedule_rest(plan) / SOON;
}

static int64_t pages(int64_t count)
{
	return (count + SCHEDULE_PAGE - 1) / SCHEDULE_PAGE;
}

bool schedule_sweeps(int64_t due, int64_t listed)
{
	return due >= SWEEP_GAIN * pages(listed);
}

int64_t schedule_calls(int64_t count)
{
	return schedule_sweeps(count, count) ? pages(count) : count;
}
