#include "world.h"

#include "store/check.h"
#include "store/grant.h"
#include "store/inbox.h"
#include "store/instance_list.h"
#include "store/outbox.h"

static size_t list(struct world *w, const struct store_instance_filter *filter,
		   const struct store_listing *listing, const char **first)
{
	struct store_listed_page page;

	OK(store_instance_list(w->db, &w->arena, filter, listing, &page, &e));
	*first = page.count > 0 ? page.items[0].instance.id : NULL;
	assert_int_equal(page.count == (size_t)listing->limit, page.next != NULL);
	return page.count;
}

static void instances_are_listed_newest_first_and_filtered(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *one, *two, *first;
	struct store_instance_filter f = {0};
	struct store_listing l = {.cursor = "", .limit = 10};

	world_make(&w, state);
	one = world_file(&w);
	STEP(&w, flow_decide(&w.flow, one, false,
			     &(struct flow_decision){"a", "api", "", WORLD_ADMIN}, &e));
	two = world_file(&w);
	assert_int_equal(list(&w, &f, &l, &first), 2);
	assert_string_equal(first, two);
	f.statuses = 1U << INSTANCE_REJECTED;
	assert_int_equal(list(&w, &f, &l, &first), 1);
	assert_string_equal(first, one);
	f.device = w.device;
	assert_int_equal(list(&w, &f, &l, &first), 1);
	f.device = w.lihua;
	assert_int_equal(list(&w, &f, &l, &first), 0);
	f = (struct store_instance_filter){0};
	l.cursor = two;
	assert_int_equal(list(&w, &f, &l, &first), 1);
	assert_string_equal(first, one);
	l = (struct store_listing){.cursor = "", .limit = 1};
	assert_int_equal(list(&w, &f, &l, &first), 1);
	assert_string_equal(first, two);
	l.oldest = true;
	assert_int_equal(list(&w, &f, &l, &first), 1);
	assert_string_equal(first, one);
	l.cursor = w.device;
	FAILS(ERR_INVALID,
	      store_instance_list(w.db, &w.arena, &f, &l, &(struct store_listed_page){0}, &e));
}

/* Follows the list to its end. */
static void follow(struct world *w, bool oldest, const char *const *want, size_t count)
{
	struct store_listing l = {.oldest = oldest, .cursor = "", .limit = 10};
	size_t found = 0, pages = 0;

	for (; l.cursor != NULL; pages++) {
		struct store_listed_page page;

		OK(store_instance_list(w->db, &w->arena, &(struct store_instance_filter){0}, &l,
				       &page, &e));
		for (size_t i = 0; i < page.count; i++, found++)
			assert_string_equal(page.items[i].instance.id,
					    want[oldest ? count - 1 - found : found]);
		l.cursor = page.next;
		assert_true(pages < 10);
	}
	assert_int_equal(found, count);
	assert_true(pages > 1);
}

/* Far more than is looked at for one page lies between these. */
static void a_page_that_looks_at_too_much_is_short_and_goes_on(void **state)
{
	AUTO(world_done) struct world w = {0};
	const char *want[4];

	world_make(&w, state);
	for (int i = 0; i < 4; i++) {
		want[3 - i] = world_file(&w);
		STEP(&w, flow_decide(&w.flow, want[3 - i], false,
				     &(struct flow_decision){"a", "api", "", WORLD_ADMIN}, &e));
		STEP(&w, db_exec(w.db, "UPDATE counters SET reached = reached + 700000 * $1",
				 DB_PARAMS(db_i64(i % 2)), NULL, &e));
	}
	follow(&w, false, want, ARRAY_SIZE(want));
	follow(&w, true, want, ARRAY_SIZE(want));
}

static int64_t seen(struct world *w, int64_t at_ms)
{
	struct store_app app;

	STEP(w, store_app_event_seen(w->db, w->app, at_ms, &e));
	OK(store_app_get(w->db, &w->arena, w->app, &app, &e));
	return app.last_event_ms;
}

static void the_last_event_is_noted_once_a_second(void **state)
{
	AUTO(world_done) struct world w = {0};

	world_make(&w, state);
	assert_int_equal(seen(&w, WORLD_NOW), WORLD_NOW);
	assert_int_equal(seen(&w, WORLD_NOW + 999), WORLD_NOW);
	assert_int_equal(seen(&w, WORLD_NOW + 1000), WORLD_NOW + 1000);
	assert_int_equal(seen(&w, WORLD_NOW + 1999), WORLD_NOW + 1000);
	/* A clock that was set back does not stop it. */
	assert_int_equal(seen(&w, WORLD_NOW), WORLD_NOW);
}

static void apps_and_workflows_are_listed(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_workflow *workflows;
	struct store_app *apps;
	size_t count;

	world_make(&w, state);
	OK(store_app_list(w.db, &w.arena, "", 10, &apps, &count, &e));
	assert_int_equal(count, 1);
	assert_string_equal(apps[0].client_id, "dingclient");
	assert_int_equal(apps[0].agent_id, 1000001);
	OK(store_app_list(w.db, &w.arena, apps[0].id, 10, &apps, &count, &e));
	assert_int_equal(count, 0);
	OK(store_workflow_list(w.db, &w.arena, "", 10, &workflows, &count, &e));
	assert_int_equal(count, 1);
	assert_string_equal(workflows[0].id, w.workflow);
}

static struct store_source next_walk(struct world *w, int64_t now_ms)
{
	struct store_source s;

	OK(store_source_sync_next(w->db, &w->arena, now_ms, &s, &e));
	return s;
}

static void a_walk_belongs_to_one_server_and_goes_on_when_that_one_is_cut_off(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_source s;
	struct store_source_lease one = {
	    .node = "one", .lease = "a", .now_ms = WORLD_NOW, .until_ms = WORLD_NOW + 60000};
	struct store_source_lease two = {
	    .node = "two", .lease = "b", .now_ms = WORLD_NOW, .until_ms = WORLD_NOW + 60000};
	struct store_source_lease other;
	bool held;
	int64_t due_ms;

	world_make(&w, state);
	one.source = two.source = w.source;
	s = next_walk(&w, WORLD_NOW);
	assert_string_equal(s.id, w.source);
	assert_string_equal(s.app, w.app);
	STEP(&w, store_source_sync_take(w.db, &one, &held, &e));
	assert_true(held);
	STEP(&w, store_source_sync_take(w.db, &two, &held, &e));
	assert_false(held);
	STEP(&w, store_source_sync_begin(w.db, w.source, WORLD_NOW, &e));
	assert_null(next_walk(&w, WORLD_NOW + 1).id);
	OK(store_source_sync_due(w.db, &due_ms, &e));
	assert_int_equal(due_ms, WORLD_NOW + 60000);
	STEP(&w, store_source_sync_resume(w.db, "two", &e));
	assert_null(next_walk(&w, WORLD_NOW + 1).id);
	STEP(&w, store_source_sync_resume(w.db, "one", &e));
	assert_string_equal(next_walk(&w, WORLD_NOW + 1).id, w.source);
	STEP(&w, store_source_sync_take(w.db, &two, &held, &e));
	STEP(&w, store_source_sync_hold(w.db, &one, &held, &e));
	assert_false(held);
	/* Another reader of the same server, after a leap of the clock. */
	other = two;
	other.lease = "c";
	other.now_ms = two.until_ms;
	other.until_ms = two.until_ms;
	STEP(&w, store_source_sync_take(w.db, &other, &held, &e));
	assert_true(held);
	STEP(&w, store_source_sync_hold(w.db, &two, &held, &e));
	assert_false(held);
	s = next_walk(&w, WORLD_NOW + 60000);
	assert_string_equal(s.id, w.source);
	s.sync_state = "done";
	s.sync_people = 3;
	s.sync_ended_ms = WORLD_NOW + 1;
	s.sync_due_ms = WORLD_NOW + 3600000;
	STEP(&w, store_source_sync_end(w.db, &s, &e));
	assert_null(next_walk(&w, WORLD_NOW + 3599999).id);
	OK(store_source_sync_due(w.db, &due_ms, &e));
	assert_int_equal(due_ms, WORLD_NOW + 3600000);
	assert_string_equal(next_walk(&w, WORLD_NOW + 3600000).id, w.source);
	OK(store_source_get(w.db, &w.arena, w.source, &s, &e));
	assert_int_equal(s.sync_people, 3);
	assert_int_equal(s.sync_started_ms, WORLD_NOW);
}

typedef bool due_fn(struct db *db, int64_t *due_ms, struct err *e);

static int64_t due(struct world *w, due_fn *fn)
{
	int64_t at = -1;

	OK(fn(w->db, &at, &e));
	return at;
}

static int64_t outbox_due(struct world *w)
{
	int64_t at = -1;

	OK(store_outbox_due(w->db, w->app, &at, &e));
	return at;
}

static int64_t check_due(struct world *w)
{
	struct store_check_app *apps;
	size_t count;

	OK(store_check_apps(w->db, &w->arena, &apps, &count, &e));
	assert_int_equal(count, 1);
	return apps[0].due_ms;
}

static void deadlines_are_known_and_none_is_zero(void **state)
{
	AUTO(world_done) struct world w = {0};
	bool added;
	const char *id;

	world_make(&w, state);
	assert_int_equal(due(&w, store_instance_expiry_due), 0);
	assert_int_equal(check_due(&w), 0);
	assert_int_equal(due(&w, store_grant_lapse_due), 0);
	assert_int_equal(outbox_due(&w), 0);
	assert_int_equal(due(&w, store_inbox_due), 0);
	id = world_file(&w);
	assert_int_equal(due(&w, store_instance_expiry_due), world_instance(&w, id).expires_ms);
	assert_int_equal(outbox_due(&w), WORLD_NOW);
	world_created(&w, "oa-1");
	STEP(&w, store_check_hurry_all(w.db, WORLD_NOW + 7, &e));
	assert_int_equal(check_due(&w), WORLD_NOW + 7);
	STEP(&w, flow_decide(&w.flow, id, true,
			     &(struct flow_decision){"a", "api", "", WORLD_ADMIN}, &e));
	assert_int_equal(due(&w, store_grant_lapse_due), WORLD_NOW + INT64_C(72) * 3600 * 1000);
	assert_int_equal(due(&w, store_instance_expiry_due), 0);
	STEP(&w, store_check_hurry_all(w.db, WORLD_NOW + 8, &e));
	assert_int_equal(check_due(&w), 0);
	STEP(&w, flow_inbox_store(&w.flow,
				  &(struct store_inbox){.app = w.app,
							.dedupe = "k",
							.event = "user_add_org",
							.external_id = "",
							.change = "",
							.body = "{}"},
				  &added, &e));
	assert_int_equal(due(&w, store_inbox_due), WORLD_NOW);
	STEP(&w, flow_inbox_next(&w.flow, &added, &e));
	assert_int_equal(due(&w, store_inbox_due), 0);
	STEP(&w, store_inbox_forget(w.db, WORLD_NOW + 1, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(instances_are_listed_newest_first_and_filtered),
	    BOTH(a_page_that_looks_at_too_much_is_short_and_goes_on),
	    BOTH(apps_and_workflows_are_listed),
	    BOTH(the_last_event_is_noted_once_a_second),
	    BOTH(a_walk_belongs_to_one_server_and_goes_on_when_that_one_is_cut_off),
	    BOTH(deadlines_are_known_and_none_is_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
