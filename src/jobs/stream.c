#include "jobs/stream.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/text.h"
#include "dingtalk/stream.h"
#include "flow/app.h"
#include "flow/inbox.h"
#include "store/stream.h"

#define LOOK_MS 10000 /* for changes that another server made */
#define SAY_MS 60000  /* an unchanged state is said again */

/* One app. Everything but told is the loop's. */
struct feed {
	struct feed *next;
	struct streams *streams;
	char *app;
	unsigned char credentials[CRYPTO_HASH_SIZE];
	struct dingtalk_stream *stream; /* NULL: given up, kept for what is under way */
	size_t waiting;                 /* events that wait for their commit */
	int64_t said_ms;
	bool wanted; /* while looking */
};

struct streams {
	const struct jobs_config *config;
	struct db *db;
	struct loop *loop;
	struct loop_timer *timer;
	int64_t look_ms; /* when to look next; monotonic */
	pthread_t thread;
	bool started;
	bool stopping; /* the loop's */
	struct feed *feeds;
	size_t out; /* units under way */
};

/* --- units: on the committer, told to the loop afterwards --------------------------------------- */

struct errand {
	struct feed *feed;
	struct arena arena;
	struct store_inbox event; /* dedupe NULL: the state is said */
	struct store_stream state;
	uint64_t line;
	const char *message_id;
	bool ok;
};

static void feed_drop(struct feed *f)
{
	struct feed **at = &f->streams->feeds;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	mem_free(f->app);
	mem_free(f);
}

static void settle(struct streams *s)
{
	if (s->stopping && s->out == 0)
		loop_stop(s->loop);
}

static void errand_over(void *arg)
{
	struct errand *w = arg;
	struct feed *f = w->feed;
	struct streams *s = f->streams;

	if (w->message_id != NULL && f->stream != NULL)
		dingtalk_stream_answer(f->stream, w->line, w->message_id, w->ok);
	s->out--;
	f->waiting--;
	if (f->stream == NULL && f->waiting == 0)
		feed_drop(f);
	arena_done(&w->arena);
	mem_free(w);
	settle(s);
}

static void errand_done(void *arg, const struct err *e)
{
	struct errand *w = arg;

	w->ok = e->code == ERR_NONE;
	if (!w->ok)
		log_err(LOG_LEVEL_ERROR, "a stream of DingTalk", e);
	loop_post(w->feed->streams->loop, errand_over, w);
}

static bool errand_unit(struct db *db, void *arg, struct err *e)
{
	struct errand *w = arg;
	struct flow f = {.db = db,
			 .arena = &w->arena,
			 .now_ms = clock_utc_ms(),
			 .node = w->feed->streams->config->node};
	bool added;

	if (w->message_id == NULL)
		return store_stream_put(db, &w->state, e);
	if (!flow_inbox_store(&f, &w->event, &added, e))
		return false;
	failpoint("stream-stored");
	return true;
}

static struct errand *errand_new(struct feed *f)
{
	struct errand *w = mem_new(struct errand);

	w->feed = f;
	f->waiting++;
	f->streams->out++;
	return w;
}

/* --- what the connections tell ------------------------------------------------------------------ */

static void on_event(void *arg, const struct dingtalk_arrival *arrival)
{
	const struct dingtalk_event *event = arrival->event;
	struct feed *f = arg;
	struct errand *w;

	if (f->waiting >= STREAMS_MAX_WAITING) {
		dingtalk_stream_answer(f->stream, arrival->line, arrival->message_id, false);
		return;
	}
	w = errand_new(f);
	w->line = arrival->line;
	w->message_id = arena_dup(&w->arena, arrival->message_id);
	w->event = (struct store_inbox){
	    .app = f->app,
	    .dedupe = arena_dup(&w->arena, event->key),
	    .event = arena_dup(&w->arena, event->name),
	    .external_id = arena_dup(&w->arena, event->instance_id),
	    .change = arena_dup(&w->arena, event->type),
	    .originator =
		arena_dup(&w->arena, event->kind == DINGTALK_EVENT_INSTANCE ? event->userid : ""),
	    .subjects = dingtalk_event_subjects(&w->arena, event),
	    .process_code = arena_dup(&w->arena, event->process_code),
	    .happened_ms = dingtalk_event_happened_ms(event),
	    .body = arena_dup(&w->arena, arrival->text)};
	committer_submit_urgent(f->streams->config->committer, errand_unit, errand_done, w);
}

static void say(void *arg)
{
	struct feed *f = arg;
	const struct dingtalk_stream_state *state = dingtalk_stream_state(f->stream);
	struct errand *w = errand_new(f);

	f->said_ms = clock_mono_ms();
	w->state = (struct store_stream){.app = f->app,
					 .node = f->streams->config->node,
					 .connected_ms = state->connected_ms,
					 .frame_ms = state->frame_ms,
					 .error = arena_dup(&w->arena, state->error),
					 .seen_ms = clock_utc_ms()};
	committer_submit(f->streams->config->committer, errand_unit, errand_done, w);
}

static void on_change(void *arg)
{
	struct feed *f = arg;
	const struct dingtalk_stream_state *state = dingtalk_stream_state(f->stream);

	if (*state->error != '\0')
		log_line(LOG_LEVEL_WARN, "the stream of DingTalk app %s: %s", f->app, state->error);
	else if (state->connected_ms != 0)
		log_line(LOG_LEVEL_INFO, "the stream of DingTalk app %s is connected", f->app);
	say(f);
}

/* --- which apps --------------------------------------------------------------------------------- */

static struct feed *find(struct streams *s, const char *app)
{
	struct feed *f = s->feeds;

	while (f != NULL && (f->stream == NULL || strcmp(f->app, app) != 0))
		f = f->next;
	return f;
}

static void fingerprint(struct arena *a, const struct flow_app *app,
			unsigned char out[CRYPTO_HASH_SIZE])
{
	char *all = arena_printf(a, "%s\n%s\n%s", app->corp_id, app->client_id, app->client_secret);

	crypto_sha256(all, strlen(all), out);
	crypto_wipe(all, strlen(all));
}

static bool feed_add(struct streams *s, const struct flow_app *app,
		     const unsigned char *credentials, struct err *e)
{
	const struct links_config *to = links_settings(s->config->links);
	struct feed *f = mem_new(struct feed);

	f->stream = dingtalk_stream_new(
	    s->loop,
	    &(struct dingtalk_stream_config){.api_url = to->api_url,
					     .ca_file = to->ca_file,
					     .client_id = app->client_id,
					     .client_secret = app->client_secret,
					     .corp_id = app->corp_id,
					     .counts = s->config->stream_counts},
	    &(struct dingtalk_stream_owner){.event = on_event, .changed = on_change, .arg = f}, e);
	if (f->stream == NULL) {
		mem_free(f);
		return false;
	}
	f->streams = s;
	f->app = mem_dup(app->id);
	f->wanted = true;
	memcpy(f->credentials, credentials, CRYPTO_HASH_SIZE);
	f->next = s->feeds;
	s->feeds = f;
	return true;
}

static bool look_at(struct streams *s, const char *id, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(flow_app_wipe) struct flow_app app = {0};
	const unsigned char *master = links_settings(s->config->links)->master_key;
	unsigned char credentials[CRYPTO_HASH_SIZE];
	struct feed *f = find(s, id);

	if (f != NULL)
		f->wanted = true;
	if (!flow_app_open(s->db, &a, master, id, &app, e))
		return false;
	fingerprint(&a, &app, credentials);
	if (f == NULL)
		return feed_add(s, &app, credentials, e);
	if (memcmp(f->credentials, credentials, sizeof(credentials)) != 0) {
		memcpy(f->credentials, credentials, sizeof(credentials));
		dingtalk_stream_renew(f->stream, app.corp_id, app.client_secret);
	}
	if (clock_mono_ms() - f->said_ms >= SAY_MS)
		say(f);
	return true;
}

static void forgotten(void *arg, const struct err *e)
{
	(void)e;
	mem_free(arg);
}

/* A row that is left behind by a lost unit is stale soon. */
struct forget {
	const char *node;
	char app[];
};

static bool forget_unit(struct db *db, void *arg, struct err *e)
{
	const struct forget *w = arg;

	return store_stream_forget(db, w->node, w->app, e);
}

static void give_up(struct feed *f)
{
	struct streams *s = f->streams;
	size_t size = strlen(f->app) + 1;
	struct forget *w = mem_alloc(sizeof(*w) + size);

	w->node = s->config->node;
	memcpy(w->app, f->app, size);
	dingtalk_stream_free(TAKE(f->stream));
	if (f->waiting == 0)
		feed_drop(f);
	committer_submit(s->config->committer, forget_unit, forgotten, w);
}

static void give_up_unwanted(struct streams *s)
{
	struct feed *f = s->feeds;

	while (f != NULL) {
		struct feed *next = f->next;

		if (!f->wanted && f->stream != NULL)
			give_up(f);
		f = next;
	}
}

static bool look_at_all(struct streams *s, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const char **ids;
	size_t count;

	if (s->db == NULL)
		s->db = db_open(s->config->db_url, DB_READ, e);
	if (s->db == NULL || !store_stream_apps(s->db, &a, STREAMS_MAX, &ids, &count, e))
		return false;
	for (struct feed *f = s->feeds; f != NULL; f = f->next)
		f->wanted = false;
	for (size_t i = 0; i < count; i++) {
		if (!look_at(s, ids[i], e))
			log_err(LOG_LEVEL_ERROR, "a stream of DingTalk", e);
	}
	give_up_unwanted(s);
	return true;
}

static void look(void *arg)
{
	struct streams *s = arg;
	struct err e = {0};

	if (s->stopping)
		return;
	s->look_ms = clock_mono_ms() + LOOK_MS;
	if (!look_at_all(s, &e))
		log_err(LOG_LEVEL_ERROR, "looking for DingTalk apps in Stream mode", &e);
	loop_timer_start(s->timer, clock_wait_ms(LOOK_MS), 0);
}

static void on_timer(void *arg)
{
	struct streams *s = arg;
	int64_t wait_ms = s->look_ms - clock_mono_ms();

	if (wait_ms <= 0)
		look(s);
	else
		loop_timer_start(s->timer, clock_wait_ms(wait_ms), 0);
}

/* --- the thread --------------------------------------------------------------------------------- */

struct streams *streams_new(const struct jobs_config *config)
{
	struct streams *s = mem_new(struct streams);

	s->config = config;
	s->loop = loop_new();
	s->timer = loop_timer_new(s->loop, on_timer, s);
	return s;
}

static void *run(void *arg)
{
	struct streams *s = arg;

	loop_run(s->loop);
	return NULL;
}

static bool forget_all(struct db *db, void *arg, struct err *e)
{
	const struct streams *s = arg;

	return store_stream_forget(db, s->config->node, NULL, e);
}

bool streams_start(struct streams *s, struct err *e)
{
	if (!committer_run(s->config->committer, forget_all, s, e))
		return false;
	loop_timer_start(s->timer, 0, 0);
	if (pthread_create(&s->thread, NULL, run, s) != 0)
		abort();
	s->started = true;
	return true;
}

static void stop(void *arg)
{
	struct streams *s = arg;
	struct feed *f = s->feeds;

	s->stopping = true;
	loop_timer_stop(s->timer);
	while (f != NULL) {
		struct feed *next = f->next;

		dingtalk_stream_free(TAKE(f->stream));
		if (f->waiting == 0)
			feed_drop(f);
		f = next;
	}
	settle(s);
}

void streams_stop(struct streams *s)
{
	struct err e = {0};

	if (s == NULL || !s->started)
		return;
	loop_post(s->loop, stop, s);
	(void)pthread_join(s->thread, NULL);
	s->started = false;
	db_close(TAKE(s->db));
	if (!committer_run(s->config->committer, forget_all, s, &e))
		log_err(LOG_LEVEL_WARN, "the streams of DingTalk", &e);
}

void streams_free(struct streams *s)
{
	if (s == NULL)
		return;
	loop_timer_free(s->timer);
	loop_free(s->loop);
	mem_free(s);
}

void streams_wake(struct streams *s)
{
	loop_post(s->loop, look, s);
}
