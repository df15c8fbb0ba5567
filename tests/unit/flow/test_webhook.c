/* Webhooks: what is told with what happens, who may send it, and what becomes of an endpoint that fails. */
#include "world.h"

#include "flow/webhook.h"
#include "model/webhook.h"

static const char *const all_events[] = {"*"}, *const decisions[] = {"request.decided"};

static struct store_webhook hook(struct world *w, const char *name, const char *const *events,
				 const char **secret)
{
	const struct flow_webhook in = {.name = name,
					.description = "",
					.url = "https://hooks.example.com/x",
					.events = events,
					.event_count = 1,
					.enabled = true};
	struct store_webhook out = {0};

	STEP(w, flow_webhook_add(&w->flow, w->master, &in, &out, secret, &e));
	return out;
}

static struct store_webhook present(struct world *w, const char *id)
{
	struct store_webhook out = {0};

	OK(store_webhook_get(w->db, &w->arena, id, &out, &e));
	return out;
}

static size_t told(struct world *w, const char *id, enum store_outbox_state state)
{
	const struct store_webhook_filter filter = {
	    .webhook = id, .before = "", .state = state, .max = 100};
	struct store_webhook_delivery *rows;
	size_t n = 0;

	OK(store_webhook_deliveries(w->db, &w->arena, &filter, &rows, &n, &e));
	return n;
}

static bool decide(struct world *w, const char *id, struct err *e)
{
	return flow_decide(&w->flow, id, true,
			   &(struct flow_decision){"王芳", "console", "", {.role = ROLE_OWNER}}, e);
}

static void it_is_written_with_what_it_tells_or_not_at_all(void **state)
{
	AUTO(world_done) struct world w;
	struct store_webhook all, some;
	const char *secret, *id;

	world_make(&w, state);
	all = hook(&w, "all", all_events, &secret);
	some = hook(&w, "some", decisions, &secret);
	id = world_file(&w);
	assert_int_equal(told(&w, all.id, OUTBOX_WAITING), 1);
	assert_int_equal(told(&w, some.id, OUTBOX_WAITING), 0);
	OK(db_begin(w.db, &e));
	OK(decide(&w, id, &e));
	db_rollback(w.db);
	assert_int_equal(told(&w, some.id, OUTBOX_WAITING), 0);
	STEP(&w, decide(&w, id, &e));
	assert_int_equal(told(&w, some.id, OUTBOX_WAITING), 1);
	assert_int_equal(told(&w, all.id, OUTBOX_WAITING), 3); /* and grant.issued */
}

static struct flow_webhook_sending begin(struct world *w, const char *id)
{
	struct flow_webhook_sending out = {0};

	STEP(w, flow_webhook_begin(&w->flow, id, "node", &out, &e));
	return out;
}

static void end(struct world *w, const struct flow_webhook_sending *s, int64_t status)
{
	const struct flow_webhook_outcome outcome = {
	    .status = status, .error = status == 204 ? NULL : "answered", .gone = status == 410};

	STEP(w, flow_webhook_end(&w->flow, s, &outcome, &e));
}

static void one_sender_has_it_until_its_lease_is_over(void **state)
{
	AUTO(world_done) struct world w;
	struct flow_webhook_sending first, second;
	struct store_webhook_delivery row;
	const char *secret, *id;

	world_make(&w, state);
	id = hook(&w, "all", all_events, &secret).id;
	(void)world_file(&w);
	first = begin(&w, id);
	assert_non_null(first.delivery.id);
	assert_null(begin(&w, id).delivery.id);
	w.flow.now_ms += FLOW_WEBHOOK_LEASE_MS;
	second = begin(&w, id);
	assert_string_equal(second.delivery.id, first.delivery.id);
	/* The first comes back too late to say anything. */
	end(&w, &first, 500);
	OK(store_webhook_delivery_get(w.db, &w.arena, first.delivery.id, &row, &e));
	assert_string_equal(row.error, "");
	end(&w, &second, 204);
	OK(store_webhook_delivery_get(w.db, &w.arena, first.delivery.id, &row, &e));
	assert_true(row.done_ms != 0 && !row.given_up);
	assert_int_equal(row.attempts, 2);
}

static void it_is_given_up_after_three_days_and_replayed_under_its_id(void **state)
{
	AUTO(world_done) struct world w;
	struct flow_webhook_sending s;
	const char *secret, *id, *first = NULL;
	int64_t began, count;

	world_make(&w, state);
	id = hook(&w, "all", all_events, &secret).id;
	(void)world_file(&w);
	began = w.flow.now_ms;
	for (int i = 0; i < WEBHOOK_TRIES; i++) {
		struct store_webhook_due *due;
		size_t n;

		OK(store_webhook_due(w.db, &w.arena, &due, &n, &e));
		assert_int_equal(n, 1);
		assert_int_equal(due[0].failing, i > 0);
		w.flow.now_ms = due[0].due_ms;
		s = begin(&w, id);
		assert_non_null(s.delivery.id);
		assert_true(first == NULL || strcmp(first, s.delivery.id) == 0);
		first = s.delivery.id;
		end(&w, &s, 503);
	}
	assert_true(w.flow.now_ms - began > INT64_C(3) * 24 * 3600000);
	assert_int_equal(told(&w, id, OUTBOX_DEAD), 1);
	assert_int_equal(present(&w, id).failures, WEBHOOK_TRIES);
	STEP(&w, flow_webhook_replay(&w.flow, id, NULL, 0, &count, &e));
	assert_int_equal(count, 1);
	s = begin(&w, id);
	assert_string_equal(s.delivery.id, first);
	end(&w, &s, 204);
	assert_int_equal(present(&w, id).failures, 0);
}

static void an_endpoint_that_is_gone_is_disabled_and_hears_nothing(void **state)
{
	AUTO(world_done) struct world w;
	struct flow_webhook_sending s;
	struct store_webhook off;
	const char *secret, *id, *request;

	world_make(&w, state);
	id = hook(&w, "all", all_events, &secret).id;
	request = world_file(&w);
	s = begin(&w, id);
	end(&w, &s, 410);
	off = present(&w, id);
	assert_false(off.enabled);
	assert_non_null(strstr(off.disabled, "410"));
	STEP(&w, decide(&w, request, &e));
	assert_int_equal(told(&w, id, OUTBOX_ANY), 1);
	REFUSED(&w, ERR_CONFLICT, flow_webhook_test(&w.flow, id, &secret, &e));
	STEP(&w, flow_webhook_change(&w.flow, &off,
				     &(struct flow_webhook){.name = "all",
							    .description = "",
							    .url = off.url,
							    .events = all_events,
							    .event_count = 1,
							    .enabled = true},
				     &e));
	assert_true(present(&w, id).enabled);
	assert_int_equal(present(&w, id).failures, 0);
}

static void a_new_secret_signs_beside_the_old_one_for_a_day(void **state)
{
	AUTO(world_done) struct world w;
	struct flow_webhook_sending s;
	const char *secret, *rotated, *id, *before, *both, *after;

	world_make(&w, state);
	id = hook(&w, "all", all_events, &secret).id;
	(void)world_file(&w);
	s = begin(&w, id);
	OK(flow_webhook_sign(&w.arena, w.master, &s, w.flow.now_ms, &before, &e));
	STEP(&w, flow_webhook_rotate(&w.flow, w.master, id, &rotated, &e));
	assert_string_not_equal(secret, rotated);
	s.webhook = present(&w, id);
	OK(flow_webhook_sign(&w.arena, w.master, &s, w.flow.now_ms, &both, &e));
	assert_non_null(strstr(both, before));
	assert_non_null(strchr(both, ' '));
	OK(flow_webhook_sign(&w.arena, w.master, &s, w.flow.now_ms + WEBHOOK_GRACE_MS, &after, &e));
	assert_null(strchr(after, ' '));
	assert_null(strstr(after, before));
}

static void names_are_their_own_and_there_are_not_too_many(void **state)
{
	AUTO(world_done) struct world w;
	const struct flow_webhook one = {.name = "same",
					 .description = "",
					 .url = "https://hooks.example.com/x",
					 .events = all_events,
					 .event_count = 1,
					 .enabled = true};
	struct store_webhook out;
	const char *secret;

	world_make(&w, state);
	(void)hook(&w, "same", all_events, &secret);
	REFUSED(&w, ERR_CONFLICT, flow_webhook_add(&w.flow, w.master, &one, &out, &secret, &e));
	for (int i = 1; i < WEBHOOK_MAX; i++)
		(void)hook(&w, arena_printf(&w.arena, "hook %d", i), all_events, &secret);
	REFUSED(&w, ERR_UNPROCESSABLE,
		flow_webhook_add(&w.flow, w.master, &one, &out, &secret, &e));
}

/* Two administrators, or one and a try that fails in the same moment, on two servers. */
static void a_webhook_is_changed_as_it_was_seen(void **state)
{
	AUTO(world_done) struct world w = {0};
	const struct flow_webhook off = {
	    .name = "all", .description = "", .events = all_events, .event_count = 1};
	struct store_webhook seen, again;
	struct flow_webhook to = off;
	const char *id, *secret;
	bool won;

	world_make(&w, state);
	id = hook(&w, "all", all_events, &secret).id;
	seen = again = present(&w, id);
	to.url = seen.url;
	STEP(&w, flow_webhook_change(&w.flow, &seen, &to, &e));
	seen = again;
	REFUSED(&w, ERR_STALE, flow_webhook_change(&w.flow, &seen, &to, &e));
	STEP(&w, store_webhook_tried(w.db, &again, &won, &e));
	assert_false(won);
	assert_false(present(&w, id).enabled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(it_is_written_with_what_it_tells_or_not_at_all),
	    BOTH(one_sender_has_it_until_its_lease_is_over),
	    BOTH(it_is_given_up_after_three_days_and_replayed_under_its_id),
	    BOTH(an_endpoint_that_is_gone_is_disabled_and_hears_nothing),
	    BOTH(a_new_secret_signs_beside_the_old_one_for_a_day),
	    BOTH(a_webhook_is_changed_as_it_was_seen),
	    BOTH(names_are_their_own_and_there_are_not_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
