#include "jobs/jobs.h"

#include <stdatomic.h>

#include "base/failpoint.h"
#include "base/text.h"
#include "jobs/budget.h"
#include "jobs/lanes.h"
#include "jobs/stream.h"
#include "store/app.h"
#include "store/check.h"
#include "store/finding.h"
#include "store/note.h"
#include "store/outbox.h"
#include "store/source.h"
#include "store/webhook.h"

#define DELIVERERS 8
#define CHECKERS 4
#define WEBHOOKERS 6
#define SYNCERS 2 /* sources at once */

/* The last one gives the others the calls they make: it ends last. */
enum job_kind {
	JOB_DELIVERY,
	JOB_CHECK,
	JOB_CLOCK,
	JOB_SYNC,
	JOB_HINT,
	JOB_NEEDED,
	JOB_RULES,
	JOB_RELEASE,
	JOB_DOCTOR,
	JOB_WEBHOOK,
	JOB_AUDIT,
	JOB_SYSLOG,
	JOB_BUDGET,
	JOB_COUNT
};

static const struct {
	ticker_fn *round;
	size_t workers;
} kinds[JOB_COUNT] = {
    [JOB_DELIVERY] = {delivery_round, DELIVERERS},
    [JOB_CHECK] = {check_round, CHECKERS},
    [JOB_CLOCK] = {clock_round, 1},
    [JOB_SYNC] = {sync_round, SYNCERS},
    [JOB_HINT] = {hint_round, 1},
    [JOB_NEEDED] = {needed_round, 1},
    [JOB_RULES] = {rules_round, 1},
    [JOB_RELEASE] = {release_round, 1},
    [JOB_DOCTOR] = {doctor_round, 1},
    [JOB_WEBHOOK] = {webhook_round, WEBHOOKERS},
    [JOB_AUDIT] = {audit_round, 1},
    [JOB_SYSLOG] = {syslog_round, 1},
    [JOB_BUDGET] = {budget_round, 1},
};

#define MAX_JOBS (DELIVERERS + CHECKERS + WEBHOOKERS + SYNCERS + JOB_COUNT - 4)

static const struct {
	const char *topic;
	enum job_kind job;
} topics[] = {
    {NOTE_OUTBOX, JOB_DELIVERY}, {NOTE_CHECK, JOB_CHECK},     {NOTE_INBOX, JOB_CLOCK},
    {NOTE_CLOCK, JOB_CLOCK},     {NOTE_SYNC, JOB_SYNC},       {NOTE_HINT, JOB_HINT},
    {NOTE_SNAPSHOT, JOB_NEEDED}, {NOTE_SNAPSHOT, JOB_RULES},  {NOTE_DOCTOR, JOB_DOCTOR},
    {NOTE_BUDGET, JOB_BUDGET},   {NOTE_RELEASE, JOB_RELEASE}, {NOTE_WEBHOOK, JOB_WEBHOOK},
    {NOTE_AUDIT, JOB_AUDIT},     {NOTE_AUDIT, JOB_SYSLOG},
};

struct jobs {
	struct lanes *lanes[JOB_COUNT];
	struct streams *streams;
	struct job jobs[MAX_JOBS];
	enum job_kind kinds[MAX_JOBS];
	size_t count;
	bool started;
};

static bool take_up(struct flow *f, void *arg, struct err *e)
{
	const struct jobs_config *config = arg;
	/* An SQLite file belongs to one server, and so does a data folder: the leases of its last run
	 * bind nobody. Those of other servers on PostgreSQL run out by themselves. */
	const char *node = db_kind(f->db) == DB_SQLITE ? NULL : config->node;

	if (!store_outbox_release(f->db, node, f->now_ms, e) ||
	    !store_webhook_release(f->db, node, f->now_ms, e))
		return false;
	if (db_kind(f->db) == DB_SQLITE && !store_doctor_resume(f->db, f->now_ms, e))
		return false;
	return store_check_hurry_all(f->db, f->now_ms, e) &&
	       store_check_missed_want_all(f->db, f->now_ms, e) &&
	       store_source_sync_resume(f->db, node, e);
}

static void add(struct jobs *jobs, const struct jobs_config *config, enum job_kind kind)
{
	struct job *j = &jobs->jobs[jobs->count];

	j->config = config;
	j->asked = true;
	j->lanes = jobs->lanes[kind];
	j->ticker = ticker_new(kinds[kind].round, j);
	jobs->kinds[jobs->count++] = kind;
}

struct jobs *jobs_new(const struct jobs_config *config)
{
	struct jobs *jobs = mem_new(struct jobs);

	jobs->streams = streams_new(config);
	for (enum job_kind kind = 0; kind < JOB_COUNT; kind++) {
		if (kinds[kind].workers > 1)
			jobs->lanes[kind] = lanes_new(kinds[kind].workers);
		for (size_t i = 0; i < kinds[kind].workers; i++)
			add(jobs, config, kind);
	}
	return jobs;
}

bool jobs_start(struct jobs *jobs, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct job *first = &jobs->jobs[0];

	if (!job_unit(first, &a, take_up, (void *)first->config, e))
		return err_add(e, "taking up the last run's work");
	jobs->started = true;
	budgets_attach(first->config->budgets, jobs->jobs[jobs->count - 1].ticker);
	for (size_t i = 0; i < jobs->count; i++)
		ticker_start(jobs->jobs[i].ticker);
	return streams_start(jobs->streams, e);
}

void jobs_stop(struct jobs *jobs)
{
	if (jobs == NULL)
		return;
	streams_stop(jobs->streams);
	/* All at once: each may be in a call that takes its ten seconds. */
	for (size_t i = 0; i < jobs->count; i++) {
		if (jobs->kinds[i] != JOB_BUDGET)
			ticker_halt(jobs->jobs[i].ticker);
	}
	for (size_t i = 0; i < jobs->count; i++) {
		ticker_stop(jobs->jobs[i].ticker);
		if (jobs->started && jobs->kinds[i] == JOB_AUDIT)
			audit_last_round(&jobs->jobs[i]);
		if (jobs->started && jobs->kinds[i] == JOB_SYSLOG)
			syslog_end(&jobs->jobs[i]);
		line_close(&jobs->jobs[i].line);
		db_close(jobs->jobs[i].db);
		jobs->jobs[i].db = NULL;
	}
	jobs->started = false;
	budgets_close(jobs->jobs[0].config->budgets, &jobs->jobs[0]);
}

void jobs_free(struct jobs *jobs)
{
	if (jobs == NULL)
		return;
	for (size_t i = 0; i < jobs->count; i++)
		ticker_free(jobs->jobs[i].ticker);
	streams_free(jobs->streams);
	for (size_t i = 0; i < JOB_COUNT; i++)
		lanes_free(jobs->lanes[i]);
	mem_free(jobs);
}

void jobs_note(struct jobs *jobs, const char *topic)
{
	if (text_equal(topic, NOTE_INBOX))
		failpoint("inbox-committed");
	if (text_equal(topic, NOTE_BUDGET))
		budgets_changed(jobs->jobs[0].config->budgets);
	if (text_equal(topic, NOTE_APP))
		streams_wake(jobs->streams);
	for (size_t t = 0; t < ARRAY_SIZE(topics); t++) {
		if (!text_equal(topics[t].topic, topic))
			continue;
		for (size_t i = 0; i < jobs->count; i++) {
			if (jobs->kinds[i] != topics[t].job)
				continue;
			atomic_store(&jobs->jobs[i].asked, true);
			ticker_wake(jobs->jobs[i].ticker);
		}
	}
}
