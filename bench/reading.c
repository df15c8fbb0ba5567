/*
 * How late a decision in DingTalk is heard of when no event tells of it: the schedule (model/schedule.h)
 * alone, in simulated time. All events are dropped for 24 hours from the middle of the month's first day;
 * every instance is decided at a random moment (a day on average), and another takes its place, so that as
 * many stay open. A call takes 200 ms. Prints a table; exits 1 when a month's figure was exceeded or a
 * promised figure was missed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "model/budget.h"
#include "model/schedule.h"

#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define MONTH (30 * DAY)
#define START (12 * HOUR)
#define CALL 200
#define SLACK (120 * SECOND)
#define SEEDS 20
#define MAX_OPEN 10000
#define MAX_DECISIONS (SEEDS * 4 * MAX_OPEN)

struct instance {
	int64_t created, decided, check, step;
};

struct world {
	struct instance open[MAX_OPEN]; /* in the order of their creation */
	int64_t count, figure, taken, now;
	uint64_t seed;
	struct trust_record trust;
	int64_t found; /* the first that nothing announced, until it is judged; 0: none */
};

static struct world world;
static int64_t late[MAX_DECISIONS];
static size_t late_count;

static uint32_t chance(struct world *w)
{
	w->seed = w->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(w->seed >> 32);
}

/* Geometric with a day's mean, by minutes. */
static int64_t life(struct world *w)
{
	int64_t minutes = 1;

	while (chance(w) % 1440 != 0)
		minutes++;
	return minutes * 60 * SECOND + chance(w) % 60000;
}

static void file(struct world *w, struct instance *i)
{
	*i = (struct instance){.created = w->now, .decided = w->now + life(w), .check = w->now};
	w->taken++; /* its create */
}

static struct schedule_plan plan(struct world *w)
{
	struct schedule_load load = {.figure = w->figure,
				     .taken = w->taken,
				     .calls = schedule_calls(w->count),
				     .filings = w->count, /* a day's */
				     .month_ms = MONTH,
				     .left_ms = MONTH - w->now};
	enum trust trust = trust_of(&w->trust);

	return (struct schedule_plan){
	    trust, schedule_interval(&load, trust, w->now - w->trust.silent_ms), chance(w)};
}

/* One call or more: false when the month has none left for it. */
static bool spend(struct world *w, int64_t calls)
{
	if (w->taken + calls > budget_limit(w->figure, BUDGET_READING))
		return false;
	w->taken += calls;
	w->now += calls * CALL;
	return true;
}

static void hurry(struct world *w)
{
	for (int64_t i = 0; i < w->count; i++)
		if (w->open[i].check > w->now)
			w->open[i].check = w->now;
}

/* Its end is heard of; the last place is the newest one's. */
static void end(struct world *w, int64_t k)
{
	if (w->open[k].decided >= START && late_count < MAX_DECISIONS)
		late[late_count++] = w->now - w->open[k].decided;
	if (w->found == 0 && w->trust.silent_ms == 0)
		w->found = w->now;
	for (int64_t i = k; i + 1 < w->count; i++)
		w->open[i] = w->open[i + 1];
	file(w, &w->open[w->count - 1]);
}

static void look_alone(struct world *w, int64_t k, const struct schedule_plan *p)
{
	struct instance *i = &w->open[k];

	if (!spend(w, 1)) {
		i->check = w->now + HOUR;
		return;
	}
	if (i->decided <= w->now) {
		end(w, k);
		return;
	}
	i->check = w->now + schedule_delay(i->step++, p);
}

/* As jobs/sweep.c gathers them: those that follow by creation, as far as it is worth it. */
static int64_t gather(const struct world *w, int64_t k, int64_t soon)
{
	int64_t best = 0, due = 0;

	for (int64_t i = k; i < w->count && i < k + SCHEDULE_SWEEP; i++) {
		if (w->open[i].check > soon)
			continue;
		due++;
		if (schedule_sweeps(due, i - k + 1))
			best = i - k + 1;
	}
	return best;
}

static void sweep(struct world *w, int64_t k, int64_t listed, const struct schedule_plan *p)
{
	int64_t soon = w->now + schedule_soon(p);
	int64_t running = 0, ended[SCHEDULE_SWEEP], n = 0;

	/* What was created within two minutes beside them is listed too. */
	for (int64_t i = 0; i < w->count; i++)
		running += w->open[i].decided > w->now &&
			   w->open[i].created >= w->open[k].created - SLACK &&
			   w->open[i].created <= w->open[k + listed - 1].created + SLACK;
	if (!spend(w, running == 0 ? 1 : (running + SCHEDULE_PAGE - 1) / SCHEDULE_PAGE)) {
		for (int64_t i = k; i < k + listed; i++)
			w->open[i].check = w->now + HOUR;
		return;
	}
	for (int64_t i = k; i < k + listed; i++) {
		struct instance *o = &w->open[i];

		if (o->check > soon)
			continue;
		if (o->decided <= w->now)
			ended[n++] = i;
		else
			o->check = w->now + schedule_delay(o->step++, p);
	}
	/* From the last on, so that the places of the others hold. */
	while (n > 0)
		look_alone(w, ended[--n], p);
}

static int64_t next_due(const struct world *w)
{
	int64_t k = 0;

	for (int64_t i = 1; i < w->count; i++)
		if (w->open[i].check < w->open[k].check)
			k = i;
	return k;
}

static void step(struct world *w)
{
	int64_t k = next_due(w), listed;
	struct schedule_plan p;

	if (w->found != 0 && w->open[k].check >= w->found + TRUST_GRACE_MS) {
		w->now = w->now > w->found + TRUST_GRACE_MS ? w->now : w->found + TRUST_GRACE_MS;
		trust_missed(&w->trust, w->found);
		w->found = 0;
		hurry(w);
		return;
	}
	if (w->open[k].check > w->now)
		w->now = w->open[k].check;
	p = plan(w);
	if (w->taken >= budget_limit(w->figure, BUDGET_LEFTOVER)) {
		w->open[k].check = w->now + p.interval_ms;
		return;
	}
	listed = gather(w, k, w->now + schedule_soon(&p));
	if (listed > 0)
		sweep(w, k, listed, &p);
	else
		look_alone(w, k, &p);
}

/* Whether the month held. */
static bool run(struct world *w, int64_t figure, int64_t open, uint64_t seed)
{
	*w = (struct world){.count = open, .figure = figure, .now = START, .seed = seed};
	for (int64_t i = 0; i < open; i++) {
		file(w, &w->open[i]);
		/* They have been open for a while, and were filed last month. */
		w->open[i].step = 6;
		w->open[i].created = START - DAY + i * DAY / open;
		w->open[i].check = w->now + chance(w) % (15 * 60000);
	}
	w->taken = 0;
	while (w->now < START + DAY)
		step(w);
	return w->taken <= figure;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double percentile(int percent)
{
	size_t at = late_count * (size_t)percent / 100;

	return (double)late[at < late_count ? at : late_count - 1] / 1000;
}

/* limit: what p99 may be, in seconds; 0: only reported. */
static bool measure(int64_t figure, int64_t open, double limit)
{
	int seeds = open > 1000 ? 1 : SEEDS;
	int64_t taken = 0;
	bool held = true;

	late_count = 0;
	for (int seed = 1; seed <= seeds; seed++) {
		held = run(&world, figure, open, (uint64_t)seed * 7919) && held;
		taken += world.taken;
	}
	qsort(late, late_count, sizeof(*late), by_size);
	if (late_count == 0)
		return false;
	held = held && (limit == 0 || percentile(99) <= limit);
	printf("%9lld %8lld %10.0f %10.0f %10.0f %9lld %9zu  %s\n", (long long)figure,
	       (long long)open, percentile(50), percentile(99), percentile(100),
	       (long long)(taken / seeds), late_count / (size_t)seeds,
	       held ? limit > 0 ? "as promised" : "" : "NOT AS PROMISED");
	return held;
}

int main(void)
{
	static const struct {
		int64_t figure, open;
		double limit;
	} rows[] = {{5000, 1, 0},        {5000, 10, 0},       {5000, 100, 0},  {5000, 1000, 0},
		    {5000, 10000, 0},    {200000, 1, 0},      {200000, 10, 0}, {200000, 100, 0},
		    {200000, 1000, 120}, {200000, 10000, 900}};
	bool ok = true;

	printf("24 h without events; how late a decision is heard of, in seconds; calls spent in "
	       "that day\n"
	       "    month     open     median        p99    longest     calls decisions\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ok = measure(rows[i].figure, rows[i].open, rows[i].limit) && ok;
	return ok ? 0 : 1;
}
