/* Bringing DingTalk to a decision that was taken here, and telling people. */
#include "world.h"

#include "flow/notify.h"
#include "store/outbox.h"
#include "store/setting.h"
#include "store/workflow.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static const struct flow_decision admin = {"赵管理", "api", "设备已归还", WORLD_ADMIN};

static void set_workflow(struct world *w, const char *decision, bool confirmed, bool notices)
{
	STEP(w, db_exec(w->db,
			"UPDATE workflows SET console_decision = $1, carry_confirmed_ms = $2, "
			"notices = $3",
			DB_PARAMS(db_text(decision), db_i64(confirmed ? WORLD_NOW : 0),
				  db_bool(notices)),
			NULL, &e));
}

/* The next row is of this kind. */
static struct flow_delivery next(struct world *w, const char *kind)
{
	struct flow_delivery d = world_begin(w);

	if (d.row.id == NULL)
		fail_msg("no row is due, a %s should be", kind);
	assert_string_equal(d.row.kind, kind);
	return d;
}

static void end(struct world *w, const struct flow_delivery *d, const struct flow_outcome *outcome)
{
	STEP(w, flow_delivery_end(&w->flow, d, outcome, &e));
}

/* DingTalk shows these tasks open. */
static struct oa_seen *open_tasks(struct world *w, const char *id, struct world_seen *s,
				  struct oa_task *tasks, size_t count)
{
	world_agreed(w, id, "wangfang", s)->status = "RUNNING";
	s->seen.result = "";
	s->seen.tasks = tasks;
	s->seen.task_count = count;
	return &s->seen;
}

static const char *submitted(struct world *w)
{
	const char *id = world_file(w);

	world_created(w, "oa-1");
	w->flow.now_ms += 20000;
	return id;
}

/* After a task was executed: its owner's message and the next look, in either order. */
static void told_and_looking(struct world *w, struct flow_delivery *notice,
			     struct flow_delivery *carry)
{
	*notice = world_begin(w);
	*carry = world_begin(w);
	assert_true(notice->row.id != NULL && carry->row.id != NULL);
	if (strcmp(notice->row.kind, "carry") == 0) {
		struct flow_delivery other = *notice;

		*notice = *carry;
		*carry = other;
	}
	assert_string_equal(notice->row.kind, "notice");
	assert_string_equal(carry->row.kind, "carry");
}

static void look(struct world *w, struct oa_seen *seen)
{
	struct flow_delivery d = next(w, "carry");

	end(w, &d, &(struct flow_outcome){.seen = seen});
}

static void the_open_tasks_are_executed_in_order_and_their_owners_told(void **state)
{
	struct oa_task tasks[] = {
	    {71, "wangfang", "COMPLETED"}, {72, "wangfang", "RUNNING"}, {73, "zhaolei", "RUNNING"}};
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	struct flow_delivery d, carry;
	const char *id;

	world_make(&w, state);
	set_workflow(&w, WORKFLOW_CARRY_THROUGH, true, false);
	id = submitted(&w);
	STEP(&w, flow_decide(&w.flow, id, true, &admin, &e));
	world_is(&w, id, "approved", "closing");
	look(&w, open_tasks(&w, id, &s, tasks, 3));
	d = next(&w, "execute");
	assert_int_equal(d.row.task, 72);
	assert_string_equal(d.row.userid, "wangfang");
	assert_string_equal(d.row.text,
			    "已在 Holdfast 中由 赵管理 决定，并非任务处理人本人操作：设备已归还");
	end(&w, &d, &(struct flow_outcome){0});
	told_and_looking(&w, &d, &carry);
	assert_string_equal(d.row.userid, "wangfang");
	assert_non_null(strstr(d.row.text, "并非您本人操作"));
	end(&w, &d, &(struct flow_outcome){0});
	/* What was executed may still show as open for a while. */
	end(&w, &carry, &(struct flow_outcome){.seen = open_tasks(&w, id, &s, tasks, 3)});
	d = next(&w, "execute");
	assert_int_equal(d.row.task, 73);
	end(&w, &d, &(struct flow_outcome){0});
	assert_int_equal(world_events(&w, id, "executed"), 2);
	told_and_looking(&w, &d, &carry);
	assert_string_equal(d.row.userid, "zhaolei");
	/* Completed by ourselves: that is the end, nothing is late and nobody is a second person. */
	STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "wangfang", &s), &e));
	world_is(&w, id, "approved", "closed");
	assert_int_equal(world_events(&w, id, "closed"), 1);
	assert_int_equal(world_events(&w, id, "late"), 0);
	assert_string_equal(world_instance(&w, id).note, "");
	assert_null(world_begin(&w).row.id);
}

static void only_what_somebody_decided_here_is_carried_through(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_make(&w, state);
	set_workflow(&w, WORKFLOW_CARRY_THROUGH, true, false);
	id = submitted(&w);
	STEP(&w, flow_withdraw(&w.flow, w.device, id, &e));
	assert_string_equal(next(&w, "terminate").row.userid, "lihua");
	STEP(&w, db_exec(w.db, "DELETE FROM outbox", DB_NONE, NULL, &e));
	id = world_file(&w);
	world_created(&w, "oa-2");
	w.flow.now_ms = world_instance(&w, id).expires_ms;
	STEP(&w, flow_time_out(&w.flow, id, &e));
	(void)next(&w, "comment");
}

static void an_owner_who_was_quicker_is_not_told_that_we_acted_for_him(void **state)
{
	struct oa_task tasks[] = {{72, "wangfang", "RUNNING"}};
	struct store_execution *tried;
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	struct flow_delivery d;
	const char *id;
	size_t count;

	world_make(&w, state);
	set_workflow(&w, WORKFLOW_CARRY_THROUGH, true, false);
	id = submitted(&w);
	STEP(&w, flow_decide(&w.flow, id, false, &admin, &e));
	look(&w, open_tasks(&w, id, &s, tasks, 1));
	d = next(&w, "execute");
	OK(store_outbox_executions(w.db, &w.arena, id, &tried, &count, &e));
	assert_true(count == 1 && tried[0].done); /* begun: it may have been */
	end(&w, &d, &(struct flow_outcome){.moot = true});
	OK(store_outbox_executions(w.db, &w.arena, id, &tried, &count, &e));
	assert_true(count == 1 && !tried[0].done);
	(void)next(&w, "carry"); /* and no notice */
	assert_int_equal(world_events(&w, id, "executed"), 0);
	/* She had agreed: that is another end, and shows on the request. */
	STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "wangfang", &s), &e));
	world_is(&w, id, "rejected", "closed");
	assert_int_equal(world_events(&w, id, "late"), 1);
	assert_non_null(strstr(world_instance(&w, id).note, "another end"));
}

static void refuse(struct world *w, const struct flow_delivery *d, const char *text)
{
	struct err why = {0};

	(void)err_set(&why, ERR_UNPROCESSABLE, "%s", text);
	end(w, d, &(struct flow_outcome){.error = &why, .final = true});
}

static void what_cannot_be_executed_is_withdrawn_instead(void **state)
{
	struct oa_task tasks[] = {{72, "wangfang", "RUNNING"}};
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	struct flow_delivery d;
	const char *id;

	world_make(&w, state);
	set_workflow(&w, WORKFLOW_CARRY_THROUGH, true, false);
	id = submitted(&w);
	STEP(&w, flow_decide(&w.flow, id, true, &admin, &e));
	look(&w, open_tasks(&w, id, &s, tasks, 1));
	d = next(&w, "execute");
	refuse(&w, &d, "needs a signature by hand");
	world_is(&w, id, "approved", "closing");
	assert_non_null(strstr(world_instance(&w, id).note, "needs a signature by hand"));
	d = next(&w, "comment");
	assert_non_null(strstr(d.row.text, "赵管理"));
	end(&w, &d, &(struct flow_outcome){0});
	d = next(&w, "terminate");
	/* Refused too: it stays open there, and no third way is tried. */
	refuse(&w, &d, "does not allow withdrawing");
	assert_null(world_begin(&w).row.id);
	assert_non_null(strstr(world_instance(&w, id).note, "stays open"));
	assert_int_equal(world_events(&w, id, "close-refused"), 2);
}

static void tasks_that_never_open_are_not_waited_for_for_ever(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery d;
	struct world_seen s;
	const char *id;
	int looks = 0;

	world_make(&w, state);
	set_workflow(&w, WORKFLOW_CARRY_THROUGH, true, false);
	id = submitted(&w);
	STEP(&w, flow_decide(&w.flow, id, true, &admin, &e));
	for (d = next(&w, "carry"); strcmp(d.row.kind, "carry") == 0; looks++) {
		end(&w, &d, &(struct flow_outcome){.seen = open_tasks(&w, id, &s, NULL, 0)});
		w.flow.now_ms += 15000;
		d = world_begin(&w);
		assert_true(d.row.id != NULL && looks < 20);
	}
	assert_string_equal(d.row.kind, "comment");
	assert_true(looks > 3);
}

/* Decided here in a workflow that closes, and DingTalk does not withdraw the form. */
static const char *not_withdrawn(struct world *w, bool confirmed)
{
	struct flow_delivery d;
	const char *id;

	set_workflow(w, WORKFLOW_CLOSE, confirmed, false);
	id = submitted(w);
	STEP(w, flow_decide(&w->flow, id, false, &admin, &e));
	d = next(w, "comment");
	end(w, &d, &(struct flow_outcome){0});
	d = next(w, "terminate");
	refuse(w, &d, "does not allow withdrawing");
	return world_instance(w, id).note;
}

static void what_cannot_be_withdrawn_is_carried_through_where_that_was_confirmed(void **state)
{
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	assert_non_null(strstr(not_withdrawn(&w, true), "carried through instead"));
	(void)next(&w, "carry");
}

static void what_nobody_confirmed_is_not_carried_through_instead(void **state)
{
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	assert_non_null(strstr(not_withdrawn(&w, false), "stays open"));
	assert_null(world_begin(&w).row.id);
}

/* --- messages --- */

static void nobody_is_told_where_the_workflow_is_silent(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	const char *id;

	world_make(&w, state);
	id = submitted(&w);
	assert_int_equal(world_instance(&w, id).remind_ms, 0);
	STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "wangfang", &s), &e));
	assert_null(world_begin(&w).row.id);
}

static void the_applicant_hears_the_result_in_the_organisations_language(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	struct flow_delivery d;
	const char *id;

	world_make(&w, state);
	set_workflow(&w, WORKFLOW_CLOSE, false, true);
	STEP(&w, store_setting_set(w.db, SETTING_LANGUAGE, "en", &e));
	id = submitted(&w);
	STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "wangfang", &s), &e));
	d = next(&w, "notice");
	assert_string_equal(d.row.userid, "lihua");
	assert_non_null(strstr(d.row.text, "was approved by 王芳: 可以"));
	/* A message that cannot be delivered changes nothing and holds up nothing. */
	refuse(&w, &d, "does not reach this person");
	world_is(&w, id, "approved", "closed");
	assert_null(world_begin(&w).row.id);
}

static void who_withdrew_it_himself_needs_no_message(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_make(&w, state);
	set_workflow(&w, WORKFLOW_CLOSE, false, true);
	id = submitted(&w);
	STEP(&w, flow_withdraw(&w.flow, w.device, id, &e));
	(void)next(&w, "terminate");
	assert_null(world_begin(&w).row.id);
}

static void who_comes_too_late_is_told(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	struct flow_delivery d;
	const char *id;
	bool him = false, her = false;

	world_make(&w, state);
	set_workflow(&w, WORKFLOW_CLOSE, false, true);
	id = submitted(&w);
	w.flow.now_ms = world_instance(&w, id).expires_ms;
	STEP(&w, flow_time_out(&w.flow, id, &e));
	STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "wangfang", &s), &e));
	world_is(&w, id, "expired", "closed");
	for (d = world_begin(&w); d.row.id != NULL; d = world_begin(&w)) {
		if (strstr(d.row.text, "不再生效") != NULL) {
			him = him || strcmp(d.row.userid, "lihua") == 0;
			her = her || strcmp(d.row.userid, "wangfang") == 0;
		}
		end(&w, &d, &(struct flow_outcome){0});
	}
	assert_true(him && her);
}

/* After a day, then daily, five times; each time who has it is looked up. */
static void approvers_are_reminded_five_times_at_most(void **state)
{
	struct oa_task tasks[] = {
	    {71, "zhaolei", "COMPLETED"}, {72, "wangfang", "RUNNING"}, {73, "wangfang", "RUNNING"}};
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	const char *id, *last = "";
	int64_t due;

	world_make(&w, state);
	set_workflow(&w, WORKFLOW_CLOSE, false, true);
	id = submitted(&w);
	assert_int_equal(world_instance(&w, id).remind_ms, WORLD_NOW + DAY_MS);
	for (int i = 0; i < FLOW_REMINDERS; i++) {
		struct flow_delivery d;

		OK(store_instance_remind_due(w.db, &due, &e));
		w.flow.now_ms = due;
		STEP(&w, flow_remind_due(&w.flow, id, &e));
		d = next(&w, "remind");
		end(&w, &d, &(struct flow_outcome){.seen = open_tasks(&w, id, &s, tasks, 3)});
		d = next(&w, "notice");
		assert_string_equal(d.row.userid, "wangfang");
		assert_string_not_equal(d.row.text, last);
		last = d.row.text;
		end(&w, &d, &(struct flow_outcome){0});
		assert_null(world_begin(&w).row.id);
	}
	OK(store_instance_remind_due(w.db, &due, &e));
	assert_int_equal(due, 0);
	assert_true(w.flow.now_ms >= WORLD_NOW + 5 * DAY_MS);
}

static void nobody_is_reminded_of_what_is_decided(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery d;
	const char *id;
	int64_t due;

	world_make(&w, state);
	set_workflow(&w, WORKFLOW_CLOSE, false, true);
	id = submitted(&w);
	w.flow.now_ms += DAY_MS;
	STEP(&w, flow_remind_due(&w.flow, id, &e));
	STEP(&w, flow_decide(&w.flow, id, false, &admin, &e));
	OK(store_instance_remind_due(w.db, &due, &e));
	assert_int_equal(due, 0);
	for (d = world_begin(&w); d.row.id != NULL; d = world_begin(&w)) {
		assert_string_not_equal(d.row.kind, "remind");
		end(&w, &d, &(struct flow_outcome){0});
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(the_open_tasks_are_executed_in_order_and_their_owners_told),
	    BOTH(only_what_somebody_decided_here_is_carried_through),
	    BOTH(an_owner_who_was_quicker_is_not_told_that_we_acted_for_him),
	    BOTH(what_cannot_be_executed_is_withdrawn_instead),
	    BOTH(tasks_that_never_open_are_not_waited_for_for_ever),
	    BOTH(what_cannot_be_withdrawn_is_carried_through_where_that_was_confirmed),
	    BOTH(what_nobody_confirmed_is_not_carried_through_instead),
	    BOTH(nobody_is_told_where_the_workflow_is_silent),
	    BOTH(the_applicant_hears_the_result_in_the_organisations_language),
	    BOTH(who_withdrew_it_himself_needs_no_message),
	    BOTH(who_comes_too_late_is_told),
	    BOTH(approvers_are_reminded_five_times_at_most),
	    BOTH(nobody_is_reminded_of_what_is_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
