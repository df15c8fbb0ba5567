/* What somebody should look at: the kinds of alarms, and when silence is one. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

enum alarm_kind {
	ALARM_REMOVED, /* a package was removed without a grant; subject: the package */
	ALARM_SILENT,  /* a device fell silent without a goodbye */
	ALARM_MANY_SILENT, /* so many at once that the cause is not at the devices; of the organisation */
	ALARM_WEAKENED, /* a device found something amiss with its protection; subject: the finding */
	ALARM_UNKNOWN_BUILD, /* a device's client is a build that nobody accepted; subject: its id */
	ALARM_KIND_COUNT
};

/* "removed-without-grant"; what is stored and answered. NULL-terminated. */
extern const char *const alarm_kind_names[ALARM_KIND_COUNT + 1];

/* "unit-masked: /etc/systemd/…", as a device says it. ERR_INVALID: there is no finding in front, which is 1 to 40
 * lower-case letters and hyphens. Without a colon there is no evidence. */
#define ALARM_MAX_FINDING 40
[[nodiscard]] bool alarm_finding_read(struct arena *a, const char *text, const char **finding,
				      const char **evidence, struct err *e);

#define ALARM_SILENT_HOURS 24 /* when nobody said otherwise */
#define ALARM_SILENT_MAX_HOURS 720
/* A goodbye is the device's word alone: for so much longer it is believed. */
#define ALARM_GOODBYE_MS (INT64_C(30) * 24 * 3600 * 1000)

/* A while in which nobody could be heard, because no server ran. */
struct alarm_outage {
	int64_t from_ms, to_ms;
};

/* Who was last heard before this time has been silent for silent_ms, outages apart. Outages: the newest first, none
 * within another. */
int64_t alarm_silent_before(int64_t now_ms, int64_t silent_ms, const struct alarm_outage *outages,
			    size_t count);

/* Whether so many of all that fell silent within an hour of each other did so for a reason that lies elsewhere: more
 * than a tenth, and not just a handful. */
#define ALARM_TOGETHER_MS (INT64_C(3600) * 1000)
bool alarm_many(int64_t silent, int64_t all);

/* A build that nobody accepted is an alarm of each device that has it, up to so many; beyond that of the
 * organisation. */
#define ALARM_BUILD_EACH 20
