/* Whose a device is: the hold on a change of owner that would weaken it, and whether its person is
 * signed in there. */
#pragma once

#include "store/device.h"

/* The session of the device ends; why is the word of store_device's session_end. *changed is false
 * when it had ended before. */
[[nodiscard]] bool store_device_session_end(struct db *db, const char *id, const char *why,
					    int64_t at_ms, bool *changed, struct err *e);

/* held_for, held_ms, held_refused_ms, session_end, session_ended_ms, hardware and enrolment_token of
 * d->id: all of them, so d was read after the row was held, or its version was compared. */
[[nodiscard]] bool store_device_own(struct db *db, const struct store_device *d, struct err *e);

/* The newest device of the owner on this hardware. ERR_NOT_FOUND. hardware is not "". */
[[nodiscard]] bool store_device_by_hardware(struct db *db, struct arena *a, const char *hardware,
					    const char *owner, struct store_device *out,
					    struct err *e);
/* The one that was heard last on this hardware, anybody's. ERR_NOT_FOUND. */
[[nodiscard]] bool store_device_on_hardware(struct db *db, struct arena *a, const char *hardware,
					    struct store_device *out, struct err *e);

/* The device has this key from now on; the one it had is remembered. */
[[nodiscard]] bool store_device_new_key(struct db *db, const struct store_device *before,
					const unsigned char key[32], int64_t now_ms, struct err *e);
/* Those it had, the newest first, at most max. */
struct store_old_key {
	unsigned char key[32];
};
[[nodiscard]] bool store_device_old_keys(struct db *db, struct arena *a, const char *id, size_t max,
					 struct store_old_key **out, size_t *count, struct err *e);

/* Ids of the person's devices where he is signed in, at most max; *count of them. */
[[nodiscard]] bool store_device_signed_in(struct db *db, struct arena *a, const char *person,
					  size_t max, const char *const **out, size_t *count,
					  struct err *e);
