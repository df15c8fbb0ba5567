/* What a change of the policy means, for people. */
#pragma once

#include "ctl/ctl.h"

/* What such a body would change; asks the server. The etag for the next change stays. */
[[nodiscard]] bool policy_preview(struct ctl *c, const struct json *body, const struct json **out,
				  struct err *e);
/* The member covered of a preview; people or devices with a title, unless there are none. */
void policy_print_covered(struct ctl *c, const struct json *preview);
void policy_print_sample(struct ctl *c, const char *title, const struct json *some);
void policy_print_preview(struct ctl *c, const struct json *preview);

/* A preview of a user group (ctl/group.c). */
void group_print_preview(struct ctl *c, const struct json *answer);
/* Why a second administrator has to confirm it; nothing when there is no why. */
void policy_print_seconds(struct ctl *c, const struct json *list);

/* True, and says so, when the answer of a change is that it waits for a second administrator. */
bool policy_print_proposal(struct ctl *c, const struct json *answer);

/* Proposals that who asks may confirm or refuse. */
[[nodiscard]] bool policy_count_waiting(struct ctl *c, int64_t *out, struct err *e);
