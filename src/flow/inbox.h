/* What comes in from DingTalk: stored once, acknowledged, and only then given its effect. An event
 * decides nothing: it makes us read the instance. */
#pragma once

#include "flow/flow.h"
#include "store/inbox.h"

/* Inside the unit that must be committed before DingTalk gets its answer. *added false: it was here
 * before. */
[[nodiscard]] bool flow_inbox_store(struct flow *f, const struct store_inbox *event, bool *added,
				    struct err *e);

/*
 * Gives the next due event its effect. *any false: none was due. One of an instance that is not ours
 * (yet) waits for it, for a day at most: then it is dropped and counted.
 */
[[nodiscard]] bool flow_inbox_next(struct flow *f, bool *any, struct err *e);
