/* The record of what happened, newest first. */
#pragma once

#include "db/db.h"

/* Texts are borrowed. kind is a word like "policy-changed"; actor says who in a reader's words
 * ("token console", "李华", "device laptop-42", "system"). */
struct store_event {
	const char *id; /* made by store_event_add */
	int64_t at_ms;
	const char *kind, *actor;
	const char *device, *instance; /* ids or NULL */
	const char *text;
};

[[nodiscard]] bool store_event_add(struct db *db, const struct store_event *event, struct err *e);

/* Older than the event with id before ("": the newest), at most max; device and instance NULL: all.
 */
struct store_event_filter {
	const char *device, *instance, *before;
	int64_t max;
};
[[nodiscard]] bool store_event_list(struct db *db, struct arena *a,
				    const struct store_event_filter *filter,
				    struct store_event **out, size_t *count, struct err *e);
