/* User groups: saved when what they name exists, kept while something names them. Each inside a
 * unit; notes NOTE_POLICY. */
#pragma once

#include "flow/flow.h"
#include "model/group.h"

/* g->id NULL: makes one, and its id; else was is what it was made from. ERR_UNPROCESSABLE: a person or department that is not there,
 * or too many groups. ERR_CONFLICT: the name is taken. ERR_STALE: was is not so any more. */
[[nodiscard]] bool flow_group_save(struct flow *f, const struct group *was, struct group *g,
				   struct err *e);

/* ERR_CONFLICT names what still uses it. */
[[nodiscard]] bool flow_group_remove(struct flow *f, const struct group *g, struct err *e);
