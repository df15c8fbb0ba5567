/* Devices: who they are, whose, and the statement last made for them. */
#pragma once

#include "db/db.h"

/* Lost and unbound ones an administrator made so (flow/device_admin.h). A deleted one stays as what requests and
 * the record name; to everybody else it is not there. */
#define STORE_DEVICE_ACTIVE "active"
#define STORE_DEVICE_LOST "lost"
#define STORE_DEVICE_UNBOUND "unbound"
#define STORE_DEVICE_UNINSTALLED "uninstalled"
#define STORE_DEVICE_REMOVED "removed-without-grant"
#define STORE_DEVICE_PRESUMED "presumed-uninstalled"
#define STORE_DEVICE_DELETED "deleted"
/* Never in devices.state: of an active one, in its history. */
#define STORE_DEVICE_LONG_OFFLINE "long-offline"

struct store_device {
	const char *id, *name, *os;
	const char *macs; /* separated by commas */
	const char *client_version;
	const char *owner;
	const char *owner_name, *owner_source, *owner_source_name; /* these are read only */
	const char *owner_department; /* the main one's name, or NULL */
	bool owner_departed;
	const char *state; /* one of the above */
	unsigned char key[32];
	int64_t enrolled_ms, last_seen_ms;
	int64_t version; /* read only: rises with every change of state or owner */
	/* Kept by store_device_seen_at. */
	int64_t left_ms; /* its connection was seen to end then; before last_seen_ms: it is back */
	int64_t held_counter;   /* of the statement that it said to have */
	const char *held_basis; /* and what that says: flow/statement.h */
	/* Kept by store/ownership.h. */
	const char *held_for, *held_for_name; /* whose coverage counts; NULL: the owner's */
	int64_t held_ms, held_refused_ms;
	const char *session_end; /* "" while its person is signed in */
	int64_t session_ended_ms;
	const char *hardware;        /* "" when it is not known */
	const char *enrolment_token; /* id or NULL */
	const char *run; /* of it that polled last; "" when it does not say: store/clone.h */
	int64_t cloned_ms;
	const char *clone_of; /* id or NULL */
	/* Kept by store/build.h. */
	const char *build, *boot;
	int64_t alarms;            /* read only: open ones */
	int64_t statement_counter; /* the highest known; kept by store_device_set_counter */
	const char *statement;     /* not stored: one that was made just now */
};

[[nodiscard]] bool store_device_get(struct db *db, struct arena *a, const char *id,
				    struct store_device *out, struct err *e);
/* Its key alone. */
[[nodiscard]] bool store_device_key(struct db *db, const char *id, unsigned char out[32],
				    struct err *e);
[[nodiscard]] bool store_device_by_key(struct db *db, struct arena *a, const unsigned char key[32],
				       struct store_device *out, struct err *e);

/* Both leave their history (store/device_history.h). */
[[nodiscard]] bool store_device_add(struct db *db, const struct store_device *d, struct err *e);
/* Name, os, macs, client version, owner, state, enrolled_ms and last_seen_ms of d->id, if it is still at d->version.
 * ERR_UNAVAILABLE: it is not; look again. */
[[nodiscard]] bool store_device_enrol_again(struct db *db, const struct store_device *d,
					    struct err *e);
/* The counter of its newest statement; never falls. */
[[nodiscard]] bool store_device_set_counter(struct db *db, const char *id, int64_t counter,
					    struct err *e);

/* Another state, with its history. *won is false when it is in `from` no more. Until the end of the unit nobody else
 * changes the device's state, nor issues a grant for it. */
struct store_device_move {
	const char *id, *from, *to;
	const char *by, *why; /* in a reader's words */
	int64_t at_ms;
};
[[nodiscard]] bool store_device_move(struct db *db, const struct store_device_move *m, bool *won,
				     struct err *e);
/* The state it is in, until the end of the unit. ERR_NOT_FOUND. */
[[nodiscard]] bool store_device_hold(struct db *db, struct arena *a, const char *id,
				     const char **state, struct err *e);

/* Never sets last_seen_ms back. version NULL leaves it. */
[[nodiscard]] bool store_device_seen(struct db *db, const char *id, const char *version,
				     int64_t at_ms, struct err *e);

/* What is known of its connection; never sets a time back. */
struct store_device_presence {
	const char *id;
	int64_t at_ms, left_ms, held_counter; /* the last two 0: nothing new */
	const char *held_basis;
};
[[nodiscard]] bool store_device_present(struct db *db, const struct store_device_presence *p,
					struct err *e);

/* Whether its owner is in one of these departments or below: scope is store_scope_text, "" are all. */
[[nodiscard]] bool store_device_visible(struct db *db, const char *id, const char *scope, bool *out,
					struct err *e);

/* Every device that is protected (active or lost) and whose policy holds on it, by id. Texts are borrowed during
 * the call. */
struct store_device_owner {
	const char *id, *name;
	const char *owner, *owner_name;
	const char *held_for; /* whose coverage counts too; NULL: the owner's alone */
};
typedef void store_device_owner_fn(void *arg, const struct store_device_owner *d);
[[nodiscard]] bool store_device_owners(struct db *db, store_device_owner_fn *see, void *arg,
				       struct err *e);

/* Who owns so many of them or more, the most first, at most limit. */
struct store_owner_count {
	const char *id, *name;
	int64_t devices;
};
[[nodiscard]] bool store_device_many(struct db *db, struct arena *a, int64_t least, int64_t limit,
				     struct store_owner_count **out, size_t *count, struct err *e);
