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
};

/* What was sent. */
struct oa_sent {
	const char *process_code;
	const char *originator;
	struct form_values values;
};

struct oa_verdict {
	bool open; /* still running: no event */
	enum instance_event event;
	const char *decider; /* userid of who decided, NULL when nobody did */
	const char *remark;  /* "" when there is none */
	const char *why;     /* INSTANCE_OA_MISMATCH: what differs */
};

/* Approved only when completed with agree, not a modification or withdrawal of another instance, by
 * the same originator, every value as sent (CR LF and LF are the same), and agreed by somebody
 * other than the applicant. Texts of the verdict are seen's or the arena's. */
struct oa_verdict oa_judge(struct arena *a, const struct oa_sent *sent, const struct oa_seen *seen);

/* The instance that a request number belongs to: every value as sent and the same originator. For
 * finding out whether a create call went through. */
bool oa_is_ours(const struct oa_sent *sent, const struct oa_seen *seen);
