/* User groups: what may be saved, what a preview says, and rules that name what is not there any more. */
#include "world.h"

#include "flow/group_preview.h"
#include "flow/policy.h"
#include "store/group.h"

#define GHOST "01900000-0000-7000-8000-000000000000"

static void renew(struct world *w)
{
	OK(snapshots_load(w->snapshots, w->db, &e));
	snapshots_give(w->snapshots, w->flow.snapshot);
	w->flow.snapshot = snapshots_take(w->snapshots);
}

static const char *person(struct world *w, const char *userid)
{
	struct store_person p;

	OK(store_person_by_dingtalk(w->db, &w->arena, w->app, userid, &p, &e));
	return p.id;
}

static const char *department(struct world *w, const char *name)
{
	struct store_department_list all;

	OK(store_department_all(w->db, &w->arena, &all, &e));
	for (size_t i = 0; i < all.count; i++) {
		if (strcmp(all.items[i].name, name) == 0)
			return all.items[i].id;
	}
	fail_msg("no department %s", name);
	return NULL;
}

static struct group saved(struct world *w, const char *name, const struct rule *rules, size_t count)
{
	struct group g = {.name = name, .description = "", .rules = rules, .rule_count = count};

	STEP(w, flow_group_save(&w->flow, NULL, &g, &e));
	renew(w);
	return g;
}

static size_t alarms(struct world *w, const char *group, const char **text)
{
	const struct store_event_filter filter = {
	    .kind = "rule-broken", .object = group, .before = "", .max = 50};
	struct store_event *all;
	size_t count;

	OK(store_event_list(w->db, &w->arena, &filter, &all, &count, &e));
	if (count > 0)
		*text = all[0].text;
	return count;
}

static int64_t broken(struct world *w)
{
	int64_t rules;

	OK(store_broken_count(w->db, &rules, &e));
	return rules;
}

static void what_is_not_there_cannot_be_named_anew(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct rule ghost = {RULE_USER, RULE_EQUAL, GHOST}, zhao, both[2];
	struct group g = {.name = "g", .description = "", .rules = &ghost, .rule_count = 1}, was;

	world_make(&w, state);
	REFUSED(&w, ERR_UNPROCESSABLE, flow_group_save(&w.flow, NULL, &g, &e));
	zhao = (struct rule){RULE_USER, RULE_EQUAL, person(&w, "zhaolei")};
	was = saved(&w, "has him", &zhao, 1);
	STEP(&w, world_directory(&w, WORLD_NOW + 1, false, &e));
	g.rules = &zhao;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_group_save(&w.flow, NULL, &g, &e));
	/* The group that had it may keep it, and get another rule beside it, but not the other way round. */
	both[0] = (struct rule){RULE_USER, RULE_EQUAL, w.lihua};
	both[1] = zhao;
	g = (struct group){was.id, "has both", "", both, 2, was.updated_ms};
	STEP(&w, flow_group_save(&w.flow, &was, &g, &e));
	both[1].relation = RULE_UNEQUAL;
	was = g;
	was.rule_count = 1;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_group_save(&w.flow, &was, &g, &e));
}

static void a_broken_rule_counts_on_and_is_told_of_once(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct rule rules[2];
	const char *text = NULL;
	struct group g, was;

	world_make(&w, state);
	rules[0] = (struct rule){RULE_DEPARTMENT, RULE_EQUAL, department(&w, "研发部")};
	rules[1] = (struct rule){RULE_USER, RULE_EQUAL, person(&w, "zhaolei")};
	g = saved(&w, "研发", rules, 2);
	STEP(&w, flow_groups_review(&w.flow, &e));
	assert_int_equal(alarms(&w, g.id, &text), 0);

	STEP(&w, world_directory(&w, WORLD_NOW + 1, false, &e));
	renew(&w);
	assert_true(snapshot_in_group(w.flow.snapshot, g.id, rules[1].value));
	STEP(&w, flow_groups_review(&w.flow, &e));
	STEP(&w, flow_groups_review(&w.flow, &e));
	assert_int_equal(alarms(&w, g.id, &text), 1);
	assert_string_equal(text, "研发: 1 broken: 赵磊");
	assert_int_equal(broken(&w), 1);

	STEP(&w, store_directory_gone(w.db, rules[0].value, WORLD_NOW + 2, &e));
	renew(&w);
	STEP(&w, flow_groups_review(&w.flow, &e));
	assert_int_equal(alarms(&w, g.id, &text), 2);
	assert_int_equal(broken(&w), 2);
	assert_true(snapshot_in_group(w.flow.snapshot, g.id, person(&w, "wangfang")));

	/* Somebody saves it without them: nobody has to be told any more, and nothing is covered by them. */
	was = g;
	g.rule_count = 0;
	STEP(&w, flow_group_save(&w.flow, &was, &g, &e));
	renew(&w);
	STEP(&w, flow_groups_review(&w.flow, &e));
	assert_int_equal(broken(&w), 0);
	assert_int_equal(alarms(&w, g.id, &text), 2);
	assert_int_equal(snapshot_members(w.flow.snapshot, g.id), 0);
}

/* Who comes back needs nobody's hand; if he leaves again somebody is told again. */
static void who_comes_back_is_not_broken_any_more(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *text = NULL;
	struct rule zhao;
	struct group g;

	world_make(&w, state);
	zhao = (struct rule){RULE_USER, RULE_EQUAL, person(&w, "zhaolei")};
	g = saved(&w, "赵", &zhao, 1);
	for (int round = 0; round < 3; round++) {
		STEP(&w, world_directory(&w, WORLD_NOW + 1 + round, round == 1, &e));
		renew(&w);
		STEP(&w, flow_groups_review(&w.flow, &e));
		assert_int_equal(broken(&w), round != 1);
	}
	assert_int_equal(alarms(&w, g.id, &text), 2);
	STEP(&w, flow_group_remove(&w.flow, &g, &e));
	assert_int_equal(broken(&w), 0);
	/* The snapshot still has it. */
	STEP(&w, flow_groups_review(&w.flow, &e));
	assert_int_equal(broken(&w), 0);
}

static bool finds(const struct flow_group_preview *p, const char *code)
{
	const struct group_finding *all = p->findings.items;

	for (size_t i = 0; i < p->findings.count; i++) {
		if (strcmp(all[i].code, code) == 0)
			return true;
	}
	return false;
}

static void a_preview_says_whom_a_group_would_have(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_group_preview p;
	struct rule rules[2];
	struct policy policy;
	struct group g = {.name = "g", .description = "", .rules = rules, .rule_count = 1}, was;
	const char *scope[1];

	world_make(&w, state);
	renew(&w);
	rules[0] = (struct rule){RULE_USER, RULE_UNEQUAL, w.lihua};
	OK(flow_group_preview(&w.flow, NULL, &g, &p, &e));
	assert_int_equal(p.people, 2);
	assert_int_equal(p.all, 3);
	assert_int_equal(p.sample.count, 2);
	assert_int_equal(p.joined.count, 2);
	assert_int_equal(p.covered.people.after, 0);
	assert_false(finds(&p, "unequal-nearly-everybody"));

	rules[1] = (struct rule){RULE_USER, RULE_UNEQUAL, person(&w, "wangfang")};
	g.rule_count = 2;
	OK(flow_group_preview(&w.flow, NULL, &g, &p, &e));
	assert_int_equal(p.people, 3);
	assert_true(finds(&p, "unequal-nearly-everybody"));
	assert_true(finds(&p, "everybody"));

	was = saved(&w, "saved", rules, 1);
	scope[0] = was.id;
	OK(flow_policy_get(w.db, &w.arena, &policy, &e));
	policy.groups = (struct json_list){scope, 1};
	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &policy, &e));
	renew(&w);
	rules[0].relation = RULE_EQUAL;
	g = (struct group){was.id, "saved", "", rules, 1, was.updated_ms};
	was.rules = &(const struct rule){RULE_USER, RULE_UNEQUAL, w.lihua};
	OK(flow_group_preview(&w.flow, &was, &g, &p, &e));
	assert_true(p.in_scope);
	assert_int_equal(p.people, 1);
	assert_int_equal(p.joined.count, 1);
	assert_int_equal(p.left.count, 2);
	assert_int_equal(p.covered.people.before, 2);
	assert_int_equal(p.covered.people.gained.count, 1);
	assert_int_equal(p.covered.people.lost.count, 2);
	assert_int_equal(p.covered.devices.gained.count, 1);
}

static void a_preview_says_what_is_wrong_with_rules(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_group_preview p;
	struct rule rules[4];
	struct group g = {.name = "g", .description = "", .rules = rules, .rule_count = 4}, was;

	world_make(&w, state);
	renew(&w);
	rules[0] = (struct rule){RULE_EMAIL, RULE_EQUAL, "nobody@example.com"};
	rules[1] = rules[0];
	rules[2] = (struct rule){RULE_USER, RULE_EQUAL, person(&w, "zhaolei")};
	rules[3] = (struct rule){RULE_TELEPHONE, RULE_EQUAL, "138"};
	was = saved(&w, "g", rules, 4);
	STEP(&w, world_directory(&w, WORLD_NOW + 1, false, &e));
	renew(&w);
	OK(flow_group_preview(&w.flow, &was, &g, &p, &e));
	assert_true(finds(&p, "names-nobody"));
	assert_true(finds(&p, "repeated"));
	assert_true(finds(&p, "broken"));
	assert_false(finds(&p, "several-people"));
	assert_false(finds(&p, "nobody"));
	assert_int_equal(p.people, 1);
	assert_int_equal(p.departed, 1);
	/* Without the broken rule it says who drops out. */
	g.rule_count = 2;
	OK(flow_group_preview(&w.flow, &was, &g, &p, &e));
	assert_int_equal(p.left.count, 2);
	assert_true(finds(&p, "nobody"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(what_is_not_there_cannot_be_named_anew),
	    BOTH(a_broken_rule_counts_on_and_is_told_of_once),
	    BOTH(who_comes_back_is_not_broken_any_more),
	    BOTH(a_preview_says_whom_a_group_would_have),
	    BOTH(a_preview_says_what_is_wrong_with_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
