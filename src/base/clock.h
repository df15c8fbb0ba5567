/* Two clocks: UTC milliseconds for what is stored, monotonic milliseconds for waiting. Rules that
 * depend on time take now_ms as an argument, so that tests choose it. */
#pragma once

#include "base/base.h"

int64_t clock_utc_ms(void);
int64_t clock_mono_ms(void);

/* "2026-11-22T16:54:39.123Z" */
#define CLOCK_TEXT_SIZE 25
void clock_text(int64_t utc_ms, char out[static CLOCK_TEXT_SIZE]);
