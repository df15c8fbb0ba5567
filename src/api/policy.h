/* What answers about the policy and about proposals share. */
#pragma once

#include "json/json.h"
#include "model/policy.h"

struct request;

/* A struct flow_policy_preview. */
extern const struct json_field policy_preview_json[];
/* A struct flow_group_preview. */
extern const struct json_field group_preview_json[];

/* What a change that waits answers, as policy_proposed_json writes it; the status becomes 202. */
[[nodiscard]] bool policy_proposed(struct request *r, const char *proposal,
				   const struct policy_proposed **out, struct err *e);
