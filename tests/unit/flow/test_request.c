#include "world.h"

#include "flow/grant.h"
#include "store/check.h"
#include "store/grant.h"

static const struct flow_decision admin = {"token console", "api", "设备已归还", WORLD_ADMIN};

static struct store_grant grant_of(struct world *w, const char *id)
{
	struct store_grant g = {0};

	OK(store_grant_of_instance(w->db, &w->arena, id, &g, &e));
	return g;
}

static bool file_again(struct world *w, const char *reason, const char *package,
		       struct flow_filed *out, struct err *e)
{
	return flow_file(
	    &w->flow,
	    &(struct flow_filing){.device = w->device, .reason = reason, .package = package}, out,
	    e);
}

static void a_filing_is_recorded_and_queued(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_instance i;
	struct flow_delivery d;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	i = world_instance(&w, id);
	assert_int_equal(i.number, 1);
	assert_string_equal(i.reason, "旧电脑报废");
	assert_string_equal(i.status, "pending");
	assert_string_equal(i.delivery, "queued");
	assert_string_equal(i.originator, "lihua");
	assert_string_equal(i.originator_department, "2");
	assert_string_equal(i.department, "研发部");
	assert_string_equal(i.process_code, "PROC-A");
	assert_int_equal(i.expires_ms, WORLD_NOW + INT64_C(15) * 24 * 3600 * 1000);
	assert_int_equal(world_events(&w, id, "filed"), 1);
	d = world_begin(&w);
	assert_string_equal(d.row.instance, id);
	assert_false(d.row.uncertain);
	assert_int_equal(d.sent.count, 1);
	assert_string_equal(d.sent.items[0].name, "卸载原因");
	assert_string_equal(d.sent.items[0].value,
			    "旧电脑报废\n[HF-000001 · laptop-42 · holdfast-client]");
}

static void filing_again_gives_the_waiting_request(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_filed filed;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	STEP(&w, file_again(&w, "and again", NULL, &filed, &e));
	assert_true(filed.existed);
	assert_string_equal(filed.id, id);
	STEP(&w, flow_decide(&w.flow, id, false, &admin, &e));
	STEP(&w, file_again(&w, "and again", "holdfast-client", &filed, &e));
	assert_false(filed.existed);
	assert_int_equal(world_instance(&w, filed.id).number, 2);
}

static void five_filings_a_day(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_filed filed;

	world_make(&w, state);
	for (int i = 0; i < FILINGS_A_DAY; i++) {
		const char *id = world_file(&w);

		STEP(&w, flow_decide(&w.flow, id, false, &admin, &e));
	}
	REFUSED(&w, ERR_TOO_MANY, file_again(&w, "sixth", NULL, &filed, &e));
	w.flow.now_ms += INT64_C(24) * 3600 * 1000;
	STEP(&w, file_again(&w, "next day", NULL, &filed, &e));
}

static void what_filing_refuses(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_filed filed;

	world_make(&w, state);
	REFUSED(&w, ERR_UNPROCESSABLE, file_again(&w, " \t", NULL, &filed, &e));
	REFUSED(&w, ERR_UNPROCESSABLE, file_again(&w, "x", "vim", &filed, &e));
	world_policy(&w, 2, "none");
	REFUSED(&w, ERR_FORBIDDEN, file_again(&w, "x", NULL, &filed, &e));
	world_policy(&w, 3, "nobody");
	REFUSED(&w, ERR_FORBIDDEN, file_again(&w, "x", NULL, &filed, &e));
	world_policy(&w, 4, "workflow");
	STEP(&w, db_exec(w.db, "UPDATE people SET departed = 1", DB_NONE, NULL, &e));
	REFUSED(&w, ERR_FORBIDDEN, file_again(&w, "x", NULL, &filed, &e));
	STEP(&w, db_exec(w.db, "UPDATE people SET departed = 0", DB_NONE, NULL, &e));
	world_local(&w);
	REFUSED(&w, ERR_FORBIDDEN, file_again(&w, "x", NULL, &filed, &e));
}

static void an_approval_gives_a_grant_for_this_devices_key(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_grants told;
	struct store_grant g;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	STEP(&w, flow_decide(&w.flow, id, true, &admin, &e));
	world_is(&w, id, "approved", "none");
	g = grant_of(&w, id);
	assert_string_equal(g.state, "unused");
	assert_int_equal(g.exp_ms, WORLD_NOW + INT64_C(72) * 3600 * 1000);
	OK(flow_device_grants(w.db, &w.arena, w.device, &(struct flow_held){0}, &told, &e));
	assert_int_equal(told.jws_count, 1);
	assert_string_equal(told.jws[0], g.jws);
	REFUSED(&w, ERR_CONFLICT, flow_decide(&w.flow, id, false, &admin, &e));
	assert_string_equal(world_instance(&w, id).decided_by, "token console");
	assert_string_equal(world_instance(&w, id).decision_comment, "设备已归还");
}

static void a_decision_before_the_sending_takes_the_form_back(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	STEP(&w, flow_decide(&w.flow, id, false, &admin, &e));
	world_is(&w, id, "rejected", "none");
	assert_null(world_begin(&w).row.id);
}

static void a_decision_here_closes_the_form_there(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery d;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	world_is(&w, id, "pending", "submitted");
	STEP(&w, flow_decide(&w.flow, id, true, &admin, &e));
	world_is(&w, id, "approved", "closing");
	d = world_begin(&w);
	assert_string_equal(d.row.kind, "comment");
	assert_non_null(strstr(d.row.text, "token console"));
	assert_non_null(strstr(d.row.text, "设备已归还"));
	STEP(&w, flow_delivery_end(&w.flow, &d, &(struct flow_outcome){0}, &e));
	assert_null(world_begin(&w).row.id); /* younger than DingTalk lets it be withdrawn */
	w.flow.now_ms += 16000;
	d = world_begin(&w);
	assert_string_equal(d.row.kind, "terminate");
	assert_string_equal(d.row.userid, "");
	STEP(&w, flow_delivery_end(&w.flow, &d, &(struct flow_outcome){0}, &e));
	world_is(&w, id, "approved", "closed");
	assert_int_equal(world_instance(&w, id).check_ms, 0);
}

static void a_decision_while_the_form_is_on_its_way_closes_it_too(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery create;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	create = world_begin(&w);
	STEP(&w, flow_decide(&w.flow, id, false, &admin, &e));
	world_is(&w, id, "rejected", "closing");
	assert_null(world_begin(&w).row.id);
	STEP(&w, flow_delivery_end(&w.flow, &create, &(struct flow_outcome){.external_id = "oa-1"},
				   &e));
	world_is(&w, id, "rejected", "closing");
	assert_string_equal(world_begin(&w).row.kind, "comment");
}

static void the_applicant_withdraws_in_his_own_name(void **state)
{
	AUTO(world_done) struct world w = {0};
	char other[ID_SIZE];
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	id_new(other);
	world_created(&w, "oa-1");
	REFUSED(&w, ERR_NOT_FOUND, flow_withdraw(&w.flow, other, id, &e));
	STEP(&w, flow_withdraw(&w.flow, w.device, id, &e));
	world_is(&w, id, "revoked", "closing");
	w.flow.now_ms += 16000;
	assert_string_equal(world_begin(&w).row.userid, "lihua");
	REFUSED(&w, ERR_CONFLICT, flow_withdraw(&w.flow, w.device, id, &e));
	assert_null(grant_of(&w, id).id);
}

static void a_request_that_waited_too_long_expires(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *const *ids;
	const char *id;
	size_t count;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	w.flow.now_ms = world_instance(&w, id).expires_ms;
	OK(store_instance_overdue(w.db, &w.arena, w.flow.now_ms - 1, 10, &ids, &count, &e));
	assert_int_equal(count, 0);
	OK(store_instance_overdue(w.db, &w.arena, w.flow.now_ms, 10, &ids, &count, &e));
	assert_int_equal(count, 1);
	STEP(&w, flow_time_out(&w.flow, ids[0], &e));
	world_is(&w, id, "expired", "closing");
	STEP(&w, flow_time_out(&w.flow, ids[0], &e));
	assert_int_equal(world_events(&w, id, "expired"), 1);
}

static void what_nobody_has_to_be_asked_for_is_revoked_and_its_form_closed(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_waiting *waiting;
	const char *id;
	size_t count;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	OK(store_instance_waiting(w.db, &w.arena, "", 10, &waiting, &count, &e));
	assert_int_equal(count, 1);
	assert_string_equal(waiting[0].person, w.lihua);
	assert_string_equal(waiting[0].package, "holdfast-client");
	assert_false(waiting[0].departed);
	OK(store_instance_waiting(w.db, &w.arena, id, 10, &waiting, &count, &e));
	assert_int_equal(count, 0);
	for (int i = 0; i < 2; i++)
		STEP(&w, flow_unneeded(&w.flow, id, "the applicant was put on the whitelist", &e));
	world_is(&w, id, "revoked", "closing");
	assert_string_equal(world_instance(&w, id).decision_comment,
			    "the applicant was put on the whitelist");
	assert_int_equal(world_events(&w, id, "revoked"), 1);
	OK(store_instance_waiting(w.db, &w.arena, "", 10, &waiting, &count, &e));
	assert_int_equal(count, 0);
}

static void agreed_in_dingtalk(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_instance i;
	struct world_seen s;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "wangfang", &s), &e));
	i = world_instance(&w, id);
	assert_string_equal(i.status, "approved");
	assert_string_equal(i.delivery, "closed");
	assert_string_equal(i.decided_by, "王芳");
	assert_string_equal(i.decision_comment, "可以");
	assert_string_equal(i.channel, "dingtalk");
	assert_string_equal(grant_of(&w, id).state, "unused");
	assert_null(world_begin(&w).row.id);
	STEP(&w, flow_read_back(&w.flow, id, 0, &s.seen, &e));
	assert_int_equal(world_events(&w, id, "grant-issued"), 1);
	assert_int_equal(world_events(&w, id, "late"), 0);
}

static void refused_and_withdrawn_in_dingtalk(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	world_agreed(&w, id, "wangfang", &s)->result = "refuse";
	s.records[1].result = "REFUSE";
	STEP(&w, flow_read_back(&w.flow, id, 0, &s.seen, &e));
	world_is(&w, id, "rejected", "closed");
	assert_string_equal(world_instance(&w, id).decided_by, "王芳");
	id = world_file(&w);
	world_created(&w, "oa-2");
	world_agreed(&w, id, "wangfang", &s)->status = "TERMINATED";
	STEP(&w, flow_read_back(&w.flow, id, 0, &s.seen, &e));
	world_is(&w, id, "revoked", "closed");
	assert_null(grant_of(&w, id).id);
}

static void agreed_by_nobody_else_waits_for_an_administrator(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	for (int i = 0; i < 2; i++)
		STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "lihua", &s), &e));
	world_is(&w, id, "pending", "closed");
	assert_string_equal(world_instance(&w, id).note, "no second person");
	assert_int_equal(world_events(&w, id, "no-second-person"), 1);
	assert_null(grant_of(&w, id).id);
	STEP(&w, flow_decide(&w.flow, id, true, &admin, &e));
	world_is(&w, id, "approved", "closed");
	assert_string_equal(world_instance(&w, id).note, "");
}

static void a_forged_agreement_gives_nothing(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	world_agreed(&w, id, "wangfang", &s)->values.items[0].value = "something else";
	STEP(&w, flow_read_back(&w.flow, id, 0, &s.seen, &e));
	world_is(&w, id, "pending", "closed");
	assert_int_equal(world_events(&w, id, "mismatch"), 1);
	assert_non_null(strstr(world_instance(&w, id).note, "卸载原因"));
	assert_null(grant_of(&w, id).id);
}

static void a_late_agreement_changes_nothing_but_the_record(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	STEP(&w, flow_decide(&w.flow, id, false, &admin, &e));
	STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "wangfang", &s), &e));
	world_is(&w, id, "rejected", "closed");
	assert_int_equal(world_events(&w, id, "late"), 1);
	assert_null(grant_of(&w, id).id);
	w.flow.now_ms += 20000;
	assert_null(world_begin(&w).row.id); /* nothing is left to be closed */
}

/* Wangfang agreed, and the applicant's withdrawal of that was agreed to as well. */
static struct oa_seen *withdrawn_again(struct world *w, const char *id, struct world_seen *s)
{
	static struct oa_seen revoke = {.status = "COMPLETED",
					.result = "agree",
					.biz_action = "REVOKE",
					.originator = "lihua",
					.main_id = "oa-1"};

	world_agreed(w, id, "wangfang", s)->attached = &revoke;
	s->seen.attached_count = 1;
	return &s->seen;
}

static void an_approval_withdrawn_in_dingtalk_calls_the_grant_back(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "wangfang", &s), &e));
	assert_int_equal(world_instance(&w, id).check_ms, WORLD_NOW + INT64_C(12) * 3600 * 1000);
	for (int i = 0; i < 2; i++)
		STEP(&w, flow_read_back(&w.flow, id, 0, withdrawn_again(&w, id, &s), &e));
	assert_string_equal(grant_of(&w, id).state, "cancelled");
	assert_int_equal(world_events(&w, id, "grant-cancelled"), 1);
	world_is(&w, id, "approved", "closed");
	assert_int_equal(world_instance(&w, id).check_ms, 0);
}

static void an_approved_form_is_looked_at_the_rarer_the_longer_ago_it_was(void **state)
{
	const int64_t hour_ms = 3600 * 1000;
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	int looks = 0;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	for (; w.flow.now_ms < WORLD_NOW + 365 * 24 * hour_ms; looks++) {
		int64_t before_ms = w.flow.now_ms;

		STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "wangfang", &s), &e));
		w.flow.now_ms = world_instance(&w, id).check_ms;
		assert_in_range(w.flow.now_ms - before_ms, 12 * hour_ms, 7 * 24 * hour_ms);
	}
	assert_true(looks < 70);
}

/* Deleted, or DingTalk is away: neither takes an approval back. */
static void an_approved_form_that_cannot_be_read_keeps_its_grant(void **state)
{
	static const struct err away = {ERR_TIMEOUT, "no answer"},
				gone = {ERR_NOT_FOUND, "unknown"};
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "wangfang", &s), &e));
	STEP(&w, flow_read_failed(&w.flow, id, 0, &away, &e));
	assert_int_equal(world_instance(&w, id).check_ms, w.flow.now_ms + 3600000);
	STEP(&w, flow_read_failed(&w.flow, id, 0, &gone, &e));
	assert_int_equal(world_instance(&w, id).check_ms, 0);
	assert_string_equal(world_instance(&w, id).note, "");
	assert_string_equal(grant_of(&w, id).state, "unused");
}

static void a_withdrawal_after_the_removal_is_on_record(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	struct store_grant g;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "wangfang", &s), &e));
	g = grant_of(&w, id);
	STEP(&w, flow_grant_consumed(&w.flow, &g, WORLD_NOW, &e));
	for (int i = 0; i < 2; i++)
		STEP(&w, flow_read_back(&w.flow, id, 0, withdrawn_again(&w, id, &s), &e));
	assert_string_equal(grant_of(&w, id).state, "used");
	assert_int_equal(world_events(&w, id, "withdrawn-after-use"), 1);
	assert_non_null(strstr(world_instance(&w, id).note, "after the removal"));
}

static void agreed_and_withdrawn_before_we_looked_gives_no_grant(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	STEP(&w, flow_read_back(&w.flow, id, 0, withdrawn_again(&w, id, &s), &e));
	world_is(&w, id, "revoked", "closed");
	assert_string_equal(world_instance(&w, id).decided_by, "李华");
	assert_null(grant_of(&w, id).id);
}

static bool event_of(struct world *w, const char *external_id, const char *originator,
		     struct err *e)
{
	bool added;

	return flow_inbox_store(&w->flow,
				&(struct store_inbox){.app = w->app,
						      .dedupe = external_id,
						      .event = "bpms_instance_change",
						      .external_id = external_id,
						      .change = "finish",
						      .originator = originator,
						      .body = "{}"},
				&added, e);
}

/* The withdrawal is an instance of its own that we never made: its event makes us look at what it may
 * be about. */
static void the_event_of_a_withdrawal_makes_us_look(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	const char *id;
	bool any;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	STEP(&w, flow_read_back(&w.flow, id, 0, world_agreed(&w, id, "wangfang", &s), &e));
	w.flow.now_ms++;
	STEP(&w, event_of(&w, "oa-2", "zhaolei", &e));
	STEP(&w, flow_inbox_next(&w.flow, &any, &e));
	assert_true(world_instance(&w, id).check_ms > w.flow.now_ms);
	STEP(&w, event_of(&w, "oa-3", "lihua", &e));
	STEP(&w, flow_inbox_next(&w.flow, &any, &e));
	assert_int_equal(world_instance(&w, id).check_ms, w.flow.now_ms);
	/* DingTalk may show the old state for some seconds more. */
	STEP(&w, flow_read_back(&w.flow, id, 0, &s.seen, &e));
	assert_int_equal(world_instance(&w, id).check_ms, w.flow.now_ms + 2000);
	for (int i = 0; i < 3; i++)
		STEP(&w, flow_read_back(&w.flow, id, 0, &s.seen, &e));
	assert_true(world_instance(&w, id).check_ms > w.flow.now_ms + 3600000);
}

static void automatic_approval_gives_a_grant_where_the_workflow_accepts_it(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	const char *id;

	world_make(&w, state);
	STEP(&w, db_exec(w.db, "UPDATE workflows SET accept_automatic = 1", DB_NONE, NULL, &e));
	id = world_file(&w);
	world_created(&w, "oa-1");
	world_agreed(&w, id, "lihua", &s)->record_count = 1;
	STEP(&w, flow_read_back(&w.flow, id, 0, &s.seen, &e));
	world_is(&w, id, "approved", "closed");
	assert_string_equal(world_instance(&w, id).decided_by, "DingTalk");
	assert_string_equal(grant_of(&w, id).state, "unused");
}

/* After a day of silence thousands of approved ones may be due at once. */
static void who_waits_is_looked_after_before_what_is_only_watched(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *watched, *pending;
	struct store_instance i;
	struct world_seen s;

	world_make(&w, state);
	watched = world_file(&w);
	world_created(&w, "oa-1");
	world_agreed(&w, watched, "wangfang", &s);
	STEP(&w, flow_read_back(&w.flow, watched, 0, &s.seen, &e));
	assert_true(world_instance(&w, watched).check_ms > 0);
	w.flow.now_ms += INT64_C(2) * 24 * 3600 * 1000;
	pending = world_file(&w);
	world_created(&w, "oa-2");
	OK(store_check_next(w.db, &w.arena, w.app, w.flow.now_ms, &i, &e));
	assert_string_equal(i.id, pending);
	STEP(&w, flow_withdraw(&w.flow, w.device, pending, &e));
	OK(store_check_next(w.db, &w.arena, w.app, w.flow.now_ms, &i, &e));
	assert_string_equal(i.id, watched);
}

static void an_open_form_shows_who_has_it_and_is_read_again(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_instance i;
	struct world_seen s;
	const char *id;
	bool won;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	OK(store_check_next(w.db, &w.arena, w.app, WORLD_NOW, &i, &e));
	assert_string_equal(i.id, id);
	STEP(&w, store_check_claim(w.db, id, i.check_ms, WORLD_NOW + 60000, &won, &e));
	assert_true(won);
	world_agreed(&w, id, "wangfang", &s)->status = "RUNNING";
	s.seen.task_count = 1;
	STEP(&w, flow_read_back(&w.flow, id, WORLD_NOW + 60000, &s.seen, &e));
	i = world_instance(&w, id);
	assert_string_equal(i.pending_with, "王芳");
	assert_string_equal(i.business_id, "202611221");
	assert_int_equal(i.check_ms, WORLD_NOW + 30000);
	/* Somebody asked for another look while this one was under way. */
	STEP(&w, flow_read_back(&w.flow, id, WORLD_NOW + 60000, &s.seen, &e));
	assert_int_equal(world_instance(&w, id).check_ms, WORLD_NOW + 30000);
}

static void an_outage_does_not_slow_the_reading_down(void **state)
{
	static const struct err away = {ERR_TIMEOUT, "no answer"},
				gone = {ERR_NOT_FOUND, "unknown"};
	AUTO(world_done) struct world w = {0};
	struct world_seen s;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	for (int i = 0; i < 20; i++)
		STEP(&w, flow_read_failed(&w.flow, id, 0, &away, &e));
	assert_int_equal(world_instance(&w, id).check_step, 0);
	assert_int_equal(world_instance(&w, id).check_ms, WORLD_NOW + 30000);
	for (int i = 0; i < 2; i++)
		STEP(&w, flow_read_failed(&w.flow, id, 0, &gone, &e));
	assert_int_equal(world_instance(&w, id).check_step, 2);
	assert_int_equal(world_events(&w, id, "lost"), 1);
	assert_string_equal(world_instance(&w, id).note, "DingTalk does not know it");
	world_agreed(&w, id, "wangfang", &s)->status = "RUNNING";
	STEP(&w, flow_read_back(&w.flow, id, 0, &s.seen, &e));
	assert_string_equal(world_instance(&w, id).note, "");
}

static void a_device_that_changes_hands_loses_what_was_asked_for_it(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *approved, *waiting;

	world_make(&w, state);
	approved = world_file(&w);
	STEP(&w, flow_decide(&w.flow, approved, true, &admin, &e));
	waiting = world_file(&w);
	STEP(&w, flow_device_reset(&w.flow, w.device, "the device has another owner", &e));
	world_is(&w, waiting, "revoked", "none");
	world_is(&w, approved, "approved", "none");
	assert_string_equal(grant_of(&w, approved).state, "cancelled");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_filing_is_recorded_and_queued),
	    BOTH(filing_again_gives_the_waiting_request),
	    BOTH(five_filings_a_day),
	    BOTH(what_filing_refuses),
	    BOTH(an_approval_gives_a_grant_for_this_devices_key),
	    BOTH(a_decision_before_the_sending_takes_the_form_back),
	    BOTH(a_decision_here_closes_the_form_there),
	    BOTH(a_decision_while_the_form_is_on_its_way_closes_it_too),
	    BOTH(the_applicant_withdraws_in_his_own_name),
	    BOTH(a_request_that_waited_too_long_expires),
	    BOTH(what_nobody_has_to_be_asked_for_is_revoked_and_its_form_closed),
	    BOTH(agreed_in_dingtalk),
	    BOTH(refused_and_withdrawn_in_dingtalk),
	    BOTH(agreed_by_nobody_else_waits_for_an_administrator),
	    BOTH(a_forged_agreement_gives_nothing),
	    BOTH(a_late_agreement_changes_nothing_but_the_record),
	    BOTH(an_approval_withdrawn_in_dingtalk_calls_the_grant_back),
	    BOTH(an_approved_form_is_looked_at_the_rarer_the_longer_ago_it_was),
	    BOTH(an_approved_form_that_cannot_be_read_keeps_its_grant),
	    BOTH(a_withdrawal_after_the_removal_is_on_record),
	    BOTH(agreed_and_withdrawn_before_we_looked_gives_no_grant),
	    BOTH(the_event_of_a_withdrawal_makes_us_look),
	    BOTH(automatic_approval_gives_a_grant_where_the_workflow_accepts_it),
	    BOTH(who_waits_is_looked_after_before_what_is_only_watched),
	    BOTH(an_open_form_shows_who_has_it_and_is_read_again),
	    BOTH(an_outage_does_not_slow_the_reading_down),
	    BOTH(a_device_that_changes_hands_loses_what_was_asked_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
