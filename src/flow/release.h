/*
 * Releases: devices that a security administrator lets go without a filing (model/release.h). Chosen once,
 * confirmed by a second person where they are many, then given their grants some at a time. Each device
 * gets a request of channel "release" that is approved at once; a request of its owner that waits for the
 * same package is approved in its place.
 */
#pragma once

#include "flow/flow.h"
#include "model/device_list.h"
#include "model/release.h"
#include "store/release.h"

struct flow_releaser {
	const char *name;               /* in a reader's words */
	const char *account;            /* NULL: a token that belongs to nobody */
	const char *token;              /* id, where there is no account */
	const char *person;             /* whom the account is in the directory; NULL: not linked */
	const char *const *departments; /* ids; only what is below them; none: everything */
	size_t department_count;
};

/* One of device, filter and csv; the others NULL. */
struct flow_release_order {
	const char *device;
	const struct release_filter *filter;
	const char *csv;
	const char *package; /* NULL: the client */
	const char *reason;  /* as typed */
	int64_t days;
	int64_t online_ms;     /* heard within this a device is online */
	bool without_left_out; /* lines of the list that name no device do not matter */
};

struct flow_release_chosen {
	const char *id, *name, *owner, *owner_name;
	const char *why; /* it would get no grant now; NULL: it would */
};

/* What an order comes to. In the arena. */
struct flow_release_choice {
	struct flow_release_chosen *devices;
	size_t count;
	size_t unfit;            /* that the filter fits, but which are not there any more */
	struct device_list list; /* of the CSV, each line with its end */
	size_t left_out;         /* lines that named no device */
	bool second;             /* a second person has to confirm it */
	int64_t threshold;
};

/* Reads only. Needs the snapshot. ERR_UNPROCESSABLE, in words: the reason, the package, the list, no device,
 * too many. */
[[nodiscard]] bool flow_release_choose(struct flow *f, const struct flow_releaser *by,
				       const struct flow_release_order *order,
				       struct flow_release_choice *out, struct err *e);

/* The lines that named no device of their own, with why. */
struct release_lines flow_release_left_out(struct arena *a, const struct flow_release_choice *c);

/* The same, and it begins. ERR_UNPROCESSABLE also: the list has lines that name no device. */
[[nodiscard]] bool flow_release_add(struct flow *f, const struct flow_releaser *by,
				    const struct flow_release_order *order, const char **id,
				    struct err *e);

/* ERR_FORBIDDEN: not by him. ERR_CONFLICT: too late. */
[[nodiscard]] bool flow_release_confirm(struct flow *f, const struct flow_releaser *by,
					const char *id, struct err *e);
/* No further grants, and the unused are called back. Nothing happens when it is stopped already.
 * ERR_UNPROCESSABLE: the reason. */
[[nodiscard]] bool flow_release_stop(struct flow *f, const struct flow_releaser *by, const char *id,
				     const char *reason, struct err *e);

/* Nobody confirmed it; nothing happens when somebody did. */
[[nodiscard]] bool flow_release_time_out(struct flow *f, const char *id, struct err *e);

/* The next devices of a release, for the server that has the lease: at most so many. Needs the signer.
 * more: there may be more of them. */
#define FLOW_RELEASE_BATCH 25
#define FLOW_RELEASE_LEASE_MS 15000
struct flow_release_turn {
	const char *release, *node;
	int64_t limit;
	const char *broken; /* why the first of them cannot be done at all; NULL: it may */
	bool more;
};
[[nodiscard]] bool flow_release_continue(struct flow *f, struct flow_release_turn *t,
					 struct err *e);

/* How many devices one person may release alone: the organisation's setting. */
[[nodiscard]] bool flow_release_threshold(struct flow *f, int64_t *out, struct err *e);
