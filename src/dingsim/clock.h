/* dingsim's clock: the machine's, and what people and scripts have moved it forward by. */
#pragma once

#include "dingsim/call.h"

#define CLOCK_AHEAD_MAX_MS (10LL * 366 * 86400 * 1000) /* in all */

/* Forward for good; everything that waits for a time looks again. ERR_INVALID: too far in all. */
[[nodiscard]] bool clock_move(struct call *c, int64_t forward_ms, struct err *e);
