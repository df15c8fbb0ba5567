#include "model/syslog.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/text.h"
#include "http/wire.h"
#include "jobs/job.h"
#include "store/audit.h"
#include "store/event.h"

/*
 * The audit record to a receiver outside, this server's chain in its order. The protocol has no answer
 * that says what arrived: what was sent counts when the other machine has taken it and the connection
 * stood HOLD_MS longer. After a break everything that does not count is sent again, so a record may
 * arrive twice and none is left out. Nobody waits for it.
 */
#define BATCH 200
#define HOLD_MS 2000
#define TIMEOUT_MS 10000
#define RETRY_MS 1000
#define MAX_RETRY_MS 60000

struct syslog_sender {
	struct arena arena; /* of the target */
	struct syslog_target target;
	char host[256]; /* this machine */
	bool loaded;    /* the position is known */
	struct wire *wire;
	int64_t sent;      /* up to here the other machine has taken it */
	int64_t held;      /* the same, at held_ms (monotonic) */
	int64_t confirmed; /* and up to here it counts, which is in the database */
	int64_t held_ms;
	int64_t retry_ms; /* monotonic; not before. 0: now */
	int64_t pause_ms; /* doubles */
	bool caught_up;
	char said[ERR_TEXT_MAX]; /* the reason that is kept; "": it goes on */
};

static bool start(struct job *j, struct err *e)
{
	struct syslog_sender *s = j->syslog;

	if (s == NULL) {
		s = j->syslog = mem_new(struct syslog_sender);
		if (gethostname(s->host, sizeof(s->host) - 1) < 0)
			s->host[0] = '\0';
	}
	if (s->loaded)
		return true;
	if (!syslog_target_read(&s->arena, j->config->syslog.url, &s->target, e) ||
	    !job_open(j, e) ||
	    !store_sink_position(j->db, j->config->syslog.url, j->config->node, &s->confirmed, e))
		return false;
	s->sent = s->held = s->confirmed;
	s->loaded = true;
	return true;
}

/* --- the position --- */

struct position {
	const struct job *job;
	int64_t sequence;
	const char *error;
};

static bool set_position(struct flow *f, void *arg, struct err *e)
{
	const struct position *p = arg;

	return store_sink_set(f->db,
			      &(struct store_sink){.sink = p->job->config->syslog.url,
						   .node = p->job->config->node,
						   .sequence = p->sequence,
						   .sent_ms = *p->error == '\0' ? f->now_ms : 0,
						   .error = p->error},
			      e);
}

static bool keep(struct job *j, int64_t sequence, const char *error, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct position p = {j, sequence, error};

	return job_unit(j, &a, set_position, &p, e);
}

/* The connection is alive. What has been held long enough counts; what came since begins to be held. */
static bool confirm(struct job *j, struct err *e)
{
	struct syslog_sender *s = j->syslog;
	int64_t now_ms = clock_mono_ms();

	if (s->held > s->confirmed) {
		if (now_ms >= s->held_ms && now_ms - s->held_ms < HOLD_MS)
			return true;
		failpoint("syslog-held");
		if (!keep(j, s->held, "", e))
			return false;
		s->confirmed = s->held;
		s->said[0] = '\0';
		s->pause_ms = 0;
	}
	s->held = s->sent;
	s->held_ms = now_ms;
	return true;
}

/* --- sending --- */

static bool connect_to(struct job *j, struct err *e)
{
	struct syslog_sender *s = j->syslog;
	const struct wire_target to = {.tls = s->target.tls,
				       .host = s->target.host,
				       .port = s->target.port,
				       .ca_file = j->config->syslog.ca_file,
				       .cert_file = j->config->syslog.cert_file,
				       .key_file = j->config->syslog.key_file};

	if (s->wire == NULL)
		s->wire = wire_open(&to, TIMEOUT_MS, e);
	return s->wire != NULL && wire_alive(s->wire, e);
}

static bool send_batch(struct job *j, size_t *count, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf text = {0};
	struct syslog_sender *s = j->syslog;
	struct store_event *events;

	if (!store_event_chain(j->db, &a, j->config->node, s->sent, BATCH, &events, count, e))
		return false;
	if (*count == 0)
		return true;
	for (size_t i = 0; i < *count; i++)
		syslog_put(&text, &(struct syslog_event){.at_ms = events[i].at_ms,
							 .host = s->host,
							 .node = events[i].node,
							 .sequence = events[i].sequence,
							 .id = events[i].id,
							 .kind = events[i].kind,
							 .actor = events[i].actor,
							 .actor_kind = events[i].actor_kind,
							 .object = events[i].object,
							 .object_id = events[i].object_id,
							 .instance = events[i].instance,
							 .device = events[i].device,
							 .record = events[i].record});
	if (!wire_send(s->wire, text.data, text.len, TIMEOUT_MS, e) ||
	    !wire_taken(s->wire, TIMEOUT_MS, e))
		return false;
	failpoint("syslog-sent");
	s->sent = events[*count - 1].sequence;
	return true;
}

static bool work(struct job *j, struct err *e)
{
	struct syslog_sender *s = j->syslog;
	size_t count = 1;

	if (!job_open(j, e) || !connect_to(j, e))
		return false;
	while (count > 0 && !ticker_stopping(j->ticker)) {
		if (!send_batch(j, &count, e) || !confirm(j, e))
			return false;
	}
	s->caught_up = count == 0;
	return true;
}

/* What does not count yet is sent again, after a pause. The same reason is said once. */
static int64_t broken(struct job *j, const struct err *why)
{
	struct syslog_sender *s = j->syslog;
	struct err e;

	wire_close(TAKE(s->wire));
	s->sent = s->held = s->confirmed;
	s->caught_up = false;
	s->pause_ms = s->pause_ms == 0 ? RETRY_MS : s->pause_ms * 2;
	if (s->pause_ms > MAX_RETRY_MS)
		s->pause_ms = MAX_RETRY_MS;
	s->retry_ms = clock_mono_ms() + s->pause_ms;
	if (strncmp(s->said, why->text, sizeof(s->said) - 1) == 0)
		return s->pause_ms;
	log_err(LOG_LEVEL_ERROR, "audit record to syslog", why);
	if (keep(j, s->confirmed, why->text, &e))
		(void)snprintf(s->said, sizeof(s->said), "%s", why->text);
	else
		log_err(LOG_LEVEL_ERROR, "where syslog stands", &e);
	return s->pause_ms;
}

int64_t syslog_round(void *arg)
{
	struct job *j = arg;
	struct syslog_sender *s;
	int64_t now_ms = clock_mono_ms();
	struct err e = {0};

	if (j->config->syslog.url == NULL)
		return TICKER_LONGEST_MS;
	if (!start(j, &e))
		return job_failed("audit record to syslog", &e);
	s = j->syslog;
	/* A test may set the clock back. */
	if (s->retry_ms > now_ms && s->retry_ms - now_ms <= MAX_RETRY_MS)
		return s->retry_ms - now_ms;
	if (atomic_exchange(&j->asked, false))
		s->caught_up = false;
	if (s->caught_up && s->confirmed == s->sent)
		return TICKER_LONGEST_MS;
	if (!work(j, &e))
		return broken(j, &e);
	return s->confirmed == s->sent ? TICKER_LONGEST_MS : HOLD_MS;
}

void syslog_end(struct job *j)
{
	struct syslog_sender *s = j->syslog;
	struct err e;

	if (s == NULL)
		return;
	if (s->wire != NULL && s->sent > s->confirmed && wire_alive(s->wire, &e))
		(void)keep(j, s->sent, "", &e);
	wire_close(s->wire);
	arena_done(&s->arena);
	mem_free(TAKE(j->syslog));
}
