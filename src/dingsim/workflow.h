/* OA approval, the calls under /v1.0/workflow: what comes in is checked here. */
#pragma once

#include "dingsim/call.h"

/* Files the form that c->in describes, as a create does; id is the new instance's. */
[[nodiscard]] bool workflow_start(struct call *c, const char **id, struct err *e);
