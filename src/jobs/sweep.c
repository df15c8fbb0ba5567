#include "jobs/look.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "dingtalk/instance.h"
#include "model/instance.h"
#include "store/note.h"

#define LEASE_MS 60000  /* added for a listing, which takes several calls */
#define SLACK_MS 120000 /* DingTalk's clock and ours; more only costs readings */
#define OLDEST_MS (INT64_C(364) * 24 * 3600 * 1000) /* that DingTalk lists */

/* --- claiming --- */

/* How many of the rows, from the first on, make a sweep that is worth it; 0: none do. */
static size_t worth(const struct store_check_row *rows, size_t count, int64_t soon_ms)
{
	size_t best = 0, due = 0;

	for (size_t i = 0; i < count; i++) {
		if (rows[i].check_ms > soon_ms || rows[i].check_step < 0)
			continue;
		due++;
		if (schedule_sweeps((int64_t)due, (int64_t)i + 1))
			best = i + 1;
	}
	return best;
}

static bool claim_rows(struct flow *f, struct look *l, size_t listed, int64_t soon_ms,
		       struct err *e)
{
	size_t kept = 0;
	bool won;

	for (size_t i = 0; i < listed; i++) {
		struct store_check_row *r = &l->rows[i];

		won = strcmp(r->id, l->first.id) == 0;
		if (!won && (r->check_ms > soon_ms || r->check_step < 0))
			continue;
		if (!won && !store_check_claim(f->db, r->id, r->check_ms, l->claimed_ms, &won, e))
			return false;
		if (won)
			l->rows[kept++] = *r;
	}
	l->count = kept;
	return true;
}

bool look_gather(struct flow *f, struct look *l, struct err *e)
{
	int64_t soon_ms = f->now_ms + schedule_soon(&l->plan);
	size_t count, listed;

	l->count = 0;
	if (l->first.check_step < 0 ||
	    strcmp(l->first.status, instance_status_name(INSTANCE_PENDING)) != 0)
		return true;
	if (!store_check_after(f->db, f->arena, &l->first, SCHEDULE_SWEEP, &l->rows, &count, e))
		return false;
	if (count > 0)
		l->rows[0].check_ms = f->now_ms; /* claimed just now */
	listed = worth(l->rows, count, soon_ms);
	if (listed == 0)
		return true;
	if (!store_check_claim(f->db, l->first.id, l->claimed_ms, l->claimed_ms + LEASE_MS,
			       &(bool){false}, e))
		return false;
	l->claimed_ms += LEASE_MS;
	return claim_rows(f, l, listed, soon_ms, e);
}

/* --- listing --- */

struct listing {
	struct look *look;
	bool *running; /* as rows */
	size_t found, pages;
};

static void mark(struct listing *l, const struct dingtalk_page *page)
{
	for (size_t k = 0; k < page->count; k++) {
		for (size_t i = 0; i < l->look->count; i++) {
			if (l->running[i] ||
			    strcmp(page->ids[k], l->look->rows[i].external_id) != 0)
				continue;
			l->running[i] = true;
			l->found++;
		}
	}
}

static struct dingtalk_query query_of(const struct look *l, int64_t now_ms)
{
	struct dingtalk_query q = {
	    .process_code = l->first.process_code, .start_ms = INT64_MAX, .running = true};

	for (size_t i = 0; i < l->count; i++) {
		const struct store_check_row *r = &l->rows[i];

		q.start_ms = r->created_ms < q.start_ms ? r->created_ms : q.start_ms;
		q.end_ms = r->submitted_ms > q.end_ms ? r->submitted_ms : q.end_ms;
	}
	q.start_ms -= SLACK_MS;
	q.end_ms += SLACK_MS;
	if (q.start_ms < now_ms - OLDEST_MS)
		q.start_ms = now_ms - OLDEST_MS;
	if (q.end_ms > q.start_ms + DINGTALK_LIST_SPAN_MS)
		q.end_ms = q.start_ms + DINGTALK_LIST_SPAN_MS;
	return q;
}

/* Others file on the same form too: beyond as many pages as readings were to be saved it is given up,
 * and who was not seen is read. */
static bool list(struct listing *l, struct err *e)
{
	struct dingtalk_query query = query_of(l->look, clock_utc_ms());
	struct job *j = l->look->job;
	struct dingtalk_page page;
	struct dingtalk *d;

	if (!line_open(&j->line, j->config->links, j->db,
		       &(struct line_to){l->look->app->app, DINGTALK_FOR_READING}, &d, e))
		return false;
	do {
		if (!dingtalk_instance_list(d, &query, l->look->arena, &page, e))
			return false;
		mark(l, &page);
		l->pages++;
		query.cursor = page.next;
	} while (page.next != 0 && l->found < l->look->count && l->pages < l->look->count);
	return true;
}

/* --- entering --- */

static bool enter(struct flow *f, void *arg, struct err *e)
{
	const struct listing *l = arg;
	const struct look *look = l->look;

	for (size_t i = 0; i < look->count; i++) {
		const struct store_check_row *r = &look->rows[i];
		struct store_check next = {.id = r->id,
					   .claimed_ms = look->claimed_ms,
					   .check_ms = f->now_ms,
					   .step = SCHEDULE_HINTED};

		if (l->running[i]) {
			next.check_ms += schedule_delay(r->check_step, &look->plan);
			next.step = r->check_step + 1;
		}
		if (!store_instance_check_set(f->db, &next, e))
			return false;
	}
	return true;
}

struct postponement {
	const struct look *look;
	int64_t wait_ms;
};

static bool postpone(struct flow *f, void *arg, struct err *e)
{
	const struct postponement *p = arg;
	const struct look *l = p->look;
	struct store_check next = {.id = l->first.id,
				   .claimed_ms = l->claimed_ms,
				   .check_ms = f->now_ms + p->wait_ms,
				   .step = l->first.check_step};

	for (size_t i = 0; i < l->count; i++) {
		next.id = l->rows[i].id;
		next.step = l->rows[i].check_step;
		if (!store_instance_check_set(f->db, &next, e))
			return false;
	}
	return l->count > 0 || store_instance_check_set(f->db, &next, e);
}

bool look_postpone(struct look *l, int64_t wait_ms, struct err *e)
{
	return job_unit(l->job, l->arena, postpone, &(struct postponement){l, wait_ms}, e);
}

bool look_sweep(struct look *look, struct err *e)
{
	struct listing l = {.look = look,
			    .running = arena_array(look->arena, look->count, sizeof(bool))};

	memset(l.running, 0, look->count * sizeof(bool));
	if (list(&l, &look->failure))
		return job_unit(look->job, look->arena, enter, &l, e);
	log_err(LOG_LEVEL_WARN, "listing instances in DingTalk", &look->failure);
	return look_postpone(look, look_failed(look), e);
}
