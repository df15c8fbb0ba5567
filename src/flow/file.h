/* What a filing stands on: the same for one that happens and for one that is only looked at. */
#pragma once

#include "flow/flow.h"
#include "model/form.h"
#include "store/applicant.h"
#include "store/instance.h"
#include "store/workflow.h"

struct flow_ground {
	struct policy policy;
	struct store_applicant who;
	struct store_workflow workflow;
	const struct form *form; /* NULL: built-in */
	const char *package, *reason;
};

/* Whether the workflow can serve the applicant: *why is NULL and the form chosen, else why not, in words. Needs
 * the snapshot. */
[[nodiscard]] bool flow_ground_serves(struct flow *f, struct flow_ground *g, const char **why,
				      struct err *e);
/* The workflow is the policy's, else its second one. ERR_FORBIDDEN, in words: neither, or no filing at all. */
[[nodiscard]] bool flow_ground_choose(struct flow *f, struct flow_ground *g, struct err *e);

/* The request as it is filed, but for its id. */
struct store_instance flow_ground_request(struct flow *f, const struct flow_ground *g,
					  int64_t number, bool by_root);

/* The policy's second workflow, when it can take over a pending request that DingTalk does not let its
 * applicant start: nobody is asked here yet. out->id NULL: it cannot. */
[[nodiscard]] bool flow_second(struct flow *f, const struct store_instance *i,
			       struct store_workflow *out, struct err *e);
/* It does. */
[[nodiscard]] bool flow_move(struct flow *f, const struct store_instance *i,
			     const struct store_workflow *to, struct err *e);
