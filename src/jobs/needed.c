#include "flow/request.h"
#include "jobs/job.h"

/*
 * Requests that nobody has to answer any more: after each change of policy, groups or people the waiting
 * ones, and only those, are held against the new snapshot.
 */
#define PAGE 200 /* requests in one unit */

struct page {
	struct store_waiting *items;
	size_t count;
	const struct snapshot *snapshot;
};

static const char *why(const struct page *p, const struct store_waiting *w)
{
	const char *unneeded = snapshot_unneeded(p->snapshot, w->person, w->package);

	if (w->departed)
		return "the applicant has left the organisation";
	/* A device that is held stays protected until an administrator lets it follow its owner. */
	if (w->held_for != NULL && snapshot_unneeded(p->snapshot, w->held_for, w->package) == NULL)
		return NULL;
	return unneeded;
}

static bool revoke(struct flow *f, void *arg, struct err *e)
{
	const struct page *p = arg;

	for (size_t i = 0; i < p->count; i++) {
		const char *reason = why(p, &p->items[i]);

		if (reason != NULL && !flow_unneeded(f, p->items[i].id, reason, e))
			return false;
	}
	return true;
}

static bool look_at_page(struct job *j, struct arena *a, struct page *p, struct err *e)
{
	for (size_t i = 0; i < p->count; i++) {
		if (why(p, &p->items[i]) != NULL)
			return job_unit(j, a, revoke, p, e);
	}
	return true;
}

static bool look_at_all(struct job *j, const struct snapshot *snapshot, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct page p = {.snapshot = snapshot};
	const char *after = "";

	do {
		if (!store_instance_waiting(j->db, &a, after, PAGE, &p.items, &p.count, e) ||
		    !look_at_page(j, &a, &p, e))
			return false;
		if (p.count > 0)
			after = p.items[p.count - 1].id;
	} while (p.count == PAGE && !ticker_stopping(j->ticker));
	return true;
}

int64_t needed_round(void *arg)
{
	return job_each_snapshot(arg, "requests that are no longer needed", look_at_all);
}
