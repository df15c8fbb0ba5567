/* What weakens the policy takes two people, where the organisation wants that. */
#include "world.h"

#include "flow/group.h"
#include "flow/policy_version.h"
#include "flow/proposal.h"
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
	    BOTH(there_are_not_endlessly_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
