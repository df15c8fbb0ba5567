/* When calls to DingTalk may go out: breaker, pace and budget, with the time in the test's hand. */
#include "../unit.h"

#include <stdio.h>

#include "base/base.h"
#include "base/clock.h"
#include "dingtalk/gate.h"

#define READ "/v1.0/workflow/processInstances?processInstanceId=a"
#define TOKEN "/v1.0/oauth2/accessToken"
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define BEIJING_MS (DAY_MS / 3)

struct meter_log {
	int left, asked, back, over;
	int64_t soon_ms; /* not 0: it does not know yet */
};

static bool may(void *arg, const char *corp_id, enum dingtalk_purpose purpose, int64_t *wait_ms)
{
	struct meter_log *m = arg;

	assert_string_equal(corp_id, "corp");
	m->asked++;
	if (m->soon_ms != 0) {
		*wait_ms = m->soon_ms;
		return false;
	}
	/* Filings have a reserve. */
	if (m->left <= (purpose == DINGTALK_FOR_FILING ? 0 : 1))
		return false;
	m->left--;
	return true;
}

static void back(void *arg, const char *, enum dingtalk_purpose)
{
	((struct meter_log *)arg)->back++;
}

static void over(void *arg, const char *)
{
	((struct meter_log *)arg)->over++;
}

struct world {
	struct dingtalk_gate gate;
	struct dingtalk_failure f;
	struct err e;
	int64_t now_ms, wait_ms;
	struct meter_log meter;
};

static void world_start(struct world *w, int left)
{
	*w = (struct world){.now_ms = 1000, .meter.left = left};
	dingtalk_gate_init(
	    &w->gate,
	    &(struct dingtalk_meter){.may = may, .back = back, .over = over, .arg = &w->meter},
	    "corp");
}

static void world_done(struct world *w)
{
	dingtalk_gate_done(&w->gate);
}

static bool ask(struct world *w, const char *path, enum dingtalk_purpose purpose)
{
	struct dingtalk_toll toll;

	dingtalk_toll(false, path, purpose, &toll);
	return dingtalk_gate_ask(&w->gate, &toll, w->now_ms, &w->wait_ms, &w->f, &w->e);
}

static void tell(struct world *w, const char *path, enum err_code code, struct dingtalk_failure f)
{
	struct dingtalk_toll toll;

	dingtalk_toll(false, path, DINGTALK_FOR_READING, &toll);
	dingtalk_gate_tell(&w->gate, &toll, code, &f, w->now_ms);
}

static const struct dingtalk_failure nobody = {.class = DINGTALK_RETRY, .unsent = true};
static const struct dingtalk_failure refused = {
    .class = DINGTALK_REFUSED, .status = 400, .code = "processCodeError"};
static const struct dingtalk_failure throttled = {
    .class = DINGTALK_RETRY, .status = 403, .code = "QpsLimit", .wait_ms = 1000};

/* One call far enough from the one before. */
static bool try(struct world *w, enum err_code code, struct dingtalk_failure f)
{
	w->now_ms += DINGTALK_PACE_SLOWEST_MS;
	if (!ask(w, READ, DINGTALK_FOR_READING))
		return false;
	tell(w, READ, code, f);
	return true;
}

static void assert_breaker(struct world *w, enum dingtalk_breaker expected)
{
	struct dingtalk_gate_view view;

	dingtalk_gate_look(&w->gate, w->now_ms, &view);
	assert_int_equal(view.breaker, expected);
}

static void a_dingtalk_that_does_not_answer_is_left_alone(void **)
{
	AUTO(world_done) struct world w;

	world_start(&w, 1000);
	for (int i = 0; i < DINGTALK_BREAKER_FAILURES; i++)
		assert_true(try(&w, ERR_UNAVAILABLE, nobody));
	assert_breaker(&w, DINGTALK_BREAKER_OPEN);
	assert_false(ask(&w, READ, DINGTALK_FOR_FILING));
	assert_int_equal(w.e.code, ERR_UNAVAILABLE);
	assert_true(w.f.held);
	assert_int_equal(w.f.wait_ms, DINGTALK_BREAKER_FIRST_MS);
	assert_int_equal(w.meter.asked, DINGTALK_BREAKER_FAILURES);
	assert_int_equal(w.meter.back, DINGTALK_BREAKER_FAILURES);
}

static void one_call_alone_finds_out_that_dingtalk_is_back(void **)
{
	AUTO(world_done) struct world w;

	world_start(&w, 1000);
	for (int i = 0; i < DINGTALK_BREAKER_FAILURES; i++)
		assert_true(try(&w, ERR_TIMEOUT, nobody));
	w.now_ms += DINGTALK_BREAKER_FIRST_MS;
	assert_breaker(&w, DINGTALK_BREAKER_HALF_OPEN);
	assert_true(ask(&w, READ, DINGTALK_FOR_READING));
	assert_false(ask(&w, TOKEN, DINGTALK_FOR_FILING));
	tell(&w, READ, ERR_NOT_FOUND, refused);
	assert_breaker(&w, DINGTALK_BREAKER_CLOSED);
	assert_true(ask(&w, TOKEN, DINGTALK_FOR_FILING));
}

static void each_trial_that_fails_doubles_the_pause_up_to_a_minute(void **)
{
	AUTO(world_done) struct world w;
	int64_t expected = DINGTALK_BREAKER_FIRST_MS;
	struct dingtalk_gate_view view;

	world_start(&w, 1000);
	for (int i = 0; i < DINGTALK_BREAKER_FAILURES; i++)
		assert_true(try(&w, ERR_PEER, nobody));
	for (int i = 0; i < 8; i++) {
		dingtalk_gate_look(&w.gate, w.now_ms, &view);
		assert_int_equal(view.wait_ms, expected);
		w.now_ms += view.wait_ms;
		assert_true(ask(&w, READ, DINGTALK_FOR_READING));
		tell(&w, READ, ERR_PEER, nobody);
		expected *= 2;
		if (expected > DINGTALK_BREAKER_LONGEST_MS)
			expected = DINGTALK_BREAKER_LONGEST_MS;
	}
}

static void refusals_in_words_are_health(void **)
{
	AUTO(world_done) struct world w;

	world_start(&w, 1000);
	for (int i = 0; i < 10 * DINGTALK_BREAKER_FAILURES; i++) {
		assert_true(try(&w, ERR_UNPROCESSABLE, refused));
		assert_true(try(&w, ERR_UNAVAILABLE, throttled));
	}
	assert_breaker(&w, DINGTALK_BREAKER_CLOSED);
}

static void a_blocked_address_keeps_still_for_as_long_as_dingtalk_says(void **)
{
	static const struct dingtalk_failure blocked = {
	    .class = DINGTALK_RETRY, .status = 200, .code = "x5", .wait_ms = 300000};
	AUTO(world_done) struct world w;

	world_start(&w, 1000);
	assert_true(try(&w, ERR_UNAVAILABLE, blocked));
	assert_breaker(&w, DINGTALK_BREAKER_OPEN);
	w.now_ms += 299999;
	assert_false(ask(&w, READ, DINGTALK_FOR_READING));
	w.now_ms++;
	assert_true(ask(&w, READ, DINGTALK_FOR_READING));
}

static void an_administrator_who_asks_now_passes_an_open_breaker_and_can_close_it(void **)
{
	AUTO(world_done) struct world w;

	world_start(&w, 1000);
	for (int i = 0; i < DINGTALK_BREAKER_FAILURES; i++)
		assert_true(try(&w, ERR_UNAVAILABLE, nobody));
	assert_true(ask(&w, TOKEN, DINGTALK_FOR_DOCTOR));
	tell(&w, TOKEN, ERR_NONE, (struct dingtalk_failure){0});
	assert_breaker(&w, DINGTALK_BREAKER_CLOSED);
}

/* As many threads as there are calls, all at once: when would they go out? */
static void no_second_has_more_than_twenty_calls_of_one_api(void **)
{
	AUTO(world_done) struct world w;
	int64_t at[200], start;
	size_t n = 0;

	world_start(&w, 1000);
	start = w.now_ms;
	while (n < ARRAY_SIZE(at)) {
		if (!ask(&w, READ, DINGTALK_FOR_READING)) {
			assert_true(w.f.held && w.f.wait_ms > DINGTALK_SLEEP_MAX_MS);
			w.now_ms += 10;
			continue;
		}
		assert_in_range(w.wait_ms, 0, DINGTALK_SLEEP_MAX_MS);
		at[n++] = w.now_ms + w.wait_ms;
	}
	for (size_t i = 20; i < n; i++)
		assert_true(at[i] - at[i - 20] >= 1000);
	/* And not needlessly slow. */
	assert_true(at[n - 1] - start <= 12000);
}

static void apis_do_not_wait_for_one_another(void **)
{
	AUTO(world_done) struct world w;

	world_start(&w, 1000);
	for (int i = 0; i < 5; i++)
		assert_true(ask(&w, READ, DINGTALK_FOR_READING));
	assert_int_equal(w.wait_ms, 4 * DINGTALK_PACE_MS);
	assert_true(ask(&w, TOKEN, DINGTALK_FOR_READING));
	assert_int_equal(w.wait_ms, 0);
}

static void a_throttled_api_pauses_a_second_and_goes_slower_for_a_while(void **)
{
	AUTO(world_done) struct world w;

	world_start(&w, 1000);
	assert_true(ask(&w, READ, DINGTALK_FOR_READING));
	tell(&w, READ, ERR_UNAVAILABLE, throttled);
	assert_true(ask(&w, READ, DINGTALK_FOR_READING));
	assert_int_equal(w.wait_ms, 1000);
	assert_true(ask(&w, READ, DINGTALK_FOR_READING));
	assert_int_equal(w.wait_ms, 1000 + 2 * DINGTALK_PACE_MS);
	assert_int_equal(w.meter.back, 1);
	for (int i = 0; i < 50; i++)
		assert_true(try(&w, ERR_NONE, (struct dingtalk_failure){0}));
	assert_true(ask(&w, READ, DINGTALK_FOR_READING));
	assert_int_equal(w.wait_ms, 0 + DINGTALK_PACE_MS);
}

static void the_budget_is_asked_for_what_dingtalk_counts(void **)
{
	AUTO(world_done) struct world w;

	world_start(&w, 2);
	assert_true(ask(&w, TOKEN, DINGTALK_FOR_SYNC));
	assert_true(ask(&w, "/topapi/v2/user/get?x=y", DINGTALK_FOR_SYNC));
	assert_int_equal(w.meter.asked, 0);
	assert_true(ask(&w, READ, DINGTALK_FOR_READING));
	assert_false(ask(&w, READ, DINGTALK_FOR_READING));
	assert_int_equal(w.e.code, ERR_TOO_MANY);
	assert_int_equal(w.f.class, DINGTALK_QUOTA);
	assert_true(w.f.held && w.f.wait_ms > 0 && w.f.wait_ms <= INT64_C(31) * 86400000);
	assert_true(ask(&w, READ, DINGTALK_FOR_FILING));
	assert_false(ask(&w, READ, DINGTALK_FOR_FILING));
}

static void a_budget_that_is_slow_is_not_a_month_that_is_over(void **)
{
	AUTO(world_done) struct world w;

	world_start(&w, 10);
	w.meter.soon_ms = 1000;
	assert_false(ask(&w, READ, DINGTALK_FOR_NOTICE));
	assert_int_equal(w.e.code, ERR_UNAVAILABLE);
	assert_int_equal(w.f.class, DINGTALK_RETRY);
	assert_true(w.f.held);
	assert_int_equal(w.f.wait_ms, 1000);
}

static void the_budget_hears_that_dingtalk_says_the_month_is_over(void **)
{
	static const struct dingtalk_failure quota = {
	    .class = DINGTALK_QUOTA, .status = 403, .code = "ApiCountLimitForOrg"};
	const int64_t now_ms = clock_utc_ms(), begun = clock_month(now_ms, BEIJING_MS, 0);
	AUTO(world_done) struct world w;

	world_start(&w, 10);
	assert_true(try(&w, ERR_TOO_MANY, quota));
	assert_int_equal(w.meter.over, now_ms >= begun + DINGTALK_MONTH_YOUNG_MS);
	assert_int_equal(w.meter.back, 0);
	assert_breaker(&w, DINGTALK_BREAKER_CLOSED);
}

static void a_month_that_is_over_when_it_has_just_begun_was_the_one_before(void **)
{
	const int64_t december = INT64_C(1796054400000), january = december + 31 * DAY_MS;

	assert_int_equal(dingtalk_month_over_ms(december - 1), 1);
	assert_int_equal(dingtalk_month_over_ms(december), DINGTALK_MONTH_YOUNG_MS);
	assert_int_equal(dingtalk_month_over_ms(december + DINGTALK_MONTH_YOUNG_MS - 1), 1);
	assert_int_equal(dingtalk_month_over_ms(december + DINGTALK_MONTH_YOUNG_MS),
			 january - december - DINGTALK_MONTH_YOUNG_MS);
	assert_int_equal(dingtalk_month_left_ms(december), january - december);
}

static void calls_are_counted_by_how_they_ended(void **)
{
	AUTO(world_done) struct world w;
	struct dingtalk_gate_view view;

	world_start(&w, 3);
	assert_true(try(&w, ERR_NONE, (struct dingtalk_failure){0}));
	assert_true(try(&w, ERR_UNAVAILABLE, throttled));
	assert_false(try(&w, ERR_NONE, (struct dingtalk_failure){0}));
	dingtalk_gate_look(&w.gate, w.now_ms, &view);
	assert_int_equal(view.ends[DINGTALK_END_OK], 1);
	assert_int_equal(view.ends[DINGTALK_END_THROTTLED], 1);
	assert_int_equal(view.ends[DINGTALK_END_HELD], 1);
	assert_int_equal(view.ends[DINGTALK_END_NOBODY], 0);
}

static void very_many_apis_share_a_pace_and_break_nothing(void **)
{
	AUTO(world_done) struct world w;
	char path[64];

	world_start(&w, 1000);
	for (int i = 0; i < 3 * DINGTALK_GATE_APIS; i++) {
		(void)snprintf(path, sizeof(path), "/v1.0/%d", i);
		w.now_ms += DINGTALK_PACE_MS;
		assert_true(ask(&w, path, DINGTALK_FOR_READING));
	}
	assert_int_equal(w.gate.pace_count, DINGTALK_GATE_APIS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_dingtalk_that_does_not_answer_is_left_alone),
	    cmocka_unit_test(one_call_alone_finds_out_that_dingtalk_is_back),
	    cmocka_unit_test(each_trial_that_fails_doubles_the_pause_up_to_a_minute),
	    cmocka_unit_test(refusals_in_words_are_health),
	    cmocka_unit_test(a_blocked_address_keeps_still_for_as_long_as_dingtalk_says),
	    cmocka_unit_test(an_administrator_who_asks_now_passes_an_open_breaker_and_can_close_it),
	    cmocka_unit_test(no_second_has_more_than_twenty_calls_of_one_api),
	    cmocka_unit_test(apis_do_not_wait_for_one_another),
	    cmocka_unit_test(a_throttled_api_pauses_a_second_and_goes_slower_for_a_while),
	    cmocka_unit_test(the_budget_is_asked_for_what_dingtalk_counts),
	    cmocka_unit_test(a_budget_that_is_slow_is_not_a_month_that_is_over),
	    cmocka_unit_test(the_budget_hears_that_dingtalk_says_the_month_is_over),
	    cmocka_unit_test(a_month_that_is_over_when_it_has_just_begun_was_the_one_before),
	    cmocka_unit_test(calls_are_counted_by_how_they_ended),
	    cmocka_unit_test(very_many_apis_share_a_pace_and_break_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
