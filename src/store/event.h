/* The record of what happened. */
#pragma once

#include "db/db.h"

/* Texts are borrowed. */
struct store_event {
	const char *id, *node;
	int64_t sequence, at_ms;
	const char *kind;                          /* a word like "policy-changed" */
	const char *actor_kind, *actor_id, *actor; /* actor_id may be NULL */
	const char *object, *object_id;            /* or NULL */
	const char *device, *instance;             /* ids or NULL */
	const char *text;
	const char *record; /* JSON */
	const unsigned char *hash;
};

/* Only for flow_event (flow/record.h), which makes the chain. */
[[nodiscard]] bool store_event_add(struct db *db, const struct store_event *event, struct err *e);

/* What is NULL does not count. from_ms is in, to_ms is out; 0: open. before: older than the event
 * with this id; "": the newest. At most max, newest first. */
struct store_event_filter {
	const char *kind, *actor, *object, *device, *instance; /* actor and object are ids */
	int64_t from_ms, to_ms;
	const char *before;
	int64_t max;
};
[[nodiscard]] bool store_event_list(struct db *db, struct arena *a,
				    const struct store_event_filter *filter,
				    struct store_event **out, size_t *count, struct err *e);

/* Events of a chain after a place, in order, at most max. */
[[nodiscard]] bool store_event_chain(struct db *db, struct arena *a, const char *node,
				     int64_t after, int64_t max, struct store_event **out,
				     size_t *count, struct err *e);
