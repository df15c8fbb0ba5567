#include "web/elsewhere.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "web/live.h"
#include "web/notes.h"
#include "web/readers.h"
#include "store/note.h"
#include "store/policy.h"
#include "store/shown.h"

#define WHAT "changes by other servers"

/* seen and found are the first worker's loop's; found is written on the pool while looking. */
struct elsewhere {
	struct server *server;
	struct loop_timer *timer; /* NULL: there is no other server */
	bool looking, failed;
	int64_t seen, found;
	int64_t seen_shown[LIVE_TOPIC_COUNT], found_shown[LIVE_TOPIC_COUNT];
};

/* --- what this one changes --- */

struct raise {
	struct elsewhere *elsewhere;
	int64_t reached;
};

static bool raise_number(struct db *db, void *arg, struct err *e)
{
	struct raise *r = arg;

	return store_change_raise(db, &r->reached, e);
}

/* Its own changes it knows; when others' came between, looking finds them. */
static void raised_on_loop(void *arg)
{
	struct raise *r = arg;

	if (r->reached == r->elsewhere->seen + 1)
		r->elsewhere->seen = r->reached;
	mem_free(r);
}

static void raised(void *arg, const struct err *e)
{
	struct raise *r = arg;

	if (e->code == ERR_NONE) {
		loop_post(r->elsewhere->server->workers[0].loop, raised_on_loop, r);
		return;
	}
	log_err(LOG_LEVEL_WARN, "telling other servers of a change", e);
	mem_free(r);
}

static void tell(struct elsewhere *w)
{
	struct raise *r = mem_new(struct raise);

	r->elsewhere = w;
	committer_submit(w->server->committer, raise_number, raised, r);
}

static void on_policy(void *arg, const char *text)
{
	if (strcmp(text, POLICY_ELSEWHERE) != 0)
		tell(arg);
}

struct shown {
	struct elsewhere *elsewhere;
	unsigned topics;
};

static bool raise_shown(struct db *db, void *arg, struct err *e)
{
	const struct shown *s = arg;

	for (unsigned i = 0; i < LIVE_TOPIC_COUNT; i++) {
		if (s->topics & 1U << i &&
		    !store_shown_raise(db, s->elsewhere->server->node, live_topics[i], e))
			return false;
	}
	return true;
}

/* Told again by the next change, or the next start. */
static void shown_raised(void *arg, const struct err *e)
{
	if (e->code != ERR_NONE)
		log_err(LOG_LEVEL_WARN, "telling other servers what has changed", e);
	mem_free(arg);
}

void elsewhere_tell(struct elsewhere *w, unsigned topics)
{
	struct shown *s;

	if (w->timer == NULL)
		return;
	s = mem_new(struct shown);
	*s = (struct shown){w, topics};
	committer_submit(w->server->committer, raise_shown, shown_raised, s);
}

/* --- what the others change --- */

static bool look_shown(struct elsewhere *w, struct db *db, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	struct store_shown *all;
	size_t count;

	if (!store_shown_read(db, &a, w->server->node, &all, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		for (unsigned t = 0; t < LIVE_TOPIC_COUNT; t++) {
			if (text_equal(live_topics[t], all[i].topic))
				w->found_shown[t] = all[i].number;
		}
	}
	return true;
}

static void look(void *arg)
{
	struct elsewhere *w = arg;
	struct err e = {0};
	struct db *db = readers_take(w->server->readers, &e);

	w->failed = db == NULL || !store_change_read(db, &w->found, &e) || !look_shown(w, db, &e);
	readers_give(w->server->readers, db);
	if (w->failed)
		log_err(LOG_LEVEL_WARN, WHAT, &e);
}

static void tell_shown(struct elsewhere *w)
{
	unsigned topics = 0;

	for (unsigned t = 0; t < LIVE_TOPIC_COUNT; t++) {
		if (w->found_shown[t] != w->seen_shown[t])
			topics |= 1U << t;
		w->seen_shown[t] = w->found_shown[t];
	}
	if (topics != 0)
		live_tell_elsewhere(w->server->live, topics);
}

static void looked(void *arg)
{
	struct elsewhere *w = arg;

	w->looking = false;
	if (w->failed)
		return;
	tell_shown(w);
	if (w->found == w->seen)
		return;
	w->seen = w->found;
	notes_dispatch(w->server, NOTE_POLICY, POLICY_ELSEWHERE);
}

static void on_time(void *arg)
{
	struct elsewhere *w = arg;

	if (w->looking)
		return;
	w->looking = true;
	loop_work(w->server->workers[0].loop, look, looked, w);
}

struct elsewhere *elsewhere_new(struct server *s)
{
	struct elsewhere *w = mem_new(struct elsewhere);

	w->server = s;
	if (!text_starts(s->options.db_url, "postgresql://"))
		return w;
	w->timer = loop_timer_new(s->workers[0].loop, on_time, w);
	server_subscribe(s, NOTE_POLICY, on_policy, w);
	return w;
}

void elsewhere_start(struct elsewhere *w)
{
	if (w->timer == NULL)
		return;
	tell(w);
	live_tell(w->server->live, LIVE_ALL);
	loop_timer_start(w->timer, ELSEWHERE_MS, ELSEWHERE_MS);
}

void elsewhere_stop(struct elsewhere *w)
{
	loop_timer_free(TAKE(w->timer));
}

void elsewhere_free(struct elsewhere *w)
{
	if (w == NULL)
		return;
	loop_timer_free(w->timer);
	mem_free(w);
}
