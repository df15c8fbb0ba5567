/* What the server does by the clock for itself: presence to the database, keys renewed in time, what
 * has expired forgotten. */
#pragma once

#include "web/server.h"

struct upkeep;

/* On the first worker's loop. */
[[nodiscard]] struct upkeep *upkeep_new(struct server *s);
void upkeep_free(struct upkeep *u); /* accepts NULL */
