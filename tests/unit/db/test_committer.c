#include "items.h"

#include <pthread.h>

#define THREADS 8
#define PER_THREAD 250

struct submitter {
	struct committer *c;
	struct item items[PER_THREAD];
};

static void *submit_all(void *arg)
{
	struct submitter *s = arg;
	size_t i;

	for (i = 0; i < PER_THREAD; i++)
		committer_submit(s->c, item_unit, item_done, &s->items[i]);
	return NULL;
}

static void many_threads_are_told_the_truth_once(void **state)
{
	static const enum how hows[] = {PLAIN,     PLAIN, PLAIN,    REFUSES, PLAIN,
					CONFLICTS, PLAIN, SWALLOWS, PLAIN};
	static const enum err_code codes[] = {[PLAIN] = ERR_NONE,
					      [REFUSES] = ERR_UNPROCESSABLE,
					      [CONFLICTS] = ERR_CONFLICT,
					      [SWALLOWS] = ERR_CONFLICT};
	const struct database *d = both_database(state);
	struct submitter *all = mem_array(THREADS, sizeof(*all));
	struct committer_counts counts;
	pthread_t threads[THREADS];
	struct committer *c;
	size_t i, j;

	make_items(d);
	c = start(d->url, NULL);
	for (i = 0; i < THREADS; i++) {
		all[i].c = c;
		for (j = 0; j < PER_THREAD; j++)
			all[i].items[j] = (struct item){.id = (int64_t)(i * PER_THREAD + j),
							.how = hows[(i + j) % ARRAY_SIZE(hows)]};
		assert_int_equal(pthread_create(&threads[i], NULL, submit_all, &all[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (i = 0; i < THREADS; i++)
		await(all[i].items, PER_THREAD);
	committer_counts(c, &counts);
	committer_stop(c);
	for (i = 0; i < THREADS; i++) {
		check_truth(d, all[i].items, PER_THREAD);
		for (j = 0; j < PER_THREAD; j++)
			assert_int_equal(all[i].items[j].told, codes[all[i].items[j].how]);
	}
	assert_int_equal(counts.units, THREADS * PER_THREAD);
	assert_true(counts.batches < counts.units);
	assert_int_equal(counts.waiting + counts.refused + counts.reruns, 0);
	mem_free(all);
}

static void a_failing_unit_is_undone_alone_and_its_notes_with_it(void **state)
{
	const struct database *d = both_database(state);
	struct log log = {""};
	struct item items[] = {
	    {.id = 1, .note = "one", .log = &log},
	    {.id = 2, .note = "two", .log = &log, .how = REFUSES},
	    {.id = 3, .note = "three", .log = &log},
	    {.id = 3, .note = "four", .log = &log},
	    {.id = 5, .note = "five", .log = &log, .how = SWALLOWS},
	    {.id = 2, .note = "six", .log = &log},
	};
	struct committer_counts counts;
	struct committer *c;

	make_items(d);
	c = start(d->url, &log);
	run_as_one_batch(c, items, ARRAY_SIZE(items));
	committer_counts(c, &counts);
	committer_stop(c);
	assert_string_equal(log.text, "one three six done unprocessable done conflict conflict "
				      "done ");
	assert_int_equal(counts.batches, 2);
	assert_int_equal(items[4].answers, 1);
	{
		AUTO(db_closep) struct db *db = database_open(d, DB_READ);

		assert_true(present(db, 1) && present(db, 2) && present(db, 3));
		assert_false(present(db, 5));
	}
}

static bool late_unit(struct db *db, void *arg, struct err *e)
{
	return db_exec(db, "INSERT INTO late VALUES ($1)", DB_PARAMS(db_i64(*(int64_t *)arg)), NULL,
		       e);
}

static void late_done(void *arg, const struct err *e)
{
	*(int64_t *)arg = -(int64_t)e->code - 1;
}

static void a_commit_that_fails_for_one_unit_fails_for_it_alone(void **state)
{
	const struct database *d = both_database(state);
	struct item items[] = {{.id = 1}, {.id = 2}};
	int64_t missing = 99;
	struct committer_counts counts;
	struct committer *c;
	struct gate gate;

	make_items(d);
	{
		AUTO(db_closep) struct db *db = database_open(d, DB_WRITE);

		OK(db_script(db,
			     "CREATE TABLE late (item BIGINT REFERENCES item (id)"
			     " DEFERRABLE INITIALLY DEFERRED)",
			     &e));
	}
	c = start(d->url, NULL);
	gate_close(&gate, c);
	committer_submit(c, item_unit, item_done, &items[0]);
	committer_submit(c, late_unit, late_done, &missing);
	committer_submit(c, item_unit, item_done, &items[1]);
	gate_open(&gate);
	await(items, 2);
	committer_counts(c, &counts);
	committer_stop(c);
	check_truth(d, items, 2);
	assert_int_equal(items[0].told, ERR_NONE);
	assert_int_equal(items[1].told, ERR_NONE);
	assert_int_equal(items[0].runs, 2);
	assert_int_equal(missing, -(int64_t)ERR_CONFLICT - 1);
	assert_int_equal(counts.reruns, 1);
}

static void run_waits_for_the_commit(void **state)
{
	const struct database *d = both_database(state);
	struct item item = {.id = 1, .how = REFUSES};
	struct committer *c;

	make_items(d);
	c = start(d->url, NULL);
	FAILS(ERR_UNPROCESSABLE, committer_run(c, item_unit, &item, &e));
	item.how = PLAIN;
	OK(committer_run(c, item_unit, &item, &e));
	{
		AUTO(db_closep) struct db *db = database_open(d, DB_READ);

		assert_true(present(db, 1));
	}
	FAILS(ERR_CONFLICT, committer_run(c, item_unit, &item, &e));
	committer_stop(c);
}

static bool nothing_unit(struct db *db, void *arg, struct err *e)
{
	(void)db;
	(void)arg;
	(void)e;
	return true;
}

static void count_done(void *arg, const struct err *e)
{
	atomic_int *told = arg;

	told[e->code]++;
}

static void too_many_waiting_are_refused_at_once(void **state)
{
	const struct database *d = both_database(state);
	atomic_int told[ERR_CODE_COUNT] = {0};
	struct committer *c = start(d->url, NULL);
	struct committer_counts counts;
	struct gate gate;
	size_t i;

	gate_close(&gate, c);
	for (i = 0; i < COMMITTER_MAX_WAITING + 5; i++)
		committer_submit(c, nothing_unit, count_done, told);
	assert_int_equal(told[ERR_UNAVAILABLE], 5);
	committer_counts(c, &counts);
	assert_int_equal(counts.waiting, COMMITTER_MAX_WAITING);
	assert_int_equal(counts.refused, 5);
	gate_open(&gate);
	committer_stop(c);
	assert_int_equal(told[ERR_NONE], COMMITTER_MAX_WAITING);
}

static void urgent_units_run_before_those_that_wait_and_starve_nobody(void **state)
{
	const struct database *d = both_database(state);
	struct log log = {""};
	struct item first = {.id = 1, .note = "ordinary", .log = &log};
	struct item second = {.id = 2, .note = "urgent", .log = &log};
	struct item *crowd = mem_array(COMMITTER_MAX_BATCH, sizeof(*crowd));
	struct item last = {.id = 3};
	struct committer *c;
	struct gate gate;
	size_t i;

	make_items(d);
	c = start(d->url, &log);
	gate_close(&gate, c);
	committer_submit(c, item_unit, item_done, &first);
	committer_submit_urgent(c, item_unit, item_done, &second);
	gate_open(&gate);
	await(&first, 1);
	await(&second, 1);
	assert_string_equal(log.text, "urgent ordinary done done ");

	gate_close(&gate, c);
	for (i = 0; i < COMMITTER_MAX_BATCH; i++) {
		crowd[i].id = (int64_t)i + 10;
		committer_submit_urgent(c, item_unit, item_done, &crowd[i]);
	}
	committer_submit(c, item_unit, item_done, &last);
	gate_open(&gate);
	await(&last, 1);
	/* It was in the first batch, which had no room for all of the crowd. */
	assert_int_equal(crowd[0].told, ERR_NONE);
	await(crowd, COMMITTER_MAX_BATCH);
	committer_stop(c);
	mem_free(crowd);
}

static void *stop(void *arg)
{
	committer_stop(arg);
	return NULL;
}

static void stop_takes_what_was_submitted_to_its_end(void **state)
{
	const struct database *d = both_database(state);
	atomic_int told[ERR_CODE_COUNT] = {0};
	struct item *items = mem_array(500, sizeof(*items));
	struct committer *c;
	pthread_t stopper;
	struct gate gate;
	size_t i;

	make_items(d);
	c = start(d->url, NULL);
	gate_close(&gate, c);
	for (i = 0; i < 500; i++) {
		items[i].id = (int64_t)i;
		committer_submit(c, item_unit, item_done, &items[i]);
	}
	assert_int_equal(pthread_create(&stopper, NULL, stop, c), 0);
	for (i = 0; !told[ERR_UNAVAILABLE] && i < 10000; i++) {
		committer_submit(c, nothing_unit, count_done, told);
		(void)usleep(1000);
	}
	(void)sem_post(&gate.open);
	assert_int_equal(pthread_join(stopper, NULL), 0);
	assert_int_equal(told[ERR_UNAVAILABLE], 1);
	assert_int_equal(told[ERR_NONE], i - 1);
	check_truth(d, items, 500);
	assert_int_equal(items[499].told, ERR_NONE);
	mem_free(items);
}

static void no_database_is_told_to_everybody_and_later_ones_succeed(void **state)
{
	struct database *d = both_database(state);
	struct committer *c;
	struct item items[] = {{.id = 1}, {.id = 2}, {.id = 3}};
	AUTO(db_closep) struct db *other = NULL;

	make_items(d);
	c = start(d->url, NULL);
	other = database_open(d, DB_WRITE);
	/* Only the writer's lock can be taken away here, and it is waited for 5 s. */
	OK(db_begin(other, &e));
	{
		size_t i;

		for (i = 0; i < 2; i++)
			committer_submit(c, item_unit, item_done, &items[i]);
	}
	await(items, 2);
	assert_int_equal(items[0].told, ERR_UNAVAILABLE);
	assert_int_equal(items[1].told, ERR_UNAVAILABLE);
	OK(db_commit(other, &e));
	run_as_one_batch(c, &items[2], 1);
	committer_stop(c);
	check_truth(d, items, 3);
	assert_int_equal(items[2].told, ERR_NONE);
}

static void a_database_that_cannot_be_opened_starts_no_committer(void **state)
{
	struct err e = {0};

	(void)state;
	assert_null(committer_start("sqlite:/nowhere/x.db", NULL, NULL, &e));
	assert_int_equal(e.code, ERR_IO);
	committer_stop(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(many_threads_are_told_the_truth_once),
	    BOTH(a_failing_unit_is_undone_alone_and_its_notes_with_it),
	    BOTH(a_commit_that_fails_for_one_unit_fails_for_it_alone),
	    BOTH(run_waits_for_the_commit),
	    BOTH(urgent_units_run_before_those_that_wait_and_starve_nobody),
	    BOTH(stop_takes_what_was_submitted_to_its_end),
	    ON_SQLITE(too_many_waiting_are_refused_at_once),
	    ON_SQLITE(no_database_is_told_to_everybody_and_later_ones_succeed),
	    cmocka_unit_test(a_database_that_cannot_be_opened_starts_no_committer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
