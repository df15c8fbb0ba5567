/* DingTalk apps and the Request URLs that are there before them. */
#include "world.h"

#include "flow/request_url.h"

static struct flow_app entered(struct world *w, const char *client_id)
{
	return (struct flow_app){.corp_id = "dingcorp",
				 .client_id = client_id,
				 .client_secret = arena_dup(&w->arena, "secret"),
				 .aes_key = arena_dup(&w->arena, "aes"),
				 .token = arena_dup(&w->arena, "token")};
}

static struct store_request_url allot(struct world *w)
{
	struct store_request_url url = {0};

	STEP(w, flow_request_url_allot(&w->flow, "admin", &url, &e));
	return url;
}

/* The app that a push to this address is for; NULL: none. */
static const char *routed(struct world *w, const char *id, const char *secret)
{
	struct err e = {0};
	const char *app;
	bool alias;

	return flow_request_url_route(&w->flow, id, secret, &app, &alias, &e) ? app : NULL;
}

static void a_new_app_has_the_url_of_the_panel(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_request_url url;
	struct flow_app app, other;
	bool reused;

	world_make(&w, state);
	url = allot(&w);
	app = entered(&w, "dingnew");
	app.request_url = url.id;
	STEP(&w, flow_app_ensure(&w.flow, w.master, &app, &reused, &e));
	assert_false(reused);
	assert_string_equal(app.id, url.id);
	assert_string_equal(app.path_secret, url.secret);
	assert_string_equal(routed(&w, url.id, "whatever"), url.id);
	other = entered(&w, "dingother");
	other.request_url = url.id;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_app_add(&w.flow, w.master, &other, &e));
}

static void the_app_that_is_there_is_taken_and_the_url_leads_to_it(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_request_url url;
	struct flow_app app;
	bool reused;

	world_make(&w, state);
	url = allot(&w);
	app = entered(&w, "dingclient");
	app.request_url = url.id;
	STEP(&w, flow_app_ensure(&w.flow, w.master, &app, &reused, &e));
	assert_true(reused);
	assert_string_equal(app.id, w.app);
	assert_string_equal(routed(&w, url.id, url.secret), w.app);
	assert_null(routed(&w, url.id, "wrong"));
	/* Saved once more, with the alias or the URL of its own. */
	STEP(&w, flow_app_ensure(&w.flow, w.master, &app, &reused, &e));
	app.request_url = w.app;
	STEP(&w, flow_app_ensure(&w.flow, w.master, &app, &reused, &e));
}

static void secrets_of_an_app_that_is_there_are_not_overwritten(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct flow_app app;
	bool reused;

	world_make(&w, state);
	app = entered(&w, "dingclient");
	app.token = NULL; /* not entered */
	STEP(&w, flow_app_ensure(&w.flow, w.master, &app, &reused, &e));
	app.client_secret = arena_dup(&w.arena, "another");
	REFUSED(&w, ERR_CONFLICT, flow_app_ensure(&w.flow, w.master, &app, &reused, &e));
	app = entered(&w, "dingclient");
	app.aes_key = arena_dup(&w.arena, "another");
	REFUSED(&w, ERR_CONFLICT, flow_app_ensure(&w.flow, w.master, &app, &reused, &e));
	app = entered(&w, "dingclient");
	app.agent_id = 7;
	REFUSED(&w, ERR_CONFLICT, flow_app_ensure(&w.flow, w.master, &app, &reused, &e));
	app.agent_id = 0;
	app.ingress = STORE_INGRESS_STREAM;
	REFUSED(&w, ERR_CONFLICT, flow_app_ensure(&w.flow, w.master, &app, &reused, &e));
	app.ingress = STORE_INGRESS_PUSH; /* as it is */
	STEP(&w, flow_app_ensure(&w.flow, w.master, &app, &reused, &e));
	app.corp_id = "dingelsewhere";
	REFUSED(&w, ERR_CONFLICT, flow_app_ensure(&w.flow, w.master, &app, &reused, &e));
}

static void a_url_that_nobody_takes_ends(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_request_url url, taken;
	struct flow_app app;
	int64_t open;

	world_make(&w, state);
	url = allot(&w);
	w.flow.now_ms += FLOW_REQUEST_URL_MS;
	app = entered(&w, "dingnew");
	app.request_url = url.id;
	REFUSED(&w, ERR_UNPROCESSABLE, flow_app_add(&w.flow, w.master, &app, &e));
	taken = allot(&w);
	app.request_url = taken.id;
	STEP(&w, flow_app_add(&w.flow, w.master, &app, &e));
	STEP(&w, store_request_url_purge(w.db, w.flow.now_ms, &e));
	OK(store_request_url_open(w.db, "admin", 0, &open, &e));
	assert_int_equal(open, 0);
}

static void nobody_has_more_than_some_open(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_request_url url;

	world_make(&w, state);
	for (int i = 0; i < FLOW_REQUEST_URLS_OPEN; i++)
		(void)allot(&w);
	REFUSED(&w, ERR_TOO_MANY, flow_request_url_allot(&w.flow, "admin", &url, &e));
	STEP(&w, flow_request_url_allot(&w.flow, "another", &url, &e));
}

static void of_many_aliases_those_longest_not_used_go(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_request_url first, second, url;
	const char *app;
	bool alias;

	world_make(&w, state);
	first = allot(&w);
	second = allot(&w);
	STEP(&w, flow_request_url_alias(&w.flow, first.id, w.app, &e));
	w.flow.now_ms++;
	STEP(&w, flow_request_url_alias(&w.flow, second.id, w.app, &e));
	w.flow.now_ms += INT64_C(48) * 3600 * 1000;
	STEP(&w, flow_request_url_route(&w.flow, first.id, first.secret, &app, &alias, &e));
	for (int i = 0; i < STORE_REQUEST_URL_ALIASES - 1; i++) {
		url = allot(&w);
		w.flow.now_ms++;
		STEP(&w, flow_request_url_alias(&w.flow, url.id, w.app, &e));
	}
	assert_string_equal(routed(&w, first.id, first.secret), w.app);
	OK(store_request_url_taken(w.db, &w.arena, second.id, &url, &e));
	assert_null(url.id);
}

static void an_app_goes_when_nothing_needs_it(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_request_url url;
	struct store_app row;
	struct flow_app app;

	world_make(&w, state);
	OK(store_app_get(w.db, &w.arena, w.app, &row, &e));
	REFUSED(&w, ERR_CONFLICT, flow_app_remove(&w.flow, &row, &e));
	app = entered(&w, "dingnew");
	STEP(&w, flow_app_add(&w.flow, w.master, &app, &e));
	url = allot(&w);
	STEP(&w, flow_request_url_alias(&w.flow, url.id, app.id, &e));
	OK(store_app_get(w.db, &w.arena, app.id, &row, &e));
	STEP(&w, flow_app_remove(&w.flow, &row, &e));
	FAILS(ERR_NOT_FOUND, store_app_get(w.db, &w.arena, row.id, &row, &e));
	OK(store_request_url_taken(w.db, &w.arena, url.id, &url, &e));
	assert_null(url.id);
}

static void who_changes_an_old_version_is_told(void **state)
{
	AUTO(world_done) struct world w = {0};
	struct store_app row;
	struct flow_app app = {.agent_id = 7, .row = &row};

	world_make(&w, state);
	OK(store_app_get(w.db, &w.arena, w.app, &row, &e));
	app.id = w.app;
	STEP(&w, flow_app_change(&w.flow, w.master, &app, &e));
	REFUSED(&w, ERR_STALE, flow_app_change(&w.flow, w.master, &app, &e));
	OK(store_app_get(w.db, &w.arena, w.app, &row, &e));
	assert_int_equal(row.version, 2);
	STEP(&w, flow_app_change(&w.flow, w.master, &app, &e));
}

/* The record says which secrets were entered, and none of them. */
static void no_secret_is_on_record(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct store_event_filter filter = {.before = "", .max = 100};
	struct store_event *events;
	struct flow_app app;
	size_t count, told = 0;

	world_make(&w, state);
	app = (struct flow_app){.id = w.app, .client_secret = arena_dup(&w.arena, "not-this-one")};
	STEP(&w, flow_app_change(&w.flow, w.master, &app, &e));
	OK(store_event_list(w.db, &w.arena, &filter, &events, &count, &e));
	for (size_t i = 0; i < count; i++) {
		assert_null(strstr(events[i].record, "not-this-one"));
		told += strstr(events[i].record, "\"entered\":{\"before\":null,\"after\":["
						 "\"client_secret\"]}") != NULL;
	}
	assert_int_equal(told, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(a_new_app_has_the_url_of_the_panel),
	    BOTH(the_app_that_is_there_is_taken_and_the_url_leads_to_it),
	    BOTH(secrets_of_an_app_that_is_there_are_not_overwritten),
	    BOTH(a_url_that_nobody_takes_ends),
	    BOTH(nobody_has_more_than_some_open),
	    BOTH(of_many_aliases_those_longest_not_used_go),
	    BOTH(an_app_goes_when_nothing_needs_it),
	    BOTH(who_changes_an_old_version_is_told),
	    BOTH(no_secret_is_on_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
