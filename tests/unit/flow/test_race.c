/* Two servers, or two connections of one, decide the same request in the same moment. */
#include "asker.h"

#include <unistd.h>

#include "../db/race.h"
#include "flow/device_admin.h"
#include "flow/notify.h"
#include "flow/ownership.h"
#include "store/grant.h"

#define ROUNDS 60
#define HELD_US 200000 /* more than a unit needs to come to the row that is locked */
#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* One side: a connection and a signer of its own. */
struct side {
	struct db *db;
	const char *node;
	struct signer *signer;
	struct arena arena;
	int64_t now_ms;
	const char *id;
	bool approve;               /* the console's */
	const char *account;        /* an approver's; NULL: an administrator's */
	bool overdue;               /* no decision: the deadline of its level has come */
	bool reminds;               /* the same with its reminder */
	const struct oa_seen *seen; /* DingTalk's; NULL: the console */
	const struct flow_delivery
	    *made;                 /* a create that DingTalk has taken; NULL: not this side */
	const char *lost;          /* the device that somebody reports lost; NULL: not this side */
	const struct asker *asker; /* comes for what it was allowed */
	const struct flow_owner_answer *answer; /* to a change of owner */
	const struct flow_filing *filing;       /* of who uses the device; id is the request then */
	const struct snapshot *snapshot;
	bool acted; /* already: what is left is the commit, a while later */
	struct err e;
};

static bool collect(struct flow *f, const struct asker *k, struct err *e)
{
	unsigned char signature[CRYPTO_SIGNATURE_SIZE];
	struct flow_enrolled out;

	sign(k, signature);
	return flow_enrol_redeem(f, k->code, signature, &out, e);
}

static bool file(struct flow *f, struct side *s, struct err *e)
{
	struct flow_filed filed;

	if (!flow_file(f, s->filing, &filed, e))
		return false;
	s->id = filed.id;
	return true;
}

static bool act(struct db *db, void *arg, struct err *e)
{
	struct side *s = arg;
	struct flow f = {.db = db,
			 .arena = &s->arena,
			 .now_ms = s->now_ms,
			 .node = s->node,
			 .signer = s->signer,
			 .snapshot = s->snapshot};

	if (s->asker != NULL)
		return collect(&f, s->asker, e);
	if (s->answer != NULL)
		return flow_owner_answer(&f, s->answer, e);
	if (s->filing != NULL)
		return file(&f, s, e);

	if (s->made != NULL)
		return flow_delivery_end(&f, s->made, &(struct flow_outcome){.external_id = s->id},
					 e);
	if (s->seen != NULL)
		return flow_read_back(&f, s->id, 0, s->seen, e);
	if (s->lost != NULL)
		return flow_device_act(&f,
				       &(struct flow_device_act){.device = s->lost,
								 .event = DEVICE_LOSE,
								 .reason = "丢了"},
				       e);
	if (s->reminds)
		return flow_remind_due(&f, s->id, e);
	if (s->overdue)
		return flow_level_overdue(&f, s->id, e);
	if (s->account != NULL)
		return flow_decide(
		    &f, s->id, s->approve,
		    &(struct flow_decision){
			"approver", "api", "", {.account = s->account, .role = ROLE_APPROVER}},
		    e);
	return flow_decide(&f, s->id, s->approve,
			   &(struct flow_decision){"admin", "api", "", WORLD_ADMIN}, e);
}

static void side(void *arg)
{
	struct side *s = arg;

	if (!s->acted) {
		race_once(s->db, act, s, &s->e);
		return;
	}
	s->e = (struct err){0};
	(void)usleep(HELD_US);
	(void)db_commit(s->db, &s->e);
}

static void open_side(struct world *w, struct side *s, void **state)
{
	*s = (struct side){.node = arena_printf(&w->arena, "node-%p", (void *)s)};
	s->db = database_open(both_database(state), DB_WRITE);
	OK(db_begin(s->db, &e));
	OK(signer_open(s->db, w->master, WORLD_NOW, &s->signer, &e));
	OK(db_commit(s->db, &e));
}

static void close_side(struct side *s)
{
	signer_free(s->signer);
	db_close(s->db);
	arena_done(&s->arena);
}

static void race(struct side *a, struct side *b)
{
	race_both(side, a, b);
}

/* One decision, one record of it, a grant exactly where it says approved. */
static void one_decision(struct world *w, const char *id, const char *status)
{
	struct store_instance i = world_instance(w, id);
	struct store_grant g;

	assert_string_equal(i.status, status);
	assert_int_equal(world_events(w, id, "approved") + world_events(w, id, "rejected") +
			     world_events(w, id, "revoked"),
			 1);
	assert_int_equal(world_events(w, id, status), 1);
	OK(store_grant_of_instance(w->db, &w->arena, id, &g, &e));
	assert_int_equal(g.id != NULL, strcmp(status, "approved") == 0);
	assert_int_equal(world_events(w, id, "grant-issued"), g.id != NULL);
}

static const char *file_a_day_later(struct world *w, int round)
{
	const char *id;

	w->flow.now_ms += DAY_MS;
	id = world_file(w);
	STEP(w, db_exec(w->db,
			"UPDATE instances SET external_id = $2, delivery = 'submitted', "
			"submitted_ms = $3 WHERE id = $1",
			DB_PARAMS(db_text(id), db_text(arena_printf(&w->arena, "oa-%d", round)),
				  db_i64(w->flow.now_ms)),
			NULL, &e));
	STEP(w, db_exec(w->db, "UPDATE outbox SET done_ms = 1", DB_NONE, NULL, &e));
	return id;
}

static void console_and_dingtalk_in_the_same_moment_make_one_decision(void **state)
{
	static const char *const ends[][3] = {{"COMPLETED", "agree", "approved"},
					      {"COMPLETED", "refuse", "rejected"},
					      {"TERMINATED", "", "revoked"}};
	AUTO(world_done) struct world w = {0};
	struct side console, dingtalk;

	world_make(&w, state);
	open_side(&w, &console, state);
	open_side(&w, &dingtalk, state);
	for (int i = 0; i < ROUNDS; i++) {
		const char *const *there = ends[i % 3];
		const char *id = file_a_day_later(&w, i);
		struct world_seen seen;

		world_agreed(&w, id, "wangfang", &seen)->status = there[0];
		seen.seen.result = there[1];
		console.id = dingtalk.id = id;
		console.now_ms = dingtalk.now_ms = w.flow.now_ms;
		console.approve = i / 3 % 2 == 0;
		dingtalk.seen = &seen.seen;
		race(&console, &dingtalk);
		assert_int_equal(dingtalk.e.code, ERR_NONE);
		if (console.e.code == ERR_NONE)
			one_decision(&w, id, console.approve ? "approved" : "rejected");
		else if (console.e.code == ERR_CONFLICT)
			one_decision(&w, id, there[2]);
		else
			fail_msg("%s", console.e.text);
		/* Whoever was first, DingTalk has come to its end. */
		assert_string_equal(world_instance(&w, id).delivery, "closed");
	}
	close_side(&console);
	close_side(&dingtalk);
}

/* The decision is written and not yet committed when the create of another server ends: that one has
 * still read a request that waits. */
static void a_form_made_in_the_moment_of_the_decision_is_closed_in_dingtalk(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct side console, carrier;
	struct flow_delivery made;
	struct store_instance i;

	world_make(&w, state);
	open_side(&w, &console, state);
	open_side(&w, &carrier, state);
	console.id = carrier.id = world_file(&w);
	made = world_begin(&w);
	carrier.made = &made;
	console.now_ms = carrier.now_ms = w.flow.now_ms;
	OK(db_begin(console.db, &e));
	OK(act(console.db, &console, &e));
	console.acted = true;
	race(&console, &carrier);
	assert_int_equal(console.e.code, ERR_NONE);
	assert_int_equal(carrier.e.code, ERR_NONE);
	i = world_instance(&w, console.id);
	assert_string_equal(i.status, "rejected");
	assert_string_equal(i.external_id, console.id);
	assert_string_equal(i.delivery, "closing");
	assert_int_equal(i.check_ms, 0);
	close_side(&console);
	close_side(&carrier);
}

static void two_administrators_in_the_same_moment_make_one_decision(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct side a, b;

	world_make(&w, state);
	open_side(&w, &a, state);
	open_side(&w, &b, state);
	for (int i = 0; i < ROUNDS; i++) {
		const char *id = file_a_day_later(&w, i);

		a.id = b.id = id;
		a.now_ms = b.now_ms = w.flow.now_ms;
		a.approve = true;
		race(&a, &b);
		assert_true((a.e.code == ERR_NONE) != (b.e.code == ERR_NONE));
		assert_true(a.e.code == ERR_CONFLICT || b.e.code == ERR_CONFLICT);
		one_decision(&w, id, a.e.code == ERR_NONE ? "approved" : "rejected");
	}
	close_side(&a);
	close_side(&b);
}

/* Two approvers of one level, or two servers at one deadline. */
static void at_a_level(struct world *w, struct side *a, struct side *b, void **state)
{
	world_make(w, state);
	open_side(w, a, state);
	open_side(w, b, state);
	a->account = world_account(w, "wang", ROLE_APPROVER, "wangfang");
	b->account = world_account(w, "zhao", ROLE_APPROVER, "zhaolei");
	(void)world_account(w, "chief", ROLE_OWNER, NULL);
	world_builtin(w, arena_printf(&w->arena,
				      "{\"levels\":[{\"mode\":\"all\",\"approvers\":[\"%s\","
				      "\"%s\"]}],\"escalate_hours\":1}",
				      a->account, b->account));
	world_policy(w, 2, "workflow");
}

static void the_last_two_approvers_in_the_same_moment_pass_the_level(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct side a, b;

	at_a_level(&w, &a, &b, state);
	a.approve = b.approve = true;
	for (int i = 0; i < ROUNDS; i++) {
		w.flow.now_ms += DAY_MS;
		a.id = b.id = world_file(&w);
		a.now_ms = b.now_ms = w.flow.now_ms;
		race(&a, &b);
		assert_int_equal(a.e.code, ERR_NONE);
		assert_int_equal(b.e.code, ERR_NONE);
		one_decision(&w, a.id, "approved");
		assert_int_equal(world_events(&w, a.id, "level-approved"), 2);
	}
	close_side(&a);
	close_side(&b);
}

static void a_rejection_in_the_moment_of_an_approval_ends_it(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct side a, b;

	at_a_level(&w, &a, &b, state);
	a.approve = true;
	for (int i = 0; i < ROUNDS; i++) {
		w.flow.now_ms += DAY_MS;
		a.id = b.id = world_file(&w);
		a.now_ms = b.now_ms = w.flow.now_ms;
		race(&a, &b);
		assert_int_equal(b.e.code, ERR_NONE);
		assert_true(a.e.code == ERR_NONE || a.e.code == ERR_CONFLICT);
		one_decision(&w, a.id, "rejected");
	}
	close_side(&a);
	close_side(&b);
}

static size_t messages(struct world *w, const char *id)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	OK(db_one(w->db, &rows,
		  "SELECT COUNT(*) FROM outbox WHERE kind = 'notice' AND instance = $1",
		  DB_PARAMS(db_text(id)), "none", &e));
	return (size_t)db_column_i64(&rows, 0);
}

static void two_servers_escalate_a_level_and_remind_once(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct side a, b;

	at_a_level(&w, &a, &b, state);
	for (int i = 0; i < ROUNDS; i++) {
		w.flow.now_ms += DAY_MS;
		a.id = b.id = world_file(&w);
		a.now_ms = b.now_ms = w.flow.now_ms + DAY_MS / 24;
		a.overdue = b.overdue = true;
		race(&a, &b);
		assert_int_equal(a.e.code, ERR_NONE);
		assert_int_equal(b.e.code, ERR_NONE);
		assert_int_equal(world_events(&w, a.id, "escalated"), 1);
		a.now_ms = b.now_ms = w.flow.now_ms + DAY_MS;
		a.reminds = b.reminds = true;
		race(&a, &b);
		a.reminds = b.reminds = false;
		assert_int_equal(world_instance(&w, a.id).reminders, 1);
		assert_int_equal(messages(&w, a.id), 2 * 2); /* asked and reminded, both */
		STEP(&w, flow_unneeded(&w.flow, a.id, "test", &e));
	}
	close_side(&a);
	close_side(&b);
}

/* Whichever is first: a lost device has no grant that works and nothing that waits. */
static void an_approval_and_a_loss_in_the_same_moment_let_nothing_go(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct side console, desk;
	struct store_grant *live;
	size_t count;

	world_make(&w, state);
	open_side(&w, &console, state);
	open_side(&w, &desk, state);
	console.approve = true;
	desk.lost = w.device;
	for (int i = 0; i < ROUNDS; i++) {
		console.id = file_a_day_later(&w, i);
		console.now_ms = desk.now_ms = w.flow.now_ms;
		race(&console, &desk);
		assert_int_equal(desk.e.code, ERR_NONE);
		assert_true(console.e.code == ERR_NONE || console.e.code == ERR_CONFLICT ||
			    console.e.code == ERR_FORBIDDEN);
		assert_string_not_equal(world_instance(&w, console.id).status, "pending");
		OK(store_grant_live(w.db, &w.arena, w.device, 1, &live, &count, &e));
		assert_int_equal(count, 0);
		STEP(&w, flow_device_act(&w.flow,
					 &(struct flow_device_act){.device = w.device,
								   .event = DEVICE_FIND,
								   .reason = "找到了"},
					 &e));
	}
	close_side(&console);
	close_side(&desk);
}

/* a has done its part and not committed it when b begins. */
static void overtake(struct world *w, struct side *a, struct side *b)
{
	a->now_ms = b->now_ms = w->flow.now_ms;
	a->snapshot = b->snapshot = w->flow.snapshot;
	OK(db_begin(a->db, &e));
	OK(act(a->db, a, &e));
	a->acted = true;
	race(a, b);
	assert_int_equal(a->e.code, ERR_NONE);
}

/* Somebody said that the laptop is his, and it has not heard of that yet. */
static struct asker taker(struct world *w, const char *who)
{
	struct asker k = {.key = w->key, .switching = true};

	ask(w, &k, "10.0.0.1");
	STEP(w, flow_enrol_decide(&w->flow, &k.en, who, true, &e));
	return k;
}

static struct store_device laptop(struct world *w)
{
	struct store_device d = {0};

	OK(store_device_get(w->db, &w->arena, w->device, &d, &e));
	return d;
}

static void what_is_filed_in_the_moment_of_a_switch_is_the_new_owners(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_filing filing = {.reason = "旧电脑报废"};
	struct side device, employee;
	struct asker k;

	world_make(&w, state);
	open_side(&w, &device, state);
	open_side(&w, &employee, state);
	k = taker(&w, person(&w, "wangfang"));
	filing.device = w.device;
	device.asker = &k;
	employee.filing = &filing;
	overtake(&w, &device, &employee);
	assert_int_equal(employee.e.code, ERR_NONE);
	assert_string_equal(world_instance(&w, employee.id).person, laptop(&w).owner);
	assert_string_equal(laptop(&w).owner_name, "王芳");
	close_side(&device);
	close_side(&employee);
}

static void what_was_filed_in_the_moment_of_a_switch_ends_with_it(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_filing filing = {.reason = "旧电脑报废"};
	struct side device, employee;
	struct asker k;

	world_make(&w, state);
	open_side(&w, &device, state);
	open_side(&w, &employee, state);
	k = taker(&w, person(&w, "wangfang"));
	filing.device = w.device;
	device.asker = &k;
	employee.filing = &filing;
	overtake(&w, &employee, &device);
	assert_int_equal(device.e.code, ERR_NONE);
	assert_string_equal(laptop(&w).owner_name, "王芳");
	assert_string_equal(world_instance(&w, employee.id).status, "revoked");
	close_side(&device);
	close_side(&employee);
}

static void a_device_reported_lost_while_it_signs_in_is_lost(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct side desk, device;
	struct asker k;

	world_make(&w, state);
	open_side(&w, &desk, state);
	open_side(&w, &device, state);
	k = taker(&w, w.lihua);
	desk.lost = w.device;
	device.asker = &k;
	overtake(&w, &desk, &device);
	assert_int_equal(device.e.code, ERR_NONE);
	assert_string_equal(laptop(&w).state, STORE_DEVICE_LOST);
	close_side(&desk);
	close_side(&device);
}

static void an_answer_to_one_change_of_owner_is_none_to_the_next(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_owner_answer yes = {.confirm = true, .comment = ""};
	struct side device, desk;
	struct store_device d;
	struct asker k;

	world_make(&w, state);
	save_policy(&w, true, person(&w, "wangfang"));
	open_side(&w, &device, state);
	open_side(&w, &desk, state);
	k = taker(&w, person(&w, "wangfang"));
	assert_int_equal(redeem(&w, &k, &d), ENROL_READY);
	yes.device = w.device;
	yes.version = laptop(&w).version;
	k = taker(&w, person(&w, "wangfang"));
	device.asker = &k;
	desk.answer = &yes;
	overtake(&w, &device, &desk);
	assert_int_equal(desk.e.code, ERR_STALE);
	assert_string_equal(laptop(&w).held_for, w.lihua);
	yes.version = laptop(&w).version;
	STEP(&w, flow_owner_answer(&w.flow, &yes, &e));
	REFUSED(&w, ERR_STALE, flow_owner_answer(&w.flow, &yes, &e));
	close_side(&device);
	close_side(&desk);
}

/* Whichever is first: what was filed by the owner before lets nothing go on the next one's device. */
static void an_approval_and_a_switch_in_the_same_moment_let_nothing_go(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct side console, device;
	struct store_grant *live;
	struct asker k;
	size_t count;

	world_make(&w, state);
	open_side(&w, &console, state);
	open_side(&w, &device, state);
	console.approve = true;
	device.asker = &k;
	device.snapshot = w.flow.snapshot;
	for (int i = 0; i < ROUNDS / 3; i++) {
		const char *who = i % 2 == 0 ? person(&w, "wangfang") : w.lihua;

		console.id = file_a_day_later(&w, i);
		k = taker(&w, who);
		console.now_ms = device.now_ms = w.flow.now_ms;
		race(&console, &device);
		assert_int_equal(device.e.code, ERR_NONE);
		assert_true(console.e.code == ERR_NONE || console.e.code == ERR_CONFLICT);
		assert_string_equal(laptop(&w).owner, who);
		assert_string_not_equal(world_instance(&w, console.id).status, "pending");
		OK(store_grant_live(w.db, &w.arena, w.device, 1, &live, &count, &e));
		assert_int_equal(count, 0);
	}
	close_side(&console);
	close_side(&device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(what_is_filed_in_the_moment_of_a_switch_is_the_new_owners),
	    BOTH(what_was_filed_in_the_moment_of_a_switch_ends_with_it),
	    BOTH(a_device_reported_lost_while_it_signs_in_is_lost),
	    BOTH(an_answer_to_one_change_of_owner_is_none_to_the_next),
	    ON_POSTGRESQL(an_approval_and_a_switch_in_the_same_moment_let_nothing_go),
	    ON_POSTGRESQL(an_approval_and_a_loss_in_the_same_moment_let_nothing_go),
	    BOTH(console_and_dingtalk_in_the_same_moment_make_one_decision),
	    BOTH(a_form_made_in_the_moment_of_the_decision_is_closed_in_dingtalk),
	    BOTH(two_administrators_in_the_same_moment_make_one_decision),
	    BOTH(the_last_two_approvers_in_the_same_moment_pass_the_level),
	    BOTH(a_rejection_in_the_moment_of_an_approval_ends_it),
	    BOTH(two_servers_escalate_a_level_and_remind_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
