/* Identity sources. Each inside a unit. */
#pragma once

#include "flow/flow.h"
#include "store/source.h"

#define FLOW_SOURCE_MAX_NAME 128
#define FLOW_SOURCE_CYCLE_HOURS 24 /* when none is said */

/* Makes id and created_ms; a DingTalk one is walked at once. ERR_CONFLICT: the name or the app is taken. ERR_UNPROCESSABLE: there is no such app,
 * or what belongs to the other type is said. */
[[nodiscard]] bool flow_source_add(struct flow *f, struct store_source *s, struct err *e);

/* Name, enabled, cycle_hours and departments of s; was is what it was made from. */
[[nodiscard]] bool flow_source_change(struct flow *f, const struct store_source *was,
				      struct store_source *s, struct err *e);

/* ERR_CONFLICT: people or departments came from it, and nobody is deleted. */
[[nodiscard]] bool flow_source_remove(struct flow *f, const struct store_source *s, struct err *e);

/* Its organisation is walked as soon as may be. ERR_CONFLICT: it is local. */
[[nodiscard]] bool flow_source_sync(struct flow *f, const struct store_source *s, struct err *e);
