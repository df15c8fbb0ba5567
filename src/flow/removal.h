/* The ground of a removal, as it is learnt of. */
#pragma once

#include "flow/flow.h"
#include "store/device.h"
#include "store/receipt.h"

/* What a receipt says of a removal. */
enum flow_removal {
	FLOW_REMOVAL_NONE,
	FLOW_REMOVAL_CONSUMED, /* let through by a grant */
	FLOW_REMOVAL_LET,      /* let through by the policy */
	FLOW_REMOVAL_DONE,     /* gone, on a ground */
	FLOW_REMOVAL_FORCED,   /* gone, on none */
	FLOW_REMOVAL_RESTORED  /* the package is back */
};

/* Inside the receipt's unit: keeps what the report shows. *detail: JSON for the record, or NULL. Needs the
 * snapshot. */
[[nodiscard]] bool flow_removal(struct flow *f, const struct store_device *d,
				const struct store_receipt *r, enum flow_removal what,
				const char **detail, struct err *e);
