/*
 * Changes of the policy that weaken it: where the organisation wants that, a second administrator confirms them
 * (model/policy_second.h). Until then they are proposals.
 */
#pragma once

#include "flow/policy.h"
#include "model/policy_second.h"

/* Whether p in the place of the present policy needs a second person. Reads only. Needs the snapshot. */
struct flow_policy_need {
	unsigned whys;     /* of enum policy_second; 0: it does not */
	int64_t threshold; /* of the setting */
};
[[nodiscard]] bool flow_policy_need(struct flow *f, const struct policy *now,
				    const struct policy *p, struct flow_policy_need *out,
				    struct err *e);

/* The settings. */
[[nodiscard]] bool flow_policy_rule(struct flow *f, const char **rule, int64_t *threshold,
				    struct err *e);
