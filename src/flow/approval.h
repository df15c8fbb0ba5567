/*
 * Built-in approval inside a unit of work: the rules of model/approval.h on what is stored, and what
 * follows: tasks, deadlines, the record, messages to those whose turn it is. What ends a request is
 * flow/request.h, which calls this.
 */
#pragma once

#include "flow/request.h"
#include "model/approval.h"
#include "store/task.h"

/* A request that was just stored is asked about by these levels (approval_write), from the first on. */
[[nodiscard]] bool flow_approval_begin(struct flow *f, const struct store_instance *i,
				       const char *levels, struct err *e);
/* It goes to DingTalk; the level to fall back to (approval_fallback_write) is asked if it does not get
 * there in time. */
[[nodiscard]] bool flow_approval_prepare(struct flow *f, const struct store_instance *i,
					 const char *fallback, struct err *e);

/* A request with its levels and tasks. instance NULL: it has none, DingTalk alone is asked. */
struct flow_approval {
	struct store_approval row;
	struct approval_levels levels;
	struct store_task_list tasks;
	struct store_approver *accounts;
	struct approval rules;
};
[[nodiscard]] bool flow_approval_load(struct flow *f, const struct store_instance *i,
				      struct flow_approval *out, struct err *e);
/* Only who there is and who stands in for whom, for any request. Reading only. */
[[nodiscard]] bool flow_approval_people(struct flow *f, struct flow_approval *out, struct err *e);
/* The rules of one that is not stored: these levels, this applicant, who is there at present. */
[[nodiscard]] bool flow_approval_imagine(struct flow *f, const struct approval_levels *levels,
					 const char *applicant, struct flow_approval *out,
					 struct err *e);
/* Whether it is asked level by level by now. */
bool flow_approval_asks(const struct flow_approval *p);

/* An approver's answer: ERR_FORBIDDEN when it is not his turn. */
[[nodiscard]] bool flow_approval_answer(struct flow *f, const struct store_instance *i,
					const struct flow_approval *p, bool approve,
					const struct flow_decision *d, enum approval_verdict *out,
					struct err *e);
/* Who can be asked has changed. *by: who approved, when that was enough. */
[[nodiscard]] bool flow_approval_review(struct flow *f, const struct store_instance *i,
					const struct flow_approval *p, enum approval_verdict *out,
					const char **by, struct err *e);
/* Its deadline has come: it is escalated, or DingTalk does not have it in time. */
[[nodiscard]] bool flow_approval_overdue(struct flow *f, const struct store_instance *i,
					 const struct flow_approval *p, struct err *e);
/* Those whose turn it is are reminded, if the levels say so. *sent: they were; *last: for the last time. */
[[nodiscard]] bool flow_approval_remind(struct flow *f, const struct store_instance *i,
					const struct flow_approval *p, bool *sent, bool *last,
					struct err *e);
/* What waits for the account now, in somebody's place: a message, when he is the last who stands in for the
 * task's owner. people: flow_approval_people. */
[[nodiscard]] bool flow_approval_tell(struct flow *f, struct flow_approval *people,
				      const struct store_turn *turn, const char *account,
				      struct err *e);
