/* How an approval instance comes into being, whoever files it. */
#pragma once

#include "flow/flow.h"
#include "store/instance.h"

/* Stores the instance (search is made here) with everything that lists find it by: the parts of its texts,
 * and the applicant's departments as they are now with all above them. ERR_CONFLICT: one is pending
 * already for this person, device and package. */
[[nodiscard]] bool flow_instance_add(struct flow *f, const struct store_instance *i, struct err *e);
