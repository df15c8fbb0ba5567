/* The life of an approval instance: RUNNING, then COMPLETED with agree or refuse, or TERMINATED. */
#pragma once

#include "dingsim/call.h"

/* i has everything but id, business id, status, result, step and times; biz_action and main may be
 * NULL: it is attached to none. Starts it and opens the flow's first step; a flow without steps is
 * agreed at once. */
[[nodiscard]] bool instance_start(struct call *c, struct instance *i, struct err *e);

/* What goes with an operation; the files are JSON arrays, as operationRecords reads them back. */
struct files {
	const char *images, *attachments; /* NULL: none */
};

struct decision {
	struct instance *instance;
	struct task *task;
	const char *person; /* whose task it is, or their agent */
	bool agree;
	const char *remark; /* "" when there is none */
	struct files files;
};

/* *out: the person decides in the place of whom the task waits for. */
[[nodiscard]] bool instance_agent(struct call *c, const struct task *t, const char *person,
				  bool *out, struct err *e);

/* Faults: the instance or the task is over, or the task is not this person's. */
[[nodiscard]] bool instance_decide(struct call *c, const struct decision *d, struct err *e);

/* person NULL: by the system. Faults: too early, finished, or not allowed by the form. */
[[nodiscard]] bool instance_terminate(struct call *c, struct instance *i, const char *person,
				      const char *remark, struct err *e);

struct transfer {
	struct instance *instance;
	struct task *task;
	const char *person, *to; /* who has the task, who gets it */
	const char *remark;      /* "" when there is none */
	struct files files;
};

/* The task ends as REDIRECTED and a new one opens in the same step. Faults: the instance or the
 * task is over, the task is not this person's, or the other one has a task in this step. */
[[nodiscard]] bool instance_redirect(struct call *c, const struct transfer *t, struct err *e);

/* Somebody else is asked first: the task is PAUSED until they have agreed; or agrees, and somebody
 * else of the same step after it. Faults as instance_redirect. */
[[nodiscard]] bool instance_add_before(struct call *c, const struct transfer *t, struct err *e);
[[nodiscard]] bool instance_add_after(struct call *c, const struct transfer *t, struct err *e);

/* The tasks of somebody who is no longer in the organisation go to the form's administrator;
 * without one nobody waits for them. */
[[nodiscard]] bool instance_person_left(struct call *c, const char *userid, struct err *e);

/* It is gone, as if an administrator had deleted it. */
[[nodiscard]] bool instance_delete(struct call *c, struct instance *i, struct err *e);

struct comment {
	const char *person, *text;
	struct files files;
};

[[nodiscard]] bool instance_comment(struct call *c, const struct instance *i,
				    const struct comment *comment, struct err *e);

/*
 * The originator of an agreed instance takes it back (REVOKE) or changes it (MODIFY, with values as
 * form_values gives them): a new instance of the same form that takes the same way; the first one
 * stays as it is. *out: the new one. ERR_CONFLICT: not agreed, itself attached, already taken back,
 * or one of its kind runs; ERR_FORBIDDEN: somebody else's, or the form does not allow it.
 */
struct attachment {
	const struct instance *main;
	const char *person;
	const char *action;
	const char *values; /* NULL: those of main */
};
[[nodiscard]] bool instance_attach(struct call *c, const struct attachment *a,
				   struct instance **out, struct err *e);

/* The members of DingTalk's read of an instance, into the open object. */
[[nodiscard]] bool instance_put(struct call *c, const struct instance *i, struct err *e);
