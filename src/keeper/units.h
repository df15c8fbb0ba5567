/*
 * How systemd would see the client's unit, read from the file system (systemd.unit(5), Unit File Load Path): no bus is
 * asked, so that nothing has to be believed.
 */
#pragma once

#include "keeper/paths.h"

#define UNIT_NAME "holdfast-keeper.service"

/* What was found, in one line each; NULL: nothing is amiss. In the arena. */
struct unit_look {
	const char *masked, *overridden, *disabled, *missing;
};

/* own: the text of the keeper's own drop-in (paths->staying), which is none. */
void units_look(struct arena *a, const struct paths *paths, const char *own, struct unit_look *out);

/* Links to /dev/null in /etc and /run in the place of the unit: of each the path, at most max; how many. */
#define UNITS_MASKS 10
size_t units_masks(struct arena *a, const struct paths *paths, const char *out[static UNITS_MASKS]);
