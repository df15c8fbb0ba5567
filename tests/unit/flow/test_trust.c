#include "world.h"

#include "flow/trust.h"
#include "model/budget.h"
#include "store/budget.h"
#include "store/check.h"
#include "store/grant.h"
#include "store/inbox.h"

static struct trust_record trust(struct world *w)
{
	struct trust_record t = {0};

	OK(store_check_trust(w->db, w->app, &t, &e));
	return t;
}

static void event(struct world *w, const char *external_id, const char *change, bool collected)
{
	bool added, any;

	STEP(w, flow_inbox_store(&w->flow,
				 &(struct store_inbox){.app = w->app,
						       .dedupe = arena_printf(&w->arena, "%s-%s",
									      external_id, change),
						       .event = "bpms_instance_change",
						       .external_id = external_id,
						       .change = change,
						       .originator = "lihua",
						       .body = "{}",
						       .collected = collected},
				 &added, &e));
	assert_true(added);
	STEP(w, flow_inbox_next(&w->flow, &any, &e));
	assert_true(any);
}

/* Judges whatever is due; how many that were. */
static int judge(struct world *w)
{
	bool any = true;
	int n = -1;

	for (; any; n++)
		STEP(w, flow_trust_judge(&w->flow, &any, &e));
	return n;
}

static void finish(struct world *w, const char *id)
{
	struct world_seen s;

	STEP(w, flow_read_back(&w->flow, id, 0, world_agreed(w, id, "wangfang", &s), &e));
	world_is(w, id, "approved", "closed");
}

static const char *file(struct world *w, const char *external_id)
{
	const char *id = world_file(w);

	world_created(w, external_id);
	return id;
}

static void an_announced_decision_proves_the_events(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_make(&w, state);
	id = file(&w, "oa-1");
	event(&w, "oa-1", "start", false);
	assert_int_equal(world_instance(&w, id).announced_ms, 0);
	event(&w, "oa-1", "finish", false);
	assert_int_equal(world_instance(&w, id).announced_ms, WORLD_NOW);
	finish(&w, id);
	w.flow.now_ms += TRUST_GRACE_MS;
	assert_int_equal(judge(&w), 0);
	assert_int_equal(trust(&w).proven, 1);
	assert_int_equal(trust(&w).silent_ms, 0);
}

static void an_event_that_comes_a_moment_after_the_reading_counts(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *id;
	int64_t due;

	world_make(&w, state);
	id = file(&w, "oa-1");
	finish(&w, id);
	OK(flow_trust_due(w.db, &due, &e));
	assert_int_equal(due, WORLD_NOW + TRUST_GRACE_MS);
	w.flow.now_ms += TRUST_GRACE_MS - 1;
	assert_int_equal(judge(&w), 0);
	event(&w, "oa-1", "finish", false);
	w.flow.now_ms += 1;
	assert_int_equal(judge(&w), 1);
	assert_int_equal(trust(&w).proven, 1);
	assert_int_equal(trust(&w).silent_ms, 0);
	OK(flow_trust_due(w.db, &due, &e));
	assert_int_equal(due, 0);
}

/* The laptop of another person waits an hour; from the first miss on it does not. */
static void the_first_decision_that_nothing_announced_hurries_everything(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_check_app *apps;
	struct store_check calm;
	const char *id, *other;
	size_t count;

	world_make(&w, state);
	STEP(&w, store_check_trust_set(w.db, w.app, &(struct trust_record){0, 3}, &e));
	id = file(&w, "oa-1");
	finish(&w, id);
	w.flow.now_ms += TRUST_GRACE_MS;
	other = file(&w, "oa-2");
	calm = (struct store_check){.id = other, .check_ms = w.flow.now_ms + 3600000, .step = 5};
	STEP(&w, store_instance_check_set(w.db, &calm, &e));
	assert_int_equal(judge(&w), 1);
	assert_int_equal(trust(&w).proven, 0);
	assert_int_equal(trust(&w).silent_ms, WORLD_NOW);
	assert_int_equal(world_instance(&w, other).check_ms, w.flow.now_ms);
	assert_int_equal(world_events(&w, id, "unannounced"), 1);
	OK(store_check_apps(w.db, &w.arena, &apps, &count, &e));
	assert_int_equal(apps[0].missed_ms, w.flow.now_ms + 300000);
}

static void what_dingtalk_gave_up_on_announces_nothing(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_organisation o;
	const char *id;

	world_make(&w, state);
	id = file(&w, "oa-1");
	event(&w, "oa-1", "finish", true);
	assert_int_equal(world_instance(&w, id).announced_ms, 0);
	assert_int_equal(world_instance(&w, id).check_step, SCHEDULE_HINTED);
	finish(&w, id);
	w.flow.now_ms += TRUST_GRACE_MS;
	assert_int_equal(judge(&w), 1);
	assert_int_equal(trust(&w).silent_ms, WORLD_NOW);
	OK(store_budget_get(w.db, &w.arena, "dingcorp", budget_month(WORLD_NOW, 0), &o, &e));
	assert_int_equal(o.pushes, 0);
	event(&w, "oa-9", "finish", false);
	OK(store_budget_get(w.db, &w.arena, "dingcorp", budget_month(WORLD_NOW, 0), &o, &e));
	assert_int_equal(o.pushes, 1);
}

/* What we end ourselves says nothing about events. */
static void a_decision_of_the_console_is_no_miss(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_make(&w, state);
	id = file(&w, "oa-1");
	STEP(&w, flow_decide(&w.flow, id, false,
			     &(struct flow_decision){"a", "api", "", WORLD_ADMIN}, &e));
	w.flow.now_ms += TRUST_GRACE_MS;
	assert_int_equal(judge(&w), 0);
	assert_int_equal(trust(&w).silent_ms + trust(&w).proven, 0);
}

static void open_instances_are_counted_and_hurried(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_check_load load;
	struct store_check_row *rows;
	struct store_instance first;
	struct store_check later;
	const char *id;
	int64_t count;
	size_t n;

	world_make(&w, state);
	OK(store_check_load(w.db, &w.arena, "dingcorp", 0, &load, &e));
	assert_int_equal(load.open + load.calls, 0);
	id = file(&w, "oa-1");
	OK(store_check_load(w.db, &w.arena, "dingcorp", 0, &load, &e));
	assert_int_equal(load.open, 1);
	assert_int_equal(load.calls, 1);
	assert_int_equal(load.filings, 1);
	OK(store_check_load(w.db, &w.arena, "dingcorp", INT64_C(1) << 47, &load, &e));
	assert_int_equal(load.filings, 0);
	OK(store_check_load(w.db, &w.arena, "another", 0, &load, &e));
	assert_int_equal(load.open, 0);
	first = world_instance(&w, id);
	OK(store_check_after(w.db, &w.arena, &first, 10, &rows, &n, &e));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].external_id, "oa-1");
	later = (struct store_check){.id = id, .check_ms = WORLD_NOW + 5000};
	STEP(&w, store_instance_check_set(w.db, &later, &e));
	STEP(&w, store_check_hurry(w.db, w.app, WORLD_NOW, &count, &e));
	assert_int_equal(count, 1);
	STEP(&w, store_check_hurry(w.db, w.app, WORLD_NOW, &count, &e));
	assert_int_equal(count, 0);
	STEP(&w, store_instance_check_set(w.db, &later, &e));
	STEP(&w, store_check_hurry_organisation(w.db, "dingcorp", WORLD_NOW + 1, &e));
	assert_int_equal(world_instance(&w, id).check_ms, WORLD_NOW + 1);
	/* An approved one that is only watched is not open. */
	finish(&w, id);
	OK(store_check_load(w.db, &w.arena, "dingcorp", 0, &load, &e));
	assert_int_equal(load.open, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(an_announced_decision_proves_the_events),
	    BOTH(an_event_that_comes_a_moment_after_the_reading_counts),
	    BOTH(the_first_decision_that_nothing_announced_hurries_everything),
	    BOTH(what_dingtalk_gave_up_on_announces_nothing),
	    BOTH(a_decision_of_the_console_is_no_miss),
	    BOTH(open_instances_are_counted_and_hurried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
