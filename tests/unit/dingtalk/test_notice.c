/* Messages to people, as work notices and by the app's robot. */
#include "fake.h"

#include "base/buf.h"
#include "base/text.h"
#include "dingtalk/notice.h"

#define WORK "/topapi/message/corpconversation/asyncsend_v2"
#define ROBOT "/v1.0/robot/oToMessages/batchSend"
#define SENT "{\"errcode\":0,\"errmsg\":\"ok\",\"task_id\":256271667526,\"request_id\":\"r\"}"

static void a_work_notice_is_sent_as_documented(void **)
{
	static const struct fake_row rows[] = {FAKE_TOKEN, {WORK, .body = SENT}, {0}};
	AUTO(world_done) struct world w = {0};

	world_start(&w, rows, 0);
	assert_true(dingtalk_notice_send(w.dingtalk, DINGTALK_WORK_NOTICE, "lihua",
					 "HF-000001 \"已通过\"", &w.e));
	assert_string_equal(
	    fake_asked(w.fake, WORK, 0),
	    "|access_token=at-1|{\"agent_id\":41605932,\"userid_list\":\"lihua\",\"msg\":"
	    "{\"msgtype\":\"text\",\"text\":{\"content\":\"HF-000001 \\\"已通过\\\"\"}}}");
}

static void the_robot_speaks_to_one_person(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {ROBOT, .body = "{\"processQueryKey\":\"k\",\"invalidStaffIdList\":[],"
			    "\"flowControlledStaffIdList\":[]}"},
	    {0}};
	AUTO(world_done) struct world w = {0};

	world_start(&w, rows, 0);
	assert_true(dingtalk_notice_send(w.dingtalk, DINGTALK_ROBOT, "lihua", "one\ntwo", &w.e));
	assert_string_equal(fake_asked(w.fake, ROBOT, 0),
			    "at-1||{\"msgKey\":\"sampleText\",\"msgParam\":\"{\\\"content\\\":"
			    "\\\"one\\\\ntwo\\\"}\","
			    "\"robotCode\":\"" CLIENT_ID "\",\"userIds\":[\"lihua\"]}");
}

/* Status 200 does not say that anybody got it. */
static void what_the_robot_did_not_deliver_is_no_success(void **)
{
	static const struct {
		const char *body;
		enum err_code code;
	} rows[] = {
	    {"{\"processQueryKey\":\"k\"}", ERR_NONE},
	    {"{\"processQueryKey\":\"k\",\"invalidStaffIdList\":null}", ERR_NONE},
	    {"{\"processQueryKey\":\"k\",\"invalidStaffIdList\":[\"lihua2\"]}", ERR_NONE},
	    {"{\"processQueryKey\":\"k\",\"invalidStaffIdList\":[\"x\",\"lihua\"]}", ERR_NOT_FOUND},
	    {"{\"processQueryKey\":\"k\",\"flowControlledStaffIdList\":[\"lihua\"]}",
	     ERR_UNAVAILABLE},
	    {"{\"invalidStaffIdList\":[]}", ERR_PEER},
	    {"{\"processQueryKey\":\"k\",\"invalidStaffIdList\":\"lihua\"}", ERR_PEER},
	    {"{\"processQueryKey\":\"k\",\"flowControlledStaffIdList\":{}}", ERR_PEER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct fake_row script[] = {FAKE_TOKEN, {ROBOT, .body = rows[i].body}, {0}};
		AUTO(world_done) struct world w = {0};
		bool ok;

		world_start(&w, script, 0);
		ok = dingtalk_notice_send(w.dingtalk, DINGTALK_ROBOT, "lihua", "x", &w.e);
		if (ok != (rows[i].code == ERR_NONE) || (!ok && w.e.code != rows[i].code))
			fail_msg("%s: %s", rows[i].body, ok ? "sent" : err_name(w.e.code));
	}
}

static void a_work_notice_without_its_task_is_no_success(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN, {WORK, .body = "{\"errcode\":0,\"errmsg\":\"ok\"}"}, {0}};
	AUTO(world_done) struct world w = {0};

	world_start(&w, rows, 0);
	assert_false(dingtalk_notice_send(w.dingtalk, DINGTALK_WORK_NOTICE, "lihua", "x", &w.e));
	assert_int_equal(w.e.code, ERR_PEER);
}

/* Whatever it is made of, DingTalk takes 2,048 bytes of message. */
static void a_long_text_is_cut_to_what_dingtalk_takes(void **)
{
	static const struct fake_row rows[] = {FAKE_TOKEN, {WORK, .body = SENT}, {0}};
	static const char *const letters[] = {"a", "\"", "\n", "审", "\x01"};
	AUTO(world_done) struct world w = {0};

	world_start(&w, rows, 0);
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
		AUTO(buf_done) struct buf text = {0};
		const char *asked;

		for (int k = 0; k < 3000; k++)
			buf_text(&text, letters[i]);
		assert_true(dingtalk_notice_send(w.dingtalk, DINGTALK_WORK_NOTICE, "lihua",
						 text.data, &w.e));
		asked = strstr(fake_asked(w.fake, WORK, (int)i), "\"msg\":") + 6;
		assert_in_range(strlen(asked) - 1, DINGTALK_NOTICE_MAX / 2, DINGTALK_NOTICE_MAX);
		assert_true(text_utf8_valid(asked, strlen(asked)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_work_notice_is_sent_as_documented),
	    cmocka_unit_test(the_robot_speaks_to_one_person),
	    cmocka_unit_test(what_the_robot_did_not_deliver_is_no_success),
	    cmocka_unit_test(a_work_notice_without_its_task_is_no_success),
	    cmocka_unit_test(a_long_text_is_cut_to_what_dingtalk_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
