/* What a person may do with a todo on the pages. */
#pragma once

#include "dingsim/call.h"

struct todo_mine {
	bool may; /* tick it off: an executor, or the owner of one without executors */
	bool done;
};
[[nodiscard]] bool todo_mine(struct call *c, const struct todo *t, const char *unionid,
			     struct todo_mine *out, struct err *e);

/* Ticks this person's part off, or takes the tick back; done by all executors the todo is done. */
[[nodiscard]] bool todo_tick(struct call *c, struct todo *t, const char *unionid, struct err *e);
