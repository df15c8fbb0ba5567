/* "What would this change?" before a policy is saved: who is gained and lost, who could not file, what people should
 * think about twice. Reads only; for threads that may take their time. */
#pragma once

#include "flow/policy.h"
#include "model/policy_ahead.h"

#define FLOW_POLICY_MANY_DEVICES 5 /* of one person on the whitelist */
#define FLOW_POLICY_MAX_WARNINGS 100

/* What people should know before they save it. */
struct flow_policy_warning {
	const char *code;      /* of flow_policy_warnings */
	const char *id, *name; /* the group, person or workflow; NULL: of none */
	int64_t count;         /* of people or devices; 0: of none */
};
extern const char *const flow_policy_warnings[]; /* ends with NULL */

struct flow_policy_preview {
	int64_t version;          /* of the present policy */
	struct json_list changes; /* of struct policy_change */
	const char *mode_before, *mode_after;
	struct policy_ahead covered;
	struct flow_policy_reach reach_before, reach_after;
	struct policy_ahead_some stranded; /* would be blocked and could not file, and is not now */
	int64_t requests;                  /* that wait and would be withdrawn */
	struct json_list second_whys;      /* of policy_second_whys; none: one person may do it */
	int64_t threshold;
	struct json_list warnings; /* of struct flow_policy_warning */
};

/* p is checked as for saving. Needs the snapshot. */
[[nodiscard]] bool flow_policy_preview(struct flow *f, const struct policy *p,
				       struct flow_policy_preview *out, struct err *e);
