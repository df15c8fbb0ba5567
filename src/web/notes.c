#include "web/notes.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "flow/snapshots.h"
#include "web/readers.h"
#include "web/wait.h"
#include "store/note.h"

#define RETRY_MS 1000

/* Rebuilding runs on the pool, asked for by and reported to the first worker's loop; a change that
 * comes meanwhile makes it run once more. */
struct notes {
	struct server *server;
	struct loop_timer *retry;
	bool running, again, failed;
};

void server_subscribe(struct server *s, const char *topic, note_handler_fn *fn, void *arg)
{
	assert(s->subscription_count < SERVER_MAX_SUBSCRIPTIONS);
	s->subscriptions[s->subscription_count++] =
	    (struct subscription){.topic = topic, .fn = fn, .arg = arg};
}

void notes_dispatch(void *context, const char *topic, const char *text)
{
	struct server *s = context;

	for (size_t i = 0; i < s->subscription_count; i++) {
		if (strcmp(s->subscriptions[i].topic, topic) == 0)
			s->subscriptions[i].fn(s->subscriptions[i].arg, text);
	}
}

/* --- one device --- */

struct wake {
	struct waits *waits;
	char name[];
};

static void wake_one(void *arg)
{
	struct wake *w = arg;

	waits_wake(w->waits, w->name);
	mem_free(w);
}

static void on_device(void *arg, const char *text)
{
	struct notes *n = arg;
	size_t size = strlen(text) + 1;

	for (size_t i = 0; i < n->server->worker_count; i++) {
		struct worker *worker = &n->server->workers[i];
		struct wake *w = mem_alloc(sizeof(*w) + size);

		w->waits = worker->waits;
		memcpy(w->name, text, size);
		loop_post(worker->loop, wake_one, w);
	}
}

/* --- everybody --- */

static void wake_all(void *arg)
{
	waits_wake_all(((struct worker *)arg)->waits);
}

static void load(void *arg)
{
	struct notes *n = arg;
	struct readers *readers = n->server->readers;
	struct err e = {0};
	struct db *db = readers_take(readers, &e);

	n->failed = db == NULL || !snapshots_load(n->server->snapshots, db, &e);
	readers_give(readers, db);
	if (n->failed)
		log_err(LOG_LEVEL_ERROR, "policy and people could not be read; trying again", &e);
}

static void loaded(void *arg);

static void begin(struct notes *n)
{
	n->running = true;
	n->again = false;
	loop_work(n->server->workers[0].loop, load, loaded, n);
}

static void loaded(void *arg)
{
	struct notes *n = arg;

	n->running = false;
	if (n->failed) {
		loop_timer_start(n->retry, RETRY_MS, 0);
		return;
	}
	for (size_t i = 0; i < n->server->worker_count; i++)
		loop_post(n->server->workers[i].loop, wake_all, &n->server->workers[i]);
	notes_dispatch(n->server, NOTE_SNAPSHOT, "");
	if (n->again)
		begin(n);
}

static void ask(void *arg)
{
	struct notes *n = arg;

	n->again = true;
	if (!n->running)
		begin(n);
}

static void on_policy(void *arg, const char *text)
{
	struct notes *n = arg;

	(void)text;
	loop_post(n->server->workers[0].loop, ask, n);
}

struct notes *notes_new(struct server *s)
{
	struct notes *n = mem_new(struct notes);

	n->server = s;
	n->retry = loop_timer_new(s->workers[0].loop, ask, n);
	server_subscribe(s, NOTE_DEVICE, on_device, n);
	server_subscribe(s, NOTE_POLICY, on_policy, n);
	return n;
}

void notes_free(struct notes *n)
{
	if (n == NULL)
		return;
	loop_timer_free(n->retry);
	mem_free(n);
}
