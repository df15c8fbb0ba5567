#include "both.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "db/committer.h"

/* A unit that inserts its id and then does what how says; and what it was told. */
enum how { PLAIN, REFUSES, CONFLICTS, SWALLOWS, DIES_ONCE, DIES_ALWAYS, DIES_AT_COMMIT };

struct item {
	int64_t id;
	enum how how;
	atomic_int runs;
	atomic_int answers;
	enum err_code told;
	char note[16]; /* none when empty */
	size_t fill;   /* bytes of a blob */
	struct log *log;
};

/* What happened on the committer's thread, in order. */
struct log {
	char text[512];
};

static void log_add(struct log *log, const char *what)
{
	size_t n = strlen(log->text);

	(void)snprintf(log->text + n, sizeof(log->text) - n, "%s ", what);
}

static bool item_misbehaves(struct db *db, struct item *item, struct err *e)
{
	static const char dies[] = "SELECT pg_terminate_backend(pg_backend_pid())";
	static const char again[] = "INSERT INTO item (id) VALUES ($1)";
	struct err ignored = {0};

	switch (item->how) {
	case PLAIN:
		return true;
	case REFUSES:
		return err_set(e, ERR_UNPROCESSABLE, "no");
	case CONFLICTS:
		return db_exec(db, again, DB_PARAMS(db_i64(item->id)), NULL, e);
	case SWALLOWS:
		(void)db_exec(db, again, DB_PARAMS(db_i64(item->id)), NULL, &ignored);
		return true;
	case DIES_ONCE:
		return item->runs > 1 || db_exec(db, dies, DB_NONE, NULL, e);
	case DIES_ALWAYS:
		return db_exec(db, dies, DB_NONE, NULL, e);
	case DIES_AT_COMMIT:
		return db_exec(db, "INSERT INTO deadly VALUES (1)", DB_NONE, NULL, e);
	}
	return false;
}

static bool item_unit(struct db *db, void *arg, struct err *e)
{
	static const char fill[16384];
	struct item *item = arg;

	item->runs++;
	if (!db_exec(db, "INSERT INTO item (id, data) VALUES ($1, $2)",
		     DB_PARAMS(db_i64(item->id), db_blob(fill, item->fill)), NULL, e))
		return false;
	if (item->note[0])
		db_note(db, "item", item->note);
	return item_misbehaves(db, item, e);
}

static void item_done(void *arg, const struct err *e)
{
	struct item *item = arg;

	item->told = e->code;
	if (item->log)
		log_add(item->log, e->code == ERR_NONE ? "done" : err_name(e->code));
	item->answers++;
}

static void note_to_log(void *context, const char *topic, const char *text)
{
	log_add(context, strcmp(topic, "item") == 0 ? text : "wrong");
}

static void await(struct item *items, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		while (!items[i].answers)
			(void)usleep(200);
}

/* Keeps the committer busy, so that what is submitted meanwhile comes into one batch. */
struct gate {
	sem_t entered, open;
	atomic_int over;
};

static bool gate_unit(struct db *db, void *arg, struct err *e)
{
	struct gate *gate = arg;

	(void)db;
	(void)e;
	(void)sem_post(&gate->entered);
	(void)sem_wait(&gate->open);
	return true;
}

static void gate_done(void *arg, const struct err *e)
{
	struct gate *gate = arg;

	(void)e;
	gate->over = 1;
}

static void gate_close(struct gate *gate, struct committer *c)
{
	(void)sem_init(&gate->entered, 0, 0);
	(void)sem_init(&gate->open, 0, 0);
	gate->over = 0;
	committer_submit(c, gate_unit, gate_done, gate);
	(void)sem_wait(&gate->entered);
}

static void gate_open(struct gate *gate)
{
	(void)sem_post(&gate->open);
	while (!gate->over)
		(void)usleep(200);
	(void)sem_destroy(&gate->entered);
	(void)sem_destroy(&gate->open);
}

static void run_as_one_batch(struct committer *c, struct item *items, size_t n)
{
	struct gate gate;
	size_t i;

	gate_close(&gate, c);
	for (i = 0; i < n; i++)
		committer_submit(c, item_unit, item_done, &items[i]);
	gate_open(&gate);
	await(items, n);
}

static void make_items(const struct database *d)
{
	AUTO(db_closep) struct db *db = database_open(d, DB_WRITE);

	OK(db_script(db, "CREATE TABLE item (id BIGINT PRIMARY KEY, data BLOB)", &e));
}

static struct committer *start(const char *url, struct log *log)
{
	struct err e = {0};
	struct committer *c = committer_start(url, log ? note_to_log : NULL, log, &e);

	if (!c)
		fail_msg("%s", e.text);
	return c;
}

static bool present(struct db *db, int64_t id)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	OK(db_query(db, &rows, "SELECT id FROM item WHERE id = $1", DB_PARAMS(db_i64(id)), &e));
	return db_next(&rows);
}

/* Every unit was answered once, and what it was told is what the database says. */
static void check_truth(const struct database *d, const struct item *items, size_t n)
{
	AUTO(db_closep) struct db *db = database_open(d, DB_READ);
	size_t i;

	for (i = 0; i < n; i++) {
		assert_int_equal(items[i].answers, 1);
		if (items[i].told == ERR_NONE)
			assert_true(present(db, items[i].id));
		else if (items[i].told != ERR_TIMEOUT)
			assert_false(present(db, items[i].id));
	}
}

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

/* 300 units of 4000 bytes where there is room for fewer, then room: the truth all along. */
static void fill_up(const struct database *d, struct committer *c,
		    void (*make_room)(const struct database *d, struct committer *c))
{
	struct item *items = mem_array(300, sizeof(*items));
	struct item later = {.id = 1000, .fill = 4000};
	size_t i, held = 0;

	for (i = 0; i < 300; i++)
		items[i] = (struct item){.id = (int64_t)i, .fill = 4000};
	run_as_one_batch(c, items, 200);
	run_as_one_batch(c, items + 200, 100);
	check_truth(d, items, 300);
	for (i = 0; i < 300; i++) {
		held += items[i].told == ERR_NONE;
		assert_true(items[i].told == ERR_NONE || items[i].told == ERR_UNAVAILABLE);
	}
	assert_in_range(held, 1, 299);
	assert_int_equal(items[299].told, ERR_UNAVAILABLE);
	make_room(d, c);
	run_as_one_batch(c, &later, 1);
	assert_int_equal(later.told, ERR_NONE);
	committer_stop(c);
	check_truth(d, items, 300);
	check_truth(d, &later, 1);
	mem_free(items);
}

static bool limit_pages(struct db *db, void *arg, struct err *e)
{
	(void)arg;
	return db_exec(db, "PRAGMA max_page_count = 100", DB_NONE, NULL, e);
}

static bool unlimit_pages(struct db *db, void *arg, struct err *e)
{
	(void)arg;
	return db_exec(db, "PRAGMA max_page_count = 1000000", DB_NONE, NULL, e);
}

static void raise_limit(const struct database *d, struct committer *c)
{
	(void)d;
	OK(committer_run(c, unlimit_pages, NULL, &e));
}

static void a_full_database_loses_nothing_it_acknowledged(void **state)
{
	const struct database *d = both_database(state);
	struct committer *c;

	make_items(d);
	c = start(d->url, NULL);
	OK(committer_run(c, limit_pages, NULL, &e));
	fill_up(d, c, raise_limit);
}

static void remove_ballast(const struct database *d, struct committer *c)
{
	char path[96];

	(void)c;
	(void)snprintf(path, sizeof(path), "%s/full/ballast", d->folder);
	assert_int_equal(unlink(path), 0);
}

/* Free space of half a megabyte, and as much again once the ballast is gone. */
static bool small_disk(struct database *d)
{
	static const char ballast[512 * 1024];
	char path[96];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/full", d->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	if (mount("tmpfs", path, "tmpfs", 0, "size=1m") != 0)
		return false;
	(void)snprintf(d->url, sizeof(d->url), "sqlite:%s/test.db", path);
	(void)snprintf(path, sizeof(path), "%s/full/ballast", d->folder);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(ballast, 1, sizeof(ballast), file), sizeof(ballast));
	assert_int_equal(fclose(file), 0);
	return true;
}

static void a_full_disk_loses_nothing_it_acknowledged(void **state)
{
	struct database *d = both_database(state);
	char path[96];

	if (!small_disk(d))
		skip();
	make_items(d);
	fill_up(d, start(d->url, NULL), remove_ballast);
	(void)snprintf(path, sizeof(path), "%s/full", d->folder);
	assert_int_equal(umount(path), 0);
}

static void a_batch_that_loses_its_connection_is_run_again(void **state)
{
	const struct database *d = both_database(state);
	struct log log = {""};
	struct item items[] = {
	    {.id = 1, .note = "one", .log = &log},
	    {.id = 2, .note = "two", .log = &log, .how = DIES_ONCE},
	    {.id = 3, .note = "three", .log = &log},
	    {.id = 4, .note = "four", .log = &log, .how = DIES_ALWAYS},
	    {.id = 5, .note = "five", .log = &log},
	};
	struct item later = {.id = 6};
	struct committer_counts counts;
	struct committer *c;

	make_items(d);
	c = start(d->url, &log);
	run_as_one_batch(c, items, ARRAY_SIZE(items));
	run_as_one_batch(c, &later, 1);
	committer_counts(c, &counts);
	committer_stop(c);
	assert_string_equal(log.text, "one two three five done done done unavailable done ");
	check_truth(d, items, ARRAY_SIZE(items));
	check_truth(d, &later, 1);
	assert_int_equal(later.told, ERR_NONE);
	assert_int_equal(counts.reruns, 1);
}

static void a_lost_answer_to_commit_is_unknown_to_all_without_notes(void **state)
{
	const struct database *d = both_database(state);
	struct log log = {""};
	struct item items[] = {
	    {.id = 1, .note = "one", .log = &log},
	    {.id = 2, .note = "two", .log = &log, .how = REFUSES},
	    {.id = 3, .note = "three", .log = &log, .how = DIES_AT_COMMIT},
	};
	struct item later = {.id = 6, .note = "six", .log = &log};
	struct committer *c;

	make_items(d);
	{
		AUTO(db_closep) struct db *db = database_open(d, DB_WRITE);

		OK(db_script(db,
			     "CREATE TABLE deadly (id BIGINT);"
			     "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
			     " PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL;"
			     " END $$;"
			     "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON deadly"
			     " DEFERRABLE INITIALLY DEFERRED"
			     " FOR EACH ROW EXECUTE FUNCTION die()",
			     &e));
	}
	c = start(d->url, &log);
	run_as_one_batch(c, items, ARRAY_SIZE(items));
	run_as_one_batch(c, &later, 1);
	committer_stop(c);
	assert_string_equal(log.text, "timeout timeout timeout six done ");
	assert_int_equal(items[0].runs, 1);
	check_truth(d, &later, 1);
}

/* Adds 1 to a row that somebody else changes meanwhile, the first time. */
struct rival {
	struct db *db;
	int runs;
};

static bool rival_unit(struct db *db, void *arg, struct err *e)
{
	struct rival *rival = arg;
	AUTO(db_rows_done) struct db_rows rows = {0};
	int64_t id;

	if (!db_one(db, &rows, "SELECT id FROM item", DB_NONE, "none", e))
		return false;
	id = db_column_i64(&rows, 0);
	if (!rival->runs++ && !db_exec(rival->db, "UPDATE item SET id = id + 10", DB_NONE, NULL, e))
		return false;
	return db_exec(db, "UPDATE item SET id = $1", DB_PARAMS(db_i64(id + 1)), NULL, e);
}

static void a_serialisation_failure_is_run_again(void **state)
{
	const struct database *d = both_database(state);
	AUTO(db_closep) struct db *other = NULL;
	struct rival rival = {0};
	struct committer *c;
	char url[600];

	make_items(d);
	other = rival.db = database_open(d, DB_WRITE);
	OK(db_exec(other, "INSERT INTO item (id) VALUES (0)", DB_NONE, NULL, &e));
	(void)snprintf(url, sizeof(url), "%s%s", d->url,
		       "%20-cdefault_transaction_isolation%3Dserializable");
	c = start(url, NULL);
	OK(committer_run(c, rival_unit, &rival, &e));
	committer_stop(c);
	assert_int_equal(rival.runs, 2);
	assert_true(present(other, 11));
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

/* The child: writes the id of each acknowledged unit to the pipe, until it is killed. */
struct acknowledged {
	int64_t id;
	int pipe;
};

static bool endless_unit(struct db *db, void *arg, struct err *e)
{
	const struct acknowledged *a = arg;

	return db_exec(db, "INSERT INTO item (id) VALUES ($1)", DB_PARAMS(db_i64(a->id)), NULL, e);
}

static void endless_done(void *arg, const struct err *e)
{
	struct acknowledged *a = arg;

	if (e->code == ERR_NONE && write(a->pipe, &a->id, sizeof(a->id)) != sizeof(a->id))
		_exit(1);
	mem_free(a);
}

static void endless(const char *url, int pipe)
{
	struct err e = {0};
	struct committer *c = committer_start(url, NULL, NULL, &e);
	struct committer_counts counts = {0};
	int64_t id;

	for (id = 0; c && id < 200000; id++) {
		struct acknowledged *a = mem_new(struct acknowledged);

		*a = (struct acknowledged){id, pipe};
		committer_submit(c, endless_unit, endless_done, a);
		do
			committer_counts(c, &counts);
		while (counts.waiting > 100);
	}
	_exit(1);
}

static size_t check_acknowledged(const struct database *d, int pipe, int64_t kill_after, pid_t pid)
{
	AUTO(db_closep) struct db *db = NULL;
	int64_t *ids = mem_array(200000, sizeof(*ids));
	size_t n = 0, i;

	while (n < 200000 && read(pipe, &ids[n], sizeof(*ids)) == (ssize_t)sizeof(*ids)) {
		n++;
		if ((int64_t)n == kill_after)
			assert_int_equal(kill(pid, SIGKILL), 0);
	}
	db = database_open(d, DB_WRITE);
	for (i = 0; i < n; i++)
		assert_true(present(db, ids[i]));
	OK(db_exec(db, "DELETE FROM item", DB_NONE, NULL, &e));
	mem_free(ids);
	return n;
}

/* Kills a child after so many acknowledgements, or at a failpoint of its own. */
static void kill_and_check(const struct database *d, int64_t kill_after, const char *failpoint)
{
	int pipes[2];
	int status = 0;
	pid_t pid;
	size_t n;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(pipes[0]);
		if (failpoint)
			(void)setenv("HOLDFAST_FAILPOINT", failpoint, 1);
		endless(d->url, pipes[1]);
	}
	(void)close(pipes[1]);
	n = check_acknowledged(d, pipes[0], kill_after, pid);
	(void)close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_true(n > 0);
}

static void what_was_acknowledged_survives_kill_9(void **state)
{
	static const int64_t after[] = {1, 57, 300, 1500};
	const struct database *d = both_database(state);
	size_t i;

	make_items(d);
	for (i = 0; i < ARRAY_SIZE(after); i++)
		kill_and_check(d, after[i], NULL);
}

static void what_was_acknowledged_survives_kill_9_around_the_commit(void **state)
{
	static const char *const places[] = {
	    "committer-before-commit:7", "committer-after-commit:7", "committer-before-answers:7"};
	const struct database *d = both_database(state);
	size_t i;

#ifndef HOLDFAST_FAILPOINTS
	skip();
#endif
	make_items(d);
	for (i = 0; i < ARRAY_SIZE(places); i++)
		kill_and_check(d, -1, places[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(many_threads_are_told_the_truth_once),
	    BOTH(a_failing_unit_is_undone_alone_and_its_notes_with_it),
	    BOTH(a_commit_that_fails_for_one_unit_fails_for_it_alone),
	    BOTH(run_waits_for_the_commit),
	    BOTH(stop_takes_what_was_submitted_to_its_end),
	    BOTH(what_was_acknowledged_survives_kill_9),
	    BOTH(what_was_acknowledged_survives_kill_9_around_the_commit),
	    ON_SQLITE(too_many_waiting_are_refused_at_once),
	    ON_SQLITE(no_database_is_told_to_everybody_and_later_ones_succeed),
	    ON_SQLITE(a_full_database_loses_nothing_it_acknowledged),
	    ON_SQLITE(a_full_disk_loses_nothing_it_acknowledged),
	    ON_POSTGRESQL(a_batch_that_loses_its_connection_is_run_again),
	    ON_POSTGRESQL(a_lost_answer_to_commit_is_unknown_to_all_without_notes),
	    ON_POSTGRESQL(a_serialisation_failure_is_run_again),
	    cmocka_unit_test(a_database_that_cannot_be_opened_starts_no_committer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
