/* Devices: who they are, whose, and the statement last made for them. */
#pragma once

#include "db/db.h"
#include "store/page.h"

#define STORE_DEVICE_ACTIVE "active"
#define STORE_DEVICE_UNINSTALLED "uninstalled"
#define STORE_DEVICE_REMOVED "removed-without-grant"

struct store_device {
	const char *id, *name, *os;
	const char *macs; /* separated by commas */
	const char *client_version;
	const char *owner, *owner_name; /* owner_name is read only */
	const char *state;              /* one of the above */
	unsigned char key[32];
	int64_t enrolled_ms, last_seen_ms;
	/* Kept by store/ownership.h. */
	const char *held_for, *held_for_name; /* whose coverage counts; NULL: the owner's */
	int64_t held_ms, held_refused_ms;
	const char *session_end; /* "" while its person is signed in */
	int64_t session_ended_ms;
	const char *hardware;        /* "" when it is not known */
	const char *enrolment_token; /* id or NULL */
	int64_t cloned_ms;
	const char *clone_of; /* id or NULL */
	/* Kept by store_device_set_statement. */
	const char *statement; /* NULL: none yet */
	int64_t statement_counter, statement_ms;
	unsigned char statement_basis[32];
};

[[nodiscard]] bool store_device_get(struct db *db, struct arena *a, const char *id,
				    struct store_device *out, struct err *e);
[[nodiscard]] bool store_device_by_key(struct db *db, struct arena *a, const unsigned char key[32],
				       struct store_device *out, struct err *e);

[[nodiscard]] bool store_device_add(struct db *db, const struct store_device *d, struct err *e);
/* Name, os, macs, client version, owner, state, enrolled_ms and last_seen_ms of d->id. */
[[nodiscard]] bool store_device_enrol_again(struct db *db, const struct store_device *d,
					    struct err *e);
/* d->id, statement and the statement_ members. */
[[nodiscard]] bool store_device_set_statement(struct db *db, const struct store_device *d,
					      struct err *e);
[[nodiscard]] bool store_device_set_state(struct db *db, const char *id, const char *state,
					  struct err *e);
/* Never sets last_seen_ms back. version NULL leaves it. */
[[nodiscard]] bool store_device_seen(struct db *db, const char *id, const char *version,
				     int64_t at_ms, struct err *e);

/* Whether its owner is in one of these departments or below: scope is store_scope_text, "" are all. */
[[nodiscard]] bool store_device_visible(struct db *db, const char *id, const char *scope, bool *out,
					struct err *e);

/* Newest enrolment first; of owners in the scope, as above. */
struct store_device_list {
	struct store_device *items;
	size_t count;
};
[[nodiscard]] bool store_device_list(struct db *db, struct arena *a, const struct store_page *page,
				     const char *scope, struct store_device_list *out,
				     struct err *e);

/* Whose policy holds on every device that is there (active), by id. Texts are borrowed during the call. */
struct store_device_owner {
	const char *id, *name;
	const char *owner, *owner_name; /* the person whose coverage counts */
};
typedef void store_device_owner_fn(void *arg, const struct store_device_owner *d);
[[nodiscard]] bool store_device_owners(struct db *db, store_device_owner_fn *see, void *arg,
				       struct err *e);
