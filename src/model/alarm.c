#include "model/alarm.h"

#include <string.h>

#include "base/text.h"

#define MANY_LEAST 10

const char *const alarm_kind_names[] = {
    [ALARM_REMOVED] = "removed-without-grant", [ALARM_SILENT] = "silent",
    [ALARM_MANY_SILENT] = "many-silent",       [ALARM_WEAKENED] = "weakened",
    [ALARM_UNKNOWN_BUILD] = "unknown-build",   [ALARM_KIND_COUNT] = NULL};

bool alarm_finding_read(struct arena *a, const char *text, const char **finding,
			const char **evidence, struct err *e)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz-");

	if (n == 0 || n > ALARM_MAX_FINDING || (text[n] != '\0' && text[n] != ':'))
		return err_set(e, ERR_INVALID,
			       "text: must begin with the finding, like unit-masked: …");
	*finding = arena_dup_n(a, text, n);
	*evidence = text_trim(arena_dup(a, text[n] == ':' ? text + n + 1 : ""));
	return true;
}

int64_t alarm_silent_before(int64_t now_ms, int64_t silent_ms, const struct alarm_outage *outages,
			    size_t count)
{
	int64_t before = now_ms - silent_ms;

	for (size_t i = 0; i < count; i++) {
		if (outages[i].to_ms > before)
			before -= outages[i].to_ms - outages[i].from_ms;
	}
	return before;
}

bool alarm_many(int64_t silent, int64_t all)
{
	return silent >= MANY_LEAST && silent * 10 > all;
}
