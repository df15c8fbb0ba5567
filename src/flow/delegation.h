/* Delegations: an account lets another one answer in its place for a while. Inside a unit of work. */
#pragma once

#include "flow/flow.h"
#include "store/delegation.h"

#define DELEGATION_MAX_REASON 200
#define DELEGATION_MAX_MS (INT64_C(366) * 24 * 3600 * 1000)
#define DELEGATION_MAX_OPEN 50 /* that have not ended, of one account */

/* Makes d->id. ERR_UNPROCESSABLE: who, to whom, or when does not fit. ERR_CONFLICT: there is another one in
 * that time. */
[[nodiscard]] bool flow_delegation_add(struct flow *f, struct store_delegation *d, struct err *e);
/* delegate, times and reason of was become d's; its account stays. */
[[nodiscard]] bool flow_delegation_change(struct flow *f, const struct store_delegation *was,
					  const struct store_delegation *d, struct err *e);
[[nodiscard]] bool flow_delegation_remove(struct flow *f, const struct store_delegation *d,
					  struct err *e);

/* It has begun: the delegate is told what waits for him now, at most DELEGATION_MAX_TOLD requests; the others
 * he finds among his tasks. */
#define DELEGATION_MAX_TOLD 50
[[nodiscard]] bool flow_delegation_begin(struct flow *f, const char *id, struct err *e);
