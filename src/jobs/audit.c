#include "flow/audit.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "jobs/job.h"

/*
 * A checkpoint over all chains: at the start, a minute after the one before when something was written,
 * and at the end. While nothing is written nobody looks.
 */
#define WHAT "checkpoint of the audit record"

static bool bind(struct flow *f, void *arg, struct err *e)
{
	(void)arg;
	return flow_checkpoint(f, NULL, e);
}

static bool work(struct job *j, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};

	return job_unit(j, &a, bind, NULL, e);
}

int64_t audit_round(void *arg)
{
	struct job *j = arg;
	int64_t now_ms = clock_mono_ms();
	struct err e = {0};

	if (!atomic_load(&j->asked))
		return TICKER_LONGEST_MS;
	/* A test may set the clock back. */
	if (now_ms < j->next_ms && j->next_ms - now_ms <= FLOW_CHECKPOINT_MS)
		return j->next_ms - now_ms;
	atomic_store(&j->asked, false);
	j->next_ms = now_ms + FLOW_CHECKPOINT_MS;
	if (work(j, &e))
		return TICKER_LONGEST_MS;
	atomic_store(&j->asked, true);
	j->next_ms = 0;
	return job_failed(WHAT, &e);
}

void audit_last_round(struct job *j)
{
	struct err e = {0};

	if (atomic_load(&j->asked) && !work(j, &e))
		(void)job_failed(WHAT, &e);
}
