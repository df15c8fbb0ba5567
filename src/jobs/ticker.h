/* A thread that does one thing again and again: a round, then a wait until the next is due or
 * somebody wakes it. */
#pragma once

#include "base/base.h"

struct ticker;

#define TICKER_LONGEST_MS 60000 /* however far away the next round is */

/* Returns how long to wait in ms; 0: not at all. */
typedef int64_t ticker_fn(void *arg);

[[nodiscard]] struct ticker *ticker_new(ticker_fn *round, void *arg);
void ticker_start(struct ticker *t);

/* From any thread, also before the start; when it is in a round, that is followed by another. */
void ticker_wake(struct ticker *t);

/* It is to end after its round; does not wait for that. */
void ticker_halt(struct ticker *t);
/* The same, and waits. It and ticker_free accept NULL and one that was never started. */
void ticker_stop(struct ticker *t);
void ticker_free(struct ticker *t);

/* For long rounds: it is to end. */
bool ticker_stopping(struct ticker *t);
