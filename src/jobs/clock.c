#include "flow/delegation.h"
#include "flow/grant.h"
#include "flow/inbox.h"
#include "flow/notify.h"
#include "flow/request.h"
#include "flow/trust.h"
#include "jobs/job.h"
#include "model/webhook.h"
#include "store/app.h"
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

static bool time_out(struct flow *f, void *arg, struct err *e)
{
	bool *more = arg;
	const char **ids;
	size_t count;

	if (!store_instance_overdue(f->db, f->arena, f->now_ms, BATCH, &ids, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!flow_time_out(f, ids[i], e))
			return false;
	}
	*more = count == BATCH;
	return true;
}

static bool remind(struct flow *f, void *arg, struct err *e)
{
	bool *more = arg;
	const char **ids;
	size_t count;

	if (!store_instance_remind(f->db, f->arena, f->now_ms, BATCH, &ids, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!flow_remind_due(f, ids[i], e))
			return false;
	}
	*more = count == BATCH;
	return true;
}

static bool advance_levels(struct flow *f, void *arg, struct err *e)
{
	bool *more = arg;
	const char **ids;
	size_t count;

	if (!store_approval_overdue(f->db, f->arena, f->now_ms, BATCH, &ids, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!flow_level_overdue(f, ids[i], e))
			return false;
	}
	*more = count == BATCH;
	return true;
}

static bool review(struct flow *f, void *arg, struct err *e)
{
	bool *more = arg;
	const char **ids;
	size_t count;

	if (!store_approval_to_review(f->db, f->arena, BATCH, &ids, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!flow_review(f, ids[i], e))
			return false;
	}
	*more = count == BATCH;
	return true;
}

static bool begin_delegations(struct flow *f, void *arg, struct err *e)
{
	bool *more = arg;
	const char **ids;
	size_t count;

	if (!store_delegation_begun(f->db, f->arena, f->now_ms, BATCH, &ids, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!flow_delegation_begin(f, ids[i], e))
			return false;
	}
	*more = count == BATCH;
	return true;
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

typedef bool due_fn(struct db *db, int64_t *due_ms, struct err *e);

static const struct {
	const char *what;
	due_fn *due;
	job_unit_fn *unit;
} duties[] = {
    {"the inbox", store_inbox_due, take_events},
    {"requests that waited too long", store_instance_expiry_due, time_out},
    {"levels that nobody answered", store_approval_due, advance_levels},
    {"approvers who came or went", store_approval_review_due, review},
    {"delegations that begin", store_delegation_due, begin_delegations},
    {"reminders", store_instance_remind_due, remind},
    {"grants whose time is over", store_grant_lapse_due, lapse},
    {"decisions that no event announced", flow_trust_due, judge},
    {"keys that DingTalk used before", store_app_old_due, forget_keys},
    {"old webhook deliveries", webhooks_due, forget_webhooks},
};

/* A unit only where something is due: an idle server writes nothing. */
int64_t clock_round(void *arg)
{
	struct job *j = arg;
	struct err e = {0};
	int64_t next = TICKER_LONGEST_MS;

	if (!job_open(j, &e))
		return job_failed("deadlines", &e);
	for (size_t i = 0; i < ARRAY_SIZE(duties); i++) {
		AUTO(arena_done) struct arena a = {0};
		bool more = false;
		int64_t due, wait;

		if (!duties[i].due(j->db, &due, &e))
			return job_failed(duties[i].what, &e);
		wait = job_wait(due);
		if (wait == 0 && !job_unit(j, &a, duties[i].unit, &more, &e))
			return job_failed(duties[i].what, &e);
		if (wait == 0 && !duties[i].due(j->db, &due, &e))
			return job_failed(duties[i].what, &e);
		wait = job_wait(due);
		next = wait < next ? wait : next;
	}
	return next;
}
