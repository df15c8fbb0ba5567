/*
 * Lists of devices: any filters together, in one of three orders. What the database does not know (who is online at
 * this moment, whom the policy covers) the caller looks at, device by device.
 */
#pragma once

#include "store/device.h"

/* NULL, 0 and false do not filter. */
struct store_device_filter {
	const char *state;              /* as stored */
	const char *owner, *department; /* or one below */
	const char *source;             /* of the owner */
	const char *os;                 /* anywhere in it */
	const char *client_version;
	int64_t seen_from_ms, seen_to_ms; /* last heard: from, and before */
	bool departed, cloned, waiting, signed_out, alarmed;
	const char *search; /* anywhere in name, MAC address, owner's name, or how the id begins */
	const char *scope;  /* store_scope_text; "": everywhere */
};

#define STORE_DEVICE_SEARCH_MAX 100 /* code points */

enum store_device_order {
	STORE_DEVICE_BY_ENROLMENT, /* of the first one */
	STORE_DEVICE_BY_NAME,
	STORE_DEVICE_BY_LAST_SEEN,
	STORE_DEVICE_ORDER_COUNT
};

/* Whether it belongs into the list: by id, owner, held_for, state, last_seen_ms and left_ms, which are all that is
 * there, borrowed during the call. */
typedef bool store_device_pass_fn(void *arg, const struct store_device *d);

struct store_device_listing {
	enum store_device_order order;
	bool descending;
	const char *cursor; /* what next was, or "" */
	int64_t limit;
	store_device_pass_fn *pass; /* NULL: all */
	void *arg;
};

/* Without their statements' text: statement is "" where there is one. next: the cursor of what follows, NULL when
 * nothing does. A page may be short, or empty, and still have one: what is looked at for one page is bounded.
 * ERR_INVALID: no such cursor. */
#define STORE_DEVICE_LOOK_MOST 100000
struct store_device_page {
	struct store_device *items;
	size_t count;
	const char *next;
};
[[nodiscard]] bool store_device_list(struct db *db, struct arena *a,
				     const struct store_device_filter *filter,
				     const struct store_device_listing *listing,
				     struct store_device_page *out, struct err *e);

/* What there is of a device beside it. */
struct store_device_uses {
	int64_t requests, pending, live_grants, removals;
};
[[nodiscard]] bool store_device_uses(struct db *db, const char *id, struct store_device_uses *out,
				     struct err *e);
