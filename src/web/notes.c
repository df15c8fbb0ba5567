#include "web/notes.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "flow/snapshots.h"
#include "web/readers.h"
#include "web/wait.h"
#include "store/note.h"

#define RETRY_MS 1000
#define WITHIN_MS 900 /* a change counts after so long, whatever else goes on */
#define REST_SHARE 4  /* so much longer than the work was, if that leaves time */

/* Rebuilding runs on the pool, asked for by and reported to the first worker's loop. A change that comes meanwhile makes
 * it run once more, after a rest: a walk of the organisation changes people for minutes. */
struct notes {
	struct server *server;
	struct loop_timer *rest;
	bool running, resting, again, failed, stopped;
	bool alone;      /* the load that runs reads the policy alone */
	bool urgent;     /* the next one does not wait for the rest to be over */
	bool renew;      /* statements are renewed, whatever the snapshot says */
	bool renewing;   /* by the load that runs */
	int64_t effect;  /* what polls were woken for */
	int64_t took_ms; /* the last load */
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
	int64_t began_ms = clock_mono_ms();
	struct db *db = readers_take(readers, &e);

	n->failed = db == NULL || !(n->alone ? snapshots_load_policy(n->server->snapshots, db, &e)
					     : snapshots_load(n->server->snapshots, db, &e));
	readers_give(readers, db);
	if (n->failed)
		log_err(LOG_LEVEL_ERROR, "policy and people could not be read; trying again", &e);
	n->took_ms = clock_mono_ms() - began_ms;
}

static void loaded(void *arg);

static void begin(struct notes *n, bool alone)
{
	if (n->stopped)
		return;
	n->running = true;
	n->alone = alone;
	n->again = n->again && alone;
	n->urgent = false;
	n->renewing |= n->renew;
	n->renew = false;
	loop_work(n->server->workers[0].loop, load, loaded, n);
}

/* Somebody whose change came when a load had just begun waits for the rest of it, the rest and another one. */
static int64_t rest_ms(int64_t took_ms)
{
	int64_t left_ms = WITHIN_MS - 2 * took_ms;

	if (left_ms < 0)
		return 0;
	return REST_SHARE * took_ms < left_ms ? REST_SHARE * took_ms : left_ms;
}

static void wake_if_changed(struct notes *n)
{
	int64_t effect = snapshots_effect(n->server->snapshots);

	if (effect == n->effect && !n->renewing)
		return;
	n->effect = effect;
	n->renewing = false;
	for (size_t i = 0; i < n->server->worker_count; i++)
		loop_post(n->server->workers[i].loop, wake_all, &n->server->workers[i]);
}

static void loaded(void *arg)
{
	struct notes *n = arg;

	n->running = false;
	n->again |= n->failed;
	if (!n->alone || n->failed) {
		n->resting = true;
		loop_timer_start(n->rest, n->failed ? RETRY_MS : rest_ms(n->took_ms), 0);
	}
	if (n->failed)
		return;
	wake_if_changed(n);
	notes_dispatch(n->server, NOTE_SNAPSHOT, "");
	if (n->again && (n->urgent || !n->resting))
		begin(n, false);
}

static void rested(void *arg)
{
	struct notes *n = arg;

	n->resting = false;
	if (n->again && !n->running)
		begin(n, false);
}

static void ask(void *arg)
{
	struct notes *n = arg;

	n->again = true;
	if (!n->running && !n->resting)
		begin(n, false);
}

/* The policy alone takes no time. But one that names a group of which we have yet to hear would cover nobody by it:
 * what is to be read is read first, at once. */
static void ask_alone(void *arg)
{
	struct notes *n = arg;

	if (!n->running && !n->again) {
		begin(n, true);
		return;
	}
	n->again = n->urgent = true;
	if (!n->running)
		begin(n, false);
}

static void ask_to_renew(void *arg)
{
	struct notes *n = arg;

	n->renew = true;
	ask(n);
}

static void on_policy(void *arg, const char *text)
{
	struct notes *n = arg;

	loop_post(n->server->workers[0].loop,
		  strcmp(text, POLICY_RENEW) == 0   ? ask_to_renew
		  : strcmp(text, POLICY_ALONE) == 0 ? ask_alone
						    : ask,
		  n);
}

struct notes *notes_new(struct server *s)
{
	struct notes *n = mem_new(struct notes);

	n->server = s;
	n->rest = loop_timer_new(s->workers[0].loop, rested, n);
	n->effect = snapshots_effect(s->snapshots);
	server_subscribe(s, NOTE_DEVICE, on_device, n);
	server_subscribe(s, NOTE_POLICY, on_policy, n);
	return n;
}

void notes_stop(struct notes *n)
{
	n->stopped = true;
}

void notes_free(struct notes *n)
{
	if (n == NULL)
		return;
	loop_timer_free(n->rest);
	mem_free(n);
}
