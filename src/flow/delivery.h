/*
 * Bringing requests to DingTalk and to an end there. A job begins a delivery in one unit, calls
 * DingTalk outside of any, and ends it in another; whatever kills the program in between, the row is
 * taken up again and the outcome looked up first.
 */
#pragma once

#include "base/id.h"
#include "flow/flow.h"
#include "model/form.h"
#include "model/instance.h"
#include "store/instance.h"
#include "store/outbox.h"

#define FLOW_LEASE_MS 60000 /* longer than any one delivery takes */

struct flow_delivery {
	struct store_outbox row; /* as it was before: uncertain says whether to look first */
	struct store_instance instance;
	struct form_values sent;
	char lease[ID_SIZE];
};

/* The next that is due, leased; row.id NULL when there is none. What is no longer needed is ended on
 * the way. */
[[nodiscard]] bool flow_delivery_begin(struct flow *f, struct flow_delivery *out, struct err *e);

struct flow_outcome {
	const char *external_id; /* create: what it became */
	const struct err *error; /* NULL: done */
	bool uncertain;          /* it may have been done all the same */
	int64_t wait_ms;         /* at least so long until the next try */
	uint32_t chance;         /* a random number: makes the waiting time */
	bool look_again;         /* terminate: it is too young or under way, try again soon */
};
[[nodiscard]] bool flow_delivery_end(struct flow *f, const struct flow_delivery *d,
				     const struct flow_outcome *outcome, struct err *e);

/* Inside the unit that made the instance final: what it takes that DingTalk is too. Returns the
 * delivery that the instance is in now. userid: in whose name, "" for the system's. */
[[nodiscard]] bool flow_delivery_close(struct flow *f, const struct store_instance *i,
				       const char *userid, const char *remark, enum delivery *out,
				       struct err *e);
