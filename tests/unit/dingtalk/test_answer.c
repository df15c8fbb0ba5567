#include "../unit.h"

#include "base/text.h"
#include "dingtalk/answer.h"
#include "dingtalk/parse.h"

#define API DINGTALK_API
#define OAPI DINGTALK_OAPI

struct verdict {
	struct arena arena;
	const struct json *answer;
	struct dingtalk_failure failure;
	enum err_code code;
};

static void verdict_done(struct verdict *v)
{
	arena_done(&v->arena);
}

static void judge(struct verdict *v, enum dingtalk_dialect dialect, int status, const char *body)
{
	const struct http_reply reply = {status, "application/json", body, strlen(body)};

	v->answer = NULL;
	v->code = dingtalk_answer_judge(dialect, &reply, &v->arena, &v->answer, &v->failure);
}

static const struct {
	enum dingtalk_dialect dialect;
	int status;
	const char *body;
	enum err_code code;
	enum dingtalk_class class;
	const char *word; /* DingTalk's code */
	int64_t wait_ms;
} failures[] = {
    /* The new host. */
    {API, 400, "{\"code\":\"InvalidAuthentication\",\"requestid\":\"7EB1\",\"message\":\"m\"}",
     ERR_UNAUTHENTICATED, DINGTALK_CREDENTIALS, "InvalidAuthentication", 0},
    {API, 400, "{\"code\":\"invalidClientIdOrSecret\",\"message\":\"m\"}", ERR_UNAUTHENTICATED,
     DINGTALK_CREDENTIALS, "invalidClientIdOrSecret", 0},
    {API, 403, "{\"code\":\"Forbidden.AccessDenied.QpsLimitForApi\"}", ERR_UNAVAILABLE,
     DINGTALK_RETRY, "Forbidden.AccessDenied.QpsLimitForApi", 1000},
    {API, 403, "{\"code\":\"Forbidden.AccessDenied.QpsLimitForAppkeyAndApi\"}", ERR_UNAVAILABLE,
     DINGTALK_RETRY, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", 1000},
    {API, 403, "{\"code\":\"Forbidden.AccessDenied.QpmLimitForAppkeyAndApi\"}", ERR_UNAVAILABLE,
     DINGTALK_RETRY, "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi", 60000},
    {API, 403, "{\"code\":\"Forbidden.AccessDenied.ApiCountLimitForOrg\"}", ERR_TOO_MANY,
     DINGTALK_QUOTA, "Forbidden.AccessDenied.ApiCountLimitForOrg", 0},
    {API, 403, "{\"code\":\"Forbidden.AccessDenied.IpNotInWhiteList\"}", ERR_FORBIDDEN,
     DINGTALK_PERMISSION, "Forbidden.AccessDenied.IpNotInWhiteList", 0},
    {API, 400, "{\"code\":\"processCodeError\"}", ERR_UNPROCESSABLE, DINGTALK_REFUSED,
     "processCodeError", 0},
    {API, 400, "{\"code\":\"processInstanceInvalidParameter\"}", ERR_INVALID, DINGTALK_REFUSED,
     "processInstanceInvalidParameter", 0},
    {API, 400, "{\"code\":\"aflowProcessInstStatusException\"}", ERR_CONFLICT, DINGTALK_REFUSED,
     "aflowProcessInstStatusException", 0},
    {API, 400, "{\"code\":\"processInstanceNotExist\"}", ERR_NOT_FOUND, DINGTALK_REFUSED,
     "processInstanceNotExist", 0},
    {API, 400, "{\"code\":\"invalidParameter.authCode.notFound\"}", ERR_GONE, DINGTALK_REFUSED,
     "invalidParameter.authCode.notFound", 0},
    {API, 400, "{\"code\":\"neverSeenBefore\"}", ERR_UNPROCESSABLE, DINGTALK_REFUSED,
     "neverSeenBefore", 0},
    {API, 404, "{\"code\":\"InvalidAction.NotFound\"}", ERR_UNPROCESSABLE, DINGTALK_REFUSED,
     "InvalidAction.NotFound", 0},
    {API, 400, "{\"code\":\"autoflowLikeTriggerRateLimited\"}", ERR_UNAVAILABLE, DINGTALK_RETRY,
     "autoflowLikeTriggerRateLimited", 1000},
    {API, 500, "{\"code\":\"systemError\"}", ERR_PEER, DINGTALK_RETRY, "systemError", 0},
    {API, 500, "{\"code\":\"neverSeenBefore\"}", ERR_PEER, DINGTALK_RETRY, "neverSeenBefore", 0},
    {API, 504, "{\"code\":\"neverSeenBefore\"}", ERR_TIMEOUT, DINGTALK_RETRY, "neverSeenBefore", 0},
    /* Neither dialect: nobody knows what was done. */
    {API, 504, "<html>gateway timeout</html>", ERR_TIMEOUT, DINGTALK_RETRY, "", 0},
    {API, 503, "", ERR_PEER, DINGTALK_RETRY, "", 0},
    {API, 400, "{}", ERR_PEER, DINGTALK_RETRY, "", 0},
    {API, 302, "", ERR_PEER, DINGTALK_RETRY, "", 0},
    {API, 200, "", ERR_PEER, DINGTALK_RETRY, "", 300000},
    {API, 200, "<html>blocked</html>", ERR_PEER, DINGTALK_RETRY, "", 300000},
    {API, 200, "[]", ERR_PEER, DINGTALK_RETRY, "", 300000},
    {API, 200, "{\"instanceId\":\"x\"", ERR_PEER, DINGTALK_RETRY, "", 300000},
    {OAPI, 200, "{}", ERR_PEER, DINGTALK_RETRY, "", 300000},
    {OAPI, 200, "{\"result\":{},\"errcode\":\"0\"}", ERR_PEER, DINGTALK_RETRY, "", 300000},
    /* The block of our address looks like an answer. */
    {API, 200, "{\"status\":1111,\"wait\":5,\"source\":\"x5\",\"punish\":\"deny\",\"uuid\":\"u\"}",
     ERR_UNAVAILABLE, DINGTALK_RETRY, "x5", 300000},
    {OAPI, 200, "{\"status\":1111,\"wait\":7,\"source\":\"x5\",\"punish\":\"deny\"}",
     ERR_UNAVAILABLE, DINGTALK_RETRY, "x5", 420000},
    {OAPI, 200, "{\"status\":1111,\"wait\":99999,\"source\":\"x5\"}", ERR_UNAVAILABLE,
     DINGTALK_RETRY, "x5", 300000},
    /* A wrong path on the new host. */
    {API, 200, "{\"errcode\":404,\"errmsg\":\"m\"}", ERR_UNPROCESSABLE, DINGTALK_REFUSED, "404", 0},
    /* The old host. */
    {OAPI, 200, "{\"errcode\":40014,\"errmsg\":\"m\"}", ERR_UNAUTHENTICATED, DINGTALK_CREDENTIALS,
     "40014", 0},
    {OAPI, 200, "{\"errcode\":88,\"sub_code\":\"40014\",\"sub_msg\":\"m\",\"errmsg\":\"e\"}",
     ERR_UNAUTHENTICATED, DINGTALK_CREDENTIALS, "40014", 0},
    {OAPI, 200, "{\"errcode\":88,\"sub_code\":\"90018\",\"sub_msg\":\"m\"}", ERR_UNAVAILABLE,
     DINGTALK_RETRY, "90018", 1000},
    {OAPI, 200, "{\"errcode\":90020,\"errmsg\":\"m\"}", ERR_TOO_MANY, DINGTALK_QUOTA, "90020", 0},
    {OAPI, 200, "{\"errcode\":88,\"sub_code\":\"\",\"errmsg\":\"m\"}", ERR_TIMEOUT, DINGTALK_RETRY,
     "88", 0},
    {OAPI, 200,
     "{\"errcode\":88,\"sub_code\":\"isp.top-remote-connection-timeout\",\"sub_msg\":\"m\"}",
     ERR_TIMEOUT, DINGTALK_RETRY, "isp.top-remote-connection-timeout", 0},
    {OAPI, 200, "{\"errcode\":15,\"errmsg\":\"m\"}", ERR_TIMEOUT, DINGTALK_RETRY, "15", 0},
    {OAPI, 200, "{\"errcode\":-1,\"errmsg\":\"m\"}", ERR_PEER, DINGTALK_RETRY, "-1", 1000},
    {OAPI, 200, "{\"errcode\":60121,\"errmsg\":\"m\"}", ERR_NOT_FOUND, DINGTALK_REFUSED, "60121",
     0},
    {OAPI, 200, "{\"errcode\":50004,\"errmsg\":\"m\"}", ERR_FORBIDDEN, DINGTALK_PERMISSION, "50004",
     0},
    {OAPI, 200, "{\"errcode\":60020,\"errmsg\":\"m\"}", ERR_FORBIDDEN, DINGTALK_PERMISSION, "60020",
     0},
    {OAPI, 200, "{\"errcode\":77777,\"errmsg\":\"m\"}", ERR_UNPROCESSABLE, DINGTALK_REFUSED,
     "77777", 0},
};

static void each_failure_is_told_from_the_others(void **)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(failures); i++) {
		AUTO(verdict_done) struct verdict v = {0};
		struct err e;

		judge(&v, failures[i].dialect, failures[i].status, failures[i].body);
		if (v.code != failures[i].code || v.failure.class != failures[i].class)
			fail_msg("%s: %s, %s", failures[i].body, err_name(v.code),
				 dingtalk_class_name(v.failure.class));
		assert_null(v.answer);
		assert_string_equal(v.failure.code, failures[i].word);
		assert_true(v.failure.wait_ms == failures[i].wait_ms);
		assert_int_equal(v.failure.status, failures[i].status);

		assert_false(dingtalk_failure_say(&v.failure, v.code, &e));
		assert_int_equal(e.code, failures[i].code);
		assert_true(strlen(e.text) > 20);
	}
}

static void a_result_is_told_from_a_failure(void **)
{
	static const struct {
		enum dingtalk_dialect dialect;
		const char *body;
	} cases[] = {
	    {API, "{\"instanceId\":\"x\"}"},
	    {API, "{\"errcode\":0,\"instanceId\":\"x\"}"},
	    {OAPI, "{\"errcode\":0,\"errmsg\":\"ok\",\"result\":{}}"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(verdict_done) struct verdict v = {0};

		judge(&v, cases[i].dialect, 200, cases[i].body);
		assert_int_equal(v.code, ERR_NONE);
		assert_non_null(v.answer);
	}
}

static void a_missing_permission_is_named(void **)
{
	AUTO(verdict_done) struct verdict v = {0};
	struct err e;

	judge(&v, API, 403,
	      "{\"code\":\"Forbidden.AccessDenied.AccessTokenPermissionDenied\",\"message\":\"m\","
	      "\"accessdenieddetail\":{\"requiredScopes\":[\"Workflow.Instance.Write\",\"a\"]}}");
	assert_int_equal(v.failure.class, DINGTALK_PERMISSION);
	assert_string_equal(v.failure.scopes, "Workflow.Instance.Write,a");
	assert_false(dingtalk_failure_say(&v.failure, v.code, &e));
	assert_non_null(strstr(e.text, "Workflow.Instance.Write"));

	judge(&v, OAPI, 200,
	      "{\"errcode\":88,\"sub_code\":\"60011\",\"sub_msg\":\"\xE6\x9D\x83\xE9\x99\x90: "
	      "[qyapi_get_department_list], {requiredScopes=[x]}\"}");
	assert_int_equal(v.failure.class, DINGTALK_PERMISSION);
	assert_string_equal(v.failure.scopes, "qyapi_get_department_list");
}

static void texts_are_cut_to_whole_printable_characters(void **)
{
	AUTO(verdict_done) struct verdict v = {0};
	AUTO(buf_done) struct buf body = {0};
	int i;

	buf_text(&body, "{\"code\":\"x\\ny\",\"message\":\"\\u001b[31m");
	for (i = 0; i < 500; i++)
		buf_text(&body, "\xE5\xBC\xA0");
	buf_text(&body, "\"}");
	judge(&v, API, 400, body.data);
	assert_string_equal(v.failure.code, "x y");
	assert_true(text_utf8_valid(v.failure.message, strlen(v.failure.message)));
	assert_true(text_printable(v.failure.message, false));
	assert_true(strlen(v.failure.message) > DINGTALK_MESSAGE_MAX - 5);
}

static void only_a_refused_app_token_asks_for_a_new_one(void **)
{
	AUTO(verdict_done) struct verdict v = {0};

	judge(&v, API, 400, "{\"code\":\"InvalidAuthentication\"}");
	assert_true(dingtalk_failure_is_token(&v.failure));
	judge(&v, OAPI, 200, "{\"errcode\":88,\"sub_code\":\"42001\"}");
	assert_true(dingtalk_failure_is_token(&v.failure));
	judge(&v, API, 400, "{\"code\":\"invalidClientIdOrSecret\"}");
	assert_false(dingtalk_failure_is_token(&v.failure));
}

/* Reading an instance. */

#define INSTANCE                                                                               \
	"{\"result\":{\"title\":\"t\",\"createTime\":\"2026-04-16T15:34Z\","                   \
	"\"originatorUserId\":\"u1\",\"originatorDeptId\":\"-1\",\"status\":\"COMPLETED\","    \
	"\"result\":\"agree\",\"businessId\":\"202604161534000376553\",\"operationRecords\":[" \
	"{\"userId\":\"u1\",\"date\":\"d\",\"type\":\"START_PROCESS_INSTANCE\","               \
	"\"result\":\"NONE\"},{\"userId\":\"u2\",\"type\":\"EXECUTE_TASK_NORMAL\","            \
	"\"result\":\"AGREE\",\"remark\":\"ok\"}],\"tasks\":[{\"taskId\":98238556029,"         \
	"\"userId\":\"u2\",\"status\":\"COMPLETED\",\"result\":\"AGREE\"}],"                   \
	"\"bizAction\":\"NONE\",\"attachedProcessInstanceIds\":[\"PI-2\"],"                    \
	"\"mainProcessInstanceId\":\"\",\"formComponentValues\":[{\"name\":\"n\","             \
	"\"value\":\"v\"},{\"name\":\"m\",\"value\":null}]},\"success\":true}"

static bool read_instance(struct verdict *v, const char *body, struct dingtalk_instance *out)
{
	judge(v, API, 200, body);
	return v->code == ERR_NONE && dingtalk_parse_instance(v->answer, &v->arena, out);
}

static void an_instance_is_read_whole(void **)
{
	AUTO(verdict_done) struct verdict v = {0};
	struct dingtalk_instance i;

	assert_true(read_instance(&v, INSTANCE, &i));
	assert_int_equal(i.status, DINGTALK_COMPLETED);
	assert_int_equal(i.result, DINGTALK_AGREE);
	assert_int_equal(i.action, DINGTALK_NONE);
	assert_string_equal(i.originator, "u1");
	assert_true(i.department == DINGTALK_ROOT);
	assert_string_equal(i.business_id, "202604161534000376553");
	assert_string_equal(i.process_code, "");
	assert_int_equal(i.field_count, 2);
	assert_string_equal(i.fields[0].value, "v");
	assert_string_equal(i.fields[1].value, "");
	assert_int_equal(i.task_count, 1);
	assert_true(i.tasks[0].id == 98238556029);
	assert_int_equal(i.record_count, 2);
	assert_int_equal(i.records[0].result, DINGTALK_RESULT_NONE);
	assert_int_equal(i.records[1].result, DINGTALK_AGREE);
	assert_string_equal(i.records[1].remark, "ok");
	assert_int_equal(i.attached_count, 1);
	assert_string_equal(i.attached[0], "PI-2");
}

static void nothing_but_the_plain_words_means_agreed(void **)
{
	static const struct {
		const char *members;
		enum dingtalk_status status;
		enum dingtalk_result result;
		enum dingtalk_action action;
	} cases[] = {
	    {"\"status\":\"RUNNING\"", DINGTALK_RUNNING, DINGTALK_RESULT_NONE, DINGTALK_NONE},
	    {"\"status\":\"RUNNING\",\"result\":\"\",\"bizAction\":null", DINGTALK_RUNNING,
	     DINGTALK_RESULT_NONE, DINGTALK_NONE},
	    {"\"status\":\"TERMINATED\",\"result\":null", DINGTALK_TERMINATED, DINGTALK_RESULT_NONE,
	     DINGTALK_NONE},
	    {"\"status\":\"CANCELED\",\"result\":\"agreed\",\"bizAction\":\"X\"",
	     DINGTALK_STATUS_OTHER, DINGTALK_RESULT_OTHER, DINGTALK_ACTION_OTHER},
	    {"\"status\":\"COMPLETED\",\"result\":\"refuse\",\"bizAction\":\"REVOKE\"",
	     DINGTALK_COMPLETED, DINGTALK_REFUSE, DINGTALK_REVOKE},
	    {"\"status\":\"COMPLETED\",\"result\":true,\"mainProcessInstanceId\":\"PI-1\"",
	     DINGTALK_COMPLETED, DINGTALK_RESULT_NONE, DINGTALK_ACTION_OTHER},
	};
	size_t n;

	for (n = 0; n < ARRAY_SIZE(cases); n++) {
		AUTO(verdict_done) struct verdict v = {0};
		struct dingtalk_instance i;

		assert_true(read_instance(
		    &v,
		    arena_printf(&v.arena, "{\"result\":{\"originatorUserId\":\"u1\",%s}}",
				 cases[n].members),
		    &i));
		assert_int_equal(i.status, cases[n].status);
		assert_int_equal(i.result, cases[n].result);
		assert_int_equal(i.action, cases[n].action);
	}
}

static void an_instance_without_its_essentials_is_nonsense(void **)
{
	static const char *const bodies[] = {
	    "{}",
	    "{\"result\":null}",
	    "{\"result\":{}}",
	    "{\"result\":{\"status\":\"RUNNING\"}}",
	    "{\"result\":{\"originatorUserId\":\"u1\"}}",
	    "{\"result\":{\"originatorUserId\":7,\"status\":\"RUNNING\"}}",
	    "{\"result\":{\"originatorUserId\":\"u1\",\"status\":\"RUNNING\",\"tasks\":{}}}",
	    "{\"result\":{\"originatorUserId\":\"u1\",\"status\":\"RUNNING\",\"tasks\":[{}]}}",
	    "{\"result\":{\"originatorUserId\":\"u1\",\"status\":\"RUNNING\","
	    "\"operationRecords\":\"x\"}}",
	    "{\"result\":{\"originatorUserId\":\"u1\",\"status\":\"RUNNING\","
	    "\"attachedProcessInstanceIds\":[1]}}",
	};
	size_t n;

	for (n = 0; n < ARRAY_SIZE(bodies); n++) {
		AUTO(verdict_done) struct verdict v = {0};
		struct dingtalk_instance i;

		assert_false(read_instance(&v, bodies[n], &i));
	}
}

static void an_instance_with_too_many_entries_is_nonsense(void **)
{
	AUTO(verdict_done) struct verdict v = {0};
	AUTO(buf_done) struct buf body = {0};
	struct dingtalk_instance i;
	int n;

	buf_text(&body, "{\"result\":{\"originatorUserId\":\"u1\",\"status\":\"RUNNING\","
			"\"formComponentValues\":[{}");
	for (n = 0; n < DINGTALK_MAX_ENTRIES; n++)
		buf_text(&body, ",{}");
	buf_text(&body, "]}}");
	assert_false(read_instance(&v, body.data, &i));
}

static void a_page_ends_or_leads_on_and_never_back(void **)
{
	static const struct {
		const char *result;
		int64_t cursor;
		bool good;
		int64_t next;
	} cases[] = {
	    {"{\"list\":[\"a\",\"b\"],\"nextToken\":\"20\"}", 0, true, 20},
	    {"{\"list\":[\"a\"],\"nextToken\":40}", 20, true, 40},
	    {"{\"list\":[]}", 20, true, 0},
	    {"{\"list\":[],\"nextToken\":null}", 20, true, 0},
	    {"{\"list\":[\"a\"],\"nextToken\":\"20\"}", 20, false, 0},
	    {"{\"list\":[\"a\"],\"nextToken\":\"10\"}", 20, false, 0},
	    {"{\"list\":[1]}", 0, false, 0},
	    {"{\"list\":{}}", 0, false, 0},
	    {"{}", 0, false, 0},
	    {"null", 0, false, 0},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(verdict_done) struct verdict v = {0};
		struct dingtalk_page page;

		judge(&v, API, 200, arena_printf(&v.arena, "{\"result\":%s}", cases[i].result));
		assert_int_equal(dingtalk_parse_page(v.answer, cases[i].cursor, &v.arena, &page),
				 cases[i].good);
		if (cases[i].good)
			assert_true(page.next == cases[i].next);
	}
}

static void a_user_keeps_real_departments_only(void **)
{
	AUTO(verdict_done) struct verdict v = {0};
	struct dingtalk_user user;

	judge(&v, API, 200,
	      "{\"userid\":\"u1\",\"name\":\"n\",\"active\":true,\"dept_id_list\":[1,-7,12]}");
	assert_true(dingtalk_parse_user(v.answer, &v.arena, &user));
	assert_int_equal(user.department_count, 2);
	assert_true(user.departments[0] == 1 && user.departments[1] == 12);
	assert_true(user.active);
	assert_string_equal(user.mobile, "");

	judge(&v, API, 200, "{\"name\":\"n\"}");
	assert_false(dingtalk_parse_user(v.answer, &v.arena, &user));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_failure_is_told_from_the_others),
	    cmocka_unit_test(a_result_is_told_from_a_failure),
	    cmocka_unit_test(a_missing_permission_is_named),
	    cmocka_unit_test(texts_are_cut_to_whole_printable_characters),
	    cmocka_unit_test(only_a_refused_app_token_asks_for_a_new_one),
	    cmocka_unit_test(an_instance_is_read_whole),
	    cmocka_unit_test(nothing_but_the_plain_words_means_agreed),
	    cmocka_unit_test(an_instance_without_its_essentials_is_nonsense),
	    cmocka_unit_test(an_instance_with_too_many_entries_is_nonsense),
	    cmocka_unit_test(a_page_ends_or_leads_on_and_never_back),
	    cmocka_unit_test(a_user_keeps_real_departments_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
