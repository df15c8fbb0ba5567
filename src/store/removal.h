/* What was removed from devices, and on what ground. */
#pragma once

#include "db/db.h"

#define STORE_REMOVAL_ALLOWED "allowed" /* let through; nobody has said yet that it is gone */
#define STORE_REMOVAL_REMOVED "removed"
#define STORE_REMOVAL_ROLLED_BACK "rolled-back"

struct store_removal {
	const char *id;
	const char *device, *device_name, *owner, *owner_name, *package;
	int64_t at_ms; /* by the device's clock */
	int64_t learnt_ms;
	const char *ground; /* model/removal.h */
	const char *state;  /* one of the above */
	int64_t policy_version;
	const char *coverage;
	const char *grant, *instance; /* or NULL */
	const char *decided_by, *channel;
};

/* The same grant again is the same removal, which is under way again. */
[[nodiscard]] bool store_removal_add(struct db *db, const struct store_removal *r, struct err *e);
/* The removal by this grant, or, without one, the device's newest of the package that was let through
 * and not heard of since, if it was learnt of at after_ms or later. *found false: there is none. */
[[nodiscard]] bool store_removal_by_grant(struct db *db, const char *device, const char *grant,
					  const char *state, bool *found, struct err *e);
[[nodiscard]] bool store_removal_end(struct db *db, const char *device, const char *package,
				     int64_t after_ms, bool *found, struct err *e);

/* What the grant was used for; id NULL: nothing, as far as is known. */
[[nodiscard]] bool store_removal_of_grant(struct db *db, struct arena *a, const char *device,
					  const char *grant, struct store_removal *out,
					  struct err *e);

/* What is NULL does not count. From from_ms on, before to_ms (0: open) by the device's clock; before: older
 * than the one with this id; "": the newest. At most max, newest first. */
struct store_removal_filter {
	const char *ground, *device;
	int64_t from_ms, to_ms;
	const char *before;
	int64_t max;
};
struct store_removal_list {
	struct store_removal *items;
	size_t count;
};
[[nodiscard]] bool store_removal_list(struct db *db, struct arena *a,
				      const struct store_removal_filter *f,
				      struct store_removal_list *out, struct err *e);

/* The policy's version that was the newest at a time, and who saved it; 0 and "": none was saved yet. */
[[nodiscard]] bool store_policy_at(struct db *db, struct arena *a, int64_t at_ms, int64_t *version,
				   const char **by, struct err *e);
