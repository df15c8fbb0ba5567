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
	return job_each_snapshot(arg, "rules that are broken", review_all);
}
