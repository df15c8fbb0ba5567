/* What events say to read again: a person or a department each, within seconds. What would take much away is left to
 * a whole run, which stops and asks. */
#include <stdlib.h>
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
#define KEEP_MS (INT64_C(24) * 3600 * 1000)  /* the next run of all has been by then */
#define SNAPSHOT_LAG_MS (INT64_C(60) * 1000) /* much longer than one takes to be made */
#define DEPARTMENT_PAGES 20 /* of a new department's members; more are left to a run of all */

/* What DingTalk says about one hint. */
struct told {
	struct store_sync_hint hint;
	struct flow_sync_answer answer;
	struct flow_sync_children children; /* of a department that is new here */
	struct flow_sync_members members;
	bool failed, vanishes; /* vanishes: it is here, and would be taken away */
};

struct names {
	const char **items; /* borrowed */
	size_t count, room;
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
	const struct snapshot *snapshot;
	int64_t covered;      /* devices, of all sources */
	struct names touched; /* devices that are covered, and may be no more */
};

static void add_device(struct names *n, const char *id)
{
	if (n->count == n->room) {
		n->room = n->room == 0 ? 64 : 2 * n->room;
		n->items = mem_grow(n->items, n->room, sizeof(*n->items));
	}
	n->items[n->count++] = id;
}

static void names_done(struct names *n)
{
	mem_free(n->items);
}

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
	enum organisation_place place;
	bool there, here, parent = true;

	if (id == 0)
		return true;
	if (!organisation_ask_department(area, id, r->arena, d, &place, e) ||
	    !known_here(r, id, &here, e))
		return false;
	there = place == ORGANISATION_HERE;
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
	enum organisation_place place;
	bool here;

	if (!organisation_ask_person(area, t->hint.external_id, r->arena, p, &place, e) ||
	    !is_here(r, t->hint.external_id, &here, e))
		return false;
	t->vanishes = here && place != ORGANISATION_HERE;
	t->answer.person = place == ORGANISATION_HERE ? p : NULL;
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

static void count_covered(void *arg, const struct store_device_owner *d)
{
	struct round *r = arg;

	r->covered += flow_is_covered(r->snapshot, d->owner, d->held_for);
}

/* Devices of the people, and of whoever is below the departments: so many are covered, and may be no more. */
static bool devices_touched(struct round *r, struct err *e)
{
	struct store_sync_device *all;
	size_t count;

	for (size_t i = 0; i < r->count; i++) {
		const struct told *t = &r->told[i];

		if (t->failed || t->vanishes)
			continue;
		if (!store_sync_devices_of(r->job->db, r->arena, r->source.id, t->hint.subject,
					   t->hint.external_id, &all, &count, e))
			return false;
		for (size_t k = 0; k < count; k++) {
			if (flow_is_covered(r->snapshot, all[k].owner, all[k].held_for))
				add_device(&r->touched, all[k].id);
		}
	}
	return true;
}

/* Since the last whole run: what events touched and is not covered any more, or was touched so lately that the
 * snapshot may not know yet. *gone: how many of them are not covered. */
static bool devices_before(struct round *r, struct names *out, int64_t *gone, struct err *e)
{
	struct store_sync_device *all;
	size_t count;

	*gone = 0;
	if (!store_sync_touched(r->job->db, r->arena, r->source.id, &all, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		bool covered = flow_is_covered(r->snapshot, all[i].owner, all[i].held_for);

		*gone += !covered;
		if (!covered || all[i].at_ms > clock_utc_ms() - SNAPSHOT_LAG_MS)
			add_device(out, all[i].id);
	}
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int64_t distinct(struct names *n)
{
	int64_t count = 0;

	if (n->count > 0)
		qsort(n->items, n->count, sizeof(*n->items), by_text);
	for (size_t i = 0; i < n->count; i++)
		count += i == 0 || strcmp(n->items[i - 1], n->items[i]) != 0;
	return count;
}

static bool weigh_devices(struct round *r, struct err *e)
{
	AUTO(names_done) struct names lost = {0};
	int64_t gone;

	if (!devices_touched(r, e))
		return false;
	if (r->touched.count == 0)
		return true;
	if (!devices_before(r, &lost, &gone, e) ||
	    !store_device_owners(r->job->db, count_covered, r, e))
		return false;
	for (size_t i = 0; i < r->touched.count; i++)
		add_device(&lost, r->touched.items[i]);
	r->run = r->run || flow_sync_too_many(distinct(&lost), r->covered + gone);
	return true;
}

static bool devices(struct round *r, struct err *e)
{
	struct snapshots *snapshots = r->job->config->snapshots;
	bool ok;

	r->snapshot = snapshots_take(snapshots);
	ok = weigh_devices(r, e);
	snapshots_give(snapshots, r->snapshot);
	r->snapshot = NULL;
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
	for (size_t i = 0; i < r->touched.count && !r->run; i++) {
		if (!store_sync_touch(f->db, r->source.id, r->touched.items[i], f->now_ms, e))
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
	int64_t due_ms = 0;
	bool ok = job_open(j, &e) &&
		  store_sync_hints(j->db, &a, clock_utc_ms(), MANY, &r.hints, &r.count, &e) &&
		  (r.count == 0 || follow(&r, &e)) && store_sync_hint_due(j->db, &due_ms, &e);

	names_done(&r.touched);
	return ok ? job_wait(due_ms) : job_failed("hints of events", &e);
}
