#include "model/roster.h"

#include <string.h>

#include "base/text.h"

/* --- texts --- */

/* Both write no more than was there, and may work in place. */
static void plain_email(const char *text, char *out)
{
	for (; *text != '\0'; text++)
		*out++ = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
	*out = '\0';
}

static void plain_telephone(const char *text, char *out)
{
	char *from = out;

	for (; *text != '\0'; text++) {
		if (*text != ' ' && *text != '-')
			*out++ = *text;
		if (out - from == 3 && memcmp(from, "+86", 3) == 0)
			out = from;
	}
	*out = '\0';
}

/* --- departments --- */

/* What numbering needs; all by places of the source. */
struct tree {
	uint32_t *parent, *child, *sibling; /* child: the next that was not gone into */
	uint32_t *places;
	uint32_t count; /* numbered so far */
};

static void enter(struct roster *r, struct tree *t, uint32_t at, uint32_t parent, bool gone)
{
	t->places[at] = t->count;
	r->departments[t->count++] = (struct roster_department){
	    .parent = parent != ROSTER_NONE ? t->places[parent] : ROSTER_NONE, .gone = gone};
}

static void number_from(struct roster *r, struct tree *t,
			const struct roster_department_source *all, uint32_t top)
{
	uint32_t at = top;

	t->parent[top] = ROSTER_NONE;
	enter(r, t, top, ROSTER_NONE, all[top].gone);
	while (at != ROSTER_NONE) {
		uint32_t child = t->child[at];

		if (child == ROSTER_NONE) {
			r->departments[t->places[at]].end = t->count;
			at = t->parent[at];
			continue;
		}
		t->child[at] = t->sibling[child];
		if (t->places[child] != ROSTER_NONE)
			continue;
		enter(r, t, child, at, all[child].gone);
		at = child;
	}
}

static uint32_t *nones(struct arena *a, size_t count)
{
	uint32_t *out = arena_array(a, count, sizeof(*out));

	memset(out, 0xff, count * sizeof(*out));
	return out;
}

static void number_departments(struct roster *r, const struct roster_department_source *all)
{
	AUTO(arena_done) struct arena scratch = {0};
	size_t n = r->department_count;
	struct tree t = {.parent = nones(&scratch, n),
			 .child = nones(&scratch, n),
			 .sibling = nones(&scratch, n),
			 .places = r->department_places};

	for (size_t i = n; i-- > 0;) {
		uint32_t up = all[i].parent != NULL ? places_find(&r->department_ids, all[i].parent)
						    : ROSTER_NONE;

		t.parent[i] = up;
		if (up == ROSTER_NONE)
			continue;
		t.sibling[i] = t.child[up];
		t.child[up] = (uint32_t)i;
	}
	for (size_t i = 0; i < n; i++) {
		if (t.parent[i] == ROSTER_NONE && t.places[i] == ROSTER_NONE)
			number_from(r, &t, all, (uint32_t)i);
	}
	for (size_t i = 0; i < n; i++) {
		if (t.places[i] == ROSTER_NONE)
			number_from(r, &t, all, (uint32_t)i);
	}
}

static void take_departments(struct roster *r, struct arena *a,
			     const struct roster_department_source *all, size_t n)
{
	r->department_count = n;
	r->department_ids.texts = arena_array(a, n, sizeof(*r->department_ids.texts));
	for (size_t i = 0; i < n; i++)
		r->department_ids.texts[i] = arena_dup(a, all[i].id);
	places_build(a, &r->department_ids, n);
	r->departments = arena_array(a, n + 1, sizeof(*r->departments));
	r->department_places = nones(a, n);
	number_departments(r, all);
}

/* --- people --- */

static void take_memberships(struct roster *r, struct arena *a,
			     const struct roster_person_source *all)
{
	uint32_t n = 0;

	for (size_t i = 0; i < r->person_count; i++)
		n += (uint32_t)all[i].department_count;
	r->memberships = arena_array(a, n, sizeof(*r->memberships));
	n = 0;
	for (size_t i = 0; i < r->person_count; i++) {
		struct roster_person *p = &r->people[i];

		*p = (struct roster_person){.first = n, .departed = all[i].departed};
		for (size_t k = 0; k < all[i].department_count; k++) {
			uint32_t d = roster_department(r, all[i].departments[k]);

			if (d != ROSTER_NONE)
				r->memberships[n++] = d;
		}
		p->count = n - p->first;
	}
}

/* Counts, sums up, and puts everybody in. */
static void take_members(struct roster *r, struct arena *a)
{
	size_t n = r->department_count;
	const struct roster_person *last =
	    r->person_count > 0 ? &r->people[r->person_count - 1] : NULL;
	uint32_t total = last != NULL ? last->first + last->count : 0, sum = 0;
	uint32_t *put = arena_array(a, n + 1, sizeof(*put));

	r->members = arena_array(a, total, sizeof(*r->members));
	for (uint32_t k = 0; k < total; k++)
		put[r->memberships[k]]++;
	for (size_t d = 0; d <= n; d++) {
		uint32_t count = put[d];

		r->departments[d].first_member = put[d] = sum;
		sum += count;
	}
	for (size_t i = 0; i < r->person_count; i++) {
		const struct roster_person *p = &r->people[i];

		for (uint32_t k = p->first; k < p->first + p->count; k++)
			r->members[put[r->memberships[k]]++] = (uint32_t)i;
	}
}

static void take_people(struct roster *r, struct arena *a, const struct roster_person_source *all,
			size_t n)
{
	r->person_count = n;
	r->words = n / 64 + 1;
	r->people = arena_array(a, n, sizeof(*r->people));
	r->ids.texts = arena_array(a, n, sizeof(*r->ids.texts));
	r->emails.texts = arena_array(a, n, sizeof(*r->emails.texts));
	r->telephones.texts = arena_array(a, n, sizeof(*r->telephones.texts));
	for (size_t i = 0; i < n; i++) {
		char *email = arena_dup(a, all[i].email),
		     *telephone = arena_dup(a, all[i].telephone);

		plain_email(email, email);
		plain_telephone(telephone, telephone);
		r->ids.texts[i] = arena_dup(a, all[i].id);
		r->emails.texts[i] = email;
		r->telephones.texts[i] = telephone;
	}
	places_build(a, &r->ids, n);
	places_build(a, &r->emails, n);
	places_build(a, &r->telephones, n);
	take_memberships(r, a, all);
	take_members(r, a);
}

void roster_init(struct roster *r, struct arena *a,
		 const struct roster_department_source *departments, size_t department_count,
		 const struct roster_person_source *people, size_t person_count)
{
	take_departments(r, a, departments, department_count);
	take_people(r, a, people, person_count);
}

/* --- questions --- */

uint32_t roster_person(const struct roster *r, const char *id)
{
	return places_find(&r->ids, id);
}

uint32_t roster_from(const struct roster *r, const char *id)
{
	uint32_t low = 0, high = (uint32_t)r->person_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (strcmp(r->ids.texts[middle], id) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t roster_department(const struct roster *r, const char *id)
{
	uint32_t at = places_find(&r->department_ids, id);

	return at != ROSTER_NONE ? r->department_places[at] : ROSTER_NONE;
}

const struct places *roster_texts(const struct roster *r, enum rule_subject subject)
{
	switch (subject) {
	case RULE_USER:
		return &r->ids;
	case RULE_EMAIL:
		return &r->emails;
	case RULE_TELEPHONE:
		return &r->telephones;
	case RULE_DEPARTMENT:
		break;
	}
	return NULL;
}

#define TOGETHER 64

/* In its own words, in room that lasts as long as the ask. */
static const char *plain(const struct rule *rule, char room[static GROUP_MAX_VALUE_BYTES + 1])
{
	if (strlen(rule->value) > GROUP_MAX_VALUE_BYTES)
		return "";
	switch (rule->subject) {
	case RULE_USER:
	case RULE_DEPARTMENT:
		return rule->value;
	case RULE_EMAIL:
		plain_email(rule->value, room);
		return room;
	case RULE_TELEPHONE:
		plain_telephone(rule->value, room);
		return room;
	}
	return "";
}

static void find_together(const struct roster *r, const struct rule *rules, size_t count,
			  uint32_t *out)
{
	char rooms[TOGETHER][GROUP_MAX_VALUE_BYTES + 1];
	struct places_ask asks[TOGETHER];

	for (size_t i = 0; i < count; i++)
		asks[i] = (struct places_ask){rules[i].subject == RULE_DEPARTMENT
						  ? &r->department_ids
						  : roster_texts(r, rules[i].subject),
					      plain(&rules[i], rooms[i])};
	places_find_all(asks, count, out);
	for (size_t i = 0; i < count; i++) {
		if (rules[i].subject == RULE_DEPARTMENT && out[i] != ROSTER_NONE)
			out[i] = r->department_places[out[i]];
	}
}

void roster_find(const struct roster *r, const struct rule *rules, size_t count, uint32_t *out)
{
	for (size_t i = 0; i < count; i += TOGETHER)
		find_together(r, rules + i, count - i < TOGETHER ? count - i : TOGETHER, out + i);
}

/* --- comparing --- */

static bool same_texts(const struct places *a, const struct places *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(a->texts[i], b->texts[i]) != 0)
			return false;
	}
	return true;
}

static bool same_departments(const struct roster *a, const struct roster *b)
{
	size_t n = a->department_count;

	if (n != b->department_count || !same_texts(&a->department_ids, &b->department_ids, n) ||
	    memcmp(a->department_places, b->department_places, n * sizeof(*a->department_places)) !=
		0)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (a->departments[i].parent != b->departments[i].parent ||
		    a->departments[i].gone != b->departments[i].gone)
			return false;
	}
	return true;
}

static bool same_people(const struct roster *a, const struct roster *b)
{
	size_t n = a->person_count;
	const struct roster_person *last = n > 0 ? &a->people[n - 1] : NULL;

	if (n != b->person_count)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (a->people[i].first != b->people[i].first ||
		    a->people[i].count != b->people[i].count ||
		    a->people[i].departed != b->people[i].departed)
			return false;
	}
	return (last == NULL ||
		memcmp(a->memberships, b->memberships,
		       (last->first + last->count) * sizeof(*a->memberships)) == 0) &&
	       same_texts(&a->ids, &b->ids, n) && same_texts(&a->emails, &b->emails, n) &&
	       same_texts(&a->telephones, &b->telephones, n);
}

bool roster_same(const struct roster *a, const struct roster *b)
{
	return same_departments(a, b) && same_people(a, b);
}
