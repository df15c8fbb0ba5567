/* OA approval, the calls under /v1.0/workflow: what comes in is checked here. Filing a form is in
 * workflow.c, what happens to it in approval.c, the forms themselves in template.c. */
#pragma once

#include "dingsim/call.h"

/* Files the form that c->in describes, as a create does; id is the new instance's. */
[[nodiscard]] bool workflow_start(struct call *c, const char **id, struct err *e);

/* A person by id; code is the fault when there is none, or userid is NULL or "". */
[[nodiscard]] bool workflow_person(struct call *c, const char *userid, const char *code,
				   struct person **out, struct err *e);

/* formComponentValues of c->in, checked; *out is for struct instance. */
[[nodiscard]] bool workflow_values(struct call *c, const struct form *form, const char **out,
				   struct err *e);

/* The person is among those who can initiate the form. */
[[nodiscard]] bool workflow_may_start(struct call *c, const struct form *form,
				      const struct person *who, bool *may, struct err *e);
