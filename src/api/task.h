/* Built-in approval in answers: the levels of a request, and whether it is the caller's turn. */
#pragma once

#include "web/request.h"
#include "store/instance.h"

struct task_level {
	int64_t level;
	const char *name; /* NULL: it has only its number */
	const char *mode, *state;
	struct json_list tasks;
};
extern const struct json_field task_level_json[];

/* out: of struct task_level; empty: the request is not asked about level by level. *mine: a task of the level
 * that is asked waits for the caller. */
[[nodiscard]] bool task_levels(struct request *r, const struct store_instance *i,
			       struct json_list *out, bool *mine, struct err *e);
