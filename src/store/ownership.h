/* Whose a device is: the hold on a change of owner that would weaken it, and whether its person is
 * signed in there. */
#pragma once

#include "store/device.h"

/* The session of the device ends; why is the word of store_device's session_end. *changed is false
 * when it had ended before. */
[[nodiscard]] bool store_device_session_end(struct db *db, const char *id, const char *why,
					    int64_t at_ms, bool *changed, struct err *e);

/* Ids of the person's devices where he is signed in, at most max; *count of them. */
[[nodiscard]] bool store_device_signed_in(struct db *db, struct arena *a, const char *person,
					  size_t max, const char *const **out, size_t *count,
					  struct err *e);
