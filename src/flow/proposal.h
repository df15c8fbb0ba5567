/*
 * Changes of the policy that weaken it, of user groups that take devices out of its scope, of the settings that let one
 * person do more: where the organisation wants that, a second administrator confirms them (model/policy_second.h).
 * Until then they are proposals.
 */
#pragma once

#include "flow/policy.h"
#include "flow/taken.h"
#include "model/party.h"
#include "model/policy_second.h"

/* Whether p in the place of the present policy, or g in the place of the group with its id, needs a second person.
 * Reads only. Needs the snapshot. */
struct flow_policy_need {
	unsigned whys;           /* of enum policy_second; 0: it does not */
	int64_t threshold;       /* of the setting */
	struct flow_taken taken; /* none where the organisation has no such rule */
};
[[nodiscard]] bool flow_policy_need(struct flow *f, const struct policy *now,
				    const struct policy *p, struct flow_policy_need *out,
				    struct err *e);

[[nodiscard]] bool flow_group_need(struct flow *f, const struct policy *now, const struct group *g,
				   struct flow_policy_need *out, struct err *e);

/* The settings. */
struct flow_guard {
	const char *second_person; /* of policy_second_rules */
	int64_t policy_threshold, release_threshold;
};
extern const struct json_field flow_guard_json[];
[[nodiscard]] bool flow_guard_get(struct flow *f, struct flow_guard *out, struct err *e);
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

/* The same for g in the place of was: *proposal NULL: it is saved as flow_group_save does. */
[[nodiscard]] bool flow_group_change(struct flow *f, const struct party *by,
				     const struct group *was, struct group *g,
				     const char **proposal, struct err *e);

/* The same for the settings: *proposal NULL: nobody else has to confirm it, and the caller saves them. */
[[nodiscard]] bool flow_guard_change(struct flow *f, const struct party *by,
				     const struct flow_guard *now, const struct flow_guard *to,
				     const char **proposal, struct err *e);

/* Inside a unit, each of an open one; ERR_CONFLICT: it is too late. ERR_FORBIDDEN: not by him: its maker cannot confirm
 * or refuse it, and nobody else withdraw it. */
[[nodiscard]] bool flow_proposal_confirm(struct flow *f, const struct party *by, const char *id,
					 struct err *e);
[[nodiscard]] bool flow_proposal_refuse(struct flow *f, const struct party *by, const char *id,
					const char *comment, struct err *e);
[[nodiscard]] bool flow_proposal_withdraw(struct flow *f, const char *id, struct err *e);
/* Nobody confirmed it; nothing happens when it has ended. */
[[nodiscard]] bool flow_proposal_expire(struct flow *f, const char *id, struct err *e);

/* Inside the unit that changes a subject: what was made from it, or looked at with it, ends. group: its id, or NULL. */
[[nodiscard]] bool flow_proposals_stale(struct flow *f, const char *subject, const char *group,
					struct err *e);
