/*
 * An event that DingTalk pushes, in any of its shapes: the documented HTTP one (A), the one really
 * seen on HTTP (B), Stream's data (C) (protocol §5.6, §3.1). An event is a hint and decides
 * nothing: read the instance.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define DINGTALK_OWN_CHECK "holdfast_check" /* EventType of DINGTALK_EVENT_OWN_CHECK */
#define DINGTALK_EVENT_KEY_SIZE 72          /* bytes with the NUL */

enum dingtalk_event_kind {
	DINGTALK_EVENT_CHECK_URL, /* the console asks whether we are there; nothing to store */
	DINGTALK_EVENT_OWN_CHECK, /* we ask ourselves: nothing to store, and no word of DingTalk's */
	DINGTALK_EVENT_INSTANCE,  /* bpms_instance_change */
	DINGTALK_EVENT_TASK,      /* bpms_task_change */
	DINGTALK_EVENT_PEOPLE,    /* user_…_org: users changed */
	DINGTALK_EVENT_DEPARTMENT, /* org_dept_…: departments changed */
	DINGTALK_EVENT_OTHER
};

/* Absent texts are "", absent numbers 0. Times in UTC ms. */
struct dingtalk_event {
	enum dingtalk_event_kind kind;
	const char *name;     /* "bpms_instance_change" */
	const char *event_id; /* not in every shape */
	const char *corp_id;
	/*
	 * The same for every delivery of one event, different for two: its eventId or, without one,
	 * a hash over what tells events apart.
	 */
	char key[DINGTALK_EVENT_KEY_SIZE];

	/* INSTANCE and TASK; instance_id and type are never empty. */
	const char *instance_id;
	const char *process_code; /* absent in old traffic */
	const char *type;   /* "start", "finish", "terminate", "delete", "cancel", "comment" */
	const char *result; /* "agree", "refuse", "redirect" or "" */
	const char *userid; /* INSTANCE: the originator; TASK: its handler */
	const char *remark;
	const char *title;
	const char *business_id;
	int64_t task_id;
	int64_t create_ms;
	int64_t finish_ms;

	/* PEOPLE and DEPARTMENT */
	const char **userids;
	size_t userid_count;
	const int64_t *departments;
	size_t department_count;
};

/* The ids of PEOPLE or DEPARTMENT, a line each; "" for other events. At most DINGTALK_EVENT_MAX_SUBJECTS: what is beyond
 * is found when all is read again. */
#define DINGTALK_EVENT_MAX_SUBJECTS 1000
const char *dingtalk_event_subjects(struct arena *a, const struct dingtalk_event *event);

/* When what it tells of happened; 0: it does not say. */
int64_t dingtalk_event_happened_ms(const struct dingtalk_event *event);

/* What Stream has beside an event's data, in the frame's headers; "" or NULL when absent. */
struct dingtalk_event_head {
	const char *name, *event_id, *corp_id;
};

/* text is JSON in n bytes. ERR_INVALID: not an event. Everything lives in the arena. */
[[nodiscard]] bool dingtalk_event_parse(struct arena *a, const char *text, size_t n,
					struct dingtalk_event *out, struct err *e);
/* The same for Stream's data (shape C). What the data says itself counts. */
[[nodiscard]] bool dingtalk_event_parse_stream(struct arena *a,
					       const struct dingtalk_event_head *head,
					       const char *text, size_t n,
					       struct dingtalk_event *out, struct err *e);
