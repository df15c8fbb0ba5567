#include "world.h"

#include "flow/device_admin.h"
#include "flow/grant.h"
#include "flow/receipt.h"
#include "flow/statement.h"
#include "store/device_history.h"

#define MINUTE INT64_C(60000)
#define DAY (24 * 60 * MINUTE)

static bool act(struct world *w, enum device_event event, struct err *e)
{
	return flow_device_act(
	    &w->flow,
	    &(struct flow_device_act){.device = w->device, .event = event, .reason = " 丢了 "}, e);
}

static struct store_device device_of(struct world *w)
{
	struct store_device d = {0};

	OK(store_device_get(w->db, &w->arena, w->device, &d, &e));
	return d;
}

static struct store_grant approved(struct world *w, const char **instance)
{
	struct store_grant g = {0};

	*instance = world_file(w);
	STEP(w, flow_decide(&w->flow, *instance, true,
			    &(struct flow_decision){"admin", "api", "好", WORLD_ADMIN}, &e));
	OK(store_grant_of_instance(w->db, &w->arena, *instance, &g, &e));
	return g;
}

static const char *grant_state(struct world *w, const char *id)
{
	struct store_grant g = {0};

	OK(store_grant_get(w->db, &w->arena, id, &g, &e));
	return g.state;
}

static bool files(struct world *w, struct err *e)
{
	struct flow_filed filed;

	return flow_file(&w->flow, &(struct flow_filing){.device = w->device, .reason = "报废"},
			 &filed, e);
}

static size_t events(struct world *w, const char *kind)
{
	const struct store_event_filter filter = {
	    .device = w->device, .kind = kind, .before = "", .max = 100};
	struct store_event *all;
	size_t count;

	OK(store_event_list(w->db, &w->arena, &filter, &all, &count, &e));
	return count;
}

static void reported(struct world *w, const char *kind)
{
	char id[ID_SIZE];
	struct store_device d = device_of(w);
	struct store_receipt r = {.device = w->device,
				  .kind = kind,
				  .package = POLICY_CLIENT,
				  .boot = "b",
				  .text = "",
				  .at_ms = w->flow.now_ms};

	id_new(id);
	r.id = id;
	STEP(w, flow_receipt_take(&w->flow, &d, &r, &e));
}

static void a_lost_device_stays_protected_and_can_file_nothing(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *one, *two;
	struct store_device d;
	struct store_grant g;

	world_make(&w, state);
	g = approved(&w, &one);
	two = world_file(&w);
	STEP(&w, act(&w, DEVICE_LOSE, &e));
	assert_string_equal(device_of(&w).state, "lost");
	world_is(&w, two, "revoked", "none");
	assert_string_equal(grant_state(&w, g.id), "cancelled");
	assert_int_equal(events(&w, "device-lost"), 1);
	REFUSED(&w, ERR_FORBIDDEN, files(&w, &e));
	REFUSED(&w, ERR_CONFLICT, act(&w, DEVICE_LOSE, &e));
	d = device_of(&w);
	assert_true(flow_device_coverage(w.flow.snapshot, &d).covered ==
		    snapshot_coverage(w.flow.snapshot, d.owner).covered);
	/* Its old key, and whatever it reports, changes nothing of that. */
	reported(&w, "removed-without-grant");
	assert_string_equal(device_of(&w).state, "lost");
	assert_int_equal(events(&w, "removed-without-grant"), 1);
	STEP(&w, act(&w, DEVICE_FIND, &e));
	assert_string_equal(device_of(&w).state, "active");
	assert_string_equal(grant_state(&w, g.id), "cancelled");
	STEP(&w, files(&w, &e));
}

/* Somebody approved while it was being reported lost: that must not let it go. */
static void nothing_is_granted_to_a_lost_device(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	world_device_becomes(&w, w.device, STORE_DEVICE_LOST);
	REFUSED(&w, ERR_FORBIDDEN,
		flow_decide(&w.flow, id, true,
			    &(struct flow_decision){"admin", "api", "好", WORLD_ADMIN}, &e));
}

static void an_unbound_device_is_nobodys_and_not_covered(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_device_owning *owners;
	char before[FLOW_BASIS_SIZE], after[FLOW_BASIS_SIZE];
	struct flow_rules rules;
	struct store_device d;
	struct store_grant g;
	const char *id;
	size_t count;

	world_make(&w, state);
	g = approved(&w, &id);
	d = device_of(&w);
	flow_rules_init(&rules, &w.arena, w.flow.signer, w.flow.snapshot);
	flow_statement_basis(&rules, &d, before);
	w.flow.now_ms += MINUTE;
	STEP(&w, act(&w, DEVICE_UNBIND, &e));
	d = device_of(&w);
	assert_string_equal(d.state, "unbound");
	assert_string_equal(d.session_end, "signed-out");
	assert_false(flow_device_coverage(w.flow.snapshot, &d).covered);
	flow_statement_basis(&rules, &d, after);
	assert_string_not_equal(before, after);
	assert_string_equal(grant_state(&w, g.id), "cancelled");
	REFUSED(&w, ERR_FORBIDDEN, files(&w, &e));
	REFUSED(&w, ERR_CONFLICT, act(&w, DEVICE_LOSE, &e));
	OK(store_device_owners_of(w.db, &w.arena, w.device, 10, &owners, &count, &e));
	assert_int_equal(count, 1);
	assert_int_equal(owners[0].to_ms, w.flow.now_ms);
	assert_string_equal(owners[0].how, "enrolled");
}

static void only_a_device_that_is_away_is_deleted_and_its_requests_stay(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_device_act delete = {.event = DEVICE_DELETE, .reason = "报废"};
	struct store_device d;
	const char *id;

	world_make(&w, state);
	delete.device = w.device;
	id = world_file(&w);
	d = device_of(&w);
	REFUSED(&w, ERR_CONFLICT, flow_device_act(&w.flow, &delete, &e));
	w.flow.now_ms += 2 * MINUTE; /* perhaps another server hears it */
	REFUSED(&w, ERR_CONFLICT, flow_device_act(&w.flow, &delete, &e));
	delete.seen_ms = w.flow.now_ms - FLOW_DEVICE_DELETE_MS + 1;
	REFUSED(&w, ERR_CONFLICT, flow_device_act(&w.flow, &delete, &e));
	delete.seen_ms--;
	delete.version = d.version + 1;
	REFUSED(&w, ERR_STALE, flow_device_act(&w.flow, &delete, &e));
	delete.version = d.version;
	STEP(&w, flow_device_act(&w.flow, &delete, &e));
	FAILS(ERR_NOT_FOUND, store_device_get(w.db, &w.arena, w.device, &d, &e));
	FAILS(ERR_NOT_FOUND, store_device_by_key(w.db, &w.arena, d.key, &d, &e));
	REFUSED(&w, ERR_NOT_FOUND, files(&w, &e));
	world_is(&w, id, "revoked", "none");
	assert_string_equal(world_instance(&w, id).device_name, "laptop-42");
	assert_int_equal(events(&w, "device-deleted"), 1);
	/* The same key may enrol anew. */
	d.id = w.app;
	STEP(&w, store_device_add(w.db, &d, &e));
}

static void states_are_kept_with_who_and_why(void **state)
{
	static const char *const want[] = {"uninstalled", "active", "lost", "active"};
	AUTO(world_done) struct world w = {0};
	struct store_device_stay *stays;
	size_t count;

	world_make(&w, state);
	w.flow.actor = (struct flow_actor){.kind = "account", .id = "x", .name = "陈安"};
	STEP(&w, act(&w, DEVICE_LOSE, &e));
	w.flow.now_ms += MINUTE;
	STEP(&w, act(&w, DEVICE_FIND, &e));
	reported(&w, "removed");
	reported(&w, "removed");
	OK(store_device_stays(w.db, &w.arena, w.device, 10, &stays, &count, &e));
	assert_int_equal(count, ARRAY_SIZE(want));
	for (size_t i = 0; i < count; i++)
		assert_string_equal(stays[i].state, want[i]);
	assert_string_equal(stays[0].by, "laptop-42");
	assert_string_equal(stays[1].by, "陈安");
	assert_string_equal(stays[1].why, "丢了");
	assert_int_equal(stays[1].at_ms, w.flow.now_ms);
	assert_string_equal(stays[3].why, "enrolled");
}

static void a_reason_is_needed(void **state)
{
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	REFUSED(&w, ERR_UNPROCESSABLE,
		flow_device_act(&w.flow,
				&(struct flow_device_act){
				    .device = w.device, .event = DEVICE_LOSE, .reason = " \n"},
				&e));
}

static size_t silences(struct world *w)
{
	size_t count = 0;

	STEP(w, flow_device_silent(&w->flow, &count, &e));
	return count;
}

static void thirty_days_of_silence_are_said_once_and_taken_back(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_device_stay *stays;
	size_t count;

	world_make(&w, state);
	assert_int_equal(silences(&w), 0);
	w.flow.now_ms += 30 * DAY + 1;
	assert_int_equal(silences(&w), 1);
	assert_int_equal(silences(&w), 0);
	assert_int_equal(events(&w, "device-long-offline"), 1);
	w.flow.now_ms += MINUTE;
	STEP(&w, store_device_present(
		     w.db, &(struct store_device_presence){.id = w.device, .at_ms = w.flow.now_ms},
		     &e));
	assert_int_equal(silences(&w), 1);
	assert_int_equal(events(&w, "device-back"), 1);
	OK(store_device_stays(w.db, &w.arena, w.device, 10, &stays, &count, &e));
	assert_int_equal(count, 3);
	assert_string_equal(stays[0].state, "active");
	assert_string_equal(stays[1].state, "long-offline");
	assert_non_null(strstr(stays[1].why, "last heard of at 2025-11-22"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_lost_device_stays_protected_and_can_file_nothing),
	    BOTH(nothing_is_granted_to_a_lost_device),
	    BOTH(an_unbound_device_is_nobodys_and_not_covered),
	    BOTH(only_a_device_that_is_away_is_deleted_and_its_requests_stay),
	    BOTH(states_are_kept_with_who_and_why),
	    BOTH(a_reason_is_needed),
	    BOTH(thirty_days_of_silence_are_said_once_and_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
