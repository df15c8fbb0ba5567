#include "world.h"

#include "store/group.h"

static struct flow_workflow input(struct world *w, const char *name, const char *forms)
{
	struct flow_workflow in = {.name = name, .description = "", .app = w->app};

	OK(forms_read(&w->arena, forms, &in.forms, &e));
	return in;
}

static bool remove_workflow(struct world *w, const char *id, struct err *e)
{
	struct store_workflow row;

	return store_workflow_get(w->db, &w->arena, id, &row, e) &&
	       flow_workflow_remove(&w->flow, &row, e);
}

static const char *group_add(struct world *w, const char *name, const char *department)
{
	char *id = arena_alloc(&w->arena, ID_SIZE);
	struct rule *rule = arena_new(&w->arena, struct rule);
	struct group g = {
	    .id = id, .name = name, .description = "", .rules = rule, .rule_count = 1};

	id_new(id);
	*rule = (struct rule){RULE_DEPARTMENT, RULE_EQUAL, department};
	STEP(w, store_group_add(w->db, &g, WORLD_NOW, &e));
	return id;
}

static const char *department_id(struct world *w, const char *name)
{
	struct store_department_list all;

	OK(store_department_all(w->db, &w->arena, &all, &e));
	for (size_t i = 0; i < all.count; i++) {
		if (strcmp(all.items[i].name, name) == 0)
			return all.items[i].id;
	}
	fail_msg("no department %s", name);
	return NULL;
}

static const char *forms_for(struct world *w, const char *group)
{
	return arena_printf(
	    &w->arena,
	    "{\"forms\":[{\"template\":\"app_uninstall\",\"process_code\":\"PROC-G\",\"groups\":["
	    "\"%s\"],"
	    "\"fields\":[{\"system\":\"reason\",\"component\":\"a\"}]},"
	    "{\"template\":\"app_uninstall\",\"process_code\":\"PROC-A\",\"groups\":[],"
	    "\"fields\":[{\"system\":\"reason\",\"component\":\"a\"}]}]}",
	    group);
}

static void a_new_version_does_not_touch_pending_requests(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_workflow in;
	struct store_workflow now;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	in =
	    input(&w, "renamed", forms_for(&w, group_add(&w, "研发", department_id(&w, "研发部"))));
	STEP(&w, flow_workflow_change(&w.flow, w.workflow, NULL, &in, &e));
	OK(store_workflow_get(w.db, &w.arena, w.workflow, &now, &e));
	assert_int_equal(now.version, 2);
	assert_string_equal(now.name, "renamed");
	assert_int_equal(world_instance(&w, id).version, 1);
	assert_string_equal(world_instance(&w, id).process_code, "PROC-A");
}

static void a_member_of_a_group_gets_its_form(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_workflow in;

	world_make(&w, state);
	in = input(&w, "by group",
		   forms_for(&w, group_add(&w, "all", department_id(&w, "示例科技"))));
	STEP(&w, flow_workflow_change(&w.flow, w.workflow, NULL, &in, &e));
	world_policy(&w, 2, "workflow");
	assert_string_equal(world_instance(&w, world_file(&w)).process_code, "PROC-G");
}

static void what_saving_refuses(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_workflow in;
	const char *id;

	world_make(&w, state);
	in = input(&w, "卸载审批", world_forms);
	REFUSED(&w, ERR_CONFLICT, flow_workflow_add(&w.flow, &in, &id, &e));
	in.name = "other";
	in.app = w.lihua;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_workflow_add(&w.flow, &in, &id, &e));
	in = input(&w, "other", forms_for(&w, w.lihua));
	REFUSED(&w, ERR_UNPROCESSABLE, flow_workflow_add(&w.flow, &in, &id, &e));
	in.forms.count = 0;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_workflow_add(&w.flow, &in, &id, &e));
	REFUSED(&w, ERR_NOT_FOUND, remove_workflow(&w, w.lihua, &e));
}

static void what_is_used_stays(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *pending, *group, *other;
	struct flow_workflow in;

	world_make(&w, state);
	pending = world_file(&w);
	REFUSED(&w, ERR_CONFLICT, remove_workflow(&w, w.workflow, &e));
	world_policy(&w, 2, "nobody");
	REFUSED(&w, ERR_CONFLICT, remove_workflow(&w, w.workflow, &e));
	STEP(&w, flow_withdraw(&w.flow, w.device, pending, &e));
	STEP(&w, remove_workflow(&w, w.workflow, &e));
	assert_string_equal(world_instance(&w, pending).workflow_name, "卸载审批");
	group = group_add(&w, "named", department_id(&w, "研发部"));
	in = input(&w, "other", forms_for(&w, group));
	STEP(&w, flow_workflow_add(&w.flow, &in, &other, &e));
	REFUSED(&w, ERR_CONFLICT, store_group_remove(w.db, group, &e));
	STEP(&w, remove_workflow(&w, other, &e));
	STEP(&w, store_group_remove(w.db, group, &e));
}

static void secrets_come_back_only_with_the_master_key(void **state)
{
	AUTO(world_done) struct world w = {0};
	unsigned char other[CRYPTO_SEAL_KEY_SIZE] = {1};
	struct flow_app app;
	struct store_app row;

	world_make(&w, state);
	OK(flow_app_open(w.db, &w.arena, w.master, w.app, &app, &e));
	assert_string_equal(app.client_secret, "secret");
	assert_string_equal(app.token, "token");
	flow_app_wipe(&app);
	assert_string_equal(app.client_secret, "");
	FAILS(ERR_CRYPTO, flow_app_open(w.db, &w.arena, other, w.app, &app, &e));
	OK(store_app_get(w.db, &w.arena, w.app, &row, &e));
	assert_null(memmem(row.client_secret.bytes, row.client_secret.n, "secret", 6));
	REFUSED(&w, ERR_CONFLICT,
		flow_app_add(&w.flow, w.master,
			     &(struct flow_app){.corp_id = "dingcorp",
						.client_id = "dingclient",
						.client_secret = arena_dup(&w.arena, "a"),
						.aes_key = arena_dup(&w.arena, "b"),
						.token = arena_dup(&w.arena, "c")},
			     &e));
}

static void who_vanished_from_the_directory_is_departed(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_department_list departments;
	struct store_person zhao;

	world_make(&w, state);
	OK(store_person_departments(w.db, &w.arena, w.lihua, &departments, &e));
	assert_int_equal(departments.count, 2); /* the third is one nobody knows */
	assert_string_equal(departments.items[0].name, "研发部");
	STEP(&w, world_directory(&w, WORLD_NOW + 1, false, &e));
	OK(store_person_by_dingtalk(w.db, &w.arena, w.app, "zhaolei", &zhao, &e));
	assert_true(zhao.departed);
	STEP(&w, world_directory(&w, WORLD_NOW + 2, true, &e));
	OK(store_person_by_dingtalk(w.db, &w.arena, w.app, "zhaolei", &zhao, &e));
	assert_false(zhao.departed);
	OK(store_person_by_dingtalk(w.db, &w.arena, w.app, "lihua", &zhao, &e));
	assert_string_equal(zhao.id, w.lihua);
}

static void carrying_through_wants_somebody_who_said_to_know_it(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_workflow row;
	struct flow_workflow in;

	world_make(&w, state);
	in = input(&w, "卸载审批", world_forms);
	w.flow.actor.name = "console";
	in.console_decision = WORKFLOW_CARRY_THROUGH;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_workflow_change(&w.flow, w.workflow, NULL, &in, &e));
	in.carry_through_confirmed = true;
	STEP(&w, flow_workflow_change(&w.flow, w.workflow, NULL, &in, &e));
	/* It stays confirmed, by whom and when it was. */
	w.flow.actor.name = "other";
	w.flow.now_ms++;
	STEP(&w, flow_workflow_change(&w.flow, w.workflow, NULL, &in, &e));
	in.console_decision = NULL;
	in.carry_through_confirmed = false;
	STEP(&w, flow_workflow_change(&w.flow, w.workflow, NULL, &in, &e));
	in.console_decision = WORKFLOW_CARRY_THROUGH;
	STEP(&w, flow_workflow_change(&w.flow, w.workflow, NULL, &in, &e));
	OK(store_workflow_get(w.db, &w.arena, w.workflow, &row, &e));
	assert_string_equal(row.console_decision, WORKFLOW_CARRY_THROUGH);
	assert_string_equal(row.carry_confirmed_by, "console");
	assert_int_equal(row.carry_confirmed_ms, WORLD_NOW);
	assert_false(row.accept_automatic);
	assert_false(row.notices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_new_version_does_not_touch_pending_requests),
	    BOTH(a_member_of_a_group_gets_its_form),
	    BOTH(what_saving_refuses),
	    BOTH(what_is_used_stays),
	    BOTH(secrets_come_back_only_with_the_master_key),
	    BOTH(who_vanished_from_the_directory_is_departed),
	    BOTH(carrying_through_wants_somebody_who_said_to_know_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
