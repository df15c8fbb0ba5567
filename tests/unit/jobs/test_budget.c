/* Calls of a month, spent by several threads of several servers on one database. */
#include "../db/both.h"

#include <pthread.h>

#include "base/clock.h"
#include "jobs/budget.h"
#include "model/budget.h"
#include "store/app.h"
#include "store/budget.h"
#include "store/migrate.h"

#define CORP "dingcorp"
#define SERVERS 2
#define THREADS 3 /* a server */

struct machine {
	struct jobs_config config;
	struct job job;
	struct committer *own; /* NULL: another's */
};

static struct store_organisation organisation(const struct database *d)
{
	AUTO(db_closep) struct db *db = database_open(d, DB_READ);
	AUTO(arena_done) struct arena a = {0};
	struct store_organisation o = {0};

	OK(store_budget_get(db, &a, CORP, budget_month(clock_utc_ms(), 0), &o, &e));
	o.corp_id = CORP;
	return o;
}

static bool run(struct db *db, void *arg, struct err *e)
{
	return store_budget_set(db, CORP, *(int64_t *)arg, e);
}

static void make(const struct database *d, int64_t figure)
{
	AUTO(db_closep) struct db *db = database_open(d, DB_WRITE);
	const struct store_app app = {.id = "app-1",
				      .corp_id = CORP,
				      .client_id = "client",
				      .client_secret = {"s", 1},
				      .aes_key = {"a", 1},
				      .token = {"t", 1},
				      .path_secret = "p",
				      .notice_channel = "work-notice",
				      .ingress = "push"};

	OK(store_migrate(db, 1, &e));
	OK(store_app_add(db, &app, &e));
	OK(store_budget_set(db, CORP, figure, &e));
}

static void on_note(void *context, const char *topic, const char *text)
{
	struct machine *m = context;

	(void)text;
	if (strcmp(topic, "budget") == 0) {
		budgets_changed(m->config.budgets);
		ticker_wake(m->job.ticker);
	}
}

/* A SQLite file has one server: there both halves write through one committer. */
static void start(struct machine *m, const struct database *d, struct committer *shared)
{
	struct err e = {0};

	*m = (struct machine){.config.budgets = budgets_new()};
	m->job.config = &m->config;
	m->job.ticker = ticker_new(budget_round, &m->job);
	m->config.db_url = d->url;
	m->config.committer = shared;
	if (shared == NULL)
		m->config.committer = m->own = committer_start(d->url, on_note, m, &e);
	assert_non_null(m->config.committer);
	budgets_attach(m->config.budgets, m->job.ticker);
	ticker_start(m->job.ticker);
}

static void stop(struct machine *m, bool crashed)
{
	ticker_stop(m->job.ticker);
	if (!crashed)
		budgets_close(m->config.budgets, &m->job);
	committer_stop(m->own);
	ticker_free(m->job.ticker);
	budgets_free(m->config.budgets);
}

static bool may(struct machine *m, enum dingtalk_purpose purpose)
{
	struct dingtalk_meter meter = budgets_meter(m->config.budgets);
	int64_t wait_ms = 0;

	return meter.may(meter.arg, CORP, purpose, &wait_ms);
}

struct spender {
	struct machine *machine;
	enum dingtalk_purpose purpose;
	int64_t made;
};

static void *spend_all(void *arg)
{
	struct spender *s = arg;

	while (may(s->machine, s->purpose))
		s->made++;
	return NULL;
}

static int64_t all_spend(struct machine *machines, enum dingtalk_purpose purpose)
{
	struct spender spenders[SERVERS * THREADS];
	pthread_t threads[SERVERS * THREADS];
	int64_t made = 0;

	for (size_t i = 0; i < SERVERS * THREADS; i++) {
		spenders[i] = (struct spender){&machines[i % SERVERS], purpose, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, spend_all, &spenders[i]), 0);
	}
	for (size_t i = 0; i < SERVERS * THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		made += spenders[i].made;
	}
	return made;
}

static void start_all(struct machine *machines, const struct database *d)
{
	start(&machines[0], d, NULL);
	start(&machines[1], d, d->kind == DB_SQLITE ? machines[0].own : NULL);
}

static void stop_all(struct machine *machines, bool crashed)
{
	stop(&machines[1], crashed);
	stop(&machines[0], crashed);
}

static void servers_together_spend_the_figure_and_no_more(void **state)
{
	static const int64_t figures[] = {0, 1, 7, 30, 1234};
	const struct database *d = both_database(state);
	struct machine machines[SERVERS];

	make(d, 0);
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		int64_t figure = figures[i], made;

		start_all(machines, d);
		OK(committer_run(machines[0].config.committer, run, &figure, &e));
		made = organisation(d).calls;
		made += all_spend(machines, DINGTALK_FOR_FILING);
		assert_int_equal(made, figure);
		assert_false(may(&machines[0], DINGTALK_FOR_READING));
		stop_all(machines, false);
		assert_int_equal(organisation(d).calls, figure);
	}
}

static void readings_leave_what_filings_need(void **state)
{
	const struct database *d = both_database(state);
	struct machine machines[SERVERS];

	make(d, 1000);
	start_all(machines, d);
	assert_int_equal(all_spend(machines, DINGTALK_FOR_NOTICE), 800);
	assert_int_equal(all_spend(machines, DINGTALK_FOR_READING), 50);
	assert_false(may(&machines[0], DINGTALK_FOR_DOCTOR));
	assert_int_equal(all_spend(machines, DINGTALK_FOR_FILING), 150);
	stop_all(machines, false);
	assert_int_equal(organisation(d).calls, 1000);
}

static void a_crash_loses_calls_and_a_stop_gives_them_back(void **state)
{
	const struct database *d = both_database(state);
	struct machine machines[SERVERS];
	int64_t taken;

	make(d, 10000);
	start_all(machines, d);
	for (int i = 0; i < 3; i++)
		assert_true(may(&machines[0], DINGTALK_FOR_FILING));
	stop_all(machines, false);
	assert_int_equal(organisation(d).calls, 3);

	start_all(machines, d);
	for (int i = 0; i < 3; i++)
		assert_true(may(&machines[1], DINGTALK_FOR_FILING));
	stop_all(machines, true);
	taken = organisation(d).calls;
	assert_in_range(taken, 3 + 3, 3 + 2 * BUDGET_BLOCK_MAX);

	/* What was lost stays lost: the figure holds. */
	start_all(machines, d);
	assert_int_equal(all_spend(machines, DINGTALK_FOR_FILING), 10000 - taken);
	stop_all(machines, false);
}

static void a_call_that_was_not_counted_can_be_made_again(void **state)
{
	const struct database *d = both_database(state);
	struct machine machines[SERVERS];
	struct dingtalk_meter meter;

	make(d, 1);
	start_all(machines, d);
	meter = budgets_meter(machines[0].config.budgets);
	for (int i = 0; i < 10; i++) {
		assert_true(may(&machines[0], DINGTALK_FOR_FILING));
		assert_false(may(&machines[0], DINGTALK_FOR_FILING));
		meter.back(meter.arg, CORP, DINGTALK_FOR_FILING);
	}
	stop_all(machines, false);
}

static void what_dingtalk_says_about_the_month_counts_until_the_figure_is_raised(void **state)
{
	const struct database *d = both_database(state);
	struct machine machines[SERVERS];
	struct dingtalk_meter meter;
	int64_t figure = 2000;

	make(d, 1000);
	start_all(machines, d);
	assert_true(may(&machines[0], DINGTALK_FOR_FILING));
	meter = budgets_meter(machines[0].config.budgets);
	meter.over(meter.arg, CORP);
	assert_false(may(&machines[0], DINGTALK_FOR_FILING));
	for (int i = 0; i < 500 && !organisation(d).over; i++)
		(void)usleep(10000);
	assert_true(organisation(d).over);
	assert_false(may(&machines[0], DINGTALK_FOR_FILING));
	OK(committer_run(machines[0].config.committer, run, &figure, &e));
	assert_false(organisation(d).over);
	assert_true(may(&machines[0], DINGTALK_FOR_FILING));
	stop_all(machines, false);
}

static void a_lowered_figure_takes_back_what_is_in_hand(void **state)
{
	const struct database *d = both_database(state);
	struct machine machine;
	int64_t figure = 5;

	make(d, 10000);
	start(&machine, d, NULL);
	assert_true(may(&machine, DINGTALK_FOR_FILING));
	assert_true(may(&machine, DINGTALK_FOR_READING));
	OK(committer_run(machine.config.committer, run, &figure, &e));
	for (int i = 0; i < 3; i++)
		assert_true(may(&machine, DINGTALK_FOR_FILING));
	assert_false(may(&machine, DINGTALK_FOR_FILING));
	stop(&machine, false);
	assert_int_equal(organisation(d).calls, 5);
}

static void pushes_are_counted(void **state)
{
	const struct database *d = both_database(state);
	int64_t month = budget_month(clock_utc_ms(), 0);

	make(d, -1);
	assert_int_equal(organisation(d).figure, BUDGET_DEFAULT);
	assert_false(organisation(d).entered);
	{
		AUTO(db_closep) struct db *db = database_open(d, DB_WRITE);

		for (int i = 0; i < 3; i++)
			OK(store_budget_pushed(db, "app-1", month, &e));
		OK(store_budget_pushed(db, "app-1", month - 1, &e));
	}
	assert_int_equal(organisation(d).pushes, 3);
	assert_int_equal(organisation(d).calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(servers_together_spend_the_figure_and_no_more),
	    BOTH(readings_leave_what_filings_need),
	    BOTH(a_crash_loses_calls_and_a_stop_gives_them_back),
	    BOTH(a_call_that_was_not_counted_can_be_made_again),
	    BOTH(what_dingtalk_says_about_the_month_counts_until_the_figure_is_raised),
	    BOTH(a_lowered_figure_takes_back_what_is_in_hand),
	    BOTH(pushes_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
