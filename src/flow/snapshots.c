#include "flow/snapshots.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/department.h"
#include "store/group.h"
#include "store/person.h"
#include "store/policy.h"
#include "store/setting.h"

/* One snapshot and how many hold it; the present one is held by struct snapshots too. */
struct held {
	struct snapshot *snapshot;
	int64_t holders;
	struct held *next;
};

struct snapshots {
	pthread_mutex_t lock;
	pthread_cond_t dead_came;
	int64_t generation, effect;
	struct held *present; /* the newest; older ones that are still held follow */
	struct held *dead;    /* nobody holds them; the sweeper frees them */
	bool stopping;
	pthread_t sweeper;
};

static void free_all(struct held *list)
{
	while (list != NULL) {
		struct held *h = list;

		list = h->next;
		snapshot_free(h->snapshot);
		mem_free(h);
	}
}

/* Whoever gives one back may be a loop's thread or the committer's: neither has to give thousands of blocks back
 * to the allocator. */
static void *sweep(void *arg)
{
	struct snapshots *s = arg;
	struct held *dead;

	(void)pthread_mutex_lock(&s->lock);
	while (!s->stopping) {
		dead = TAKE(s->dead);
		if (dead == NULL) {
			(void)pthread_cond_wait(&s->dead_came, &s->lock);
			continue;
		}
		(void)pthread_mutex_unlock(&s->lock);
		free_all(dead);
		(void)pthread_mutex_lock(&s->lock);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

struct snapshots *snapshots_new(void)
{
	struct snapshots *s = mem_new(struct snapshots);

	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->dead_came, NULL);
	if (pthread_create(&s->sweeper, NULL, sweep, s) != 0)
		abort();
	return s;
}

void snapshots_free(struct snapshots *s)
{
	if (s == NULL)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->stopping = true;
	(void)pthread_cond_signal(&s->dead_came);
	(void)pthread_mutex_unlock(&s->lock);
	(void)pthread_join(s->sweeper, NULL);
	free_all(s->present);
	free_all(s->dead);
	(void)pthread_cond_destroy(&s->dead_came);
	(void)pthread_mutex_destroy(&s->lock);
	mem_free(s);
}

/* Hands those that nobody holds to the sweeper. Under the lock. */
static void bury_unheld(struct snapshots *s)
{
	for (struct held **at = &s->present; *at != NULL;) {
		struct held *h = *at;

		if (h->holders > 0) {
			at = &h->next;
			continue;
		}
		*at = h->next;
		h->next = s->dead;
		s->dead = h;
		(void)pthread_cond_signal(&s->dead_came);
	}
}

static void give_locked(struct snapshots *s, const struct snapshot *taken)
{
	for (struct held *h = s->present; h != NULL; h = h->next) {
		if (h->snapshot == taken)
			h->holders--;
	}
	bury_unheld(s);
}

int64_t snapshots_generation(struct snapshots *s)
{
	int64_t generation;

	(void)pthread_mutex_lock(&s->lock);
	generation = s->generation;
	(void)pthread_mutex_unlock(&s->lock);
	return generation;
}

int64_t snapshots_effect(struct snapshots *s)
{
	int64_t effect;

	(void)pthread_mutex_lock(&s->lock);
	effect = s->effect;
	(void)pthread_mutex_unlock(&s->lock);
	return effect;
}

const struct snapshot *snapshots_take(struct snapshots *s)
{
	const struct snapshot *taken;

	(void)pthread_mutex_lock(&s->lock);
	s->present->holders++;
	taken = s->present->snapshot;
	(void)pthread_mutex_unlock(&s->lock);
	return taken;
}

void snapshots_give(struct snapshots *s, const struct snapshot *taken)
{
	(void)pthread_mutex_lock(&s->lock);
	give_locked(s, taken);
	(void)pthread_mutex_unlock(&s->lock);
}

static void swap(struct snapshots *s, struct snapshot *fresh)
{
	struct held *h = mem_new(struct held);
	bool alike = s->present != NULL && snapshot_alike(s->present->snapshot, fresh);

	h->snapshot = fresh;
	h->holders = 1;
	(void)pthread_mutex_lock(&s->lock);
	h->next = s->present;
	s->present = h;
	s->generation++;
	s->effect += !alike;
	if (h->next != NULL)
		give_locked(s, h->next->snapshot);
	(void)pthread_mutex_unlock(&s->lock);
}

/* --- reading --- */

static bool read_departments(struct db *db, struct arena *a, struct snapshot_source *out,
			     struct err *e)
{
	struct store_department_list rows;
	struct roster_department_source *all;

	if (!store_department_all(db, a, &rows, e))
		return false;
	all = arena_array(a, rows.count, sizeof(*all));
	for (size_t i = 0; i < rows.count; i++)
		all[i] = (struct roster_department_source){rows.items[i].id, rows.items[i].parent,
							   rows.items[i].gone};
	out->departments = all;
	out->department_count = rows.count;
	return true;
}

/* People and memberships come in the same order, by person. */
static bool read_people(struct db *db, struct arena *a, struct snapshot_source *out, struct err *e)
{
	struct store_contact *people;
	struct store_membership *memberships;
	struct roster_person_source *all;
	const char **departments;
	size_t count, member_count, k = 0;

	if (!store_contact_all(db, a, &people, &count, e) ||
	    !store_membership_all(db, a, &memberships, &member_count, e))
		return false;
	all = arena_array(a, count, sizeof(*all));
	departments = arena_array(a, member_count, sizeof(*departments));
	for (size_t i = 0; i < count; i++) {
		size_t first = k;

		for (; k < member_count && strcmp(memberships[k].person, people[i].id) == 0; k++)
			departments[k] = memberships[k].department;
		all[i] = (struct roster_person_source){.id = people[i].id,
						       .email = people[i].email,
						       .telephone = people[i].telephone,
						       .departments = departments + first,
						       .department_count = k - first,
						       .departed = people[i].departed};
	}
	if (k != member_count)
		return err_set(e, ERR_UNAVAILABLE,
			       "people changed while they were read; reading them again is right");
	out->people = all;
	out->person_count = count;
	return true;
}

bool flow_policy_get(struct db *db, struct arena *a, struct policy *out, struct err *e)
{
	const char *body;
	int64_t version;

	if (!store_policy_newest(db, a, &version, &body, e))
		return false;
	if (body == NULL) {
		policy_default(out);
		return true;
	}
	if (!policy_read(a, body, strlen(body), out, e))
		return err_add(e, "stored policy %lld", (long long)version);
	out->version = version;
	return true;
}

static bool add_group(struct db *db, struct snapshot *s, const char *id, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct group g;

	if (!store_group_get(db, &a, id, &g, e))
		return false;
	snapshot_add_group(s, &g);
	return true;
}

static bool add_groups(struct db *db, struct arena *a, struct snapshot *s, struct err *e)
{
	struct store_group_version *all;
	size_t count;

	if (!store_group_versions(db, a, &all, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!snapshot_keep_group(s, all[i].id, all[i].updated_ms) &&
		    !add_group(db, s, all[i].id, e))
			return false;
	}
	return true;
}

/* How a snapshot is read. */
struct reading {
	snapshots_change_fn *change; /* what is made of the directory; NULL: nothing */
	void *arg;
	const struct snapshot *before; /* with which it may share; or NULL */
};

static struct snapshot *read_directory(struct db *db, const struct reading *how, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct snapshot_source source = {0};

	if (!read_departments(db, &a, &source, e) || !read_people(db, &a, &source, e) ||
	    (how->change != NULL && !how->change(how->arg, db, &a, &source, e)))
		return NULL;
	return snapshot_begin(&source, how->before);
}

static bool finish(struct db *db, struct arena *a, struct snapshot *s, struct err *e)
{
	const char *organisation;
	struct policy policy;

	if (!flow_policy_get(db, a, &policy, e) ||
	    !store_setting_get(db, a, SETTING_ORGANISATION, &organisation, e))
		return false;
	snapshot_finish(s, &policy, organisation);
	return true;
}

static struct snapshot *read_all(struct db *db, const struct reading *how, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct snapshot *s = read_directory(db, how, e);

	if (s == NULL)
		return NULL;
	if (!add_groups(db, &a, s, e) || !finish(db, &a, s, e)) {
		snapshot_free(s);
		return NULL;
	}
	return s;
}

/* In one transaction: of a directory that changes meanwhile, what belongs together. */
static struct snapshot *read_once(struct db *db, const struct reading *how, struct err *e)
{
	struct snapshot *s;

	if (!db_begin(db, e))
		return NULL;
	s = read_all(db, how, e);
	db_rollback(db);
	return s;
}

bool snapshots_imagine(struct db *db, snapshots_change_fn *change, void *arg, struct snapshot **out,
		       struct err *e)
{
	*out = read_once(db, &(struct reading){change, arg, NULL}, e);
	return *out != NULL;
}

bool snapshots_read(struct db *db, const struct snapshot *before, struct snapshot **out,
		    struct err *e)
{
	*out = read_all(db, &(struct reading){.before = before}, e);
	return *out != NULL;
}

/* The one thread that swaps may look at the present one without taking it. */
bool snapshots_load(struct snapshots *s, struct db *db, struct err *e)
{
	const struct snapshot *present = s->present != NULL ? s->present->snapshot : NULL;
	struct snapshot *fresh = read_once(db, &(struct reading){.before = present}, e);

	if (fresh != NULL)
		swap(s, fresh);
	return fresh != NULL;
}

bool snapshots_load_policy(struct snapshots *s, struct db *db, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct snapshot *fresh = snapshot_again(s->present->snapshot);

	if (!finish(db, &a, fresh, e)) {
		snapshot_free(fresh);
		return false;
	}
	swap(s, fresh);
	return true;
}
