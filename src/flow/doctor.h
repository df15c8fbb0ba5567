/* The connection test of a workflow as use cases: asked for, begun, ended. What it finds out from
 * DingTalk happens in between, outside of any unit. */
#pragma once

#include "flow/flow.h"
#include "model/doctor.h"
#include "store/finding.h"
#include "store/workflow.h"

#define FLOW_DOCTOR_LEASE_MS 300000 /* longer than any test takes */

/* By an administrator. ERR_NOT_FOUND. */
[[nodiscard]] bool flow_doctor_ask(struct flow *f, const char *workflow, struct err *e);

/* DingTalk refused a request for a reason that only a person can mend. Not again within minutes. */
[[nodiscard]] bool flow_doctor_suspect(struct flow *f, const char *workflow, struct err *e);

/* The next test that is due, leased; workflow.id NULL when there is none. */
struct flow_doctor {
	struct store_workflow workflow;
	int64_t claimed_ms;
};
[[nodiscard]] bool flow_doctor_begin(struct flow *f, struct flow_doctor *out, struct err *e);

struct flow_doctor_result {
	const struct doctor_finding *findings;
	size_t count;
	const struct store_control *controls; /* mapped ones that are there */
	size_t control_count;
};
/* Stores it. A state that becomes or ceases to be broken goes on record. */
[[nodiscard]] bool flow_doctor_end(struct flow *f, const struct flow_doctor *d,
				   const struct flow_doctor_result *result, struct err *e);
