/*
 * Reads whole organisations. A run goes through its states (store/sync.h); several threads read at once, as many as
 * keep both lists of DingTalk's (departments, members) at their pace with answers that take a third of a second. Each
 * page is a unit of its own that also says how far the run is.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "flow/sync.h"
#include "jobs/doctor.h"
#include "jobs/job.h"
#include "jobs/organisation.h"
#include "store/note.h"

#define READERS 12
#define LEASE_MS 60000
#define MISSING_MANY 500
#define SAMPLE 20     /* of those who leave are asked for before somebody is asked about all */
#define NOTE_MS 3000  /* between two snapshots of who has come so far */
#define PLACES 131072 /* a power of two, over twice the departments */

_Static_assert(PLACES > 2 * DINGTALK_MAX_DEPARTMENTS, "the set never fills up");

struct place {
	int64_t id, next; /* next: cursor of its members; -1: all were read */
	bool children;    /* those below it are known */
	bool unseen;
};

struct reader {
	struct walk *walk;
	pthread_t thread;
	struct line line;
	struct dingtalk *dingtalk;
	bool members_first;
};

/* Under lock: everything from places on. */
struct walk {
	struct job *job;
	struct store_source source;
	struct store_sync_run run;
	struct arena arena; /* of source and run */
	char lease[ID_SIZE];
	struct reader readers[READERS];
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct place *places; /* in the order found */
	size_t count, next_children, next_members;
	int32_t *set; /* id → index + 1, open addressing */
	struct store_sync_change *checks;
	size_t check_count, next_check;
	int64_t people;
	size_t flying;
	struct err failure;           /* code ERR_NONE: none */
	struct store_finding finding; /* of the failure */
	bool lost; /* another reader has taken it, or it is not wanted any more */
	/* Of the committer's thread. */
	bool changed_people; /* and no snapshot has been asked for since */
	int64_t noted_ms;
};

enum work_kind { WORK_NONE, WORK_CHILDREN, WORK_MEMBERS, WORK_CHECK };

struct task {
	enum work_kind kind;
	struct place *place;
	const struct store_sync_change *check;
};

/* --- what was found; under the lock --- */

static int32_t *slot(struct walk *w, int64_t id)
{
	size_t i = ((uint64_t)id * 0x9E3779B97F4A7C15U) >> 40 & (PLACES - 1);

	while (w->set[i] != 0 && w->places[w->set[i] - 1].id != id)
		i = (i + 1) & (PLACES - 1);
	return &w->set[i];
}

static bool find_place(struct walk *w, const struct place *p, struct err *e)
{
	int32_t *at = slot(w, p->id);

	if (*at != 0)
		return true;
	if (w->count == DINGTALK_MAX_DEPARTMENTS)
		return err_set(e, ERR_TOO_LARGE, "the organisation has more than %d departments",
			       DINGTALK_MAX_DEPARTMENTS);
	w->places[w->count++] = *p;
	*at = (int32_t)w->count;
	return true;
}

/* --- one task --- */

static struct flow_sync into(struct walk *w)
{
	return (struct flow_sync){.source = &w->source,
				  .run = w->run.id,
				  .asked_ms = clock_utc_ms(),
				  .changed = &w->changed_people};
}

struct put {
	struct walk *walk;
	job_unit_fn *unit;
	void *arg;
	bool mine;
};

static bool is_mine(struct flow *f, struct walk *w, bool *out, struct err *e)
{
	const struct store_source_lease lease = {.source = w->source.id,
						 .node = f->node,
						 .lease = w->lease,
						 .until_ms = f->now_ms + LEASE_MS};

	if (!store_source_sync_hold(f->db, &lease, out, e))
		return false;
	if (!*out || w->run.id == NULL)
		return true;
	if (!flow_sync_stands(f, &w->run, out, e))
		return false;
	return *out || store_source_sync_leave(f->db, w->source.id, e);
}

static bool if_mine(struct flow *f, void *arg, struct err *e)
{
	struct put *p = arg;

	return is_mine(f, p->walk, &p->mine, e) && (!p->mine || p->unit(f, p->arg, e));
}

/* Whatever the walk writes: only as long as it is its own to write, for it may have stood still beyond its lease. */
static bool put(struct walk *w, struct arena *a, job_unit_fn *unit, void *arg, struct err *e)
{
	struct put p = {.walk = w, .unit = unit, .arg = arg};

	if (!job_unit(w->job, a, if_mine, &p, e))
		return false;
	if (p.mine)
		return true;
	(void)pthread_mutex_lock(&w->lock);
	w->lost = true;
	(void)pthread_mutex_unlock(&w->lock);
	return err_set(e, ERR_UNAVAILABLE,
		       "the source is read by somebody else, or was changed or removed");
}

/* In each page's unit: now and then what has come since is compiled. */
static void note(struct flow *f, struct walk *w)
{
	int64_t now_ms = clock_mono_ms();

	if (!w->changed_people || now_ms - w->noted_ms < NOTE_MS)
		return;
	w->changed_people = false;
	w->noted_ms = now_ms;
	db_note(f->db, NOTE_POLICY, "");
}

struct children {
	struct walk *walk;
	struct flow_sync_children found;
};

static bool write_children(struct flow *f, void *arg, struct err *e)
{
	const struct children *c = arg;

	if (!flow_sync_departments(f, &c->found, e))
		return false;
	note(f, c->walk);
	return true;
}

struct members {
	struct walk *walk;
	struct flow_sync_members listed;
};

static bool write_members(struct flow *f, void *arg, struct err *e)
{
	const struct members *m = arg;

	if (!flow_sync_people(f, &m->listed, e))
		return false;
	note(f, m->walk);
	return true;
}

static bool write_answer(struct flow *f, void *arg, struct err *e)
{
	return flow_sync_answer(f, arg, e);
}

struct unseen {
	struct flow_sync to;
	const char *department;
};

static bool write_unseen(struct flow *f, void *arg, struct err *e)
{
	const struct unseen *u = arg;

	return flow_sync_unseen(f, &u->to, u->department, e);
}

/* It was listed, and now there is no such department, or the app may not see it. */
static bool vanished(struct reader *r, struct place *p, struct arena *a, struct err *e)
{
	struct walk *w = r->walk;
	const struct unseen u = {into(w), organisation_text(a, p->id)};

	if (!dingtalk_unseen(r->dingtalk))
		return false;
	err_clear(e);
	(void)pthread_mutex_lock(&w->lock);
	p->unseen = true;
	p->next = -1;
	(void)pthread_mutex_unlock(&w->lock);
	return put(w, a, write_unseen, (void *)&u, e);
}

static bool found(struct walk *w, const struct dingtalk_departments *list, struct err *e)
{
	bool ok = true;

	(void)pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < list->count && ok; i++)
		ok = find_place(w, &(struct place){.id = list->items[i].id}, e);
	(void)pthread_mutex_unlock(&w->lock);
	return ok;
}

static struct store_walked_department *departments_of(struct arena *a,
						      const struct dingtalk_departments *list)
{
	struct store_walked_department *items = arena_array(a, list->count, sizeof(*items));

	for (size_t i = 0; i < list->count; i++)
		items[i] = organisation_department(a, &list->items[i]);
	return items;
}

static bool read_children(struct reader *r, struct place *p, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct walk *w = r->walk;
	struct dingtalk_departments list;
	struct children unit = {.walk = w, .found.to = into(w)};

	if (!dingtalk_children_get(r->dingtalk, p->id, &a, &list, e))
		return vanished(r, p, &a, e);
	unit.found.parent = organisation_text(&a, p->id);
	unit.found.items = departments_of(&a, &list);
	unit.found.count = list.count;
	if (!put(w, &a, write_children, &unit, e))
		return false;
	failpoint("sync-children");
	return found(w, &list, e);
}

static bool many(struct walk *w, size_t more, struct err *e)
{
	bool ok;

	(void)pthread_mutex_lock(&w->lock);
	w->people += (int64_t)more;
	ok = w->people <= DINGTALK_MAX_PEOPLE;
	(void)pthread_mutex_unlock(&w->lock);
	return ok || err_set(e, ERR_TOO_LARGE, "the organisation has too many people");
}

static bool read_page(struct reader *r, struct place *p, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct walk *w = r->walk;
	struct dingtalk_members members;
	struct store_walked_person *people;
	struct members unit = {.walk = w, .listed = {.to = into(w), .page = p->next}};

	if (!dingtalk_members_get(r->dingtalk, p->id, p->next, &a, &members, e))
		return vanished(r, p, &a, e);
	people = arena_array(&a, members.count, sizeof(*people));
	for (size_t i = 0; i < members.count; i++)
		people[i] = organisation_person(&a, &members.users[i]);
	unit.listed.department = organisation_text(&a, p->id);
	unit.listed.next = members.next;
	unit.listed.items = people;
	unit.listed.count = members.count;
	if (!many(w, members.count, e) || !put(w, &a, write_members, &unit, e))
		return false;
	failpoint("sync-members");
	p->next = members.next;
	return true;
}

static bool going_on(struct walk *w)
{
	bool failed;

	(void)pthread_mutex_lock(&w->lock);
	failed = w->failure.code != ERR_NONE;
	(void)pthread_mutex_unlock(&w->lock);
	return !failed && !ticker_stopping(w->job->ticker);
}

static bool read_members(struct reader *r, struct place *p, struct err *e)
{
	while (p->next >= 0 && going_on(r->walk)) {
		if (!read_page(r, p, e))
			return false;
	}
	return true;
}

static bool known_place(void *arg, int64_t id, bool *known, struct err *)
{
	struct walk *w = arg;
	int32_t at;

	(void)pthread_mutex_lock(&w->lock);
	at = *slot(w, id);
	*known = at != 0 && !w->places[at - 1].unseen;
	(void)pthread_mutex_unlock(&w->lock);
	return true;
}

static bool ask_department(struct reader *r, const struct organisation_area *area, struct arena *a,
			   struct flow_sync_answer *unit, struct err *e)
{
	struct store_walked_department *d = arena_new(a, struct store_walked_department);
	int64_t id = organisation_number(unit->external_id);
	enum organisation_place place = ORGANISATION_GONE;
	bool ok;

	if (id > 0 && !organisation_ask_department(area, id, a, d, &place, e))
		return false;
	unit->outside = place == ORGANISATION_OUTSIDE;
	if (place != ORGANISATION_HERE)
		return true;
	unit->department = d;
	(void)pthread_mutex_lock(&r->walk->lock);
	ok = find_place(r->walk, &(struct place){.id = id, .next = -1, .children = true}, e);
	(void)pthread_mutex_unlock(&r->walk->lock);
	return ok;
}

static bool ask_person(const struct organisation_area *area, struct arena *a,
		       struct flow_sync_answer *unit, struct err *e)
{
	struct store_walked_person *p = arena_new(a, struct store_walked_person);
	enum organisation_place place;

	if (!organisation_ask_person(area, unit->external_id, a, p, &place, e))
		return false;
	unit->outside = place == ORGANISATION_OUTSIDE;
	if (place == ORGANISATION_HERE)
		unit->person = p;
	return true;
}

static bool check_one(struct reader *r, const struct store_sync_change *c, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct walk *w = r->walk;
	const struct organisation_area area = {.dingtalk = r->dingtalk,
					       .known = known_place,
					       .arg = w,
					       .chosen = w->source.department_count > 0};
	struct flow_sync_answer unit = {
	    .to = into(w), .subject = c->subject, .external_id = c->external_id};

	if (!(text_equal(c->subject, SYNC_DEPARTMENT) ? ask_department(r, &area, &a, &unit, e)
						      : ask_person(&area, &a, &unit, e)))
		return false;
	return put(w, &a, write_answer, &unit, e);
}

/* --- why it failed --- */

/* What DingTalk's last answer on this line says; id NULL: it was something else. */
static struct store_finding finding_of(struct dingtalk *d, const struct err *e, struct arena *a)
{
	const struct dingtalk_failure *last = dingtalk_failure(d);
	struct exam x = {.arena = a, .dingtalk = d};
	struct doctor_finding f;
	struct doctor_call call;

	if (*last->code == '\0' && last->status == 0 && !last->unsent)
		return (struct store_finding){0};
	call = exam_call(&x, false, e);
	return doctor_of_call(a, &call, &f)
		   ? (struct store_finding){f.id, f.form, f.subject, f.detail}
		   : (struct store_finding){0};
}

/* With the lock held. */
static void fail(struct reader *r, const struct err *e)
{
	struct walk *w = r->walk;

	if (w->failure.code != ERR_NONE)
		return;
	w->failure = *e;
	w->finding = finding_of(r->dingtalk, e, &w->arena);
}

/* --- several at once --- */

static bool take_children(struct walk *w, struct task *out)
{
	while (w->next_children < w->count &&
	       (w->places[w->next_children].children || w->places[w->next_children].unseen))
		w->next_children++;
	if (w->next_children == w->count)
		return false;
	*out = (struct task){.kind = WORK_CHILDREN, .place = &w->places[w->next_children++]};
	return true;
}

static bool take_members(struct walk *w, struct task *out)
{
	while (w->next_members < w->count && w->places[w->next_members].next < 0)
		w->next_members++;
	if (w->next_members == w->count)
		return false;
	*out = (struct task){.kind = WORK_MEMBERS, .place = &w->places[w->next_members++]};
	return true;
}

static bool take(struct walk *w, bool members_first, struct task *out)
{
	if (w->next_check < w->check_count) {
		*out = (struct task){.kind = WORK_CHECK, .check = &w->checks[w->next_check++]};
		return true;
	}
	if (w->run.state != NULL && !text_equal(w->run.state, SYNC_READING))
		return false;
	return members_first ? take_members(w, out) || take_children(w, out)
			     : take_children(w, out) || take_members(w, out);
}

static bool do_task(struct reader *r, const struct task *t, struct err *e)
{
	switch (t->kind) {
	case WORK_CHILDREN:
		return read_children(r, t->place, e);
	case WORK_MEMBERS:
		return read_members(r, t->place, e);
	case WORK_CHECK:
		return check_one(r, t->check, e);
	case WORK_NONE:
		break;
	}
	return true;
}

/* With the lock held: until there is a task; false: there is none any more. */
static bool next_task(struct reader *r, struct task *t)
{
	struct walk *w = r->walk;

	for (;;) {
		if (w->failure.code != ERR_NONE || ticker_stopping(w->job->ticker))
			return false;
		if (take(w, r->members_first, t))
			return true;
		if (w->flying == 0)
			return false;
		(void)pthread_cond_wait(&w->changed, &w->lock);
	}
}

static void *read_on(void *arg)
{
	struct reader *r = arg;
	struct walk *w = r->walk;
	struct task t;

	(void)pthread_mutex_lock(&w->lock);
	while (next_task(r, &t)) {
		struct err e = {0};
		bool ok;

		w->flying++;
		(void)pthread_mutex_unlock(&w->lock);
		ok = do_task(r, &t, &e);
		(void)pthread_mutex_lock(&w->lock);
		w->flying--;
		if (!ok)
			fail(r, &e);
		(void)pthread_cond_broadcast(&w->changed);
	}
	(void)pthread_cond_broadcast(&w->changed);
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

static bool stopped(const struct walk *w, struct err *e)
{
	return ticker_stopping(w->job->ticker) &&
	       !err_set(e, ERR_UNAVAILABLE, "The server is being stopped.");
}

/* All tasks there are and those that they lead to. */
static bool work(struct walk *w, struct err *e)
{
	for (size_t i = 0; i < READERS; i++) {
		if (pthread_create(&w->readers[i].thread, NULL, read_on, &w->readers[i]) != 0)
			abort();
	}
	for (size_t i = 0; i < READERS; i++)
		(void)pthread_join(w->readers[i].thread, NULL);
	if (w->failure.code == ERR_NONE)
		return !stopped(w, e);
	*e = w->failure;
	return false;
}

/* --- reading --- */

static bool load_places(struct walk *w, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct store_sync_department *all;
	size_t count;

	if (!store_sync_departments(w->job->db, &a, w->run.id, &all, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct place p = {.id = organisation_number(all[i].external_id),
					.next = all[i].next,
					.children = all[i].children,
					.unseen = all[i].unseen};

		if (!find_place(w, &p, e))
			return false;
	}
	return true;
}

struct beginning {
	struct flow_sync_children departments;
	struct flow_sync_members people;
};

static bool write_beginning(struct flow *f, void *arg, struct err *e)
{
	struct beginning *b = arg;
	struct flow_sync_members one = b->people;

	if (!flow_sync_departments(f, &b->departments, e))
		return false;
	for (one.count = 1; one.page < (int64_t)b->people.count; one.page++, one.items++) {
		if (!flow_sync_people(f, &one, e))
			return false;
	}
	return true;
}

static bool single_people(struct walk *w, const struct dingtalk_scope *scope, struct arena *a,
			  struct flow_sync_members *out, struct err *e)
{
	struct store_walked_person *people = arena_array(a, scope->userid_count, sizeof(*people));
	struct dingtalk_user u;

	for (size_t i = 0; i < scope->userid_count; i++) {
		if (dingtalk_user_get(w->readers[0].dingtalk, scope->userids[i], a, &u, e))
			people[out->count++] = organisation_person(a, &u);
		else if (e->code != ERR_NOT_FOUND)
			return false;
		else
			err_clear(e);
	}
	out->items = people;
	return true;
}

static bool begin_reading(struct walk *w, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const struct store_source *s = &w->source;
	int64_t *chosen = arena_array(&a, s->department_count, sizeof(*chosen));
	struct dingtalk_scope scope;
	struct beginning unit = {.departments.to = into(w),
				 .people = {.to = into(w), .department = ""}};

	for (size_t i = 0; i < s->department_count; i++)
		chosen[i] = organisation_number(s->departments[i]);
	if (!dingtalk_scope_get(w->readers[0].dingtalk, chosen, s->department_count, &a, &scope,
				e) ||
	    !single_people(w, &scope, &a, &unit.people, e)) {
		fail(&w->readers[0], e);
		return false;
	}
	if (scope.departments.count == 0 && unit.people.count == 0) {
		w->finding = (struct store_finding){"contacts-empty", "", "", ""};
		return err_set(e, ERR_NOT_FOUND,
			       s->department_count > 0
				   ? "the app sees none of the chosen departments"
				   : "the app's contact scope is empty");
	}
	unit.departments.items = departments_of(&a, &scope.departments);
	unit.departments.count = scope.departments.count;
	return put(w, &a, write_beginning, &unit, e) && found(w, &scope.departments, e);
}

/* --- who was not met --- */

struct names {
	struct arena *arena;
	const char **items;
	size_t count, room;
};

static void add_name(struct names *n, const char *text)
{
	if (n->count == n->room) {
		n->room = n->room == 0 ? 1024 : 2 * n->room;
		n->items = mem_grow(n->items, n->room, sizeof(*n->items));
	}
	n->items[n->count++] = text;
}

static void add_present(void *arg, const char *external_id, const char *name)
{
	(void)name;
	add_name(arg, external_id);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has(const struct names *n, const char *text)
{
	return n->count > 0 && bsearch(&text, n->items, n->count, sizeof(*n->items), by_text);
}

static void names_done(struct names *n)
{
	mem_free(n->items);
}

static void add_lines(struct names *n, const char *lines)
{
	while (*lines != '\0') {
		size_t length = strcspn(lines, "\n");

		add_name(n, arena_dup_n(n->arena, lines, length));
		lines += length + (lines[length] == '\n');
	}
}

static bool met_people(struct walk *w, struct names *out, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const char *const *pages;
	size_t count;

	if (!store_sync_seen(w->job->db, &a, w->run.id, &pages, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		add_lines(out, pages[i]);
	return true;
}

static void met_departments(struct walk *w, struct names *out)
{
	for (size_t i = 0; i < w->count; i++) {
		if (!w->places[i].unseen)
			add_name(out, organisation_text(out->arena, w->places[i].id));
	}
}

static bool write_missing(struct flow *f, void *arg, struct err *e)
{
	return flow_sync_missing(f, arg, e);
}

static bool put_missing(struct walk *w, const char *subject, const struct names *missing,
			struct err *e)
{
	for (size_t i = 0; i < missing->count; i += MISSING_MANY) {
		AUTO(arena_done) struct arena a = {0};
		size_t left = missing->count - i;
		struct flow_sync_missing unit = {.to = into(w),
						 .subject = subject,
						 .external_ids = missing->items + i,
						 .count =
						     left < MISSING_MANY ? left : MISSING_MANY};

		if (stopped(w, e) || !put(w, &a, write_missing, &unit, e))
			return false;
	}
	return true;
}

static bool find_missing(struct walk *w, const char *subject, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(names_done) struct names met = {.arena = &a}, here = {.arena = &a}, not_met = {0};
	bool people = text_equal(subject, SYNC_PERSON), ok;

	if (people && !met_people(w, &met, e))
		return false;
	if (!people)
		met_departments(w, &met);
	if (met.count > 0)
		qsort(met.items, met.count, sizeof(*met.items), by_text);
	ok = people
		 ? store_directory_people(w->job->db, &a, w->source.id, add_present, &here, e)
		 : store_directory_departments(w->job->db, &a, w->source.id, add_present, &here, e);
	for (size_t i = 0; ok && i < here.count; i++) {
		if (!has(&met, here.items[i]))
			add_name(&not_met, here.items[i]);
	}
	return ok && put_missing(w, subject, &not_met, e);
}

/* --- the states of a run --- */

struct move {
	struct walk *walk;
	const char *state;
};

static bool write_move(struct flow *f, void *arg, struct err *e)
{
	const struct move *m = arg;

	return flow_sync_move(f, &m->walk->run, m->state, e);
}

static bool move(struct walk *w, const char *state, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};

	return put(w, &a, write_move, &(struct move){w, state}, e);
}

static bool run_reading(struct walk *w, struct err *e)
{
	if (w->count == 0 && !begin_reading(w, e))
		return false;
	if (!work(w, e))
		return false;
	failpoint("sync-read");
	return find_missing(w, SYNC_DEPARTMENT, e) && find_missing(w, SYNC_PERSON, e) &&
	       move(w, SYNC_CHECKING, e);
}

/* Asks for at most limit of those who leave and were not asked for. */
static bool check_some(struct walk *w, const char *subject, int64_t limit, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const struct store_sync_pending which = {
	    .run = w->run.id, .subject = subject, .after = "", .unchecked = true, .limit = limit};
	bool ok;

	if (!store_sync_changes_pending(w->job->db, &a, &which, &w->checks, &w->check_count, e))
		return false;
	w->next_check = 0;
	ok = w->check_count == 0 || work(w, e);
	w->checks = NULL;
	w->check_count = w->next_check = 0;
	return ok;
}

struct wait {
	struct walk *walk;
	struct flow_sync_brake why;
};

static bool write_wait(struct flow *f, void *arg, struct err *e)
{
	struct wait *x = arg;

	return flow_sync_wait(f, &x->walk->source, &x->walk->run, &x->why, e);
}

static bool weigh(struct walk *w, bool devices, struct flow_sync_brake *out, struct err *e)
{
	struct snapshots *snapshots = w->job->config->snapshots;
	const struct snapshot *now;
	bool ok;

	*out = (struct flow_sync_brake){0};
	if (!store_sync_run_get(w->job->db, &w->arena, w->run.id, &w->run, e) ||
	    !flow_sync_leaving(w->job->db, &w->run, out, e))
		return false;
	if (!devices)
		return true;
	now = snapshots_take(snapshots);
	ok = flow_sync_uncovering(w->job->db, now, &w->run, out, e);
	snapshots_give(snapshots, now);
	return ok;
}

static bool is_much(const struct flow_sync_brake *why)
{
	return flow_sync_too_many(why->leaving, why->leaving_of) ||
	       flow_sync_too_many(why->uncovered, why->uncovered_of);
}

/* It is somebody's to decide. */
static bool wait_for_word(struct walk *w, const struct flow_sync_brake *why, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};

	return put(w, &a, write_wait, &(struct wait){w, *why}, e);
}

/* Many who were not met are not all asked for before somebody has said a word; some are, to tell why. */
static bool people_are_many(struct walk *w, struct flow_sync_brake *why, bool *out, struct err *e)
{
	*out = false;
	if (w->run.approved)
		return true;
	if (!weigh(w, false, why, e))
		return false;
	if (is_much(why) && (!check_some(w, SYNC_PERSON, SAMPLE, e) || !weigh(w, false, why, e)))
		return false;
	*out = is_much(why);
	return true;
}

static bool run_checking(struct walk *w, struct err *e)
{
	struct flow_sync_brake why;
	bool many;

	if (!people_are_many(w, &why, &many, e))
		return false;
	if (many)
		return wait_for_word(w, &why, e);
	if (!check_some(w, SYNC_DEPARTMENT, DINGTALK_MAX_DEPARTMENTS, e) ||
	    !check_some(w, SYNC_PERSON, DINGTALK_MAX_PEOPLE, e))
		return false;
	failpoint("sync-checked");
	if (!w->run.approved) {
		if (!weigh(w, true, &why, e))
			return false;
		if (is_much(&why))
			return wait_for_word(w, &why, e);
	}
	return move(w, SYNC_APPLYING, e);
}

struct applying {
	struct walk *walk;
	bool more;
};

static bool write_apply(struct flow *f, void *arg, struct err *e)
{
	struct applying *x = arg;
	const struct flow_sync to = into(x->walk);

	return flow_sync_apply(f, &to, &x->more, e);
}

static bool write_end(struct flow *f, void *arg, struct err *e)
{
	struct walk *w = arg;

	return flow_sync_end(f, &w->source, &w->run, e);
}

static bool run_applying(struct walk *w, struct err *e)
{
	AUTO(arena_done) struct arena last = {0};
	struct applying unit = {.walk = w, .more = true};

	while (unit.more) {
		AUTO(arena_done) struct arena a = {0};

		if (stopped(w, e) || !put(w, &a, write_apply, &unit, e))
			return false;
		failpoint("sync-applied");
	}
	return put(w, &last, write_end, w, e);
}

/* --- a whole run --- */

static bool write_begin(struct flow *f, void *arg, struct err *e)
{
	struct walk *w = arg;

	return flow_sync_begin(f, &w->source, &w->run, e);
}

static bool open_lines(struct walk *w, struct err *e)
{
	const struct line_to to = {w->source.app, DINGTALK_FOR_SYNC};

	for (size_t i = 0; i < READERS; i++) {
		struct reader *r = &w->readers[i];

		r->walk = w;
		r->members_first = i % 2 == 1;
		if (!line_open(&r->line, w->job->config->links, w->job->db, &to, &r->dingtalk, e))
			return false;
	}
	return true;
}

static bool run_states(struct walk *w, struct err *e)
{
	if (text_equal(w->run.state, SYNC_READING) && !run_reading(w, e))
		return false;
	if (text_equal(w->run.state, SYNC_CHECKING) && !run_checking(w, e))
		return false;
	return !text_equal(w->run.state, SYNC_APPLYING) || run_applying(w, e);
}

static bool run(struct walk *w, struct err *e)
{
	AUTO(mem_freep) struct place *places = mem_array(DINGTALK_MAX_DEPARTMENTS, sizeof(*places));
	AUTO(mem_freep) int32_t *set = mem_array(PLACES, sizeof(*set));
	bool ok;

	w->places = places;
	w->set = set;
	ok = put(w, &w->arena, write_begin, w, e) && load_places(w, e) && open_lines(w, e) &&
	     run_states(w, e);
	for (size_t i = 0; i < READERS; i++)
		line_close(&w->readers[i].line);
	return ok;
}

struct failure {
	const struct walk *walk;
	struct flow_sync_failure why;
};

static bool write_failure(struct flow *f, void *arg, struct err *e)
{
	const struct failure *x = arg;

	return flow_sync_fail(f, &x->walk->source, &x->why, e);
}

struct taking {
	struct walk *walk;
	bool taken;
};

static bool write_take(struct flow *f, void *arg, struct err *e)
{
	struct taking *t = arg;

	return store_source_sync_take(
	    f->db,
	    &(struct store_source_lease){.source = t->walk->source.id,
					 .node = f->node,
					 .lease = t->walk->lease,
					 .now_ms = f->now_ms,
					 .until_ms = f->now_ms + LEASE_MS},
	    &t->taken, e);
}

static int64_t read_source(struct walk *w)
{
	AUTO(arena_done) struct arena a = {0};
	struct taking take = {.walk = w};
	struct err e = {0}, why = {0};

	id_new(w->lease);
	if (!job_unit(w->job, &a, write_take, &take, &e))
		return job_failed("directory sync", &e);
	if (!take.taken)
		return JOB_TAKEN_MS;
	if (run(w, &why) || ticker_stopping(w->job->ticker) || w->lost)
		return 0;
	log_err(LOG_LEVEL_WARN, "directory sync", &why);
	if (!put(w, &a, write_failure, &(struct failure){w, {why.text, w->finding}}, &e) &&
	    !w->lost)
		return job_failed("directory sync", &e);
	return 0;
}

int64_t sync_round(void *arg)
{
	struct job *j = arg;
	struct walk *w;
	struct err e = {0};
	int64_t wait, due_ms;

	if (!job_open(j, &e))
		return job_failed("directory sync", &e);
	w = mem_new(struct walk);
	w->job = j;
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->changed, NULL);
	if (!store_source_sync_next(j->db, &w->arena, clock_utc_ms(), &w->source, &e) ||
	    !store_source_sync_due(j->db, &due_ms, &e))
		wait = job_failed("directory sync", &e);
	else
		wait = w->source.id == NULL ? job_wait(due_ms) : read_source(w);
	(void)pthread_cond_destroy(&w->changed);
	(void)pthread_mutex_destroy(&w->lock);
	arena_done(&w->arena);
	mem_free(w);
	return wait;
}
