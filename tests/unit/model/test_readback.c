#include "../unit.h"

#include "model/readback.h"

static struct form_value sent_values[] = {
    {"卸载原因", "报废\n[HF-000001 · laptop · holdfast-client]"}, {"设备", "laptop"}};
static const struct oa_sent sent = {.process_code = "PROC-A",
				    .originator = "lihua",
				    .number = "HF-000001",
				    .external_id = "oa-1",
				    .values = {sent_values, 2}};

/* A form that the approver agreed to, as DingTalk shows it; each test changes one thing. */
struct seen {
	struct form_value values[3];
	struct oa_record records[3];
	struct oa_seen attached[1];
	struct oa_seen seen;
};

static struct oa_seen *agreed(struct seen *s)
{
	*s =
	    (struct seen){.values = {{"卸载原因", "报废\r\n[HF-000001 · laptop · holdfast-client]"},
				     {"设备", "laptop"},
				     {"备注", "default"}},
			  .records = {{"lihua", "START_PROCESS_INSTANCE", "NONE", ""},
				      {"wangfang", "EXECUTE_TASK_NORMAL", "AGREE", "同意"}},
			  .attached = {{.status = "COMPLETED",
					.result = "agree",
					.biz_action = "REVOKE",
					.originator = "lihua",
					.main_id = "oa-1"}},
			  .seen = {.status = "COMPLETED",
				   .result = "agree",
				   .biz_action = "NONE",
				   .process_code = "PROC-A",
				   .originator = "lihua",
				   .business_id = "20261122",
				   .main_id = "",
				   .record_count = 2}};
	s->seen.values = (struct form_values){s->values, 3};
	s->seen.records = s->records;
	s->seen.attached = s->attached;
	return &s->seen;
}

static struct oa_verdict judge_sent(const struct oa_sent *what, const struct oa_seen *seen)
{
	static struct arena a;

	arena_done(&a);
	return oa_judge(&a, what, seen);
}

static struct oa_verdict judge(const struct oa_seen *seen)
{
	return judge_sent(&sent, seen);
}

static void agreed_by_another_person_counts(void **state)
{
	struct seen s;
	struct oa_verdict v = judge(agreed(&s));

	(void)state;
	assert_false(v.open);
	assert_int_equal(v.event, INSTANCE_OA_AGREED);
	assert_string_equal(v.decider, "wangfang");
	assert_string_equal(v.remark, "同意");
	s.seen.process_code = NULL;
	s.seen.biz_action = NULL;
	s.seen.main_id = NULL;
	s.records[1].type = "EXECUTE_TASK_AGENT";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_AGREED);
	/* The applicant is one of the approvers, but not the only one. */
	s.records[2] = (struct oa_record){"lihua", "EXECUTE_TASK_NORMAL", "AGREE", "mine"};
	s.seen.record_count = 3;
	assert_string_equal(judge(&s.seen).decider, "wangfang");
}

/* The number stands where we put it: in a control of its own, or at the head of a last line. */
static void the_request_number_has_to_be_there(void **state)
{
	static const struct {
		const char *value;
		enum instance_event event;
	} rows[] = {
	    {"HF-000001", INSTANCE_OA_AGREED},
	    {"报废\n[HF-000001]", INSTANCE_OA_AGREED},
	    {"[HF-000001 · laptop]", INSTANCE_OA_AGREED},
	    {"报废", INSTANCE_OA_MISMATCH},
	    {"报废 HF-000001", INSTANCE_OA_MISMATCH},
	    {"HF-0000011", INSTANCE_OA_MISMATCH},
	    {"[HF-0000011 · laptop]", INSTANCE_OA_MISMATCH},
	    {"[HF-000001 · laptop]\nmore", INSTANCE_OA_MISMATCH},
	    {"[HF-000002 · laptop] [HF-000001]", INSTANCE_OA_MISMATCH},
	    {"", INSTANCE_OA_MISMATCH},
	    {"[", INSTANCE_OA_MISMATCH},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct form_value value = {"卸载原因", rows[i].value};
		struct oa_sent what = sent;
		struct seen s;

		what.values = (struct form_values){&value, 1};
		agreed(&s)->values.items[0].value = rows[i].value;
		assert_int_equal(judge_sent(&what, &s.seen).event, rows[i].event);
	}
}

/* --- what is wrong, one row each --- */

static const char *const by_wangfang[] = {"wangfang"};

struct doubt {
	const char *what;
	void (*make)(struct seen *s, struct oa_sent *what);
	enum instance_event event; /* alone; INSTANCE_EVENT_COUNT: it is open still */
};

static void revoke(struct seen *s, struct oa_sent *)
{
	s->seen.biz_action = "REVOKE";
}
static void modify(struct seen *s, struct oa_sent *)
{
	s->seen.biz_action = "MODIFY";
}
static void other_action(struct seen *s, struct oa_sent *)
{
	s->seen.biz_action = "OTHER";
}
static void of_another(struct seen *s, struct oa_sent *)
{
	s->seen.main_id = "oa-0";
}
static void other_person(struct seen *s, struct oa_sent *)
{
	s->seen.originator = "zhaolei";
}
static void other_form(struct seen *s, struct oa_sent *)
{
	s->seen.process_code = "PROC-B";
}
static void other_device(struct seen *s, struct oa_sent *)
{
	s->values[1].value = "laptop ";
}
static void renamed(struct seen *s, struct oa_sent *)
{
	s->values[1].name = "Device";
}
static void twice(struct seen *s, struct oa_sent *)
{
	s->values[2] = s->values[0];
}
static void cut_off(struct seen *s, struct oa_sent *)
{
	s->seen.values.count = 1;
}
static void no_result(struct seen *s, struct oa_sent *)
{
	s->seen.result = "";
}
static void other_result(struct seen *s, struct oa_sent *)
{
	s->seen.result = "AGREE ";
}
static void running(struct seen *s, struct oa_sent *)
{
	s->seen.status = "RUNNING";
}
static void unknown(struct seen *s, struct oa_sent *)
{
	s->seen.status = "completed";
}
static void by_himself(struct seen *s, struct oa_sent *)
{
	s->records[1].userid = "lihua";
}
static void by_nobody(struct seen *s, struct oa_sent *)
{
	s->seen.record_count = 1;
}
static void nameless(struct seen *s, struct oa_sent *)
{
	s->records[1].userid = "";
}
static void a_remark(struct seen *s, struct oa_sent *)
{
	s->records[1].type = "ADD_REMARK";
}
static void a_cc(struct seen *s, struct oa_sent *)
{
	s->records[1].type = "PROCESS_CC";
}
static void handed_on(struct seen *s, struct oa_sent *)
{
	s->records[1].type = "REDIRECT_TASK";
}
static void refusal(struct seen *s, struct oa_sent *)
{
	s->records[1].result = "REFUSE";
}
static void withdrawn(struct seen *s, struct oa_sent *)
{
	s->seen.attached_count = 1;
}

static void other_number(struct seen *s, struct oa_sent *)
{
	s->values[0].value = "报废\n[HF-000002 · laptop · holdfast-client]";
}

static void by_ourselves(struct seen *, struct oa_sent *what)
{
	what->executed = by_wangfang;
	what->executed_count = 1;
}

static const struct doubt doubts[] = {
    {"a withdrawal of another", revoke, INSTANCE_OA_MISMATCH},
    {"a change of another", modify, INSTANCE_OA_MISMATCH},
    {"an action without a name", other_action, INSTANCE_OA_MISMATCH},
    {"about another, whatever it calls itself", of_another, INSTANCE_OA_MISMATCH},
    {"started by another person", other_person, INSTANCE_OA_MISMATCH},
    {"of another form", other_form, INSTANCE_OA_MISMATCH},
    {"another request's number", other_number, INSTANCE_OA_MISMATCH},
    {"another device", other_device, INSTANCE_OA_MISMATCH},
    {"a control that was renamed", renamed, INSTANCE_OA_MISMATCH},
    {"a value that is there twice", twice, INSTANCE_OA_MISMATCH},
    {"a value that is missing", cut_off, INSTANCE_OA_MISMATCH},
    {"no result", no_result, INSTANCE_OA_MISMATCH},
    {"an unknown result", other_result, INSTANCE_OA_MISMATCH},
    {"not completed", running, INSTANCE_EVENT_COUNT},
    {"an unknown status", unknown, INSTANCE_EVENT_COUNT},
    {"agreed by the applicant", by_himself, INSTANCE_OA_ALONE},
    {"agreed by a rule of the form", by_nobody, INSTANCE_OA_ALONE},
    {"agreed without a name", nameless, INSTANCE_OA_ALONE},
    {"a remark in place of an agreement", a_remark, INSTANCE_OA_ALONE},
    {"a copy in place of an agreement", a_cc, INSTANCE_OA_ALONE},
    {"handed on in place of an agreement", handed_on, INSTANCE_OA_ALONE},
    {"a refusal in place of an agreement", refusal, INSTANCE_OA_ALONE},
    {"executed by ourselves", by_ourselves, INSTANCE_OA_ALONE},
    {"withdrawn after it was agreed", withdrawn, INSTANCE_OA_REVOKED},
};

static void each_doubt_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(doubts); i++) {
		struct oa_sent what = sent;
		struct oa_verdict v;
		struct seen s;

		agreed(&s);
		doubts[i].make(&s, &what);
		v = judge_sent(&what, &s.seen);
		if (v.open != (doubts[i].event == INSTANCE_EVENT_COUNT) ||
		    (!v.open && v.event != doubts[i].event))
			fail_msg("%s: %d", doubts[i].what, v.event);
		assert_int_equal(v.why != NULL, doubts[i].event == INSTANCE_OA_MISMATCH);
	}
}

/* Three at a time, in every order; accepting automatic approval mends none that is not about it. */
static void no_three_doubts_together_make_an_agreement(void **state)
{
	const size_t n = ARRAY_SIZE(doubts);

	(void)state;
	for (size_t i = 0; i < n * n * n; i++) {
		const size_t three[] = {i / n / n, i / n % n, i % n};
		struct oa_sent what = sent;
		struct oa_verdict v;
		struct seen s;
		bool alone = true;

		agreed(&s);
		for (size_t k = 0; k < 3; k++) {
			doubts[three[k]].make(&s, &what);
			alone = alone && doubts[three[k]].event == INSTANCE_OA_ALONE;
		}
		v = judge_sent(&what, &s.seen);
		if (!v.open && v.event == INSTANCE_OA_AGREED)
			fail_msg("%s, %s, %s", doubts[three[0]].what, doubts[three[1]].what,
				 doubts[three[2]].what);
		what.accept_automatic = true;
		v = judge_sent(&what, &s.seen);
		if (!v.open && v.event == INSTANCE_OA_AGREED && (!alone || what.executed_count > 0))
			fail_msg("accepted: %s, %s, %s", doubts[three[0]].what,
				 doubts[three[1]].what, doubts[three[2]].what);
	}
}

static void automatic_approval_counts_where_it_is_accepted(void **state)
{
	struct oa_sent what = sent;
	struct seen s;

	(void)state;
	what.accept_automatic = true;
	agreed(&s)->record_count = 1;
	assert_int_equal(judge_sent(&what, &s.seen).event, INSTANCE_OA_AGREED);
	assert_null(judge_sent(&what, &s.seen).decider);
	agreed(&s)->records[1].userid = "lihua";
	assert_int_equal(judge_sent(&what, &s.seen).event, INSTANCE_OA_AGREED);
}

/* Wangfang acts at two steps: one of them was ours, the other hers. */
static void an_agreement_beside_one_that_we_executed_counts(void **state)
{
	static const char *const both[] = {"wangfang", "wangfang"};
	struct oa_sent what = sent;
	struct seen s;

	(void)state;
	agreed(&s)->record_count = 3;
	s.records[2] = s.records[1];
	by_ourselves(&s, &what);
	assert_int_equal(judge_sent(&what, &s.seen).event, INSTANCE_OA_AGREED);
	what.executed = both;
	what.executed_count = 2;
	assert_int_equal(judge_sent(&what, &s.seen).event, INSTANCE_OA_ALONE);
	s.records[2].userid = "zhoumin";
	assert_string_equal(judge_sent(&what, &s.seen).decider, "zhoumin");
}

/* Only one that is itself agreed, and is about this instance. */
static void a_withdrawal_counts_once_it_is_agreed_itself(void **state)
{
	struct seen s;

	(void)state;
	agreed(&s)->attached_count = 1;
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_REVOKED);
	assert_string_equal(judge(&s.seen).decider, "lihua");
	s.attached[0].status = "RUNNING";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_AGREED);
	agreed(&s)->attached_count = 1;
	s.attached[0].result = "refuse";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_AGREED);
	agreed(&s)->attached_count = 1;
	s.attached[0].biz_action = "MODIFY";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_AGREED);
	agreed(&s)->attached_count = 1;
	s.attached[0].main_id = "oa-2";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_AGREED);
}

static void refused_and_withdrawn(void **state)
{
	struct oa_verdict v;
	struct seen s;

	(void)state;
	agreed(&s)->result = "refuse";
	s.records[1].result = "REFUSE";
	s.records[1].remark = NULL;
	v = judge(&s.seen);
	assert_int_equal(v.event, INSTANCE_OA_REFUSED);
	assert_string_equal(v.decider, "wangfang");
	assert_string_equal(v.remark, "");
	agreed(&s)->status = "TERMINATED";
	s.records[1] = (struct oa_record){"lihua", "TERMINATE_PROCESS_INSTANCE", "NONE", ""};
	v = judge(&s.seen);
	assert_int_equal(v.event, INSTANCE_OA_TERMINATED);
	assert_string_equal(v.decider, "lihua");
}

static void what_runs_or_is_not_understood_decides_nothing(void **state)
{
	static const char *const words[] = {"RUNNING", "NEW", "OTHER", "completed", "", NULL};
	struct seen s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		agreed(&s)->status = words[i];
		assert_true(judge(&s.seen).open);
	}
}

static void ours_is_told_by_its_values(void **state)
{
	struct seen s;

	(void)state;
	agreed(&s)->status = "RUNNING";
	assert_true(oa_is_ours(&sent, &s.seen));
	s.values[0].value = "报废\n[HF-000002 · laptop · holdfast-client]";
	assert_false(oa_is_ours(&sent, &s.seen));
	agreed(&s)->originator = "zhaolei";
	assert_false(oa_is_ours(&sent, &s.seen));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(agreed_by_another_person_counts),
	    cmocka_unit_test(the_request_number_has_to_be_there),
	    cmocka_unit_test(each_doubt_alone),
	    cmocka_unit_test(no_three_doubts_together_make_an_agreement),
	    cmocka_unit_test(automatic_approval_counts_where_it_is_accepted),
	    cmocka_unit_test(an_agreement_beside_one_that_we_executed_counts),
	    cmocka_unit_test(a_withdrawal_counts_once_it_is_agreed_itself),
	    cmocka_unit_test(refused_and_withdrawn),
	    cmocka_unit_test(what_runs_or_is_not_understood_decides_nothing),
	    cmocka_unit_test(ours_is_told_by_its_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
