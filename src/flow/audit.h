/* What makes the record provable: checkpoints over all chains, and exports that are checked without the
 * server (docs/audit.md). */
#pragma once

#include "base/buf.h"
#include "flow/flow.h"
#include "grant/audit.h"

#define FLOW_CHECKPOINT_MS 60000 /* how often, while something is written */

/* Inside a unit: signs and keeps a checkpoint when there is a record that none binds. Needs the
 * signer. *made (may be NULL): there was something to do. */
[[nodiscard]] bool flow_checkpoint(struct flow *f, bool *made, struct err *e);

/* How far an export is. */
struct flow_export {
	int64_t first, last; /* checkpoints' numbers; see struct audit_range */
	int64_t number; /* of the checkpoint that the next records lead to; 0: the beginning is to
			      * be written; over last: nothing is left */
	char node[CHECKPOINT_MAX_NODE + 1]; /* of the last record written since; "": none */
	int64_t sequence;
};

/* Reads: what covers everything from from_ms up to to_ms (0: no end), in whole checkpoints; what is not
 * bound yet is not in it. */
[[nodiscard]] bool flow_export_begin(struct flow *f, int64_t from_ms, int64_t to_ms,
				     struct flow_export *out, struct err *e);
/* Reads: adds lines to out until it has about max bytes or nothing is left. Needs the signer. */
[[nodiscard]] bool flow_export_more(struct flow *f, struct flow_export *x, struct buf *out,
				    size_t max, struct err *e);
bool flow_export_over(const struct flow_export *x);

/* Narrows what was begun to about max records in whole checkpoints, one at least: the newest, or the oldest.
 * *cut: something is left out. */
[[nodiscard]] bool flow_export_limit(struct flow *f, struct flow_export *x, int64_t max,
				     bool newest, bool *cut, struct err *e);
/* Reads: has the verifier look at all of it, a piece at a time; it says itself what it finds. */
[[nodiscard]] bool flow_export_verify(struct flow *f, struct flow_export *x,
				      struct audit_verifier *v, struct err *e);
