/* The life of an approval instance: RUNNING, then COMPLETED with agree or refuse, or TERMINATED. */
#pragma once

#include "dingsim/call.h"

/* i has everything but id, business id, status, result, step and times. Starts it and opens the
 * flow's first step; a flow without steps is agreed at once. */
[[nodiscard]] bool instance_start(struct call *c, struct instance *i, struct err *e);

struct decision {
	struct instance *instance;
	struct task *task;
	const char *person;
	bool agree;
	const char *remark; /* "" when there is none */
};

/* Faults: the instance or the task is over, or the task is not this person's. */
[[nodiscard]] bool instance_decide(struct call *c, const struct decision *d, struct err *e);

/* person NULL: by the system. Faults: too early, finished, or not allowed by the form. */
[[nodiscard]] bool instance_terminate(struct call *c, struct instance *i, const char *person,
				      const char *remark, struct err *e);

[[nodiscard]] bool instance_comment(struct call *c, const struct instance *i, const char *person,
				    const char *text, struct err *e);

/* The members of DingTalk's read of an instance, into the open object. */
[[nodiscard]] bool instance_put(struct call *c, const struct instance *i, struct err *e);
