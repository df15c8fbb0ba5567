/* Units that insert one row and then behave or not, and what they were told. */
#pragma once

#include "both.h"

#include <semaphore.h>
#include <stdatomic.h>

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

static inline void log_add(struct log *log, const char *what)
{
	size_t n = strlen(log->text);

	(void)snprintf(log->text + n, sizeof(log->text) - n, "%s ", what);
}

static inline bool item_misbehaves(struct db *db, struct item *item, struct err *e)
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

static inline bool item_unit(struct db *db, void *arg, struct err *e)
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

static inline void item_done(void *arg, const struct err *e)
{
	struct item *item = arg;

	item->told = e->code;
	if (item->log)
		log_add(item->log, e->code == ERR_NONE ? "done" : err_name(e->code));
	item->answers++;
}

static inline void note_to_log(void *context, const char *topic, const char *text)
{
	log_add(context, strcmp(topic, "item") == 0 ? text : "wrong");
}

static inline void await(struct item *items, size_t n)
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

static inline bool gate_unit(struct db *db, void *arg, struct err *e)
{
	struct gate *gate = arg;

	(void)db;
	(void)e;
	(void)sem_post(&gate->entered);
	(void)sem_wait(&gate->open);
	return true;
}

static inline void gate_done(void *arg, const struct err *e)
{
	struct gate *gate = arg;

	(void)e;
	gate->over = 1;
}

static inline void gate_close(struct gate *gate, struct committer *c)
{
	(void)sem_init(&gate->entered, 0, 0);
	(void)sem_init(&gate->open, 0, 0);
	gate->over = 0;
	committer_submit(c, gate_unit, gate_done, gate);
	(void)sem_wait(&gate->entered);
}

static inline void gate_open(struct gate *gate)
{
	(void)sem_post(&gate->open);
	while (!gate->over)
		(void)usleep(200);
	(void)sem_destroy(&gate->entered);
	(void)sem_destroy(&gate->open);
}

static inline void run_as_one_batch(struct committer *c, struct item *items, size_t n)
{
	struct gate gate;
	size_t i;

	gate_close(&gate, c);
	for (i = 0; i < n; i++)
		committer_submit(c, item_unit, item_done, &items[i]);
	gate_open(&gate);
	await(items, n);
}

static inline void make_items(const struct database *d)
{
	AUTO(db_closep) struct db *db = database_open(d, DB_WRITE);

	OK(db_script(db, "CREATE TABLE item (id BIGINT PRIMARY KEY, data BLOB)", &e));
}

static inline struct committer *start(const char *url, struct log *log)
{
	struct err e = {0};
	struct committer *c = committer_start(url, log ? note_to_log : NULL, log, &e);

	if (!c)
		fail_msg("%s", e.text);
	return c;
}

static inline bool present(struct db *db, int64_t id)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	OK(db_query(db, &rows, "SELECT id FROM item WHERE id = $1", DB_PARAMS(db_i64(id)), &e));
	return db_next(&rows);
}

/* Every unit was answered once, and what it was told is what the database says. */
static inline void check_truth(const struct database *d, const struct item *items, size_t n)
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
