/* Approval workflows: saved as versions, refused to go while something needs them. */
#pragma once

#include "flow/flow.h"
#include "json/json.h"
#include "store/workflow.h"

struct flow_workflow {
	const char *name, *description, *app;
	struct json_list forms; /* of struct form */
	const char *by;         /* who saves it, for the record */
	/* store/workflow.h; they hold for waiting requests too. */
	const char *console_decision; /* NULL: WORKFLOW_CLOSE */
	bool carry_through_confirmed; /* who saves it says to know what carrying through shows */
	bool accept_automatic, notices;
};

/* Inside a unit. ERR_UNPROCESSABLE: a rule of forms (model/form.h), an app or a group that is not
 * there, carrying through that nobody has confirmed. ERR_CONFLICT: the name is taken. */
[[nodiscard]] bool flow_workflow_add(struct flow *f, const struct flow_workflow *w, const char **id,
				     struct err *e);
/* A new version; pending requests keep theirs. ERR_CONFLICT also: another app while it is used. */
[[nodiscard]] bool flow_workflow_change(struct flow *f, const char *id,
					const struct flow_workflow *w, struct err *e);
/* ERR_CONFLICT: the policy or a pending request uses it. */
[[nodiscard]] bool flow_workflow_remove(struct flow *f, const char *id, struct err *e);
