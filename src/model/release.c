#include "model/release.h"

#include <string.h>

#include "base/text.h"
#include "model/device.h"
#include "model/device_list.h"
#include "model/enrolment.h"

#define MAX_CHOICES 100 /* departments or groups in a filter */

static const struct release_step steps[RELEASE_STATE_COUNT][RELEASE_EVENT_COUNT] =
    {
	[RELEASE_UNCONFIRMED] =
	    {
		[RELEASE_CONFIRM] = {RELEASE_ISSUING, RELEASE_WORK},
		[RELEASE_STOP] = {RELEASE_STOPPED, RELEASE_SKIP},
		[RELEASE_TIME_OUT] = {RELEASE_EXPIRED, RELEASE_SKIP},
		[RELEASE_NOTHING_LEFT] = {RELEASE_UNCONFIRMED, 0},
	    },
	[RELEASE_ISSUING] =
	    {
		[RELEASE_CONFIRM] = {RELEASE_ISSUING, RELEASE_REFUSE},
		[RELEASE_STOP] = {RELEASE_STOPPING, RELEASE_SKIP | RELEASE_WORK},
		[RELEASE_TIME_OUT] = {RELEASE_ISSUING, 0},
		[RELEASE_NOTHING_LEFT] = {RELEASE_ISSUED, 0},
	    },
	[RELEASE_ISSUED] =
	    {
		[RELEASE_CONFIRM] = {RELEASE_ISSUED, RELEASE_REFUSE},
		[RELEASE_STOP] = {RELEASE_STOPPING, RELEASE_WORK},
		[RELEASE_TIME_OUT] = {RELEASE_ISSUED, 0},
		[RELEASE_NOTHING_LEFT] = {RELEASE_ISSUED, 0},
	    },
	[RELEASE_STOPPING] =
	    {
		[RELEASE_CONFIRM] = {RELEASE_STOPPING, RELEASE_REFUSE},
		[RELEASE_STOP] = {RELEASE_STOPPING, 0},
		[RELEASE_TIME_OUT] = {RELEASE_STOPPING, 0},
		[RELEASE_NOTHING_LEFT] = {RELEASE_STOPPED, 0},
	    },
	[RELEASE_STOPPED] =
	    {
		[RELEASE_CONFIRM] = {RELEASE_STOPPED, RELEASE_REFUSE},
		[RELEASE_STOP] = {RELEASE_STOPPED, 0},
		[RELEASE_TIME_OUT] = {RELEASE_STOPPED, 0},
		[RELEASE_NOTHING_LEFT] = {RELEASE_STOPPED, 0},
	    },
	[RELEASE_EXPIRED] =
	    {
		[RELEASE_CONFIRM] = {RELEASE_EXPIRED, RELEASE_REFUSE},
		[RELEASE_STOP] = {RELEASE_EXPIRED, RELEASE_REFUSE},
		[RELEASE_TIME_OUT] = {RELEASE_EXPIRED, 0},
		[RELEASE_NOTHING_LEFT] = {RELEASE_EXPIRED, 0},
	    },
};

static const char *const state_names[RELEASE_STATE_COUNT] = {"unconfirmed", "issuing", "issued",
							     "stopping",    "stopped", "expired"};
static const char *const device_names[RELEASE_DEVICE_COUNT] = {"queued", "issued", "failed",
							       "skipped"};
static const char *const progress_names[RELEASE_PROGRESS_COUNT] = {
    "queued", "waiting", "fetched", "used", "lapsed", "cancelled", "failed"};

/* Beside "issued", which its grant tells. */
static const enum release_progress without_grant[RELEASE_DEVICE_COUNT] = {
    [RELEASE_DEVICE_QUEUED] = RELEASE_QUEUED,
    [RELEASE_DEVICE_ISSUED] = RELEASE_FAILED,
    [RELEASE_DEVICE_FAILED] = RELEASE_FAILED,
    [RELEASE_DEVICE_SKIPPED] = RELEASE_CANCELLED,
};
static const struct {
	const char *grant;
	enum release_progress progress;
} with_grant[] = {
    {"unused", RELEASE_WAITING}, {"delivered", RELEASE_FETCHED},   {"used", RELEASE_USED},
    {"lapsed", RELEASE_LAPSED},  {"cancelled", RELEASE_CANCELLED},
};

static bool find(const char *const *names, int count, const char *name, int *out)
{
	for (*out = 0; *out < count; ++*out) {
		if (text_equal(names[*out], name))
			return true;
	}
	return false;
}

struct release_step release_step(enum release_state from, enum release_event event)
{
	return steps[from][event];
}

const char *release_state_name(enum release_state state)
{
	return state_names[state];
}

bool release_state_from(const char *name, enum release_state *out)
{
	int i;

	if (!find(state_names, RELEASE_STATE_COUNT, name, &i))
		return false;
	*out = (enum release_state)i;
	return true;
}

const char *release_device_name(enum release_device state)
{
	return device_names[state];
}

const char *release_progress_name(enum release_progress p)
{
	return progress_names[p];
}

bool release_progress_from(const char *name, enum release_progress *out)
{
	int i;

	if (!find(progress_names, RELEASE_PROGRESS_COUNT, name, &i))
		return false;
	*out = (enum release_progress)i;
	return true;
}

enum release_progress release_progress_of(const char *device, const char *grant)
{
	int i;

	for (size_t k = 0; k < ARRAY_SIZE(with_grant); k++) {
		if (text_equal(with_grant[k].grant, grant))
			return with_grant[k].progress;
	}
	return find(device_names, RELEASE_DEVICE_COUNT, device, &i) ? without_grant[i]
								    : RELEASE_FAILED;
}

void release_progress_words(enum release_progress p, const char **device, const char **grant)
{
	*device = *grant = NULL;
	for (int i = 0; i < RELEASE_DEVICE_COUNT; i++) {
		if (without_grant[i] == p && i != RELEASE_DEVICE_ISSUED)
			*device = device_names[i];
	}
	for (size_t k = 0; k < ARRAY_SIZE(with_grant); k++) {
		if (with_grant[k].progress == p)
			*grant = with_grant[k].grant;
	}
}

const char *release_refusal(struct arena *a, const struct release_subject *s)
{
	if (!text_equal(s->state, "active"))
		return arena_printf(a, "the device is %s", s->state);
	if (!text_equal(s->owner, s->selected_owner))
		return "the device has another owner since it was selected";
	if (text_equal(s->owner, s->creator))
		return "it belongs to the person who made the release";
	if (text_equal(s->owner, s->confirmer))
		return "it belongs to the person who confirmed the release";
	return NULL;
}

const struct json_field release_filter_json[] = {
    {"departments", JSON_FIELD_ARRAY, offsetof(struct release_filter, departments),
     .max = MAX_CHOICES, .format = JSON_ID, .omit = true,
     .doc = "the owner is in one of them or below"},
    {"groups", JSON_FIELD_ARRAY, offsetof(struct release_filter, groups), .max = MAX_CHOICES,
     .format = JSON_ID, .omit = true, .doc = "the owner is in one of these user groups"},
    {"owner", JSON_FIELD_TEXT, offsetof(struct release_filter, owner), .format = JSON_ID,
     .omit = true, .doc = "a person"},
    {"os", JSON_FIELD_TEXT, offsetof(struct release_filter, os), .min = 1, .max = ENROLMENT_MAX_OS,
     .omit = true, .doc = "part of it, in any case", .example = "Debian"},
    {"name", JSON_FIELD_TEXT, offsetof(struct release_filter, name), .min = 1,
     .max = ENROLMENT_MAX_HOSTNAME, .omit = true, .doc = "part of it, in any case",
     .example = "laptop"},
    {"client_version", JSON_FIELD_TEXT, offsetof(struct release_filter, client_version), .min = 1,
     .max = ENROLMENT_MAX_VERSION, .omit = true, .example = "0.1.0"},
    {"state", JSON_FIELD_TEXT, offsetof(struct release_filter, state), .words = device_presences,
     .omit = true, .doc = "as devices show it; heard by another server, a minute late"},
    {0}};

static const char *const selected_by[] = {"device", "filter", "list", NULL};

const struct json_field release_selection_json[] = {
    {"by", JSON_FIELD_TEXT, offsetof(struct release_selection, by), .words = selected_by},
    {"filter", JSON_FIELD_POINTER, offsetof(struct release_selection, filter),
     .fields = release_filter_json, .size = sizeof(struct release_filter), .omit = true},
    {0}};

static const char *const line_ends[] = {"empty", "unmatched", "ambiguous", "repeated", NULL};

static const struct json_field line_json[] = {
    {"line", JSON_FIELD_I64, offsetof(struct release_line, line), .min = 1, .max = INT64_MAX,
     .example = "7"},
    {"text", JSON_FIELD_TEXT, offsetof(struct release_line, text), .example = "laptop-43"},
    {"why", JSON_FIELD_TEXT, offsetof(struct release_line, why), .words = line_ends,
     .doc = "repeated: a line before it names the same device"},
    {0}};

const struct json_field release_lines_json[] = {
    {"left_out", JSON_FIELD_ARRAY, offsetof(struct release_lines, lines), .fields = line_json,
     .size = sizeof(struct release_line), .max = DEVICE_LIST_MAX_LINES},
    {0}};

bool release_filter_empty(const struct release_filter *f)
{
	return f->departments.count == 0 && f->groups.count == 0 && f->owner == NULL &&
	       f->os == NULL && f->name == NULL && f->client_version == NULL && f->state == NULL;
}

static bool holds(const char *text, const char *part)
{
	size_t n = strlen(part);

	for (; *text != '\0'; text++) {
		size_t i = 0;

		for (; i < n && text[i] != '\0'; i++) {
			char x = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
			char y = part[i] >= 'A' && part[i] <= 'Z' ? (char)(part[i] + 32) : part[i];

			if (x != y)
				break;
		}
		if (i == n)
			return true;
	}
	return n == 0;
}

bool release_filter_fits(const struct release_filter *f, const struct release_candidate *c)
{
	return (f->owner == NULL || text_equal(f->owner, c->owner)) &&
	       (f->os == NULL || holds(c->os, f->os)) &&
	       (f->name == NULL || holds(c->name, f->name)) &&
	       (f->client_version == NULL || text_equal(f->client_version, c->client_version)) &&
	       (f->state == NULL || text_equal(f->state, c->presence));
}
