/* The Idempotency-Key of a POST: runs the handler once, and gives its first answer again. */
#pragma once

#include "server/request.h"

#define IDEMPOTENCY_MAX_KEY 64

/* Inside the unit of work of a ROUTE_WRITE request: runs the handler or answers from the store. */
[[nodiscard]] bool idempotency_run(struct request *r, struct err *e);
