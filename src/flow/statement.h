/*
 * Statements: what each device enforces, signed for it alone. They are made when a device lacks one and not stored:
 * the device says what it has, by counter and basis. Of the counter the highest known is kept with the device, so
 * that the next one is higher whatever happened to our clock or to our database.
 */
#pragma once

#include "base/text.h"
#include "flow/flow.h"
#include "store/device.h"

#define FLOW_STATEMENT_MS ((int64_t)24 * 3600 * 1000) /* re-signed at least so often */
#define FLOW_BASIS_BYTES 16
#define FLOW_BASIS_SIZE TEXT_BASE64_SIZE(FLOW_BASIS_BYTES)

/* What holds on the device: of whom it is held for, else of its owner. A hold never covers less than the
 * owner's own coverage. */
struct coverage flow_device_coverage(const struct snapshot *snapshot, const struct store_device *d);

/* The same of a device of which no more is known; held_for may be NULL. */
bool flow_is_covered(const struct snapshot *snapshot, const char *owner, const char *held_for);

/* What the statements of one moment share, prepared once for many devices. Lives no longer than snapshot and arena;
 * any number of threads may read one. */
struct flow_rules {
	struct signer *signer;
	const struct snapshot *snapshot;
	struct json_list packages;
	struct statement_prompt zh, en;
	unsigned char digest[32]; /* of all that, and of the signing key */
};
void flow_rules_init(struct flow_rules *out, struct arena *a, struct signer *signer,
		     const struct snapshot *snapshot);

/* Of d: id, key, owner, owner_name, name, state, held_for. The same as long as the same holds. */
void flow_statement_basis(const struct flow_rules *r, const struct store_device *d,
			  char out[static FLOW_BASIS_SIZE]);

/* What a device says that it has; basis "" and counter 0: nothing. */
struct flow_has {
	int64_t counter;
	const char *basis;
};
/* Whether it needs another one. */
bool flow_statement_due(const struct flow_rules *r, const struct store_device *d,
			const struct flow_has *has, int64_t now_ms);

/* Makes one with a counter above both d's own and held, the one that the device has; says which. Needs no database. */
struct flow_statement {
	const char *jws;
	int64_t counter;
};
[[nodiscard]] bool flow_statement_make(const struct flow_rules *r, struct arena *a,
				       const struct store_device *d, int64_t held, int64_t now_ms,
				       struct flow_statement *out, struct err *e);

/* Whether the device may hold a statement of this counter: ours, an older one, or one that a server
 * before a restore has signed. Ours may lie ahead of a clock that was set back. */
bool flow_statement_credible(int64_t counter, const struct store_device *d, int64_t now_ms);

/* Inside a unit: makes one, keeps its counter and sets d->statement. Needs signer and snapshot. */
[[nodiscard]] bool flow_statement_renew(struct flow *f, struct store_device *d, struct err *e);
