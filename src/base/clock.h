/* Two clocks: UTC milliseconds for what is stored, monotonic milliseconds for waiting. Rules that
 * depend on time take now_ms as an argument, so that tests choose it. */
#pragma once

#include "base/base.h"

int64_t clock_utc_ms(void);
int64_t clock_mono_ms(void);

/*
 * How long to sleep for real when something is due in ms; whoever sleeps looks at the clock again when
 * it wakes. The same number, but for builds with -Dfailpoints=true, where HOLDFAST_CLOCK=FILE makes
 * both clocks follow a file that a test rewrites while programs run, so that days pass in seconds: four
 * int64, native order: a generation (odd while it is being written), a time in real UTC ms, the time
 * it was then for the programs, and how many times faster theirs goes.
 */
int64_t clock_wait_ms(int64_t ms);

/* When the month begins, in a zone offset_ms ahead of UTC, that is `months` after the one utc_ms is in. */
int64_t clock_month(int64_t utc_ms, int64_t offset_ms, int months);

/* "2026-11-22T16:54:39.123Z" */
#define CLOCK_TEXT_SIZE 25
void clock_text(int64_t utc_ms, char out[static CLOCK_TEXT_SIZE]);
