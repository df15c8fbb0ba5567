/* The policy as it was: any version, what differs between two of them, and an old one made the present one again. */
#pragma once

#include "flow/policy.h"
#include "model/policy_diff.h"
#include "store/policy.h"

/* A version as it was saved. 0 is what holds before anybody saved one. ERR_NOT_FOUND. */
struct flow_policy_version {
	struct store_policy row;
	struct policy policy;
};
[[nodiscard]] bool flow_policy_version(struct flow *f, int64_t version,
				       struct flow_policy_version *out, struct err *e);

/* What differs, of struct policy_change, with the names of today; of what is not there any more the one it had when
 * one of the two was saved. */
[[nodiscard]] bool flow_policy_diff(struct flow *f, const struct flow_policy_version *before,
				    const struct flow_policy_version *after, struct json_list *out,
				    struct err *e);

/* JSON for store_policy.names: of the policy's groups and workflows. */
[[nodiscard]] bool flow_policy_names(struct flow *f, const struct policy *p, const char **out,
				     struct err *e);

/* What an old version names and what could not be chosen now. */
struct flow_policy_missing {
	const char *field; /* of policy_fields */
	const char *id;
	const char *name; /* NULL: nobody knows */
	const char *why;  /* of flow_policy_whys */
};
extern const char *const flow_policy_whys[]; /* "gone", "departed", "broken"; ends with NULL */
[[nodiscard]] bool flow_policy_missing(struct flow *f, const struct flow_policy_version *v,
				       struct json_list *out, struct err *e);

/*
 * v's policy as it can be saved now. ERR_UNPROCESSABLE with a list, when it names what is missing; without: that is
 * left out, unless nobody at all would be in scope then.
 */
[[nodiscard]] bool flow_policy_again(struct flow *f, const struct flow_policy_version *v,
				     bool without, struct policy *out, struct err *e);
