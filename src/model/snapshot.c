#include "model/snapshot.h"

#include <stdatomic.h>
#include <string.h>

#include "base/text.h"
#include "model/membership.h"

/* Shared by the snapshots between which nobody changed. */
struct people {
	atomic_int users;
	struct arena arena;
	struct roster roster;
};

struct compiled {
	const char *id;
	const char *why;
	int64_t updated_ms;
	int64_t members;
	uint64_t *bits; /* a bit a person */
};

/* Shared by the snapshots between which neither it nor anybody changed. */
struct shared_group {
	atomic_int users;
	struct arena arena;
	struct compiled c;
	struct snapshot_broken *broken;
	size_t broken_count;
};

/* A policy's whitelist and scope, over the people of one snapshot. */
struct applied {
	bool everyone;
	uint64_t *whitelist;
	const struct compiled **scope;
	size_t scope_count;
	uint16_t *scoped; /* of each person: the first of scope that has him, + 1; 0: none */
};
_Static_assert(POLICY_MAX_GROUPS < UINT16_MAX, "a group of the scope has a number");

struct snapshot {
	struct arena arena;
	struct people *people;
	const struct snapshot *before; /* while it is made, if of the same people */
	struct shared_group **groups;
	size_t group_count, group_room;
	struct snapshot_broken *broken;
	size_t broken_count;
	struct policy policy;
	const char *organisation;
	struct applied applied;
};

static void people_unuse(struct people *p)
{
	if (p == NULL || atomic_fetch_sub(&p->users, 1) > 1)
		return;
	arena_done(&p->arena);
	mem_free(p);
}

static void group_unuse(struct shared_group *g)
{
	if (atomic_fetch_sub(&g->users, 1) > 1)
		return;
	arena_done(&g->arena);
	mem_free(g);
}

/* --- groups --- */

static struct compiled compile(const struct roster *r, struct arena *a, const struct group *from,
			       const uint32_t *found)
{
	struct compiled g = {.id = arena_dup(a, from->id),
			     .why = arena_printf(a, "group %s", from->name),
			     .updated_ms = from->updated_ms,
			     .bits = arena_array(a, r->words, sizeof(*g.bits))};

	g.members = membership_bits(r, from, found, g.bits);
	return g;
}

/* Room for one more; what is left behind stays in the arena. */
static void push_group(struct snapshot *s, struct shared_group *g)
{
	struct shared_group **grown;

	if (s->group_count == s->group_room) {
		s->group_room = s->group_room == 0 ? 16 : s->group_room * 2;
		grown = arena_array(&s->arena, s->group_room, sizeof(struct shared_group *));
		if (s->group_count > 0)
			memcpy(grown, s->groups, s->group_count * sizeof(struct shared_group *));
		s->groups = grown;
	}
	s->groups[s->group_count++] = g;
}

static void take_broken(const struct roster *r, struct shared_group *g, const struct group *from,
			const uint32_t *found)
{
	size_t count = 0;

	for (size_t i = 0; i < from->rule_count; i++)
		count += membership_broken(r, &from->rules[i], found[i]);
	g->broken = arena_array(&g->arena, count, sizeof(*g->broken));
	for (size_t i = 0; i < from->rule_count && count > 0; i++) {
		const struct rule *rule = &from->rules[i];

		if (membership_broken(r, rule, found[i]))
			g->broken[g->broken_count++] = (struct snapshot_broken){
			    g->c.id,
			    {rule->subject, rule->relation, arena_dup(&g->arena, rule->value)}};
	}
}

void snapshot_add_group(struct snapshot *s, const struct group *group)
{
	AUTO(arena_done) struct arena scratch = {0};
	const struct roster *r = &s->people->roster;
	const uint32_t *found = membership_find(r, &scratch, group);
	struct shared_group *g = mem_new(struct shared_group);

	g->users = 1;
	g->c = compile(r, &g->arena, group, found);
	take_broken(r, g, group, found);
	push_group(s, g);
}

static struct shared_group *shared_of(const struct snapshot *s, const char *id)
{
	for (size_t i = 0; i < s->group_count; i++) {
		if (text_equal(s->groups[i]->c.id, id))
			return s->groups[i];
	}
	return NULL;
}

static const struct compiled *group_of(const struct snapshot *s, const char *id)
{
	const struct shared_group *g = shared_of(s, id);

	return g != NULL ? &g->c : NULL;
}

bool snapshot_keep_group(struct snapshot *s, const char *id, int64_t updated_ms)
{
	struct shared_group *g = s->before != NULL ? shared_of(s->before, id) : NULL;

	if (g == NULL || g->c.updated_ms != updated_ms)
		return false;
	atomic_fetch_add(&g->users, 1);
	push_group(s, g);
	return true;
}

struct snapshot *snapshot_again(const struct snapshot *before)
{
	struct snapshot *s = mem_new(struct snapshot);

	s->people = before->people;
	atomic_fetch_add(&s->people->users, 1);
	for (size_t i = 0; i < before->group_count; i++) {
		atomic_fetch_add(&before->groups[i]->users, 1);
		push_group(s, before->groups[i]);
	}
	return s;
}

bool snapshot_has_group(const struct snapshot *s, const char *id, int64_t updated_ms)
{
	const struct compiled *g = group_of(s, id);

	return g != NULL && g->updated_ms == updated_ms;
}

/* --- policy --- */

/* Gives the n-th of the scope to whom no earlier one has; taken: those. */
static void give_scope(const struct roster *r, const uint64_t *bits, uint64_t *taken, size_t n,
		       uint16_t *scoped)
{
	for (size_t w = 0; w < r->words; w++) {
		uint64_t fresh = bits[w] & ~taken[w];

		taken[w] |= fresh;
		for (; fresh != 0; fresh &= fresh - 1)
			scoped[w * 64 + (size_t)__builtin_ctzll(fresh)] = (uint16_t)(n + 1);
	}
}

/* changed stands in the place of the group with its id; NULL: none does. */
static struct applied apply(const struct snapshot *s, struct arena *a, const struct policy *policy,
			    const struct compiled *changed)
{
	AUTO(arena_done) struct arena scratch = {0};
	const struct roster *r = &s->people->roster;
	uint64_t *taken = arena_array(&scratch, r->words, sizeof(*taken));
	const char *const *people = policy->whitelist.items;
	const char *const *groups = policy->groups.items;
	struct applied out = {
	    .everyone = policy->everyone,
	    .whitelist = arena_array(a, r->words, sizeof(*out.whitelist)),
	    .scope = arena_array(a, policy->groups.count, sizeof(const struct compiled *)),
	    .scoped = arena_array(a, r->person_count, sizeof(*out.scoped))};

	for (size_t i = 0; i < policy->whitelist.count; i++) {
		uint32_t p = roster_person(r, people[i]);

		if (p != ROSTER_NONE)
			roster_bit_set(out.whitelist, p);
	}
	for (size_t i = 0; i < policy->groups.count; i++) {
		bool is_changed = changed != NULL && text_equal(changed->id, groups[i]);
		const struct compiled *g = is_changed ? changed : group_of(s, groups[i]);

		if (g == NULL)
			continue;
		give_scope(r, g->bits, taken, out.scope_count, out.scoped);
		out.scope[out.scope_count++] = g;
	}
	return out;
}

static struct coverage covers_place(const struct applied *applied, uint32_t i)
{
	if (i == ROSTER_NONE)
		return (struct coverage){false, "unknown person"};
	if (roster_bit(applied->whitelist, i))
		return (struct coverage){false, "whitelist"};
	if (applied->everyone)
		return (struct coverage){true, "everyone"};
	if (applied->scoped[i] != 0)
		return (struct coverage){true, applied->scope[applied->scoped[i] - 1]->why};
	return (struct coverage){false, "out of scope"};
}

static struct coverage covers(const struct snapshot *s, const struct applied *applied,
			      const char *person)
{
	return covers_place(applied, roster_person(&s->people->roster, person));
}

/* --- making --- */

struct snapshot *snapshot_begin(const struct snapshot_source *source, const struct snapshot *before)
{
	struct snapshot *s = mem_new(struct snapshot);
	struct people *p = mem_new(struct people);

	p->users = 1;
	roster_init(&p->roster, &p->arena, source->departments, source->department_count,
		    source->people, source->person_count);
	s->people = p;
	if (before != NULL && roster_same(&before->people->roster, &p->roster)) {
		s->before = before;
		s->people = before->people;
		atomic_fetch_add(&s->people->users, 1);
		people_unuse(p);
	}
	return s;
}

static void gather_broken(struct snapshot *s)
{
	size_t count = 0;

	for (size_t i = 0; i < s->group_count; i++)
		count += s->groups[i]->broken_count;
	s->broken = arena_array(&s->arena, count, sizeof(*s->broken));
	for (size_t i = 0; i < s->group_count; i++) {
		for (size_t k = 0; k < s->groups[i]->broken_count; k++)
			s->broken[s->broken_count++] = s->groups[i]->broken[k];
	}
}

void snapshot_finish(struct snapshot *s, const struct policy *policy, const char *organisation)
{
	policy_copy(&s->arena, policy, &s->policy);
	s->organisation = arena_dup(&s->arena, organisation != NULL ? organisation : "");
	s->applied = apply(s, &s->arena, &s->policy, NULL);
	gather_broken(s);
	s->before = NULL;
}

struct snapshot *snapshot_new(const struct snapshot_source *source)
{
	struct snapshot *s = snapshot_begin(source, NULL);

	for (size_t i = 0; i < source->group_count; i++)
		snapshot_add_group(s, &source->groups[i]);
	snapshot_finish(s, source->policy, source->organisation);
	return s;
}

void snapshot_free(struct snapshot *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->group_count; i++)
		group_unuse(s->groups[i]);
	people_unuse(s->people);
	arena_done(&s->arena);
	mem_free(s);
}

/* --- questions --- */

const struct policy *snapshot_policy(const struct snapshot *s)
{
	return &s->policy;
}

const char *snapshot_organisation(const struct snapshot *s)
{
	return s->organisation;
}

const struct roster *snapshot_roster(const struct snapshot *s)
{
	return &s->people->roster;
}

int64_t snapshot_people(const struct snapshot *s)
{
	const struct roster *r = &s->people->roster;
	int64_t count = 0;

	for (size_t i = 0; i < r->person_count; i++)
		count += !r->people[i].departed;
	return count;
}

struct coverage snapshot_coverage(const struct snapshot *s, const char *person)
{
	return covers(s, &s->applied, person);
}

/* Mostly everybody has the place that he had. */
static uint32_t same_person(const struct roster *r, const struct roster *from, uint32_t place)
{
	const char *id = from->ids.texts[place];

	return place < r->person_count && text_equal(r->ids.texts[place], id)
		   ? place
		   : roster_person(r, id);
}

bool snapshot_alike(const struct snapshot *a, const struct snapshot *b)
{
	if (a->policy.version != b->policy.version || !text_equal(a->organisation, b->organisation))
		return false;
	for (uint32_t i = 0; i < b->people->roster.person_count; i++) {
		struct coverage now = covers_place(&b->applied, i);
		struct coverage was = covers_place(
		    &a->applied, same_person(&a->people->roster, &b->people->roster, i));

		if (was.covered != now.covered || !text_equal(was.why, now.why))
			return false;
	}
	return true;
}

const char *snapshot_unneeded(const struct snapshot *s, const char *person, const char *package)
{
	uint32_t i = roster_person(&s->people->roster, person);

	if (s->policy.mode == POLICY_OFF)
		return "the policy was switched off";
	if (!policy_protects(&s->policy, package))
		return "the package is not protected any more";
	if (i == ROSTER_NONE || covers(s, &s->applied, person).covered)
		return NULL;
	return roster_bit(s->applied.whitelist, i) ? "the applicant was put on the whitelist"
						   : "the applicant is out of the policy's scope";
}

bool snapshot_in_group(const struct snapshot *s, const char *group, const char *person)
{
	const struct compiled *g = group_of(s, group);
	uint32_t i = roster_person(&s->people->roster, person);

	return g != NULL && i != ROSTER_NONE && roster_bit(g->bits, i);
}

int64_t snapshot_members(const struct snapshot *s, const char *group)
{
	const struct compiled *g = group_of(s, group);

	return g != NULL ? g->members : -1;
}

size_t snapshot_groups_of(const struct snapshot *s, const char *person, struct arena *a,
			  const char *const **out)
{
	uint32_t i = roster_person(&s->people->roster, person);
	const char **ids = arena_array(a, s->group_count, sizeof(*ids));
	size_t count = 0;

	for (size_t g = 0; g < s->group_count && i != ROSTER_NONE; g++) {
		if (roster_bit(s->groups[g]->c.bits, i))
			ids[count++] = s->groups[g]->c.id;
	}
	*out = ids;
	return count;
}

bool snapshot_in_scope(const struct snapshot *s, const char *group)
{
	for (size_t i = 0; i < s->applied.scope_count; i++) {
		if (text_equal(s->applied.scope[i]->id, group))
			return true;
	}
	return false;
}

size_t snapshot_broken(const struct snapshot *s, const struct snapshot_broken **out)
{
	*out = s->broken;
	return s->broken_count;
}

/* --- what would be --- */

struct snapshot_ahead {
	const struct snapshot *snapshot;
	struct compiled changed;
	struct applied applied;
};

struct snapshot_ahead *snapshot_ahead_new(const struct snapshot *s, struct arena *a,
					  const struct policy *policy, const struct group *changed)
{
	struct snapshot_ahead *out = arena_new(a, struct snapshot_ahead);
	bool replaces = changed != NULL && changed->id != NULL;

	out->snapshot = s;
	if (replaces)
		out->changed = compile(&s->people->roster, a, changed,
				       membership_find(&s->people->roster, a, changed));
	out->applied =
	    apply(s, a, policy != NULL ? policy : &s->policy, replaces ? &out->changed : NULL);
	return out;
}

struct coverage snapshot_ahead_coverage(const struct snapshot_ahead *ahead, const char *person)
{
	return covers(ahead->snapshot, &ahead->applied, person);
}

/* --- sets of people --- */

struct snapshot_set {
	const struct snapshot *snapshot;
	const uint64_t *bits;
	int64_t members;
};

struct snapshot_set *snapshot_set_new(const struct snapshot *s, struct arena *a,
				      const struct group *group)
{
	struct snapshot_set *set = arena_new(a, struct snapshot_set);
	uint64_t *bits = arena_array(a, s->people->roster.words, sizeof(*bits));

	set->snapshot = s;
	set->bits = bits;
	set->members = membership_bits(&s->people->roster, group,
				       membership_find(&s->people->roster, a, group), bits);
	return set;
}

struct snapshot_set *snapshot_set_of(const struct snapshot *s, struct arena *a,
				     const struct group *group)
{
	const struct compiled *g = group_of(s, group->id);
	struct snapshot_set *set;

	if (g == NULL || g->updated_ms != group->updated_ms)
		return snapshot_set_new(s, a, group);
	set = arena_new(a, struct snapshot_set);
	*set = (struct snapshot_set){s, g->bits, g->members};
	return set;
}

bool snapshot_set_has(const struct snapshot_set *set, const char *person)
{
	uint32_t i = roster_person(&set->snapshot->people->roster, person);

	return i != ROSTER_NONE && roster_bit(set->bits, i);
}

struct snapshot_size snapshot_set_size(const struct snapshot_set *set)
{
	int64_t active = membership_active(&set->snapshot->people->roster, set->bits);

	return (struct snapshot_size){active, set->members - active};
}

int64_t snapshot_set_count(const struct snapshot_set *set, const struct snapshot_set *without)
{
	int64_t count = 0;

	for (size_t w = 0; w < set->snapshot->people->roster.words; w++)
		count += __builtin_popcountll(set->bits[w] & ~without->bits[w]);
	return count;
}

size_t snapshot_set_page(const struct snapshot_set *set, const struct snapshot_set *without,
			 const char *after, size_t max, const char **out)
{
	const struct roster *r = &set->snapshot->people->roster;
	size_t count = 0;

	for (uint32_t i = roster_from(r, after); i < r->person_count && count < max; i++) {
		if (roster_bit(set->bits, i) && (without == NULL || !roster_bit(without->bits, i)))
			out[count++] = r->ids.texts[i];
	}
	return count;
}
