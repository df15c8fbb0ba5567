/* User groups: saved when what they name exists, kept while something names them. Each inside a
 * unit; notes NOTE_POLICY. */
#pragma once

#include "flow/flow.h"
#include "model/group.h"

/* g->id NULL: makes one, and its id. ERR_UNPROCESSABLE: a person or department that is not there,
 * or too many groups. ERR_CONFLICT: the name is taken. ERR_NOT_FOUND. */
[[nodiscard]] bool flow_group_save(struct flow *f, struct group *g, struct err *e);

/* ERR_CONFLICT names what still uses it. */
[[nodiscard]] bool flow_group_remove(struct flow *f, const char *id, struct err *e);
