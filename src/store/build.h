/* Builds of the client: which there are, which are ours, which devices have them. */
#pragma once

#include "db/db.h"

#define STORE_BUILD_MAX 500 /* that are listed */

struct store_build {
	const char *id, *version;
	int64_t first_ms;                             /* when a device first had it; 0: none did */
	const char *first_device, *first_device_name; /* NULL: none, or it is not there any more */
	int64_t accepted_ms;                          /* 0: it is not */
	const char *accepted_by, *note;
	int64_t devices; /* that have it now */
};

/* id NULL: it is not known. */
[[nodiscard]] bool store_build_get(struct db *db, struct arena *a, const char *id,
				   struct store_build *out, struct err *e);
/* The newest first, at most STORE_BUILD_MAX. */
[[nodiscard]] bool store_build_list(struct db *db, struct arena *a, struct store_build **out,
				    size_t *count, struct err *e);
/* Whether there is any, accepted or not. */
[[nodiscard]] bool store_build_any(struct db *db, bool *out, struct err *e);

/* How many were first had by the device and are not accepted. */
[[nodiscard]] bool store_build_brought(struct db *db, const char *device, int64_t *out,
				       struct err *e);

/* A device has it: first_ms and first_device are entered, if it is the first. */
[[nodiscard]] bool store_build_seen(struct db *db, const struct store_build *b, struct err *e);
/* accepted_ms 0: not any more. */
[[nodiscard]] bool store_build_accept(struct db *db, const struct store_build *b, struct err *e);

/* What a device says of itself: build "" is none. */
[[nodiscard]] bool store_device_set_build(struct db *db, const char *device, const char *build,
					  const char *boot, struct err *e);
/* Active ones that have the build, at most max. */
[[nodiscard]] bool store_build_devices(struct db *db, struct arena *a, const char *build,
				       int64_t max, const char *const **ids, size_t *count,
				       struct err *e);
