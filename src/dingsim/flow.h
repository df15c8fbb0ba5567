/* The approvers of a form or of a create, in order: [{"actionType":"AND"|"OR"|"NONE","userIds":[…]}]. */
#pragma once

#include "dingsim/store.h"
#include "json/json.h"

#define FLOW_MAX_STEPS 20
#define FLOW_MAX_PEOPLE 20 /* in a step */
#define FLOW_MAX_CC 50

/* ERR_INVALID says what is wrong: the shape, a person who does not exist, NONE with several. */
[[nodiscard]] bool flow_check(struct store *s, const struct json *approvers, struct err *e);
