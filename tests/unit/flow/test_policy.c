/* The policy: what a change would do is what it then does. */
#include "world.h"

#include "flow/ahead.h"
#include "flow/group.h"
#include "flow/policy.h"

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
	OK(snapshots_load(w.snapshots, w.db, &e));
	snapshots_give(w.snapshots, w.flow.snapshot);
	w.flow.snapshot = snapshots_take(w.snapshots);
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
	STEP(&w, store_device_set_state(w.db, w.device, STORE_DEVICE_UNINSTALLED, &e));
	assert_int_equal(ahead(&w, &p).devices.before, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_preview_counts_who_is_gained_and_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
