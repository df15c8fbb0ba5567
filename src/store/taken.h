/* Devices that one person alone took out of the policy's cover. What is older than a day does not matter. */
#pragma once

#include "db/db.h"

struct store_taken {
	const char *device; /* id */
	const char *
	    account; /* who unbound it or the like: ""; a token that belongs to nobody. NULL: policy or groups did it */
	int64_t at_ms;
};
/* Once a device: the last time counts. Forgets those of before since_ms. */
[[nodiscard]] bool store_taken_add(struct db *db, const struct store_taken *t, int64_t since_ms,
				   struct err *e);
/* The devices since then, by id, however they were taken. */
[[nodiscard]] bool store_taken_since(struct db *db, struct arena *a, int64_t since_ms,
				     const char *const **devices, size_t *count, struct err *e);
/* How many of them, beside this device, this account took one by one; NULL: tokens that belong to nobody. */
[[nodiscard]] bool store_taken_alone(struct db *db, const char *account, const char *without,
				     int64_t since_ms, int64_t *out, struct err *e);
