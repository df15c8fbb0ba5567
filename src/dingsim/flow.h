/* The approvers of a form or of a create, in order: [{"actionType":"AND"|"OR"|"NONE","userIds":[…]}]. */
#pragma once

#include "dingsim/form.h"
#include "dingsim/store.h"
#include "json/json.h"

#define FLOW_MAX_STEPS 20
#define FLOW_MAX_PEOPLE 20 /* in a step */
#define FLOW_MAX_CC 50

/* ERR_INVALID says what is wrong: the shape, a person who is no employee, NONE with several. */
[[nodiscard]] bool flow_check(struct store *s, const struct json *approvers, struct err *e);

/* Of a form's own flow: a step may, instead of userIds, have an actorKey, and then the originator
 * selects its approvers, from range when there is one (user ids). With when, {label, values}, the
 * flow goes through it only if the form's value of that select is one of these. */
[[nodiscard]] bool flow_check_form(struct store *s, const struct json *steps, struct err *e);

/* ERR_INVALID: a when names no select of the form, or no option of it. */
[[nodiscard]] bool flow_check_branches(const struct json *steps, const struct control *controls,
				       struct err *e);

/* values as form_values gives them, read. */
bool flow_takes(const struct json *step, const struct json *values);

struct flow_choice {
	const struct json *steps,
	    *selected;             /* a form's flow; targetSelectActioners, NULL: absent */
	const struct json *values; /* of the form */
	const char *flow;          /* out: JSON for struct instance */
	const char *fault;         /* out: the code of DingTalk's for wrong choices */
};

/* Fills the originator's choices in. false with fault: they are wrong; without: e says. */
[[nodiscard]] bool flow_select(struct store *s, struct flow_choice *choice, struct err *e);

bool flow_selects(const struct json *steps);  /* a step's approvers are selected */
bool flow_branches(const struct json *steps); /* a step has a when */

/* NULL in *out: they are not in the organisation. */
[[nodiscard]] bool flow_employed(struct store *s, const char *userid, struct person **out,
				 struct err *e);

/* Who does what the flow gives to userid: that person or, when they have left, the first of the
 * form's administrators who is there. NULL in *out: nobody. */
[[nodiscard]] bool flow_heir(struct store *s, const struct json *managers, const char *userid,
			     struct person **out, struct err *e);
