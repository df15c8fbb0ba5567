/*
 * Devices that one person takes out of the policy's cover, by whatever way: counted in one place, over a day, so that
 * many small steps, or steps of several kinds, are one large. What two people did does not count.
 */
#pragma once

#include "flow/flow.h"
#include "model/policy_second.h"
#include "store/device.h"

/* after in the place of the present policy, with group (or NULL) in the place of the one with its id. */
struct flow_taking {
	const struct policy *now, *after;
	const struct group *group;
};
struct flow_taken {
	int64_t count; /* devices that are covered and would not be */
	int64_t
	    of_late; /* with those that were taken in the last day and would not be covered again either */
	const char **devices; /* ids of the first FLOW_TAKEN_MAX of count */
};
#define FLOW_TAKEN_MAX POLICY_SECOND_MAX_THRESHOLD /* more than these are never one person's */

/* Reads every device. By the user groups as they are stored, also when the flow's snapshot does not have them yet. */
[[nodiscard]] bool flow_taken_count(struct flow *f, const struct flow_taking *t,
				    struct flow_taken *out, struct err *e);
/* Inside the unit that takes them, where it needed no second person. */
[[nodiscard]] bool flow_taken_note(struct flow *f, const struct flow_taken *taken, struct err *e);

/*
 * Inside a unit of an administrator that takes this device out of the cover by hand. ERR_CONFLICT, in words: with
 * those that he released or took in the last day it would be more than one person may release. Needs the snapshot; a
 * device that is not protected does not count.
 */
[[nodiscard]] bool flow_taken_one(struct flow *f, const struct store_device *d, struct err *e);
