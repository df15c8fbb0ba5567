/* Built-in workflows: saved, copied, kept as versions, and looked at again when accounts change. */
#include "world.h"

#include "flow/doctor.h"
#include "store/account.h"
#include "store/finding.h"

static bool enable(struct world *w, const char *id, bool active, struct err *e)
{
	struct store_account a;

	if (!store_account_get(w->db, &w->arena, id, &a, e))
		return false;
	a.active = active;
	return store_account_set(w->db, &a, w->flow.now_ms, e) &&
	       flow_doctor_accounts_changed(&w->flow, e);
}

static struct flow_workflow builtin(struct world *w, const char *name, const char *approver)
{
	struct approval_levels *levels = arena_new(&w->arena, struct approval_levels);

	OK(approval_read(&w->arena,
			 arena_printf(&w->arena,
				      "{\"levels\":[{\"mode\":\"any\",\"approvers\":[\"%s\"]}]}",
				      approver),
			 levels, &e));
	return (struct flow_workflow){
	    .name = name, .description = "", .type = WORKFLOW_BUILTIN, .levels = levels};
}

static struct store_workflow stored(struct world *w, const char *id)
{
	struct store_workflow row = {0};

	OK(store_workflow_get(w->db, &w->arena, id, &row, &e));
	return row;
}

static bool found(struct world *w, const char *workflow, const char *finding)
{
	struct store_finding *all;
	size_t count;
	bool there = false;

	OK(store_finding_list(w->db, &w->arena, workflow, &all, &count, &e));
	for (size_t i = 0; i < count; i++)
		there = there || strcmp(all[i].id, finding) == 0;
	return there;
}

static size_t recorded(struct world *w, const char *kind, const char *object)
{
	const struct store_event_filter filter = {
	    .kind = kind, .object = object, .before = "", .max = 100};
	struct store_event *events;
	size_t count;

	OK(store_event_list(w->db, &w->arena, &filter, &events, &count, &e));
	return count;
}

static void it_is_ready_as_soon_as_it_is_saved(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_workflow in;
	const char *id;

	world_make(&w, state);
	in = builtin(&w, "built-in", world_account(&w, "root", ROLE_OWNER, NULL));
	STEP(&w, flow_workflow_add(&w.flow, &in, &id, &e));
	assert_string_equal(stored(&w, id).state, "ready");
	assert_null(stored(&w, id).app);
	assert_true(found(&w, id, "level-ok"));
	assert_int_equal(recorded(&w, "workflow-created", id), 1);
	assert_int_equal(recorded(&w, "workflow-broken", id), 0);
}

static void one_that_would_end_at_nobody_is_refused(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *wang, *auditor, *id;
	struct flow_workflow in;

	world_make(&w, state);
	wang = world_account(&w, "wang", ROLE_APPROVER, NULL);
	auditor = world_account(&w, "auditor", ROLE_AUDITOR, NULL);
	in = builtin(&w, "to an auditor", auditor);
	REFUSED(&w, ERR_UNPROCESSABLE, flow_workflow_add(&w.flow, &in, &id, &e));
	in = builtin(&w, "to a stranger", w.lihua);
	REFUSED(&w, ERR_UNPROCESSABLE, flow_workflow_add(&w.flow, &in, &id, &e));
	STEP(&w, enable(&w, wang, false, &e));
	in = builtin(&w, "to somebody who left", wang);
	REFUSED(&w, ERR_UNPROCESSABLE, flow_workflow_add(&w.flow, &in, &id, &e));
	STEP(&w, enable(&w, wang, true, &e));
	STEP(&w, flow_workflow_add(&w.flow, &in, &id, &e));
}

static void it_breaks_and_mends_with_its_approvers(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_workflow in;
	const char *wang, *id;

	world_make(&w, state);
	(void)world_account(&w, "root", ROLE_OWNER, NULL);
	wang = world_account(&w, "wang", ROLE_APPROVER, NULL);
	in = builtin(&w, "built-in", wang);
	STEP(&w, flow_workflow_add(&w.flow, &in, &id, &e));
	STEP(&w, enable(&w, wang, false, &e));
	assert_string_equal(stored(&w, id).state, "broken");
	assert_true(found(&w, id, "level-empty"));
	assert_int_equal(recorded(&w, "workflow-broken", id), 1);
	STEP(&w, enable(&w, wang, false, &e));
	assert_int_equal(recorded(&w, "workflow-broken", id), 1);
	STEP(&w, enable(&w, wang, true, &e));
	assert_string_equal(stored(&w, id).state, "ready");
	assert_int_equal(recorded(&w, "workflow-mended", id), 1);
	assert_int_equal(stored(&w, id).version, 1);
}

static void a_departed_person_approves_nothing(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_workflow in;
	const char *id;

	world_make(&w, state);
	in = builtin(&w, "built-in", world_account(&w, "zhao", ROLE_APPROVER, "zhaolei"));
	STEP(&w, flow_workflow_add(&w.flow, &in, &id, &e));
	assert_true(found(&w, id, "level-sole"));
	STEP(&w, world_directory(&w, WORLD_NOW + 1, false, &e));
	STEP(&w, flow_doctor_accounts_changed(&w.flow, &e));
	assert_string_equal(stored(&w, id).state, "broken");
	assert_true(found(&w, id, "level-nobody"));
}

static void only_other_levels_make_a_version_and_all_are_kept(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_workflow_version *all, first;
	struct store_workflow old;
	struct flow_workflow in;
	const char *wang, *root, *id;
	size_t count;

	world_make(&w, state);
	root = world_account(&w, "root", ROLE_OWNER, NULL);
	wang = world_account(&w, "wang", ROLE_APPROVER, NULL);
	w.flow.actor.name = "李华";
	in = builtin(&w, "built-in", wang);
	STEP(&w, flow_workflow_add(&w.flow, &in, &id, &e));
	old = stored(&w, id);
	in.name = "renamed";
	STEP(&w, flow_workflow_change(&w.flow, id, &old, &in, &e));
	assert_int_equal(stored(&w, id).version, 1);
	assert_true(stored(&w, id).updated_ms > old.updated_ms);
	REFUSED(&w, ERR_STALE, flow_workflow_change(&w.flow, id, &old, &in, &e));
	w.flow.actor.name = "王芳";
	in = builtin(&w, "renamed", root);
	STEP(&w, flow_workflow_change(&w.flow, id, NULL, &in, &e));
	OK(store_workflow_versions(w.db, &w.arena, id, INT64_MAX, 10, &all, &count, &e));
	assert_int_equal(count, 2);
	assert_int_equal(all[0].version, 2);
	assert_string_equal(all[0].saved_by, "王芳");
	OK(store_workflow_versions(w.db, &w.arena, id, 2, 10, &all, &count, &e));
	assert_int_equal(count, 1);
	OK(store_workflow_version(w.db, &w.arena, id, 1, &first, &e));
	assert_string_equal(first.saved_by, "李华");
	assert_non_null(strstr(first.levels, wang));
	FAILS(ERR_NOT_FOUND, store_workflow_version(w.db, &w.arena, id, 3, &first, &e));
	assert_int_equal(recorded(&w, "workflow-changed", id), 2);
}

static void a_copy_is_another_workflow_with_the_same_levels(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_workflow in;
	const char *id, *copy;

	world_make(&w, state);
	in = builtin(&w, "built-in", world_account(&w, "root", ROLE_OWNER, NULL));
	STEP(&w, flow_workflow_add(&w.flow, &in, &id, &e));
	REFUSED(&w, ERR_CONFLICT, flow_workflow_copy(&w.flow, id, "built-in", &copy, &e));
	STEP(&w, flow_workflow_copy(&w.flow, id, "second", &copy, &e));
	assert_string_not_equal(copy, id);
	assert_string_equal(stored(&w, copy).levels, stored(&w, id).levels);
	REFUSED(&w, ERR_UNPROCESSABLE, flow_workflow_copy(&w.flow, w.workflow, "third", &copy, &e));
	in.type = WORKFLOW_DINGTALK;
	in.app = w.app;
	OK(forms_read(&w.arena, world_forms, &in.forms, &e));
	REFUSED(&w, ERR_CONFLICT, flow_workflow_change(&w.flow, id, NULL, &in, &e));
}

/* A level beside DingTalk is judged with the connection test, and alone when accounts change after it. */
static void a_level_beside_dingtalk_never_breaks_the_workflow(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct doctor_finding one = {"form-ok", "PROC-A", "x", ""};
	struct approval_fallback fallback;
	struct flow_workflow in = {.name = "x", .description = ""};
	struct flow_doctor test;
	const char *wang, *id;

	world_make(&w, state);
	(void)world_account(&w, "root", ROLE_OWNER, NULL);
	wang = world_account(&w, "wang", ROLE_APPROVER, NULL);
	OK(approval_fallback_read(&w.arena,
				  arena_printf(&w.arena,
					       "{\"after_minutes\":30,\"level\":{\"mode\":\"any\","
					       "\"approvers\":[\"%s\"]}}",
					       wang),
				  &fallback, &e));
	in.app = w.app;
	in.fallback = &fallback;
	OK(forms_read(&w.arena, world_forms, &in.forms, &e));
	w.flow.now_ms++;
	STEP(&w, flow_workflow_add(&w.flow, &in, &id, &e));
	assert_string_equal(stored(&w, id).state, "attention");
	assert_false(found(&w, id, "level-ok"));
	STEP(&w, flow_doctor_begin(&w.flow, &test, &e)); /* of the one that world_make saved */
	STEP(&w, flow_doctor_begin(&w.flow, &test, &e));
	assert_string_equal(test.workflow.id, id);
	STEP(&w, flow_doctor_end(&w.flow, &test,
				 &(struct flow_doctor_result){.findings = &one, .count = 1}, &e));
	assert_string_equal(stored(&w, id).state, "ready");
	assert_true(found(&w, id, "level-ok"));
	STEP(&w, enable(&w, wang, false, &e));
	assert_string_equal(stored(&w, id).state, "attention");
	assert_true(found(&w, id, "level-useless"));
	assert_true(found(&w, id, "form-ok"));
	assert_false(found(&w, id, "level-ok"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(it_is_ready_as_soon_as_it_is_saved),
	    BOTH(one_that_would_end_at_nobody_is_refused),
	    BOTH(it_breaks_and_mends_with_its_approvers),
	    BOTH(a_departed_person_approves_nothing),
	    BOTH(only_other_levels_make_a_version_and_all_are_kept),
	    BOTH(a_copy_is_another_workflow_with_the_same_levels),
	    BOTH(a_level_beside_dingtalk_never_breaks_the_workflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
