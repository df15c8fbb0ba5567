/* What a device reports of itself. */
#pragma once

#include "flow/flow.h"
#include "store/device.h"
#include "store/receipt.h"

#define FLOW_MAX_RECEIPTS 100 /* in one report */

/* Inside a unit: takes one receipt of the device, once by id; what it means for grants, requests,
 * the device's state and the record follows. Needs the snapshot. ERR_INVALID: an unknown kind, or a grant is missing. */
[[nodiscard]] bool flow_receipt_take(struct flow *f, const struct store_device *d,
				     const struct store_receipt *r, struct err *e);
