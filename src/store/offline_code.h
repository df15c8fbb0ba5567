/* Offline codes: what devices were given, and what was revealed of it. */
#pragma once

#include "db/db.h"

struct store_offline_set {
	const char *id; /* NULL: none */
	const char *device, *owner;
	const char *key; /* thumbprint of the device's key */
	int64_t made_ms, exp_ms;
	const char *body; /* JSON; "" once the device has it */
	int64_t held_ms;  /* when the device first said so; 0: not yet */
	bool revealed;    /* a code of it was */
	int64_t last;     /* the highest index of its codes */
};

struct store_offline_code {
	const char *grant; /* id of the grant that it opens; NULL: none */
	const char *set, *device;
	int64_t index;
	const void *code; /* sealed; NULL once it was revealed */
	size_t code_len;
	const char *instance; /* NULL: it was not revealed */
	const char *replaced; /* id of the instance's grant before */
	int64_t replaced_exp_ms, revealed_ms;
	const char *revealed_by;
};

/* Without held_ms, revealed, last. */
[[nodiscard]] bool store_offline_add(struct db *db, const struct store_offline_set *set,
				     const struct store_offline_code *codes, size_t count,
				     struct err *e);

/* The newest of the device; out->id NULL: it has none. */
[[nodiscard]] bool store_offline_newest(struct db *db, struct arena *a, const char *device,
					struct store_offline_set *out, struct err *e);
[[nodiscard]] bool store_offline_set(struct db *db, struct arena *a, const char *id,
				     struct store_offline_set *out, struct err *e);

/* The code with this index, of the newest set that has one; out->grant NULL: none. */
[[nodiscard]] bool store_offline_find(struct db *db, struct arena *a, const char *device,
				      int64_t index, struct store_offline_code *out, struct err *e);
/* By the grant that it opens. */
[[nodiscard]] bool store_offline_by_grant(struct db *db, struct arena *a, const char *grant,
					  struct store_offline_code *out, struct err *e);
/* Of all sets of the device that live, the oldest first, by index; each with its set. At most limit. */
struct store_offline_shown {
	struct store_offline_code code;
	int64_t made_ms, exp_ms, held_ms;
};
[[nodiscard]] bool store_offline_list(struct db *db, struct arena *a, const char *device,
				      int64_t limit, struct store_offline_shown **out,
				      size_t *count, struct err *e);
/* Revealed ones of the device's sets before the newest, whose grants are still as they were then. */
[[nodiscard]] bool store_offline_unsettled(struct db *db, struct arena *a, const char *device,
					   const char *newest, int64_t limit,
					   struct store_offline_code **out, size_t *count,
					   struct err *e);
/* Whether this grant was replaced by one that a code of the device opens. */
[[nodiscard]] bool store_offline_replaced(struct db *db, const char *device, const char *grant,
					  bool *out, struct err *e);

/* instance, replaced, when and by whom; the code is gone then. *won false: it was revealed already. */
[[nodiscard]] bool store_offline_reveal(struct db *db, const struct store_offline_code *code,
					bool *won, struct err *e);

/* The device has said that it has this set: the others of it end, and their codes that were not revealed. */
[[nodiscard]] bool store_offline_held(struct db *db, const char *device, const char *set,
				      int64_t at_ms, struct err *e);
/* Those whose time is over; what was revealed of them stays to be settled. */
[[nodiscard]] bool store_offline_purge(struct db *db, int64_t now_ms, struct err *e);
