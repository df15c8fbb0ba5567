#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_utc_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

int64_t clock_mono_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
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
