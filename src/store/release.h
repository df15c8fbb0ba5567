/* Releases and their devices. A state changes by compare-and-set. */
#pragma once

#include "db/db.h"

struct store_release {
	const char *id, *state; /* model/release.h has the words */
	const char *package, *reason;
	int64_t days;
	const char *selection, *left_out; /* JSON */
	int64_t total;
	int64_t created_ms;
	const char *created_by;
	const char *creator;                          /* id of the account, else of the token */
	const char *creator_account, *creator_person; /* NULL: none */
	int64_t confirmed_ms;                         /* 0: not, or nobody had to */
	const char *confirmed_by, *confirmer_person;
	int64_t expires_ms; /* to be confirmed until then; 0: nobody has to */
	int64_t stopped_ms; /* 0: not */
	const char *stopped_by, *stop_reason;
};

/* Until the unit's end no other server begins one: what one person has released alone stays what it is. */
[[nodiscard]] bool store_release_one_by_one(struct db *db, struct err *e);

/* As it begins: without who confirmed and stopped it. */
[[nodiscard]] bool store_release_add(struct db *db, const struct store_release *r, struct err *e);
/* Freezes the devices with these ids; total becomes how many there are. Each id once. */
[[nodiscard]] bool store_release_select(struct db *db, const char *release,
					const char *const *devices, size_t count, int64_t *total,
					struct err *e);

[[nodiscard]] bool store_release_get(struct db *db, struct arena *a, const char *id,
				     struct store_release *out, struct err *e);

/* Newest first, left_out ""; NULL members do not filter; cursor "" starts. */
struct store_release_filter {
	const char *state, *creator, *cursor;
	int64_t limit;
};
[[nodiscard]] bool store_release_list(struct db *db, struct arena *a,
				      const struct store_release_filter *filter,
				      struct store_release **out, size_t *count, struct err *e);

/* Devices of this account's releases after since_ms that nobody else had to confirm. account NULL: of all
 * tokens that belong to nobody, together: whoever has one makes as many as he likes. */
[[nodiscard]] bool store_release_alone(struct db *db, const char *account, int64_t since_ms,
				       int64_t *devices, struct err *e);

/* From one state to another, with who and when, as far as r has them. *won false: it was not in it. */
[[nodiscard]] bool store_release_change(struct db *db, const struct store_release *r,
					const char *from, bool *won, struct err *e);

/* Those the job has to do with: ids, at most limit. node's own first round takes up its leases. */
struct store_release_lease {
	const char *node;
	int64_t now_ms, until_ms;
};
[[nodiscard]] bool store_release_work(struct db *db, struct arena *a,
				      const struct store_release_lease *lease, int64_t limit,
				      const char *const **ids, size_t *count, struct err *e);
/* When the next of them may be taken; 0: there are none. */
[[nodiscard]] bool store_release_due(struct db *db, const char *node, int64_t *due_ms,
				     struct err *e);
/* *won false: another server is at it, or nothing is to be done. Keeps the row for the unit. */
[[nodiscard]] bool store_release_claim(struct db *db, const char *id,
				       const struct store_release_lease *lease, bool *won,
				       struct err *e);
/* Not confirmed in time by now_ms: ids, at most limit. */
[[nodiscard]] bool store_release_overdue(struct db *db, struct arena *a, int64_t now_ms,
					 int64_t limit, const char *const **ids, size_t *count,
					 struct err *e);

/* --- its devices --- */

struct store_release_device {
	const char *device, *name, *owner, *owner_name;
	const char *state, *why;
	const char *instance; /* NULL: none */
	int64_t number;       /* of the instance */
	const char *grant;    /* its state, or NULL */
	bool confirmed;       /* a grant that was called back: the device has said so */
};
/* By device after the id after ("": from the start), at most limit; of these states, or whose grants are in
 * that one; both NULL: all. */
struct store_release_devices {
	const char *release, *state, *grant, *after;
	int64_t limit;
};
[[nodiscard]] bool store_release_device_list(struct db *db, struct arena *a,
					     const struct store_release_devices *which,
					     struct store_release_device **out, size_t *count,
					     struct err *e);

/* How many there are of each combination of the device's state and its grant's; at most eleven. */
struct store_release_count {
	const char *state, *grant;
	int64_t devices;
};
[[nodiscard]] bool store_release_counts(struct db *db, struct arena *a, const char *release,
					struct store_release_count **out, size_t *count,
					struct err *e);

/* Those without a grant yet, at most limit: device and owner. */
[[nodiscard]] bool store_release_queued(struct db *db, struct arena *a, const char *release,
					int64_t limit, struct store_release_device **out,
					size_t *count, struct err *e);
/* Leaves queued. instance NULL: it gets no grant, for this reason. */
[[nodiscard]] bool store_release_device_end(struct db *db, const char *release, const char *device,
					    const char *instance, const char *why, struct err *e);
/* All that are queued. */
[[nodiscard]] bool store_release_skip(struct db *db, const char *release, struct err *e);
/* Those whose grants are live: instances, at most limit. */
[[nodiscard]] bool store_release_live(struct db *db, struct arena *a, const char *release,
				      int64_t limit, const char *const **instances, size_t *count,
				      struct err *e);

/* Every device by id, or this one; for who looks for some of them. Texts are borrowed during the call. */
struct store_release_candidate {
	const char *id, *name, *os, *macs, *client_version, *owner, *owner_name, *state;
	int64_t last_seen_ms;
};
typedef void store_release_see_fn(void *arg, const struct store_release_candidate *c);
[[nodiscard]] bool store_release_each(struct db *db, const char *device, store_release_see_fn *see,
				      void *arg, struct err *e);
