/*
 * Random organisations, groups and policies, by a fixed seed, held against an evaluator that takes product's words
 * one by one: no indexes, no bits, no order of departments.
 */
#include "../unit.h"

#include <stdio.h>
#include <strings.h>

#include "base/text.h"
#include "model/snapshot.h"

#define ROUNDS 4000
#define PEOPLE 140
#define DEPARTMENTS 16
#define EACH 4
#define RULES 7
#define GROUPS 4

struct org {
	char ids[PEOPLE][8], emails[PEOPLE][16], telephones[PEOPLE][20], names[DEPARTMENTS][8];
	struct roster_department_source departments[DEPARTMENTS];
	struct roster_person_source people[PEOPLE];
	size_t people_count, department_count;
	const char *in[PEOPLE][EACH];
	struct rule rules[GROUPS][RULES];
	struct group groups[GROUPS];
	char values[GROUPS][RULES][20];
	const char *white[PEOPLE], *scope[GROUPS + 1];
	struct policy policy;
};

static uint64_t dice_state = 42;

static size_t dice(size_t sides)
{
	dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(dice_state >> 33) % sides;
}

/* --- making --- */

/* Several trees; children may come before their parents, and a parent may be missing. */
static void make_departments(struct org *o)
{
	size_t n = o->department_count = dice(DEPARTMENTS) + 1, turn = dice(n);

	for (size_t i = 0; i < DEPARTMENTS; i++)
		(void)snprintf(o->names[i], sizeof(o->names[i]), "d%zu", i);
	for (size_t i = 0; i < n; i++) {
		size_t at = (i + turn) % n;

		o->departments[at] =
		    (struct roster_department_source){o->names[i], NULL, dice(6) == 0};
		if (i > 0 && dice(8) > 0)
			o->departments[at].parent = o->names[dice(i)];
		else if (dice(8) == 0)
			o->departments[at].parent = "nowhere";
	}
}

static size_t make_places(struct org *o, const char **in)
{
	size_t count = dice(EACH + 1), n = 0;

	for (size_t k = 0; k < count; k++) {
		const char *name = dice(20) == 0 ? "nowhere" : o->names[dice(o->department_count)];
		bool there = false;

		for (size_t i = 0; i < n; i++)
			there = there || strcmp(in[i], name) == 0;
		if (!there)
			in[n++] = name;
	}
	return n;
}

/* Few different addresses, each written in several ways. */
static void make_email(char *out, size_t size)
{
	size_t who = dice(40);

	if (dice(8) == 0)
		out[0] = '\0';
	else
		(void)snprintf(out, size, dice(2) ? "E%zu@Corp.CN" : "e%zu@corp.cn", who);
}

static void make_telephone(char *out, size_t size)
{
	static const char *const ways[] = {"1380000", "138 0000 ", "+861380000", "+86 138-0000-"};
	size_t who = dice(40);

	if (dice(8) == 0)
		out[0] = '\0';
	else if (dice(20) == 0)
		(void)snprintf(out, size, "+44 %zu", who);
	else
		(void)snprintf(out, size, "%s%02zu", ways[dice(ARRAY_SIZE(ways))], who);
}

static void make_people(struct org *o)
{
	o->people_count = dice(PEOPLE + 1);
	for (size_t i = 0; i < PEOPLE; i++)
		(void)snprintf(o->ids[i], sizeof(o->ids[i]), "p%03zu", i);
	for (size_t i = 0; i < o->people_count; i++) {
		make_email(o->emails[i], sizeof(o->emails[i]));
		make_telephone(o->telephones[i], sizeof(o->telephones[i]));
		o->people[i] = (struct roster_person_source){.id = o->ids[i],
							     .email = o->emails[i],
							     .telephone = o->telephones[i],
							     .departments = o->in[i],
							     .departed = dice(10) == 0};
		o->people[i].department_count = make_places(o, o->in[i]);
	}
}

static void make_rule(struct org *o, char *value, size_t size, bool departments_only,
		      struct rule *out)
{
	out->subject = departments_only ? RULE_DEPARTMENT : (enum rule_subject)dice(4);
	out->relation = dice(4) == 0 ? RULE_UNEQUAL : RULE_EQUAL;
	out->value = value;
	switch (out->subject) {
	case RULE_USER:
		out->value = o->ids[dice(PEOPLE)];
		return;
	case RULE_DEPARTMENT:
		out->value = o->names[dice(DEPARTMENTS)];
		return;
	case RULE_EMAIL:
		make_email(value, size);
		return;
	case RULE_TELEPHONE:
		make_telephone(value, size);
		return;
	}
}

static void make_groups(struct org *o)
{
	static const char *const ids[] = {"g0", "g1", "g2", "g3"};

	for (size_t g = 0; g < GROUPS; g++) {
		size_t count = dice(RULES + 1), unequal = dice(4);

		for (size_t i = 0; i < count; i++) {
			make_rule(o, o->values[g][i], sizeof(o->values[g][i]), unequal == 0,
				  &o->rules[g][i]);
			if (unequal <= 1)
				o->rules[g][i].relation = RULE_UNEQUAL;
		}
		o->groups[g] =
		    (struct group){ids[g], ids[g], "", o->rules[g], count, (int64_t)dice(9)};
	}
}

static void make_policy(struct org *o)
{
	size_t white = 0, scope = 0;

	for (size_t i = 0; i < PEOPLE; i++) {
		if (dice(10) == 0)
			o->white[white++] = o->ids[i];
	}
	for (size_t g = 0; g < GROUPS; g++) {
		if (dice(3) == 0)
			o->scope[scope++] = o->groups[g].id;
	}
	if (dice(5) == 0)
		o->scope[scope++] = "ghost";
	policy_default(&o->policy);
	o->policy.mode = (enum policy_mode)dice(3);
	o->policy.everyone = dice(5) == 0;
	o->policy.whitelist = (struct json_list){o->white, white};
	o->policy.groups = (struct json_list){o->scope, scope};
}

static void make_org(struct org *o)
{
	make_departments(o);
	make_people(o);
	make_groups(o);
	make_policy(o);
}

static struct snapshot *build(const struct org *o)
{
	return snapshot_new(&(struct snapshot_source){.departments = o->departments,
						      .department_count = o->department_count,
						      .people = o->people,
						      .person_count = o->people_count,
						      .groups = o->groups,
						      .group_count = GROUPS,
						      .policy = &o->policy});
}

/* --- the obvious evaluator --- */

static const struct roster_department_source *department_of(const struct org *o, const char *id)
{
	for (size_t i = 0; i < o->department_count; i++) {
		if (strcmp(o->departments[i].id, id) == 0)
			return &o->departments[i];
	}
	return NULL;
}

static const struct roster_person_source *person_of(const struct org *o, const char *id)
{
	for (size_t i = 0; i < o->people_count; i++) {
		if (strcmp(o->people[i].id, id) == 0)
			return &o->people[i];
	}
	return NULL;
}

static bool below(const struct org *o, const char *id, const char *top)
{
	const struct roster_department_source *d = department_of(o, id);

	if (d == NULL || department_of(o, top) == NULL)
		return false;
	return strcmp(id, top) == 0 || (d->parent != NULL && below(o, d->parent, top));
}

static bool same_email(const char *a, const char *b)
{
	return *a != '\0' && strcasecmp(a, b) == 0;
}

static void digits(const char *text, char out[static 32])
{
	char packed[32];
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (strchr(" -", *text) == NULL)
			packed[n++] = *text;
	}
	packed[n] = '\0';
	(void)snprintf(out, 32, "%s", strncmp(packed, "+86", 3) == 0 ? packed + 3 : packed);
}

static bool same_telephone(const char *a, const char *b)
{
	char x[32], y[32];

	digits(a, x);
	digits(b, y);
	return *a != '\0' && strcmp(x, y) == 0;
}

static bool names(const struct org *o, const struct rule *rule,
		  const struct roster_person_source *p)
{
	switch (rule->subject) {
	case RULE_USER:
		return strcmp(rule->value, p->id) == 0;
	case RULE_EMAIL:
		return same_email(rule->value, p->email);
	case RULE_TELEPHONE:
		return same_telephone(rule->value, p->telephone);
	case RULE_DEPARTMENT:
		for (size_t i = 0; i < p->department_count; i++) {
			if (below(o, p->departments[i], rule->value))
				return true;
		}
		return false;
	}
	return false;
}

static bool has(const struct org *o, const struct group *g, const struct roster_person_source *p)
{
	for (size_t i = 0; i < g->rule_count; i++) {
		if (names(o, &g->rules[i], p) == (g->rules[i].relation == RULE_EQUAL))
			return true;
	}
	return false;
}

static bool broken(const struct org *o, const struct rule *rule)
{
	const struct roster_department_source *d = department_of(o, rule->value);
	const struct roster_person_source *p = person_of(o, rule->value);

	return (rule->subject == RULE_USER && (p == NULL || p->departed)) ||
	       (rule->subject == RULE_DEPARTMENT && (d == NULL || d->gone));
}

static bool listed(const struct json_list *list, const char *id)
{
	const char *const *items = list->items;

	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(items[i], id) == 0)
			return true;
	}
	return false;
}

static bool covered(const struct org *o, const struct policy *policy, const struct group *groups,
		    const struct roster_person_source *p)
{
	if (p == NULL || listed(&policy->whitelist, p->id))
		return false;
	if (policy->everyone)
		return true;
	for (size_t g = 0; g < GROUPS; g++) {
		if (listed(&policy->groups, groups[g].id) && has(o, &groups[g], p))
			return true;
	}
	return false;
}

/* --- both --- */

static void check_group(const struct org *o, const struct snapshot *s, const struct group *g)
{
	AUTO(arena_done) struct arena a = {0};
	const struct snapshot_set *saved = snapshot_set_of(s, &a, g),
				  *unsaved = snapshot_set_new(s, &a, g);
	struct snapshot_size size = {0}, got = snapshot_set_size(saved);
	const char *page[PEOPLE], *after = "";
	size_t members = 0, found;

	for (size_t i = 0; i < o->people_count; i++) {
		const struct roster_person_source *p = &o->people[i];
		bool in = has(o, g, p);

		assert_int_equal(snapshot_in_group(s, g->id, p->id), in);
		assert_int_equal(snapshot_set_has(saved, p->id), in);
		assert_int_equal(snapshot_set_has(unsaved, p->id), in);
		size.departed += in && p->departed;
		size.people += in && !p->departed;
	}
	assert_int_equal(got.people, size.people);
	assert_int_equal(got.departed, size.departed);
	assert_int_equal(snapshot_members(s, g->id), size.people + size.departed);
	while ((found = snapshot_set_page(unsaved, NULL, after, 1 + dice(9), page)) > 0) {
		for (size_t i = 0; i < found; i++) {
			assert_true(strcmp(page[i], after) > 0 && snapshot_set_has(saved, page[i]));
			after = page[i];
		}
		members += found;
	}
	assert_int_equal(members, size.people + size.departed);
}

static void check_difference(const struct org *o, const struct snapshot *s)
{
	AUTO(arena_done) struct arena a = {0};
	const struct group *x = &o->groups[0], *y = &o->groups[1];
	const char *page[PEOPLE];
	size_t at = 0, n = snapshot_set_page(snapshot_set_of(s, &a, x), snapshot_set_of(s, &a, y),
					     "", PEOPLE, page);

	for (size_t i = 0; i < o->people_count; i++) {
		if (!has(o, x, &o->people[i]) || has(o, y, &o->people[i]))
			continue;
		assert_true(at < n);
		assert_string_equal(page[at++], o->people[i].id);
	}
	assert_int_equal(at, n);
}

static void check_broken(const struct org *o, const struct snapshot *s)
{
	const struct snapshot_broken *got;
	size_t n = snapshot_broken(s, &got), at = 0;

	for (size_t g = 0; g < GROUPS; g++) {
		for (size_t i = 0; i < o->groups[g].rule_count; i++) {
			const struct rule *rule = &o->rules[g][i];

			if (!broken(o, rule))
				continue;
			assert_true(at < n);
			assert_string_equal(got[at].group, o->groups[g].id);
			assert_int_equal(got[at].rule.subject, rule->subject);
			assert_int_equal(got[at].rule.relation, rule->relation);
			assert_string_equal(got[at++].rule.value, rule->value);
		}
	}
	assert_int_equal(at, n);
}

static void check_groups_of(const struct org *o, const struct snapshot *s)
{
	AUTO(arena_done) struct arena a = {0};
	const char *const *ids;

	for (size_t i = 0; i < o->people_count; i++) {
		size_t n = snapshot_groups_of(s, o->people[i].id, &a, &ids), at = 0;

		for (size_t g = 0; g < GROUPS; g++) {
			if (!has(o, &o->groups[g], &o->people[i]))
				continue;
			assert_true(at < n);
			assert_string_equal(ids[at++], o->groups[g].id);
		}
		assert_int_equal(at, n);
	}
}

static void membership_is_what_the_rules_say(void **state)
{
	static struct org o;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct snapshot *s;

		make_org(&o);
		s = build(&o);
		for (size_t g = 0; g < GROUPS; g++)
			check_group(&o, s, &o.groups[g]);
		check_difference(&o, s);
		check_broken(&o, s);
		check_groups_of(&o, s);
		snapshot_free(s);
	}
}

/* What is asked ahead is what a snapshot of the change says, and both are what the rules say. */
static void coverage_is_what_the_policy_says(void **state)
{
	static struct org o, next;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		AUTO(arena_done) struct arena a = {0};
		const struct snapshot_ahead *ahead;
		struct snapshot *s, *then;
		bool policy = dice(2) == 0, alike = true;
		struct group *changed = dice(2) == 0 ? &next.groups[dice(GROUPS)] : NULL;

		make_org(&o);
		next = o;
		for (size_t i = 0; i < o.people_count; i++)
			next.people[i].departments = next.in[i];
		for (size_t g = 0; g < GROUPS; g++)
			next.groups[g].rules = next.rules[g];
		if (policy)
			make_policy(&next);
		if (changed != NULL)
			changed->rule_count = dice(changed->rule_count + 1);
		s = build(&o);
		then = build(&next);
		ahead = snapshot_ahead_new(s, &a, policy ? &next.policy : NULL, changed);
		for (size_t i = 0; i < PEOPLE; i++) {
			const char *id = o.ids[i];
			const struct roster_person_source *p = person_of(&o, id);
			bool after = covered(&next, &next.policy, next.groups, p);

			assert_int_equal(snapshot_coverage(s, id).covered,
					 covered(&o, &o.policy, o.groups, p));
			assert_int_equal(snapshot_coverage(then, id).covered, after);
			assert_int_equal(snapshot_ahead_coverage(ahead, id).covered, after);
			assert_string_equal(snapshot_ahead_coverage(ahead, id).why,
					    snapshot_coverage(then, id).why);
			alike = alike && strcmp(snapshot_coverage(s, id).why,
						snapshot_coverage(then, id).why) == 0;
		}
		assert_int_equal(snapshot_alike(s, then), alike);
		snapshot_free(s);
		snapshot_free(then);
	}
}

/* One that shares what has not changed answers as one that shares nothing, whichever of them goes first. */
static void what_is_shared_is_what_would_be_made_anew(void **state)
{
	static struct org o;
	struct snapshot *before = NULL;
	size_t shared = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct snapshot *s, *alone;
		size_t kept = 0;
		struct group *one = &o.groups[dice(GROUPS)];

		if (round % 4 == 0) {
			make_org(&o);
			for (size_t g = 0; g < GROUPS; g++)
				o.groups[g].updated_ms = round * 10;
		} else if (o.people_count > 0 && dice(3) == 0) {
			o.people[dice(o.people_count)].departed ^= true;
		} else {
			one->rule_count = dice(one->rule_count + 1);
			one->updated_ms = round * 10;
		}
		s = snapshot_begin(&(struct snapshot_source){.departments = o.departments,
							     .department_count = o.department_count,
							     .people = o.people,
							     .person_count = o.people_count},
				   before);
		for (size_t g = 0; g < GROUPS; g++) {
			bool keep = snapshot_keep_group(s, o.groups[g].id, o.groups[g].updated_ms);

			kept += keep;
			if (!keep)
				snapshot_add_group(s, &o.groups[g]);
		}
		snapshot_finish(s, &o.policy, NULL);
		alone = build(&o);
		snapshot_free(before);
		before = s;
		assert_true(snapshot_alike(s, alone) && snapshot_alike(alone, s));
		check_broken(&o, s);
		for (size_t g = 0; g < GROUPS; g++)
			check_group(&o, s, &o.groups[g]);
		shared += kept;
		snapshot_free(alone);
	}
	snapshot_free(before);
	assert_true(shared > ROUNDS / 4);
}

/* However many people have one address, an index of them is made at once. */
static void an_address_that_everybody_has(void **state)
{
	enum { MANY = 100000 };
	AUTO(arena_done) struct arena a = {0};
	struct roster_person_source *all = arena_array(&a, MANY, sizeof(*all));
	const struct rule rules[] = {{RULE_TELEPHONE, RULE_UNEQUAL, "10086"},
				     {RULE_EMAIL, RULE_EQUAL, "all@corp.cn"}};
	const struct group groups[] = {{"g0", "g0", "", rules, 1}, {"g1", "g1", "", rules + 1, 1}};
	struct policy policy;
	struct snapshot *s;

	(void)state;
	policy_default(&policy);
	for (size_t i = 0; i < MANY; i++)
		all[i] = (struct roster_person_source){arena_printf(&a, "%06zu", i), "all@corp.cn",
						       "10086"};
	s = snapshot_new(&(struct snapshot_source){.people = all,
						   .person_count = MANY,
						   .groups = groups,
						   .group_count = 2,
						   .policy = &policy});
	assert_int_equal(snapshot_members(s, "g0"), 0);
	assert_int_equal(snapshot_members(s, "g1"), MANY);
	snapshot_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(membership_is_what_the_rules_say),
	    cmocka_unit_test(coverage_is_what_the_policy_says),
	    cmocka_unit_test(what_is_shared_is_what_would_be_made_anew),
	    cmocka_unit_test(an_address_that_everybody_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
