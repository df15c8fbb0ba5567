/* A workflow as a body has it, for the routes that save one and the one that only looks at it. */
#pragma once

#include "flow/app.h"
#include "flow/workflow.h"
#include "web/request.h"

struct workflow_input {
	struct flow_workflow workflow;
	struct flow_app *credentials;    /* NULL: app names one */
	struct approval_levels approval; /* no levels: absent */
};

/* For json_read of struct workflow_input, which workflow_input_default has prepared. */
extern const struct json_field workflow_create_json[];
void workflow_input_default(struct workflow_input *in);

/* What the table cannot say: ERR_INVALID, ERR_UNPROCESSABLE. */
[[nodiscard]] bool workflow_input_check(struct request *r, struct workflow_input *in,
					struct err *e);
