/* Approval workflows: saved as versions, refused to go while something needs them. */
#pragma once

#include "flow/flow.h"
#include "json/json.h"
#include "model/approval.h"
#include "store/workflow.h"

struct flow_workflow {
	const char *name, *description;
	const char *type;                         /* NULL: WORKFLOW_DINGTALK */
	const char *app;                          /* of a DingTalk workflow */
	struct json_list forms;                   /* of struct form */
	const struct approval_fallback *fallback; /* of a DingTalk workflow; NULL: none */
	const struct approval_levels *levels;     /* of a built-in workflow */
	/* Of a DingTalk workflow, store/workflow.h; they hold for waiting requests too. */
	const char *console_decision; /* NULL: WORKFLOW_CLOSE */
	bool carry_through_confirmed; /* who saves it says to know what carrying through shows */
	bool accept_automatic, notices;
};

/*
 * Inside a unit. ERR_UNPROCESSABLE: a rule of forms (model/form.h) or levels (model/approval.h), an app,
 * group or account that is not there, carrying through that nobody has confirmed, levels that end at
 * nobody who was named. ERR_CONFLICT: the name is taken.
 */
[[nodiscard]] bool flow_workflow_add(struct flow *f, const struct flow_workflow *w, const char **id,
				     struct err *e);
/* Made from was (NULL: whatever there is), ERR_STALE when that is not so any more. Other forms or levels make
 * a new version; pending requests keep theirs. ERR_CONFLICT also: another type; another app while it is used. */
[[nodiscard]] bool flow_workflow_change(struct flow *f, const char *id,
					const struct store_workflow *was,
					const struct flow_workflow *w, struct err *e);
/* What saving it would store, checked as saving does, and not stored; app may be "": not entered yet. */
[[nodiscard]] bool flow_workflow_draft(struct flow *f, const struct flow_workflow *w,
				       struct store_workflow *out, struct err *e);
/* Of a built-in one, by this name. ERR_UNPROCESSABLE: it is a DingTalk workflow. */
[[nodiscard]] bool flow_workflow_copy(struct flow *f, const char *id, const char *name,
				      const char **copy, struct err *e);
/* ERR_CONFLICT: the policy or a pending request uses it. Its app stays. */
[[nodiscard]] bool flow_workflow_remove(struct flow *f, const struct store_workflow *was,
					struct err *e);

/* Who needs it. */
struct flow_workflow_use {
	bool policy; /* chosen for filing */
	bool second; /* chosen for people whom the first cannot serve */
	int64_t pending;
};
[[nodiscard]] bool flow_workflow_use(struct flow *f, const struct policy *policy, const char *id,
				     struct flow_workflow_use *out, struct err *e);
