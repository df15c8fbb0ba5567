#include "world.h"

#include "flow/grant.h"

static const struct flow_decision admin = {"admin", "api", "好", WORLD_ADMIN};

static struct store_grant approved(struct world *w)
{
	struct store_grant g = {0};
	const char *id = world_file(w);

	STEP(w, flow_decide(&w->flow, id, true, &admin, &e));
	OK(store_grant_of_instance(w->db, &w->arena, id, &g, &e));
	return g;
}

static struct flow_grants told(struct world *w, const struct flow_held *held)
{
	struct flow_grants out;

	OK(flow_device_grants(w->db, &w->arena, w->device, held, &out, &e));
	return out;
}

static const char *state_of(struct world *w, const char *id)
{
	struct store_grant g = {0};

	OK(store_grant_get(w->db, &w->arena, id, &g, &e));
	return g.state;
}

static void a_grant_is_delivered_once_and_used_once(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_grant g;
	struct flow_grants out;

	world_make(&w, state);
	g = approved(&w);
	out = told(&w, &(struct flow_held){0});
	assert_int_equal(out.jws_count, 1);
	assert_false(out.news);
	out = told(&w, &(struct flow_held){.held = &g.id, .held_count = 1});
	assert_int_equal(out.jws_count, 0);
	assert_true(out.news);
	STEP(&w, flow_device_told(&w.flow, w.device,
				  &(struct flow_held){.held = &g.id, .held_count = 1}, &e));
	assert_string_equal(state_of(&w, g.id), "delivered");
	assert_false(told(&w, &(struct flow_held){.held = &g.id, .held_count = 1}).news);
	STEP(&w, flow_receipt_consumed(&w.flow, w.device, g.id, WORLD_NOW, &e));
	STEP(&w, flow_receipt_consumed(&w.flow, w.device, g.id, WORLD_NOW, &e));
	assert_string_equal(state_of(&w, g.id), "used");
	assert_int_equal(world_events(&w, g.instance, "grant-used"), 1);
	out = told(&w, &(struct flow_held){0});
	assert_int_equal(out.jws_count + out.revoke_count, 0);
}

static void a_call_back_is_told_until_the_device_has_entered_it(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_grant g;
	struct flow_grants out;

	world_make(&w, state);
	g = approved(&w);
	STEP(&w, flow_device_reset(&w.flow, w.device, "lost", &e));
	out = told(&w, &(struct flow_held){0});
	assert_int_equal(out.jws_count, 0);
	assert_int_equal(out.revoke_count, 1);
	assert_string_equal(out.revoke[0], g.id);
	out = told(&w, &(struct flow_held){.revoked = &g.id, .revoked_count = 1});
	assert_int_equal(out.revoke_count, 0);
	assert_true(out.news);
	STEP(&w, flow_device_told(&w.flow, w.device,
				  &(struct flow_held){.revoked = &g.id, .revoked_count = 1}, &e));
	out = told(&w, &(struct flow_held){0});
	assert_int_equal(out.revoke_count, 0);
}

/* Whatever the device never confirmed. */
static void a_live_grant_is_not_hidden_behind_lapsed_ones(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_grant live, g;
	struct flow_grants out;

	world_make(&w, state);
	live = approved(&w);
	for (int i = 0; i < FLOW_MAX_GRANTS; i++) {
		w.flow.now_ms += INT64_C(6) * 3600 * 1000;
		g = approved(&w);
		STEP(&w, flow_grant_lapse(&w.flow, &g, &e));
	}
	out = told(&w, &(struct flow_held){0});
	assert_int_equal(out.jws_count, 1);
	assert_string_equal(out.jws[0], live.jws);
}

static void a_reset_calls_back_all_there_are(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_grant *left;
	size_t count;

	world_make(&w, state);
	for (int i = 0; i < 70; i++) {
		w.flow.now_ms += INT64_C(6) * 3600 * 1000;
		(void)approved(&w);
	}
	STEP(&w, flow_device_reset(&w.flow, w.device, "the device has another owner", &e));
	OK(store_grant_live(w.db, &w.arena, w.device, 1, &left, &count, &e));
	assert_int_equal(count, 0);
}

static void a_grant_used_before_its_end_was_heard_of_is_used(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_grant g, *overdue;
	size_t count;

	world_make(&w, state);
	g = approved(&w);
	OK(store_grant_overdue(w.db, &w.arena, g.exp_ms - 1, 10, &overdue, &count, &e));
	assert_int_equal(count, 0);
	OK(store_grant_overdue(w.db, &w.arena, g.exp_ms, 10, &overdue, &count, &e));
	assert_int_equal(count, 1);
	STEP(&w, flow_grant_lapse(&w.flow, &overdue[0], &e));
	assert_string_equal(state_of(&w, g.id), "lapsed");
	assert_int_equal(told(&w, &(struct flow_held){0}).revoke_count, 0);
	assert_int_equal(told(&w, &(struct flow_held){.held = &g.id, .held_count = 1}).revoke_count,
			 1);
	STEP(&w, flow_receipt_consumed(&w.flow, w.device, g.id, WORLD_NOW, &e));
	assert_string_equal(state_of(&w, g.id), "used");
}

static void a_receipt_for_a_strange_grant_goes_into_the_record(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct store_event_filter filter = {.kind = "unknown-grant", .before = "", .max = 10};
	struct store_event *events;
	size_t count;
	char id[ID_SIZE];

	world_make(&w, state);
	id_new(id);
	STEP(&w, flow_receipt_consumed(&w.flow, w.device, id, INT64_MAX, &e));
	OK(store_event_list(w.db, &w.arena, &filter, &events, &count, &e));
	assert_int_equal(count, 1);
	assert_string_equal(events[0].kind, "unknown-grant");
}

static const char *view_of(struct world *w, bool stays_signed_in)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer json = {.out = &out};
	const struct flow_owner owner = {w->device, w->lihua, "李华",
					 .stays_signed_in = stays_signed_in};

	json_object(&json, NULL);
	OK(flow_device_view(w->db, &w->arena, &owner, w->flow.now_ms, &json, &e));
	json_object_end(&json);
	return arena_dup(&w->arena, out.data);
}

static const char *view(struct world *w)
{
	return view_of(w, false);
}

static void the_view_says_when_nobody_signs_out(void **state)
{
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	assert_null(strstr(view(&w), "anti_logoff"));
	assert_non_null(strstr(view_of(&w, true), "\"anti_logoff\":true"));
}

static const struct json *view_json(struct world *w, const char *member)
{
	const char *text = view(w);
	const struct json *json;

	OK(json_parse(&w->arena, text, strlen(text), &json, &e));
	return json_get(json_get(json, "view"), member);
}

static void the_view_is_what_the_employee_is_shown(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct json *instance;
	struct world_seen s;
	const char *id;
	int64_t left;

	world_make(&w, state);
	assert_int_equal(view_json(&w, "instance")->type, JSON_NULL);
	id = world_file(&w);
	world_created(&w, "oa-1");
	world_agreed(&w, id, "wangfang", &s)->status = "RUNNING";
	s.seen.task_count = 1;
	STEP(&w, flow_read_back(&w.flow, id, 0, &s.seen, &e));
	instance = view_json(&w, "instance");
	assert_string_equal(json_text(instance, "number"), "HF-000001");
	assert_string_equal(json_text(instance, "status"), "pending");
	assert_string_equal(json_text(instance, "delivery"), "submitted");
	assert_string_equal(json_get(instance, "pending_with")->first->text, "王芳");
	assert_int_equal(json_get(instance, "decision")->type, JSON_NULL);
	STEP(&w, flow_decide(&w.flow, id, false, &admin, &e));
	instance = view_json(&w, "instance");
	assert_string_equal(json_text(instance, "status"), "rejected");
	assert_string_equal(json_text(json_get(instance, "decision"), "comment"), "好");
	assert_int_equal(json_get(instance, "pending_with")->count, 0);
	assert_true(text_i64(view_json(&w, "filings_left")->text, 0, 9, &left));
	assert_int_equal(left, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_grant_is_delivered_once_and_used_once),
	    BOTH(a_call_back_is_told_until_the_device_has_entered_it),
	    BOTH(a_live_grant_is_not_hidden_behind_lapsed_ones),
	    BOTH(a_reset_calls_back_all_there_are),
	    BOTH(a_grant_used_before_its_end_was_heard_of_is_used),
	    BOTH(a_receipt_for_a_strange_grant_goes_into_the_record),
	    BOTH(the_view_says_when_nobody_signs_out),
	    BOTH(the_view_is_what_the_employee_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
