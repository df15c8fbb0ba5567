/* What is said of a filing before it happens is what then happens. */
#include "world.h"

#include "flow/preview.h"
#include "store/task.h"

static struct flow_preview preview(struct world *w, const char *workflow, const char *person)
{
	struct store_workflow row;
	struct flow_preview out = {0};

	OK(store_workflow_get(w->db, &w->arena, workflow, &row, &e));
	OK(flow_preview(
	    &w->flow,
	    &(struct flow_preview_ask){
		.workflow = &row, .person = person, .device = w->device, .reason = " 旧电脑报废\n"},
	    &out, &e));
	return out;
}

static const char *written(struct world *w, const struct json_list *values)
{
	return form_values_write(
	    &w->arena, &(struct form_values){.items = values->items, .count = values->count});
}

static void the_form_is_the_one_that_is_sent(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_preview p;
	struct store_instance i;

	world_make(&w, state);
	for (int n = 0; n < 2; n++) {
		p = preview(&w, w.workflow, w.lihua);
		assert_true(p.serves);
		assert_string_equal(p.filing.id, w.workflow);
		assert_int_equal(p.levels.count, 0);
		i = world_instance(&w, world_file(&w));
		assert_string_equal(p.dingtalk->process_code, i.process_code);
		assert_string_equal(p.dingtalk->originator, i.originator);
		assert_string_equal(written(&w, &p.dingtalk->values), i.sent);
		assert_int_equal(p.expires_ms, i.expires_ms);
		STEP(&w, flow_withdraw(&w.flow, w.device, i.id, &e));
	}
}

/* A level with the applicant himself, one who left and one who is there. */
static const char *builtin(struct world *w)
{
	struct approval_levels levels;
	const char *id;

	OK(approval_read(
	    &w->arena,
	    arena_printf(&w->arena,
			 "{\"levels\":[{\"mode\":\"all\",\"approvers\":[\"%s\",\"%s\",\"%s\"]}]}",
			 world_account(w, "li", ROLE_APPROVER, "lihua"),
			 world_account(w, "zhao", ROLE_APPROVER, "zhaolei"),
			 world_account(w, "root", ROLE_OWNER, NULL)),
	    &levels, &e));
	STEP(w, flow_workflow_add(&w->flow,
				  &(struct flow_workflow){.name = "built-in",
							  .description = "",
							  .type = WORKFLOW_BUILTIN,
							  .levels = &levels},
				  &id, &e));
	STEP(w, world_directory(w, WORLD_NOW + 1, false, &e));
	return id;
}

static void the_tasks_are_those_that_open(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct flow_preview_level *level;
	const struct flow_preview_task *tasks;
	struct store_task_list real;
	struct flow_preview p;
	const char *dingtalk;

	world_make(&w, state);
	dingtalk = w.workflow;
	w.workflow = builtin(&w);
	p = preview(&w, w.workflow, w.lihua);
	assert_string_equal(p.filing.id, dingtalk);
	world_policy(&w, 2, "workflow");
	assert_string_equal(preview(&w, w.workflow, w.lihua).filing.id, w.workflow);
	assert_true(p.serves);
	assert_null(p.dingtalk);
	assert_int_equal(p.levels_ms, WORLD_NOW);
	assert_int_equal(p.levels.count, 1);
	level = p.levels.items;
	tasks = level->tasks.items;
	OK(store_task_list(w.db, &w.arena, world_file(&w), &real, &e));
	assert_int_equal(level->tasks.count, real.count);
	for (size_t i = 0; i < real.count; i++) {
		assert_string_equal(tasks[i].account.id, real.items[i].account);
		assert_string_equal(tasks[i].account.name, real.items[i].name);
		assert_string_equal(tasks[i].kind, real.items[i].kind);
		assert_string_equal(tasks[i].state, real.items[i].state);
	}
	assert_string_equal(tasks[0].skipped, "applicant");
	assert_string_equal(tasks[1].skipped, "gone");
	assert_null(tasks[2].skipped);
}

static void why_not_is_said_as_filing_says_it(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_person zhao;
	struct flow_preview p;

	world_make(&w, state);
	world_policy(&w, 2, "none");
	p = preview(&w, w.workflow, w.lihua);
	assert_true(p.serves);
	assert_null(p.filing.id);
	assert_string_equal(p.filing_why_not, "Filing is not allowed by your organisation.");
	OK(store_person_by_dingtalk(w.db, &w.arena, w.app, "zhaolei", &zhao, &e));
	STEP(&w, world_directory(&w, WORLD_NOW + 1, false, &e));
	p = preview(&w, w.workflow, zhao.id);
	assert_false(p.serves);
	assert_non_null(strstr(p.why_not, "has left"));
	assert_null(p.dingtalk);
}

static void a_draft_is_looked_at_and_not_saved(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_workflow in = {.name = "draft", .description = ""};
	struct store_workflow row, *all;
	struct flow_preview p;
	size_t count;

	world_make(&w, state);
	OK(forms_read(&w.arena, world_forms, &in.forms, &e));
	in.app = ""; /* an app that is not entered yet: nobody belongs to it */
	OK(flow_workflow_draft(&w.flow, &in, &row, &e));
	OK(flow_preview(
	    &w.flow, &(struct flow_preview_ask){.workflow = &row, .person = w.lihua, .reason = "…"},
	    &p, &e));
	assert_false(p.serves);
	in.app = w.app;
	OK(flow_workflow_draft(&w.flow, &in, &row, &e));
	OK(flow_preview(
	    &w.flow, &(struct flow_preview_ask){.workflow = &row, .person = w.lihua, .reason = "…"},
	    &p, &e));
	assert_true(p.serves);
	assert_non_null(strstr(written(&w, &p.dingtalk->values), "HF-"));
	assert_null(strstr(written(&w, &p.dingtalk->values), "laptop-42"));
	OK(store_workflow_list(w.db, &w.arena, "", 10, &all, &count, &e));
	assert_int_equal(count, 1);
	FAILS(ERR_NOT_FOUND, flow_preview(&w.flow,
					  &(struct flow_preview_ask){
					      .workflow = &row, .person = w.device, .reason = "…"},
					  &p, &e));
	FAILS(
	    ERR_NOT_FOUND,
	    flow_preview(&w.flow,
			 &(struct flow_preview_ask){
			     .workflow = &row, .person = w.lihua, .device = w.lihua, .reason = "…"},
			 &p, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(the_form_is_the_one_that_is_sent),
	    BOTH(the_tasks_are_those_that_open),
	    BOTH(why_not_is_said_as_filing_says_it),
	    BOTH(a_draft_is_looked_at_and_not_saved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
