/*
 * Changes of the policy that weaken it: where the organisation wants that, a second administrator confirms them
 * (model/policy_second.h). Until then they are proposals.
 */
#pragma once

#include "flow/policy.h"
#include "model/party.h"
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

#define FLOW_PROPOSAL_MS (INT64_C(7) * 24 * 3600 * 1000) /* to be confirmed within */
#define FLOW_PROPOSAL_MAX_OPEN 20
#define FLOW_PROPOSAL_MAX_COMMENT 500 /* code points */

/* Whoever acts is the flow's actor; by says who that is where two people are needed. */
struct flow_policy_change {
	const struct party *by;
	int64_t base;          /* the version it was made from */
	int64_t restored_from; /* version; 0: none */
};

/*
 * Inside a unit: saves p as flow_policy_save_as does, or makes it a proposal where a second person is needed:
 * *proposal is its id then, the same for the same change again; NULL: it is saved. Needs the snapshot. The errors of
 * flow_policy_save; ERR_CONFLICT: too many proposals are open.
 */
[[nodiscard]] bool flow_policy_change(struct flow *f, const struct flow_policy_change *c,
				      struct policy *p, const char **proposal, struct err *e);

/* Inside a unit, each of an open one; ERR_CONFLICT: it is too late. ERR_FORBIDDEN: not by him: its maker cannot confirm
 * or refuse it, and nobody else withdraw it. */
[[nodiscard]] bool flow_proposal_confirm(struct flow *f, const struct party *by, const char *id,
					 struct err *e);
[[nodiscard]] bool flow_proposal_refuse(struct flow *f, const struct party *by, const char *id,
					const char *comment, struct err *e);
[[nodiscard]] bool flow_proposal_withdraw(struct flow *f, const char *id, struct err *e);
/* Nobody confirmed it; nothing happens when it has ended. */
[[nodiscard]] bool flow_proposal_expire(struct flow *f, const char *id, struct err *e);

/* Inside the unit that saves a policy: none of the open ones is made from the present one any more. */
[[nodiscard]] bool flow_proposals_stale(struct flow *f, struct err *e);
