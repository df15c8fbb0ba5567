#include "jobs/look.h"

#include "base/failpoint.h"
#include "base/log.h"
#include "flow/request.h"
#include "jobs/lanes.h"
#include "jobs/missed.h"
#include "jobs/oa.h"
#include "jobs/plan.h"

#define LEASE_MS 60000                     /* longer than one reading takes */
#define MISSED_MS (INT64_C(5) * 60 * 1000) /* until DingTalk offers pushes that failed */

/* --- one look --- */

static bool claim(struct flow *f, void *arg, struct err *e)
{
	struct look *l = arg;
	bool won;

	l->claimed_ms = f->now_ms + LEASE_MS;
	if (!store_check_next(f->db, f->arena, l->app->app, f->now_ms, &l->first, e))
		return false;
	if (l->first.id == NULL)
		return true;
	if (!store_check_claim(f->db, l->first.id, l->first.check_ms, l->claimed_ms, &won, e))
		return false;
	if (!won)
		l->first.id = NULL;
	failpoint("check-claimed");
	return !won || look_gather(f, l, e);
}

struct reading {
	struct look *look;
	struct oa_seen seen;
};

static bool enter(struct flow *f, void *arg, struct err *e)
{
	const struct reading *r = arg;
	struct flow with = *f;

	with.plan = r->look->plan;
	return flow_read_back(&with, r->look->first.id, r->look->claimed_ms, &r->seen, e);
}

static bool enter_failure(struct flow *f, void *arg, struct err *e)
{
	const struct look *l = arg;
	struct flow with = *f;

	with.plan = l->plan;
	return flow_read_failed(&with, l->first.id, l->claimed_ms, &l->failure, e);
}

static bool want_missed(struct flow *f, void *arg, struct err *e)
{
	const struct look *l = arg;

	return store_check_missed_want(f->db, l->app->app, f->now_ms + MISSED_MS, e);
}

int64_t look_failed(struct look *l)
{
	bool away = l->failure.code == ERR_UNAVAILABLE || l->failure.code == ERR_TIMEOUT ||
		    l->failure.code == ERR_PEER;
	struct err e = {0};

	l->wait_ms =
	    l->job->line.dingtalk == NULL ? 0 : dingtalk_failure(l->job->line.dingtalk)->wait_ms;
	if (away && l->app->missed_ms == 0 && !job_unit(l->job, l->arena, want_missed, l, &e))
		(void)job_failed("noting that pushes may have failed", &e);
	return l->wait_ms > LOOK_AWAY_MS ? l->wait_ms : LOOK_AWAY_MS;
}

static bool read_one(struct reading *r, struct err *e)
{
	struct job *j = r->look->job;
	struct dingtalk *d;

	return line_open(&j->line, j->config->links, j->db,
			 &(struct line_to){r->look->app->app, DINGTALK_FOR_READING}, &d, e) &&
	       oa_read(d, r->look->arena, r->look->first.external_id, &r->seen, e);
}

static bool look_alone(struct look *l, struct err *e)
{
	struct reading r = {.look = l};
	int64_t wait_ms;

	failpoint("check-before-read");
	if (read_one(&r, &l->failure)) {
		failpoint("check-after-read");
		return job_unit(l->job, l->arena, enter, &r, e);
	}
	failpoint("check-not-read");
	log_err(LOG_LEVEL_WARN, "reading an instance in DingTalk", &l->failure);
	wait_ms = look_failed(l);
	if (l->failure.code == ERR_TOO_MANY || l->wait_ms > LOOK_AWAY_MS)
		return look_postpone(l, wait_ms, e);
	return job_unit(l->job, l->arena, enter_failure, l, e);
}

/* *any false: another server was first. */
static bool look(struct look *l, bool *any, struct err *e)
{
	if (!plan_make(l, e) || !job_unit(l->job, l->arena, claim, l, e))
		return false;
	*any = l->first.id != NULL;
	if (!*any)
		return true;
	if (l->poor && l->first.check_step >= 0)
		return look_postpone(l, l->plan.interval_ms, e);
	return l->count > 0 ? look_sweep(l, e) : look_alone(l, e);
}

/* --- which app --- */

/* When it has to be asked something; 0: not. */
static int64_t due_of(const struct store_check_app *app)
{
	if (app->due_ms == 0 || app->missed_ms == 0)
		return app->due_ms + app->missed_ms;
	return app->due_ms < app->missed_ms ? app->due_ms : app->missed_ms;
}

/* How long until the app can be asked: due, let through by its breaker, and with a worker for it. */
static int64_t wait_for(struct job *j, const struct store_check_app *app)
{
	int64_t due_ms = due_of(app), wait = job_wait(due_ms), closed_ms;

	if (due_ms == 0)
		return wait;
	closed_ms = links_closed_for(j->config->links, app->app);
	wait = closed_ms > wait ? closed_ms : wait;
	return wait == 0 && !lanes_may(j->lanes, app->app) ? LANES_BUSY_MS : wait;
}

/* The app that has been due longest of those that can be asked. NULL: *wait_ms until one can. */
static const struct store_check_app *choose(struct job *j, const struct store_check_app *apps,
					    size_t count, int64_t *wait_ms)
{
	const struct store_check_app *best = NULL;

	*wait_ms = TICKER_LONGEST_MS;
	for (size_t i = 0; i < count; i++) {
		int64_t wait = wait_for(j, &apps[i]);

		if (wait > 0)
			*wait_ms = wait < *wait_ms ? wait : *wait_ms;
		else if (best == NULL || due_of(&apps[i]) < due_of(best))
			best = &apps[i];
	}
	return best;
}

static int64_t serve(struct look *l)
{
	struct err e = {0};
	bool any = true;
	bool missed = l->app->missed_ms != 0 && job_wait(l->app->missed_ms) == 0;

	if (missed ? missed_collect(l->job, l->arena, l->app, &e) : look(l, &any, &e))
		return any ? 0 : JOB_TAKEN_MS;
	return job_failed("looking at instances again", &e);
}

int64_t check_round(void *arg)
{
	AUTO(arena_done) struct arena a = {0};
	struct job *j = arg;
	struct look l = {.job = j, .arena = &a};
	struct store_check_app *apps;
	struct err e = {0};
	size_t count;
	int64_t wait_ms;

	if (!job_open(j, &e) || !store_check_apps(j->db, &a, &apps, &count, &e))
		return job_failed("looking at instances again", &e);
	l.app = choose(j, apps, count, &wait_ms);
	if (l.app == NULL)
		return wait_ms;
	if (!lanes_enter(j->lanes, l.app->app))
		return JOB_TAKEN_MS;
	wait_ms = serve(&l);
	lanes_leave(j->lanes, l.app->app);
	return wait_ms;
}
