/* "What would this change?": who is covered, and who would be. */
#pragma once

#include "flow/flow.h"
#include "model/policy_ahead.h"
#include "store/device.h"

/* Reads everybody and every device; for threads that may take their time. before and after are of the flow's
 * snapshot. */
[[nodiscard]] bool flow_ahead(struct flow *f, const struct snapshot_ahead *before,
			      const struct snapshot_ahead *after, struct policy_ahead *out,
			      struct err *e);

/* Whether the device would be covered, as flow_device_coverage says of what holds. */
bool flow_ahead_device(const struct snapshot_ahead *ahead, const struct store_device_owner *d);
