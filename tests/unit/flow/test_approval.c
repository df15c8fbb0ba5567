/* Requests that are asked about level by level: tasks, deadlines, the record, messages, both databases. */
#include "world.h"

#include "flow/approval.h"
#include "flow/delegation.h"
#include "flow/notify.h"
#include "store/delegation.h"
#include "store/grant.h"
#include "store/outbox.h"
#include "store/workflow.h"

#define HOUR_MS (INT64_C(3600) * 1000)

struct people {
	const char *wang, *zhao, *chief, *li; /* accounts; chief is the owner, li the applicant's */
};

static void set_active(struct world *w, const char *id, bool active)
{
	struct store_account a;

	OK(store_account_get(w->db, &w->arena, id, &a, &e));
	a.active = active;
	STEP(w, store_account_set(w->db, &a, w->flow.now_ms, &e));
	STEP(w, store_approval_review(w->db, id, w->flow.now_ms, &e));
}

static void make(struct world *w, void **state, struct people *p)
{
	world_make(w, state);
	p->wang = world_account(w, "wang", ROLE_APPROVER, "wangfang");
	p->zhao = world_account(w, "zhao", ROLE_APPROVER, "zhaolei");
	p->chief = world_account(w, "chief", ROLE_OWNER, NULL);
	p->li = world_account(w, "li", ROLE_APPROVER, "lihua");
}

static void two_levels(struct world *w, const struct people *p, const char *mode)
{
	world_builtin(w, arena_printf(&w->arena,
				      "{\"levels\":[{\"name\":\"组长\",\"mode\":\"%s\","
				      "\"approvers\":[\"%s\",\"%s\"]},{\"mode\":\"any\","
				      "\"approvers\":[\"%s\"]}],\"escalate_hours\":48}",
				      mode, p->wang, p->zhao, p->chief));
	world_policy(w, 2, "workflow");
}

static struct flow_decision by(const char *id, const char *name, enum role role)
{
	return (struct flow_decision){
	    .by = name, .channel = "api", .comment = "好", .who = {.account = id, .role = role}};
}

static void decides(struct world *w, const char *id, const char *who, bool approve)
{
	struct flow_decision d = by(who, "somebody", ROLE_APPROVER);

	STEP(w, flow_decide(&w->flow, id, approve, &d, &e));
}

static void may_not(struct world *w, const char *id, const char *who)
{
	struct flow_decision d = by(who, "somebody", ROLE_APPROVER);

	REFUSED(w, ERR_FORBIDDEN, flow_decide(&w->flow, id, true, &d, &e));
	REFUSED(w, ERR_FORBIDDEN, flow_decide(&w->flow, id, false, &d, &e));
}

static size_t tasks(struct world *w, const char *id, const char *state)
{
	struct store_task_list list;
	size_t n = 0;

	OK(store_task_list(w->db, &w->arena, id, &list, &e));
	for (size_t i = 0; i < list.count; i++)
		n += strcmp(list.items[i].state, state) == 0;
	return n;
}

static size_t messages(struct world *w, const char *userid)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	OK(db_one(w->db, &rows, "SELECT COUNT(*) FROM outbox WHERE kind = 'notice' AND userid = $1",
		  DB_PARAMS(db_text(userid)), "none", &e));
	return (size_t)db_column_i64(&rows, 0);
}

static size_t grants(struct world *w, const char *id)
{
	struct store_grant g;

	OK(store_grant_of_instance(w->db, &w->arena, id, &g, &e));
	return g.id != NULL;
}

static void a_request_goes_through_its_levels_without_dingtalk(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct people p;
	const char *id;

	make(&w, state, &p);
	two_levels(&w, &p, "all");
	id = world_file(&w);
	world_is(&w, id, "pending", "none");
	assert_null(world_instance(&w, id).app);
	assert_string_equal(world_instance(&w, id).pending_with, "wang\nzhao");
	assert_int_equal(messages(&w, "wangfang"), 1);
	may_not(&w, id, p.chief);
	decides(&w, id, p.wang, true);
	world_is(&w, id, "pending", "none");
	assert_string_equal(world_instance(&w, id).pending_with, "zhao");
	may_not(&w, id, p.wang);
	decides(&w, id, p.zhao, true);
	world_is(&w, id, "pending", "none");
	assert_int_equal(grants(&w, id), 0);
	assert_string_equal(world_instance(&w, id).pending_with, "chief");
	decides(&w, id, p.chief, true);
	world_is(&w, id, "approved", "none");
	assert_int_equal(grants(&w, id), 1);
	assert_int_equal(world_events(&w, id, "level-approved"), 3);
	assert_int_equal(world_events(&w, id, "approved"), 1);
	assert_int_equal(tasks(&w, id, "approved"), 3);
	assert_int_equal(messages(&w, "lihua"), 1);
	STEP(&w, flow_level_overdue(&w.flow, id, &e));
	world_is(&w, id, "approved", "none");
}

/* Nobody asked for messages: an app that cannot send any leaves no failure behind. */
static void an_app_without_an_agent_tells_nobody(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct people p;
	const char *id;

	make(&w, state, &p);
	STEP(&w, db_exec(w.db, "UPDATE dingtalk_apps SET agent_id = NULL", DB_NONE, NULL, &e));
	two_levels(&w, &p, "all");
	id = world_file(&w);
	decides(&w, id, p.wang, false);
	world_is(&w, id, "rejected", "none");
	assert_int_equal(messages(&w, "wangfang"), 0);
	assert_int_equal(messages(&w, "lihua"), 0);
	STEP(&w,
	     db_exec(w.db, "UPDATE dingtalk_apps SET notice_channel = 'robot'", DB_NONE, NULL, &e));
	id = world_file(&w);
	assert_int_equal(messages(&w, "wangfang"), 1);
}

static void a_rejection_in_any_level_ends_it(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_decision again;
	struct people p;
	const char *id;

	make(&w, state, &p);
	two_levels(&w, &p, "all");
	id = world_file(&w);
	decides(&w, id, p.zhao, false);
	world_is(&w, id, "rejected", "none");
	assert_int_equal(tasks(&w, id, "rejected"), 1);
	assert_int_equal(tasks(&w, id, "closed"), 1);
	assert_int_equal(tasks(&w, id, "open"), 0);
	assert_int_equal(grants(&w, id), 0);
	again = by(p.wang, "wang", ROLE_APPROVER);
	REFUSED(&w, ERR_CONFLICT, flow_decide(&w.flow, id, true, &again, &e));
}

static void an_administrator_decides_the_whole_request(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_decision d;
	struct people p;
	const char *id;

	make(&w, state, &p);
	two_levels(&w, &p, "any");
	id = world_file(&w);
	d = by(NULL, "token console", ROLE_SECURITY_ADMIN);
	d.who.as = FLOW_AS_APPROVER;
	REFUSED(&w, ERR_FORBIDDEN, flow_decide(&w.flow, id, true, &d, &e));
	d.who.as = FLOW_AS_ADMINISTRATOR;
	d.who.role = ROLE_APPROVER;
	REFUSED(&w, ERR_FORBIDDEN, flow_decide(&w.flow, id, true, &d, &e));
	d.who.as = FLOW_AS_FITS;
	REFUSED(&w, ERR_FORBIDDEN, flow_decide(&w.flow, id, true, &d, &e));
	d.who.role = ROLE_AUDITOR;
	REFUSED(&w, ERR_FORBIDDEN, flow_decide(&w.flow, id, true, &d, &e));
	d.who.role = ROLE_SECURITY_ADMIN;
	STEP(&w, flow_decide(&w.flow, id, true, &d, &e));
	world_is(&w, id, "approved", "none");
	assert_int_equal(tasks(&w, id, "closed"), 2);
	assert_string_equal(world_instance(&w, id).decided_by, "token console");
}

static void nobody_approves_his_own_in_any_way(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_decision d;
	struct people p;
	const char *id;

	make(&w, state, &p);
	world_builtin(
	    &w, arena_printf(&w.arena,
			     "{\"levels\":[{\"mode\":\"any\",\"approvers\":[\"%s\",\"%s\"]}]}",
			     p.li, p.wang));
	world_policy(&w, 2, "workflow");
	id = world_file(&w);
	assert_int_equal(tasks(&w, id, "skipped"), 1);
	may_not(&w, id, p.li);
	d = by(p.li, "li", ROLE_OWNER);
	d.who.person = w.lihua;
	REFUSED(&w, ERR_FORBIDDEN, flow_decide(&w.flow, id, true, &d, &e));
	/* Who stands in for him has nothing to stand in for; he stands in for nobody. */
	STEP(&w, store_delegation_add(w.db,
				      &(struct store_delegation){.id = p.li,
								 .account = p.li,
								 .delegate = p.zhao,
								 .from_ms = 0,
								 .until_ms = INT64_MAX,
								 .reason = "",
								 .created_by = "test"},
				      &e));
	STEP(&w, store_delegation_add(w.db,
				      &(struct store_delegation){.id = p.wang,
								 .account = p.wang,
								 .delegate = p.li,
								 .from_ms = 0,
								 .until_ms = INT64_MAX,
								 .reason = "",
								 .created_by = "test"},
				      &e));
	may_not(&w, id, p.zhao);
	may_not(&w, id, p.li);
	decides(&w, id, p.wang, true);
	world_is(&w, id, "approved", "none");
}

static void who_left_is_skipped_and_the_administrators_are_asked(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct people p;
	const char *const *ids;
	const char *id;
	size_t count;

	make(&w, state, &p);
	two_levels(&w, &p, "all");
	id = world_file(&w);
	set_active(&w, p.wang, false);
	OK(store_approval_to_review(w.db, &w.arena, INT64_MAX, 10, &ids, &count, &e));
	assert_int_equal(count, 1);
	STEP(&w, flow_review(&w.flow, id, &e));
	OK(store_approval_to_review(w.db, &w.arena, INT64_MAX, 10, &ids, &count, &e));
	assert_int_equal(count, 0);
	assert_string_equal(world_instance(&w, id).pending_with, "zhao");
	assert_int_equal(world_events(&w, id, "approver-skipped"), 1);
	set_active(&w, p.zhao, false);
	STEP(&w, flow_review(&w.flow, id, &e));
	assert_string_equal(world_instance(&w, id).pending_with, "chief");
	assert_non_null(strstr(world_instance(&w, id).note, "administrators"));
	set_active(&w, p.chief, false);
	STEP(&w, flow_review(&w.flow, id, &e));
	assert_non_null(strstr(world_instance(&w, id).note, "nobody"));
	assert_int_equal(world_events(&w, id, "nobody-left"), 1);
	/* Somebody comes back. */
	set_active(&w, p.zhao, true);
	OK(store_approval_to_review(w.db, &w.arena, INT64_MAX, 10, &ids, &count, &e));
	assert_int_equal(count, 1);
	STEP(&w, flow_review(&w.flow, id, &e));
	assert_string_equal(world_instance(&w, id).note, "");
	assert_string_equal(world_instance(&w, id).pending_with, "zhao");
	world_is(&w, id, "pending", "none");
}

static void who_became_an_auditor_is_not_asked(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_account a;
	struct people p;
	const char *id;

	make(&w, state, &p);
	two_levels(&w, &p, "all");
	id = world_file(&w);
	STEP(&w, flow_review(&w.flow, id, &e));
	assert_int_equal(world_events(&w, id, "approver-skipped"), 0);
	OK(store_account_get(w.db, &w.arena, p.wang, &a, &e));
	a.role = ROLE_AUDITOR;
	STEP(&w, store_account_set(w.db, &a, WORLD_NOW, &e));
	STEP(&w, flow_review(&w.flow, id, &e));
	assert_string_equal(world_instance(&w, id).pending_with, "zhao");
	may_not(&w, id, p.wang);
}

static void whoever_leaves_the_organisation_has_left(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct people p;
	const char *const *ids;
	const char *id;
	size_t count;

	make(&w, state, &p);
	two_levels(&w, &p, "all");
	id = world_file(&w);
	decides(&w, id, p.wang, true);
	STEP(&w, world_directory(&w, WORLD_NOW + 1, false, &e));
	STEP(&w, store_approval_review_departed(w.db, WORLD_NOW + 1, &e));
	OK(store_approval_to_review(w.db, &w.arena, INT64_MAX, 10, &ids, &count, &e));
	assert_int_equal(count, 1);
	STEP(&w, flow_review(&w.flow, id, &e));
	/* wang was enough then: the second level is asked. */
	assert_string_equal(world_instance(&w, id).pending_with, "chief");
}

static void a_last_level_that_is_passed_by_somebody_leaving_gives_the_grant(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct people p;
	const char *id;

	make(&w, state, &p);
	world_builtin(
	    &w, arena_printf(&w.arena,
			     "{\"levels\":[{\"mode\":\"all\",\"approvers\":[\"%s\",\"%s\"]}]}",
			     p.wang, p.zhao));
	world_policy(&w, 2, "workflow");
	id = world_file(&w);
	decides(&w, id, p.wang, true);
	set_active(&w, p.zhao, false);
	STEP(&w, flow_review(&w.flow, id, &e));
	world_is(&w, id, "approved", "none");
	assert_int_equal(grants(&w, id), 1);
	assert_string_equal(world_instance(&w, id).decided_by, "wang");
	assert_string_equal(world_instance(&w, id).channel, "system");
}

static void a_delegate_acts_and_is_told(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_task_list list;
	struct store_turn *turns;
	struct people p;
	const char *id;
	size_t count;

	make(&w, state, &p);
	world_builtin(&w, arena_printf(&w.arena,
				       "{\"levels\":[{\"mode\":\"any\",\"approvers\":[\"%s\"]}]}",
				       p.wang));
	world_policy(&w, 2, "workflow");
	STEP(&w, store_delegation_add(w.db,
				      &(struct store_delegation){.id = p.wang,
								 .account = p.wang,
								 .delegate = p.zhao,
								 .from_ms = WORLD_NOW,
								 .until_ms = WORLD_NOW + HOUR_MS,
								 .reason = "休假",
								 .created_by = "test"},
				      &e));
	id = world_file(&w);
	assert_int_equal(messages(&w, "wangfang"), 0);
	assert_int_equal(messages(&w, "zhaolei"), 1);
	OK(store_turn_list(
	    w.db, &w.arena,
	    &(struct store_turn_filter){
		.state = "open", .account = p.zhao, .now_ms = WORLD_NOW, .before = "", .limit = 10},
	    &turns, &count, &e));
	assert_int_equal(count, 1);
	assert_string_equal(turns[0].task.name, "wang");
	OK(store_turn_list(
	    w.db, &w.arena,
	    &(struct store_turn_filter){
		.account = p.zhao, .now_ms = WORLD_NOW + HOUR_MS, .before = "", .limit = 10},
	    &turns, &count, &e));
	assert_int_equal(count, 0);
	decides(&w, id, p.zhao, true);
	OK(store_task_list(w.db, &w.arena, id, &list, &e));
	assert_string_equal(list.items[0].account, p.wang);
	assert_string_equal(list.items[0].acted_by, p.zhao);
	assert_string_equal(list.items[0].acted_name, "zhao");
	assert_string_equal(list.items[0].comment, "好");
}

static void a_delegation_that_begins_tells_what_waits(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_delegation d = {.reason = "", .from_ms = WORLD_NOW + HOUR_MS};
	struct people p;
	int64_t due;

	make(&w, state, &p);
	two_levels(&w, &p, "all");
	(void)world_file(&w);
	d.account = p.wang;
	d.delegate = p.zhao;
	d.until_ms = d.from_ms + HOUR_MS;
	STEP(&w, flow_delegation_add(&w.flow, &d, &e));
	OK(store_delegation_due(w.db, &due, &e));
	assert_int_equal(due, d.from_ms);
	assert_int_equal(messages(&w, "zhaolei"), 1);
	w.flow.now_ms = due;
	STEP(&w, flow_delegation_begin(&w.flow, d.id, &e));
	STEP(&w, flow_delegation_begin(&w.flow, d.id, &e));
	assert_int_equal(messages(&w, "zhaolei"), 2);
	OK(store_delegation_due(w.db, &due, &e));
	assert_int_equal(due, 0);
}

static void who_delegates_to_whom_has_rules(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_delegation d = {.reason = "", .from_ms = WORLD_NOW};
	struct people p;

	make(&w, state, &p);
	d.account = d.delegate = p.wang;
	d.until_ms = WORLD_NOW + HOUR_MS;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_delegation_add(&w.flow, &d, &e));
	d.delegate = world_account(&w, "audit", ROLE_AUDITOR, NULL);
	REFUSED(&w, ERR_UNPROCESSABLE, flow_delegation_add(&w.flow, &d, &e));
	d.delegate = w.device;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_delegation_add(&w.flow, &d, &e));
	set_active(&w, p.zhao, false);
	d.delegate = p.zhao;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_delegation_add(&w.flow, &d, &e));
	d.delegate = p.chief;
	d.until_ms = WORLD_NOW;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_delegation_add(&w.flow, &d, &e));
	d.until_ms = WORLD_NOW + DELEGATION_MAX_MS + 1;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_delegation_add(&w.flow, &d, &e));
	d.from_ms = WORLD_NOW - 10;
	d.until_ms = WORLD_NOW - 1;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_delegation_add(&w.flow, &d, &e));
	d.until_ms = WORLD_NOW + 1;
	STEP(&w, flow_delegation_add(&w.flow, &d, &e));
}

static void one_delegation_at_a_time(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_delegation d = {.reason = "",
				     .created_by = "test",
				     .from_ms = WORLD_NOW,
				     .until_ms = WORLD_NOW + HOUR_MS};
	struct people p;

	make(&w, state, &p);
	d.id = d.account = p.wang;
	d.delegate = p.zhao;
	STEP(&w, store_delegation_add(w.db, &d, &e));
	d.id = p.li;
	REFUSED(&w, ERR_CONFLICT, store_delegation_add(w.db, &d, &e));
	d.from_ms = d.until_ms;
	d.until_ms += HOUR_MS;
	STEP(&w, store_delegation_add(w.db, &d, &e));
	d.from_ms--;
	REFUSED(&w, ERR_CONFLICT, store_delegation_set(w.db, &d, &d, &e));
}

/* The first owner exists before there is a directory to link anybody to. */
static void who_has_the_applicants_email_address_is_the_applicant(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_decision d = {.by = "li", .channel = "console", .comment = ""};
	struct store_instance i;
	struct people p;
	const char *id;

	make(&w, state, &p);
	d.who = (struct flow_decider){.account = p.chief, .role = ROLE_OWNER};
	id = world_file(&w);
	STEP(&w, db_exec(w.db, "UPDATE people SET email = 'Chief@Example.com' WHERE id = $1",
			 DB_PARAMS(db_text(w.lihua)), NULL, &e));
	REFUSED(&w, ERR_FORBIDDEN, flow_decide(&w.flow, id, true, &d, &e));
	i = world_instance(&w, id);
	OK(flow_decider_find(&w.flow, &i, &d.who, &e));
	assert_false(flow_rights(&i, false, &d.who).decide);
	d.who.person = NULL;
	STEP(&w, db_exec(w.db, "UPDATE people SET email = '' WHERE id = $1",
			 DB_PARAMS(db_text(w.lihua)), NULL, &e));
	STEP(&w, flow_decide(&w.flow, id, true, &d, &e));
	assert_string_equal(world_instance(&w, id).status, "approved");
}

static void a_delegation_is_changed_as_it_was_seen(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_delegation was = {.reason = "", .from_ms = WORLD_NOW}, to;
	struct people p;

	make(&w, state, &p);
	was.account = p.wang;
	was.delegate = p.zhao;
	was.until_ms = WORLD_NOW + HOUR_MS;
	STEP(&w, flow_delegation_add(&w.flow, &was, &e));
	to = was;
	to.delegate = p.chief;
	STEP(&w, flow_delegation_change(&w.flow, &was, &to, &e));
	REFUSED(&w, ERR_STALE, flow_delegation_change(&w.flow, &was, &to, &e));
	REFUSED(&w, ERR_STALE, flow_delegation_remove(&w.flow, &was, &e));
	OK(store_delegation_get(w.db, &w.arena, was.id, &to, &e));
	assert_string_equal(to.delegate, p.chief);
	STEP(&w, flow_delegation_remove(&w.flow, &to, &e));
}

static void nobody_answers_and_it_is_escalated_once(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct people p;
	const char *const *ids;
	const char *id;
	size_t count;
	int64_t due;

	make(&w, state, &p);
	two_levels(&w, &p, "all");
	id = world_file(&w);
	OK(store_approval_due(w.db, &due, &e));
	assert_int_equal(due, WORLD_NOW + 48 * HOUR_MS);
	STEP(&w, flow_level_overdue(&w.flow, id, &e)); /* too early */
	assert_int_equal(world_events(&w, id, "escalated"), 0);
	w.flow.now_ms = due;
	OK(store_approval_overdue(w.db, &w.arena, due, 10, &ids, &count, &e));
	assert_int_equal(count, 1);
	STEP(&w, flow_level_overdue(&w.flow, id, &e));
	STEP(&w, flow_level_overdue(&w.flow, id, &e));
	assert_int_equal(world_events(&w, id, "escalated"), 1);
	OK(store_approval_due(w.db, &due, &e));
	assert_int_equal(due, 0);
	/* The administrator answers for the level, not for the request. */
	decides(&w, id, p.chief, true);
	world_is(&w, id, "pending", "none");
	assert_string_equal(world_instance(&w, id).pending_with, "chief");
	OK(store_approval_due(w.db, &due, &e));
	assert_int_equal(due, w.flow.now_ms + 48 * HOUR_MS);
}

static void who_does_not_answer_is_reminded_a_few_times(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct people p;
	const char *id;
	int64_t due;

	make(&w, state, &p);
	world_builtin(&w,
		      arena_printf(&w.arena,
				   "{\"levels\":[{\"mode\":\"all\",\"approvers\":[\"%s\",\"%s\"]}],"
				   "\"remind_hours\":2,\"reminders\":2}",
				   p.wang, p.zhao));
	world_policy(&w, 2, "workflow");
	id = world_file(&w);
	decides(&w, id, p.zhao, true);
	OK(store_instance_remind_due(w.db, &due, &e));
	assert_int_equal(due, WORLD_NOW + 2 * HOUR_MS);
	w.flow.now_ms = due;
	STEP(&w, flow_remind_due(&w.flow, id, &e));
	assert_int_equal(messages(&w, "wangfang"), 2);
	assert_int_equal(messages(&w, "zhaolei"), 1);
	OK(store_instance_remind_due(w.db, &due, &e));
	assert_int_equal(due, w.flow.now_ms + 24 * HOUR_MS);
	w.flow.now_ms = due;
	STEP(&w, flow_remind_due(&w.flow, id, &e));
	assert_int_equal(messages(&w, "wangfang"), 3);
	OK(store_instance_remind_due(w.db, &due, &e));
	assert_int_equal(due, 0);
}

static void it_expires_and_nobody_has_a_turn_any_more(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct people p;
	const char *id;

	make(&w, state, &p);
	two_levels(&w, &p, "all");
	id = world_file(&w);
	w.flow.now_ms = world_instance(&w, id).expires_ms;
	STEP(&w, flow_time_out(&w.flow, id, &e));
	world_is(&w, id, "expired", "none");
	assert_int_equal(tasks(&w, id, "open"), 0);
	assert_int_equal(messages(&w, "lihua"), 1);
}

static void with_fallback(struct world *w, const struct people *p)
{
	STEP(w,
	     db_exec(
		 w->db, "UPDATE workflow_versions SET levels = $1",
		 DB_PARAMS(db_text(arena_printf(
		     &w->arena,
		     "{\"after_minutes\":30,\"level\":{\"mode\":\"any\",\"approvers\":[\"%s\"]}}",
		     p->zhao))),
		 NULL, &e));
}

static void a_request_that_cannot_reach_dingtalk_is_asked_here_too(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct people p;
	const char *id;
	int64_t due;

	make(&w, state, &p);
	with_fallback(&w, &p);
	id = world_file(&w);
	world_is(&w, id, "pending", "queued");
	assert_int_equal(tasks(&w, id, "open"), 0);
	OK(store_approval_due(w.db, &due, &e));
	assert_int_equal(due, WORLD_NOW + HOUR_MS / 2);
	STEP(&w, flow_review(&w.flow, id, &e)); /* nobody is asked yet */
	w.flow.now_ms = due;
	STEP(&w, flow_level_overdue(&w.flow, id, &e));
	assert_int_equal(tasks(&w, id, "open"), 1);
	assert_int_equal(world_events(&w, id, "fallback"), 1);
	/* It gets there after all; what is decided here closes it there. */
	world_created(&w, "oa-1");
	world_is(&w, id, "pending", "submitted");
	decides(&w, id, p.zhao, true);
	world_is(&w, id, "approved", "closing");
	assert_int_equal(grants(&w, id), 1);
}

static void what_reached_dingtalk_is_not_asked_here(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	struct people p;
	const char *id;
	int64_t due;

	make(&w, state, &p);
	with_fallback(&w, &p);
	id = world_file(&w);
	world_created(&w, "oa-1");
	OK(store_approval_due(w.db, &due, &e));
	w.flow.now_ms = due;
	STEP(&w, flow_level_overdue(&w.flow, id, &e));
	assert_int_equal(tasks(&w, id, "open"), 0);
	OK(store_approval_due(w.db, &due, &e));
	assert_int_equal(due, 0);
	STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "wangfang", &s), &e));
	world_is(&w, id, "approved", "closed");
}

static void dingtalk_decides_first_and_the_level_is_closed(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	struct people p;
	const char *id;

	make(&w, state, &p);
	with_fallback(&w, &p);
	id = world_file(&w);
	w.flow.now_ms += HOUR_MS;
	STEP(&w, flow_level_overdue(&w.flow, id, &e));
	world_created(&w, "oa-1");
	STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "wangfang", &s), &e));
	world_is(&w, id, "approved", "closed");
	assert_int_equal(tasks(&w, id, "open"), 0);
	assert_int_equal(tasks(&w, id, "closed"), 1);
}

/* The policy's workflow stays DingTalk's; people it cannot serve get the one of the world. */
static void with_second(struct world *w, const struct people *p)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer json = {.out = &body};
	const char *dingtalk = w->workflow;
	struct policy policy;

	world_builtin(w, arena_printf(&w->arena,
				      "{\"levels\":[{\"mode\":\"any\",\"approvers\":[\"%s\"]}]}",
				      p->wang));
	policy_default(&policy);
	policy.workflow = dingtalk;
	policy.builtin_workflow = w->workflow;
	policy_write(&json, &policy);
	STEP(w, store_policy_add(w->db,
				 &(struct store_policy){.version = 2,
							.body = body.data,
							.created_by = "test",
							.created_ms = WORLD_NOW},
				 &e));
}

static void whom_the_first_workflow_cannot_serve_the_second_does(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *id;
	struct people p;

	make(&w, state, &p);
	with_second(&w, &p);
	id = world_file(&w);
	world_is(&w, id, "pending", "queued");
	STEP(&w, flow_unneeded(&w.flow, id, "test", &e));
	world_local(&w);
	id = world_file(&w);
	world_is(&w, id, "pending", "none");
	assert_string_equal(world_instance(&w, id).pending_with, "wang");
	decides(&w, id, p.wang, true);
	world_is(&w, id, "approved", "none");
}

static void may_not_start(struct world *w)
{
	struct flow_delivery d = world_begin(w);
	struct err why = {0};

	(void)err_set(&why, ERR_FORBIDDEN, "DingTalk refuses: processSetupNoPermission");
	STEP(w,
	     flow_delivery_end(&w->flow, &d,
			       &(struct flow_outcome){.error = &why, .may_not_start = true}, &e));
}

static void who_may_not_start_the_form_is_served_by_the_second_workflow(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct people p;
	const char *id;

	make(&w, state, &p);
	with_fallback(&w, &p);
	with_second(&w, &p);
	id = world_file(&w);
	world_is(&w, id, "pending", "queued");
	may_not_start(&w);
	world_is(&w, id, "pending", "none");
	assert_null(world_instance(&w, id).app);
	assert_string_equal(world_instance(&w, id).workflow, w.workflow);
	assert_string_equal(world_instance(&w, id).pending_with, "wang");
	assert_int_equal(world_events(&w, id, "moved"), 1);
	decides(&w, id, p.wang, true);
	world_is(&w, id, "approved", "none");
	assert_int_equal(grants(&w, id), 1);
}

static void without_a_second_workflow_the_form_waits_for_somebody_who_mends_it(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct people p;
	const char *id;

	make(&w, state, &p);
	id = world_file(&w);
	may_not_start(&w);
	world_is(&w, id, "pending", "failed");
	assert_non_null(world_instance(&w, id).app);
}

static void withdrawn_it_waits_for_nobody(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_decision again;
	struct people p;
	const char *id;

	make(&w, state, &p);
	two_levels(&w, &p, "all");
	id = world_file(&w);
	decides(&w, id, p.wang, true);
	STEP(&w, flow_withdraw(&w.flow, w.device, id, &e));
	world_is(&w, id, "revoked", "none");
	assert_int_equal(tasks(&w, id, "open"), 0);
	again = by(p.zhao, "zhao", ROLE_APPROVER);
	REFUSED(&w, ERR_CONFLICT, flow_decide(&w.flow, id, true, &again, &e));
	STEP(&w, flow_review(&w.flow, id, &e));
	world_is(&w, id, "revoked", "none");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    BOTH(a_request_goes_through_its_levels_without_dingtalk),
	    BOTH(an_app_without_an_agent_tells_nobody),
	    BOTH(a_rejection_in_any_level_ends_it),
	    BOTH(an_administrator_decides_the_whole_request),
	    BOTH(nobody_approves_his_own_in_any_way),
	    BOTH(who_left_is_skipped_and_the_administrators_are_asked),
	    BOTH(who_became_an_auditor_is_not_asked),
	    BOTH(whoever_leaves_the_organisation_has_left),
	    BOTH(a_last_level_that_is_passed_by_somebody_leaving_gives_the_grant),
	    BOTH(a_delegate_acts_and_is_told),
	    BOTH(a_delegation_that_begins_tells_what_waits),
	    BOTH(who_delegates_to_whom_has_rules),
	    BOTH(one_delegation_at_a_time),
	    BOTH(nobody_answers_and_it_is_escalated_once),
	    BOTH(who_does_not_answer_is_reminded_a_few_times),
	    BOTH(it_expires_and_nobody_has_a_turn_any_more),
	    BOTH(a_request_that_cannot_reach_dingtalk_is_asked_here_too),
	    BOTH(what_reached_dingtalk_is_not_asked_here),
	    BOTH(dingtalk_decides_first_and_the_level_is_closed),
	    BOTH(whom_the_first_workflow_cannot_serve_the_second_does),
	    BOTH(who_may_not_start_the_form_is_served_by_the_second_workflow),
	    BOTH(without_a_second_workflow_the_form_waits_for_somebody_who_mends_it),
	    BOTH(a_delegation_is_changed_as_it_was_seen),
	    BOTH(who_has_the_applicants_email_address_is_the_applicant),
	    BOTH(withdrawn_it_waits_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
