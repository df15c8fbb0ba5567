#include "model/snapshot.h"

#include <string.h>

#include "base/text.h"

#define NOBODY UINT32_MAX

/* Text → index, open addressing; several entries may have one text. */
struct lookup {
	uint32_t *slots; /* index + 1; 0: free */
	size_t mask;
	const char *const *texts;
};

struct person {
	uint32_t first, count; /* in snapshot.memberships */
};

struct compiled_group {
	const char *id;
	const char *why;
	uint64_t *bits; /* a bit a person */
	int64_t members;
};

/* A policy's whitelist and scope, over the people of one snapshot. */
struct applied {
	bool everyone;
	uint64_t *whitelist;
	const struct compiled_group **scope;
	size_t scope_count;
};

struct snapshot {
	struct arena arena;
	size_t person_count, department_count, group_count, words;
	const char **ids, **emails, **telephones;
	struct lookup by_id, by_email, by_telephone, by_department, by_group;
	struct person *people;
	uint32_t *memberships; /* department indexes, person after person */
	uint32_t *parents;     /* of departments; NOBODY: none */
	struct compiled_group *groups;
	struct policy policy;
	const char *organisation;
	struct applied applied;
};

/* FNV-1a; the texts are our own ids and an organisation's own addresses. */
static uint64_t hash(const char *text)
{
	uint64_t h = 1469598103934665603u;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return h ^ h >> 32;
}

static void lookup_init(struct arena *a, struct lookup *l, const char *const *texts, size_t count)
{
	size_t size = 16;

	while (size < count * 2)
		size *= 2;
	l->mask = size - 1;
	l->texts = texts;
	l->slots = arena_array(a, size, sizeof(*l->slots));
	for (size_t i = 0; i < count; i++) {
		size_t at = hash(texts[i]) & l->mask;

		if (texts[i][0] == '\0')
			continue;
		while (l->slots[at] != 0)
			at = (at + 1) & l->mask;
		l->slots[at] = (uint32_t)i + 1;
	}
}

/* The entries of a text one after another: *at starts at the value of lookup_start. */
static size_t lookup_start(const struct lookup *l, const char *text)
{
	return hash(text) & l->mask;
}

static uint32_t lookup_next(const struct lookup *l, const char *text, size_t *at)
{
	while (l->slots[*at] != 0) {
		uint32_t found = l->slots[*at] - 1;

		*at = (*at + 1) & l->mask;
		if (strcmp(l->texts[found], text) == 0)
			return found;
	}
	return NOBODY;
}

static uint32_t lookup_one(const struct lookup *l, const char *text)
{
	size_t at = lookup_start(l, text);

	return lookup_next(l, text, &at);
}

static bool bit(const uint64_t *bits, size_t i)
{
	return (bits[i / 64] >> (i % 64) & 1) != 0;
}

static void bit_set(uint64_t *bits, size_t i)
{
	bits[i / 64] |= (uint64_t)1 << (i % 64);
}

/* Addresses are compared in lower case; telephones without spaces, hyphens and +86, which DingTalk
 * leaves out. */
static const char *plain_email(struct arena *a, const char *text)
{
	char *out = arena_dup(a, text);

	for (char *c = out; *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	return out;
}

static const char *plain_telephone(struct arena *a, const char *text)
{
	char *out = arena_dup(a, text);
	size_t n = 0;

	for (const char *c = out; *c != '\0'; c++) {
		if (*c != ' ' && *c != '-')
			out[n++] = *c;
	}
	out[n] = '\0';
	return text_starts(out, "+86") ? out + 3 : out;
}

static void take_departments(struct snapshot *s, const struct snapshot_source *source)
{
	const char **ids = arena_array(&s->arena, source->department_count, sizeof(*ids));

	s->department_count = source->department_count;
	s->parents = arena_array(&s->arena, s->department_count, sizeof(*s->parents));
	for (size_t i = 0; i < s->department_count; i++)
		ids[i] = arena_dup(&s->arena, source->departments[i].id);
	lookup_init(&s->arena, &s->by_department, ids, s->department_count);
	for (size_t i = 0; i < s->department_count; i++) {
		const char *parent = source->departments[i].parent;

		s->parents[i] = parent != NULL ? lookup_one(&s->by_department, parent) : NOBODY;
	}
}

static void take_memberships(struct snapshot *s, const struct snapshot_source *source)
{
	uint32_t n = 0;

	for (size_t i = 0; i < s->person_count; i++)
		n += (uint32_t)source->people[i].department_count;
	s->memberships = arena_array(&s->arena, n, sizeof(*s->memberships));
	n = 0;
	for (size_t i = 0; i < s->person_count; i++) {
		const struct snapshot_person *from = &source->people[i];

		s->people[i].first = n;
		for (size_t k = 0; k < from->department_count; k++) {
			uint32_t d = lookup_one(&s->by_department, from->departments[k]);

			if (d != NOBODY)
				s->memberships[n++] = d;
		}
		s->people[i].count = n - s->people[i].first;
	}
}

static void take_people(struct snapshot *s, const struct snapshot_source *source)
{
	struct arena *a = &s->arena;
	size_t n = source->person_count;

	s->person_count = n;
	s->words = n / 64 + 1;
	s->people = arena_array(a, n, sizeof(*s->people));
	s->ids = arena_array(a, n, sizeof(*s->ids));
	s->emails = arena_array(a, n, sizeof(*s->emails));
	s->telephones = arena_array(a, n, sizeof(*s->telephones));
	for (size_t i = 0; i < n; i++) {
		s->ids[i] = arena_dup(a, source->people[i].id);
		s->emails[i] = plain_email(a, source->people[i].email);
		s->telephones[i] = plain_telephone(a, source->people[i].telephone);
	}
	lookup_init(a, &s->by_id, s->ids, n);
	lookup_init(a, &s->by_email, s->emails, n);
	lookup_init(a, &s->by_telephone, s->telephones, n);
	take_memberships(s, source);
}

/* Marks everything below what is marked. A loop of parents, which no honest source has, ends after
 * as many steps as there are departments. */
static void mark_below(const struct snapshot *s, bool *marked)
{
	for (size_t i = 0; i < s->department_count; i++) {
		uint32_t up = (uint32_t)i;
		size_t steps = 0;

		while (up != NOBODY && !marked[up] && steps++ < s->department_count)
			up = s->parents[up];
		if (up == NOBODY || !marked[up])
			continue;
		for (uint32_t d = (uint32_t)i; !marked[d]; d = s->parents[d])
			marked[d] = true;
	}
}

static void add_departments(const struct snapshot *s, bool *marked, uint64_t *bits)
{
	mark_below(s, marked);
	for (size_t i = 0; i < s->person_count; i++) {
		const struct person *p = &s->people[i];

		for (uint32_t k = 0; k < p->count; k++) {
			if (marked[s->memberships[p->first + k]])
				bit_set(bits, i);
		}
	}
}

static void add_text(const struct lookup *l, const char *text, uint64_t *bits)
{
	size_t at = lookup_start(l, text);
	uint32_t i = lookup_next(l, text, &at);

	for (; i != NOBODY; i = lookup_next(l, text, &at))
		bit_set(bits, i);
}

/* Adds whom the rule's subject and value name. */
static void add_named(const struct snapshot *s, const struct rule *rule, uint64_t *bits)
{
	AUTO(arena_done) struct arena scratch = {0};
	bool *marked;
	uint32_t d;

	switch (rule->subject) {
	case RULE_USER:
		add_text(&s->by_id, rule->value, bits);
		return;
	case RULE_EMAIL:
		add_text(&s->by_email, plain_email(&scratch, rule->value), bits);
		return;
	case RULE_TELEPHONE:
		add_text(&s->by_telephone, plain_telephone(&scratch, rule->value), bits);
		return;
	case RULE_DEPARTMENT:
		d = lookup_one(&s->by_department, rule->value);
		marked = arena_array(&scratch, s->department_count, sizeof(*marked));
		if (d == NOBODY)
			return;
		marked[d] = true;
		add_departments(s, marked, bits);
		return;
	}
}

/* Departments to be equal to are marked first and looked for in one pass. */
static void add_equal(const struct snapshot *s, const struct group *g, uint64_t *bits)
{
	AUTO(arena_done) struct arena scratch = {0};
	bool *marked = arena_array(&scratch, s->department_count, sizeof(*marked));
	bool any = false;

	for (size_t i = 0; i < g->rule_count; i++) {
		const struct rule *rule = &g->rules[i];
		uint32_t d;

		if (rule->relation != RULE_EQUAL)
			continue;
		if (rule->subject != RULE_DEPARTMENT) {
			add_named(s, rule, bits);
			continue;
		}
		d = lookup_one(&s->by_department, rule->value);
		if (d != NOBODY)
			any = marked[d] = true;
	}
	if (any)
		add_departments(s, marked, bits);
}

/* Everybody outside each rule's people: together, everybody who is not in all of them. */
static void add_unequal(const struct snapshot *s, const struct group *g, uint64_t *bits)
{
	AUTO(arena_done) struct arena scratch = {0};
	uint64_t *named = arena_array(&scratch, s->words, sizeof(*named));
	uint64_t *in_all = arena_array(&scratch, s->words, sizeof(*in_all));
	bool any = false, some = true;

	memset(in_all, 0xff, s->words * sizeof(*in_all));
	for (size_t i = 0; i < g->rule_count && some; i++) {
		if (g->rules[i].relation != RULE_UNEQUAL)
			continue;
		any = true;
		memset(named, 0, s->words * sizeof(*named));
		add_named(s, &g->rules[i], named);
		some = false;
		for (size_t w = 0; w < s->words; w++) {
			in_all[w] &= named[w];
			some = some || in_all[w] != 0;
		}
	}
	for (size_t w = 0; any && w < s->words; w++)
		bits[w] |= ~in_all[w];
}

static int64_t evaluate(const struct snapshot *s, const struct group *g, uint64_t *bits)
{
	int64_t members = 0;

	add_equal(s, g, bits);
	add_unequal(s, g, bits);
	bits[s->words - 1] &= ((uint64_t)1 << (s->person_count % 64)) - 1;
	for (size_t w = 0; w < s->words; w++)
		members += __builtin_popcountll(bits[w]);
	return members;
}

static struct compiled_group compile(const struct snapshot *s, struct arena *a,
				     const struct group *from)
{
	struct compiled_group g = {.id = arena_dup(a, from->id),
				   .why = arena_printf(a, "group %s", from->name),
				   .bits = arena_array(a, s->words, sizeof(*g.bits))};

	g.members = evaluate(s, from, g.bits);
	return g;
}

static void take_groups(struct snapshot *s, const struct snapshot_source *source)
{
	struct arena *a = &s->arena;
	const char **ids = arena_array(a, source->group_count, sizeof(*ids));

	s->group_count = source->group_count;
	s->groups = arena_array(a, s->group_count, sizeof(*s->groups));
	for (size_t i = 0; i < s->group_count; i++) {
		s->groups[i] = compile(s, a, &source->groups[i]);
		ids[i] = s->groups[i].id;
	}
	lookup_init(a, &s->by_group, ids, s->group_count);
}

/* changed stands in the place of the group with its id; NULL: none does. */
static struct applied apply(const struct snapshot *s, struct arena *a, const struct policy *policy,
			    const struct compiled_group *changed)
{
	const char *const *people = policy->whitelist.items;
	const char *const *groups = policy->groups.items;
	struct applied out = {
	    .everyone = policy->everyone,
	    .whitelist = arena_array(a, s->words, sizeof(*out.whitelist)),
	    .scope = arena_array(a, policy->groups.count, sizeof(const struct compiled_group *))};

	for (size_t i = 0; i < policy->whitelist.count; i++)
		add_text(&s->by_id, people[i], out.whitelist);
	for (size_t i = 0; i < policy->groups.count; i++) {
		uint32_t g = lookup_one(&s->by_group, groups[i]);

		if (changed != NULL && text_equal(changed->id, groups[i]))
			out.scope[out.scope_count++] = changed;
		else if (g != NOBODY)
			out.scope[out.scope_count++] = &s->groups[g];
	}
	return out;
}

struct snapshot *snapshot_new(const struct snapshot_source *source)
{
	struct snapshot *s = mem_new(struct snapshot);

	take_departments(s, source);
	take_people(s, source);
	take_groups(s, source);
	policy_copy(&s->arena, source->policy, &s->policy);
	s->organisation =
	    arena_dup(&s->arena, source->organisation != NULL ? source->organisation : "");
	s->applied = apply(s, &s->arena, &s->policy, NULL);
	return s;
}

void snapshot_free(struct snapshot *s)
{
	if (s == NULL)
		return;
	arena_done(&s->arena);
	mem_free(s);
}

const struct policy *snapshot_policy(const struct snapshot *s)
{
	return &s->policy;
}

const char *snapshot_organisation(const struct snapshot *s)
{
	return s->organisation;
}

static struct coverage covers(const struct snapshot *s, const struct applied *applied,
			      const char *person)
{
	uint32_t i = lookup_one(&s->by_id, person);

	if (i == NOBODY)
		return (struct coverage){false, "unknown person"};
	if (bit(applied->whitelist, i))
		return (struct coverage){false, "whitelist"};
	if (applied->everyone)
		return (struct coverage){true, "everyone"};
	for (size_t g = 0; g < applied->scope_count; g++) {
		if (bit(applied->scope[g]->bits, i))
			return (struct coverage){true, applied->scope[g]->why};
	}
	return (struct coverage){false, "out of scope"};
}

struct coverage snapshot_coverage(const struct snapshot *s, const char *person)
{
	return covers(s, &s->applied, person);
}

struct snapshot_ahead {
	const struct snapshot *snapshot;
	struct compiled_group changed;
	struct applied applied;
};

struct snapshot_ahead *snapshot_ahead_new(const struct snapshot *s, struct arena *a,
					  const struct policy *policy, const struct group *changed)
{
	struct snapshot_ahead *out = arena_new(a, struct snapshot_ahead);
	bool replaces = changed != NULL && changed->id != NULL;

	out->snapshot = s;
	if (replaces)
		out->changed = compile(s, a, changed);
	out->applied =
	    apply(s, a, policy != NULL ? policy : &s->policy, replaces ? &out->changed : NULL);
	return out;
}

struct coverage snapshot_ahead_coverage(const struct snapshot_ahead *ahead, const char *person)
{
	return covers(ahead->snapshot, &ahead->applied, person);
}

const char *snapshot_unneeded(const struct snapshot *s, const char *person, const char *package)
{
	uint32_t i = lookup_one(&s->by_id, person);

	if (s->policy.mode == POLICY_OFF)
		return "the policy was switched off";
	if (!policy_protects(&s->policy, package))
		return "the package is not protected any more";
	if (i == NOBODY || snapshot_coverage(s, person).covered)
		return NULL;
	return bit(s->applied.whitelist, i) ? "the applicant was put on the whitelist"
					    : "the applicant is out of the policy's scope";
}

bool snapshot_in_group(const struct snapshot *s, const char *group, const char *person)
{
	uint32_t g = lookup_one(&s->by_group, group);
	uint32_t i = lookup_one(&s->by_id, person);

	return g != NOBODY && i != NOBODY && bit(s->groups[g].bits, i);
}

int64_t snapshot_members(const struct snapshot *s, const char *group)
{
	uint32_t g = lookup_one(&s->by_group, group);

	return g != NOBODY ? s->groups[g].members : -1;
}

int64_t snapshot_count(const struct snapshot *s, const struct group *group)
{
	AUTO(arena_done) struct arena scratch = {0};

	return evaluate(s, group, arena_array(&scratch, s->words, sizeof(uint64_t)));
}

struct snapshot_set {
	const struct snapshot *snapshot;
	uint64_t bits[];
};

struct snapshot_set *snapshot_set_new(const struct snapshot *s, struct arena *a,
				      const struct group *group)
{
	struct snapshot_set *set = arena_alloc(a, sizeof(*set) + s->words * sizeof(*set->bits));

	set->snapshot = s;
	(void)evaluate(s, group, set->bits);
	return set;
}

bool snapshot_set_has(const struct snapshot_set *set, const char *person)
{
	uint32_t i = lookup_one(&set->snapshot->by_id, person);

	return i != NOBODY && bit(set->bits, i);
}
