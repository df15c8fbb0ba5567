/*
 * Bringing DingTalk to the end that a request has here. Two ways: close (a comment, then the form is
 * withdrawn) and, for a decision that somebody took here and where the workflow says so, carry through
 * (the form's open tasks are executed one after another, each in its owner's name, who is told). What
 * DingTalk refuses goes the other way, once; the instance's note says so. All of it is rows of the
 * outbox; what follows from how they end is here.
 */
#pragma once

#include "flow/delivery.h"
#include "model/readback.h"

struct flow_closing {
	const struct store_instance *instance; /* its status is the new one, its delivery the old */
	const char *userid;                    /* in whose name, "" for the system's */
	const char *by, *comment;              /* "" when there is none */
	bool decided;                          /* somebody took the decision here */
};

/* Inside the unit that made the instance final. *out is the delivery that it is in now. */
[[nodiscard]] bool flow_close(struct flow *f, const struct flow_closing *c, enum delivery *out,
			      struct err *e);

/* A row of OUTBOX_CARRY: what DingTalk shows. The next open task is executed. */
[[nodiscard]] bool flow_close_looked(struct flow *f, const struct store_instance *i,
				     const struct oa_seen *seen, struct err *e);
/* A row of OUTBOX_EXECUTE is done. moot: the task had come to its end by itself. */
[[nodiscard]] bool flow_close_executed(struct flow *f, const struct store_instance *i,
				       const struct store_outbox *row, bool moot, struct err *e);

/* DingTalk refuses a row of OUTBOX_CARRY, OUTBOX_EXECUTE or OUTBOX_TERMINATE for good. *other: the other
 * way is taken; else the form stays open there. The note says either. */
[[nodiscard]] bool flow_close_refused(struct flow *f, const struct store_instance *i,
				      const struct store_outbox *row, const char *why, bool *other,
				      struct err *e);
