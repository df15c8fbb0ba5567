/* The policy: what a change would do is what it then does. */
#include "world.h"

#include "flow/ahead.h"
#include "flow/group.h"
#include "flow/policy_preview.h"
#include "flow/policy_version.h"
#include "store/group.h"

static void renew(struct world *w)
{
	OK(snapshots_load(w->snapshots, w->db, &e));
	snapshots_give(w->snapshots, w->flow.snapshot);
	w->flow.snapshot = snapshots_take(w->snapshots);
}

static struct policy_ahead ahead(struct world *w, const struct policy *p)
{
	struct snapshot_ahead *before = snapshot_ahead_new(w->flow.snapshot, &w->arena, NULL, NULL);
	struct snapshot_ahead *after = snapshot_ahead_new(w->flow.snapshot, &w->arena, p, NULL);
	struct policy_ahead out;

	OK(flow_ahead(&w->flow, before, after, &out, &e));
	return out;
}

static const struct policy_ahead_one *first(const struct policy_ahead_some *some)
{
	return some->sample.items;
}

static void a_preview_counts_who_is_gained_and_lost(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *exempt[1];
	struct policy_ahead a;
	struct policy p;

	world_make(&w, state);
	OK(flow_policy_get(w.db, &w.arena, &p, &e));
	a = ahead(&w, &p);
	assert_int_equal(a.people.after + a.devices.after, 0);
	p.everyone = true;
	a = ahead(&w, &p);
	assert_int_equal(a.people.before, 0);
	assert_int_equal(a.people.after, 3);
	assert_int_equal(a.people.gained.count, 3);
	assert_int_equal(a.people.gained.sample.count, 3);
	assert_int_equal(a.devices.gained.count, 1);
	assert_string_equal(first(&a.devices.gained)->name, "laptop-42");
	assert_string_equal(first(&a.devices.gained)->owner_name, "李华");
	assert_int_equal(a.people.lost.count + a.devices.lost.count, 0);

	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
	renew(&w);
	exempt[0] = w.lihua;
	p.whitelist = (struct json_list){exempt, 1};
	a = ahead(&w, &p);
	assert_int_equal(a.people.before, 3);
	assert_int_equal(a.people.after, 2);
	assert_int_equal(a.people.lost.count, 1);
	assert_string_equal(first(&a.people.lost)->id, w.lihua);
	assert_int_equal(a.devices.lost.count, 1);
	assert_string_equal(first(&a.devices.lost)->id, w.device);
	/* Whoever has left is no person to ask about, his device is still there. */
	STEP(&w, world_directory(&w, WORLD_NOW + 1, false, &e));
	assert_int_equal(ahead(&w, &p).people.after, 1);
	world_device_becomes(&w, w.device, STORE_DEVICE_UNINSTALLED);
	assert_int_equal(ahead(&w, &p).devices.before, 0);
}

static struct flow_policy_version version(struct world *w, int64_t number)
{
	struct flow_policy_version v;

	OK(flow_policy_version(&w->flow, number, &v, &e));
	return v;
}

static const char *group(struct world *w, const char *name)
{
	struct rule *rule = arena_new(&w->arena, struct rule);
	struct group g = {NULL, name, "", rule, 1, 0};

	*rule = (struct rule){RULE_USER, RULE_EQUAL, w->lihua};
	STEP(w, flow_group_save(&w->flow, NULL, &g, &e));
	return g.id;
}

static void a_diff_says_what_an_id_stood_for(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_policy_version before, after;
	const struct policy_change *c;
	const char *groups[2], *people[1];
	struct json_list changes;
	struct group g;
	struct policy p;

	world_make(&w, state);
	OK(flow_policy_get(w.db, &w.arena, &p, &e));
	groups[0] = group(&w, "财务");
	groups[1] = group(&w, "研发");
	people[0] = w.lihua;
	p.groups = (struct json_list){groups, 2};
	p.whitelist = (struct json_list){people, 1};
	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
	p.groups.count = 0;
	p.mode = POLICY_BLOCK;
	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
	assert_int_equal(p.version, 3);
	/* The same once more is no version. */
	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
	assert_int_equal(p.version, 3);
	OK(store_group_get(w.db, &w.arena, groups[0], &g, &e));
	STEP(&w, flow_group_remove(&w.flow, &g, &e));
	before = version(&w, 2);
	after = version(&w, 3);
	assert_string_equal(before.row.changed, "scope.groups whitelist");
	assert_string_equal(after.row.changed, "mode scope.groups");
	OK(flow_policy_diff(&w.flow, &before, &after, &changes, &e));
	c = changes.items;
	assert_int_equal(changes.count, 2);
	assert_string_equal(c[0].before->value, "off");
	assert_string_equal(c[0].after->value, "block");
	assert_int_equal(c[1].removed.count, 2);
	assert_string_equal(((struct policy_value *)c[1].removed.items)[0].name, "财务");
	assert_true(((struct policy_value *)c[1].removed.items)[0].gone);
	assert_string_equal(((struct policy_value *)c[1].removed.items)[1].name, "研发");
	assert_false(((struct policy_value *)c[1].removed.items)[1].gone);
	before = version(&w, 0);
	OK(flow_policy_diff(&w.flow, &before, &after, &changes, &e));
	c = changes.items;
	assert_string_equal(c[1].field, "whitelist");
	assert_string_equal(((struct policy_value *)c[1].added.items)[0].name, "李华");
	REFUSED(&w, ERR_NOT_FOUND, flow_policy_version(&w.flow, 4, &before, &e));
}

static void an_old_version_comes_back_without_what_is_gone(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct flow_policy_missing *m;
	const char *groups[2], *people[1];
	struct flow_policy_version old;
	struct json_list missing;
	struct policy p, again;
	struct group g;

	world_make(&w, state);
	OK(flow_policy_get(w.db, &w.arena, &p, &e));
	groups[0] = group(&w, "财务");
	groups[1] = group(&w, "研发");
	people[0] = w.lihua;
	p.groups = (struct json_list){groups, 2};
	p.whitelist = (struct json_list){people, 1};
	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
	p.groups.count = p.whitelist.count = 0;
	p.everyone = true;
	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
	old = version(&w, 2);
	OK(flow_policy_missing(&w.flow, &old, &missing, &e));
	assert_int_equal(missing.count, 0);
	OK(store_group_get(w.db, &w.arena, groups[1], &g, &e));
	STEP(&w, flow_group_remove(&w.flow, &g, &e));
	OK(flow_policy_missing(&w.flow, &old, &missing, &e));
	m = missing.items;
	assert_int_equal(missing.count, 1);
	assert_string_equal(m->field, "scope.groups");
	assert_string_equal(m->name, "研发");
	assert_string_equal(m->why, "gone");
	REFUSED(&w, ERR_UNPROCESSABLE, flow_policy_again(&w.flow, &old, false, &again, &e));
	OK(flow_policy_again(&w.flow, &old, true, &again, &e));
	assert_int_equal(again.groups.count, 1);
	assert_int_equal(again.whitelist.count, 1);
	STEP(&w, flow_policy_save_as(&w.flow,
				     &(struct flow_policy_origin){.by = "test", .restored_from = 2},
				     3, &again, &e));
	assert_int_equal(version(&w, 4).row.restored_from, 2);
	/* Nothing is left of a scope: nobody covered is not what was asked for. */
	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
	OK(store_group_get(w.db, &w.arena, groups[0], &g, &e));
	STEP(&w, flow_group_remove(&w.flow, &g, &e));
	REFUSED(&w, ERR_UNPROCESSABLE, flow_policy_again(&w.flow, &old, true, &again, &e));
}

static const struct flow_policy_warning *warned(const struct flow_policy_preview *v,
						const char *code)
{
	const struct flow_policy_warning *all = v->warnings.items;

	for (size_t i = 0; i < v->warnings.count; i++) {
		if (strcmp(all[i].code, code) == 0)
			return &all[i];
	}
	return NULL;
}

static void a_preview_warns_of_what_people_overlook(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_policy_preview v;
	const char *groups[1], *people[2];
	struct rule rule = {RULE_EMAIL, RULE_EQUAL, "nobody@example.com"};
	struct group g = {NULL, "空组", "", &rule, 1, 0}, broken;
	struct store_person zhao;
	struct policy p;

	world_make(&w, state);
	OK(flow_policy_get(w.db, &w.arena, &p, &e));
	p.mode = POLICY_BLOCK;
	OK(flow_policy_preview(&w.flow, &p, &v, &e));
	assert_non_null(warned(&v, "empty-scope"));
	assert_null(warned(&v, "nobody-covered"));
	assert_int_equal(v.version, 1);
	assert_string_equal(v.mode_before, "off");
	assert_string_equal(v.mode_after, "block");
	assert_int_equal(v.changes.count, 1);
	assert_int_equal(v.second_whys.count, 0);

	STEP(&w, flow_group_save(&w.flow, NULL, &g, &e));
	groups[0] = g.id;
	p.groups = (struct json_list){groups, 1};
	renew(&w);
	OK(flow_policy_preview(&w.flow, &p, &v, &e));
	assert_non_null(warned(&v, "nobody-covered"));
	assert_string_equal(warned(&v, "empty-group")->name, "空组");
	assert_null(warned(&v, "empty-scope"));

	p.everyone = true;
	OK(flow_policy_preview(&w.flow, &p, &v, &e));
	assert_int_equal(warned(&v, "everybody-covered")->count, 3);
	assert_int_equal(v.stranded.count, 0);
	p.workflow = NULL;
	OK(flow_policy_preview(&w.flow, &p, &v, &e));
	assert_int_equal(warned(&v, "no-workflow")->count, 3);
	assert_int_equal(warned(&v, "no-contact")->count, 3);
	assert_int_equal(v.stranded.count, 3);
	assert_int_equal(v.reach_before.first, 3);
	assert_int_equal(v.reach_after.neither, 3);
	p.filing_allowed = false;
	p.contact = "IT: 8888";
	OK(flow_policy_preview(&w.flow, &p, &v, &e));
	assert_non_null(warned(&v, "filing-not-allowed"));
	assert_null(warned(&v, "no-workflow"));
	assert_null(warned(&v, "no-contact"));

	OK(store_person_by_dingtalk(w.db, &w.arena, w.app, "zhaolei", &zhao, &e));
	STEP(&w, world_directory(&w, WORLD_NOW + 1, false, &e));
	people[0] = zhao.id;
	people[1] = w.lihua;
	p.whitelist = (struct json_list){people, 2};
	OK(flow_policy_preview(&w.flow, &p, &v, &e));
	assert_string_equal(warned(&v, "whitelisted-departed")->name, "赵磊");
	assert_null(warned(&v, "broken-group"));
	broken = (struct group){.id = g.id, .rules = &rule, .rule_count = 1};
	STEP(&w, store_broken_set(w.db, &broken, WORLD_NOW, &e));
	OK(flow_policy_preview(&w.flow, &p, &v, &e));
	assert_string_equal(warned(&v, "broken-group")->name, "空组");
	assert_int_equal(warned(&v, "broken-group")->count, 1);
	assert_null(warned(&v, "whitelisted-owner"));
	p.workflow = p.builtin_workflow = w.lihua;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_policy_preview(&w.flow, &p, &v, &e));
}

static void a_preview_counts_the_requests_that_would_be_withdrawn(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_policy_preview v;
	struct policy p;

	world_make(&w, state);
	OK(flow_policy_get(w.db, &w.arena, &p, &e));
	p.mode = POLICY_BLOCK;
	p.everyone = true;
	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
	renew(&w);
	(void)world_file(&w);
	OK(flow_policy_preview(&w.flow, &p, &v, &e));
	assert_int_equal(v.changes.count, 0);
	assert_int_equal(v.requests, 0);
	p.mode = POLICY_AUDIT;
	OK(flow_policy_preview(&w.flow, &p, &v, &e));
	assert_int_equal(v.requests, 0);
	p.everyone = false;
	OK(flow_policy_preview(&w.flow, &p, &v, &e));
	assert_int_equal(v.requests, 1);
	p.everyone = true;
	p.mode = POLICY_OFF;
	OK(flow_policy_preview(&w.flow, &p, &v, &e));
	assert_int_equal(v.requests, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_preview_counts_who_is_gained_and_lost),
	    BOTH(a_preview_warns_of_what_people_overlook),
	    BOTH(a_preview_counts_the_requests_that_would_be_withdrawn),
	    BOTH(a_diff_says_what_an_id_stood_for),
	    BOTH(an_old_version_comes_back_without_what_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
