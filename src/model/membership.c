#include "model/membership.h"

#include <string.h>

uint32_t *membership_find(const struct roster *r, struct arena *a, const struct group *g)
{
	uint32_t *found = arena_array(a, g->rule_count, sizeof(*found));

	roster_find(r, g->rules, g->rule_count, found);
	return found;
}

/* Whether the person is what the rule's subject and value name. */
static bool is_named(const struct roster *r, const struct rule *rule, uint32_t found,
		     uint32_t person)
{
	const struct roster_person *p = &r->people[person];
	const struct places *x = roster_texts(r, rule->subject);

	if (found == ROSTER_NONE)
		return false;
	if (x != NULL)
		return found == person || strcmp(x->texts[found], x->texts[person]) == 0;
	for (uint32_t k = p->first; k < p->first + p->count; k++) {
		if (r->memberships[k] >= found && r->memberships[k] < r->departments[found].end)
			return true;
	}
	return false;
}

bool membership_has(const struct roster *r, const struct rule *rule, uint32_t found,
		    uint32_t person)
{
	return is_named(r, rule, found, person) == (rule->relation == RULE_EQUAL);
}

/* --- equal --- */

/* Marks the departments of the rules with that relation. How many different ones; *unknown: one is not known. */
static uint32_t mark(const struct group *g, const uint32_t *found, enum rule_relation relation,
		     bool *marked, bool *unknown)
{
	uint32_t count = 0;

	for (size_t i = 0; i < g->rule_count; i++) {
		const struct rule *rule = &g->rules[i];

		if (rule->subject != RULE_DEPARTMENT || rule->relation != relation)
			continue;
		if (found[i] == ROSTER_NONE) {
			*unknown = true;
		} else if (!marked[found[i]]) {
			marked[found[i]] = true;
			count++;
		}
	}
	return count;
}

static void add_below(const struct roster *r, uint32_t department, uint64_t *bits)
{
	uint32_t end = r->departments[r->departments[department].end].first_member;

	for (uint32_t k = r->departments[department].first_member; k < end; k++)
		roster_bit_set(bits, r->members[k]);
}

/* What is marked below something marked is passed over with it. */
static void add_departments(const struct roster *r, const struct group *g, const uint32_t *found,
			    uint64_t *bits)
{
	AUTO(arena_done) struct arena scratch = {0};
	bool *marked = arena_array(&scratch, r->department_count, sizeof(*marked)), unknown;

	if (mark(g, found, RULE_EQUAL, marked, &unknown) == 0)
		return;
	for (uint32_t d = 0; d < r->department_count;) {
		if (marked[d])
			add_below(r, d, bits);
		d = marked[d] ? r->departments[d].end : d + 1;
	}
}

static void add_equal(const struct roster *r, const struct group *g, const uint32_t *found,
		      uint64_t *bits)
{
	for (size_t i = 0; i < g->rule_count; i++) {
		const struct rule *rule = &g->rules[i];
		const struct places *x = roster_texts(r, rule->subject);

		if (rule->relation != RULE_EQUAL || x == NULL)
			continue;
		for (uint32_t p = found[i]; p != ROSTER_NONE; p = x->next[p])
			roster_bit_set(bits, p);
	}
	add_departments(r, g, found, bits);
}

/* --- unequal: everybody but those whom all unequal rules name --- */

static bool in_all(const struct roster *r, const struct group *g, const uint32_t *found,
		   uint32_t person)
{
	for (size_t i = 0; i < g->rule_count; i++) {
		if (g->rules[i].relation == RULE_UNEQUAL &&
		    !is_named(r, &g->rules[i], found[i], person))
			return false;
	}
	return true;
}

/* Whether the k-th of the person's departments is the first that is below d. */
static bool is_first_below(const struct roster *r, const struct roster_person *p, uint32_t k,
			   uint32_t d)
{
	for (uint32_t i = p->first; i < k; i++) {
		if (r->memberships[i] >= d && r->memberships[i] < r->departments[d].end)
			return false;
	}
	return true;
}

/* above: how many marked departments each one has at or above it. */
static bool below_all(const struct roster *r, const bool *marked, const uint32_t *above,
		      uint32_t count, const struct roster_person *p)
{
	uint64_t most = 0, got = 0;

	for (uint32_t k = p->first; k < p->first + p->count; k++)
		most += above[r->memberships[k]];
	if (p->count <= 1 || most < count)
		return most == count;
	for (uint32_t k = p->first; k < p->first + p->count; k++) {
		for (uint32_t d = r->memberships[k]; d != ROSTER_NONE; d = r->departments[d].parent)
			got += marked[d] && is_first_below(r, p, k, d);
	}
	return got == count;
}

/* All unequal rules are about departments. */
static void remove_below_all(const struct roster *r, const struct group *g, const uint32_t *found,
			     uint64_t *bits)
{
	AUTO(arena_done) struct arena scratch = {0};
	bool *marked = arena_array(&scratch, r->department_count, sizeof(*marked));
	uint32_t *above = arena_array(&scratch, r->department_count, sizeof(*above)), count;
	bool unknown = false;

	count = mark(g, found, RULE_UNEQUAL, marked, &unknown);
	if (unknown)
		return;
	for (uint32_t d = 0; d < r->department_count; d++) {
		uint32_t up = r->departments[d].parent;

		above[d] = (up != ROSTER_NONE ? above[up] : 0) + marked[d];
	}
	for (uint32_t i = 0; i < r->person_count; i++) {
		if (below_all(r, marked, above, count, &r->people[i]))
			roster_bit_clear(bits, i);
	}
}

/* The first unequal rule, one that is not about a department if there is one; or the number of rules. */
static size_t first_unequal(const struct group *g)
{
	size_t first = g->rule_count;

	for (size_t i = 0; i < g->rule_count; i++) {
		if (g->rules[i].relation != RULE_UNEQUAL)
			continue;
		if (g->rules[i].subject != RULE_DEPARTMENT)
			return i;
		if (first == g->rule_count)
			first = i;
	}
	return first;
}

static void add_unequal(const struct roster *r, const struct group *g, const uint32_t *found,
			uint64_t *bits)
{
	size_t first = first_unequal(g);
	const struct places *x;

	if (first == g->rule_count)
		return;
	memset(bits, 0xff, r->words * sizeof(*bits));
	bits[r->words - 1] = ((uint64_t)1 << (r->person_count % 64)) - 1;
	x = roster_texts(r, g->rules[first].subject);
	if (x == NULL) {
		remove_below_all(r, g, found, bits);
		return;
	}
	for (uint32_t p = found[first]; p != ROSTER_NONE; p = x->next[p]) {
		if (in_all(r, g, found, p))
			roster_bit_clear(bits, p);
	}
}

int64_t membership_bits(const struct roster *r, const struct group *g, const uint32_t *found,
			uint64_t *bits)
{
	int64_t members = 0;

	add_unequal(r, g, found, bits);
	add_equal(r, g, found, bits);
	for (size_t w = 0; w < r->words; w++)
		members += __builtin_popcountll(bits[w]);
	return members;
}

/* --- about one rule --- */

bool membership_broken(const struct roster *r, const struct rule *rule, uint32_t found)
{
	switch (rule->subject) {
	case RULE_USER:
		return found == ROSTER_NONE || r->people[found].departed;
	case RULE_DEPARTMENT:
		return found == ROSTER_NONE || r->departments[found].gone;
	case RULE_EMAIL:
	case RULE_TELEPHONE:
		return false;
	}
	return false;
}

int64_t membership_named(const struct roster *r, const struct rule *rule, uint32_t found)
{
	const struct places *x = roster_texts(r, rule->subject);
	AUTO(arena_done) struct arena scratch = {0};
	int64_t count = 0;
	uint64_t *bits;

	if (found == ROSTER_NONE)
		return 0;
	if (x != NULL) {
		for (uint32_t p = found; p != ROSTER_NONE; p = x->next[p])
			count++;
		return count;
	}
	bits = arena_array(&scratch, r->words, sizeof(*bits));
	add_below(r, found, bits);
	for (size_t w = 0; w < r->words; w++)
		count += __builtin_popcountll(bits[w]);
	return count;
}

int64_t membership_active(const struct roster *r, const uint64_t *bits)
{
	int64_t count = 0;

	for (uint32_t i = 0; i < r->person_count; i++)
		count += roster_bit(bits, i) && !r->people[i].departed;
	return count;
}
