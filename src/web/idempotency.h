/* The Idempotency-Key of a POST: runs the handler once, and gives its first answer again. A request that is refused is
 * not kept. */
#pragma once

#include "web/request.h"

#define IDEMPOTENCY_MAX_KEY 64

/* Inside the unit of work of a ROUTE_WRITE request: runs the handler or answers from the store. */
[[nodiscard]] bool idempotency_run(struct request *r, struct err *e);

/* The same for ROUTE_WORK, whose handler runs outside of any unit: the key is taken before and given its
 * answer afterwards. ERR_CONFLICT: another request with the key is at work. */
#define IDEMPOTENCY_WORK_MS 120000 /* after which one that has no answer is taken to be lost */
[[nodiscard]] bool idempotency_work(struct request *r, struct err *e);
