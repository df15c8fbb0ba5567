#include "db/committer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "base/failpoint.h"
#include "base/id.h"
#include "db/driver.h"

#define MAX_ATTEMPTS 5 /* of one unit that meets serialisation failures or lost connections */
#define PAUSE_MS 4

struct unit {
	struct unit *next;
	unit_fn *run;
	unit_done_fn *done;
	void *arg;
};

struct queue {
	struct unit *first;
	struct unit **last;
	_Atomic int64_t waiting;
};

struct committer {
	struct db *db;
	note_fn *note;
	void *context;
	pthread_t thread;
	pthread_cond_t work;
	pthread_mutex_t lock; /* over the next three */
	struct queue urgent, ordinary;
	bool stopping;
	_Atomic int64_t units, batches, reruns, refused;
	/* The thread's own. */
	size_t most;
	struct unit *batch[COMMITTER_MAX_BATCH];
	struct err results[COMMITTER_MAX_BATCH];
};

enum outcome {
	SETTLED,   /* the results are final */
	NOT_BEGUN, /* they are too: there is no database to write to now */
	UNDONE     /* nothing holds; the units can be run again */
};

static void settle(struct committer *c, size_t from, size_t n, const struct err *e)
{
	size_t i;

	for (i = from; i < from + n; i++)
		c->results[i] = *e;
}

/* False when the whole transaction is lost; the unit's own failure is only in its result. */
static bool run_unit(struct committer *c, size_t i)
{
	struct unit *u = c->batch[i];
	struct err *e = &c->results[i];
	size_t noted = c->db->notes.count;
	struct err undone;

	err_clear(e);
	if (!db_unit_begin(c->db, e))
		return false;
	if (u->run(c->db, u->arg, e) && db_unit_keep(c->db, e)) {
		err_clear(e); /* of a failure that the unit has dealt with */
		return true;
	}
	if (e->code == ERR_NONE)
		err_set(e, ERR_INTERNAL, "a unit failed without saying why");
	notes_cut(&c->db->notes, noted);
	return db_unit_undo(c->db, &undone);
}

static void deliver_notes(struct committer *c)
{
	const struct notes *notes = &c->db->notes;
	size_t i;

	for (i = 0; c->note && i < notes->count; i++)
		c->note(c->context, notes->list[i].topic, notes->list[i].text);
	notes_cut(&c->db->notes, 0);
}

/* n units in one transaction. */
static enum outcome attempt(struct committer *c, size_t from, size_t n)
{
	struct err e = {0};
	size_t i;

	if (!db_begin(c->db, &e)) {
		settle(c, from, n, &e);
		return NOT_BEGUN;
	}
	for (i = from; i < from + n; i++) {
		if (!run_unit(c, i)) {
			db_rollback(c->db);
			return UNDONE;
		}
	}
	failpoint("committer-before-commit");
	if (db_commit(c->db, &e)) {
		failpoint("committer-after-commit");
		deliver_notes(c);
		return SETTLED;
	}
	settle(c, from, n, &e);
	return e.code == ERR_TIMEOUT ? SETTLED : UNDONE;
}

/* The pause differs between the nodes that got into each other's way. */
static void pause_before(unsigned attempts)
{
	unsigned char random;
	struct timespec t = {0};

	random_bytes(&random, sizeof(random));
	t.tv_nsec = (long)attempts * PAUSE_MS * 1000000L + random * 10000L;
	(void)nanosleep(&t, NULL);
}

static enum outcome alone(struct committer *c, size_t i)
{
	enum outcome outcome = attempt(c, i, 1);
	unsigned attempts;

	for (attempts = 1; attempts < MAX_ATTEMPTS; attempts++) {
		if (outcome != UNDONE || !c->db->again)
			return outcome;
		pause_before(attempts);
		outcome = attempt(c, i, 1);
	}
	return outcome;
}

static void run_batch(struct committer *c, size_t n)
{
	size_t i;

	atomic_fetch_add(&c->batches, 1);
	if (n > 1) {
		if (attempt(c, 0, n) != UNDONE)
			return;
		atomic_fetch_add(&c->reruns, 1);
	}
	for (i = 0; i < n; i++) {
		if (alone(c, i) == NOT_BEGUN) {
			struct err e = c->results[i];

			settle(c, i, n - i, &e);
			return;
		}
	}
}

/* Fills the batch from n up to most. */
static size_t take_from(struct committer *c, struct queue *q, size_t n, size_t most)
{
	size_t before = n;

	while (q->first && n < most) {
		c->batch[n++] = q->first;
		q->first = q->first->next;
	}
	if (!q->first)
		q->last = &q->first;
	atomic_fetch_sub(&q->waiting, (int64_t)(n - before));
	return n;
}

/* Waits for work; 0 when it is time to stop. A quarter of a batch is for ordinary units however many
 * urgent ones there are. */
static size_t take(struct committer *c)
{
	size_t n;

	(void)pthread_mutex_lock(&c->lock);
	while (!c->urgent.first && !c->ordinary.first && !c->stopping)
		(void)pthread_cond_wait(&c->work, &c->lock);
	n = take_from(c, &c->urgent, 0, c->most - c->most / 4);
	n = take_from(c, &c->ordinary, n, c->most);
	n = take_from(c, &c->urgent, n, c->most);
	(void)pthread_mutex_unlock(&c->lock);
	return n;
}

static void answer(struct committer *c, size_t n)
{
	size_t i;

	atomic_fetch_add(&c->units, (int64_t)n);
	for (i = 0; i < n; i++) {
		c->batch[i]->done(c->batch[i]->arg, &c->results[i]);
		mem_free(c->batch[i]);
	}
}

static void *work(void *arg)
{
	struct committer *c = arg;
	size_t n;

	for (n = take(c); n; n = take(c)) {
		run_batch(c, n);
		failpoint("committer-before-answers");
		answer(c, n);
	}
	return NULL;
}

/* Signals are for the program's main thread. */
static bool start_thread(struct committer *c, struct err *e)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&c->thread, NULL, work, c);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		return true;
	errno = rc;
	return err_errno(e, "the committer's thread cannot be started");
}

static void release(struct committer *c)
{
	db_close(c->db);
	(void)pthread_cond_destroy(&c->work);
	(void)pthread_mutex_destroy(&c->lock);
	mem_free(c);
}

struct committer *committer_start(const char *url, note_fn *note, void *context, struct err *e)
{
	struct committer *c = mem_new(struct committer);

	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->work, NULL);
	c->note = note;
	c->context = context;
	c->urgent.last = &c->urgent.first;
	c->ordinary.last = &c->ordinary.first;
	c->db = db_open(url, DB_WRITE, e);
	if (c->db) {
		c->most = db_kind(c->db) == DB_POSTGRESQL ? COMMITTER_MAX_BATCH_POSTGRESQL
							  : COMMITTER_MAX_BATCH;
		if (start_thread(c, e))
			return c;
	}
	release(c);
	return NULL;
}

void committer_stop(struct committer *c)
{
	if (!c)
		return;
	(void)pthread_mutex_lock(&c->lock);
	c->stopping = true;
	(void)pthread_cond_signal(&c->work);
	(void)pthread_mutex_unlock(&c->lock);
	(void)pthread_join(c->thread, NULL);
	release(c);
}

static bool enqueue(struct committer *c, struct queue *q, struct unit *u, struct err *e)
{
	bool ok = false;

	(void)pthread_mutex_lock(&c->lock);
	if (c->stopping) {
		err_set(e, ERR_UNAVAILABLE, "the server is stopping");
	} else if (q->waiting >= COMMITTER_MAX_WAITING) {
		err_set(e, ERR_UNAVAILABLE, "too much is waiting to be written");
	} else {
		ok = true;
		*q->last = u;
		q->last = &u->next;
		q->waiting++;
		(void)pthread_cond_signal(&c->work);
	}
	(void)pthread_mutex_unlock(&c->lock);
	return ok;
}

static void submit(struct committer *c, struct queue *q, unit_fn *unit, unit_done_fn *done,
		   void *arg)
{
	struct unit *u = mem_new(struct unit);
	struct err e;

	*u = (struct unit){.run = unit, .done = done, .arg = arg};
	if (enqueue(c, q, u, &e))
		return;
	mem_free(u);
	atomic_fetch_add(&c->refused, 1);
	done(arg, &e);
}

void committer_submit(struct committer *c, unit_fn *unit, unit_done_fn *done, void *arg)
{
	submit(c, &c->ordinary, unit, done, arg);
}

void committer_submit_urgent(struct committer *c, unit_fn *unit, unit_done_fn *done, void *arg)
{
	submit(c, &c->urgent, unit, done, arg);
}

struct waiter {
	unit_fn *unit;
	void *arg;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool over;
	struct err e;
};

static bool waiter_unit(struct db *db, void *arg, struct err *e)
{
	struct waiter *w = arg;

	return w->unit(db, w->arg, e);
}

static void waiter_done(void *arg, const struct err *e)
{
	struct waiter *w = arg;

	(void)pthread_mutex_lock(&w->lock);
	w->over = true;
	w->e = *e;
	(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
}

bool committer_run(struct committer *c, unit_fn *unit, void *arg, struct err *e)
{
	struct waiter w = {
	    unit, arg, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, {ERR_NONE, ""}};

	assert(!pthread_equal(pthread_self(), c->thread));
	committer_submit(c, waiter_unit, waiter_done, &w);
	(void)pthread_mutex_lock(&w.lock);
	while (!w.over)
		(void)pthread_cond_wait(&w.wake, &w.lock);
	(void)pthread_mutex_unlock(&w.lock);
	(void)pthread_cond_destroy(&w.wake);
	(void)pthread_mutex_destroy(&w.lock);
	if (w.e.code == ERR_NONE)
		return true;
	*e = w.e;
	return false;
}

void committer_counts(const struct committer *c, struct committer_counts *out)
{
	*out = (struct committer_counts){.units = c->units,
					 .batches = c->batches,
					 .reruns = c->reruns,
					 .refused = c->refused,
					 .waiting = c->urgent.waiting + c->ordinary.waiting};
}
