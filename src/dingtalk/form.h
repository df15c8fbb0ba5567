/*
 * Approval forms as DingTalk has them (protocol §4.8, §4.9): which there are, what controls one has,
 * and how a request would go. All calls only read, and count against the month's calls.
 */
#pragma once

#include "dingtalk/instance.h"

#define DINGTALK_FORM_PAGE 100

struct dingtalk_control {
	const char *id, *label;
	const char *type;   /* "TextareaField" */
	const char *format; /* of a date; "" */
	bool required;
};

/* Absent texts are "". Controls inside tables are left out: nothing can be mapped to them. */
struct dingtalk_form {
	const char *name;
	const char *status; /* "PUBLISHED", "INVALID", "SAVED" */
	const struct dingtalk_control *controls;
	size_t control_count;
};

/* Needs Workflow.Form.Read. A form that is not there is refused with formNotExist or
 * aflowProcessCodeIsError. */
[[nodiscard]] bool dingtalk_form_read(struct dingtalk *d, const char *process_code, struct arena *a,
				      struct dingtalk_form *out, struct err *e);

struct dingtalk_template {
	const char *process_code, *name;
	const char *group; /* "" */
};

struct dingtalk_template_page {
	const struct dingtalk_template *items;
	size_t count;
	int64_t next; /* cursor of the next page; 0: this is the last */
};

/* Those that userid may start; NULL: all that can be seen. cursor 0 begins. Needs Workflow.Form.Read. */
[[nodiscard]] bool dingtalk_form_list(struct dingtalk *d, const char *userid, int64_t cursor,
				      struct arena *a, struct dingtalk_template_page *out,
				      struct err *e);

struct dingtalk_step {
	bool chosen; /* its approvers are chosen by the initiator */
	const char *const *userids;
	size_t count;
};

struct dingtalk_forecast {
	const struct dingtalk_step *steps;
	size_t count;
};

/* Files nothing. Needs Workflow.Instance.Write. Refused as a create would be, as far as DingTalk
 * looks. */
[[nodiscard]] bool dingtalk_form_forecast(struct dingtalk *d, const struct dingtalk_draft *draft,
					  struct arena *a, struct dingtalk_forecast *out,
					  struct err *e);
