/*
 * One timer for what has to happen now and then: the service manager hears that this process lives,
 * and the agent is looked at. Its polls make it run once in 50 seconds, which the kernel can tell
 * without waking it; only one that did not run is sent something to read.
 */
#include <stdlib.h>
#include <time.h>

#include "base/notify.h"
#include "base/text.h"
#include "keeper/keeper.h"

#define EVERY_MS 90000 /* with the unit's WatchdogSec */
#define LEAST_MS 100

/* Three quarters of the time within which the service manager wants to hear (sd_watchdog_enabled(3)). */
static int64_t every_ms(void)
{
	const char *text = getenv("WATCHDOG_USEC");
	int64_t limit_us;

	if (!text || !text_i64(text, 1, INT64_MAX / 4, &limit_us))
		return EVERY_MS;
	limit_us = limit_us / 4 * 3 / 1000;
	return limit_us < LEAST_MS ? LEAST_MS : limit_us < EVERY_MS ? limit_us : EVERY_MS;
}

/* The processor time it has used, 0: not to be had. */
static int64_t used_ns(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) < 0)
		return 0;
	return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

/* It did something since the last look, and not for all that time: that is a loop without end. */
static bool has_run(struct keeper *k)
{
	int64_t used = used_ns(k->link.pid), more = used - k->link.used_ns;

	k->link.used_ns = used;
	return more > 0 && more < every_ms() * 1000000 / 2;
}

static void on_timer(void *arg)
{
	struct keeper *k = arg;

	notify("WATCHDOG=1");
	integrity_tick(k);
	packages_tick(k);
	suspend_tick(k);
	if (!k->link.channel || k->link.pid <= 0 || has_run(k))
		return;
	if (ipc_channel_unread(k->link.channel))
		link_kill(k, "does not answer");
	else
		link_ping(k);
}

void alive_init(struct keeper *k)
{
	k->alive = loop_timer_new(k->loop, on_timer, k);
	loop_timer_start(k->alive, every_ms(), every_ms());
}

void alive_done(struct keeper *k)
{
	loop_timer_free(k->alive);
}
