/*
 * OA approval instances (protocol §4.1 to §4.7): the form that a request becomes in DingTalk.
 */
#pragma once

#include "dingtalk/app.h"

#define DINGTALK_ID_MAX 64 /* bytes of a userid, an instance id, a process code */
#define DINGTALK_MAX_FIELDS 150
#define DINGTALK_FIELD_VALUE_MAX 65535 /* code points */
#define DINGTALK_REMARK_MAX 1024       /* code points; longer ones are cut */
#define DINGTALK_MAX_ENTRIES 2000      /* tasks, records, form values read from one instance */
#define DINGTALK_LIST_PAGE 20

struct dingtalk_field {
	const char *name; /* the control's label in the form */
	const char *value;
};

struct dingtalk_draft {
	const char *originator; /* userid */
	int64_t department;     /* one of the originator's, as org.h numbers them */
	const char *process_code;
	const struct dingtalk_field *fields;
	size_t field_count;
};

/*
 * Not idempotent: after ERR_TIMEOUT or ERR_PEER the instance may exist; find it (list and read)
 * before creating again. instance_id lives in the arena.
 */
[[nodiscard]] bool dingtalk_instance_create(struct dingtalk *d, const struct dingtalk_draft *draft,
					    struct arena *a, const char **instance_id,
					    struct err *e);

/* Words that the protocol does not name become …_OTHER, which never means agreed. */
enum dingtalk_status {
	DINGTALK_STATUS_OTHER,
	DINGTALK_RUNNING,
	DINGTALK_TERMINATED, /* withdrawn */
	DINGTALK_COMPLETED
};

enum dingtalk_result {
	DINGTALK_RESULT_OTHER,
	DINGTALK_RESULT_NONE, /* absent, empty or NONE */
	DINGTALK_AGREE,
	DINGTALK_REFUSE,
	DINGTALK_REDIRECTED
};

enum dingtalk_action { DINGTALK_ACTION_OTHER, DINGTALK_NONE, DINGTALK_MODIFY, DINGTALK_REVOKE };

struct dingtalk_task {
	int64_t id;
	const char *userid;
	const char *status;          /* "NEW", "RUNNING", "PAUSED", "CANCELED", "COMPLETED"… */
	enum dingtalk_result result; /* NONE while open */
	const char *activity;
};

struct dingtalk_record {
	const char *userid;
	const char *type; /* "EXECUTE_TASK_NORMAL", "START_PROCESS_INSTANCE"… */
	enum dingtalk_result result;
	const char *remark;
	const char *date; /* Beijing time, whatever its Z says */
};

/* Absent texts are "". */
struct dingtalk_instance {
	const char *title;
	enum dingtalk_status status;
	enum dingtalk_result result; /* means something when COMPLETED */
	enum dingtalk_action action; /* REVOKE and MODIFY: an instance about another one */
	const char *originator;      /* userid */
	int64_t department;          /* as org.h numbers them; 0 when not readable */
	const char *process_code;    /* "" when DingTalk leaves it out */
	const char *business_id;     /* the number people see */
	const char *create_time;     /* Beijing time, to the minute, whatever its Z says */
	const char *finish_time;
	const char *main_id; /* of REVOKE and MODIFY: the instance they are about */
	const char **attached;
	size_t attached_count;
	const struct dingtalk_field *fields;
	size_t field_count;
	const struct dingtalk_task *tasks;
	size_t task_count;
	const struct dingtalk_record *records;
	size_t record_count;
};

/* ERR_NOT_FOUND: DingTalk does not know the id. */
[[nodiscard]] bool dingtalk_instance_read(struct dingtalk *d, const char *instance_id,
					  struct arena *a, struct dingtalk_instance *out,
					  struct err *e);

struct dingtalk_verdict {
	const char *instance_id;
	int64_t task_id;
	const char *userid; /* the task's handler */
	bool agree;
	const char *remark; /* may be "" */
};

/* Acts on an open task. ERR_CONFLICT: the instance or task has ended, read it again. */
[[nodiscard]] bool dingtalk_task_execute(struct dingtalk *d, const struct dingtalk_verdict *verdict,
					 struct err *e);

[[nodiscard]] bool dingtalk_instance_comment(struct dingtalk *d, const char *instance_id,
					     const char *userid, const char *text, struct err *e);

/*
 * Withdraws, as the originator or, with originator NULL, as the system. ERR_CONFLICT: it has ended
 * already, or is younger than DINGTALK_TERMINATE_AGE_MS. ERR_UNPROCESSABLE with DingTalk's code
 * internalError: the form does not allow withdrawing.
 */
#define DINGTALK_TERMINATE_AGE_MS 15000
[[nodiscard]] bool dingtalk_instance_terminate(struct dingtalk *d, const char *instance_id,
					       const char *originator, const char *remark,
					       struct err *e);

/* Instances of one form created between two times (UTC ms), a page at a time. */
#define DINGTALK_LIST_SPAN_MS (INT64_C(119) * 24 * 3600 * 1000)
struct dingtalk_query {
	const char *process_code;
	int64_t start_ms;       /* at most 365 days ago */
	int64_t end_ms;         /* at most 120 days after start_ms; 0: now */
	const char *originator; /* userid; NULL: everybody's */
	bool running;           /* only those that are open */
	int64_t cursor;         /* 0, then dingtalk_page.next */
};

struct dingtalk_page {
	const char **ids;
	size_t count;
	int64_t next; /* 0: this was the last page */
};

[[nodiscard]] bool dingtalk_instance_list(struct dingtalk *d, const struct dingtalk_query *query,
					  struct arena *a, struct dingtalk_page *out,
					  struct err *e);
