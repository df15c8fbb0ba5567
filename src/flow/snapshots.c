#include "flow/snapshots.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "store/department.h"
#include "store/group.h"
#include "store/person.h"
#include "store/policy.h"
#include "store/setting.h"

#define GROUPS_AT_ONCE 64 /* read, then compiled */

/* One snapshot and how many hold it; the present one is held by struct snapshots too. */
struct held {
	struct snapshot *snapshot;
	int64_t holders;
	struct held *next;
};

struct snapshots {
	pthread_mutex_t lock;
	int64_t generation;
	struct held *present; /* the newest; older ones that are still held follow */
};

struct snapshots *snapshots_new(void)
{
	struct snapshots *s = mem_new(struct snapshots);

	(void)pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void held_free(struct held *h)
{
	snapshot_free(h->snapshot);
	mem_free(h);
}

void snapshots_free(struct snapshots *s)
{
	if (s == NULL)
		return;
	while (s->present != NULL) {
		struct held *h = s->present;

		s->present = h->next;
		held_free(h);
	}
	(void)pthread_mutex_destroy(&s->lock);
	mem_free(s);
}

/* Unlinks the first entry that nobody holds, or NULL. Under the lock. */
static struct held *unlink_unheld(struct snapshots *s)
{
	for (struct held **at = &s->present; *at != NULL; at = &(*at)->next) {
		struct held *h = *at;

		if (h->holders == 0) {
			*at = h->next;
			return h;
		}
	}
	return NULL;
}

static void give_locked(struct snapshots *s, const struct snapshot *taken)
{
	for (struct held *h = s->present; h != NULL; h = h->next) {
		if (h->snapshot == taken)
			h->holders--;
	}
}

int64_t snapshots_generation(struct snapshots *s)
{
	int64_t generation;

	(void)pthread_mutex_lock(&s->lock);
	generation = s->generation;
	(void)pthread_mutex_unlock(&s->lock);
	return generation;
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
	struct held *unheld;

	(void)pthread_mutex_lock(&s->lock);
	give_locked(s, taken);
	unheld = unlink_unheld(s);
	(void)pthread_mutex_unlock(&s->lock);
	if (unheld != NULL)
		held_free(unheld);
}

static void swap(struct snapshots *s, struct snapshot *fresh)
{
	struct held *h = mem_new(struct held);
	const struct snapshot *old;

	h->snapshot = fresh;
	h->holders = 1;
	(void)pthread_mutex_lock(&s->lock);
	old = s->present != NULL ? s->present->snapshot : NULL;
	h->next = s->present;
	s->present = h;
	s->generation++;
	(void)pthread_mutex_unlock(&s->lock);
	if (old != NULL)
		snapshots_give(s, old);
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

static bool add_groups(struct db *db, struct snapshot *s, struct err *e)
{
	char after[ID_SIZE] = "";
	struct store_group_list list;

	do {
		AUTO(arena_done) struct arena a = {0};

		if (!store_group_list(
			db, &a, &(struct store_page){.cursor = after, .limit = GROUPS_AT_ONCE},
			&list, e))
			return false;
		for (size_t i = 0; i < list.count; i++)
			snapshot_add_group(s, &list.items[i]);
		if (list.count > 0)
			(void)snprintf(after, sizeof(after), "%s", list.items[list.count - 1].id);
	} while (list.count > 0);
	return true;
}

static struct snapshot *read_directory(struct db *db, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct snapshot_source source = {0};

	return read_departments(db, &a, &source, e) && read_people(db, &a, &source, e)
		   ? snapshot_begin(&source)
		   : NULL;
}

static struct snapshot *read_all(struct db *db, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct snapshot *s = read_directory(db, e);
	const char *organisation;
	struct policy policy;

	if (s == NULL)
		return NULL;
	if (!add_groups(db, s, e) || !flow_policy_get(db, &a, &policy, e) ||
	    !store_setting_get(db, &a, SETTING_ORGANISATION, &organisation, e)) {
		snapshot_free(s);
		return NULL;
	}
	snapshot_finish(s, &policy, organisation);
	return s;
}

/* In one transaction: of a directory that changes meanwhile, what belongs together. */
bool snapshots_load(struct snapshots *s, struct db *db, struct err *e)
{
	struct snapshot *fresh;

	if (!db_begin(db, e))
		return false;
	fresh = read_all(db, e);
	db_rollback(db);
	if (fresh != NULL)
		swap(s, fresh);
	return fresh != NULL;
}
