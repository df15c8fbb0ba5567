#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#ifdef HOLDFAST_FAILPOINTS

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define REEVALUATE_MS 10

/* As a test writes it; generation is odd while it does. */
struct warp {
	_Atomic int64_t generation;
	_Atomic int64_t real_ms;    /* CLOCK_REALTIME at which ... */
	_Atomic int64_t virtual_ms; /* ... it was this time */
	_Atomic int64_t rate;       /* and how fast it goes since */
};

static const struct warp *warp;

static void find_warp(void)
{
	const char *path = getenv("HOLDFAST_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *map;

	if (path == NULL)
		return;
	map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*warp), PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		abort();
	(void)close(fd);
	warp = map;
}

static const struct warp *warped(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, find_warp);
	return warp;
}

static int64_t warp_ms(const struct warp *w)
{
	int64_t before, real, from, rate;

	do {
		before = w->generation;
		real = w->real_ms;
		from = w->virtual_ms;
		rate = w->rate;
	} while (before % 2 != 0 || before != w->generation);
	return from + (read_ms(CLOCK_REALTIME) - real) * rate;
}

int64_t clock_utc_ms(void)
{
	return warped() ? warp_ms(warped()) : read_ms(CLOCK_REALTIME);
}

int64_t clock_mono_ms(void)
{
	return warped() ? warp_ms(warped()) : read_ms(CLOCK_MONOTONIC);
}

int64_t clock_wait_ms(int64_t ms)
{
	if (warped() == NULL || ms <= 0)
		return ms;
	ms = ms / (warp->rate > 0 ? warp->rate : 1);
	return ms < 1 ? 1 : ms < REEVALUATE_MS ? ms : REEVALUATE_MS;
}

#else

int64_t clock_utc_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

int64_t clock_mono_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_wait_ms(int64_t ms)
{
	return ms;
}

#endif

int64_t clock_month(int64_t utc_ms, int64_t offset_ms, int months)
{
	time_t s = (time_t)((utc_ms + offset_ms) / 1000);
	struct tm tm;

	if (!gmtime_r(&s, &tm))
		tm = (struct tm){.tm_mday = 1};
	tm = (struct tm){.tm_year = tm.tm_year, .tm_mon = tm.tm_mon + months, .tm_mday = 1};
	return (int64_t)timegm(&tm) * 1000 - offset_ms;
}

void clock_text(int64_t utc_ms, char out[static CLOCK_TEXT_SIZE])
{
	int64_t ms = utc_ms % 1000;
	time_t s;
	struct tm tm;
	char text[64];

	if (ms < 0)
		ms += 1000;
	s = (time_t)((utc_ms - ms) / 1000);
	if (!gmtime_r(&s, &tm))
		tm = (struct tm){0};
	(void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
		       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)ms);
	(void)snprintf(out, CLOCK_TEXT_SIZE, "%.24s", text);
}
