/* "What would this change?" before a user group is saved. Reads only; for threads that may take their time. */
#pragma once

#include "flow/group.h"
#include "model/group_findings.h"
#include "model/policy_ahead.h"

#define FLOW_GROUP_PREVIEW_RULES 3 /* of one member */

struct flow_group_preview_one {
	const char *id, *name, *source;
	struct json_list rules; /* of struct group_finding_rule: the first that have this person */
};

struct flow_group_preview {
	int64_t people,
	    departed; /* whom the group would have: those who are here, and those who left */
	int64_t all;  /* how many are here at all */
	struct json_list sample; /* of struct flow_group_preview_one: the first of them */
	struct policy_ahead_some joined, left; /* against the group as it is saved */
	bool in_scope;                         /* the policy covers by it */
	struct policy_ahead covered;           /* by the policy as it is */
	struct json_list second_whys; /* of policy_second_whys; none: one person may do it */
	struct json_list findings;    /* of struct group_finding */
};

/* g is checked as for saving in the place of was (NULL: a new one). Needs the snapshot. */
[[nodiscard]] bool flow_group_preview(struct flow *f, const struct group *was,
				      const struct group *g, struct flow_group_preview *out,
				      struct err *e);
