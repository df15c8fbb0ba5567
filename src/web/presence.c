#include "web/presence.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "store/device.h"
#include "store/note.h"

#define FORGET_MS 600000
#define FLUSH_BATCH 500
#define FIRST_SIZE 256

struct seen {
	char device[ID_SIZE]; /* "": free */
	bool fresh;           /* not in the database yet */
	bool gone;
	bool
	    turned; /* it came or went, or has another statement, since it was last in the database */
	int64_t at_ms, held;
	char basis[FLOW_BASIS_SIZE];
};

/* Open addressing; rebuilt without the forgotten ones when it is half full. */
struct presence {
	pthread_mutex_t lock;
	struct seen *slots;
	size_t size, count;
};

struct presence *presence_new(void)
{
	struct presence *p = mem_new(struct presence);

	(void)pthread_mutex_init(&p->lock, NULL);
	p->size = FIRST_SIZE;
	p->slots = mem_array(p->size, sizeof(*p->slots));
	return p;
}

void presence_free(struct presence *p)
{
	if (p == NULL)
		return;
	(void)pthread_mutex_destroy(&p->lock);
	mem_free(p->slots);
	mem_free(p);
}

static struct seen *slot(struct presence *p, const char *device)
{
	uint64_t h = 1469598103934665603u;
	size_t at;

	for (const char *c = device; *c != '\0'; c++)
		h = (h ^ (unsigned char)*c) * 1099511628211u;
	at = (h ^ h >> 32) & (p->size - 1);
	while (p->slots[at].device[0] != '\0' && strcmp(p->slots[at].device, device) != 0)
		at = (at + 1) & (p->size - 1);
	return &p->slots[at];
}

static void rebuild(struct presence *p, int64_t now_ms)
{
	struct seen *old = p->slots;
	size_t old_size = p->size, kept = 0;

	for (size_t i = 0; i < old_size; i++)
		kept += old[i].device[0] != '\0' && now_ms - old[i].at_ms < FORGET_MS;
	while (p->size < kept * 4)
		p->size *= 2;
	p->slots = mem_array(p->size, sizeof(*p->slots));
	p->count = kept;
	for (size_t i = 0; i < old_size; i++) {
		if (old[i].device[0] != '\0' && now_ms - old[i].at_ms < FORGET_MS)
			*slot(p, old[i].device) = old[i];
	}
	mem_free(old);
}

bool presence_seen(struct presence *p, const char *device, const struct flow_has *has,
		   int64_t now_ms)
{
	struct seen *s;
	bool came;

	(void)pthread_mutex_lock(&p->lock);
	s = slot(p, device);
	if (s->device[0] == '\0' && (p->count + 1) * 2 > p->size) {
		rebuild(p, now_ms);
		s = slot(p, device);
	}
	if (s->device[0] == '\0') {
		p->count++;
		memcpy(s->device, device, ID_SIZE);
	}
	came = s->gone || now_ms - s->at_ms >= PRESENCE_ONLINE_MS || s->held != has->counter;
	s->at_ms = now_ms;
	s->held = has->counter;
	(void)snprintf(s->basis, sizeof(s->basis), "%s", has->basis);
	s->gone = false;
	s->turned |= came;
	s->fresh = true;
	(void)pthread_mutex_unlock(&p->lock);
	return came;
}

bool presence_gone(struct presence *p, const char *device, int64_t seen_ms, int64_t now_ms)
{
	struct seen *s;
	bool went;

	(void)pthread_mutex_lock(&p->lock);
	s = slot(p, device);
	went = s->device[0] != '\0' && s->at_ms <= seen_ms;
	if (went) {
		s->at_ms = now_ms;
		s->gone = true;
		s->turned = true;
		s->fresh = true;
	}
	(void)pthread_mutex_unlock(&p->lock);
	return went;
}

struct presence_last presence_last(struct presence *p, const char *device)
{
	struct presence_last last = {0};
	const struct seen *s;

	(void)pthread_mutex_lock(&p->lock);
	s = slot(p, device);
	if (s->device[0] != '\0') {
		last = (struct presence_last){.at_ms = s->at_ms, .held = s->held, .gone = s->gone};
		memcpy(last.basis, s->basis, sizeof(last.basis));
	}
	(void)pthread_mutex_unlock(&p->lock);
	return last;
}

struct batch {
	size_t count;
	struct seen seen[FLUSH_BATCH];
};

static bool write_batch(struct db *db, void *arg, struct err *e)
{
	struct batch *b = arg;
	bool turned = false;

	for (size_t i = 0; i < b->count; i++) {
		const struct seen *s = &b->seen[i];

		turned |= s->turned;
		if (!store_device_present(
			db,
			&(struct store_device_presence){.id = s->device,
							.at_ms = s->at_ms,
							.left_ms = s->gone ? s->at_ms : 0,
							.held_counter = s->held,
							.held_basis = s->basis},
			e))
			return false;
	}
	if (turned)
		db_note(db, NOTE_SHOWN, SHOWN_DEVICES);
	return true;
}

/* A lost batch is made up for by the devices' next polls. */
static void batch_done(void *arg, const struct err *e)
{
	if (e->code != ERR_NONE)
		log_err(LOG_LEVEL_WARN, "when devices were last seen could not be stored", e);
	mem_free(arg);
}

static struct batch *take_batch(struct presence *p, size_t *from)
{
	struct batch *b = mem_new(struct batch);

	(void)pthread_mutex_lock(&p->lock);
	for (; *from < p->size && b->count < FLUSH_BATCH; (*from)++) {
		struct seen *s = &p->slots[*from];

		if (s->fresh) {
			b->seen[b->count++] = *s;
			s->fresh = false;
			s->turned = false;
		}
	}
	(void)pthread_mutex_unlock(&p->lock);
	return b;
}

/* Here after PRESENCE_ONLINE_MS, for other servers after PRESENCE_STORED_MS. */
static bool any_silent(struct presence *p, int64_t now_ms)
{
	bool any = false;

	(void)pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->size && !any; i++) {
		const struct seen *s = &p->slots[i];
		int64_t ago_ms = now_ms - s->at_ms;

		any = s->device[0] != '\0' && !s->gone && ago_ms >= PRESENCE_ONLINE_MS &&
		      ago_ms < PRESENCE_STORED_MS + PRESENCE_FLUSH_MS;
	}
	(void)pthread_mutex_unlock(&p->lock);
	return any;
}

bool presence_flush(struct presence *p, struct committer *c, int64_t now_ms)
{
	size_t from = 0;
	bool more = true;

	while (more) {
		struct batch *b = take_batch(p, &from);

		more = b->count == FLUSH_BATCH;
		if (b->count > 0)
			committer_submit(c, write_batch, batch_done, b);
		else
			mem_free(b);
	}
	return any_silent(p, now_ms);
}
