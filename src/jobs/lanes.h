/*
 * Which app each of several workers of this process works for. Each app may have a worker as long as one is
 * idle; further ones only while half of all are. So an app whose DingTalk is slow or dead ties up half of
 * the workers at most, and every other app still finds one. For all threads.
 */
#pragma once

#include "base/base.h"

#define LANES_MAX 16
#define LANES_BUSY_MS 1000 /* until an app that may have no worker more is looked at again */

struct lanes;

[[nodiscard]] struct lanes *lanes_new(size_t workers); /* 1..LANES_MAX */
void lanes_free(struct lanes *l);                      /* accepts NULL */

/* Whether a worker more may take the app on. */
bool lanes_may(struct lanes *l, const char *app);
/* True: this worker now works for the app, until lanes_leave. */
[[nodiscard]] bool lanes_enter(struct lanes *l, const char *app);
void lanes_leave(struct lanes *l, const char *app);
