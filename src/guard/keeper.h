/* The guard's side of the keeper's socket (docs/device.md, The keeper's socket). The keeper is told
 * and asked, never relied on: what fails, fails silently and in bounded time. */
#pragma once

#include "base/arena.h"
#include "json/json.h"

#define KEEPER_WAIT_MS 2000 /* all talks of one run together */

struct keeper {
	const char *path;
	int64_t deadline_ms; /* by the monotonic clock; 0 until the first talk */
};

/* Sends one request and returns the answer, in the arena; NULL when there is none in time or it is
 * a refusal. */
const struct json *keeper_ask(struct keeper *keeper, struct arena *a, const struct buf *request);
