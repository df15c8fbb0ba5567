/* Saving the policy. */
#pragma once

#include "flow/flow.h"
#include "model/policy.h"

#define FLOW_ANY_VERSION (-1)

/*
 * Inside a unit: saves p as the next version, if it differs from the present one, and sets p->version. base is the version it was made
 * from, or FLOW_ANY_VERSION; by says who, in a reader's words. ERR_STALE: base is not the present
 * one. ERR_UNPROCESSABLE: it names a group, person or workflow that is not there, a second workflow that
 * is not built in, or one that is broken and was not chosen before.
 */
[[nodiscard]] bool flow_policy_save(struct flow *f, const char *by, int64_t base, struct policy *p,
				    struct err *e);

/* The same, and where it came from. */
struct flow_policy_origin {
	const char *by;
	const char *confirmed_by; /* the second person; NULL: nobody had to */
	int64_t restored_from;    /* version; 0: none */
};
[[nodiscard]] bool flow_policy_save_as(struct flow *f, const struct flow_policy_origin *origin,
				       int64_t base, struct policy *p, struct err *e);

/* The present policy, when base is its version or FLOW_ANY_VERSION, else ERR_STALE. Until the unit's end no other
 * server changes it. */
[[nodiscard]] bool flow_policy_present(struct flow *f, int64_t base, struct policy *now,
				       struct err *e);

/* What saving would refuse with ERR_UNPROCESSABLE. now: the present policy. */
[[nodiscard]] bool flow_policy_check(struct flow *f, const struct policy *p,
				     const struct policy *now, struct err *e);

/* How many people of the directory may file, and under which of the policy's workflows. Whether DingTalk lets
 * somebody start his form shows only then. */
struct flow_policy_reach {
	int64_t people, first, second, neither;
};
[[nodiscard]] bool flow_policy_reach(struct flow *f, const struct policy *p,
				     struct flow_policy_reach *out, struct err *e);
