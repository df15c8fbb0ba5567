/* The connection test as a use case: when it runs, what it leaves, what a broken workflow may not. */
#include "world.h"

#include "flow/doctor.h"
#include "flow/policy.h"

#define MINUTE INT64_C(60000)

static struct store_workflow row_of(struct world *w)
{
	struct store_workflow row;

	OK(store_workflow_get(w->db, &w->arena, w->workflow, &row, &e));
	return row;
}

static struct flow_doctor begun(struct world *w)
{
	struct flow_doctor test;

	STEP(w, flow_doctor_begin(&w->flow, &test, &e));
	return test;
}

static void end(struct world *w, const struct flow_doctor *test, const char *id)
{
	const struct doctor_finding finding = {id, "PROC-A", "卸载原因", "理由"};
	const struct store_control control = {"PROC-A", "卸载原因", "c1"};

	STEP(w, flow_doctor_end(&w->flow, test,
				&(struct flow_doctor_result){&finding, 1, &control, 1}, &e));
}

static size_t events_of(struct world *w, const char *kind)
{
	struct store_event *items;
	size_t count, n = 0;

	OK(store_event_list(w->db, &w->arena,
			    &(struct store_event_filter){.before = "", .max = 100}, &items, &count,
			    &e));
	for (size_t i = 0; i < count; i++)
		n += text_equal(items[i].kind, kind);
	return n;
}

static void it_runs_once_for_each_time_it_is_asked_for(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_doctor test;

	world_make(&w, state);
	STEP(&w, flow_doctor_ask(&w.flow, w.workflow, &e));
	test = begun(&w);
	assert_string_equal(test.workflow.id, w.workflow);
	assert_null(begun(&w).workflow.id);
	end(&w, &test, "form-ok");
	assert_int_equal(row_of(&w).check_ms, 0);
	assert_int_equal(row_of(&w).checked_ms, w.flow.now_ms);
	assert_null(begun(&w).workflow.id);

	/* Asked for while one is under way: another follows. */
	STEP(&w, flow_doctor_ask(&w.flow, w.workflow, &e));
	test = begun(&w);
	STEP(&w, flow_doctor_ask(&w.flow, w.workflow, &e));
	end(&w, &test, "form-ok");
	assert_non_null(begun(&w).workflow.id);
	REFUSED(&w, ERR_NOT_FOUND, flow_doctor_ask(&w.flow, "nothing", &e));
}

static void it_runs_again_a_day_later(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_doctor test;
	int64_t due_ms, broken;

	world_make(&w, state);
	STEP(&w, flow_doctor_ask(&w.flow, w.workflow, &e));
	test = begun(&w);
	end(&w, &test, "credentials-refused");
	OK(store_doctor_due(w.db, &due_ms, &e));
	assert_int_equal(due_ms, w.flow.now_ms + 24 * 60 * MINUTE);
	OK(store_doctor_broken(w.db, &broken, &e));
	assert_int_equal(broken, 1);
	w.flow.now_ms = due_ms - 1;
	assert_null(begun(&w).workflow.id);
	w.flow.now_ms = due_ms;
	test = begun(&w);
	assert_non_null(test.workflow.id);
	assert_null(begun(&w).workflow.id);
	end(&w, &test, "form-ok");
	OK(store_doctor_broken(w.db, &broken, &e));
	assert_int_equal(broken, 0);
}

static void a_test_whose_program_ended_is_taken_up(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_doctor old;

	world_make(&w, state);
	STEP(&w, flow_doctor_ask(&w.flow, w.workflow, &e));
	old = begun(&w);
	w.flow.now_ms += FLOW_DOCTOR_LEASE_MS;
	assert_non_null(begun(&w).workflow.id);
	/* The old one comes back after all: the newer stays claimed. */
	end(&w, &old, "form-ok");
	assert_true(row_of(&w).check_ms > 0);
	STEP(&w, store_doctor_resume(w.db, w.flow.now_ms, &e));
	assert_non_null(begun(&w).workflow.id);
}

static void a_refusal_at_filing_asks_for_one_but_not_again_and_again(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery d;
	struct flow_doctor test;

	world_make(&w, state);
	(void)world_file(&w);
	d = world_begin(&w);
	world_failed(&w, &d, ERR_UNPROCESSABLE, "DingTalk refuses (formConverterError)");
	test = begun(&w);
	assert_non_null(test.workflow.id);
	end(&w, &test, "control-renamed");
	STEP(&w, flow_doctor_suspect(&w.flow, w.workflow, &e));
	assert_null(begun(&w).workflow.id);
	w.flow.now_ms += 5 * MINUTE;
	STEP(&w, flow_doctor_suspect(&w.flow, w.workflow, &e));
	assert_non_null(begun(&w).workflow.id);
}

static void what_it_finds_is_kept_and_replaced(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_finding *findings;
	struct store_control *controls;
	struct flow_doctor test;
	size_t count;

	world_make(&w, state);
	STEP(&w, flow_doctor_ask(&w.flow, w.workflow, &e));
	test = begun(&w);
	end(&w, &test, "control-renamed");
	end(&w, &test, "events-none");
	OK(store_finding_list(w.db, &w.arena, w.workflow, &findings, &count, &e));
	assert_int_equal(count, 1);
	assert_string_equal(findings[0].id, "events-none");
	assert_string_equal(findings[0].detail, "理由");
	assert_string_equal(row_of(&w).state, "attention");
	OK(store_control_list(w.db, &w.arena, w.workflow, "PROC-A", &controls, &count, &e));
	assert_int_equal(count, 1);
	assert_string_equal(controls[0].control, "c1");
	STEP(&w, store_finding_clear(w.db, w.workflow, &e));
	OK(store_finding_list(w.db, &w.arena, w.workflow, &findings, &count, &e));
	assert_int_equal(count, 0);
}

static void a_broken_one_stays_chosen_cannot_be_chosen_and_is_on_record(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_doctor test;
	struct policy p;

	world_make(&w, state);
	STEP(&w, flow_doctor_ask(&w.flow, w.workflow, &e));
	test = begun(&w);
	end(&w, &test, "form-missing");
	end(&w, &test, "form-missing");
	assert_string_equal(row_of(&w).state, "broken");
	assert_int_equal(events_of(&w, "workflow-broken"), 1);

	OK(flow_policy_get(w.db, &w.arena, &p, &e));
	p.workflow = w.workflow;
	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
	p.workflow = NULL;
	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
	p.workflow = w.workflow;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
	end(&w, &test, "form-ok");
	assert_int_equal(events_of(&w, "workflow-mended"), 1);
	STEP(&w, flow_policy_save(&w.flow, "test", FLOW_ANY_VERSION, &p, &e));
}

static void an_event_of_a_form_is_remembered_to_the_minute(void **state)
{
	AUTO(world_done) struct world w = {0};
	int64_t at;

	world_make(&w, state);
	OK(store_form_event_last(w.db, w.app, "PROC-A", &at, &e));
	assert_int_equal(at, 0);
	STEP(&w, store_form_event(w.db, w.app, "PROC-A", WORLD_NOW, &e));
	STEP(&w, store_form_event(w.db, w.app, "PROC-A", WORLD_NOW + 1, &e));
	OK(store_form_event_last(w.db, w.app, "PROC-A", &at, &e));
	assert_int_equal(at, WORLD_NOW);
	STEP(&w, store_form_event(w.db, w.app, "PROC-A", WORLD_NOW + MINUTE, &e));
	OK(store_form_event_last(w.db, w.app, "PROC-A", &at, &e));
	assert_int_equal(at, WORLD_NOW + MINUTE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(it_runs_once_for_each_time_it_is_asked_for),
	    BOTH(it_runs_again_a_day_later),
	    BOTH(a_test_whose_program_ended_is_taken_up),
	    BOTH(a_refusal_at_filing_asks_for_one_but_not_again_and_again),
	    BOTH(what_it_finds_is_kept_and_replaced),
	    BOTH(a_broken_one_stays_chosen_cannot_be_chosen_and_is_on_record),
	    BOTH(an_event_of_a_form_is_remembered_to_the_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
