/*
 * A release lets devices go without a filing. Its life as data, what became of one of its devices, which
 * devices a filter means, and why a device is not released after all.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"

#define RELEASE_MAX_DEVICES 10000
#define RELEASE_MIN_DAYS 1
#define RELEASE_MAX_DAYS 30
#define RELEASE_CONFIRM_MS (INT64_C(72) * 3600 * 1000) /* to be confirmed within */
#define RELEASE_THRESHOLD 20        /* devices that one person may release in RELEASE_ALONE_MS */
#define RELEASE_MAX_THRESHOLD 10000 /* that an owner may set; 0: a second person, always */
#define RELEASE_ALONE_MS (INT64_C(24) * 3600 * 1000)

enum release_state {
	RELEASE_UNCONFIRMED, /* a second person has to look at it */
	RELEASE_ISSUING,     /* its grants are being made */
	RELEASE_ISSUED,      /* every device has its grant, or a reason why not */
	RELEASE_STOPPING,    /* no further ones; the unused are being called back */
	RELEASE_STOPPED,
	RELEASE_EXPIRED, /* nobody confirmed it in time */
	RELEASE_STATE_COUNT
};

enum release_event {
	RELEASE_CONFIRM,
	RELEASE_STOP,
	RELEASE_TIME_OUT,     /* RELEASE_CONFIRM_MS are over */
	RELEASE_NOTHING_LEFT, /* the job has come to the end of its list */
	RELEASE_EVENT_COUNT
};

enum release_effect {
	RELEASE_WORK = 1 << 0,  /* there is something for the job */
	RELEASE_SKIP = 1 << 1,  /* devices without a grant do not get one */
	RELEASE_REFUSE = 1 << 2 /* tell the caller that it is too late */
};

struct release_step {
	enum release_state to;
	unsigned effects; /* of enum release_effect */
};

/* Total: every state has an answer to every event. */
struct release_step release_step(enum release_state from, enum release_event event);

const char *release_state_name(enum release_state state);
[[nodiscard]] bool release_state_from(const char *name, enum release_state *out);

/* A device of a release. "issued" is told further by its grant. */
enum release_device {
	RELEASE_DEVICE_QUEUED,  /* no grant yet */
	RELEASE_DEVICE_ISSUED,  /* it has an instance with a grant */
	RELEASE_DEVICE_FAILED,  /* it gets none, and why */
	RELEASE_DEVICE_SKIPPED, /* the release ended before its turn */
	RELEASE_DEVICE_COUNT
};
const char *release_device_name(enum release_device state);

/* How far it is, for people: "queued", "waiting" (the device has not fetched its grant), "fetched", "used",
 * "lapsed", "cancelled", "failed". */
enum release_progress {
	RELEASE_QUEUED,
	RELEASE_WAITING,
	RELEASE_FETCHED,
	RELEASE_USED,
	RELEASE_LAPSED,
	RELEASE_CANCELLED,
	RELEASE_FAILED,
	RELEASE_PROGRESS_COUNT
};
const char *release_progress_name(enum release_progress p);
[[nodiscard]] bool release_progress_from(const char *name, enum release_progress *out);
/* By the words in the database; grant NULL: there is none. Unknown words are RELEASE_FAILED. */
enum release_progress release_progress_of(const char *device, const char *grant);

/* The words in the database that come to it: the device's, its grant's; NULL where none does. */
void release_progress_words(enum release_progress p, const char **device, const char **grant);

/* What a device is when its turn comes. */
struct release_subject {
	const char *state;          /* STORE_DEVICE_ACTIVE, or why it is not */
	const char *owner;          /* person */
	const char *selected_owner; /* at the selection */
	const char *creator;        /* persons, or NULL */
	const char *confirmer;
};
/* Why it gets no grant; NULL: it does. Lives in the arena. */
const char *release_refusal(struct arena *a, const struct release_subject *s);

/* Which devices: all conditions that are given have to hold. */
struct release_filter {
	struct json_list departments; /* ids; with everything below */
	struct json_list groups;      /* ids of user groups */
	const char *owner;            /* id of a person */
	const char *os, *name;        /* part of it, in any case */
	const char *client_version;
	const char *state; /* online, offline, long-offline */
};
extern const struct json_field release_filter_json[];

/* How the devices of a release were chosen, as it is stored. */
struct release_selection {
	const char *by; /* "device", "filter", "list" */
	const struct release_filter *filter;
};
extern const struct json_field release_selection_json[];

/* The lines of a list that named no device of their own, as they are stored. */
struct release_line {
	int64_t line;
	const char *text;
	const char *why; /* device_line_end_name */
};
struct release_lines {
	struct json_list lines; /* of struct release_line */
};
extern const struct json_field release_lines_json[];

bool release_filter_empty(const struct release_filter *f);

/* What does not need the directory: departments and groups are the caller's. presence is as in state. */
struct release_candidate {
	const char *name, *os, *client_version, *owner, *presence;
};
bool release_filter_fits(const struct release_filter *f, const struct release_candidate *c);
