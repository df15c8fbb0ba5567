#include "web/wait.h"

#include <string.h>

#include "base/clock.h"

#define FIRST_BUCKETS 64
#define SWEEP 16   /* buckets between two looks at the time: about as many waiters */
#define SWEEP_MS 4 /* in one turn of the loop */

struct waiter {
	struct waiter *next; /* in its bucket */
	struct waits *waits;
	struct http_request *http;
	struct loop_timer *timer;
	wait_fn *fn;
	void *arg;
	uint64_t sweep; /* the last one that it need not be woken for */
	char name[];
};

struct waits {
	struct loop *loop;
	struct waiter **buckets; /* a power of two */
	size_t size, count;
	uint64_t sweep; /* number of the last waits_wake_all or waits_wake_later */
	enum wait_end telling;
	size_t at; /* the bucket that it has come to */
	bool sweeping, stopped;
};

struct waits *waits_new(struct loop *loop)
{
	struct waits *w = mem_new(struct waits);

	w->loop = loop;
	w->size = FIRST_BUCKETS;
	w->buckets = mem_array(w->size, sizeof(*w->buckets));
	return w;
}

void waits_free(struct waits *w)
{
	if (w == NULL)
		return;
	mem_free(w->buckets);
	mem_free(w);
}

/* Names are our own ids. */
static size_t bucket_of(const struct waits *w, const char *name)
{
	uint64_t h = 1469598103934665603u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 1099511628211u;
	return (h ^ h >> 32) & (w->size - 1);
}

static struct waiter *find(const struct waits *w, const char *name)
{
	struct waiter *x = w->buckets[bucket_of(w, name)];

	while (x != NULL && strcmp(x->name, name) != 0)
		x = x->next;
	return x;
}

static void grow(struct waits *w)
{
	struct waiter **old = w->buckets;
	size_t old_size = w->size;

	w->size *= 2;
	w->buckets = mem_array(w->size, sizeof(*w->buckets));
	for (size_t i = 0; i < old_size; i++) {
		while (old[i] != NULL) {
			struct waiter *x = old[i];
			size_t b = bucket_of(w, x->name);

			old[i] = x->next;
			x->next = w->buckets[b];
			w->buckets[b] = x;
		}
	}
	mem_free(old);
	w->at = 0;
}

static void unlink_waiter(struct waiter *x)
{
	struct waits *w = x->waits;
	struct waiter **at = &w->buckets[bucket_of(w, x->name)];

	while (*at != x)
		at = &(*at)->next;
	*at = x->next;
	w->count--;
	loop_timer_free(x->timer);
}

/* Ends the wait before fn runs, so that fn may begin another with the same name. */
static void end(struct waiter *x, enum wait_end why)
{
	unlink_waiter(x);
	(void)x->fn(x->arg, why);
	mem_free(x);
}

static void on_time(void *arg)
{
	end(arg, WAIT_OVER);
}

static void on_gone(struct http_request *http)
{
	struct waiter *x = http->user;

	end(x, WAIT_GONE);
	http_drop(http);
}

void waits_add(struct waits *w, struct http_request *http, const char *name, int64_t wait_ms,
	       wait_fn *fn, void *arg)
{
	struct waiter *before = find(w, name);
	struct waiter *x;
	size_t n = strlen(name) + 1, b;

	if (before != NULL)
		end(before, WAIT_REPLACED);
	if (w->stopped) {
		(void)fn(arg, WAIT_STOPPING);
		return;
	}
	if (w->count >= w->size)
		grow(w);
	x = mem_alloc(sizeof(*x) + n);
	memcpy(x->name, name, n);
	x->waits = w;
	x->sweep = w->sweep;
	x->http = http;
	x->fn = fn;
	x->arg = arg;
	x->timer = loop_timer_new(w->loop, on_time, x);
	loop_timer_start(x->timer, wait_ms, 0);
	b = bucket_of(w, name);
	x->next = w->buckets[b];
	w->buckets[b] = x;
	w->count++;
	http->user = x;
	http_on_gone(http, on_gone);
}

static void wake(struct waiter *x, enum wait_end why)
{
	if (!x->fn(x->arg, why))
		return;
	unlink_waiter(x);
	mem_free(x);
}

void waits_wake(struct waits *w, const char *name)
{
	struct waiter *x = find(w, name);

	if (x != NULL)
		wake(x, WAIT_WOKEN);
}

static void wake_bucket(struct waits *w, struct waiter *x)
{
	struct waiter *next;

	for (; x != NULL; x = next) {
		next = x->next;
		if (x->sweep == w->sweep)
			continue;
		x->sweep = w->sweep;
		wake(x, w->telling);
	}
}

/* A little at a time, so that others are served in between. */
static void sweep(void *arg)
{
	struct waits *w = arg;

	int64_t end_ms = clock_mono_ms() + SWEEP_MS;

	while (w->at < w->size && clock_mono_ms() < end_ms) {
		for (size_t i = 0; i < SWEEP && w->at < w->size; i++)
			wake_bucket(w, w->buckets[w->at++]);
	}
	w->sweeping = w->at < w->size;
	if (w->sweeping)
		loop_post(w->loop, sweep, w);
}

static void begin(struct waits *w, enum wait_end telling)
{
	w->telling = telling;
	w->sweep++;
	w->at = 0;
	if (!w->sweeping)
		sweep(w);
}

void waits_wake_all(struct waits *w)
{
	begin(w, WAIT_RULES);
}

bool waits_waking(const struct waits *w)
{
	return w->sweeping && w->telling == WAIT_RULES;
}

void waits_wake_later(struct waits *w)
{
	if (!waits_waking(w))
		begin(w, WAIT_LATER);
}

void waits_stop(struct waits *w)
{
	w->stopped = true;
	for (size_t i = 0; i < w->size; i++) {
		while (w->buckets[i] != NULL)
			end(w->buckets[i], WAIT_STOPPING);
	}
}
