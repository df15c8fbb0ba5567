/* What may go wrong around a commit: no space, no connection, no process. */
#include "items.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

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
	char path[160];

	(void)c;
	(void)snprintf(path, sizeof(path), "%s/full/ballast", d->folder);
	assert_int_equal(unlink(path), 0);
}

/* Free space of half a megabyte, and as much again once the ballast is gone; for this process's
 * eyes only. */
static bool small_disk(struct database *d)
{
	static const char ballast[512 * 1024];
	char path[160];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/full", d->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", path, "tmpfs", 0, "size=1m") != 0)
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

	if (!small_disk(d))
		skip();
	make_items(d);
	fill_up(d, start(d->url, NULL), remove_ballast);
}

static int unmount_teardown(void **state)
{
	const struct database *d = *state;
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/full", d->folder);
	(void)umount2(path, MNT_DETACH);
	return both_teardown(state);
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
	    BOTH(what_was_acknowledged_survives_kill_9),
	    BOTH(what_was_acknowledged_survives_kill_9_around_the_commit),
	    ON_SQLITE(a_full_database_loses_nothing_it_acknowledged),
	    {"a_full_disk_loses_nothing_it_acknowledged", a_full_disk_loses_nothing_it_acknowledged,
	     both_setup, unmount_teardown, &both_kinds[DB_SQLITE]},
	    ON_POSTGRESQL(a_batch_that_loses_its_connection_is_run_again),
	    ON_POSTGRESQL(a_lost_answer_to_commit_is_unknown_to_all_without_notes),
	    ON_POSTGRESQL(a_serialisation_failure_is_run_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
