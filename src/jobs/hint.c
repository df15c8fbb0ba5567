/* What events say to read again: a person or a department each, within seconds. What would take much away is left to
 * a whole run, which stops and asks. */
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/text.h"
#include "flow/statement.h"
#include "flow/sync.h"
#include "jobs/job.h"
#include "jobs/organisation.h"
#include "store/device.h"

#define MANY 50
#define LEASE_MS 60000
#define RETRY_FIRST_MS 2000
#define RETRY_LONGEST_MS (INT64_C(10) * 60 * 1000)
#define KEEP_MS (INT64_C(24) * 3600 * 1000) /* the next run of all has been by then */
#define DEPARTMENT_PAGES 20 /* of a new department's members; more are left to a run of all */

/* What DingTalk says about one hint. */
struct told {
	struct store_sync_hint hint;
	struct flow_sync_answer answer;
	struct flow_sync_children children; /* of a department that is new here */
	struct flow_sync_members members;
	bool failed, vanishes; /* vanishes: it is here, and would be taken away */
};

struct round {
	struct job *job;
	struct arena *arena;
	struct store_source source;
	struct dingtalk *dingtalk;
	struct store_sync_hint *hints;
	size_t count;
	struct told *told;
	bool run; /* a run of all is needed */
};

static bool claim(struct flow *f, void *arg, struct err *e)
{
	struct round *r = arg;
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++) {
		bool moved;

		if (!store_sync_hint_move(f->db, &r->hints[i], f->now_ms + LEASE_MS, &moved, e))
			return false;
		if (!moved)
			continue;
		r->told[n].hint = r->hints[i];
		r->told[n].hint.due_ms = f->now_ms + LEASE_MS;
		r->told[n++].hint.tries++;
	}
	r->count = n;
	return true;
}

/* --- asking --- */

static bool known_here(void *arg, int64_t id, bool *known, struct err *e)
{
	struct round *r = arg;
	struct store_known_department d;

	if (!store_directory_get_department(r->job->db, r->arena, r->source.id,
					    organisation_text(r->arena, id), &d, e))
		return false;
	*known = d.id != NULL && !d.gone;
	return true;
}

static bool read_members(struct round *r, struct told *t, int64_t id, struct err *e)
{
	struct dingtalk_members page = {0};
	struct store_walked_person *all = NULL;
	size_t n = 0;

	for (int i = 0; i < DEPARTMENT_PAGES && page.next >= 0; i++) {
		if (!dingtalk_members_get(r->dingtalk, id, page.next, r->arena, &page, e))
			return false;
		all = mem_grow(all, n + page.count + 1, sizeof(*all));
		for (size_t k = 0; k < page.count; k++)
			all[n++] = organisation_person(r->arena, &page.users[k]);
	}
	r->run = r->run || page.next >= 0;
	t->members.items =
	    n == 0 ? NULL : memcpy(arena_array(r->arena, n, sizeof(*all)), all, n * sizeof(*all));
	t->members.count = n;
	mem_free(all);
	return true;
}

static bool read_children(struct round *r, struct told *t, int64_t id, struct err *e)
{
	struct dingtalk_departments list;
	struct store_walked_department *items;

	if (!dingtalk_children_get(r->dingtalk, id, r->arena, &list, e))
		return false;
	items = arena_array(r->arena, list.count, sizeof(*items));
	for (size_t i = 0; i < list.count; i++)
		items[i] = organisation_department(r->arena, &list.items[i]);
	t->children = (struct flow_sync_children){
	    .parent = organisation_text(r->arena, id), .items = items, .count = list.count};
	return true;
}

static bool ask_department(struct round *r, const struct organisation_area *area, struct told *t,
			   struct err *e)
{
	struct store_walked_department *d = arena_new(r->arena, struct store_walked_department);
	int64_t id = organisation_number(t->hint.external_id);
	bool there = false, here, parent = true;

	if (id == 0)
		return true;
	if (!organisation_ask_department(area, id, r->arena, d, &there, e) ||
	    !known_here(r, id, &here, e))
		return false;
	if (there && d->parent != NULL &&
	    !known_here(r, organisation_number(d->parent), &parent, e))
		return false;
	/* What lies between is not known yet. */
	r->run = r->run || !parent;
	t->vanishes = here && !there;
	if (!there || !parent)
		return true;
	t->answer.department = d;
	return here || (read_members(r, t, id, e) && read_children(r, t, id, e));
}

static bool is_here(struct round *r, const char *external_id, bool *out, struct err *e)
{
	struct store_known_person p = {0};
	size_t count;

	if (!store_directory_get_people(r->job->db, r->arena,
					&(struct store_external_ids){r->source.id, &external_id, 1},
					&p, &count, e))
		return false;
	*out = count == 1 && !p.departed;
	return true;
}

static bool ask_person(struct round *r, const struct organisation_area *area, struct told *t,
		       struct err *e)
{
	struct store_walked_person *p = arena_new(r->arena, struct store_walked_person);
	bool there, here;

	if (!organisation_ask_person(area, t->hint.external_id, r->arena, p, &there, e) ||
	    !is_here(r, t->hint.external_id, &here, e))
		return false;
	t->vanishes = here && !there;
	t->answer.person = there ? p : NULL;
	return true;
}

static bool ask(struct round *r, struct told *t, struct err *e)
{
	const struct organisation_area area = {.dingtalk = r->dingtalk,
					       .known = known_here,
					       .arg = r,
					       .chosen = r->source.department_count > 0};
	const struct flow_sync to = {.source = &r->source, .asked_ms = clock_utc_ms()};

	t->answer = (struct flow_sync_answer){
	    .to = to, .subject = t->hint.subject, .external_id = t->hint.external_id};
	t->children.to = t->members.to = to;
	return text_equal(t->hint.subject, SYNC_DEPARTMENT) ? ask_department(r, &area, t, e)
							    : ask_person(r, &area, t, e);
}

/* --- how much it would take away --- */

static bool leavers(struct round *r, struct err *e)
{
	int64_t people, departments, before, now = 0;

	for (size_t i = 0; i < r->count; i++)
		now += r->told[i].vanishes && text_equal(r->told[i].hint.subject, SYNC_PERSON);
	if (now == 0)
		return true;
	if (!store_sync_hinted_leavers(r->job->db, r->source.id, &before, e) ||
	    !store_directory_count(r->job->db, r->source.id, &people, &departments, e))
		return false;
	r->run = r->run || flow_sync_too_many(before + now, before + people);
	return true;
}

struct covered {
	const struct snapshot *snapshot;
	int64_t count;
};

static void count_covered(void *arg, const struct store_device_owner *d)
{
	struct covered *c = arg;

	c->count += flow_is_covered(c->snapshot, d->owner, d->held_for);
}

/* At most so many devices can lose anything: those of the people, and of whoever is below the departments. */
static bool devices_touched(struct round *r, int64_t *out, struct err *e)
{
	*out = 0;
	for (size_t i = 0; i < r->count; i++) {
		const struct told *t = &r->told[i];
		int64_t n;

		if (t->failed || t->vanishes)
			continue;
		if (!store_sync_devices_of(r->job->db, r->source.id, t->hint.subject,
					   t->hint.external_id, &n, e))
			return false;
		*out += n;
	}
	return true;
}

static bool devices(struct round *r, struct err *e)
{
	struct snapshots *snapshots = r->job->config->snapshots;
	struct covered covered = {0};
	int64_t touched;
	bool ok;

	if (!devices_touched(r, &touched, e))
		return false;
	if (touched < 2)
		return true;
	covered.snapshot = snapshots_take(snapshots);
	ok = store_device_owners(r->job->db, count_covered, &covered, e);
	snapshots_give(snapshots, covered.snapshot);
	r->run = r->run || flow_sync_too_many(touched, covered.count);
	return ok;
}

/* --- writing --- */

static bool give_up(struct flow *f, const struct told *t, struct err *e)
{
	int64_t wait = t->hint.tries < 10 ? RETRY_FIRST_MS << t->hint.tries : RETRY_LONGEST_MS;
	bool moved;

	if (f->now_ms - t->hint.since_ms > KEEP_MS)
		return store_sync_hint_done(f->db, &t->hint, e);
	return store_sync_hint_move(f->db, &t->hint,
				    f->now_ms + (wait < RETRY_LONGEST_MS ? wait : RETRY_LONGEST_MS),
				    &moved, e);
}

static bool below(struct flow *f, const struct round *r, const struct told *t, struct err *e)
{
	for (size_t i = 0; i < t->children.count; i++) {
		const struct store_sync_hint h = {.source = r->source.id,
						  .subject = SYNC_DEPARTMENT,
						  .external_id = t->children.items[i].external_id,
						  .due_ms = f->now_ms};

		if (!store_sync_hint_add(f->db, &h, e))
			return false;
	}
	return t->members.count == 0 || flow_sync_people(f, &t->members, e);
}

static bool write_one(struct flow *f, const struct round *r, const struct told *t, struct err *e)
{
	if (t->failed)
		return give_up(f, t, e);
	return (r->run || (flow_sync_answer(f, &t->answer, e) && below(f, r, t, e))) &&
	       store_sync_hint_done(f->db, &t->hint, e);
}

static bool write(struct flow *f, void *arg, struct err *e)
{
	struct round *r = arg;

	for (size_t i = 0; i < r->count; i++) {
		if (!write_one(f, r, &r->told[i], e))
			return false;
	}
	failpoint("sync-hint-written");
	return !r->run || store_source_sync_want(f->db, r->source.id, e);
}

static void ask_all(struct round *r)
{
	const struct line_to to = {r->source.app, DINGTALK_FOR_SYNC};
	struct err e = {0};
	bool open =
	    line_open(&r->job->line, r->job->config->links, r->job->db, &to, &r->dingtalk, &e);

	for (size_t i = 0; i < r->count; i++) {
		struct told *t = &r->told[i];

		t->failed = !open || ticker_stopping(r->job->ticker) || !ask(r, t, &e);
		open = open && !t->failed;
	}
	if (!open)
		log_err(LOG_LEVEL_WARN, "reading again what an event named", &e);
}

static bool follow(struct round *r, struct err *e)
{
	r->told = arena_array(r->arena, r->count, sizeof(*r->told));
	if (!store_source_get(r->job->db, r->arena, r->hints[0].source, &r->source, e) ||
	    !job_unit(r->job, r->arena, claim, r, e))
		return false;
	ask_all(r);
	return leavers(r, e) && devices(r, e) && job_unit(r->job, r->arena, write, r, e);
}

int64_t hint_round(void *arg)
{
	AUTO(arena_done) struct arena a = {0};
	struct job *j = arg;
	struct round r = {.job = j, .arena = &a};
	struct err e = {0};
	int64_t due_ms;

	if (!job_open(j, &e) ||
	    !store_sync_hints(j->db, &a, clock_utc_ms(), MANY, &r.hints, &r.count, &e) ||
	    (r.count > 0 && !follow(&r, &e)) || !store_sync_hint_due(j->db, &due_ms, &e))
		return job_failed("hints of events", &e);
	return job_wait(due_ms);
}
