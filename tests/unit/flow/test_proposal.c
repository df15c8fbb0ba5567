/* What weakens the policy takes two people, where the organisation wants that. */
#include "world.h"

#include "flow/device_admin.h"
#include "flow/group.h"
#include "flow/policy_version.h"
#include "flow/proposal.h"
#include "flow/release.h"
#include "store/group.h"
#include "store/proposal.h"
#include "store/setting.h"

#define DAY (INT64_C(24) * 3600 * 1000)

static const struct party chen = {"chen", "p-chen"}, sun = {"sun", NULL}, nobody = {NULL, NULL};

static void renew(struct world *w)
{
	OK(snapshots_load(w->snapshots, w->db, &e));
	snapshots_give(w->snapshots, w->flow.snapshot);
	w->flow.snapshot = snapshots_take(w->snapshots);
}

static void acts(struct world *w, const struct party *who)
{
	w->flow.actor = (struct flow_actor){.kind = "account",
					    .id = who->account != NULL ? who->account : "token",
					    .name = who->account != NULL ? who->account : "token"};
}

/* In block mode for everybody, with this many people who may be exempted alone. */
static struct policy guarded(struct world *w, void **state, const char *threshold)
{
	struct policy p;

	world_make(w, state);
	OK(flow_policy_get(w->db, &w->arena, &p, &e));
	p.mode = POLICY_BLOCK;
	p.everyone = true;
	STEP(w, flow_policy_save(&w->flow, "test", 1, &p, &e));
	STEP(w, store_setting_set(w->db, SETTING_POLICY_SECOND, POLICY_SECOND_WEAKENING, &e));
	STEP(w, store_setting_set(w->db, SETTING_POLICY_THRESHOLD, threshold, &e));
	renew(w);
	w->flow.now_ms += 2 * DAY;
	acts(w, &chen);
	return p;
}

/* The proposal that it becomes, or NULL. */
static const char *change(struct world *w, const struct party *by, struct policy p)
{
	const struct flow_policy_change c = {.by = by, .base = FLOW_ANY_VERSION};
	const char *id;

	acts(w, by);
	STEP(w, flow_policy_change(&w->flow, &c, &p, &id, &e));
	return id;
}

static struct store_proposal get(struct world *w, const char *id)
{
	struct store_proposal p;

	OK(store_proposal_get(w->db, &w->arena, id, &p, &e));
	return p;
}

static int64_t present(struct world *w, struct policy *out)
{
	OK(flow_policy_get(w->db, &w->arena, out, &e));
	return out->version;
}

static void switching_off_waits_for_another_person(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct policy p = guarded(&w, state, "20"), now;
	struct flow_policy_version v;
	const char *id;

	p.mode = POLICY_OFF;
	id = change(&w, &chen, p);
	assert_non_null(id);
	assert_int_equal(present(&w, &now), 2);
	assert_int_equal(now.mode, POLICY_BLOCK);
	assert_string_equal(get(&w, id).whys, "mode");
	assert_string_equal(get(&w, id).changed, "mode");
	/* The same once more is the same proposal; nobody alone confirms it. */
	assert_string_equal(change(&w, &chen, p), id);
	REFUSED(&w, ERR_FORBIDDEN, flow_proposal_confirm(&w.flow, &chen, id, &e));
	REFUSED(&w, ERR_FORBIDDEN, flow_proposal_refuse(&w.flow, &chen, id, "", &e));
	acts(&w, &nobody);
	REFUSED(&w, ERR_FORBIDDEN, flow_proposal_confirm(&w.flow, &nobody, id, &e));
	REFUSED(&w, ERR_FORBIDDEN,
		flow_proposal_confirm(&w.flow, &(struct party){"other", "p-chen"}, id, &e));
	acts(&w, &sun);
	REFUSED(&w, ERR_FORBIDDEN, flow_proposal_withdraw(&w.flow, id, &e));
	STEP(&w, flow_proposal_confirm(&w.flow, &sun, id, &e));
	assert_int_equal(present(&w, &now), 3);
	assert_int_equal(now.mode, POLICY_OFF);
	OK(flow_policy_version(&w.flow, 3, &v, &e));
	assert_string_equal(v.row.created_by, "chen");
	assert_string_equal(v.row.confirmed_by, "sun");
	assert_string_equal(get(&w, id).state, PROPOSAL_CONFIRMED);
	assert_int_equal(get(&w, id).version, 3);
	REFUSED(&w, ERR_CONFLICT, flow_proposal_confirm(&w.flow, &sun, id, &e));
	REFUSED(&w, ERR_CONFLICT, flow_proposal_refuse(&w.flow, &sun, id, "", &e));
	/* On again is nothing that weakens. */
	p.mode = POLICY_BLOCK;
	assert_null(change(&w, &sun, p));
}

static void one_ends_in_one_way(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct policy p = guarded(&w, state, "20"), other = p, now;
	const char *id;

	p.mode = POLICY_AUDIT;
	id = change(&w, &chen, p);
	acts(&w, &sun);
	STEP(&w, flow_proposal_refuse(&w.flow, &sun, id, "下周再说", &e));
	assert_string_equal(get(&w, id).state, PROPOSAL_REFUSED);
	assert_string_equal(get(&w, id).comment, "下周再说");

	id = change(&w, &chen, p);
	STEP(&w, flow_proposal_withdraw(&w.flow, id, &e));
	assert_string_equal(get(&w, id).state, PROPOSAL_WITHDRAWN);

	/* Any other change makes them out of date, and says so. */
	id = change(&w, &chen, p);
	other.contact = "IT: 8888";
	assert_null(change(&w, &sun, other));
	assert_string_equal(get(&w, id).state, PROPOSAL_STALE);
	REFUSED(&w, ERR_CONFLICT, flow_proposal_confirm(&w.flow, &sun, id, &e));
	assert_int_equal(present(&w, &now), 3);

	id = change(&w, &chen, p);
	w.flow.now_ms += FLOW_PROPOSAL_MS - 1;
	STEP(&w, flow_proposal_expire(&w.flow, id, &e));
	assert_string_equal(get(&w, id).state, PROPOSAL_OPEN);
	w.flow.now_ms++;
	acts(&w, &sun);
	REFUSED(&w, ERR_CONFLICT, flow_proposal_confirm(&w.flow, &sun, id, &e));
	STEP(&w, flow_proposal_expire(&w.flow, id, &e));
	STEP(&w, flow_proposal_expire(&w.flow, id, &e));
	assert_string_equal(get(&w, id).state, PROPOSAL_EXPIRED);
	assert_int_equal(present(&w, &now), 3);
}

static void many_small_steps_are_one(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct policy p = guarded(&w, state, "1");
	struct store_person wang, zhao;
	const char *people[2], *id;

	OK(store_person_by_dingtalk(w.db, &w.arena, w.app, "wangfang", &wang, &e));
	OK(store_person_by_dingtalk(w.db, &w.arena, w.app, "zhaolei", &zhao, &e));
	people[0] = wang.id;
	people[1] = zhao.id;
	p.whitelist = (struct json_list){people, 1};
	assert_null(change(&w, &chen, p));
	p.whitelist.count = 2;
	id = change(&w, &chen, p);
	assert_string_equal(get(&w, id).whys, "whitelist");
	STEP(&w, flow_proposal_withdraw(&w.flow, id, &e));
	/* Taking people off it, or what has nothing to do with it, is nobody else's. */
	p.whitelist.count = 1;
	p.contact = "IT";
	assert_null(change(&w, &chen, p));
	w.flow.now_ms += DAY;
	p.whitelist.count = 2;
	assert_null(change(&w, &chen, p));
}

static void what_takes_devices_away_counts_the_devices(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct policy p = guarded(&w, state, "0");
	const char *people[1];

	p.everyone = false;
	assert_string_equal(get(&w, change(&w, &chen, p)).whys, "devices");
	p.everyone = true;
	people[0] = w.lihua;
	p.whitelist = (struct json_list){people, 1};
	assert_string_equal(get(&w, change(&w, &chen, p)).whys, "whitelist devices");
	world_device_becomes(&w, w.device, STORE_DEVICE_UNINSTALLED);
	p.everyone = false;
	p.whitelist.count = 0;
	assert_null(change(&w, &chen, p));
}

/* A second laptop, of Wang Fang. */
static const char *another_device(struct world *w)
{
	char *id = arena_alloc(&w->arena, ID_SIZE);
	struct store_device d;
	struct store_person wang;

	id_new(id);
	OK(store_person_by_dingtalk(w->db, &w->arena, w->app, "wangfang", &wang, &e));
	OK(store_device_get(w->db, &w->arena, w->device, &d, &e));
	d.id = id;
	d.name = "laptop-43";
	d.owner = wang.id;
	d.key[0] ^= 1;
	STEP(w, store_device_add(w->db, &d, &e));
	return id;
}

static struct group members(struct world *w, const char *name, const struct rule *rules,
			    size_t count)
{
	struct group g = {.name = name, .description = "", .rules = rules, .rule_count = count};

	STEP(w, flow_group_save(&w->flow, NULL, &g, &e));
	return g;
}

static const char *becomes(struct world *w, const struct party *by, const struct group *was,
			   struct group *g)
{
	const char *id;

	acts(w, by);
	STEP(w, flow_group_change(&w->flow, by, was, g, &id, &e));
	return id;
}

static size_t rules_of(struct world *w, const char *id)
{
	struct group g;

	OK(store_group_get(w->db, &w->arena, id, &g, &e));
	return g.rule_count;
}

/* The policy covers these groups, who has this many alone. */
static void covers(struct world *w, struct policy *p, const char **groups, size_t count,
		   const char *threshold)
{
	p->everyone = false;
	p->groups = (struct json_list){groups, count};
	STEP(w, flow_policy_save(&w->flow, "test", FLOW_ANY_VERSION, p, &e));
	STEP(w, store_setting_set(w->db, SETTING_POLICY_THRESHOLD, threshold, &e));
	renew(w);
	w->flow.now_ms += 2 * DAY;
}

static void a_group_in_scope_is_changed_by_two(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct policy p = guarded(&w, state, "0"), now;
	struct rule li = {RULE_USER, RULE_EQUAL, w.lihua};
	struct group in, free, none = {.name = "研发", .description = ""}, more;
	const char *groups[1], *id, *second;

	free = members(&w, "其他", &li, 1);
	in = members(&w, "研发", &li, 1);
	groups[0] = in.id;
	covers(&w, &p, groups, 1, "0");
	id = becomes(&w, &chen, &in, &none);
	assert_non_null(id);
	assert_string_equal(get(&w, id).whys, "devices");
	assert_string_equal(get(&w, id).subject, PROPOSAL_GROUP);
	assert_int_equal(rules_of(&w, in.id), 1);
	assert_string_equal(becomes(&w, &chen, &in, &none), id);
	/* What has nothing to do with the scope, or takes nobody out of it, is nobody else's. */
	more = (struct group){.name = "其他", .description = ""};
	assert_null(becomes(&w, &chen, &free, &more));
	more = (struct group){.name = "研发部", .description = "", .rules = &li, .rule_count = 1};
	assert_string_equal(get(&w, id).state, PROPOSAL_OPEN);

	REFUSED(&w, ERR_FORBIDDEN, flow_proposal_confirm(&w.flow, &chen, id, &e));
	acts(&w, &sun);
	STEP(&w, flow_proposal_confirm(&w.flow, &sun, id, &e));
	assert_int_equal(rules_of(&w, in.id), 0);
	assert_int_equal(present(&w, &now), 3);
	assert_int_equal(get(&w, id).version, 0);

	/* A group that another one changed meanwhile was looked at in vain; so was a policy that names it. */
	OK(store_group_get(w.db, &w.arena, in.id, &in, &e));
	assert_null(becomes(&w, &chen, &in, &more));
	renew(&w);
	in = more;
	none.name = "研发部";
	id = becomes(&w, &chen, &in, &none);
	p.mode = POLICY_OFF;
	second = change(&w, &chen, p);
	assert_non_null(second);
	more.rules = (struct rule[]){li, {RULE_EMAIL, RULE_EQUAL, "a@example.com"}};
	more.rule_count = 2;
	assert_null(becomes(&w, &sun, &in, &more));
	assert_string_equal(get(&w, id).state, PROPOSAL_STALE);
	assert_string_equal(get(&w, second).state, PROPOSAL_STALE);
}

/* Neither small steps, nor several ways, nor haste go around it. */
static void steps_of_several_kinds_are_one(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct policy p = guarded(&w, state, "1"), without;
	struct rule rules[2] = {{RULE_USER, RULE_EQUAL, w.lihua}, {0}};
	struct store_device other;
	struct group first, second, none = {.name = "甲", .description = ""},
				    empty = {.name = "乙", .description = ""}, again;
	const char *groups[2];

	OK(store_device_get(w.db, &w.arena, another_device(&w), &other, &e));
	rules[1] = (struct rule){RULE_USER, RULE_EQUAL, other.owner};
	first = members(&w, "甲", rules, 1);
	second = members(&w, "乙", rules, 2);
	groups[0] = first.id;
	groups[1] = second.id;
	covers(&w, &p, groups, 2, "1");
	/* Li Hua is in both: the second group counts without the first, though no snapshot says so yet. */
	assert_null(becomes(&w, &chen, &first, &none));
	again = empty;
	assert_non_null(becomes(&w, &chen, &second, &again));
	again =
	    (struct group){.name = "乙", .description = "", .rules = rules + 1, .rule_count = 1};
	assert_null(becomes(&w, &chen, &second, &again));
	second = again;
	renew(&w);
	/* One is gone: one more by the group, or by the policy, takes two people. */
	assert_non_null(becomes(&w, &sun, &second, &empty));
	without = p;
	without.groups.count = 0;
	assert_string_equal(get(&w, change(&w, &sun, without)).whys, "devices");
	/* A day later it is forgotten. */
	w.flow.now_ms += DAY;
	assert_null(becomes(&w, &sun, &second, &empty));
}

static void what_comes_back_counts_no_longer(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct policy p = guarded(&w, state, "1");
	struct rule rules[2] = {{RULE_USER, RULE_EQUAL, w.lihua}, {0}};
	struct group in, one, both, other;
	struct store_device d;
	const char *groups[1];

	OK(store_device_get(w.db, &w.arena, another_device(&w), &d, &e));
	rules[1] = (struct rule){RULE_USER, RULE_EQUAL, d.owner};
	in = members(&w, "甲", rules, 2);
	groups[0] = in.id;
	covers(&w, &p, groups, 1, "1");
	one = (struct group){.name = "甲", .description = "", .rules = rules, .rule_count = 1};
	assert_null(becomes(&w, &chen, &in, &one));
	both = (struct group){.name = "甲", .description = "", .rules = rules, .rule_count = 2};
	assert_null(becomes(&w, &chen, &one, &both));
	other =
	    (struct group){.name = "甲", .description = "", .rules = rules + 1, .rule_count = 1};
	assert_null(becomes(&w, &chen, &both, &other));
	one.name = "甲";
	assert_null(becomes(&w, &chen, &other, &both));
}

static bool unbind(struct world *w, const char *device, struct err *e)
{
	return flow_device_act(
	    &w->flow,
	    &(struct flow_device_act){.device = device, .event = DEVICE_UNBIND, .reason = "报废"},
	    e);
}

static void unbinding_counts_as_releasing(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct policy p = guarded(&w, state, "20");
	const struct flow_releaser by = {.name = "chen", .account = "chen"};
	const struct flow_releaser third = {.name = "sun", .account = "sun"};
	struct flow_release_order order = {
	    .reason = "报废", .days = 7, .online_ms = DAY, .device = another_device(&w)};
	struct flow_release_choice choice;

	STEP(&w, store_setting_set(w.db, SETTING_RELEASE_THRESHOLD, "1", &e));
	renew(&w);
	STEP(&w, unbind(&w, w.device, &e));
	REFUSED(&w, ERR_CONFLICT, unbind(&w, order.device, &e));
	/* By a token of his too: whose it is counts. */
	w.flow.actor.token = "another";
	REFUSED(&w, ERR_CONFLICT, unbind(&w, order.device, &e));
	OK(flow_release_choose(&w.flow, &by, &order, &choice, &e));
	assert_true(choice.second);
	OK(flow_release_choose(&w.flow, &third, &order, &choice, &e));
	assert_false(choice.second);
	/* It is gone from the cover: the policy's count has it. */
	STEP(&w, store_setting_set(w.db, SETTING_POLICY_THRESHOLD, "1", &e));
	p.everyone = false;
	assert_non_null(change(&w, &sun, p));
	acts(&w, &chen);
	w.flow.now_ms += DAY;
	STEP(&w, unbind(&w, order.device, &e));
}

static void what_is_not_protected_is_unbound_freely(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct policy p = guarded(&w, state, "20");

	STEP(&w, store_setting_set(w.db, SETTING_RELEASE_THRESHOLD, "0", &e));
	REFUSED(&w, ERR_CONFLICT, unbind(&w, w.device, &e));
	p.everyone = false;
	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
	renew(&w);
	STEP(&w, unbind(&w, w.device, &e));
}

static const char *guard(struct world *w, const struct party *by, const struct flow_guard *to)
{
	struct flow_guard now;
	const char *id;

	acts(w, by);
	OK(flow_guard_get(&w->flow, &now, &e));
	STEP(w, flow_guard_change(&w->flow, by, &now, to, &id, &e));
	return id;
}

static void who_is_bound_does_not_loosen_it_alone(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_guard now;
	const char *id, *other;

	(void)guarded(&w, state, "20");
	assert_null(guard(&w, &chen, &(struct flow_guard){"weakening", 20, 20}));
	assert_null(guard(&w, &chen, &(struct flow_guard){"weakening", 5, 5}));
	assert_non_null(guard(&w, &chen, &(struct flow_guard){"weakening", 20, 21}));
	assert_non_null(guard(&w, &chen, &(struct flow_guard){"weakening", 21, 20}));
	other = guard(&w, &chen, &(struct flow_guard){"weakening", 9000, 20});
	id = guard(&w, &chen, &(struct flow_guard){"off", 20, 20});
	assert_string_equal(get(&w, id).whys, "settings");
	REFUSED(&w, ERR_FORBIDDEN, flow_proposal_confirm(&w.flow, &chen, id, &e));
	acts(&w, &sun);
	STEP(&w, flow_proposal_confirm(&w.flow, &sun, id, &e));
	assert_string_equal(get(&w, id).state, PROPOSAL_CONFIRMED);
	assert_string_equal(get(&w, other).state, PROPOSAL_STALE);
	OK(flow_guard_get(&w.flow, &now, &e));
	assert_string_equal(now.second_person, POLICY_SECOND_OFF);
	/* Without the rule there is nothing to be loosened. */
	assert_null(guard(&w, &chen, &(struct flow_guard){"off", 9000, 100}));
}

static void there_are_not_endlessly_many(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct policy p = guarded(&w, state, "20");
	const struct flow_policy_change c = {.by = &chen, .base = FLOW_ANY_VERSION};
	const char *id;

	p.mode = POLICY_OFF;
	for (int i = 0; i < FLOW_PROPOSAL_MAX_OPEN; i++) {
		p.pending_days = i + 1;
		assert_non_null(change(&w, &chen, p));
	}
	p.pending_days = 100;
	REFUSED(&w, ERR_CONFLICT, flow_policy_change(&w.flow, &c, &p, &id, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(switching_off_waits_for_another_person),
	    BOTH(one_ends_in_one_way),
	    BOTH(many_small_steps_are_one),
	    BOTH(what_takes_devices_away_counts_the_devices),
	    BOTH(a_group_in_scope_is_changed_by_two),
	    BOTH(steps_of_several_kinds_are_one),
	    BOTH(what_comes_back_counts_no_longer),
	    BOTH(unbinding_counts_as_releasing),
	    BOTH(what_is_not_protected_is_unbound_freely),
	    BOTH(who_is_bound_does_not_loosen_it_alone),
	    BOTH(there_are_not_endlessly_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
