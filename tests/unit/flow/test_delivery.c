#include "world.h"

#include "store/outbox.h"

static struct store_outbox row_of(struct world *w, const char *id)
{
	struct store_outbox row = {0};

	OK(store_outbox_of_instance(w->db, &w->arena, id, &row, &e));
	return row;
}

static void what_dingtalk_cannot_take_now_waits_and_goes_once(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery d;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	d = world_begin(&w);
	assert_null(world_begin(&w).row.id); /* leased */
	world_failed(&w, &d, ERR_UNAVAILABLE, "DingTalk cannot be reached");
	world_is(&w, id, "pending", "queued");
	assert_string_equal(row_of(&w, id).error, "DingTalk cannot be reached");
	assert_int_equal(row_of(&w, id).attempts, 1);
	assert_false(row_of(&w, id).uncertain);
	assert_null(world_begin(&w).row.id); /* not yet */
	w.flow.now_ms += 500;
	world_created(&w, "oa-1");
	world_is(&w, id, "pending", "submitted");
	w.flow.now_ms += INT64_C(3600000);
	assert_null(world_begin(&w).row.id);
}

static void what_only_a_person_can_mend_is_shown_and_tried_slowly(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery d;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	d = world_begin(&w);
	world_failed(&w, &d, ERR_FORBIDDEN,
		     "The app lacks the permission Workflow.Instance.Write.");
	world_is(&w, id, "pending", "failed");
	assert_int_equal(world_events(&w, id, "delivery-failed"), 1);
	w.flow.now_ms += 299999;
	assert_null(world_begin(&w).row.id);
	w.flow.now_ms += 1;
	d = world_begin(&w);
	world_failed(&w, &d, ERR_FORBIDDEN,
		     "The app lacks the permission Workflow.Instance.Write.");
	assert_int_equal(world_events(&w, id, "delivery-failed"), 1);
	/* New credentials: at once. */
	STEP(&w,
	     flow_app_change(
		 &w.flow, w.master,
		 &(struct flow_app){.id = w.app, .client_secret = arena_dup(&w.arena, "new")}, &e));
	world_created(&w, "oa-1");
	world_is(&w, id, "pending", "submitted");
}

static void after_an_unknown_outcome_the_next_try_looks_first(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery d;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	d = world_begin(&w);
	assert_false(d.row.uncertain);
	world_failed(&w, &d, ERR_TIMEOUT, "no answer");
	world_is(&w, id, "pending", "queued");
	w.flow.now_ms += 2999;
	assert_null(world_begin(&w).row.id);
	w.flow.now_ms += 1;
	assert_true(world_begin(&w).row.uncertain);
}

static void a_program_that_died_in_a_call_looks_first_too(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery dead, d;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	dead = world_begin(&w);
	w.flow.now_ms += FLOW_LEASE_MS;
	d = world_begin(&w);
	assert_string_equal(d.row.instance, id);
	assert_true(d.row.uncertain);
	STEP(&w, flow_delivery_end(&w.flow, &d, &(struct flow_outcome){.external_id = "oa-1"}, &e));
	/* The first one comes back to life with the same form, then with another, which goes. */
	STEP(&w,
	     flow_delivery_end(&w.flow, &dead, &(struct flow_outcome){.external_id = "oa-1"}, &e));
	assert_int_equal(world_events(&w, id, "submitted"), 1);
	STEP(&w,
	     flow_delivery_end(&w.flow, &dead, &(struct flow_outcome){.external_id = "oa-2"}, &e));
	assert_int_equal(world_events(&w, id, "duplicate"), 1);
	assert_string_equal(world_instance(&w, id).external_id, "oa-1");
	w.flow.now_ms += 16000;
	d = world_begin(&w);
	assert_string_equal(d.row.kind, "duplicate");
	assert_string_equal(d.row.text, "oa-2");
	STEP(&w, flow_delivery_end(&w.flow, &d, &(struct flow_outcome){0}, &e));
	assert_int_equal(world_events(&w, id, "duplicate-closed"), 1);
	world_is(&w, id, "pending", "submitted");
}

/* Looked for soon, then once more when it would have come to light; only then made again, in a try of
 * its own; and looked for a last time much later. */
static void a_lost_create_is_made_again_only_when_it_is_surely_not_there(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct err young = {.code = ERR_UNAVAILABLE, .text = "not shown yet"};
	const char *late[] = {"oa-late"};
	struct flow_delivery d;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	d = world_begin(&w);
	world_failed(&w, &d, ERR_TIMEOUT, "no answer");
	w.flow.now_ms += 3000;
	d = world_begin(&w);
	assert_true(d.row.uncertain);
	assert_int_equal(d.row.tried_ms, WORLD_NOW);
	STEP(&w,
	     flow_delivery_end(
		 &w.flow, &d,
		 &(struct flow_outcome){.error = &young, .uncertain = true, .wait_ms = 27000}, &e));
	w.flow.now_ms = WORLD_NOW + FLOW_CREATE_SETTLES_MS - 1;
	assert_null(world_begin(&w).row.id);
	w.flow.now_ms++;
	d = world_begin(&w);
	assert_true(d.row.uncertain);
	assert_int_equal(d.row.tried_ms, WORLD_NOW); /* looking is no try */
	STEP(&w, flow_delivery_end(&w.flow, &d, &(struct flow_outcome){0}, &e));
	d = world_begin(&w);
	assert_string_equal(d.row.kind, "create");
	assert_false(d.row.uncertain);
	assert_true(row_of(&w, id).uncertain); /* should the program die now */
	assert_int_equal(row_of(&w, id).tried_ms, w.flow.now_ms);
	STEP(&w, flow_delivery_end(&w.flow, &d, &(struct flow_outcome){.external_id = "oa-1"}, &e));
	world_is(&w, id, "pending", "submitted");
	assert_null(world_begin(&w).row.id);
	w.flow.now_ms += FLOW_LAST_LOOK_MS;
	d = world_begin(&w);
	assert_string_equal(d.row.kind, "settle");
	STEP(&w, flow_delivery_end(&w.flow, &d,
				   &(struct flow_outcome){.extras = late, .extra_count = 1}, &e));
	d = world_begin(&w);
	assert_string_equal(d.row.kind, "duplicate");
	assert_string_equal(d.row.text, "oa-late");
}

/* It was decided here while its create was lost: a form that comes to light late still goes. */
static void a_lost_create_that_nobody_needs_is_looked_for_all_the_same(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery d;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	d = world_begin(&w);
	world_failed(&w, &d, ERR_TIMEOUT, "no answer");
	w.flow.now_ms += FLOW_CREATE_SETTLES_MS;
	d = world_begin(&w);
	STEP(&w, flow_delivery_end(&w.flow, &d, &(struct flow_outcome){0}, &e));
	STEP(&w, flow_decide(&w.flow, id, false,
			     &(struct flow_decision){"a", "api", "", WORLD_ADMIN}, &e));
	assert_null(world_begin(&w).row.id);
	world_is(&w, id, "rejected", "none");
	w.flow.now_ms += FLOW_LAST_LOOK_MS;
	assert_string_equal(world_begin(&w).row.kind, "settle");
}

/* A server that stood still in its call for longer than its lease brings a form when another one has
 * looked in vain and the request has been decided. */
static void a_form_that_comes_after_the_end_by_who_had_lost_the_row_goes(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery slow, d;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	slow = world_begin(&w);
	w.flow.now_ms += FLOW_LEASE_MS;
	d = world_begin(&w);
	STEP(&w, flow_delivery_end(&w.flow, &d, &(struct flow_outcome){0}, &e));
	STEP(&w, flow_decide(&w.flow, id, false,
			     &(struct flow_decision){"a", "api", "", WORLD_ADMIN}, &e));
	assert_null(world_begin(&w).row.id);
	world_is(&w, id, "rejected", "none");
	STEP(&w,
	     flow_delivery_end(&w.flow, &slow, &(struct flow_outcome){.external_id = "oa-1"}, &e));
	world_is(&w, id, "rejected", "none");
	d = world_begin(&w);
	assert_string_equal(d.row.kind, "duplicate");
	assert_string_equal(d.row.text, "oa-1");
}

static void a_call_that_was_never_made_counts_as_no_try(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct err open = {.code = ERR_UNAVAILABLE, .text = "DingTalk has not answered"};
	struct flow_delivery d;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	for (int i = 0; i < 100; i++) {
		d = world_begin(&w);
		STEP(&w, flow_delivery_end(
			     &w.flow, &d,
			     &(struct flow_outcome){
				 .error = &open, .held = true, .wait_ms = 60000, .chance = 1},
			     &e));
		assert_in_range(row_of(&w, id).due_ms - w.flow.now_ms, 60000, 67500);
		w.flow.now_ms = row_of(&w, id).due_ms;
	}
	assert_int_equal(row_of(&w, id).attempts, 0);
	world_is(&w, id, "pending", "queued");
}

static void a_month_without_calls_is_waited_out_unless_somebody_raises_the_figure(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct err over = {.code = ERR_TOO_MANY, .text = "used up for this month"};
	int64_t month_ms = INT64_C(20) * 86400000;
	struct flow_delivery d;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	d = world_begin(&w);
	STEP(&w, flow_delivery_end(
		     &w.flow, &d, &(struct flow_outcome){.error = &over, .wait_ms = month_ms}, &e));
	world_is(&w, id, "pending", "failed");
	w.flow.now_ms += month_ms - 1;
	assert_null(world_begin(&w).row.id);
	STEP(&w, store_outbox_mended(w.db, w.app, w.flow.now_ms, &e));
	world_created(&w, "oa-1");
}

static void a_restart_of_the_only_server_takes_leases_back(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	(void)world_begin(&w);
	STEP(&w, store_outbox_release(w.db, NULL, w.flow.now_ms, &e));
	assert_string_equal(world_begin(&w).row.instance, id);
}

static void a_restart_takes_back_its_own_leases_and_no_other_servers(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	(void)world_begin(&w);
	STEP(&w, store_outbox_release(w.db, "node-2", w.flow.now_ms, &e));
	assert_null(world_begin(&w).row.id);
	STEP(&w, store_outbox_release(w.db, "node-1", w.flow.now_ms, &e));
	assert_string_equal(world_begin(&w).row.instance, id);
}

static void a_decided_request_whose_form_was_refused_is_settled(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery d;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	d = world_begin(&w);
	STEP(&w, flow_decide(&w.flow, id, true,
			     &(struct flow_decision){"admin", "api", "", WORLD_ADMIN}, &e));
	world_is(&w, id, "approved", "closing");
	world_failed(&w, &d, ERR_UNPROCESSABLE, "formConverterError");
	world_is(&w, id, "approved", "none");
	w.flow.now_ms += FLOW_LEASE_MS;
	assert_null(world_begin(&w).row.id);
}

/* A request that is submitted and then rejected here; its comment row is the next. */
static const char *closing(struct world *w)
{
	const char *id = world_file(w);

	world_created(w, "oa-1");
	STEP(w, flow_decide(&w->flow, id, false,
			    &(struct flow_decision){"admin", "api", "", WORLD_ADMIN}, &e));
	w->flow.now_ms += 16000;
	return id;
}

/* Its row was made by a server whose clock is behind. */
static void a_closing_waits_for_the_create_whatever_the_ids_say(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery d;
	const char *id;

	world_make(&w, state);
	id = world_file(&w);
	STEP(&w,
	     store_outbox_add(w.db,
			      &(struct store_outbox){.id = "00000000-0000-7000-8000-000000000001",
						     .app = w.app,
						     .instance = id,
						     .kind = "terminate",
						     .userid = "",
						     .text = "",
						     .due_ms = WORLD_NOW - 1,
						     .created_ms = WORLD_NOW},
			      &e));
	STEP(&w, store_instance_delivery(w.db, id, "closing", &e));
	d = world_begin(&w);
	assert_string_equal(d.row.kind, "create");
	assert_null(world_begin(&w).row.id);
}

static void a_comment_that_fails_does_not_keep_the_form_open(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery d;
	const char *id;

	world_make(&w, state);
	id = closing(&w);
	d = world_begin(&w);
	assert_string_equal(d.row.kind, "comment");
	world_failed(&w, &d, ERR_UNPROCESSABLE, "aflowProcessInstCanNotBeExecuted");
	d = world_begin(&w);
	assert_string_equal(d.row.kind, "terminate");
	STEP(&w, flow_delivery_end(&w.flow, &d, &(struct flow_outcome){0}, &e));
	world_is(&w, id, "rejected", "closed");
}

static void a_form_too_young_to_be_withdrawn_is_asked_again_soon(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct err young = {.code = ERR_CONFLICT, .text = "younger than 15 s"};
	struct flow_delivery d;

	world_make(&w, state);
	(void)closing(&w);
	d = world_begin(&w);
	STEP(&w, flow_delivery_end(&w.flow, &d, &(struct flow_outcome){0}, &e));
	d = world_begin(&w);
	STEP(&w, flow_delivery_end(
		     &w.flow, &d, &(struct flow_outcome){.error = &young, .look_again = true}, &e));
	w.flow.now_ms += 4999;
	assert_null(world_begin(&w).row.id);
	w.flow.now_ms += 1;
	assert_string_equal(world_begin(&w).row.kind, "terminate");
}

/* The form does not allow withdrawing: an administrator reads why, mends it, has it tried again. */
static void a_form_that_may_not_be_withdrawn_is_a_dead_letter(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct err forbidden = {.code = ERR_UNPROCESSABLE, .text = "the form forbids it"};
	struct store_outbox_filter dead = {.state = OUTBOX_DEAD, .before = "", .max = 10};
	struct store_outbox_counts *counts;
	struct store_outbox *rows;
	struct flow_delivery d;
	const char *id;
	size_t n;

	world_make(&w, state);
	id = closing(&w);
	d = world_begin(&w);
	STEP(&w, flow_delivery_end(&w.flow, &d, &(struct flow_outcome){0}, &e));
	d = world_begin(&w);
	STEP(&w, flow_delivery_end(&w.flow, &d,
				   &(struct flow_outcome){.error = &forbidden, .final = true}, &e));
	world_is(&w, id, "rejected", "failed");
	assert_string_equal(row_of(&w, id).error, "the form forbids it");
	assert_int_equal(world_events(&w, id, "delivery-failed"), 1);
	w.flow.now_ms += INT64_C(86400000);
	assert_null(world_begin(&w).row.id);
	OK(store_outbox_list(w.db, &w.arena, &dead, &rows, &n, &e));
	assert_int_equal(n, 1);
	OK(store_outbox_count(w.db, &w.arena, w.flow.now_ms, &counts, &n, &e));
	assert_int_equal(n, 1);
	assert_int_equal(counts[0].dead, 1);
	assert_int_equal(counts[0].waiting, 0);
	STEP(&w, flow_delivery_replay(&w.flow, rows[0].id, "token console", &e));
	REFUSED(&w, ERR_CONFLICT, flow_delivery_replay(&w.flow, rows[0].id, "token console", &e));
	world_is(&w, id, "rejected", "closing");
	d = world_begin(&w);
	STEP(&w, flow_delivery_end(&w.flow, &d, &(struct flow_outcome){0}, &e));
	world_is(&w, id, "rejected", "closed");
	OK(store_outbox_list(w.db, &w.arena, &dead, &rows, &n, &e));
	assert_int_equal(n, 0);
	REFUSED(&w, ERR_CONFLICT, flow_delivery_replay(&w.flow, d.row.id, "token console", &e));
}

static bool push(struct world *w, const char *key, const char *external_id, bool *added,
		 struct err *e)
{
	return flow_inbox_store(&w->flow,
				&(struct store_inbox){.app = w->app,
						      .dedupe = key,
						      .event = "bpms_instance_change",
						      .external_id = external_id,
						      .change = "finish",
						      .body = "{}"},
				added, e);
}

static void an_event_is_stored_once_and_makes_us_read(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_instance i;
	const char *id;
	bool added, any;

	world_make(&w, state);
	id = world_file(&w);
	world_created(&w, "oa-1");
	STEP(&w,
	     store_instance_check_set(
		 w.db, &(struct store_check){.id = id, .check_ms = WORLD_NOW + 3600000, .step = 5},
		 &e));
	STEP(&w, push(&w, "event-1", "oa-1", &added, &e));
	assert_true(added);
	STEP(&w, push(&w, "event-1", "oa-1", &added, &e));
	assert_false(added);
	STEP(&w, flow_inbox_next(&w.flow, &any, &e));
	assert_true(any);
	STEP(&w, flow_inbox_next(&w.flow, &any, &e));
	assert_false(any);
	i = world_instance(&w, id);
	assert_int_equal(i.check_ms, w.flow.now_ms);
	assert_int_equal(i.check_step, SCHEDULE_HINTED);
	assert_string_equal(i.status, "pending");
}

static void an_event_that_is_faster_than_our_own_create_is_parked(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_delivery d;
	const char *id;
	bool added, any;

	world_make(&w, state);
	id = world_file(&w);
	d = world_begin(&w);
	STEP(&w, push(&w, "event-1", "oa-1", &added, &e));
	STEP(&w, flow_inbox_next(&w.flow, &any, &e));
	STEP(&w, flow_inbox_next(&w.flow, &any, &e));
	assert_false(any); /* it waits */
	STEP(&w, flow_delivery_end(&w.flow, &d, &(struct flow_outcome){.external_id = "oa-1"}, &e));
	STEP(&w, flow_inbox_next(&w.flow, &any, &e));
	assert_true(any); /* the settled create has woken it */
	assert_int_equal(world_instance(&w, id).check_ms, w.flow.now_ms);
	assert_int_equal(world_instance(&w, id).check_step, SCHEDULE_HINTED);
}

static int64_t waiting(struct world *w)
{
	int64_t count = -1;

	OK(store_inbox_waiting(w->db, &count, &e));
	return count;
}

static void an_event_of_somebody_elses_form_is_kept_for_a_day_and_dropped(void **state)
{
	const int64_t day = INT64_C(24) * 3600 * 1000;
	AUTO(world_done) struct world w = {0};
	int64_t due, looks = 0;
	bool added, any;

	world_make(&w, state);
	STEP(&w, push(&w, "event-1", "oa-9", &added, &e));
	while (waiting(&w) > 0) {
		OK(store_inbox_due(w.db, &due, &e));
		assert_true(due >= w.flow.now_ms && due <= WORLD_NOW + day);
		w.flow.now_ms = due;
		STEP(&w, flow_inbox_next(&w.flow, &any, &e));
		assert_true(any);
		STEP(&w, push(&w, "event-1", "oa-9", &added, &e));
		assert_true(!added || due == WORLD_NOW + day);
		if (added)
			break;
		looks++;
	}
	assert_int_equal(w.flow.now_ms, WORLD_NOW + day);
	assert_in_range(looks, 10, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(what_dingtalk_cannot_take_now_waits_and_goes_once),
	    BOTH(what_only_a_person_can_mend_is_shown_and_tried_slowly),
	    BOTH(after_an_unknown_outcome_the_next_try_looks_first),
	    BOTH(a_program_that_died_in_a_call_looks_first_too),
	    BOTH(a_lost_create_is_made_again_only_when_it_is_surely_not_there),
	    BOTH(a_lost_create_that_nobody_needs_is_looked_for_all_the_same),
	    BOTH(a_form_that_comes_after_the_end_by_who_had_lost_the_row_goes),
	    BOTH(a_call_that_was_never_made_counts_as_no_try),
	    BOTH(a_month_without_calls_is_waited_out_unless_somebody_raises_the_figure),
	    BOTH(a_restart_of_the_only_server_takes_leases_back),
	    BOTH(a_restart_takes_back_its_own_leases_and_no_other_servers),
	    BOTH(a_form_that_may_not_be_withdrawn_is_a_dead_letter),
	    BOTH(a_decided_request_whose_form_was_refused_is_settled),
	    BOTH(a_closing_waits_for_the_create_whatever_the_ids_say),
	    BOTH(a_comment_that_fails_does_not_keep_the_form_open),
	    BOTH(a_form_too_young_to_be_withdrawn_is_asked_again_soon),
	    BOTH(an_event_is_stored_once_and_makes_us_read),
	    BOTH(an_event_that_is_faster_than_our_own_create_is_parked),
	    BOTH(an_event_of_somebody_elses_form_is_kept_for_a_day_and_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
