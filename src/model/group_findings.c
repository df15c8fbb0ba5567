#include "model/group_findings.h"

#include <string.h>

#include "model/membership.h"

enum code {
	BROKEN,
	NAMES_NOBODY,
	DEPARTMENT_EMPTY,
	UNEQUAL_NEARLY_EVERYBODY,
	SEVERAL_PEOPLE,
	REPEATED,
	NOBODY,
	EVERYBODY,
	CODES
};

const char *const group_finding_codes[] = {[BROKEN] = "broken",
					   [NAMES_NOBODY] = "names-nobody",
					   [DEPARTMENT_EMPTY] = "department-empty",
					   [UNEQUAL_NEARLY_EVERYBODY] = "unequal-nearly-everybody",
					   [SEVERAL_PEOPLE] = "several-people",
					   [REPEATED] = "repeated",
					   [NOBODY] = "nobody",
					   [EVERYBODY] = "everybody",
					   [CODES] = NULL};

/* {rules}: how many; {people} of {all}: whom they have. */
static const struct {
	const char *en, *zh;
} sentences[CODES] = {
    [BROKEN] = {"Rules that name who left or what is gone: {rules}. They count as before until the "
		"group is saved without them.",
		"指向已离职人员或已不存在部门的规则：{rules} "
		"条。在保存为不含这些规则之前，它们照旧有效。"},
    [NAMES_NOBODY] = {"Rules that name nobody: {rules}. No user has that email address or "
		      "telephone number.",
		      "未匹配到任何人的规则：{rules} 条。没有用户使用该邮箱或手机号。"},
    [DEPARTMENT_EMPTY] = {"Rules whose department has nobody, in it or below it: {rules}.",
			  "所指部门（含下级）没有人员的规则：{rules} 条。"},
    [UNEQUAL_NEARLY_EVERYBODY] =
	{"Rules with \"unequal\" cover {people} of {all} people: rules are "
	 "joined by OR, so whoever is outside one of them is in the group.",
	 "“不等于”规则覆盖了 {all} 人中的 {people} "
	 "人：规则之间是“或”的关系，不符合其中任意一条的人都在组内。"},
    [SEVERAL_PEOPLE] = {"Rules whose email address or telephone number several people have: "
			"{rules}.",
			"邮箱或手机号属于多个人的规则：{rules} 条。"},
    [REPEATED] = {"Rules that say the same as an earlier one: {rules}.",
		  "与前面的规则重复的规则：{rules} 条。"},
    [NOBODY] = {"The group has nobody.", "用户组中没有任何人。"},
    [EVERYBODY] = {"The group has everybody, all {all} people.", "用户组包含全部 {all} 人。"},
};

struct look {
	const struct roster *roster;
	struct arena *arena;
	const struct group *group;
	const uint32_t *found;
	int64_t all; /* people who have not left */
	struct group_finding *out;
	size_t count;
};

static const char *put(struct arena *a, const char *text, const char *word, int64_t value)
{
	const char *at = strstr(text, word);

	return at == NULL ? text
			  : arena_printf(a, "%.*s%lld%s", (int)(at - text), text, (long long)value,
					 at + strlen(word));
}

static const char *sentence(const struct look *l, const char *text, int64_t rules, int64_t people)
{
	text = put(l->arena, text, "{rules}", rules);
	text = put(l->arena, text, "{people}", people);
	return put(l->arena, text, "{all}", l->all);
}

static void add(struct look *l, enum code code, const bool *about, int64_t people)
{
	struct group_finding_rule *first =
	    arena_array(l->arena, GROUP_FINDING_SAMPLE, sizeof(*first));
	size_t shown = 0;
	int64_t rules = 0;

	for (size_t i = 0; about != NULL && i < l->group->rule_count; i++) {
		if (about[i] && shown < GROUP_FINDING_SAMPLE)
			first[shown++] =
			    (struct group_finding_rule){(int64_t)i, l->group->rules[i].value};
		rules += about[i];
	}
	if (about != NULL && rules == 0)
		return;
	l->out[l->count++] =
	    (struct group_finding){.code = group_finding_codes[code],
				   .en = sentence(l, sentences[code].en, rules, people),
				   .zh = sentence(l, sentences[code].zh, rules, people),
				   .rules = rules,
				   .first = json_list_of(first, shown)};
}

static bool is_address(const struct rule *rule)
{
	return rule->subject == RULE_EMAIL || rule->subject == RULE_TELEPHONE;
}

/* --- rule by rule --- */

static bool names_nobody(const struct look *l, size_t i)
{
	return is_address(&l->group->rules[i]) && l->found[i] == ROSTER_NONE;
}

static bool department_empty(const struct look *l, size_t i)
{
	const struct roster_department *all = l->roster->departments;
	uint32_t d = l->found[i];

	return l->group->rules[i].subject == RULE_DEPARTMENT && d != ROSTER_NONE &&
	       all[all[d].end].first_member == all[d].first_member;
}

static bool several_people(const struct look *l, size_t i)
{
	const struct rule *rule = &l->group->rules[i];

	return is_address(rule) && l->found[i] != ROSTER_NONE &&
	       roster_texts(l->roster, rule->subject)->next[l->found[i]] != ROSTER_NONE;
}

static bool is_unequal(const struct look *l, size_t i)
{
	return l->group->rules[i].relation == RULE_UNEQUAL;
}

typedef bool rule_is_fn(const struct look *l, size_t i);

static bool *those(struct look *l, rule_is_fn *is)
{
	bool *out = arena_array(l->arena, l->group->rule_count, sizeof(*out));

	for (size_t i = 0; i < l->group->rule_count; i++)
		out[i] = is(l, i);
	return out;
}

/* The first of those that are alike is not among them. */
static bool *repeated(struct look *l)
{
	size_t n = l->group->rule_count;
	struct places x = {.texts = arena_array(l->arena, n, sizeof(*x.texts))};
	bool *out = arena_array(l->arena, n, sizeof(*out));

	for (size_t i = 0; i < n; i++) {
		const struct rule *rule = &l->group->rules[i];

		x.texts[i] = arena_printf(l->arena, "%s %s %s", rule_subject_name(rule->subject),
					  rule_relation_name(rule->relation), rule->value);
	}
	places_build(l->arena, &x, n);
	for (size_t i = 0; i < n; i++) {
		if (x.next[i] != PLACES_NONE)
			out[x.next[i]] = true;
	}
	return out;
}

/* --- the group --- */

static int64_t active(struct look *l, const struct group *g, const uint32_t *found)
{
	uint64_t *bits = arena_array(l->arena, l->roster->words, sizeof(*bits));

	(void)membership_bits(l->roster, g, found, bits);
	return membership_active(l->roster, bits);
}

static void look_at_unequal(struct look *l)
{
	const struct group *g = l->group;
	struct rule *rules = arena_array(l->arena, g->rule_count, sizeof(*rules));
	struct group unequal = {.rules = rules};
	bool *about = those(l, is_unequal);
	int64_t people;

	for (size_t i = 0; i < g->rule_count; i++) {
		if (about[i])
			rules[unequal.rule_count++] = g->rules[i];
	}
	if (unequal.rule_count == 0 || l->all == 0)
		return;
	people = active(l, &unequal, membership_find(l->roster, l->arena, &unequal));
	if (people * 100 >= l->all * GROUP_NEARLY_PERCENT)
		add(l, UNEQUAL_NEARLY_EVERYBODY, about, people);
}

static bool *broken_by(struct look *l)
{
	bool *out = arena_array(l->arena, l->group->rule_count, sizeof(*out));

	for (size_t i = 0; i < l->group->rule_count; i++)
		out[i] = membership_broken(l->roster, &l->group->rules[i], l->found[i]);
	return out;
}

void group_findings(const struct snapshot *s, struct arena *a, const struct group *g,
		    const bool *broken, struct json_list *out)
{
	const struct roster *r = snapshot_roster(s);
	struct look l = {.roster = r,
			 .arena = a,
			 .group = g,
			 .found = membership_find(r, a, g),
			 .all = snapshot_people(s),
			 .out = arena_array(a, CODES, sizeof(*l.out))};
	int64_t members = active(&l, g, l.found);

	add(&l, BROKEN, broken != NULL ? broken : broken_by(&l), 0);
	add(&l, NAMES_NOBODY, those(&l, names_nobody), 0);
	add(&l, DEPARTMENT_EMPTY, those(&l, department_empty), 0);
	look_at_unequal(&l);
	add(&l, SEVERAL_PEOPLE, those(&l, several_people), 0);
	add(&l, REPEATED, repeated(&l), 0);
	if (members == 0)
		add(&l, NOBODY, NULL, 0);
	else if (members == l.all)
		add(&l, EVERYBODY, NULL, members);
	*out = json_list_of(l.out, l.count);
}
