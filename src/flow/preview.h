/* A filing looked at before it happens: whom it would ask, through what, until when. By the functions that a
 * filing itself uses; nothing is stored. Needs the snapshot. */
#pragma once

#include "flow/flow.h"
#include "model/form.h"
#include "store/workflow.h"

struct flow_preview_ask {
	const struct store_workflow *workflow; /* saved, or a draft */
	const char *person;
	const char *device;  /* NULL: none; what a device says is left out */
	const char *package; /* NULL: the client itself */
	const char *reason;  /* as typed */
};

struct flow_preview_account {
	const char *id, *name;
};

struct flow_preview_task {
	struct flow_preview_account account;
	const char *kind;                            /* task_kind_name */
	const char *state;                           /* open, skipped */
	const char *skipped;                         /* applicant, gone; NULL: he is asked */
	const struct flow_preview_account *delegate; /* who is told in his place, NULL: himself */
};

struct flow_preview_level {
	int64_t level;
	const char *name, *mode; /* name NULL: it has only its number */
	struct json_list tasks;  /* of struct flow_preview_task */
};

struct flow_preview_dingtalk {
	const char *app, *process_code;
	const char *form; /* as DingTalk called it at the last connection test; NULL: not known */
	const char *originator, *originator_department; /* as of struct store_instance */
	struct json_list values;                        /* of struct form_value, as they are sent */
};

struct flow_preview {
	bool serves;
	const char *why_not;                          /* NULL: it serves this person */
	const struct flow_preview_dingtalk *dingtalk; /* NULL: built-in, or it does not serve */
	struct json_list levels; /* of struct flow_preview_level; of DingTalk: the one beside it */
	int64_t levels_ms;       /* when the first of them opens; 0: there is none */
	int64_t nobody_at;       /* the level in which nobody at all could be asked; 0: none */
	int64_t expires_ms;
	/* Where a filing of this person goes at present. */
	struct flow_preview_account filing; /* a workflow; id NULL: nowhere */
	const char *filing_why_not;
};

/* ERR_NOT_FOUND: no such person or device. ERR_UNPROCESSABLE: reason or package. */
[[nodiscard]] bool flow_preview(struct flow *f, const struct flow_preview_ask *ask,
				struct flow_preview *out, struct err *e);
