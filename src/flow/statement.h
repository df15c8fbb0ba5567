/* Statements: what each device enforces, signed for it alone and stored with it. */
#pragma once

#include "flow/flow.h"
#include "store/device.h"

#define FLOW_STATEMENT_MS ((int64_t)24 * 3600 * 1000) /* re-signed at least so often */

/* What holds on the device: of whom it is held for, else of its owner. A hold never covers less than the
 * owner's own coverage. */
struct coverage flow_device_coverage(const struct snapshot *snapshot, const struct store_device *d);

/* Whether the stored statement of the device no longer says what holds. Reads nothing. */
bool flow_statement_due(struct signer *signer, const struct snapshot *snapshot,
			const struct store_device *d, int64_t now_ms);

/* Whether the device may hold a statement of this counter: ours, an older one, or one that a server
 * before a restore has signed. Ours may lie ahead of a clock that was set back. */
bool flow_statement_credible(int64_t counter, const struct store_device *d, int64_t now_ms);

/* Inside a unit: makes, signs and stores a new one when it is due, and updates *d. Needs signer and
 * snapshot. */
[[nodiscard]] bool flow_statement_renew(struct flow *f, struct store_device *d, struct err *e);
