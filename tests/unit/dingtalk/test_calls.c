/* Calls against a DingTalk that behaves, and against one that does not. */
#include "fake.h"

#include <pthread.h>

#include <unistd.h>

#include "base/clock.h"
#include "base/buf.h"
#include "dingtalk/instance.h"
#include "dingtalk/org.h"

#define INSTANCES "/v1.0/workflow/processInstances"
#define CREATED "{\"instanceId\":\"PI-1\"}"
#define DENIED \
	"{\"code\":\"InvalidAuthentication\",\"requestid\":\"7EB1\",\"message\":\"at-1 is bad\"}"
#define TOKEN_2 "{\"accessToken\":\"at-2\",\"expireIn\":7200}"

static const struct dingtalk_field fields[] = {
    {"\xE5\x8D\xB8\xE8\xBD\xBD\xE5\x8E\x9F\xE5\x9B\xA0", "\"x\" \\ /\n[HF-000123]"},
};

static const struct dingtalk_draft draft = {.originator = "u1",
					    .department = DINGTALK_ROOT,
					    .process_code = "PROC-0001",
					    .fields = fields,
					    .field_count = ARRAY_SIZE(fields)};

static bool create(struct world *w, const char **id)
{
	return dingtalk_instance_create(w->dingtalk, &draft, &w->arena, id, &w->e);
}

/* One answer to a create, and how it must be understood. */
static void assert_create_fails(const struct fake_row *answer, enum err_code code,
				enum dingtalk_class class, const char *word)
{
	AUTO(world_done) struct world w = {0};
	const struct fake_row rows[] = {FAKE_TOKEN, *answer, {0}};
	const char *id;

	world_start(&w, rows, 300);
	assert_false(create(&w, &id));
	assert_failed(&w, code, class, word);
	assert_int_equal(fake_count(w.fake, INSTANCES), 1);
}

static void a_form_is_filed_as_the_official_client_files_it(void **)
{
	static const struct fake_row rows[] = {FAKE_TOKEN, {INSTANCES, .body = CREATED}, {0}};
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_start(&w, rows, 0);
	assert_true(create(&w, &id));
	assert_string_equal(id, "PI-1");
	assert_string_equal(fake_asked(w.fake, FAKE_TOKEN_PATH, 0),
			    "||{\"appKey\":\"" CLIENT_ID "\",\"appSecret\":\"" CLIENT_SECRET "\"}");
	assert_string_equal(
	    fake_asked(w.fake, INSTANCES, 0),
	    "at-1||{\"deptId\":-1,\"formComponentValues\":[{\"name\":"
	    "\"\xE5\x8D\xB8\xE8\xBD\xBD\xE5\x8E\x9F\xE5\x9B\xA0\",\"value\":\"\\\"x\\\" \\\\ /\\n"
	    "[HF-000123]\"}],\"microappAgentId\":41605932,\"originatorUserId\":\"u1\","
	    "\"processCode\":\"PROC-0001\"}");
}

static void a_form_over_a_limit_is_not_sent(void **)
{
	static const struct fake_row rows[] = {FAKE_TOKEN, {0}};
	struct dingtalk_field many[DINGTALK_MAX_FIELDS + 1];
	AUTO(world_done) struct world w = {0};
	struct dingtalk_draft big = draft;
	const char *id;
	char *value;
	size_t i;

	world_start(&w, rows, 0);
	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = fields[0];
	big.fields = many;
	big.field_count = ARRAY_SIZE(many);
	assert_false(dingtalk_instance_create(w.dingtalk, &big, &w.arena, &id, &w.e));
	assert_failed(&w, ERR_TOO_LARGE, DINGTALK_REFUSED, "");

	value = arena_alloc(&w.arena, DINGTALK_FIELD_VALUE_MAX + 2);
	memset(value, 'x', DINGTALK_FIELD_VALUE_MAX + 1);
	many[0].value = value;
	big.field_count = 1;
	assert_false(dingtalk_instance_create(w.dingtalk, &big, &w.arena, &id, &w.e));
	assert_failed(&w, ERR_TOO_LARGE, DINGTALK_REFUSED, "");
	assert_int_equal(fake_count(w.fake, FAKE_TOKEN_PATH), 0);
}

static void one_token_serves_many_calls(void **)
{
	static const struct fake_row rows[] = {FAKE_TOKEN, {INSTANCES, .body = CREATED}, {0}};
	AUTO(world_done) struct world w = {0};
	const char *id;
	int i;

	world_start(&w, rows, 0);
	for (i = 0; i < 5; i++)
		assert_true(create(&w, &id));
	assert_int_equal(fake_count(w.fake, FAKE_TOKEN_PATH), 1);
	assert_int_equal(fake_count(w.fake, INSTANCES), 5);
}

static void a_token_near_its_end_is_renewed_before_it_is_used(void **)
{
	static const struct fake_row rows[] = {
	    {FAKE_TOKEN_PATH, .body = "{\"accessToken\":\"at-1\",\"expireIn\":1}", .times = 1},
	    {FAKE_TOKEN_PATH, .body = TOKEN_2},
	    {INSTANCES, .body = CREATED},
	    {0}};
	AUTO(world_done) struct world w = {0};
	int64_t start = clock_mono_ms();
	const char *id;

	world_start(&w, rows, 0);
	assert_true(create(&w, &id));
	/* 90 % of a second, and the token is renewed though DingTalk would still take it. */
	while (clock_mono_ms() < start + 960)
		(void)usleep(10000);
	assert_true(create(&w, &id));
	assert_int_equal(strncmp(fake_asked(w.fake, INSTANCES, 0), "at-1|", 5), 0);
	assert_int_equal(strncmp(fake_asked(w.fake, INSTANCES, 1), "at-2|", 5), 0);
}

static void a_token_that_died_early_is_renewed_once_and_the_call_repeated(void **)
{
	static const struct fake_row rows[] = {
	    {FAKE_TOKEN_PATH, .body = "{\"accessToken\":\"at-1\",\"expireIn\":7200}", .times = 1},
	    {FAKE_TOKEN_PATH, .body = TOKEN_2},
	    {INSTANCES, .when = "at-1|", .status = 400, .body = DENIED},
	    {INSTANCES, .body = CREATED},
	    {0}};
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_start(&w, rows, 0);
	assert_true(create(&w, &id));
	assert_int_equal(fake_count(w.fake, FAKE_TOKEN_PATH), 2);
	assert_int_equal(fake_count(w.fake, INSTANCES), 2);
}

static void a_token_that_is_never_accepted_is_tried_twice_and_no_more(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN, {INSTANCES, .status = 400, .body = DENIED}, {0}};
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_start(&w, rows, 0);
	assert_false(create(&w, &id));
	/* The credentials are good, or there would be no token: nobody has to mend anything. */
	assert_failed(&w, ERR_UNAVAILABLE, DINGTALK_RETRY, "InvalidAuthentication");
	assert_int_equal(fake_count(w.fake, INSTANCES), 2);
	assert_int_equal(fake_count(w.fake, FAKE_TOKEN_PATH), 2);
	/* What DingTalk repeats of our token stays out of sight. */
	assert_string_equal(dingtalk_failure(w.dingtalk)->message, "");
	assert_string_equal(dingtalk_failure(w.dingtalk)->request_id, "7EB1");
}

static void wrong_credentials_are_told_and_nothing_is_called(void **)
{
	static const struct fake_row rows[] = {
	    {FAKE_TOKEN_PATH, .status = 400,
	     .body = "{\"code\":\"invalidClientIdOrSecret\",\"requestid\":\"01A0\",\"message\":"
		     "\"no such secret: " CLIENT_SECRET "\"}"},
	    {0}};
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_start(&w, rows, 0);
	assert_false(create(&w, &id));
	assert_failed(&w, ERR_UNAUTHENTICATED, DINGTALK_CREDENTIALS, "invalidClientIdOrSecret");
	assert_int_equal(fake_count(w.fake, INSTANCES), 0);
	assert_int_equal(fake_count(w.fake, FAKE_TOKEN_PATH), 1);
	assert_false(dingtalk_check(w.dingtalk, &w.e));
	assert_failed(&w, ERR_UNAUTHENTICATED, DINGTALK_CREDENTIALS, "invalidClientIdOrSecret");
}

/* Whatever became of the token: the form was certainly not filed. */
static void without_a_token_the_form_is_certainly_not_filed(void **)
{
	static const struct fake_row answers[] = {
	    {FAKE_TOKEN_PATH, .drop = true},
	    {FAKE_TOKEN_PATH, .wait_ms = 1000, .body = TOKEN_2},
	    {FAKE_TOKEN_PATH, .body = "<html></html>"},
	    {FAKE_TOKEN_PATH, .status = 500, .body = "{\"code\":\"system.error\"}"},
	    {FAKE_TOKEN_PATH, .body = "{\"accessToken\":\"\",\"expireIn\":7200}"},
	    {FAKE_TOKEN_PATH, .body = "{\"accessToken\":\"a b\",\"expireIn\":7200}"},
	    {FAKE_TOKEN_PATH, .body = "{\"accessToken\":\"a\\r\\nb\",\"expireIn\":7200}"},
	    {FAKE_TOKEN_PATH, .body = "{\"accessToken\":\"at\",\"expireIn\":0}"},
	    {FAKE_TOKEN_PATH, .body = "{\"accessToken\":\"at\",\"expireIn\":99999999}"},
	    {FAKE_TOKEN_PATH, .body = "{\"accessToken\":\"at\"}"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		const struct fake_row rows[] = {answers[i], {0}};
		AUTO(world_done) struct world w = {0};
		const char *id;

		world_start(&w, rows, 300);
		assert_false(create(&w, &id));
		assert_int_equal(w.e.code, ERR_UNAVAILABLE);
		assert_int_equal(dingtalk_failure(w.dingtalk)->class, DINGTALK_RETRY);
		assert_int_equal(fake_count(w.fake, INSTANCES), 0);
	}
}

static void throttling_means_not_done_and_later(void **)
{
	static const struct fake_row answer = {
	    INSTANCES, .status = 403,
	    .body = "{\"code\":\"Forbidden.AccessDenied.QpsLimitForAppkeyAndApi\","
		    "\"requestid\":\"A\",\"message\":\"m\"}"};

	assert_create_fails(&answer, ERR_UNAVAILABLE, DINGTALK_RETRY,
			    "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi");
}

static void a_used_up_month_is_not_throttling(void **)
{
	static const struct fake_row answer = {
	    INSTANCES, .status = 403,
	    .body = "{\"code\":\"Forbidden.AccessDenied.ApiCountLimitForOrg\",\"message\":\"m\"}"};

	assert_create_fails(&answer, ERR_TOO_MANY, DINGTALK_QUOTA,
			    "Forbidden.AccessDenied.ApiCountLimitForOrg");
}

static void the_block_of_our_address_is_no_success(void **)
{
	static const struct fake_row answer = {
	    INSTANCES,
	    .body = "{\"status\":1111,\"wait\":5,\"source\":\"x5\",\"punish\":\"deny\"}"};

	assert_create_fails(&answer, ERR_UNAVAILABLE, DINGTALK_RETRY, "x5");
}

static void pages_and_empty_answers_leave_the_outcome_unknown(void **)
{
	static const char *const bodies[] = {"<html><body>ok</body></html>",
					     "",
					     "null",
					     "[]",
					     "{}",
					     "{\"instanceId\":\"\"}",
					     "{\"instanceId\":null}",
					     "{\"instanceId\":17}",
					     "{\"instanceId\":\"a\\nb\"}",
					     "{\"result\":true}",
					     "{\"instanceId\":\"PI-1\""};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bodies); i++) {
		const struct fake_row answer = {INSTANCES, .body = bodies[i]};

		assert_create_fails(&answer, ERR_PEER, DINGTALK_RETRY, "");
	}
}

static void a_broken_connection_leaves_the_outcome_unknown(void **)
{
	static const struct fake_row answer = {INSTANCES, .drop = true};

	assert_create_fails(&answer, ERR_PEER, DINGTALK_RETRY, "");
}

static void a_late_answer_leaves_the_outcome_unknown(void **)
{
	static const struct fake_row answer = {INSTANCES, .wait_ms = 1000, .body = CREATED};

	assert_create_fails(&answer, ERR_TIMEOUT, DINGTALK_RETRY, "");
}

static void a_host_that_is_not_there_means_not_done(void **)
{
	static const struct dingtalk_config config = {.api_url = "http://127.0.0.1:1",
						      .oapi_url = "http://127.0.0.1:1",
						      .corp_id = CORP_ID,
						      .client_id = CLIENT_ID,
						      .client_secret = CLIENT_SECRET};
	AUTO(world_done) struct world w = {0};
	const char *id;

	w.access = dingtalk_access_new(&config);
	w.dingtalk = dingtalk_new(w.access, DINGTALK_FOR_FILING, &w.e);
	assert_non_null(w.dingtalk);
	assert_false(create(&w, &id));
	assert_failed(&w, ERR_UNAVAILABLE, DINGTALK_RETRY, "");
}

static void a_wrong_value_is_refused_for_good_and_named(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {INSTANCES, .status = 400,
	     .body = "{\"code\":\"formConverterError\",\"requestid\":\"A\",\"message\":"
		     "\"\xE5\xA4\xB1\xE8\xB4\xA5\xE6\x8E\xA7\xE4\xBB\xB6: X\"}"},
	    {0}};
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_start(&w, rows, 0);
	assert_false(create(&w, &id));
	assert_failed(&w, ERR_UNPROCESSABLE, DINGTALK_REFUSED, "formConverterError");
	assert_non_null(strstr(w.e.text, "\xE6\x8E\xA7\xE4\xBB\xB6: X"));
}

static void a_missing_permission_names_itself(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {INSTANCES, .status = 403,
	     .body = "{\"code\":\"Forbidden.AccessDenied.AccessTokenPermissionDenied\","
		     "\"message\":\"m\",\"accessdenieddetail\":{\"requiredScopes\":"
		     "[\"Workflow.Instance.Write\"]}}"},
	    {0}};
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_start(&w, rows, 0);
	assert_false(create(&w, &id));
	assert_failed(&w, ERR_FORBIDDEN, DINGTALK_PERMISSION,
		      "Forbidden.AccessDenied.AccessTokenPermissionDenied");
	assert_string_equal(dingtalk_failure(w.dingtalk)->scopes, "Workflow.Instance.Write");
}

static void an_instance_is_read_by_its_escaped_id(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {INSTANCES, .body = "{\"result\":{\"originatorUserId\":\"u1\",\"status\":\"COMPLETED\","
				"\"result\":\"agree\",\"bizAction\":\"NONE\"},\"success\":true}"},
	    {0}};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_instance instance;

	world_start(&w, rows, 0);
	assert_true(dingtalk_instance_read(w.dingtalk, "PI+/=&x", &w.arena, &instance, &w.e));
	assert_int_equal(instance.result, DINGTALK_AGREE);
	assert_string_equal(fake_asked(w.fake, INSTANCES, 0),
			    "at-1|processInstanceId=PI%2B%2F%3D%26x|");
}

static void an_unknown_instance_is_not_found(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {INSTANCES, .status = 400,
	     .body = "{\"code\":\"processInstanceNotExist\",\"message\":\"m\"}"},
	    {0}};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_instance instance;

	world_start(&w, rows, 0);
	assert_false(dingtalk_instance_read(w.dingtalk, "PI-9", &w.arena, &instance, &w.e));
	assert_failed(&w, ERR_NOT_FOUND, DINGTALK_REFUSED, "processInstanceNotExist");
}

static void tasks_comments_and_withdrawals_are_sent_as_documented(void **)
{
	static const char done[] = "{\"result\":true,\"success\":true}";
	static const struct fake_row rows[] = {FAKE_TOKEN,
					       {INSTANCES "/execute", .body = done},
					       {INSTANCES "/comments", .body = done},
					       {INSTANCES "/terminate", .body = done},
					       {0}};
	static const struct dingtalk_verdict verdict = {"PI-1", 67583405630, "u2", .agree = true,
							.remark = "ok"};
	AUTO(world_done) struct world w = {0};

	world_start(&w, rows, 0);
	assert_true(dingtalk_task_execute(w.dingtalk, &verdict, &w.e));
	assert_string_equal(fake_asked(w.fake, INSTANCES "/execute", 0),
			    "at-1||{\"actionerUserId\":\"u2\",\"processInstanceId\":\"PI-1\","
			    "\"remark\":\"ok\",\"result\":\"agree\",\"taskId\":67583405630}");
	assert_true(dingtalk_instance_comment(w.dingtalk, "PI-1", "u2", "done", &w.e));
	assert_string_equal(fake_asked(w.fake, INSTANCES "/comments", 0),
			    "at-1||{\"commentUserId\":\"u2\",\"processInstanceId\":\"PI-1\","
			    "\"text\":\"done\"}");
	assert_true(dingtalk_instance_terminate(w.dingtalk, "PI-1", NULL, "cancelled", &w.e));
	assert_string_equal(fake_asked(w.fake, INSTANCES "/terminate", 0),
			    "at-1||{\"isSystem\":true,\"processInstanceId\":\"PI-1\","
			    "\"remark\":\"cancelled\"}");
	assert_true(dingtalk_instance_terminate(w.dingtalk, "PI-1", "u1", "cancelled", &w.e));
	assert_string_equal(fake_asked(w.fake, INSTANCES "/terminate", 1),
			    "at-1||{\"isSystem\":false,\"operatingUserId\":\"u1\","
			    "\"processInstanceId\":\"PI-1\",\"remark\":\"cancelled\"}");
}

static void a_long_remark_is_cut_to_what_dingtalk_takes(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN, {INSTANCES "/comments", .body = "{\"result\":true}"}, {0}};
	AUTO(world_done) struct world w = {0};
	AUTO(buf_done) struct buf text = {0};
	const char *sent;
	int i;

	world_start(&w, rows, 0);
	for (i = 0; i < DINGTALK_REMARK_MAX + 1; i++)
		buf_text(&text, "\xE5\x8D\xB8");
	assert_true(dingtalk_instance_comment(w.dingtalk, "PI-1", "u2", text.data, &w.e));
	sent = strstr(fake_asked(w.fake, INSTANCES "/comments", 0), "\xE5\x8D\xB8");
	assert_int_equal(strlen(sent), 3 * DINGTALK_REMARK_MAX + strlen("\"}"));
}

static void a_withdrawal_that_is_not_confirmed_is_not_success(void **)
{
	static const struct {
		int status;
		const char *body;
		enum err_code code;
		enum dingtalk_class class;
		const char *word;
	} cases[] = {
	    {200, "{}", ERR_PEER, DINGTALK_RETRY, ""},
	    {200, "{\"result\":false,\"success\":true}", ERR_PEER, DINGTALK_RETRY, ""},
	    {200, "{\"success\":true}", ERR_PEER, DINGTALK_RETRY, ""},
	    /* Too young, or ended. */
	    {400, "{\"code\":\"aflowProcessInstStatusException\"}", ERR_CONFLICT, DINGTALK_REFUSED,
	     "aflowProcessInstStatusException"},
	    /* The form does not allow it. */
	    {400, "{\"code\":\"internalError\"}", ERR_UNPROCESSABLE, DINGTALK_REFUSED,
	     "internalError"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct fake_row rows[] = {
		    FAKE_TOKEN,
		    {INSTANCES "/terminate", .status = cases[i].status, .body = cases[i].body},
		    {0}};
		AUTO(world_done) struct world w = {0};

		world_start(&w, rows, 0);
		assert_false(
		    dingtalk_instance_terminate(w.dingtalk, "PI-1", "u1", "cancelled", &w.e));
		assert_failed(&w, cases[i].code, cases[i].class, cases[i].word);
	}
}

static void instances_are_listed_page_by_page(void **)
{
	static const char path[] = "/v1.0/workflow/processes/instanceIds/query";
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {path, .when = "\"nextToken\":0,",
	     .body = "{\"result\":{\"list\":[\"PI-1\",\"PI-2\"],\"nextToken\":\"20\"}}"},
	    {path, .when = "\"nextToken\":20,", .body = "{\"result\":{\"list\":[\"PI-3\"]}}"},
	    {0}};
	struct dingtalk_query query = {.process_code = "PROC-0001",
				       .start_ms = 1496678400000,
				       .end_ms = 1496678400001,
				       .originator = "u1"};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_page page;

	world_start(&w, rows, 0);
	assert_true(dingtalk_instance_list(w.dingtalk, &query, &w.arena, &page, &w.e));
	assert_int_equal(page.count, 2);
	assert_string_equal(page.ids[1], "PI-2");
	query.cursor = page.next;
	assert_true(dingtalk_instance_list(w.dingtalk, &query, &w.arena, &page, &w.e));
	assert_int_equal(page.count, 1);
	assert_true(page.next == 0);
	assert_string_equal(
	    fake_asked(w.fake, path, 0),
	    "at-1||{\"endTime\":1496678400001,\"maxResults\":20,\"nextToken\":0,"
	    "\"processCode\":\"PROC-0001\",\"startTime\":1496678400000,\"userIds\":[\"u1\"]}");
}

/* Threads that share one access. */

#define THREADS 8

struct worker {
	pthread_t thread;
	struct dingtalk_access *access;
	bool ok;
	struct err e;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	AUTO(dingtalk_freep)
	struct dingtalk *d = dingtalk_new(w->access, DINGTALK_FOR_FILING, &w->e);
	AUTO(arena_done) struct arena a = {0};
	const char *id;

	w->ok = d && dingtalk_instance_create(d, &draft, &a, &id, &w->e);
	return NULL;
}

static void start_workers(struct worker workers[static THREADS], struct dingtalk_access *access)
{
	int i;

	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.access = access};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
}

static void threads_share_one_token_and_one_fetch_of_it(void **)
{
	static const struct fake_row rows[] = {
	    {FAKE_TOKEN_PATH, .wait_ms = 200,
	     .body = "{\"accessToken\":\"at-1\",\"expireIn\":7200}"},
	    {INSTANCES, .body = CREATED},
	    {0}};
	AUTO(world_done) struct world w = {0};
	struct worker workers[THREADS];
	int i;

	world_start(&w, rows, 0);
	start_workers(workers, w.access);
	for (i = 0; i < THREADS; i++)
		assert_true(workers[i].ok);
	assert_int_equal(fake_count(w.fake, FAKE_TOKEN_PATH), 1);
	assert_int_equal(fake_count(w.fake, INSTANCES), THREADS);
}

static void threads_that_lose_the_token_together_renew_it_once(void **)
{
	static const struct fake_row rows[] = {
	    {FAKE_TOKEN_PATH, .times = 1, .body = "{\"accessToken\":\"at-1\",\"expireIn\":7200}"},
	    {FAKE_TOKEN_PATH, .body = TOKEN_2},
	    /* Half of them hear of it only when the others have a new one, which must stay. */
	    {INSTANCES, .when = "at-1|", .times = THREADS / 2, .status = 400, .body = DENIED,
	     .wait_ms = 300},
	    {INSTANCES, .when = "at-1|", .status = 400, .body = DENIED},
	    {INSTANCES, .body = CREATED},
	    {0}};
	AUTO(world_done) struct world w = {0};
	struct worker workers[THREADS];
	int i;

	world_start(&w, rows, 0);
	start_workers(workers, w.access);
	for (i = 0; i < THREADS; i++)
		assert_true(workers[i].ok);
	assert_int_equal(fake_count(w.fake, FAKE_TOKEN_PATH), 2);
}

static void threads_that_wait_for_a_token_share_its_failure(void **)
{
	static const struct fake_row rows[] = {
	    {FAKE_TOKEN_PATH, .wait_ms = 300, .status = 400,
	     .body = "{\"code\":\"invalidClientIdOrSecret\",\"message\":\"m\"}"},
	    {0}};
	AUTO(world_done) struct world w = {0};
	struct worker workers[THREADS];
	int i;

	world_start(&w, rows, 0);
	start_workers(workers, w.access);
	for (i = 0; i < THREADS; i++) {
		assert_false(workers[i].ok);
		assert_int_equal(workers[i].e.code, ERR_UNAUTHENTICATED);
		assert_non_null(strstr(workers[i].e.text, "credentials"));
	}
	/* A thread may come only after the first fetch has ended. */
	assert_true(fake_count(w.fake, FAKE_TOKEN_PATH) < THREADS);
}

#define QUOTA                                                                              \
	"{\"code\":\"Forbidden.AccessDenied.ApiCountLimitForOrg\",\"requestid\":\"7EB1\"," \
	"\"message\":\"m\"}"

static void a_month_that_is_over_says_how_long_it_still_is(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN, {INSTANCES, .status = 403, .body = QUOTA}, {0}};
	AUTO(world_done) struct world w = {0};
	const int64_t beijing_ms = INT64_C(8) * 3600 * 1000;
	int64_t left, end, begun;
	const char *id;

	world_start(&w, rows, 0);
	assert_false(create(&w, &id));
	assert_failed(&w, ERR_TOO_MANY, DINGTALK_QUOTA,
		      "Forbidden.AccessDenied.ApiCountLimitForOrg");
	left = dingtalk_failure(w.dingtalk)->wait_ms;
	begun = clock_month(clock_utc_ms(), beijing_ms, 0);
	end = clock_month(clock_utc_ms(), beijing_ms, 1);
	if (clock_utc_ms() < begun + DINGTALK_MONTH_YOUNG_MS)
		end = begun + DINGTALK_MONTH_YOUNG_MS;
	assert_in_range(clock_utc_ms() + left, end - 10000, end + 10000);
	assert_int_equal(fake_count(w.fake, INSTANCES), 1);

	/* Whatever stops the next errand on this line before its call is not the month's end. */
	dingtalk_set_purpose(w.dingtalk, DINGTALK_FOR_READING);
	assert_int_equal(dingtalk_failure(w.dingtalk)->class, DINGTALK_RETRY);
	assert_int_equal(dingtalk_failure(w.dingtalk)->wait_ms, 0);
}

/* 2026-11-22T20:00Z is the 23rd in Beijing; 2026-11-30T16:00Z is the first of December there. */
static void months_begin_at_midnight_in_beijing(void **)
{
	const int64_t beijing_ms = INT64_C(8) * 3600 * 1000, december = INT64_C(1796054400000);

	assert_int_equal(clock_month(INT64_C(1795377600000), beijing_ms, 1), december);
	assert_int_equal(clock_month(december - 1, beijing_ms, 1), december);
	assert_int_equal(clock_month(december, beijing_ms, 0), december);
	assert_int_equal(clock_month(december, beijing_ms, 1),
			 december + INT64_C(31) * 86400 * 1000);
	assert_int_equal(clock_month(december, beijing_ms, -1),
			 december - INT64_C(30) * 86400 * 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_month_that_is_over_says_how_long_it_still_is),
	    cmocka_unit_test(months_begin_at_midnight_in_beijing),
	    cmocka_unit_test(a_form_is_filed_as_the_official_client_files_it),
	    cmocka_unit_test(a_form_over_a_limit_is_not_sent),
	    cmocka_unit_test(one_token_serves_many_calls),
	    cmocka_unit_test(a_token_near_its_end_is_renewed_before_it_is_used),
	    cmocka_unit_test(a_token_that_died_early_is_renewed_once_and_the_call_repeated),
	    cmocka_unit_test(a_token_that_is_never_accepted_is_tried_twice_and_no_more),
	    cmocka_unit_test(wrong_credentials_are_told_and_nothing_is_called),
	    cmocka_unit_test(without_a_token_the_form_is_certainly_not_filed),
	    cmocka_unit_test(throttling_means_not_done_and_later),
	    cmocka_unit_test(a_used_up_month_is_not_throttling),
	    cmocka_unit_test(the_block_of_our_address_is_no_success),
	    cmocka_unit_test(pages_and_empty_answers_leave_the_outcome_unknown),
	    cmocka_unit_test(a_broken_connection_leaves_the_outcome_unknown),
	    cmocka_unit_test(a_late_answer_leaves_the_outcome_unknown),
	    cmocka_unit_test(a_host_that_is_not_there_means_not_done),
	    cmocka_unit_test(a_wrong_value_is_refused_for_good_and_named),
	    cmocka_unit_test(a_missing_permission_names_itself),
	    cmocka_unit_test(an_instance_is_read_by_its_escaped_id),
	    cmocka_unit_test(an_unknown_instance_is_not_found),
	    cmocka_unit_test(tasks_comments_and_withdrawals_are_sent_as_documented),
	    cmocka_unit_test(a_long_remark_is_cut_to_what_dingtalk_takes),
	    cmocka_unit_test(a_withdrawal_that_is_not_confirmed_is_not_success),
	    cmocka_unit_test(instances_are_listed_page_by_page),
	    cmocka_unit_test(threads_share_one_token_and_one_fetch_of_it),
	    cmocka_unit_test(threads_that_lose_the_token_together_renew_it_once),
	    cmocka_unit_test(threads_that_wait_for_a_token_share_its_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
