#include "../unit.h"

#include "model/readback.h"

static struct form_value sent_values[] = {
    {"卸载原因", "报废\n[HF-000001 · laptop · holdfast-client]"}, {"设备", "laptop"}};
static const struct oa_sent sent = {
    .process_code = "PROC-A", .originator = "lihua", .values = {sent_values, 2}};

/* A form that the approver agreed to, as DingTalk shows it; each test changes one thing. */
struct seen {
	struct form_value values[3];
	struct oa_record records[3];
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
			  .seen = {.status = "COMPLETED",
				   .result = "agree",
				   .biz_action = "NONE",
				   .process_code = "PROC-A",
				   .originator = "lihua",
				   .business_id = "20261122",
				   .record_count = 2}};
	s->seen.values = (struct form_values){s->values, 3};
	s->seen.records = s->records;
	return &s->seen;
}

static struct oa_verdict judge(const struct oa_seen *seen)
{
	static struct arena a;

	arena_done(&a);
	return oa_judge(&a, &sent, seen);
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
	s.records[1].type = "EXECUTE_TASK_AGENT";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_AGREED);
}

static void one_difference_is_a_mismatch(void **state)
{
	struct seen s;

	(void)state;
	agreed(&s)->biz_action = "REVOKE";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_MISMATCH);
	agreed(&s)->biz_action = "MODIFY";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_MISMATCH);
	agreed(&s)->originator = "zhaolei";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_MISMATCH);
	agreed(&s)->process_code = "PROC-B";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_MISMATCH);
	agreed(&s)->values.items[0].value = "报废\n[HF-000002 · laptop · holdfast-client]";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_MISMATCH);
	assert_non_null(strstr(judge(&s.seen).why, "卸载原因"));
	agreed(&s)->values.items[1].value = "laptop ";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_MISMATCH);
	agreed(&s)->values.items[1].name = "Device";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_MISMATCH);
	agreed(&s)->values.items[2] = s.values[1];
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_MISMATCH);
	agreed(&s)->values.count = 1;
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_MISMATCH);
	agreed(&s)->result = "other";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_MISMATCH);
}

static void nobody_approves_his_own_request(void **state)
{
	struct seen s;

	(void)state;
	agreed(&s)->records[1].userid = "lihua";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_ALONE);
	agreed(&s)->record_count = 1;
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_ALONE);
	agreed(&s)->records[1].userid = "";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_ALONE);
	agreed(&s)->records[1].type = "ADD_REMARK";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_ALONE);
	agreed(&s)->records[1].result = "REFUSE";
	assert_int_equal(judge(&s.seen).event, INSTANCE_OA_ALONE);
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
	    cmocka_unit_test(one_difference_is_a_mismatch),
	    cmocka_unit_test(nobody_approves_his_own_request),
	    cmocka_unit_test(refused_and_withdrawn),
	    cmocka_unit_test(what_runs_or_is_not_understood_decides_nothing),
	    cmocka_unit_test(ours_is_told_by_its_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
