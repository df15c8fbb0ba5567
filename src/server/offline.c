#include "server/offline.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "flow/offline_code.h"
#include "web/readers.h"

#define WAITING_MAX 256
#define REST_SHARE 3

struct offline_maker {
	struct server *server;
	pthread_mutex_t lock;
	char waiting[WAITING_MAX][ID_SIZE]; /* under the lock; a ring */
	size_t first, count;                /* under the lock */
	/* Of the one in the making; the loop's, but for work and unit, between which it is handed. */
	bool busy, stopped;
	struct loop_timer *rest;
	char device[ID_SIZE];
	struct arena arena;
	struct flow_offline_made made;
	bool wanted;
	int64_t began_ms;
	struct err failed;
};

static struct loop *loop_of(const struct offline_maker *m)
{
	return m->server->workers[0].loop;
}

static bool take_next(struct offline_maker *m)
{
	bool any;

	(void)pthread_mutex_lock(&m->lock);
	any = m->count > 0;
	if (any) {
		memcpy(m->device, m->waiting[m->first], ID_SIZE);
		m->first = (m->first + 1) % WAITING_MAX;
		m->count--;
	}
	(void)pthread_mutex_unlock(&m->lock);
	return any;
}

/* --- on the pool --- */

/* It may have got one since it was asked for. */
static bool make(struct offline_maker *m, struct db *db, struct err *e)
{
	struct flow f = {.db = db,
			 .arena = &m->arena,
			 .now_ms = clock_utc_ms(),
			 .node = m->server->node,
			 .signer = m->server->signer};
	struct store_offline_set newest;
	struct store_device d;
	enum offline_step step;
	const char *body;

	if (!store_device_get(db, &m->arena, m->device, &d, e) ||
	    !flow_offline_look(db, &m->arena, &d, "", f.now_ms, &step, &body, e) ||
	    !store_offline_newest(db, &m->arena, m->device, &newest, e))
		return false;
	m->wanted = step == OFFLINE_MAKE;
	return !m->wanted || flow_offline_make(&f, m->server->master_key, &d, &newest, &m->made, e);
}

static void work(void *arg)
{
	struct offline_maker *m = arg;
	struct db *db = readers_take(m->server->readers, &m->failed);

	m->wanted = false;
	if (db != NULL && make(m, db, &m->failed))
		err_clear(&m->failed);
	readers_give(m->server->readers, db);
}

/* --- the unit --- */

static bool unit(struct db *db, void *arg, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct offline_maker *m = arg;
	struct flow f = {.db = db, .arena = &a, .now_ms = clock_utc_ms(), .node = m->server->node};

	return flow_offline_add(&f, &m->made, e);
}

/* --- on the loop --- */

static void begin(void *arg);

static void ended(void *arg)
{
	struct offline_maker *m = arg;

	if (m->failed.code != ERR_NONE && m->failed.code != ERR_NOT_FOUND)
		log_err(LOG_LEVEL_WARN, "offline codes", &m->failed);
	arena_done(&m->arena);
	if (!m->stopped)
		loop_timer_start(m->rest,
				 clock_wait_ms(REST_SHARE * (clock_mono_ms() - m->began_ms)), 0);
}

static void added(void *arg, const struct err *e)
{
	struct offline_maker *m = arg;

	m->failed = *e;
	loop_post(loop_of(m), ended, m);
}

static void made(void *arg)
{
	struct offline_maker *m = arg;

	if (m->failed.code == ERR_NONE && m->wanted && !m->stopped)
		committer_submit(m->server->committer, unit, added, m);
	else
		ended(m);
}

static void rested(void *arg)
{
	struct offline_maker *m = arg;

	m->busy = false;
	begin(m);
}

static void begin(void *arg)
{
	struct offline_maker *m = arg;

	if (m->busy || m->stopped || !take_next(m))
		return;
	m->busy = true;
	m->began_ms = clock_mono_ms();
	loop_work(loop_of(m), work, made, m);
}

struct offline_maker *offline_maker_new(struct server *s)
{
	struct offline_maker *m = mem_new(struct offline_maker);

	m->server = s;
	(void)pthread_mutex_init(&m->lock, NULL);
	m->rest = loop_timer_new(s->workers[0].loop, rested, m);
	return m;
}

void offline_maker_stop(struct offline_maker *m)
{
	if (m == NULL)
		return;
	m->stopped = true;
	loop_timer_stop(m->rest);
}

void offline_maker_free(struct offline_maker *m)
{
	if (m == NULL)
		return;
	loop_timer_free(m->rest);
	arena_done(&m->arena);
	(void)pthread_mutex_destroy(&m->lock);
	mem_free(m);
}

void offline_maker_want(struct offline_maker *m, const char *device)
{
	bool fresh;

	(void)pthread_mutex_lock(&m->lock);
	fresh = m->count < WAITING_MAX;
	for (size_t i = 0; fresh && i < m->count; i++)
		fresh = strcmp(m->waiting[(m->first + i) % WAITING_MAX], device) != 0;
	if (fresh)
		memcpy(m->waiting[(m->first + m->count++) % WAITING_MAX], device, ID_SIZE);
	(void)pthread_mutex_unlock(&m->lock);
	if (fresh)
		loop_post(loop_of(m), begin, m);
}
