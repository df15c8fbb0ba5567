/* Events: what happened to an instance, a task or the organisation, kept and queued for every subscribed app. */
#pragma once

#include "dingsim/call.h"

/* bpms_instance_change; type is start, finish, terminate or delete. */
[[nodiscard]] bool event_instance(struct call *c, const struct instance *i, const char *type,
				  struct err *e);

/* bpms_task_change; type is start, finish, cancel or comment. */
struct event_task {
	const char *type;
	const struct task *task; /* NULL for a comment */
	const char *person;      /* who wrote the comment */
	const char *agent; /* who may decide, or decided, in place of the task's person; NULL, "" */
	const char *remark; /* of a decision, or the comment's text; NULL: none */
};
[[nodiscard]] bool event_task(struct call *c, const struct instance *i,
			      const struct event_task *what, struct err *e);

/* user_add_org, user_modify_org (with what was and what is), user_active_org or user_leave_org. */
[[nodiscard]] bool event_person(struct call *c, const char *type, const char *userid,
				const struct json *diff, struct err *e);

/* org_dept_create, org_dept_modify or org_dept_remove. */
[[nodiscard]] bool event_department(struct call *c, const char *type, int64_t id, struct err *e);

/* label_user_change: the person got these labels, or lost them. */
[[nodiscard]] bool event_labels(struct call *c, const char *userid, const char *action,
				const struct json *labels, struct err *e);

/* The plain text that is pushed, in body shape "A" or "B", or the data of a Stream frame, "C". */
[[nodiscard]] bool event_body(struct arena *a, const struct push *push, const char *shape,
			      const char *corp_id, const char **out, struct err *e);
