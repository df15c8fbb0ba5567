/* What all jobs share, and how they write: in units of work on the committer, like everybody. */
#pragma once

#include "base/id.h"
#include "db/committer.h"
#include "flow/flow.h"
#include "flow/snapshots.h"
#include "jobs/link.h"
#include "jobs/ticker.h"

struct jobs_config {
	const char *db_url;
	struct committer *committer;
	struct signer *signer;
	struct snapshots *snapshots;
	struct links *links;
	const unsigned char *master_key; /* opens the apps' secrets */
	const char *public_url;          /* how this server is reached from outside */
	struct {
		const char *url; /* model/syslog.h; NULL: none */
		const char *ca_file, *cert_file, *key_file;
	} syslog;
	const char *node;        /* this server's data folder; whose leases end with its last run */
	struct budgets *budgets; /* jobs/budget.h */
	struct dingtalk_stream_counts *stream_counts; /* dingtalk/stream.h */
};

/* The schedule of the app that was looked at last, as it was at at_ms. */
struct job_plan {
	char app[ID_SIZE];
	int64_t at_ms, interval_ms;
	bool poor;
};

/* One job: a thread, its reading connection, its line to DingTalk. */
struct job {
	const struct jobs_config *config;
	struct ticker *ticker;
	struct lanes *lanes; /* of all workers of the same round; NULL: it is the only one */
	struct db *db;       /* opened at the first round that can */
	struct line line;
	int64_t looked; /* needed, rules: the generation of snapshots that was looked at */
	struct job_plan plan;
	_Atomic bool
	    asked; /* a note came for it, or it was started; rounds that look take it back */
	struct syslog_sender *syslog;
	int64_t next_ms; /* audit: monotonic; no checkpoint before */
};

typedef bool job_unit_fn(struct flow *f, void *arg, struct err *e);

/* Runs the unit and waits for the commit. What it allocates in f->arena lives in a. */
[[nodiscard]] bool job_unit(struct job *j, struct arena *a, job_unit_fn *unit, void *arg,
			    struct err *e);

/* Opens db when it is not; a job calls it first in each round. */
[[nodiscard]] bool job_open(struct job *j, struct err *e);

/* Logs, and says how long to wait before the next round. */
int64_t job_failed(const char *what, const struct err *e);

/* A round of a job that looks at each new snapshot once: look false is tried again. what: for the log. */
struct snapshot;
typedef bool job_look_fn(struct job *j, const struct snapshot *snapshot, struct err *e);
int64_t job_each_snapshot(struct job *j, const char *what, job_look_fn *look);

/* What was due has been taken by another server, or settled itself. */
#define JOB_TAKEN_MS 50

/* How long until due_ms; 0 means that nothing is due at all. */
int64_t job_wait(int64_t due_ms);

/* The rounds. arg is the struct job. */
int64_t delivery_round(void *arg);    /* the outbox; several threads */
int64_t check_round(void *arg);       /* looking at open instances; several threads */
int64_t clock_round(void *arg);       /* the inbox, deadlines, old rows */
int64_t audit_round(void *arg);       /* checkpoints of the audit record */
void audit_last_round(struct job *j); /* when its thread has ended */
int64_t syslog_round(void *arg);      /* the audit record to a receiver */
void syslog_end(struct job *j);       /* when its thread has ended */
int64_t doctor_round(void *arg);      /* connection tests */
int64_t sync_round(void *arg);        /* whole organisations; several threads */
int64_t hint_round(void *arg);        /* people and departments that events name */
int64_t needed_round(void *arg);      /* requests that nobody has to answer any more */
int64_t rules_round(void *arg);       /* rules of groups that are broken */
int64_t release_round(void *arg);     /* grants of releases */
int64_t webhook_round(void *arg);     /* webhooks; several threads */
int64_t budget_round(void *arg);      /* blocks of calls */
