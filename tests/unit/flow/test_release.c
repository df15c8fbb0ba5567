#include "world.h"

#include <pthread.h>
#include <unistd.h>

#include "flow/release.h"
#include "store/grant.h"
#include "store/setting.h"

#define HELD_US 200000 /* more than a unit needs to come to the row that is locked */

static const struct flow_releaser admin = {.name = "陈安", .account = "account-1"};
static const struct flow_releaser second = {.name = "孙立", .account = "account-2"};

/* More devices of lihua's: laptop-100, laptop-101, … Their ids are in the order of their names. */
static void more_devices(struct world *w, int count)
{
	for (int i = 0; i < count; i++) {
		char *id = arena_alloc(&w->arena, ID_SIZE);
		struct crypto_keypair key;
		struct store_device d = {
		    .id = id,
		    .name = arena_printf(&w->arena, "laptop-%d", 100 + i),
		    .os = "Debian 12",
		    .macs = arena_printf(&w->arena, "02:00:00:00:%02x:%02x", i / 256, i % 256),
		    .client_version = "0.1.0",
		    .owner = w->lihua,
		    .state = STORE_DEVICE_ACTIVE,
		    .enrolled_ms = WORLD_NOW,
		    .last_seen_ms = WORLD_NOW};

		id_new(id);
		crypto_keypair_new(&key);
		memcpy(d.key, key.public, sizeof(d.key));
		STEP(w, store_device_add(w->db, &d, &e));
	}
}

static struct flow_release_order of_filter(const struct release_filter *filter)
{
	return (struct flow_release_order){
	    .filter = filter, .reason = " 旧电脑回收 ", .days = 7, .online_ms = 90000};
}

static const char *ordered(struct world *w, const struct flow_release_order *o)
{
	const char *id = NULL;

	STEP(w, flow_release_add(&w->flow, &admin, o, &id, &e));
	return id;
}

static struct store_release release_of(struct world *w, const char *id)
{
	struct store_release r = {0};

	OK(store_release_get(w->db, &w->arena, id, &r, &e));
	return r;
}

static bool turn(struct world *w, const char *id, const char *node)
{
	struct flow_release_turn t = {.release = id, .node = node, .limit = FLOW_RELEASE_BATCH};

	STEP(w, flow_release_continue(&w->flow, &t, &e));
	return t.more;
}

static void run(struct world *w, const char *id)
{
	while (turn(w, id, "node-1"))
		;
}

static int64_t counted(struct world *w, const char *id, enum release_progress p)
{
	struct store_release_count *all;
	size_t count;
	int64_t n = 0;

	OK(store_release_counts(w->db, &w->arena, id, &all, &count, &e));
	for (size_t i = 0; i < count; i++)
		n += release_progress_of(all[i].state, all[i].grant) == p ? all[i].devices : 0;
	return n;
}

static struct store_release_device first_device(struct world *w, const char *id)
{
	const struct store_release_devices which = {.release = id, .after = "", .limit = 1};
	struct store_release_device *all;
	size_t count;

	OK(store_release_device_list(w->db, &w->arena, &which, &all, &count, &e));
	assert_int_equal(count, 1);
	return all[0];
}

static void a_released_device_has_an_approved_instance_and_a_grant(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_release_order o = {.reason = "离职", .days = 30};
	struct store_release_device d;
	struct store_instance i;
	struct store_grant g;
	const char *id;

	world_make(&w, state);
	o.device = w.device;
	id = ordered(&w, &o);
	assert_string_equal(release_of(&w, id).state, "issuing");
	assert_int_equal(counted(&w, id, RELEASE_QUEUED), 1);
	run(&w, id);
	assert_string_equal(release_of(&w, id).state, "issued");
	assert_int_equal(counted(&w, id, RELEASE_WAITING), 1);
	d = first_device(&w, id);
	i = world_instance(&w, d.instance);
	assert_string_equal(i.status, "approved");
	assert_string_equal(i.channel, "release");
	assert_string_equal(i.release, id);
	assert_string_equal(i.delivery, "none");
	assert_string_equal(i.decided_by, "陈安");
	assert_string_equal(i.reason, "离职");
	assert_string_equal(i.person, w.lihua);
	OK(store_grant_of_instance(w.db, &w.arena, i.id, &g, &e));
	assert_string_equal(g.device, w.device);
	assert_int_equal(g.exp_ms, WORLD_NOW + INT64_C(30) * 24 * 3600 * 1000);
	assert_int_equal(world_events(&w, i.id, "released"), 1);
	assert_int_equal(world_events(&w, i.id, "grant-issued"), 1);
	/* What is done stays done. */
	run(&w, id);
	assert_int_equal(counted(&w, id, RELEASE_WAITING), 1);
}

static void a_waiting_request_is_approved_by_the_release(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_release_order o = {.reason = "钉钉故障", .days = 2};
	struct store_instance i;
	struct store_grant g;
	const char *filed, *id;

	world_make(&w, state);
	filed = world_file(&w);
	world_created(&w, "ding-1");
	o.device = w.device;
	id = ordered(&w, &o);
	run(&w, id);
	assert_string_equal(first_device(&w, id).instance, filed);
	i = world_instance(&w, filed);
	assert_string_equal(i.status, "approved");
	assert_string_equal(i.delivery, "closing");
	assert_string_equal(i.channel, "release");
	assert_string_equal(i.decision_comment, "钉钉故障");
	assert_string_equal(i.reason, "旧电脑报废");
	OK(store_grant_of_instance(w.db, &w.arena, filed, &g, &e));
	assert_int_equal(g.exp_ms, WORLD_NOW + INT64_C(48) * 3600 * 1000);
	/* It does not count as a filing of the employee's any more, nor do releases. */
	STEP(&w, flow_release_stop(&w.flow, &admin, id, "x", &e));
}

static void above_the_threshold_another_account_confirms(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct release_filter filter = {.name = "LAPTOP"};
	const struct flow_release_order o = of_filter(&filter);
	const struct flow_releaser nobody = {.name = "script", .token = "token-1"};
	const struct flow_releaser same_person = {
	    .name = "陈安2", .account = "account-3", .person = "person-1"};
	const struct flow_releaser with_person = {
	    .name = "陈安", .account = "account-1", .person = "person-1"};
	const char *id, *other = NULL;

	world_make(&w, state);
	more_devices(&w, 60);
	id = ordered(&w, &o);
	assert_string_equal(release_of(&w, id).state, "unconfirmed");
	assert_false(turn(&w, id, "node-1"));
	assert_int_equal(counted(&w, id, RELEASE_QUEUED), 61);
	REFUSED(&w, ERR_FORBIDDEN, flow_release_confirm(&w.flow, &admin, id, &e));
	REFUSED(&w, ERR_FORBIDDEN, flow_release_confirm(&w.flow, &nobody, id, &e));
	/* What is enrolled meanwhile is not part of it. */
	more_devices(&w, 3);
	STEP(&w, flow_release_confirm(&w.flow, &second, id, &e));
	REFUSED(&w, ERR_CONFLICT, flow_release_confirm(&w.flow, &second, id, &e));
	assert_true(turn(&w, id, "node-1"));
	assert_int_equal(counted(&w, id, RELEASE_WAITING), FLOW_RELEASE_BATCH);
	run(&w, id);
	assert_int_equal(counted(&w, id, RELEASE_WAITING), 61);
	assert_string_equal(release_of(&w, id).confirmed_by, "孙立");
	/* Two accounts of one person are one person. */
	STEP(&w, flow_release_add(&w.flow, &with_person, &o, &other, &e));
	REFUSED(&w, ERR_FORBIDDEN, flow_release_confirm(&w.flow, &same_person, other, &e));
}

static void many_small_releases_are_a_large_one(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct release_filter filter = {.name = "laptop-10"};
	const struct flow_release_order o = of_filter(&filter);
	struct flow_release_choice c;

	world_make(&w, state);
	more_devices(&w, 10);
	assert_string_equal(release_of(&w, ordered(&w, &o)).state, "issuing");
	assert_string_equal(release_of(&w, ordered(&w, &o)).state, "issuing");
	assert_string_equal(release_of(&w, ordered(&w, &o)).state, "unconfirmed");
	OK(flow_release_choose(&w.flow, &second, &o, &c, &e));
	assert_false(c.second);
	w.flow.now_ms += RELEASE_ALONE_MS;
	OK(flow_release_choose(&w.flow, &admin, &o, &c, &e));
	assert_false(c.second);
	STEP(&w, store_setting_set(w.db, SETTING_RELEASE_THRESHOLD, "0", &e));
	OK(flow_release_choose(&w.flow, &second, &o, &c, &e));
	assert_true(c.second);
	assert_int_equal(c.threshold, 0);
}

/* A token that belongs to nobody makes others like it. */
static void many_tokens_of_nobody_are_one_person(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct release_filter filter = {.name = "laptop-1"};
	const struct flow_release_order o = of_filter(&filter);
	const char *id = NULL;

	world_make(&w, state);
	more_devices(&w, 15);
	for (int i = 0; i < 3; i++) {
		const struct flow_releaser by = {.name = "script",
						 .token = arena_printf(&w.arena, "token-%d", i)};

		STEP(&w, flow_release_add(&w.flow, &by, &o, &id, &e));
		assert_string_equal(release_of(&w, id).state, i == 0 ? "issuing" : "unconfirmed");
	}
	STEP(&w, flow_release_add(&w.flow, &admin, &o, &id, &e));
	assert_string_equal(release_of(&w, id).state, "issuing");
}

/* Another server, at which the same person asks in the same moment. */
struct elsewhere {
	struct db *db;
	struct arena arena;
	const struct snapshot *snapshot;
	const struct flow_release_order *order;
	const char *id;
	struct err e;
	bool ok;
};

static void *ask_elsewhere(void *arg)
{
	struct elsewhere *o = arg;
	struct flow f = {.db = o->db,
			 .arena = &o->arena,
			 .now_ms = WORLD_NOW,
			 .node = "elsewhere",
			 .snapshot = o->snapshot};

	o->ok = db_begin(o->db, &o->e) && flow_release_add(&f, &admin, o->order, &o->id, &o->e) &&
		db_commit(o->db, &o->e);
	return NULL;
}

static void asking_two_servers_at_once_is_no_way_round_the_second_person(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct release_filter filter = {.name = "laptop-1"};
	const struct flow_release_order o = of_filter(&filter);
	struct elsewhere other = {.order = &o};
	const char *id = NULL;
	pthread_t thread;

	world_make(&w, state);
	more_devices(&w, 15);
	other.db = database_open(both_database(state), DB_WRITE);
	other.snapshot = w.flow.snapshot;
	OK(db_begin(w.db, &e));
	OK(flow_release_add(&w.flow, &admin, &o, &id, &e));
	assert_int_equal(pthread_create(&thread, NULL, ask_elsewhere, &other), 0);
	(void)usleep(HELD_US);
	OK(db_commit(w.db, &e));
	assert_int_equal(pthread_join(thread, NULL), 0);
	if (!other.ok)
		fail_msg("%s", other.e.text);
	assert_string_equal(release_of(&w, id).state, "issuing");
	assert_string_equal(release_of(&w, other.id).state, "unconfirmed");
	db_close(other.db);
	arena_done(&other.arena);
}

static void nobody_confirms_too_late(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct release_filter filter = {.name = "laptop"};
	const struct flow_release_order o = of_filter(&filter);
	const char *const *ids;
	const char *id;
	size_t count;

	world_make(&w, state);
	more_devices(&w, 20);
	id = ordered(&w, &o);
	OK(store_release_overdue(w.db, &w.arena, WORLD_NOW + RELEASE_CONFIRM_MS - 1, 9, &ids,
				 &count, &e));
	assert_int_equal(count, 0);
	w.flow.now_ms += RELEASE_CONFIRM_MS;
	REFUSED(&w, ERR_CONFLICT, flow_release_confirm(&w.flow, &second, id, &e));
	OK(store_release_overdue(w.db, &w.arena, w.flow.now_ms, 9, &ids, &count, &e));
	assert_int_equal(count, 1);
	STEP(&w, flow_release_time_out(&w.flow, id, &e));
	STEP(&w, flow_release_time_out(&w.flow, id, &e));
	assert_string_equal(release_of(&w, id).state, "expired");
	assert_int_equal(counted(&w, id, RELEASE_CANCELLED), 21);
	REFUSED(&w, ERR_CONFLICT, flow_release_stop(&w.flow, &admin, id, "x", &e));
}

static void a_stop_calls_the_unused_back_and_issues_no_more(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct release_filter filter = {.name = "laptop"};
	const struct flow_release_order o = of_filter(&filter);
	struct store_release_device d;
	struct store_grant g;
	const char *id;

	world_make(&w, state);
	more_devices(&w, 70);
	id = ordered(&w, &o);
	STEP(&w, flow_release_confirm(&w.flow, &second, id, &e));
	assert_true(turn(&w, id, "node-1"));
	d = first_device(&w, id);
	OK(store_grant_of_instance(w.db, &w.arena, d.instance, &g, &e));
	STEP(&w, flow_receipt_consumed(&w.flow, d.device, g.id, WORLD_NOW, &e));
	REFUSED(&w, ERR_UNPROCESSABLE, flow_release_stop(&w.flow, &second, id, " ", &e));
	STEP(&w, flow_release_stop(&w.flow, &second, id, "搞错了", &e));
	STEP(&w, flow_release_stop(&w.flow, &admin, id, "again", &e));
	assert_string_equal(release_of(&w, id).state, "stopping");
	assert_string_equal(release_of(&w, id).stop_reason, "搞错了");
	run(&w, id);
	assert_string_equal(release_of(&w, id).state, "stopped");
	assert_int_equal(counted(&w, id, RELEASE_USED), 1);
	assert_int_equal(counted(&w, id, RELEASE_CANCELLED), 70);
	STEP(&w, flow_release_stop(&w.flow, &admin, id, "again", &e));
}

static void of_two_servers_one_works_on_a_release(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct release_filter filter = {.name = "laptop"};
	const struct flow_release_order o = of_filter(&filter);
	const char *id;
	int64_t due;

	world_make(&w, state);
	more_devices(&w, 120);
	id = ordered(&w, &o);
	STEP(&w, flow_release_confirm(&w.flow, &second, id, &e));
	assert_true(turn(&w, id, "node-1"));
	assert_false(turn(&w, id, "node-2"));
	assert_int_equal(counted(&w, id, RELEASE_WAITING), FLOW_RELEASE_BATCH);
	OK(store_release_due(w.db, "node-2", &due, &e));
	assert_int_equal(due, WORLD_NOW + FLOW_RELEASE_LEASE_MS);
	OK(store_release_due(w.db, "node-1", &due, &e));
	assert_true(due <= WORLD_NOW);
	/* The first one is not heard of any more. */
	w.flow.now_ms += FLOW_RELEASE_LEASE_MS;
	assert_true(turn(&w, id, "node-2"));
	assert_false(turn(&w, id, "node-1"));
	while (turn(&w, id, "node-2"))
		;
	assert_string_equal(release_of(&w, id).state, "issued");
	assert_int_equal(counted(&w, id, RELEASE_WAITING), 121);
	OK(store_release_due(w.db, "node-1", &due, &e));
	assert_int_equal(due, 0);
}

static void what_cannot_be_released_says_why(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct release_filter filter = {.name = "laptop"};
	struct flow_release_order o = {.reason = "x", .days = 1};
	const struct flow_releaser own = {.name = "李华", .account = "account-9"};
	struct flow_releaser himself = own;
	struct flow_release_choice c;
	const char *id = NULL;

	world_make(&w, state);
	himself.person = w.lihua;
	o.device = w.device;
	STEP(&w, flow_release_add(&w.flow, &himself, &o, &id, &e));
	run(&w, id);
	assert_int_equal(counted(&w, id, RELEASE_FAILED), 1);
	assert_string_equal(first_device(&w, id).why,
			    "it belongs to the person who made the release");
	id = ordered(&w, &o);
	world_device_becomes(&w, w.device, STORE_DEVICE_UNINSTALLED);
	run(&w, id);
	assert_string_equal(first_device(&w, id).why, "the device is uninstalled");
	assert_string_equal(release_of(&w, id).state, "issued");
	/* A filter leaves it out, and says how many. */
	more_devices(&w, 1);
	o = of_filter(&filter);
	OK(flow_release_choose(&w.flow, &admin, &o, &c, &e));
	assert_int_equal(c.count, 1);
	assert_int_equal(c.unfit, 1);
}

static void a_device_that_cannot_be_done_holds_up_no_other(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct release_filter filter = {.name = "laptop"};
	const struct flow_release_order o = of_filter(&filter);
	struct flow_release_turn t = {.node = "node-1", .limit = 1, .broken = "its key is damaged"};

	world_make(&w, state);
	more_devices(&w, 2);
	t.release = ordered(&w, &o);
	STEP(&w, flow_release_continue(&w.flow, &t, &e));
	assert_true(t.more);
	run(&w, t.release);
	assert_int_equal(counted(&w, t.release, RELEASE_FAILED), 1);
	assert_int_equal(counted(&w, t.release, RELEASE_WAITING), 2);
	assert_string_equal(first_device(&w, t.release).why, "its key is damaged");
}

static void a_list_is_answered_line_by_line(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_release_order o = {.reason = "x", .days = 1};
	struct flow_release_choice c;
	const char *id = NULL;

	world_make(&w, state);
	more_devices(&w, 3);
	o.csv = arena_printf(
	    &w.arena, "name;id;mac\nLAPTOP-100;;\n;%s;\n;;02-00-00-00-00-01\nnobody;;\n", w.device);
	OK(flow_release_choose(&w.flow, &admin, &o, &c, &e));
	assert_int_equal(c.count, 3);
	assert_int_equal(c.left_out, 1);
	assert_string_equal(c.devices[0].name, "laptop-100");
	assert_string_equal(c.devices[1].name, "laptop-42");
	assert_string_equal(c.devices[1].owner_name, "李华");
	assert_string_equal(c.devices[2].name, "laptop-101");
	REFUSED(&w, ERR_UNPROCESSABLE, flow_release_add(&w.flow, &admin, &o, &id, &e));
	o.without_left_out = true;
	id = ordered(&w, &o);
	run(&w, id);
	assert_int_equal(counted(&w, id, RELEASE_WAITING), 3);
	assert_non_null(strstr(release_of(&w, id).left_out, "\"line\":5"));
}

static void orders_that_make_no_sense_are_refused(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct release_filter empty = {0}, fits = {.owner = "nobody"};
	const char *missing[] = {"00000000-0000-7000-8000-000000000000"};
	const struct release_filter department = {.departments = {missing, 1}},
				    group = {.groups = {missing, 1}};
	struct flow_release_order bad[] = {
	    {.reason = "x", .days = 1},
	    {.filter = &fits, .device = "d", .reason = "x", .days = 1},
	    {.filter = &empty, .reason = "x", .days = 1},
	    {.filter = &fits, .reason = "x", .days = 1},
	    {.filter = &department, .reason = "x", .days = 1},
	    {.filter = &group, .reason = "x", .days = 1},
	    {.device = missing[0], .reason = "x", .days = 1},
	    {.csv = "nobody", .reason = "x", .days = 1, .without_left_out = true},
	    {.csv = "\"a", .reason = "x", .days = 1},
	    {.device = "d", .reason = "x", .days = 31},
	    {.device = "d", .reason = "x", .days = 0},
	    {.device = "d", .reason = " ", .days = 1},
	    {.device = "d", .package = "sudo", .reason = "x", .days = 1},
	};
	const char *id;

	world_make(&w, state);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		REFUSED(&w, ERR_UNPROCESSABLE, flow_release_add(&w.flow, &admin, &bad[i], &id, &e));
}

static void a_department_means_all_below_it(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_department_list all;
	struct flow_release_choice c;

	world_make(&w, state);
	OK(store_department_list(w.db, &w.arena, &(struct store_department_filter){0},
				 &(struct store_page){.cursor = "", .limit = 9}, &all, &e));
	assert_int_equal(all.count, 2);
	for (size_t i = 0; i < all.count; i++) {
		const struct release_filter filter = {.departments = {&all.items[i].id, 1}};
		const struct flow_release_order o = of_filter(&filter);
		const struct flow_releaser scoped = {.name = "x",
						     .account = "account-4",
						     .departments = &all.items[i].id,
						     .department_count = 1};

		OK(flow_release_choose(&w.flow, &admin, &o, &c, &e));
		assert_int_equal(c.count, 1);
		OK(flow_release_choose(&w.flow, &scoped, &o, &c, &e));
		assert_int_equal(c.count, 1);
	}
	{
		const char *elsewhere = "00000000-0000-7000-8000-000000000000";
		const struct release_filter filter = {.name = "laptop"};
		const struct flow_release_order o = of_filter(&filter);
		const struct flow_releaser scoped = {.name = "x",
						     .account = "account-4",
						     .departments = &elsewhere,
						     .department_count = 1};

		REFUSED(&w, ERR_UNPROCESSABLE, flow_release_choose(&w.flow, &scoped, &o, &c, &e));
	}
}

static void an_owner_who_changes_ends_it(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_release_order o = {.reason = "x", .days = 1};
	const char *id;

	world_make(&w, state);
	o.device = w.device;
	id = ordered(&w, &o);
	run(&w, id);
	STEP(&w, flow_device_reset(&w.flow, w.device, "the device has a new owner", &e));
	assert_int_equal(counted(&w, id, RELEASE_CANCELLED), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_released_device_has_an_approved_instance_and_a_grant),
	    BOTH(a_waiting_request_is_approved_by_the_release),
	    BOTH(above_the_threshold_another_account_confirms),
	    BOTH(many_small_releases_are_a_large_one),
	    BOTH(many_tokens_of_nobody_are_one_person),
	    BOTH(asking_two_servers_at_once_is_no_way_round_the_second_person),
	    BOTH(nobody_confirms_too_late),
	    BOTH(a_stop_calls_the_unused_back_and_issues_no_more),
	    BOTH(of_two_servers_one_works_on_a_release),
	    BOTH(what_cannot_be_released_says_why),
	    BOTH(a_device_that_cannot_be_done_holds_up_no_other),
	    BOTH(a_list_is_answered_line_by_line),
	    BOTH(orders_that_make_no_sense_are_refused),
	    BOTH(a_department_means_all_below_it),
	    BOTH(an_owner_who_changes_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
