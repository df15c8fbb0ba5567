#include "flow/delegation.h"
#include "flow/grant.h"
#include "flow/inbox.h"
#include "flow/notify.h"
#include "flow/proposal.h"
#include "flow/request.h"
#include "flow/sync.h"
#include "flow/trust.h"
#include "jobs/job.h"
#include "model/webhook.h"
#include "store/app.h"
#include "store/proposal.h"
#include "store/task.h"
#include "store/webhook.h"

#define BATCH 50 /* events or deadlines in one unit */
#define KEEP_MS (INT64_C(30) * 24 * 3600 * 1000)

static bool take_events(struct flow *f, void *arg, struct err *e)
{
	bool *more = arg;

	*more = true;
	for (int i = 0; i < BATCH && *more; i++) {
		if (!flow_inbox_next(f, more, e))
			return false;
	}
	return *more || store_inbox_forget(f->db, f->now_ms - KEEP_MS, e);
}

static bool lapse(struct flow *f, void *arg, struct err *e)
{
	bool *more = arg;
	struct store_grant *grants;
	size_t count;

	if (!store_grant_overdue(f->db, f->arena, f->now_ms, BATCH, &grants, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!flow_grant_lapse(f, &grants[i], e))
			return false;
	}
	*more = count == BATCH;
	return true;
}

static bool forget_keys(struct flow *f, void *arg, struct err *e)
{
	(void)arg;
	return store_app_old_forget(f->db, f->now_ms, e);
}

static bool judge(struct flow *f, void *arg, struct err *e)
{
	bool *more = arg;

	*more = true;
	for (int i = 0; i < BATCH && *more; i++) {
		if (!flow_trust_judge(f, more, e))
			return false;
	}
	return true;
}

static bool webhooks_due(struct db *db, int64_t *due_ms, struct err *e)
{
	if (!store_webhook_oldest(db, due_ms, e))
		return false;
	*due_ms = *due_ms == 0 ? 0 : *due_ms + WEBHOOK_KEEP_MS;
	return true;
}

static bool forget_webhooks(struct flow *f, void *arg, struct err *e)
{
	(void)arg;
	return store_webhook_forget(f->db, f->now_ms - WEBHOOK_KEEP_MS, e);
}

static bool syncs_due(struct db *db, int64_t *due_ms, struct err *e)
{
	if (!store_sync_oldest(db, due_ms, e))
		return false;
	*due_ms = *due_ms == 0 ? 0 : *due_ms + FLOW_SYNC_KEEP_MS;
	return true;
}

static bool forget_syncs(struct flow *f, void *arg, struct err *e)
{
	(void)arg;
	return store_sync_forget(f->db, f->now_ms - FLOW_SYNC_KEEP_MS, e);
}

typedef bool due_fn(struct db *db, int64_t *due_ms, struct err *e);
typedef bool ids_fn(struct db *db, struct arena *a, int64_t now_ms, int64_t limit,
		    const char *const **ids, size_t *count, struct err *e);
typedef bool each_fn(struct flow *f, const char *id, struct err *e);

/* What is done when something is due: a unit, or something to each of a list. */
static const struct duty {
	const char *what;
	due_fn *due;
	job_unit_fn *unit;
	ids_fn *ids;
	each_fn *each;
} duties[] = {
    {"the inbox", store_inbox_due, .unit = take_events},
    {"requests that waited too long", store_instance_expiry_due, .ids = store_instance_overdue,
     .each = flow_time_out},
    {"levels that nobody answered", store_approval_due, .ids = store_approval_overdue,
     .each = flow_level_overdue},
    {"approvers who came or went", store_approval_review_due, .ids = store_approval_to_review,
     .each = flow_review},
    {"delegations that begin", store_delegation_due, .ids = store_delegation_begun,
     .each = flow_delegation_begin},
    {"proposals that nobody confirmed", store_proposal_due, .ids = store_proposal_overdue,
     .each = flow_proposal_expire},
    {"reminders", store_instance_remind_due, .ids = store_instance_remind, .each = flow_remind_due},
    {"grants whose time is over", store_grant_lapse_due, .unit = lapse},
    {"decisions that no event announced", flow_trust_due, .unit = judge},
    {"keys that DingTalk used before", store_app_old_due, .unit = forget_keys},
    {"old webhook deliveries", webhooks_due, .unit = forget_webhooks},
    {"old runs of identity sources", syncs_due, .unit = forget_syncs},
};

static bool do_each(struct flow *f, void *arg, struct err *e)
{
	const struct duty *d = arg;
	const char *const *ids;
	size_t count;

	if (!d->ids(f->db, f->arena, f->now_ms, BATCH, &ids, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!d->each(f, ids[i], e))
			return false;
	}
	return true;
}

static bool act(struct job *j, struct arena *a, const struct duty *d, struct err *e)
{
	bool more = false;

	return d->unit != NULL ? job_unit(j, a, d->unit, &more, e)
			       : job_unit(j, a, do_each, (void *)d, e);
}

/* A unit only where something is due: an idle server writes nothing. What goes wrong in it holds up no other
 * duty; false when the database cannot be asked. */
static bool attend(struct job *j, const struct duty *d, int64_t *wait, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct err why = {0};
	int64_t due;

	if (!d->due(j->db, &due, e))
		return false;
	*wait = job_wait(due);
	if (*wait > 0)
		return true;
	if (!act(j, &a, d, &why)) {
		*wait = job_failed(d->what, &why);
		return true;
	}
	if (!d->due(j->db, &due, e))
		return false;
	*wait = job_wait(due);
	return true;
}

int64_t clock_round(void *arg)
{
	struct job *j = arg;
	struct err e = {0};
	int64_t next = TICKER_LONGEST_MS, wait;

	if (!job_open(j, &e))
		return job_failed("deadlines", &e);
	for (size_t i = 0; i < ARRAY_SIZE(duties); i++) {
		if (!attend(j, &duties[i], &wait, &e))
			return job_failed(duties[i].what, &e);
		next = wait < next ? wait : next;
	}
	return next;
}
