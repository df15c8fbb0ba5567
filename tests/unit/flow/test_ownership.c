#include "world.h"

#include "flow/ownership.h"

static struct store_device laptop(struct world *w)
{
	struct store_device d;

	OK(store_device_get(w->db, &w->arena, w->device, &d, &e));
	return d;
}

static size_t recorded(struct world *w, const char *kind)
{
	const struct store_event_filter filter = {.device = w->device, .before = "", .max = 100};
	struct store_event *events;
	size_t count, n = 0;

	OK(store_event_list(w->db, &w->arena, &filter, &events, &count, &e));
	for (size_t i = 0; i < count; i++)
		n += strcmp(events[i].kind, kind) == 0;
	return n;
}

static void nothing_is_filed_where_nobody_is_signed_in(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_filing here = {.reason = "旧电脑报废"};
	struct flow_filed filed;

	world_make(&w, state);
	here.device = w.device;
	STEP(&w, flow_device_session_end(&w.flow, w.device, SESSION_SIGNED_OUT, &e));
	/* A second end changes neither why nor when. */
	w.flow.now_ms += 1000;
	STEP(&w, flow_person_sessions_end(&w.flow, w.lihua, SESSION_DEPARTED, &e));
	assert_string_equal(laptop(&w).session_end, SESSION_SIGNED_OUT);
	assert_int_equal(laptop(&w).session_ended_ms, WORLD_NOW);
	assert_int_equal(recorded(&w, "device-session-ended"), 1);
	REFUSED(&w, ERR_FORBIDDEN, flow_file(&w.flow, &here, &filed, &e));
}

static void who_leaves_is_signed_out_of_all_his_devices(void **state)
{
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	STEP(&w, flow_person_sessions_end(&w.flow, w.lihua, SESSION_DEPARTED, &e));
	assert_string_equal(laptop(&w).session_end, SESSION_DEPARTED);
	assert_int_equal(recorded(&w, "device-session-ended"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(nothing_is_filed_where_nobody_is_signed_in),
	    BOTH(who_leaves_is_signed_out_of_all_his_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
