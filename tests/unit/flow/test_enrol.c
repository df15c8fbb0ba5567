#include "asker.h"

#include "flow/group.h"
#include "flow/receipt.h"
#include "flow/statement.h"
#include "store/grant.h"
#include "store/group.h"

#define MINUTE ((int64_t)60000)
#define DAY ((int64_t)24 * 3600 * 1000)

static void a_device_becomes_ours_when_a_person_says_so(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct asker k = {0};
	struct store_device d, again;

	world_make(&w, state);
	crypto_keypair_new(&k.key);
	ask(&w, &k, "10.0.0.1");
	assert_int_equal(redeem(&w, &k, &d), ENROL_PENDING);
	STEP(&w, flow_enrol_decide(&w.flow, &k.en, w.lihua, true, &e));
	REFUSED(&w, ERR_CONFLICT, flow_enrol_decide(&w.flow, &k.en, w.lihua, false, &e));
	assert_int_equal(redeem(&w, &k, &d), ENROL_READY);
	assert_string_equal(d.owner_name, "李华");
	assert_string_equal(d.name, "laptop-7");
	assert_non_null(d.statement);
	/* The answer was lost: the same again, until the code's time is over. */
	assert_int_equal(redeem(&w, &k, &again), ENROL_READY);
	assert_string_equal(again.id, d.id);
	w.flow.now_ms = WORLD_NOW + 10 * MINUTE;
	assert_int_equal(redeem(&w, &k, &again), ENROL_EXPIRED);
}

static void refusals_of_a_device(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct asker k = {0}, thief = {0};
	struct store_device d;

	world_make(&w, state);
	crypto_keypair_new(&k.key);
	crypto_keypair_new(&thief.key);
	ask(&w, &k, "10.0.0.1");
	memcpy(thief.code, k.code, sizeof(k.code));
	assert_int_equal(redeem(&w, &thief, &d), ENROL_UNKNOWN);
	STEP(&w, flow_enrol_decide(&w.flow, &k.en, w.lihua, false, &e));
	assert_int_equal(redeem(&w, &k, &d), ENROL_DENIED);
	k.code[0] = k.code[0] == 'A' ? 'B' : 'A';
	assert_int_equal(redeem(&w, &k, &d), ENROL_UNKNOWN);
}

static void who_polls_too_fast_waits_longer(void **state)
{
	static const struct {
		int64_t after_ms;
		enum flow_enrol_outcome outcome;
	} polls[] = {
	    {0, ENROL_PENDING},      {2000, ENROL_PENDING},   {1600, ENROL_PENDING},
	    {1000, ENROL_SLOW_DOWN}, {2000, ENROL_SLOW_DOWN}, {12000, ENROL_PENDING},
	    {7000, ENROL_SLOW_DOWN}, {-60000, ENROL_PENDING}, /* the clock was set back */
	};
	AUTO(world_done) struct world w = {0};
	struct asker k = {0};
	struct store_device d;

	world_make(&w, state);
	crypto_keypair_new(&k.key);
	ask(&w, &k, "10.0.0.1");
	for (size_t i = 0; i < ARRAY_SIZE(polls); i++) {
		w.flow.now_ms += polls[i].after_ms;
		assert_int_equal(redeem(&w, &k, &d), polls[i].outcome);
	}
}

static void one_address_may_ask_so_often(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct asker k = {0};

	world_make(&w, state);
	crypto_keypair_new(&k.key);
	for (int i = 0; i < FLOW_ENROL_MAX_OPEN_ADDRESS; i++)
		ask(&w, &k, "10.0.0.1");
	REFUSED(&w, ERR_TOO_MANY, flow_enrol_ask(&w.flow, &k.en, NULL, k.code, &e));
	ask(&w, &k, "10.0.0.2");
	w.flow.now_ms += 10 * MINUTE;
	ask(&w, &k, "10.0.0.1");
}

static void a_network_of_one_subscriber_counts_as_one_address(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct asker k = {0};

	world_make(&w, state);
	crypto_keypair_new(&k.key);
	for (int i = 0; i < FLOW_ENROL_MAX_OPEN_ADDRESS; i++)
		ask(&w, &k, arena_printf(&w.arena, "2001:db8:1:2::%x", i + 1));
	k.en.address = "2001:db8:1:2:ffff::1";
	REFUSED(&w, ERR_TOO_MANY, flow_enrol_ask(&w.flow, &k.en, NULL, k.code, &e));
	ask(&w, &k, "2001:db8:1:3::1");
}

/* The same key comes back in somebody else's hands. */
static void a_new_owner_starts_without_the_old_ones_requests(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct asker k = {0};
	struct store_device d;
	const char *request = NULL;

	world_make(&w, state);
	k.key = w.key;
	k.switching = true;
	request = world_file(&w);
	ask(&w, &k, "10.0.0.1");
	STEP(&w, flow_enrol_decide(&w.flow, &k.en, person(&w, "wangfang"), true, &e));
	assert_int_equal(redeem(&w, &k, &d), ENROL_READY);
	assert_string_equal(d.id, w.device);
	assert_string_equal(d.owner_name, "王芳");
	assert_string_equal(world_instance(&w, request).status, "revoked");
}

/* A device that starts anew may have forgotten that it has used a grant; one that is only signed in on again
 * has not. */
static void the_same_owner_keeps_what_the_device_remembers(void **state)
{
	static const struct flow_decision admin = {"admin", "api", "", WORLD_ADMIN};
	AUTO(world_done) struct world w = {0};
	struct asker k = {0};
	struct store_device d;
	struct store_grant g;
	const char *approved, *request;

	world_make(&w, state);
	k.key = w.key;
	approved = world_file(&w);
	STEP(&w, flow_decide(&w.flow, approved, true, &admin, &e));
	request = world_file(&w);
	ask(&w, &k, "10.0.0.1");
	STEP(&w, flow_enrol_decide(&w.flow, &k.en, w.lihua, true, &e));
	assert_int_equal(redeem(&w, &k, &d), ENROL_READY);
	assert_string_equal(world_instance(&w, request).status, "pending");
	OK(store_grant_of_instance(w.db, &w.arena, approved, &g, &e));
	assert_string_equal(g.state, "unused");
	world_device_becomes(&w, w.device, STORE_DEVICE_UNINSTALLED);
	ask(&w, &k, "10.0.0.1");
	STEP(&w, flow_enrol_decide(&w.flow, &k.en, w.lihua, true, &e));
	assert_int_equal(redeem(&w, &k, &d), ENROL_READY);
	OK(store_grant_of_instance(w.db, &w.arena, approved, &g, &e));
	assert_string_equal(g.state, "cancelled");
}

/* Whether the device that has *has needs another statement; it gets it. */
static bool renewed(struct world *w, struct store_device *d, struct statement *has)
{
	struct flow_rules rules;
	struct flow_statement made;
	int64_t before = has->counter;

	OK(store_device_get(w->db, &w->arena, w->device, d, &e));
	flow_rules_init(&rules, &w->arena, w->flow.signer, w->flow.snapshot);
	if (!flow_statement_due(&rules, d, &(struct flow_has){has->counter, has->basis},
				w->flow.now_ms))
		return false;
	OK(flow_statement_make(&rules, &w->arena, d, before, w->flow.now_ms, &made, &e));
	d->statement = made.jws;
	*has = said(w, d);
	assert_int_equal(has->counter, made.counter);
	assert_true(has->counter > before);
	return true;
}

static void a_statement_is_made_anew_when_what_it_says_changes(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct statement s = {.basis = ""};
	struct store_device d;

	world_make(&w, state);
	assert_true(renewed(&w, &d, &s));
	assert_string_equal(s.device, w.device);
	assert_string_equal(s.device_name, d.name);
	assert_int_equal(s.mode, STATEMENT_OFF);
	assert_false(s.covered);
	assert_true(s.filing);
	assert_false(renewed(&w, &d, &s));
	save_policy(&w, true, NULL);
	assert_true(renewed(&w, &d, &s));
	assert_int_equal(s.mode, STATEMENT_BLOCK);
	assert_string_equal(s.why, "everyone");
	/* The same policy once more says nothing new; a day later it is signed again. */
	save_policy(&w, true, NULL);
	assert_false(renewed(&w, &d, &s));
	w.flow.now_ms += DAY + 1;
	assert_true(renewed(&w, &d, &s));
	/* What another server made is not the newest any more. */
	STEP(&w, store_device_set_counter(w.db, w.device, s.counter + 5, &e));
	assert_true(renewed(&w, &d, &s));
}

/* Whatever our clock says, and whether it is we or the device who remembers. */
static void the_counter_never_falls(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct statement s = {.basis = "", .counter = WORLD_NOW + 9 * DAY};
	struct store_device d;

	world_make(&w, state);
	w.flow.now_ms += 8 * DAY;
	assert_true(renewed(&w, &d, &s)); /* a backup without it was restored */
	assert_int_equal(s.counter, WORLD_NOW + 9 * DAY + 1);
	w.flow.now_ms -= 7 * DAY; /* the clock was set back */
	assert_false(renewed(&w, &d, &s));
	save_policy(&w, true, NULL);
	assert_true(renewed(&w, &d, &s));
	assert_int_equal(s.counter, WORLD_NOW + 9 * DAY + 2);
	/* Enrolled again, without any memory of its own: ours counts. */
	STEP(&w, store_device_set_counter(w.db, w.device, s.counter, &e));
	OK(store_device_get(w.db, &w.arena, w.device, &d, &e));
	STEP(&w, flow_statement_renew(&w.flow, &d, &e));
	assert_int_equal(d.statement_counter, WORLD_NOW + 9 * DAY + 3);
	OK(store_device_get(w.db, &w.arena, w.device, &d, &e));
	assert_int_equal(d.statement_counter, WORLD_NOW + 9 * DAY + 3);
}

/* A device that holds our own statement is heard although our clock was set back since. */
static void a_counter_from_the_future_is_only_believed_when_it_is_ours(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_device d;

	world_make(&w, state);
	OK(store_device_get(w.db, &w.arena, w.device, &d, &e));
	d.statement_counter = WORLD_NOW + 9 * DAY;
	assert_true(flow_statement_credible(WORLD_NOW + 9 * DAY, &d, WORLD_NOW));
	assert_false(flow_statement_credible(WORLD_NOW + 9 * DAY + 1, &d, WORLD_NOW));
	d.statement_counter = 1; /* restored from a backup */
	assert_true(flow_statement_credible(WORLD_NOW + DAY, &d, WORLD_NOW));
	assert_false(flow_statement_credible(WORLD_NOW + DAY + 1, &d, WORLD_NOW));
}

static void a_policy_made_from_an_old_version_is_refused(void **state)
{
	AUTO(world_done) struct world w = {0};
	static const char *ghost[] = {"01900000-0000-7000-8000-000000000000"};
	struct policy p;

	world_make(&w, state);
	OK(flow_policy_get(w.db, &w.arena, &p, &e));
	assert_int_equal(p.version, 1);
	p.everyone = !p.everyone;
	STEP(&w, flow_policy_save(&w.flow, "test", 1, &p, &e));
	assert_int_equal(p.version, 2);
	REFUSED(&w, ERR_STALE, flow_policy_save(&w.flow, "test", 1, &p, &e));
	p.groups = (struct json_list){ghost, 1};
	REFUSED(&w, ERR_UNPROCESSABLE, flow_policy_save(&w.flow, "test", 2, &p, &e));
	p.groups.count = 0;
	p.whitelist = (struct json_list){ghost, 1};
	REFUSED(&w, ERR_UNPROCESSABLE, flow_policy_save(&w.flow, "test", 2, &p, &e));
	p.whitelist.count = 0;
	p.workflow = ghost[0];
	REFUSED(&w, ERR_UNPROCESSABLE, flow_policy_save(&w.flow, "test", 2, &p, &e));
}

static void a_group_that_the_policy_names_stays(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct rule rule = {RULE_USER, RULE_EQUAL, "01900000-0000-7000-8000-000000000000"};
	struct group g = {NULL, "研发", "", &rule, 1, 0}, old;
	const char *ids[1];
	struct policy p;

	world_make(&w, state);
	REFUSED(&w, ERR_UNPROCESSABLE, flow_group_save(&w.flow, NULL, &g, &e));
	g.id = NULL;
	rule.value = w.lihua;
	STEP(&w, flow_group_save(&w.flow, NULL, &g, &e));
	old = g;
	g.name = "研发部";
	STEP(&w, flow_group_save(&w.flow, &old, &g, &e));
	assert_true(g.updated_ms > old.updated_ms);
	REFUSED(&w, ERR_STALE, flow_group_save(&w.flow, &old, &g, &e));
	OK(flow_policy_get(w.db, &w.arena, &p, &e));
	ids[0] = g.id;
	p.groups = (struct json_list){ids, 1};
	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
	REFUSED(&w, ERR_CONFLICT, flow_group_remove(&w.flow, &g, &e));
	p.groups.count = 0;
	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
	STEP(&w, flow_group_remove(&w.flow, &g, &e));
	REFUSED(&w, ERR_NOT_FOUND, flow_group_remove(&w.flow, &g, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_device_becomes_ours_when_a_person_says_so),
	    BOTH(refusals_of_a_device),
	    BOTH(who_polls_too_fast_waits_longer),
	    BOTH(one_address_may_ask_so_often),
	    BOTH(a_network_of_one_subscriber_counts_as_one_address),
	    BOTH(a_new_owner_starts_without_the_old_ones_requests),
	    BOTH(the_same_owner_keeps_what_the_device_remembers),
	    BOTH(a_statement_is_made_anew_when_what_it_says_changes),
	    BOTH(the_counter_never_falls),
	    BOTH(a_counter_from_the_future_is_only_believed_when_it_is_ours),
	    BOTH(a_policy_made_from_an_old_version_is_refused),
	    BOTH(a_group_that_the_policy_names_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
