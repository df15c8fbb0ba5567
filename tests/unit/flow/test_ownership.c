#include "asker.h"

#include "flow/clone.h"
#include "flow/departure.h"
#include "flow/device_admin.h"
#include "flow/enrolment_token.h"
#include "flow/ownership.h"
#include "flow/statement.h"
#include "model/device.h"
#include "store/clone.h"
#include "store/grant.h"
#include "store/ownership.h"
#include "store/setting.h"

static struct store_device laptop(struct world *w)
{
	struct store_device d;

	OK(store_device_get(w->db, &w->arena, w->device, &d, &e));
	return d;
}

static void nothing_is_filed_where_nobody_is_signed_in(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_filing here = {.reason = "旧电脑报废"};
	struct flow_filed filed;

	world_make(&w, state);
	here.device = w.device;
	STEP(&w, flow_device_session_end(&w.flow, w.device, SESSION_SIGNED_OUT, &e));
	/* A second end changes neither why nor when. */
	w.flow.now_ms += 1000;
	STEP(&w, flow_person_sessions_end(&w.flow, w.lihua, SESSION_DEPARTED, &e));
	assert_string_equal(laptop(&w).session_end, SESSION_SIGNED_OUT);
	assert_int_equal(laptop(&w).session_ended_ms, WORLD_NOW);
	assert_int_equal(recorded(&w, "device-session-ended"), 1);
	REFUSED(&w, ERR_FORBIDDEN, flow_file(&w.flow, &here, &filed, &e));
}

static void who_leaves_is_signed_out_of_all_his_devices(void **state)
{
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	STEP(&w, flow_person_sessions_end(&w.flow, w.lihua, SESSION_DEPARTED, &e));
	assert_string_equal(laptop(&w).session_end, SESSION_DEPARTED);
	assert_int_equal(recorded(&w, "device-session-ended"), 1);
}

static struct asker asker_of(struct world *w)
{
	return (struct asker){.key = w->key, .switching = true};
}

/* Somebody signs in on the device. */
static enum flow_enrol_outcome sign_in(struct world *w, struct asker *k, const char *person_id,
				       struct store_device *d)
{
	ask(w, k, "10.0.0.1");
	STEP(w, flow_enrol_decide(&w->flow, &k->en, person_id, true, &e));
	return redeem(w, k, d);
}

static bool covered(struct world *w)
{
	const struct store_device d = laptop(w);

	return flow_device_coverage(w->flow.snapshot, &d).covered;
}

static void a_device_is_taken_over_only_by_who_asked_for_that(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_enrol_present now;
	struct asker k;
	struct store_device d;

	world_make(&w, state);
	k = asker_of(&w);
	k.switching = false;
	ask(&w, &k, "10.0.0.1");
	OK(flow_enrol_present(&w.flow, &k.en, person(&w, "wangfang"), &now, &e));
	assert_string_equal(now.owner_name, "李华");
	assert_string_equal(now.refusal->code, "owned");
	REFUSED(&w, ERR_CONFLICT,
		flow_enrol_decide(&w.flow, &k.en, person(&w, "wangfang"), true, &e));
	STEP(&w, flow_enrol_decide(&w.flow, &k.en, w.lihua, true, &e));
	assert_int_equal(redeem(&w, &k, &d), ENROL_READY);
	k.switching = true;
	assert_int_equal(sign_in(&w, &k, person(&w, "wangfang"), &d), ENROL_READY);
	assert_string_equal(laptop(&w).owner_name, "王芳");
	assert_int_equal(recorded(&w, "owner-changed"), 1);
}

static void an_uncovered_owner_takes_no_protection_away_until_somebody_confirms(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_owner_answer no = {.comment = "no"}, yes = {.confirm = true, .comment = ""};
	struct asker k;
	struct store_device d;

	world_make(&w, state);
	no.device = yes.device = w.device;
	save_policy(&w, true, person(&w, "wangfang"));
	k = asker_of(&w);
	REFUSED(&w, ERR_CONFLICT, flow_owner_answer(&w.flow, &yes, &e));
	assert_int_equal(sign_in(&w, &k, person(&w, "wangfang"), &d), ENROL_READY);
	assert_string_equal(laptop(&w).owner_name, "王芳");
	assert_string_equal(laptop(&w).held_for, w.lihua);
	assert_true(covered(&w));
	assert_int_equal(recorded(&w, "owner-change-held"), 1);
	/* Not by her own word, and no says that it stays so. */
	yes.person = person(&w, "wangfang");
	REFUSED(&w, ERR_FORBIDDEN, flow_owner_answer(&w.flow, &yes, &e));
	STEP(&w, flow_owner_answer(&w.flow, &no, &e));
	assert_true(covered(&w));
	assert_int_equal(laptop(&w).held_refused_ms, WORLD_NOW);
	REFUSED(&w, ERR_CONFLICT, flow_owner_answer(&w.flow, &no, &e));
	/* Signing in again asks nobody anew. */
	assert_int_equal(sign_in(&w, &k, person(&w, "wangfang"), &d), ENROL_READY);
	assert_int_equal(laptop(&w).held_refused_ms, WORLD_NOW);
	/* It counts as a release does. */
	yes.person = NULL;
	STEP(&w, store_setting_set(w.db, SETTING_RELEASE_THRESHOLD, "0", &e));
	REFUSED(&w, ERR_CONFLICT, flow_owner_answer(&w.flow, &yes, &e));
	assert_true(covered(&w));
	STEP(&w, store_setting_set(w.db, SETTING_RELEASE_THRESHOLD, "1", &e));
	STEP(&w, flow_owner_answer(&w.flow, &yes, &e));
	assert_null(laptop(&w).held_for);
	assert_false(covered(&w));
	assert_int_equal(recorded(&w, "owner-change-confirmed"), 1);
}

static void a_hold_ends_when_the_old_owner_comes_back(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct asker k;
	struct store_device d;

	world_make(&w, state);
	save_policy(&w, true, person(&w, "wangfang"));
	k = asker_of(&w);
	assert_int_equal(sign_in(&w, &k, person(&w, "wangfang"), &d), ENROL_READY);
	assert_int_equal(sign_in(&w, &k, w.lihua, &d), ENROL_READY);
	assert_null(laptop(&w).held_for);
	assert_true(covered(&w));
}

/* A new key from the same machine. */
static struct asker reinstalled(const char *hardware)
{
	struct asker k = {.hardware = hardware};

	crypto_keypair_new(&k.key);
	return k;
}

static void a_machine_that_was_installed_anew_keeps_its_entry(void **state)
{
	static const struct flow_decision admin = {"admin", "api", "", WORLD_ADMIN};
	AUTO(world_done) struct world w = {0};
	struct asker k, again, stranger;
	struct store_device d, first;
	struct store_grant g;
	const char *approved;
	struct flow_filed filed;
	struct flow_filing filing = {.reason = "旧电脑报废"};

	world_make(&w, state);
	k = reinstalled("hw");
	assert_int_equal(sign_in(&w, &k, w.lihua, &first), ENROL_READY);
	filing.device = first.id;
	STEP(&w, flow_file(&w.flow, &filing, &filed, &e));
	approved = filed.id;
	STEP(&w, flow_decide(&w.flow, approved, true, &admin, &e));
	/* While it is alive its entry is nobody else's. */
	again = reinstalled("hw");
	assert_int_equal(sign_in(&w, &again, w.lihua, &d), ENROL_READY);
	assert_string_not_equal(d.id, first.id);
	world_device_becomes(&w, d.id, STORE_DEVICE_UNINSTALLED);
	STEP(&w, store_device_seen(w.db, first.id, NULL, WORLD_NOW + 1, &e));
	w.flow.now_ms += DEVICE_ALIVE_MS + 1;
	/* Nor does a stranger get it by what his machine says. */
	stranger = reinstalled("hw");
	assert_int_equal(sign_in(&w, &stranger, person(&w, "wangfang"), &d), ENROL_READY);
	assert_string_not_equal(d.id, first.id);
	again = reinstalled("hw");
	assert_int_equal(sign_in(&w, &again, w.lihua, &d), ENROL_READY);
	assert_string_equal(d.id, first.id);
	assert_memory_equal(d.key, again.key.public, 32);
	assert_true(d.statement_counter > first.statement_counter);
	OK(store_grant_of_instance(w.db, &w.arena, approved, &g, &e));
	assert_string_equal(g.state, "cancelled");
	FAILS(ERR_NOT_FOUND, store_device_by_key(w.db, &w.arena, first.key, &d, &e));
}

static void the_key_before_gets_nothing_for_its_old_code(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct asker before = reinstalled("hw"), after = reinstalled("hw");
	struct store_device d, same;

	world_make(&w, state);
	assert_int_equal(sign_in(&w, &before, w.lihua, &d), ENROL_READY);
	w.flow.now_ms += DEVICE_ALIVE_MS + 1;
	assert_int_equal(redeem(&w, &before, &same), ENROL_READY);
	assert_int_equal(sign_in(&w, &after, w.lihua, &same), ENROL_READY);
	assert_string_equal(same.id, d.id);
	assert_int_equal(redeem(&w, &before, &d), ENROL_UNKNOWN);
	assert_int_equal(redeem(&w, &after, &d), ENROL_READY);
}

static struct store_enrolment_token token_for(struct world *w, int64_t max_uses,
					      char text[static ENROLMENT_TOKEN_SIZE])
{
	struct store_enrolment_token t = {
	    .name = "kiosks", .owner = w->lihua, .max_uses = max_uses, .created_by = "test"};

	STEP(w, flow_enrolment_token_make(&w->flow, 7, &t, text, &e));
	return t;
}

/* The word for why, or NULL. */
static const char *refusal(struct world *w, const char *text)
{
	struct store_enrolment_token t;
	const struct enrolment_refusal *refused;
	int64_t wait_ms;

	STEP(w, flow_enrolment_token_find(&w->flow, text, "10.0.0.9", &t, &refused, &wait_ms, &e));
	return refused != NULL ? refused->code : NULL;
}

static void a_token_enrols_as_many_devices_as_it_says(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct asker first, second, third;
	struct store_enrolment_token t;
	struct store_device d;
	char text[ENROLMENT_TOKEN_SIZE];

	world_make(&w, state);
	t = token_for(&w, 2, text);
	assert_null(refusal(&w, text));
	first = reinstalled(NULL);
	second = reinstalled(NULL);
	third = reinstalled(NULL);
	first.token = second.token = third.token = &t;
	ask(&w, &first, "10.0.0.1");
	ask(&w, &second, "10.0.0.1");
	ask(&w, &third, "10.0.0.1");
	assert_int_equal(redeem(&w, &first, &d), ENROL_READY);
	assert_string_equal(d.owner, w.lihua);
	assert_string_equal(d.enrolment_token, t.id);
	/* An answer that was lost is no second use. */
	assert_int_equal(redeem(&w, &first, &d), ENROL_READY);
	assert_int_equal(redeem(&w, &second, &d), ENROL_READY);
	assert_int_equal(redeem(&w, &third, &d), ENROL_DENIED);
	OK(store_enrolment_token_get(w.db, &w.arena, t.id, &t, &e));
	assert_int_equal(t.uses, 2);
	assert_int_equal(t.devices, 2);
	assert_non_null(refusal(&w, text));
}

static void a_token_takes_over_no_device_that_its_owner_signed_in_on(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct asker own = reinstalled("laptop"), kiosk = reinstalled("kiosk"), k;
	struct store_device mine, fleet, d;
	struct store_enrolment_token t;
	char text[ENROLMENT_TOKEN_SIZE];

	world_make(&w, state);
	t = token_for(&w, 0, text);
	assert_int_equal(sign_in(&w, &own, w.lihua, &mine), ENROL_READY);
	kiosk.token = &t;
	ask(&w, &kiosk, "10.0.0.1");
	assert_int_equal(redeem(&w, &kiosk, &fleet), ENROL_READY);
	w.flow.now_ms += DEVICE_ALIVE_MS + 1;
	k = reinstalled("laptop");
	k.token = &t;
	ask(&w, &k, "10.0.0.1");
	assert_int_equal(redeem(&w, &k, &d), ENROL_READY);
	assert_string_not_equal(d.id, mine.id);
	OK(store_device_get(w.db, &w.arena, mine.id, &d, &e));
	assert_memory_equal(d.key, own.key.public, 32);
	/* What came with a token is installed anew with one. */
	k = reinstalled("kiosk");
	k.token = &t;
	ask(&w, &k, "10.0.0.1");
	assert_int_equal(redeem(&w, &k, &d), ENROL_READY);
	assert_string_equal(d.id, fleet.id);
}

static void a_token_ends(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_enrolment_token t, other;
	char text[ENROLMENT_TOKEN_SIZE], second[ENROLMENT_TOKEN_SIZE];
	struct asker k;
	struct store_device d;

	world_make(&w, state);
	t = token_for(&w, 0, text);
	other = token_for(&w, 0, second);
	k = reinstalled(NULL);
	k.token = &t;
	ask(&w, &k, "10.0.0.1");
	STEP(&w, flow_enrolment_token_revoke(&w.flow, &t, &e));
	REFUSED(&w, ERR_CONFLICT, flow_enrolment_token_revoke(&w.flow, &t, &e));
	assert_int_equal(redeem(&w, &k, &d), ENROL_DENIED);
	assert_string_equal(refusal(&w, text), "token-revoked");
	assert_null(refusal(&w, second));
	w.flow.now_ms = other.expires_ms;
	assert_string_equal(refusal(&w, second), "token-expired");
	assert_string_equal(refusal(&w, "hfe_x"), "token-unknown");
}

static void wrong_tokens_of_an_address_are_counted(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_enrolment_token t;
	const struct enrolment_refusal *refused;
	int64_t wait_ms = 0;
	int tries = 0;

	world_make(&w, state);
	while (wait_ms == 0 && tries++ < 100)
		STEP(&w, flow_enrolment_token_find(&w.flow, "hfe_x", "10.0.0.9", &t, &refused,
						   &wait_ms, &e));
	assert_in_range(tries, 2, 99);
}

static void switch_source(struct world *w, bool enabled)
{
	struct store_source was, s;

	OK(store_source_get(w->db, &w->arena, w->source, &was, &e));
	s = was;
	s.enabled = enabled;
	if (was.enabled != enabled)
		STEP(w, flow_source_change(&w->flow, &was, &s, &e));
}

static bool leaves(struct world *w, const char *person_id, struct err *e)
{
	return store_directory_left(w->db, person_id, w->flow.now_ms, e) &&
	       flow_person_departed(&w->flow, person_id, e);
}

static bool has_left(struct world *w, const char *person_id)
{
	struct store_person p;

	OK(store_person_get(w->db, &w->arena, person_id, &p, &e));
	return p.departed;
}

static void everybody_is_back(struct world *w)
{
	STEP(w, world_directory(w, w->flow.now_ms, true, &e));
}

/* Whether somebody can sign in on the device now; tried, and what did not go through is undone. */
static bool signs_in(struct world *w, struct asker *k, const char *person_id)
{
	struct flow_enrol_present now;
	struct store_device d;

	ask(w, k, "10.0.0.1");
	OK(flow_enrol_present(&w->flow, &k->en, person_id, &now, &e));
	if (now.refusal == NULL) {
		STEP(w, flow_enrol_decide(&w->flow, &k->en, person_id, true, &e));
		assert_int_equal(redeem(w, k, &d), ENROL_READY);
		return true;
	}
	REFUSED(w, now.refusal->error, flow_enrol_decide(&w->flow, &k->en, person_id, true, &e));
	STEP(w, flow_enrol_decide(&w->flow, &k->en, person_id, false, &e));
	return false;
}

static bool is_state(struct world *w, const char *state)
{
	return strcmp(laptop(w).state, state) == 0;
}

static void act(struct world *w, enum device_event event)
{
	const struct flow_device_act a = {
	    .device = w->device, .event = event, .reason = "in the walk"};

	STEP(w, flow_device_act(&w->flow, &a, &e));
}

/* The statement that the device would get now. */
static bool told_covered(struct world *w)
{
	struct flow_rules rules;
	struct flow_statement made;
	struct store_device d = laptop(w);

	flow_rules_init(&rules, &w->arena, w->flow.signer, w->flow.snapshot);
	OK(flow_statement_make(&rules, &w->arena, &d, 0, w->flow.now_ms, &made, &e));
	d.statement = made.jws;
	assert_string_equal(said(w, &d).owner_id, d.owner);
	return said(w, &d).covered;
}

/* A walk, and what is known of it beside the device's entry. */
struct walk {
	struct world *w;
	struct asker k;
	bool enabled; /* the source */
	bool freed; /* an administrator took the protection away, and it has not come back since */
	int refused, freed_count, out;
};

static void somebody_signs_in(struct walk *k, const char *who)
{
	struct world *w = k->w;
	bool may = k->enabled && !has_left(w, who) && !is_state(w, STORE_DEVICE_LOST);

	assert_int_equal(signs_in(w, &k->k, who), may);
	k->refused += !may;
	if (may)
		assert_string_equal(laptop(w).owner, who);
}

static void owner_is_answered(struct walk *k, bool confirm)
{
	const struct flow_owner_answer a = {
	    .device = k->w->device, .confirm = confirm, .comment = ""};
	const struct store_device d = laptop(k->w);

	if (d.held_for == NULL || (!confirm && d.held_refused_ms != 0)) {
		REFUSED(k->w, ERR_CONFLICT, flow_owner_answer(&k->w->flow, &a, &e));
		return;
	}
	STEP(k->w, flow_owner_answer(&k->w->flow, &a, &e));
	k->freed = k->freed || confirm;
}

static void step(struct walk *k, uint32_t dice, const char *who)
{
	struct world *w = k->w;

	switch (dice) {
	case 0:
		STEP(w, flow_device_session_end(&w->flow, w->device, SESSION_SIGNED_OUT, &e));
		break;
	case 1:
		STEP(w, leaves(w, who, &e));
		if (strcmp(laptop(w).owner, who) == 0)
			assert_string_not_equal(laptop(w).session_end, "");
		break;
	case 2:
		everybody_is_back(w);
		break;
	case 3:
		k->enabled = !k->enabled;
		switch_source(w, k->enabled);
		break;
	case 4:
		if (is_state(w, STORE_DEVICE_ACTIVE))
			act(w, DEVICE_LOSE);
		else if (is_state(w, STORE_DEVICE_LOST))
			act(w, DEVICE_FIND);
		break;
	case 5:
		if (is_state(w, STORE_DEVICE_UNBOUND))
			break;
		act(w, DEVICE_UNBIND);
		k->freed = true;
		k->out++;
		break;
	case 6:
	case 7:
		owner_is_answered(k, dice == 6);
		break;
	default:
		somebody_signs_in(k, who);
		break;
	}
}

/* Whatever people do on a device, whoever leaves or comes back, and whatever becomes of their source: what it
 * enforces gets weaker only by an administrator's word. */
static void walk(struct walk *k, uint32_t seed)
{
	enum { STEPS = 120 };
	static const char *const names[] = {"lihua", "wangfang", "zhaolei"};
	struct world *w = k->w;

	for (int i = 0; i < STEPS; i++) {
		uint32_t dice = (seed = seed * 1664525 + 1013904223) >> 16;
		const char *who = person(w, names[dice / 16 % ARRAY_SIZE(names)]);

		w->flow.now_ms += 1000;
		step(k, dice % 16, who);
		if (covered(w) != told_covered(w))
			fail_msg("seed step %d, dice %u: the statement says something else", i,
				 dice);
		k->freed = k->freed && !covered(w);
		k->freed_count += k->freed;
		if (!covered(w) && !k->freed)
			fail_msg("step %d, dice %u: not covered any more", i, dice);
	}
}

static void protection_never_weakens_by_what_people_do(void **state)
{
	enum { WALKS = 4 };
	AUTO(world_done) struct world w = {0};
	struct walk k = {.w = &w, .enabled = true};

	world_make(&w, state);
	save_policy(&w, true, person(&w, "wangfang"));
	k.k = asker_of(&w);
	for (uint32_t seed = 1; seed <= WALKS; seed++)
		walk(&k, seed);
	/* It went where there is something to see. */
	assert_true(k.refused > 0 && k.freed_count > 0 && k.out > 0);
}

static void a_source_that_is_switched_off_lets_nobody_in_anew(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct asker k, late, by_token;
	struct store_enrolment_token t;
	struct store_device d;
	char text[ENROLMENT_TOKEN_SIZE];
	struct flow_enrolled out;
	unsigned char signature[CRYPTO_SIGNATURE_SIZE];

	world_make(&w, state);
	k = reinstalled(NULL);
	late = reinstalled(NULL);
	by_token = reinstalled(NULL);
	t = token_for(&w, 0, text);
	by_token.token = &t;
	/* Allowed, but not fetched before it was switched off. */
	ask(&w, &late, "10.0.0.1");
	STEP(&w, flow_enrol_decide(&w.flow, &late.en, w.lihua, true, &e));
	switch_source(&w, false);
	assert_false(signs_in(&w, &k, w.lihua));
	sign(&late, signature);
	STEP(&w, flow_enrol_redeem(&w.flow, late.code, signature, &out, &e));
	assert_int_equal(out.outcome, ENROL_DENIED);
	assert_string_equal(out.why->code, "source-disabled");
	/* Whoever made a token has answered for it, and what is enrolled goes on. */
	assert_null(refusal(&w, text));
	ask(&w, &by_token, "10.0.0.1");
	assert_int_equal(redeem(&w, &by_token, &d), ENROL_READY);
	assert_non_null(world_file(&w));
	switch_source(&w, true);
	assert_true(signs_in(&w, &k, w.lihua));
}

static void a_token_of_who_has_left_enrols_nothing_until_he_is_back(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct asker k;
	struct store_enrolment_token t;
	struct flow_enrolled out;
	char text[ENROLMENT_TOKEN_SIZE];
	unsigned char signature[CRYPTO_SIGNATURE_SIZE];

	world_make(&w, state);
	t = token_for(&w, 1, text);
	k = reinstalled(NULL);
	k.token = &t;
	ask(&w, &k, "10.0.0.1");
	STEP(&w, leaves(&w, w.lihua, &e));
	sign(&k, signature);
	STEP(&w, flow_enrol_redeem(&w.flow, k.code, signature, &out, &e));
	assert_string_equal(out.why->code, "token-owner-departed");
	assert_string_equal(refusal(&w, text), "token-owner-departed");
	everybody_is_back(&w);
	/* Nor was a use counted. */
	assert_null(refusal(&w, text));
}

static struct store_device poll_as(struct world *w, const char *run, const char *hardware)
{
	const struct flow_run r = {run, hardware, "10.0.0.7"};
	struct store_device d = laptop(w);

	w->flow.now_ms += 1000;
	if (strcmp(d.run, run) != 0)
		STEP(w, flow_clone_run(&w->flow, &d, &r, &e));
	return laptop(w);
}

static void a_machine_that_restarts_is_no_copy(void **state)
{
	static const char *const runs[] = {"a", "b", "b", "c", "d", "e"};
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++)
		assert_int_equal(poll_as(&w, runs[i], "").cloned_ms, 0);
	/* Once back may be a virtual machine that was put back; twice, but not so soon, too. */
	assert_int_equal(poll_as(&w, "d", "").cloned_ms, 0);
	w.flow.now_ms += FLOW_CLONE_WINDOW_MS;
	assert_int_equal(poll_as(&w, "e", "").cloned_ms, 0);
	assert_int_equal(poll_as(&w, "d", "").cloned_ms, 0);
}

static bool told(struct world *w, const char *run)
{
	bool clone = false;

	OK(store_run_is_clone(w->db, w->device, run, &clone, &e));
	return clone;
}

static bool split(struct world *w, const char *run, const struct crypto_keypair *key,
		  struct store_device *out, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct store_enrolment en = {.hostname = "laptop-43",
				     .os = "Debian 12",
				     .macs = "",
				     .client_version = "0.1.0",
				     .hardware = "other"};
	unsigned char signature[CRYPTO_SIGNATURE_SIZE];
	char x[TEXT_BASE64_SIZE(CRYPTO_PUBLIC_SIZE)];

	memcpy(en.key, key->public, sizeof(en.key));
	text_base64url(key->public, CRYPTO_PUBLIC_SIZE, x);
	buf_printf(&text, "holdfast-split\n%s\n%s", w->device, x);
	crypto_make_signature(key, text.data, text.len, signature);
	return flow_clone_split(&w->flow, w->device, run, &en, signature, out, e);
}

static void one_identity_on_two_machines_becomes_two_entries(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct crypto_keypair key, other;
	struct store_device first, d, again;

	world_make(&w, state);
	save_policy(&w, true, NULL);
	first = laptop(&w);
	first.hardware = "own";
	STEP(&w, store_device_own(w.db, &first, &e));
	(void)poll_as(&w, "copy", "other");
	(void)poll_as(&w, "first", "own");
	(void)poll_as(&w, "copy", "other");
	assert_int_equal(recorded(&w, "identity-cloned"), 0);
	(void)poll_as(&w, "first", "own");
	assert_int_equal(recorded(&w, "identity-cloned"), 1);
	/* Although it was there first: the other is on the hardware that was enrolled. */
	assert_true(told(&w, "copy"));
	assert_false(told(&w, "first"));
	crypto_keypair_new(&key);
	crypto_keypair_new(&other);
	REFUSED(&w, ERR_FORBIDDEN, split(&w, "first", &key, &d, &e));
	STEP(&w, split(&w, "copy", &key, &d, &e));
	assert_string_not_equal(d.id, w.device);
	assert_string_equal(d.owner, w.lihua);
	assert_non_null(d.statement);
	assert_true(flow_device_coverage(w.flow.snapshot, &d).covered);
	OK(store_device_get(w.db, &w.arena, d.id, &again, &e));
	assert_string_equal(again.clone_of, w.device);
	assert_string_equal(again.session_end, SESSION_CLONED);
	assert_true(again.cloned_ms > 0);
	/* The answer was lost: the same, also when the key is lost too. */
	STEP(&w, split(&w, "copy", &key, &again, &e));
	assert_string_equal(again.id, d.id);
	STEP(&w, split(&w, "copy", &other, &again, &e));
	assert_string_equal(again.id, d.id);
	assert_memory_equal(again.key, other.public, 32);
	/* What it still asks under the old identity counts for nothing. */
	assert_true(told(&w, "copy"));
	/* The first goes on as it was. */
	assert_memory_equal(laptop(&w).key, w.key.public, 32);
	assert_string_equal(laptop(&w).session_end, "");
	STEP(&w, flow_clone_settle(&w.flow, w.device, &e));
	REFUSED(&w, ERR_CONFLICT, flow_clone_settle(&w.flow, w.device, &e));
}

static void meet(struct world *w, const char *copy)
{
	for (int i = 0; i < 2; i++) {
		(void)poll_as(w, "first", "");
		(void)poll_as(w, copy, "");
	}
	(void)poll_as(w, "first", "");
}

/* The same hardware, or none that is known: an image that was started twice, or a key that was taken. */
static void who_was_there_long_before_is_not_the_copy(void **state)
{
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	(void)poll_as(&w, "first", "");
	w.flow.now_ms += 2 * FLOW_CLONE_WINDOW_MS;
	for (int i = 0; i < 2; i++) {
		(void)poll_as(&w, "copy", "");
		(void)poll_as(&w, "first", "");
	}
	assert_true(laptop(&w).cloned_ms > 0);
	assert_true(told(&w, "copy"));
	assert_false(told(&w, "first"));
}

static void a_copy_that_stayed_is_found_again_after_it_was_settled(void **state)
{
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	meet(&w, "copy");
	assert_true(told(&w, "copy"));
	STEP(&w, flow_clone_settle(&w.flow, w.device, &e));
	assert_false(told(&w, "copy"));
	meet(&w, "copy");
	assert_true(told(&w, "copy"));
	assert_true(laptop(&w).cloned_ms > 0);
	assert_int_equal(recorded(&w, "identity-cloned"), 2);
}

static void whoever_has_the_key_does_not_fill_the_record(void **state)
{
	AUTO(world_done) struct world w = {0};
	AUTO(db_rows_done) struct db_rows rows = {0};

	world_make(&w, state);
	for (int i = 0; i < 2 * FLOW_CLONES_MAX; i++)
		meet(&w, arena_printf(&w.arena, "copy-%d", i));
	assert_int_equal(recorded(&w, "identity-cloned"), FLOW_CLONES_MAX);
	for (int i = 0; i < 2 * STORE_RUNS_MAX; i++)
		(void)poll_as(&w, arena_printf(&w.arena, "run-%d", i), "");
	OK(db_one(w.db, &rows, "SELECT COUNT(*) FROM device_runs", DB_NONE, "none", &e));
	assert_int_equal(db_column_i64(&rows, 0), FLOW_CLONES_MAX + STORE_RUNS_MAX);
}

static void a_lost_or_unbound_device_does_not_come_back_as_its_copy(void **state)
{
	static const enum device_event acts[] = {DEVICE_LOSE, DEVICE_UNBIND};
	AUTO(world_done) struct world w = {0};
	struct flow_device_act act = {.reason = "test"};
	struct crypto_keypair key;
	struct store_device d;

	world_make(&w, state);
	act.device = w.device;
	for (int i = 0; i < 2; i++) {
		(void)poll_as(&w, "first", "");
		(void)poll_as(&w, "copy", "");
	}
	assert_true(told(&w, "copy"));
	crypto_keypair_new(&key);
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		act.event = acts[i];
		STEP(&w, flow_device_act(&w.flow, &act, &e));
		REFUSED(&w, ERR_FORBIDDEN, split(&w, "copy", &key, &d, &e));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(nothing_is_filed_where_nobody_is_signed_in),
	    BOTH(who_leaves_is_signed_out_of_all_his_devices),
	    BOTH(a_device_is_taken_over_only_by_who_asked_for_that),
	    BOTH(an_uncovered_owner_takes_no_protection_away_until_somebody_confirms),
	    BOTH(a_hold_ends_when_the_old_owner_comes_back),
	    BOTH(a_machine_that_was_installed_anew_keeps_its_entry),
	    BOTH(the_key_before_gets_nothing_for_its_old_code),
	    BOTH(a_token_enrols_as_many_devices_as_it_says),
	    BOTH(a_token_takes_over_no_device_that_its_owner_signed_in_on),
	    BOTH(a_token_ends),
	    BOTH(wrong_tokens_of_an_address_are_counted),
	    BOTH(protection_never_weakens_by_what_people_do),
	    BOTH(a_source_that_is_switched_off_lets_nobody_in_anew),
	    BOTH(a_token_of_who_has_left_enrols_nothing_until_he_is_back),
	    BOTH(a_machine_that_restarts_is_no_copy),
	    BOTH(one_identity_on_two_machines_becomes_two_entries),
	    BOTH(who_was_there_long_before_is_not_the_copy),
	    BOTH(a_copy_that_stayed_is_found_again_after_it_was_settled),
	    BOTH(whoever_has_the_key_does_not_fill_the_record),
	    BOTH(a_lost_or_unbound_device_does_not_come_back_as_its_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
