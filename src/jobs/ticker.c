#include "jobs/ticker.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

struct ticker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	ticker_fn *round;
	void *arg;
	bool started, woken, stopping;
};

static struct timespec after(int64_t ms)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

/* With the lock held: until woken, stopped, or the time is over. A round that began so long ago was
 * overtaken by a leap of the clock, and what it found may be due by now. */
static void wait_for(struct ticker *t, int64_t began_ms, int64_t wait_ms)
{
	int64_t now_ms = clock_mono_ms();
	int64_t left = wait_ms < TICKER_LONGEST_MS ? wait_ms : TICKER_LONGEST_MS;
	int64_t until;

	if (now_ms - began_ms >= TICKER_LONGEST_MS)
		left = 0;
	until = now_ms + left;
	/* A test may set the clock back. */
	while (!t->woken && !t->stopping && left > 0 && left <= TICKER_LONGEST_MS) {
		struct timespec at = after(clock_wait_ms(left));

		(void)pthread_cond_timedwait(&t->changed, &t->lock, &at);
		left = until - clock_mono_ms();
	}
}

static void *run(void *arg)
{
	struct ticker *t = arg;

	(void)pthread_mutex_lock(&t->lock);
	while (!t->stopping) {
		int64_t began = clock_mono_ms(), wait;

		t->woken = false;
		(void)pthread_mutex_unlock(&t->lock);
		wait = t->round(t->arg);
		(void)pthread_mutex_lock(&t->lock);
		wait_for(t, began, wait);
	}
	(void)pthread_mutex_unlock(&t->lock);
	return NULL;
}

struct ticker *ticker_new(ticker_fn *round, void *arg)
{
	struct ticker *t = mem_new(struct ticker);
	pthread_condattr_t attributes;

	t->round = round;
	t->arg = arg;
	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&t->changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	return t;
}

void ticker_start(struct ticker *t)
{
	if (pthread_create(&t->thread, NULL, run, t) != 0)
		abort();
	t->started = true;
}

void ticker_wake(struct ticker *t)
{
	(void)pthread_mutex_lock(&t->lock);
	t->woken = true;
	(void)pthread_cond_signal(&t->changed);
	(void)pthread_mutex_unlock(&t->lock);
}

void ticker_halt(struct ticker *t)
{
	(void)pthread_mutex_lock(&t->lock);
	t->stopping = true;
	(void)pthread_cond_signal(&t->changed);
	(void)pthread_mutex_unlock(&t->lock);
}

void ticker_stop(struct ticker *t)
{
	if (t == NULL)
		return;
	ticker_halt(t);
	if (t->started)
		(void)pthread_join(t->thread, NULL);
	t->started = false;
}

void ticker_free(struct ticker *t)
{
	if (t == NULL)
		return;
	(void)pthread_cond_destroy(&t->changed);
	(void)pthread_mutex_destroy(&t->lock);
	mem_free(t);
}

bool ticker_stopping(struct ticker *t)
{
	bool stopping;

	(void)pthread_mutex_lock(&t->lock);
	stopping = t->stopping;
	(void)pthread_mutex_unlock(&t->lock);
	return stopping;
}
