/* What answers about the policy and about proposals share. */
#pragma once

#include "json/json.h"

/* A struct flow_policy_preview. */
extern const struct json_field policy_preview_json[];
