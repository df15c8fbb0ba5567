#include "flow/group.h"
#include "jobs/job.h"

/*
 * Rules of groups that name a person who left or a department that is gone: after each change of people or groups the
 * new snapshot knows them, and somebody is told once of each.
 */
static bool review(struct flow *f, void *arg, struct err *e)
{
	f->snapshot = arg;
	return flow_groups_review(f, e);
}

static bool review_all(struct job *j, const struct snapshot *snapshot, struct err *e)
{
	size_t before = SIZE_MAX;

	for (;;) {
		AUTO(arena_done) struct arena a = {0};
		struct flow_broken left;

		if (!flow_groups_broken(j->db, &a, snapshot, &left, e))
			return false;
		/* What does not get less is of a group that has changed since: the next snapshot's. */
		if (left.count == 0 || left.count >= before || ticker_stopping(j->ticker))
			return true;
		before = left.count;
		if (!job_unit(j, &a, review, (void *)snapshot, e))
			return false;
	}
}

int64_t rules_round(void *arg)
{
	struct job *j = arg;
	struct snapshots *snapshots = j->config->snapshots;
	int64_t generation = snapshots_generation(snapshots);
	const struct snapshot *snapshot;
	struct err e = {0};
	bool ok;

	if (generation == j->looked)
		return TICKER_LONGEST_MS;
	if (!job_open(j, &e))
		return job_failed("rules that are broken", &e);
	snapshot = snapshots_take(snapshots);
	ok = review_all(j, snapshot, &e);
	snapshots_give(snapshots, snapshot);
	if (!ok)
		return job_failed("rules that are broken", &e);
	j->looked = generation;
	return 0;
}
