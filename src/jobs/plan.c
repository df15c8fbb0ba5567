#include "jobs/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "model/budget.h"
#include "store/budget.h"

#define FRESH_MS 2000
#define DAY_MS (INT64_C(24) * 3600 * 1000)

bool plan_of(struct db *db, struct arena *a, const char *corp_id, const struct trust_record *trust,
	     int64_t now_ms, struct plan *out, struct err *e)
{
	int64_t month = budget_month(now_ms, 0), next = budget_month(now_ms, 1);
	struct store_organisation o;

	if (!store_budget_get(db, a, corp_id, month, &o, e) ||
	    !store_check_load(db, a, corp_id, now_ms - DAY_MS, &out->load, e))
		return false;
	out->basis = (struct schedule_load){.figure = o.figure,
					    .taken = o.over ? o.figure : o.calls,
					    .calls = out->load.calls,
					    .filings = out->load.filings,
					    .month_ms = next - month,
					    .left_ms = next - now_ms};
	out->interval_ms =
	    schedule_interval(&out->basis, trust_of(trust), now_ms - trust->silent_ms);
	out->poor = out->basis.taken >= budget_limit(o.figure, BUDGET_LEFTOVER);
	return true;
}

bool plan_make(struct look *l, struct err *e)
{
	struct job_plan *cached = &l->job->plan;
	int64_t now_ms = clock_utc_ms();
	struct plan p;

	if (strcmp(cached->app, l->app->app) != 0 || now_ms < cached->at_ms ||
	    now_ms >= cached->at_ms + FRESH_MS) {
		if (!plan_of(l->job->db, l->arena, l->app->corp_id, &l->app->trust, now_ms, &p, e))
			return false;
		*cached = (struct job_plan){
		    .at_ms = now_ms, .interval_ms = p.interval_ms, .poor = p.poor};
		(void)snprintf(cached->app, sizeof(cached->app), "%s", l->app->app);
	}
	l->plan = (struct schedule_plan){.trust = trust_of(&l->app->trust),
					 .interval_ms = cached->interval_ms};
	random_bytes(&l->plan.chance, sizeof(l->plan.chance));
	l->poor = cached->poor;
	return true;
}
