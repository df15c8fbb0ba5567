/* Whether an app's events can be relied on (model/schedule.h). */
#pragma once

#include "flow/flow.h"
#include "store/instance.h"

/* A reading found that DingTalk ended a pending instance. */
[[nodiscard]] bool flow_trust_found(struct flow *f, const struct store_instance *i, struct err *e);

/* Judges one decision that no event had announced when it was found. From the first that none announces
 * at all, everything open of the app is looked at now and again soon. *any false: none is due. */
[[nodiscard]] bool flow_trust_judge(struct flow *f, bool *any, struct err *e);
/* When the next one is; 0: none. */
[[nodiscard]] bool flow_trust_due(struct db *db, int64_t *due_ms, struct err *e);
