#include "jobs/job.h"

#include "base/clock.h"
#include "base/log.h"
#include "flow/snapshots.h"

#define FAILED_MS 1000

struct unit {
	struct job *job;
	struct arena *arena;
	job_unit_fn *unit;
	void *arg;
};

static bool run(struct db *db, void *arg, struct err *e)
{
	struct unit *u = arg;
	struct flow f = {.db = db,
			 .arena = u->arena,
			 .now_ms = clock_utc_ms(),
			 .node = u->job->config->node,
			 .signer = u->job->config->signer};

	return u->unit(&f, u->arg, e);
}

bool job_unit(struct job *j, struct arena *a, job_unit_fn *unit, void *arg, struct err *e)
{
	struct unit u = {.job = j, .arena = a, .unit = unit, .arg = arg};

	return committer_run(j->config->committer, run, &u, e);
}

bool job_open(struct job *j, struct err *e)
{
	if (j->db == NULL)
		j->db = db_open(j->config->db_url, DB_READ, e);
	return j->db != NULL;
}

int64_t job_failed(const char *what, const struct err *e)
{
	log_err(LOG_LEVEL_ERROR, what, e);
	return FAILED_MS;
}

int64_t job_each_snapshot(struct job *j, const char *what, job_look_fn *look)
{
	struct snapshots *snapshots = j->config->snapshots;
	int64_t generation = snapshots_generation(snapshots);
	const struct snapshot *snapshot;
	struct err e = {0};
	bool ok;

	if (generation == j->looked)
		return TICKER_LONGEST_MS;
	if (!job_open(j, &e))
		return job_failed(what, &e);
	snapshot = snapshots_take(snapshots);
	ok = look(j, snapshot, &e);
	snapshots_give(snapshots, snapshot);
	if (!ok)
		return job_failed(what, &e);
	j->looked = generation;
	return 0;
}

int64_t job_wait(int64_t due_ms)
{
	int64_t wait = due_ms - clock_utc_ms();

	if (due_ms == 0)
		return TICKER_LONGEST_MS;
	return wait > 0 ? wait : 0;
}
