#include "world.h"

#include "flow/alarm.h"
#include "flow/build.h"
#include "flow/device_admin.h"
#include "flow/receipt.h"
#include "flow/silence.h"
#include "store/grant.h"
#include "store/setting.h"
#include "store/silence.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define FIRST_BUILD "1111111111111111111111111111111111111111111111111111111111111111"
#define OTHER_BUILD "2222222222222222222222222222222222222222222222222222222222222222"

/* From here on everybody's devices are protected in this mode. */
static void protect(struct world *w, int64_t version, enum policy_mode mode)
{
	AUTO(buf_done) struct buf body = {0};
	struct json_writer json = {.out = &body};
	struct policy p;

	policy_default(&p);
	p.mode = mode;
	p.everyone = true;
	p.filing_allowed = true;
	p.workflow = w->workflow;
	policy_write(&json, &p);
	STEP(w, store_policy_add(w->db,
				 &(struct store_policy){.version = version,
							.body = body.data,
							.created_by = "test",
							.created_ms = WORLD_NOW},
				 &e));
	OK(snapshots_load(w->snapshots, w->db, &e));
	snapshots_give(w->snapshots, w->flow.snapshot);
	w->flow.snapshot = snapshots_take(w->snapshots);
}

static struct store_device device_of(struct world *w, const char *id)
{
	struct store_device d = {0};

	OK(store_device_get(w->db, &w->arena, id, &d, &e));
	return d;
}

static struct store_alarm_list alarms(struct world *w, bool open)
{
	const struct store_alarm_filter filter = {.open = open, .closed = !open, .scope = ""};
	const struct store_page page = {.cursor = "", .limit = 200};
	struct store_alarm_list all = {0};

	OK(store_alarm_list(w->db, &w->arena, &filter, &page, &all, &e));
	return all;
}

/* The only open alarm. */
static struct store_alarm the_alarm(struct world *w)
{
	struct store_alarm_list all = alarms(w, true);

	assert_int_equal(all.count, 1);
	return all.items[0];
}

static size_t events(struct world *w, const char *kind)
{
	const struct store_event_filter filter = {.kind = kind, .before = "", .max = 100};
	struct store_event *all;
	size_t count;

	OK(store_event_list(w->db, &w->arena, &filter, &all, &count, &e));
	return count;
}

static bool report(struct world *w, const char *kind, const char *package, const char *text,
		   struct err *e)
{
	struct store_device d = device_of(w, w->device);
	char *id = arena_alloc(&w->arena, ID_SIZE);
	const struct store_receipt r = {.id = id,
					.device = w->device,
					.kind = kind,
					.package = package,
					.boot = "b",
					.text = text,
					.at_ms = w->flow.now_ms};

	id_new(id);
	return flow_receipt_take(&w->flow, &d, &r, e);
}

static void reported(struct world *w, const char *kind, const char *text)
{
	STEP(w, report(w, kind, POLICY_CLIENT, text, &e));
}

static void heard(struct world *w, const char *id)
{
	STEP(w, store_device_present(
		    w->db, &(struct store_device_presence){.id = id, .at_ms = w->flow.now_ms}, &e));
}

/* A server is there all the while, and looks each minute; of that, each tenth. */
static void pass(struct world *w, int64_t ms)
{
	for (int64_t end = w->flow.now_ms + ms; w->flow.now_ms < end;) {
		w->flow.now_ms +=
		    10 * MINUTE < end - w->flow.now_ms ? 10 * MINUTE : end - w->flow.now_ms;
		STEP(w, flow_silence(&w->flow, &e));
	}
}

static const char *another(struct world *w, int n)
{
	char *id = arena_alloc(&w->arena, ID_SIZE);
	struct store_device d = {.id = id,
				 .name = arena_printf(&w->arena, "pc-%d", n),
				 .os = "Debian 12",
				 .macs = "",
				 .client_version = "0.1.0",
				 .owner = w->lihua,
				 .state = STORE_DEVICE_ACTIVE,
				 .enrolled_ms = w->flow.now_ms,
				 .last_seen_ms = w->flow.now_ms};

	id_new(id);
	random_bytes(d.key, sizeof(d.key));
	STEP(w, store_device_add(w->db, &d, &e));
	return id;
}

static void build(struct world *w, const char *device, const char *id)
{
	struct store_device d = device_of(w, device);

	STEP(w, flow_build_told(&w->flow, &d, &(struct flow_build){"0.1.0", id, "some-boot"}, &e));
}

/* --- what devices report --- */

static void a_finding_is_one_alarm_until_it_recovers(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_alarm a;

	world_make(&w, state);
	reported(&w, "weakened", "unit-masked: /etc/systemd/system/holdfast-keeper.service");
	w.flow.now_ms += HOUR;
	reported(&w, "weakened", "unit-masked: /run/systemd/system/holdfast-keeper.service");
	a = the_alarm(&w);
	assert_string_equal(a.kind, "weakened");
	assert_string_equal(a.subject, "unit-masked");
	assert_string_equal(a.evidence, "/run/systemd/system/holdfast-keeper.service");
	assert_string_equal(a.device_name, "laptop-42");
	assert_int_equal(a.count, 2);
	assert_int_equal(a.last_ms - a.first_ms, HOUR);
	reported(&w, "weakened", "clock-back: 3 days");
	assert_int_equal(alarms(&w, true).count, 2);
	reported(&w, "recovered", "unit-masked");
	assert_string_equal(the_alarm(&w).subject, "clock-back");
	assert_int_equal(alarms(&w, false).count, 1);
	/* Later it is another one. */
	reported(&w, "weakened", "unit-masked: again");
	assert_int_equal(alarms(&w, true).count, 2);
	assert_int_equal(events(&w, "protection-weakened"), 4);
	assert_int_equal(events(&w, "protection-restored"), 1);
	REFUSED(&w, ERR_INVALID, report(&w, "weakened", POLICY_CLIENT, "What?", &e));
}

static void a_removal_by_force_is_an_alarm_until_the_client_is_back(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_alarm a;

	world_make(&w, state);
	reported(&w, "removed-without-grant", "");
	a = the_alarm(&w);
	assert_string_equal(a.kind, "removed-without-grant");
	assert_string_equal(a.subject, POLICY_CLIENT);
	assert_string_equal(device_of(&w, w.device).state, STORE_DEVICE_REMOVED);
	/* Another package is an alarm of its own, and says nothing about the device. */
	STEP(&w, report(&w, "removed-without-grant", "falcon-sensor", "", &e));
	assert_int_equal(alarms(&w, true).count, 2);
	reported(&w, "recovered", "files-missing");
	assert_string_equal(device_of(&w, w.device).state, STORE_DEVICE_ACTIVE);
	assert_string_equal(the_alarm(&w).subject, "falcon-sensor");
}

static void who_is_taken_out_or_says_goodbye_has_no_alarms_left(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct flow_device_act unbind = {.event = DEVICE_UNBIND, .reason = "sold"};
	struct flow_device_act act = unbind;

	world_make(&w, state);
	reported(&w, "weakened", "unit-masked: x");
	reported(&w, "removed", "");
	assert_int_equal(alarms(&w, true).count, 0);
	assert_string_equal(alarms(&w, false).items[0].closed_why, "removed");
	STEP(&w, store_device_move(w.db,
				   &(struct store_device_move){.id = w.device,
							       .from = STORE_DEVICE_UNINSTALLED,
							       .to = STORE_DEVICE_ACTIVE,
							       .by = "",
							       .why = ""},
				   &(bool){false}, &e));
	reported(&w, "weakened", "unit-masked: x");
	act.device = w.device;
	STEP(&w, flow_device_act(&w.flow, &act, &e));
	assert_int_equal(alarms(&w, true).count, 0);
	/* What it says afterwards is nobody's concern. */
	reported(&w, "weakened", "unit-masked: x");
	assert_int_equal(alarms(&w, true).count, 0);
}

/* --- silence --- */

static void silence_without_a_goodbye_is_an_alarm_until_it_is_heard_again(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_alarm a;

	world_make(&w, state);
	protect(&w, 2, POLICY_BLOCK);
	pass(&w, 24 * HOUR);
	assert_int_equal(alarms(&w, true).count, 0);
	pass(&w, 10 * MINUTE);
	a = the_alarm(&w);
	assert_string_equal(a.kind, "silent");
	assert_non_null(strstr(a.evidence, "last heard of at 2025-11-22"));
	pass(&w, 48 * HOUR);
	assert_int_equal(the_alarm(&w).count, 1);
	assert_int_equal(events(&w, "device-silent"), 1);
	heard(&w, w.device);
	pass(&w, 10 * MINUTE);
	assert_int_equal(alarms(&w, true).count, 0);
	assert_string_equal(alarms(&w, false).items[0].closed_why, "heard again");
	assert_int_equal(events(&w, "device-heard"), 1);
	pass(&w, 25 * HOUR);
	assert_string_equal(the_alarm(&w).kind, "silent");
}

static void goes(void **state, const char *how, size_t raised)
{
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	protect(&w, 2, POLICY_BLOCK);
	w.flow.now_ms += 10 * MINUTE;
	reported(&w, "going", how);
	heard(&w, w.device);
	pass(&w, 72 * HOUR);
	assert_int_equal(alarms(&w, true).count, raised);
	/* It came back, and fell silent without a word. */
	heard(&w, w.device);
	pass(&w, 25 * HOUR);
	assert_int_equal(alarms(&w, true).count, 1);
	REFUSED(&w, ERR_INVALID, report(&w, "going", POLICY_CLIENT, "home", &e));
}

static void who_is_shut_down_may_be_silent(void **state)
{
	goes(state, "shutdown", 0);
}

/* Whoever is root may say goodbye in its name, or shut it down and take the client off its disk. */
static void who_said_goodbye_is_missed_after_a_month(void **state)
{
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	protect(&w, 2, POLICY_BLOCK);
	reported(&w, "going", "shutdown");
	heard(&w, w.device);
	pass(&w, 30 * 24 * HOUR);
	assert_int_equal(alarms(&w, true).count, 0);
	pass(&w, 25 * HOUR);
	assert_string_equal(the_alarm(&w).kind, "silent");
	assert_null(strstr(the_alarm(&w).evidence, "goodbye"));
	heard(&w, w.device);
	pass(&w, 10 * MINUTE);
	assert_int_equal(alarms(&w, true).count, 0);
}

static void who_sleeps_may_be_silent(void **state)
{
	goes(state, "suspend", 0);
}

/* Somebody ended the client, and the machine goes on. */
static void a_client_that_was_stopped_is_missed(void **state)
{
	goes(state, "stop", 1);
}

static void the_setting_says_when_and_whether(void **state)
{
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	protect(&w, 2, POLICY_BLOCK);
	STEP(&w, store_setting_set(w.db, SETTING_SILENT_HOURS, "0", &e));
	pass(&w, 48 * HOUR);
	assert_int_equal(alarms(&w, true).count, 0);
	STEP(&w, store_setting_set(w.db, SETTING_SILENT_HOURS, "50", &e));
	pass(&w, HOUR);
	assert_int_equal(alarms(&w, true).count, 0);
	pass(&w, 2 * HOUR);
	assert_int_equal(alarms(&w, true).count, 1);
}

static void a_server_that_was_down_alarms_nobody(void **state)
{
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	protect(&w, 2, POLICY_BLOCK);
	pass(&w, 20 * HOUR);
	w.flow.now_ms += 100 * HOUR;
	pass(&w, 4 * HOUR);
	assert_int_equal(alarms(&w, true).count, 0);
	pass(&w, 20 * MINUTE);
	assert_string_equal(the_alarm(&w).kind, "silent");
}

static void an_approved_device_that_falls_silent_is_presumed_uninstalled(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_grant g = {0};
	struct store_device d;
	const char *id;

	world_make(&w, state);
	protect(&w, 2, POLICY_BLOCK);
	id = world_file(&w);
	STEP(&w, flow_decide(&w.flow, id, true,
			     &(struct flow_decision){"admin", "api", "好", WORLD_ADMIN}, &e));
	OK(store_grant_of_instance(w.db, &w.arena, id, &g, &e));
	STEP(&w, flow_device_told(&w.flow, w.device,
				  &(struct flow_held){.held = &g.id, .held_count = 1}, &e));
	pass(&w, 25 * HOUR);
	assert_int_equal(alarms(&w, true).count, 0);
	d = device_of(&w, w.device);
	assert_string_equal(d.state, STORE_DEVICE_PRESUMED);
	assert_int_equal(events(&w, "device-presumed-uninstalled"), 1);
	STEP(&w, flow_device_reported(&w.flow, &d, DEVICE_HEARD, "heard of again", &e));
	heard(&w, w.device);
	assert_string_equal(device_of(&w, w.device).state, STORE_DEVICE_ACTIVE);
}

static void a_device_that_a_code_was_read_out_for_is_presumed_uninstalled(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *id;

	world_make(&w, state);
	protect(&w, 2, POLICY_BLOCK);
	id = world_file(&w);
	STEP(&w, flow_decide(&w.flow, id, true,
			     &(struct flow_decision){"admin", "api", "好", WORLD_ADMIN}, &e));
	/* As it is once a code was revealed: only that opens the grant. */
	STEP(&w, db_exec(w.db, "UPDATE grants SET jws = '' WHERE instance = $1",
			 DB_PARAMS(db_text(id)), NULL, &e));
	pass(&w, 25 * HOUR);
	assert_int_equal(alarms(&w, true).count, 0);
	assert_string_equal(device_of(&w, w.device).state, STORE_DEVICE_PRESUMED);
}

#define CROWD 40

static void a_crowd_that_falls_silent_together_is_one_alarm(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *ids[CROWD];
	struct store_alarm a;

	world_make(&w, state);
	protect(&w, 2, POLICY_BLOCK);
	for (int i = 0; i < CROWD; i++)
		ids[i] = another(&w, i);
	/* 30 of 41 go with the network, over half an hour; one goes by itself two hours later. */
	for (int64_t h = 0; h < 3; h++) {
		pass(&w, 30 * MINUTE);
		for (int i = 0; i < CROWD; i++) {
			if (h < 1 || i >= 30)
				heard(&w, ids[i]);
		}
		heard(&w, w.device);
	}
	for (int64_t h = 0; h < 28; h++) {
		pass(&w, HOUR);
		for (int i = 31; i < CROWD; i++)
			heard(&w, ids[i]);
		heard(&w, w.device);
		if (h == 23)
			assert_string_equal(the_alarm(&w).kind, "many-silent");
	}
	assert_int_equal(alarms(&w, true).count, 2);
	a = alarms(&w, true).items[1];
	assert_string_equal(a.kind, "many-silent");
	assert_null(a.device);
	assert_non_null(strstr(a.evidence, "30 of 40 devices"));
	assert_int_equal(events(&w, "devices-silent"), 1);
	/* The network is back; two stay away. */
	for (int64_t h = 0; h < 3; h++) {
		for (int i = 2; i < CROWD; i++)
			heard(&w, ids[i]);
		heard(&w, w.device);
		pass(&w, HOUR);
	}
	assert_int_equal(events(&w, "devices-heard"), 1);
	assert_int_equal(alarms(&w, true).count, 2);
	for (int i = 0; i < 2; i++)
		assert_string_equal(alarms(&w, true).items[i].kind, "silent");
}

static void who_is_not_covered_may_be_silent(void **state)
{
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	protect(&w, 2, POLICY_OFF);
	pass(&w, 30 * HOUR);
	assert_int_equal(alarms(&w, true).count, 0);
}

/* --- builds --- */

static void the_first_build_is_accepted_and_another_is_an_alarm_until_it_is(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_build b;

	world_make(&w, state);
	build(&w, w.device, FIRST_BUILD);
	OK(store_build_get(w.db, &w.arena, FIRST_BUILD, &b, &e));
	assert_int_not_equal(b.accepted_ms, 0);
	assert_string_equal(b.first_device_name, "laptop-42");
	assert_int_equal(b.devices, 1);
	assert_int_equal(alarms(&w, true).count, 0);
	build(&w, w.device, OTHER_BUILD);
	assert_string_equal(the_alarm(&w).subject, OTHER_BUILD);
	assert_string_equal(the_alarm(&w).device_name, "laptop-42");
	build(&w, w.device, OTHER_BUILD); /* nothing new: nothing is written */
	assert_int_equal(the_alarm(&w).count, 1);
	build(&w, w.device, FIRST_BUILD);
	assert_int_equal(alarms(&w, true).count, 0);
	build(&w, w.device, OTHER_BUILD);
	REFUSED(&w, ERR_INVALID,
		flow_build_accept(&w.flow, &(struct flow_build_accept){"12", "0.2", ""}, &e));
	STEP(&w, flow_build_accept(&w.flow,
				   &(struct flow_build_accept){OTHER_BUILD, "0.2", " May "}, &e));
	assert_int_equal(alarms(&w, true).count, 0);
	OK(store_build_get(w.db, &w.arena, OTHER_BUILD, &b, &e));
	assert_string_equal(b.note, "May");
	assert_int_not_equal(b.first_ms, 0);
	STEP(&w, flow_build_withdraw(&w.flow, OTHER_BUILD, &e));
	assert_string_equal(the_alarm(&w).subject, OTHER_BUILD);
	REFUSED(&w, ERR_NOT_FOUND, flow_build_withdraw(&w.flow, OTHER_BUILD, &e));
	assert_int_equal(events(&w, "unknown-build"), 3);
	assert_int_equal(events(&w, "build-accepted"), 2);
}

/* An upgrade of all that nobody announced. */
static void a_build_that_many_have_is_an_alarm_of_the_organisation(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_alarm_list all;

	world_make(&w, state);
	build(&w, w.device, FIRST_BUILD);
	for (int i = 0; i < ALARM_BUILD_EACH + 5; i++)
		build(&w, another(&w, i), OTHER_BUILD);
	all = alarms(&w, true);
	assert_int_equal(all.count, ALARM_BUILD_EACH + 1);
	assert_null(all.items[0].device);
	assert_int_equal(all.items[0].count, 5);
	STEP(&w,
	     flow_build_accept(&w.flow, &(struct flow_build_accept){OTHER_BUILD, "0.2", ""}, &e));
	assert_int_equal(alarms(&w, true).count, 0);
	STEP(&w, flow_build_withdraw(&w.flow, OTHER_BUILD, &e));
	assert_int_equal(alarms(&w, true).count, ALARM_BUILD_EACH + 1);
}

/* What a device says of itself it may make up, at every poll. */
static void builds_that_a_device_makes_up_fill_no_list(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_build *all;
	const char *id = NULL;
	size_t count;

	world_make(&w, state);
	build(&w, w.device, FIRST_BUILD);
	for (int i = 0; i < FLOW_BUILDS_BROUGHT + 30; i++) {
		id = arena_printf(&w.arena, "%064x", i);
		build(&w, w.device, id);
	}
	OK(store_build_list(w.db, &w.arena, &all, &count, &e));
	assert_int_equal(count, 1 + FLOW_BUILDS_BROUGHT);
	assert_string_equal(the_alarm(&w).subject, "");
	assert_int_equal(the_alarm(&w).count, 30);
	assert_non_null(strstr(the_alarm(&w).evidence, "build 0000000000000000"));
	assert_int_equal(events(&w, "unknown-build"), FLOW_BUILDS_BROUGHT + 1);
	/* One of another device, and the accepted one, are as ever. */
	build(&w, another(&w, 1), OTHER_BUILD);
	assert_int_equal(alarms(&w, true).count, 2);
	STEP(&w,
	     flow_build_accept(&w.flow, &(struct flow_build_accept){OTHER_BUILD, "0.2", ""}, &e));
	STEP(&w, flow_build_accept(&w.flow, &(struct flow_build_accept){id, "0.3", ""}, &e));
	assert_int_equal(alarms(&w, true).count, 0);
}

/* --- what people do --- */

static void an_alarm_is_acknowledged_with_a_note_and_stays_open(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_alarm_counts counts;
	struct store_alarm a;

	world_make(&w, state);
	reported(&w, "weakened", "unit-masked: x");
	w.flow.actor = (struct flow_actor){.kind = "account", .id = "x", .name = "陈安"};
	STEP(&w, flow_alarm_acknowledge(&w.flow, the_alarm(&w).id, "", " a test machine ", &e));
	a = the_alarm(&w);
	assert_string_equal(a.acknowledged_by, "陈安");
	assert_string_equal(a.note, "a test machine");
	assert_int_equal(events(&w, "alarm-acknowledged"), 1);
	OK(store_alarm_count(w.db, "", &counts, &e));
	assert_int_equal(counts.open, 1);
	assert_int_equal(counts.unacknowledged, 0);
	assert_int_equal(counts.of[ALARM_WEAKENED], 1);
	REFUSED(&w, ERR_NOT_FOUND, flow_alarm_acknowledge(&w.flow, w.device, "", "", &e));
	/* Who is limited to other departments sees none of it. */
	REFUSED(&w, ERR_NOT_FOUND, flow_alarm_acknowledge(&w.flow, a.id, w.device, "", &e));
	OK(store_alarm_count(w.db, w.device, &counts, &e));
	assert_int_equal(counts.open, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_finding_is_one_alarm_until_it_recovers),
	    BOTH(a_removal_by_force_is_an_alarm_until_the_client_is_back),
	    BOTH(who_is_taken_out_or_says_goodbye_has_no_alarms_left),
	    BOTH(silence_without_a_goodbye_is_an_alarm_until_it_is_heard_again),
	    BOTH(who_is_shut_down_may_be_silent),
	    BOTH(who_said_goodbye_is_missed_after_a_month),
	    BOTH(who_sleeps_may_be_silent),
	    BOTH(a_client_that_was_stopped_is_missed),
	    BOTH(the_setting_says_when_and_whether),
	    BOTH(a_server_that_was_down_alarms_nobody),
	    BOTH(an_approved_device_that_falls_silent_is_presumed_uninstalled),
	    BOTH(a_device_that_a_code_was_read_out_for_is_presumed_uninstalled),
	    BOTH(a_crowd_that_falls_silent_together_is_one_alarm),
	    BOTH(who_is_not_covered_may_be_silent),
	    BOTH(the_first_build_is_accepted_and_another_is_an_alarm_until_it_is),
	    BOTH(a_build_that_many_have_is_an_alarm_of_the_organisation),
	    BOTH(builds_that_a_device_makes_up_fill_no_list),
	    BOTH(an_alarm_is_acknowledged_with_a_note_and_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
