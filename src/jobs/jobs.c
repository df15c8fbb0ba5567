#include "jobs/jobs.h"

#include "base/failpoint.h"
#include "base/text.h"
#include "store/app.h"
#include "store/instance.h"
#include "store/note.h"
#include "store/outbox.h"

enum job_kind { JOB_DELIVERY, JOB_CHECK, JOB_CLOCK, JOB_SYNC, JOB_NEEDED, JOB_COUNT };

static ticker_fn *const rounds[JOB_COUNT] = {
    [JOB_DELIVERY] = delivery_round, [JOB_CHECK] = check_round,   [JOB_CLOCK] = clock_round,
    [JOB_SYNC] = sync_round,         [JOB_NEEDED] = needed_round,
};

static const struct {
	const char *topic;
	enum job_kind job;
} topics[] = {
    {NOTE_OUTBOX, JOB_DELIVERY}, {NOTE_CHECK, JOB_CHECK}, {NOTE_INBOX, JOB_CLOCK},
    {NOTE_CLOCK, JOB_CLOCK},     {NOTE_SYNC, JOB_SYNC},   {NOTE_SNAPSHOT, JOB_NEEDED},
};

struct jobs {
	struct job jobs[JOB_COUNT];
};

static bool take_up(struct flow *f, void *arg, struct err *e)
{
	(void)arg;
	/* An SQLite file belongs to one server, so leases of the last run bind nobody. With PostgreSQL
	 * they may be another node's and run out by themselves. */
	if (db_kind(f->db) == DB_SQLITE && !store_outbox_release(f->db, f->now_ms, e))
		return false;
	return store_instance_check_all(f->db, f->now_ms, e) && store_app_sync_resume(f->db, e);
}

struct jobs *jobs_new(const struct jobs_config *config)
{
	struct jobs *jobs = mem_new(struct jobs);

	for (size_t i = 0; i < JOB_COUNT; i++) {
		jobs->jobs[i].config = config;
		jobs->jobs[i].ticker = ticker_new(rounds[i], &jobs->jobs[i]);
	}
	return jobs;
}

bool jobs_start(struct jobs *jobs, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};

	if (!job_unit(&jobs->jobs[0], &a, take_up, NULL, e))
		return err_add(e, "taking up the last run's work");
	for (size_t i = 0; i < JOB_COUNT; i++)
		ticker_start(jobs->jobs[i].ticker);
	return true;
}

void jobs_stop(struct jobs *jobs)
{
	if (jobs == NULL)
		return;
	for (size_t i = 0; i < JOB_COUNT; i++) {
		ticker_stop(jobs->jobs[i].ticker);
		line_close(&jobs->jobs[i].line);
		db_close(jobs->jobs[i].db);
		jobs->jobs[i].db = NULL;
	}
}

void jobs_free(struct jobs *jobs)
{
	if (jobs == NULL)
		return;
	for (size_t i = 0; i < JOB_COUNT; i++)
		ticker_free(jobs->jobs[i].ticker);
	mem_free(jobs);
}

void jobs_note(struct jobs *jobs, const char *topic)
{
	if (text_equal(topic, NOTE_INBOX))
		failpoint("inbox-committed");
	for (size_t i = 0; i < ARRAY_SIZE(topics); i++) {
		if (text_equal(topics[i].topic, topic))
			ticker_wake(jobs->jobs[topics[i].job].ticker);
	}
}
