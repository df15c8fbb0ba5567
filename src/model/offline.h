/* When a device gets a new set of offline codes: the rule (docs/offline.md). */
#pragma once

#include "base/base.h"

#define OFFLINE_VALID_MS (INT64_C(30) * 24 * 3600 * 1000) /* from when the set was made */
#define OFFLINE_RENEW_MS (INT64_C(7) * 24 * 3600 * 1000) /* older ones are replaced at a check-in */

/* What is known when a device checks in. */
struct offline_fact {
	const char *told;   /* id of the set that it says it has; "": none */
	const char *newest; /* of the newest that was made for it; NULL: none */
	int64_t made_ms;    /* of that one, and so the rest */
	bool void_now;      /* made for another owner or another key */
	bool revealed;      /* a code of it was revealed */
	bool held;          /* the device has said before that it has it */
	bool kept;          /* it can still be sent */
};

enum offline_step {
	OFFLINE_NOTHING,
	OFFLINE_HELD, /* to be noted: the device has the newest */
	OFFLINE_SEND, /* the newest is to be sent */
	OFFLINE_MAKE  /* a new one is to be made */
};

enum offline_step offline_step(const struct offline_fact *f, int64_t now_ms);

/* The index of a new set's first code: sets that follow each other have none in common, so that an index tells which
 * of them a device has. last: the highest of the newest set before, 0: there is none. */
int64_t offline_first_index(int64_t last);
