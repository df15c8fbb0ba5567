/* When a change of the policy weakens it so much that a second administrator has to confirm it. */
#pragma once

#include "base/arena.h"
#include "json/json.h"
#include "model/policy.h"

#define POLICY_SECOND_THRESHOLD 20        /* people or devices that one person may exempt alone */
#define POLICY_SECOND_MAX_THRESHOLD 10000 /* that an owner may set; 0: a second person, always */
#define POLICY_SECOND_LATE_MS (INT64_C(24) * 3600 * 1000)

/* The setting. */
extern const char *const policy_second_rules[]; /* ends with NULL */
#define POLICY_SECOND_OFF "off"
#define POLICY_SECOND_WEAKENING "weakening"

enum policy_second {
	POLICY_SECOND_MODE = 1 << 0,      /* block or audit gives way to something weaker */
	POLICY_SECOND_WHITELIST = 1 << 1, /* too many people are put on the whitelist */
	POLICY_SECOND_DEVICES = 1 << 2,   /* too many devices are covered no longer */
	POLICY_SECOND_SETTINGS = 1 << 3   /* one person could do more alone */
};
extern const char
    *const policy_second_whys[]; /* "mode", "whitelist", "devices", "settings"; ends with NULL */
#define POLICY_SECOND_MAX_WHYS 4
struct json_list policy_second_words(struct arena *a, unsigned whys);

/* Of late: in the last POLICY_SECOND_LATE_MS, this change included, so that many small steps are one. Only what this
 * change adds to counts. */
struct policy_weakening {
	enum policy_mode from, to;
	int64_t exempted, exempted_of_late; /* people */
	int64_t lost, lost_of_late;         /* devices */
	int64_t threshold;
};
/* A set of enum policy_second; 0: one person may do it. */
unsigned policy_second(const struct policy_weakening *w);

/* How many people are on one whitelist and not on the other. */
int64_t policy_exempted(const struct policy *before, const struct policy *after);
