#include "db/checkpoint.h"

#include <pthread.h>
#include <signal.h>

#include "base/base.h"

struct checkpoint {
	sqlite3 *writer;
	sqlite3 *own; /* opened with the thread */
	pthread_t thread;
	pthread_cond_t work;
	pthread_mutex_t lock; /* over the next two */
	bool wanted, stopping;
	bool started;
};

/* What fails is tried again after the next commit. */
static void copy(sqlite3 *handle)
{
	(void)sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

static void *work(void *arg)
{
	struct checkpoint *c = arg;

	(void)pthread_mutex_lock(&c->lock);
	while (!c->stopping) {
		if (!c->wanted) {
			(void)pthread_cond_wait(&c->work, &c->lock);
			continue;
		}
		c->wanted = false;
		(void)pthread_mutex_unlock(&c->lock);
		copy(c->own);
		(void)pthread_mutex_lock(&c->lock);
	}
	(void)pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* Signals are for the program's main thread. */
static bool start(struct checkpoint *c)
{
	const char *path = sqlite3_db_filename(c->writer, "main");
	sigset_t all, before;

	/* A connection that has read nothing does not know of the log. */
	if (sqlite3_open_v2(path, &c->own, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
		SQLITE_OK ||
	    sqlite3_exec(c->own, "SELECT 1 FROM sqlite_schema", NULL, NULL, NULL) != SQLITE_OK)
		return false;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	c->started = pthread_create(&c->thread, NULL, work, c) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return c->started;
}

static void close_own(struct checkpoint *c)
{
	(void)sqlite3_close(c->own);
	c->own = NULL;
}

static int after_commit(void *arg, sqlite3 *writer, [[maybe_unused]] const char *name, int pages)
{
	struct checkpoint *c = arg;

	if (pages < CHECKPOINT_PAGES)
		return SQLITE_OK;
	if (pages >= CHECKPOINT_MAX_PAGES || (!c->started && !start(c))) {
		if (!c->started)
			close_own(c);
		copy(writer);
		return SQLITE_OK;
	}
	(void)pthread_mutex_lock(&c->lock);
	c->wanted = true;
	(void)pthread_cond_signal(&c->work);
	(void)pthread_mutex_unlock(&c->lock);
	return SQLITE_OK;
}

struct checkpoint *checkpoint_new(sqlite3 *writer)
{
	struct checkpoint *c = mem_new(struct checkpoint);

	c->writer = writer;
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->work, NULL);
	(void)sqlite3_wal_hook(writer, after_commit, c);
	return c;
}

void checkpoint_free(struct checkpoint *c)
{
	if (!c)
		return;
	(void)sqlite3_wal_hook(c->writer, NULL, NULL);
	(void)pthread_mutex_lock(&c->lock);
	c->stopping = true;
	(void)pthread_cond_signal(&c->work);
	(void)pthread_mutex_unlock(&c->lock);
	if (c->started)
		(void)pthread_join(c->thread, NULL);
	close_own(c);
	(void)pthread_cond_destroy(&c->work);
	(void)pthread_mutex_destroy(&c->lock);
	mem_free(c);
}
