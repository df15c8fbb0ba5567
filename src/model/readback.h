/*
 * What DingTalk says about one approval instance, and what it is worth. A callback is a hint; only
 * this judgement of the instance as read from DingTalk lets a decision count.
 */
#pragma once

#include "model/form.h"
#include "model/instance.h"

struct oa_record {
	const char *userid;
	const char *type;   /* EXECUTE_TASK_NORMAL… */
	const char *result; /* AGREE, REFUSE, NONE */
	const char *remark;
};

struct oa_task {
	int64_t id;
	const char *userid;
	const char *status; /* RUNNING… */
};

struct oa_seen {
	const char *status;       /* RUNNING, COMPLETED, TERMINATED */
	const char *result;       /* agree, refuse; only with COMPLETED */
	const char *biz_action;   /* NONE, MODIFY, REVOKE */
	const char *process_code; /* NULL: the answer does not say it */
	const char *originator;
	const char *business_id;
	struct form_values values;
	struct oa_record *records; /* in the order of time */
	size_t record_count;
	struct oa_task *tasks;
	size_t task_count;
	const char *main_id;      /* of a REVOKE or MODIFY: what it is about; else "" or NULL */
	struct oa_seen *attached; /* read too when this one has come to its end: what is about it */
	size_t attached_count;
};

/* What was sent, and what else we know of it ourselves. */
struct oa_sent {
	const char *process_code;
	const char *originator;
	const char *number;      /* "HF-000123" */
	const char *external_id; /* what DingTalk calls it; NULL: not known */
	struct form_values values;
	const char *const *executed; /* whose tasks we executed or may have: one entry a task */
	size_t executed_count;
	bool accept_automatic; /* agreed without a second person is enough */
};

struct oa_verdict {
	bool open; /* still running: no event */
	enum instance_event event;
	const char *decider; /* userid of who decided, NULL when nobody did */
	const char *remark;  /* "" when there is none */
	const char *why;     /* INSTANCE_OA_MISMATCH: what differs; else NULL */
};

/*
 * Approved (INSTANCE_OA_AGREED) only when all of this holds: completed with agree; not a REVOKE, MODIFY
 * or anything else about another instance; the process code, as far as DingTalk says it; the same
 * originator; every value as sent and there once (CR LF and LF are the same); the request number in a
 * control of its own or at the head of a value's last line; no agreed REVOKE about it; and at least one
 * agreement, by the task's owner or his agent, of somebody other than the applicant, that was not
 * executed by ourselves. Where only the last is missing it is INSTANCE_OA_ALONE, unless automatic
 * approval is accepted and we executed nothing. Texts of the verdict are seen's or the arena's.
 */
struct oa_verdict oa_judge(struct arena *a, const struct oa_sent *sent, const struct oa_seen *seen);

/* The instance that a request number belongs to: every value as sent and the same originator. For
 * finding out whether a create call went through. */
bool oa_is_ours(const struct oa_sent *sent, const struct oa_seen *seen);
