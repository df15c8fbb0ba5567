#include "jobs/missed.h"

#include <poll.h>

#include "base/clock.h"
#include "base/log.h"
#include "dingtalk/missed.h"
#include "flow/inbox.h"

#define LEASE_MS 60000
#define AWAY_MS 60000
#define SILENT_MS (INT64_C(3600) * 1000) /* asked again while events are missing */
#define STORE_TRIES 60                   /* a second apart: DingTalk has forgotten them already */

struct collection {
	const struct store_check_app *app;
	int64_t claimed_ms, wait_ms; /* wait 0: not again without a new reason */
	bool won;
	struct dingtalk_missed missed;
};

static bool claim(struct flow *f, void *arg, struct err *e)
{
	struct collection *c = arg;

	c->claimed_ms = f->now_ms + LEASE_MS;
	return store_check_missed_move(f->db, c->app->app, c->app->missed_ms, c->claimed_ms,
				       &c->won, e);
}

static bool store(struct flow *f, void *arg, struct err *e)
{
	const struct collection *c = arg;
	bool ignored;

	for (size_t i = 0; i < c->missed.count; i++) {
		const struct dingtalk_event *event = &c->missed.events[i].event;
		struct store_inbox row = {
		    .app = c->app->app,
		    .dedupe = event->key,
		    .event = event->name,
		    .external_id = event->instance_id,
		    .change = event->type,
		    .originator = event->kind == DINGTALK_EVENT_INSTANCE ? event->userid : "",
		    .subjects = dingtalk_event_subjects(f->arena, event),
		    .body = c->missed.events[i].text,
		    .collected = true};

		if (!flow_inbox_store(f, &row, &ignored, e))
			return false;
	}
	return store_check_missed_move(f->db, c->app->app, c->claimed_ms,
				       c->wait_ms == 0 ? 0 : f->now_ms + c->wait_ms, &ignored, e);
}

/* Until it is stored, or the server ends. */
static bool keep(struct job *j, struct arena *a, struct collection *c, struct err *e)
{
	for (int i = 0; i < STORE_TRIES && !ticker_stopping(j->ticker); i++) {
		if (job_unit(j, a, store, c, e))
			return true;
		log_err(LOG_LEVEL_ERROR, "storing the pushes that failed", e);
		(void)poll(NULL, 0, 1000);
	}
	return job_unit(j, a, store, c, e);
}

static bool fetch(struct job *j, struct arena *a, struct collection *c, struct err *e)
{
	struct dingtalk *d;

	return line_open(&j->line, j->config->links, j->db,
			 &(struct line_to){c->app->app, DINGTALK_FOR_READING}, &d, e) &&
	       dingtalk_missed_read(d, a, &c->missed, e);
}

/* What only a person can mend is not asked again before there is a new reason to. */
static int64_t wait_after(const struct job *j, const struct err *why)
{
	int64_t told = j->line.dingtalk == NULL ? 0 : dingtalk_failure(j->line.dingtalk)->wait_ms;

	if (why->code != ERR_UNAVAILABLE && why->code != ERR_TIMEOUT && why->code != ERR_PEER)
		return 0;
	return told > AWAY_MS ? told : AWAY_MS;
}

bool missed_collect(struct job *j, struct arena *a, const struct store_check_app *app,
		    struct err *e)
{
	struct collection c = {.app = app};
	struct err failure = {0};

	if (!job_unit(j, a, claim, &c, e))
		return false;
	if (!c.won)
		return true;
	if (!fetch(j, a, &c, &failure)) {
		log_err(LOG_LEVEL_WARN, "asking DingTalk for the pushes that failed", &failure);
		c.wait_ms = wait_after(j, &failure);
		return job_unit(j, a, store, &c, e);
	}
	if (c.missed.unreadable > 0)
		log_line(LOG_LEVEL_WARN, "%zu pushes that failed cannot be read as events",
			 c.missed.unreadable);
	c.wait_ms = c.missed.more ? 1 : app->trust.silent_ms != 0 ? SILENT_MS : 0;
	return keep(j, a, &c, e);
}
