#include "server/jobs.h"

#include "jobs/budget.h"
#include "jobs/jobs.h"
#include "store/note.h"

/* One topic's way to the jobs. */
struct wake {
	struct server_jobs *jobs;
	const char *topic;
};

static const char *const topics[] = {
    NOTE_OUTBOX, NOTE_INBOX,  NOTE_CHECK, NOTE_CLOCK,   NOTE_SYNC,    NOTE_HINT, NOTE_SNAPSHOT,
    NOTE_DOCTOR, NOTE_BUDGET, NOTE_APP,   NOTE_RELEASE, NOTE_WEBHOOK, NOTE_AUDIT};

struct server_jobs {
	struct server *server;
	struct jobs_config config;
	struct jobs *jobs;
	struct wake wakes[ARRAY_SIZE(topics)];
};

static void wake(void *arg, const char *text)
{
	const struct wake *w = arg;

	(void)text;
	jobs_note(w->jobs->jobs, w->topic);
}

struct server_jobs *server_jobs_new(struct server *s)
{
	struct server_jobs *j = mem_new(struct server_jobs);

	s->budgets = budgets_new();
	s->links = links_new(&(struct links_config){.api_url = s->options.dingtalk_api,
						    .oapi_url = s->options.dingtalk_oapi,
						    .login_url = s->options.dingtalk_login,
						    .ca_file = s->options.dingtalk_ca,
						    .master_key = s->master_key,
						    .meter = budgets_meter(s->budgets)});
	j->server = s;
	j->jobs = jobs_new(&j->config);
	for (size_t i = 0; i < ARRAY_SIZE(topics); i++) {
		j->wakes[i] = (struct wake){j, topics[i]};
		server_subscribe(s, topics[i], wake, &j->wakes[i]);
	}
	return j;
}

bool server_jobs_start(struct server_jobs *j, struct err *e)
{
	j->config = (struct jobs_config){
	    .db_url = j->server->options.db_url,
	    .committer = j->server->committer,
	    .signer = j->server->signer,
	    .snapshots = j->server->snapshots,
	    .links = j->server->links,
	    .master_key = j->server->master_key,
	    .public_url = j->server->options.public_url,
	    .budgets = j->server->budgets,
	    .stream_counts = &j->server->stream_counts,
	    .syslog = {j->server->options.syslog_url, j->server->options.syslog_ca,
		       j->server->options.syslog_cert, j->server->options.syslog_key},
	    .node = j->server->node};
	return jobs_start(j->jobs, e);
}

void server_jobs_stop(struct server_jobs *j)
{
	if (j != NULL)
		jobs_stop(j->jobs);
}

void server_jobs_free(struct server_jobs *j)
{
	if (j == NULL)
		return;
	jobs_free(j->jobs);
	links_free(j->server->links);
	j->server->links = NULL;
	budgets_free(j->server->budgets);
	j->server->budgets = NULL;
	mem_free(j);
}
