#include "base/clock.h"
#include "flow/release.h"
#include "jobs/job.h"

/*
 * The grants of releases, some devices in a unit, so that others' units come between. Of several servers
 * one has the lease of a release; a server that ends leaves it to the others, and to itself when it is back.
 */
#define RELEASES 20 /* looked at in one round */
#define WHAT "releases"

struct turn {
	const char *release, *node;
	bool more;
};

static bool next_devices(struct flow *f, void *arg, struct err *e)
{
	struct turn *t = arg;

	return flow_release_continue(f, t->release, t->node, &t->more, e);
}

static bool work_on(struct job *j, const char *release, struct err *e)
{
	struct turn t = {.release = release, .node = j->config->node};

	do {
		AUTO(arena_done) struct arena a = {0};

		if (!job_unit(j, &a, next_devices, &t, e))
			return false;
	} while (t.more && !ticker_stopping(j->ticker));
	return true;
}

static bool work(struct job *j, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const struct store_release_lease lease = {.node = j->config->node,
						  .now_ms = clock_utc_ms()};
	const char **ids;
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
	const char **ids;
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
	const char **ids;
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
