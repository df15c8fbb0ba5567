/* Forms: what DingTalk says of them, and how it is asked. */
#include "fake.h"

#include "dingtalk/form.h"
#include "dingtalk/org.h"

#define SCHEMA "/v1.0/workflow/forms/schemas/processCodes"
#define VISIBLE "/v1.0/workflow/processes/userVisibilities/templates"
#define FORECAST "/v1.0/workflow/processes/forecast"
#define RESULT(text) "{\"result\":{" text "},\"success\":true}"

static void a_form_has_its_controls(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {SCHEMA,
	     .body = RESULT(
		 "\"name\":\"终端卸载审批\",\"status\":\"PUBLISHED\",\"schemaContent\":{\"items\":["
		 "{\"componentName\":\"TextareaField\",\"props\":{\"id\":\"c1\",\"label\":"
		 "\"卸载原因\",\"required\":true}},"
		 "{\"componentName\":\"DDDateField\",\"props\":{\"id\":\"c2\",\"label\":\"时间\","
		 "\"format\":\"yyyy-MM-dd HH:mm\"}}]}")},
	    {0}};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_form form;

	world_start(&w, rows, 0);
	assert_true(dingtalk_form_read(w.dingtalk, "PROC-A+B", &w.arena, &form, &w.e));
	assert_string_equal(fake_asked(w.fake, SCHEMA, 0), "at-1|processCode=PROC-A%2BB|");
	assert_string_equal(form.name, "终端卸载审批");
	assert_string_equal(form.status, "PUBLISHED");
	assert_int_equal(form.control_count, 2);
	assert_string_equal(form.controls[0].label, "卸载原因");
	assert_string_equal(form.controls[0].type, "TextareaField");
	assert_true(form.controls[0].required);
	assert_string_equal(form.controls[1].id, "c2");
	assert_string_equal(form.controls[1].format, "yyyy-MM-dd HH:mm");
	assert_false(form.controls[1].required);
}

static void a_form_that_is_not_there_is_refused_in_dingtalks_words(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {SCHEMA, .status = 400,
	     .body = "{\"code\":\"formNotExist\",\"message\":\"模板不存在\"}"},
	    {0}};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_form form;

	world_start(&w, rows, 0);
	assert_false(dingtalk_form_read(w.dingtalk, "PROC-1", &w.arena, &form, &w.e));
	assert_failed(&w, ERR_UNPROCESSABLE, DINGTALK_REFUSED, "formNotExist");
}

static void an_answer_without_a_schema_is_nonsense(void **)
{
	static const struct fake_row rows[] = {FAKE_TOKEN, {SCHEMA, .body = RESULT("")}, {0}};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_form form;

	world_start(&w, rows, 0);
	assert_false(dingtalk_form_read(w.dingtalk, "PROC-1", &w.arena, &form, &w.e));
	assert_int_equal(w.e.code, ERR_PEER);
}

static void the_list_goes_on_until_the_last_page(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {VISIBLE, .when = "nextToken=0",
	     .body =
		 RESULT("\"processList\":[{\"processCode\":\"PROC-1\",\"name\":\"甲\",\"dirName\":"
			"\"其他\"}],\"nextToken\":100")},
	    {VISIBLE, .body = RESULT("\"processList\":[],\"nextToken\":100")},
	    {0}};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_template_page page;

	world_start(&w, rows, 0);
	assert_true(dingtalk_form_list(w.dingtalk, "u 1", 0, &w.arena, &page, &w.e));
	assert_int_equal(page.count, 1);
	assert_int_equal(page.next, 100);
	assert_string_equal(page.items[0].group, "其他");
	assert_string_equal(fake_asked(w.fake, VISIBLE, 0),
			    "at-1|maxResults=100&nextToken=0&userId=u%201|");
	/* A page that leads back to itself. */
	assert_false(dingtalk_form_list(w.dingtalk, NULL, 100, &w.arena, &page, &w.e));
	assert_int_equal(w.e.code, ERR_PEER);
}

static void a_forecast_tells_who_would_be_asked(void **)
{
	static const struct fake_row rows[] = {
	    FAKE_TOKEN,
	    {FORECAST,
	     .body = RESULT("\"workflowActivityRules\":[{\"isTargetSelect\":false,"
			    "\"activityActioners\":[{\"userId\":\"u2\",\"name\":\"王芳\"}]},"
			    "{\"isTargetSelect\":true,\"activityActioners\":[]}]")},
	    {0}};
	static const struct dingtalk_field fields[] = {{"卸载原因", "x"}};
	static const struct dingtalk_draft draft = {.originator = "u1",
						    .department = DINGTALK_ROOT,
						    .process_code = "PROC-1",
						    .fields = fields,
						    .field_count = 1};
	AUTO(world_done) struct world w = {0};
	struct dingtalk_forecast forecast;

	world_start(&w, rows, 0);
	assert_true(dingtalk_form_forecast(w.dingtalk, &draft, &w.arena, &forecast, &w.e));
	assert_string_equal(fake_asked(w.fake, FORECAST, 0),
			    "at-1||{\"deptId\":-1,\"formComponentValues\":[{\"name\":\"卸载原因\","
			    "\"value\":\"x\"}],\"processCode\":\"PROC-1\",\"userId\":\"u1\"}");
	assert_int_equal(forecast.count, 2);
	assert_string_equal(forecast.steps[0].userids[0], "u2");
	assert_false(forecast.steps[0].chosen);
	assert_true(forecast.steps[1].chosen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_form_has_its_controls),
	    cmocka_unit_test(a_form_that_is_not_there_is_refused_in_dingtalks_words),
	    cmocka_unit_test(an_answer_without_a_schema_is_nonsense),
	    cmocka_unit_test(the_list_goes_on_until_the_last_page),
	    cmocka_unit_test(a_forecast_tells_who_would_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
