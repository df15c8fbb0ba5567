#include "base/clock.h"
#include "base/log.h"
#include "flow/release.h"
#include "jobs/job.h"

/*
 * The grants of releases, some devices in a unit, so that others' units come between. Of several servers
 * one has the lease of a release; a server that ends leaves it to the others, and to itself when it is back.
 */
#define RELEASES 20 /* looked at in one round */
#define WHAT "releases"
#define TRIES 3 /* of a device that fails alone */

static bool next_devices(struct flow *f, void *arg, struct err *e)
{
	return flow_release_continue(f, arg, e);
}

/* Trying again later is right. */
static bool is_away(const struct err *e)
{
	return e->code == ERR_UNAVAILABLE || e->code == ERR_TIMEOUT;
}

/* After a failure the devices of a unit are taken one by one, and one that fails alone, every time, gets none:
 * it must not hold up those behind it. */
struct pace {
	int tries; /* of the one that is taken alone */
	int alone; /* taken so since the failure */
};

/* e is what the unit failed with. */
static bool after_failure(struct arena *a, struct flow_release_turn *t, struct pace *pace,
			  struct err *e)
{
	if (is_away(e) || (t->limit == 1 && t->broken != NULL))
		return false;
	if (t->limit > 1) {
		t->limit = 1;
		*pace = (struct pace){0};
	} else if (++pace->tries == TRIES) {
		log_err(LOG_LEVEL_ERROR, WHAT, e);
		t->broken = arena_dup(a, e->text);
	}
	err_clear(e);
	t->more = true;
	return true;
}

static void after_success(struct flow_release_turn *t, struct pace *pace)
{
	pace->tries = 0;
	if (t->limit == 1 && ++pace->alone == FLOW_RELEASE_BATCH)
		t->limit = FLOW_RELEASE_BATCH;
	t->broken = NULL;
}

static bool work_on(struct job *j, const char *release, struct err *e)
{
	AUTO(arena_done) struct arena whys = {0};
	struct flow_release_turn t = {
	    .release = release, .node = j->config->node, .limit = FLOW_RELEASE_BATCH};
	struct pace pace = {0};

	for (t.more = true; t.more && !ticker_stopping(j->ticker);) {
		AUTO(arena_done) struct arena a = {0};

		if (job_unit(j, &a, next_devices, &t, e))
			after_success(&t, &pace);
		else if (!after_failure(&whys, &t, &pace, e))
			return false;
	}
	return true;
}

static bool work(struct job *j, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const struct store_release_lease lease = {.node = j->config->node,
						  .now_ms = clock_utc_ms()};
	const char *const *ids;
	size_t count;

	if (!store_release_work(j->db, &a, &lease, RELEASES, &ids, &count, e))
		return false;
	for (size_t i = 0; i < count && !ticker_stopping(j->ticker); i++) {
		if (!work_on(j, ids[i], e))
			return false;
	}
	return true;
}

static bool time_out(struct flow *f, void *arg, struct err *e)
{
	const char *const *ids;
	size_t count;

	(void)arg;
	if (!store_release_overdue(f->db, f->arena, f->now_ms, RELEASES, &ids, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!flow_release_time_out(f, ids[i], e))
			return false;
	}
	return true;
}

static bool end_unconfirmed(struct job *j, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const char *const *ids;
	size_t count;

	return store_release_overdue(j->db, &a, clock_utc_ms(), 1, &ids, &count, e) &&
	       (count == 0 || job_unit(j, &a, time_out, NULL, e));
}

int64_t release_round(void *arg)
{
	struct job *j = arg;
	struct err e = {0};
	int64_t due;

	if (!job_open(j, &e) || !store_release_due(j->db, j->config->node, &due, &e))
		return job_failed(WHAT, &e);
	if (job_wait(due) > 0)
		return job_wait(due);
	if (!work(j, &e) || !end_unconfirmed(j, &e) ||
	    !store_release_due(j->db, j->config->node, &due, &e))
		return job_failed(WHAT, &e);
	return job_wait(due);
}
