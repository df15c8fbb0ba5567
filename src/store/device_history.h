/* What became of a device: whose it was, in which states, when, by whom and why. The past is never changed. */
#pragma once

#include "store/device.h"

struct store_device_owning {
	const char *person, *person_name; /* the name as of then */
	const char *how;                  /* enrolled, enrolled-again, switched */
	int64_t from_ms, to_ms;           /* to_ms 0: until now */
};

/* One of STORE_DEVICE_… or STORE_DEVICE_LONG_OFFLINE. */
struct store_device_stay {
	const char *state, *by, *why;
	int64_t at_ms;
};

/* From at_ms on it is d->owner's (d->id, owner, owner_name). Nothing happens when it is already. */
[[nodiscard]] bool store_device_owned(struct db *db, const struct store_device *d, int64_t at_ms,
				      struct err *e);
/* Nobody's any more. */
[[nodiscard]] bool store_device_owner_end(struct db *db, const char *id, int64_t at_ms,
					  struct err *e);
/* Nothing happens when that is the last state it has. */
[[nodiscard]] bool store_device_stay_add(struct db *db, const char *id,
					 const struct store_device_stay *s, struct err *e);

/* The newest first, at most max. */
[[nodiscard]] bool store_device_owners_of(struct db *db, struct arena *a, const char *id,
					  int64_t max, struct store_device_owning **out,
					  size_t *count, struct err *e);
[[nodiscard]] bool store_device_stays(struct db *db, struct arena *a, const char *id, int64_t max,
				      struct store_device_stay **out, size_t *count, struct err *e);

/* An active device whose silence the record has wrong: silent is what it should say. */
struct store_device_silent {
	const char *id, *name;
	int64_t last_seen_ms;
	bool silent;
};
[[nodiscard]] bool store_device_silences(struct db *db, struct arena *a, int64_t since_ms,
					 int64_t max, struct store_device_silent **out,
					 size_t *count, struct err *e);
/* *won is false when somebody else did, or it moved meanwhile. */
[[nodiscard]] bool store_device_set_silent(struct db *db, const struct store_device_silent *s,
					   bool *won, struct err *e);
