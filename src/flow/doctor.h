/* The connection test of a workflow as use cases: asked for, begun, ended. What it finds out from
 * DingTalk happens in between, outside of any unit. */
#pragma once

#include "flow/flow.h"
#include "model/doctor.h"
#include "store/finding.h"
#include "store/workflow.h"

#define FLOW_DOCTOR_LEASE_MS 300000 /* longer than any test takes */

/* By an administrator: DingTalk is asked soon, levels are looked at now. ERR_NOT_FOUND. */
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
/* Stores it, with what there is to say of a level beside DingTalk. A state that becomes or ceases to be broken
 * goes on record. */
[[nodiscard]] bool flow_doctor_end(struct flow *f, const struct flow_doctor *d,
				   const struct flow_doctor_result *result, struct err *e);

/* Levels of our own need no test, they are looked at when they are saved and when accounts change. Nothing
 * happens to a workflow without any. */
[[nodiscard]] bool flow_doctor_levels(struct flow *f, const char *workflow, struct err *e);
/* Of all workflows: an account was disabled, enabled, linked, removed or given another role, or somebody has
 * left the organisation or come back. In the unit that does it. */
[[nodiscard]] bool flow_doctor_accounts_changed(struct flow *f, struct err *e);

/* ERR_UNPROCESSABLE, in words: levels that must not be saved, because one of them has nobody. */
[[nodiscard]] bool flow_doctor_refuses(struct flow *f, const struct approval_levels *levels,
				       struct err *e);
