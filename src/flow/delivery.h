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
#include "model/readback.h"
#include "store/instance.h"
#include "store/outbox.h"

#define FLOW_LEASE_MS 120000 /* longer than any one delivery takes */
#define FLOW_ERRAND_MS 75000 /* in which a delivery may begin another call */

/*
 * A create whose answer was lost may be on its way inside DingTalk and come to light late. It is looked
 * for soon, and believed not to be there only when it is still not found so long after it was sent.
 * Should it appear even later, a last look withdraws it.
 */
#define FLOW_CREATE_SETTLES_MS 30000
#define FLOW_LAST_LOOK_MS 600000

struct flow_delivery {
	struct store_outbox row; /* as it was before: uncertain says whether to look first */
	struct store_instance instance;
	struct form_values sent;
	char lease[ID_SIZE];
};

/* The app's next that is due, leased by this node; row.id NULL when there is none. What is no longer
 * needed is ended on the way, up to so much of it: then row.id is NULL though more may be due. */
struct flow_carrier {
	const char *app, *node;
};
[[nodiscard]] bool flow_delivery_begin(struct flow *f, const struct flow_carrier *by,
				       struct flow_delivery *out, struct err *e);

struct flow_outcome {
	const char
	    *external_id;    /* create: what it became; NULL and no error: it was searched for */
	const char **extras; /* create, settle: further open forms of the same request */
	size_t extra_count;
	const struct err *error;    /* NULL: done */
	bool uncertain;             /* it may have been done all the same */
	bool held;                  /* it was not even tried: counts as no try */
	bool may_not_start;         /* create: DingTalk does not let the applicant start the form */
	bool final;                 /* DingTalk refuses it in its own words and will again */
	int64_t wait_ms;            /* at least so long until the next try */
	uint32_t chance;            /* a random number: makes the waiting time */
	bool look_again;            /* terminate: it is too young or under way, try again soon */
	bool moot;                  /* execute: the task had come to its end by itself */
	const struct oa_seen *seen; /* carry, remind: what DingTalk shows */
};
[[nodiscard]] bool flow_delivery_end(struct flow *f, const struct flow_delivery *d,
				     const struct flow_outcome *outcome, struct err *e);

/* Has a dead letter tried again, at once. ERR_NOT_FOUND; ERR_CONFLICT: it is none. */
[[nodiscard]] bool flow_delivery_replay(struct flow *f, const char *id, const char *actor,
					struct err *e);
