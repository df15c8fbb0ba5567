/* The facts of a connection test, gathered: what DingTalk says, what our own rows say. Reads only. */
#pragma once

#include "jobs/job.h"
#include "model/doctor.h"
#include "store/workflow.h"

#define DOCTOR_NOBODY "holdfast-doctor" /* a userid that is nobody's */
#define DOCTOR_LONGEST_MS 120000        /* after that no further call is made */

struct exam {
	struct job *job; /* NULL: nobody waits for its end but who asked */
	struct arena *arena;
	struct dingtalk *dingtalk;
	const struct store_workflow *workflow;
	int64_t end_ms; /* monotonic */
	bool gone;      /* a call did not get through: further ones would not either */
	struct doctor_facts facts;
};

/* Whether a further call may be made. */
bool exam_goes_on(const struct exam *x);

/* Whether there is a token, and one for the CorpId, which is a fact alone; false: nothing else needs to be asked. */
bool exam_token(struct exam *x);

/* What the app sees of the organisation. */
void exam_contacts(struct exam *x);

/* How the last call on x->dingtalk went; e is what it said when it was not ok. */
struct doctor_call exam_call(struct exam *x, bool ok, const struct err *e);

/* Fills x->facts.forms; text of workflow->forms is read here. */
[[nodiscard]] bool exam_forms(struct exam *x, struct err *e);
