/* Grants: one an instance. */
#pragma once

#include "db/db.h"

struct store_grant {
	const char *id, *instance, *device, *package;
	const char *jws;   /* "": only a code that was read out opens it, and it is not sent */
	const char *state; /* model/instance.h has the words */
	int64_t issued_ms;
	int64_t exp_ms;       /* 0: until used */
	int64_t cancelled_ms; /* 0: not */
	const char *cancelled_why;
	int64_t confirmed_ms; /* called back, and the device has said so; 0: not */
};

/* This and store_grant_change keep the effect of the instance up to date. */
[[nodiscard]] bool store_grant_add(struct db *db, const struct store_grant *g, struct err *e);

/* out->id NULL when there is none. */
[[nodiscard]] bool store_grant_get(struct db *db, struct arena *a, const char *id,
				   struct store_grant *out, struct err *e);
[[nodiscard]] bool store_grant_of_instance(struct db *db, struct arena *a, const char *instance,
					   struct store_grant *out, struct err *e);

/* Those a device may still have to hear of, at most limit: called back ones that it has not confirmed,
 * live ones, then lapsed ones, the newest of each first. */
[[nodiscard]] bool store_grant_of_device(struct db *db, struct arena *a, const char *device,
					 int64_t limit, struct store_grant **out, size_t *count,
					 struct err *e);

/* Live ones, at most limit. */
[[nodiscard]] bool store_grant_live(struct db *db, struct arena *a, const char *device,
				    int64_t limit, struct store_grant **out, size_t *count,
				    struct err *e);

/* Compare-and-set; enters the time of the new state too. *won false: it was not in that state. */
struct store_grant_change {
	const char *id, *from, *to;
	int64_t at_ms;
	const char *why; /* of a call-back */
};
[[nodiscard]] bool store_grant_change(struct db *db, const struct store_grant_change *c, bool *won,
				      struct err *e);
[[nodiscard]] bool store_grant_confirmed(struct db *db, const char *id, int64_t at_ms,
					 struct err *e);

/* Another one takes the place of an unused grant: its id, jws, issued_ms and exp_ms. *won false: it is not unused. */
[[nodiscard]] bool store_grant_replace(struct db *db, const char *id,
				       const struct store_grant *fresh, bool *won, struct err *e);

/* Live ones whose time is over, at most limit. */
[[nodiscard]] bool store_grant_overdue(struct db *db, struct arena *a, int64_t now_ms,
				       int64_t limit, struct store_grant **out, size_t *count,
				       struct err *e);
[[nodiscard]] bool store_grant_lapse_due(struct db *db, int64_t *due_ms,
					 struct err *e); /* 0: none */
