/*
 * What the server gave this device to hold: key list, statement, grants, and the ledger of what was
 * used or revoked. Everything is verified here before it is written, whoever brought it, and again
 * when it is read back.
 */
#pragma once

#include "grant/grant.h"
#include "grant/ledger.h"
#include "grant/statement.h"
#include "keeper/device.h"

#define HOLDING_MAX_GRANTS 64

struct holding {
	struct arena arena;
	bool has_keys, has_statement;
	struct keys keys;
	struct statement statement;
	const char *statement_text;
	struct grant grants[HOLDING_MAX_GRANTS]; /* those that verify */
	size_t grant_count;
	int64_t signed_ms; /* the highest time in what is held: no clock may be behind it */
};

/* What does not verify counts as not there. */
void holding_load(struct holding *h, const struct device *d);
void holding_done(struct holding *h);

/* The machine's clock or the highest signed time, whichever is later. */
int64_t holding_now_ms(const struct holding *h);

/*
 * Takes a key list, a statement, or both (NULL: not given). Together they must leave the device
 * with a statement that verifies. ERR_CRYPTO, ERR_INVALID, ERR_FORBIDDEN (another device's, key's,
 * organisation's, owner's), ERR_CONFLICT (an older one). Nothing is written then.
 */
[[nodiscard]] bool holding_rules(struct holding *h, const struct device *d, const char *keys,
				 const char *statement, struct err *e);

/* Takes a grant; the same one again is fine. *out lives until the next change. ERR_GONE: expired,
 * used or revoked. */
[[nodiscard]] bool holding_grant(struct holding *h, const struct device *d, const char *text,
				 const struct grant **out, struct err *e);

/* Enters the id as revoked and drops the grant. A used one stays used: its receipt says so. */
[[nodiscard]] bool holding_revoke(struct holding *h, const struct device *d, const char *grant,
				  struct err *e);

/* The removal that it allowed is done: it is not held any more, so that nothing gives it back. */
[[nodiscard]] bool holding_used_up(struct holding *h, const struct device *d, const char *grant,
				   struct err *e);

/* The ledger as it is on disk now; the guard adds to it too. */
[[nodiscard]] bool holding_ledger(const struct device *d, struct arena *a, struct ledger *out,
				  struct err *e);

/* The grant that lets this package's removal through now, or NULL. */
const struct grant *holding_good_grant(const struct holding *h, const struct device *d,
				       const char *package);

/* The grant of that id, if it lets its package's removal through now; else NULL. */
const struct grant *holding_good_grant_of(const struct holding *h, const struct device *d,
					  const char *id);

/* The package that a grant is for; NULL when it is not held (any more). */
const char *holding_package_of(const struct holding *h, const char *grant);

/* Whether a removal of the package is refused without a grant. */
bool holding_blocks(const struct holding *h, const char *package);

/* /proc/sys/kernel/random/boot_id, in the arena; "unknown" when there is none. */
const char *boot_id(struct arena *a);
