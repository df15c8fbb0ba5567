/* Grants: issued when an instance is approved, one each, bound to the device's key of that moment. */
#pragma once

#include "flow/flow.h"
#include "store/grant.h"
#include "store/instance.h"

[[nodiscard]] bool flow_grant_issue(struct flow *f, const struct store_instance *i, struct err *e);

/* Inside a unit: handed to an administrator (by, in a reader's words), who carries it to the device. ERR_CONFLICT: there
 * is none, it cannot be used any more, or a code that was read out stands for it. */
[[nodiscard]] bool flow_grant_export(struct flow *f, const char *instance, const char *by,
				     struct store_grant *out, struct err *e);

/* The device is back without having used the offline code that stood for this grant: one of its own takes its place,
 * good until exp_ms (0: until used). */
[[nodiscard]] bool flow_grant_renew(struct flow *f, const struct store_grant *g, int64_t exp_ms,
				    struct err *e);

/* Its time is over; nothing happens when it is not live any more. */
[[nodiscard]] bool flow_grant_lapse(struct flow *f, const struct store_grant *g, struct err *e);
/* Taken back; why is for the record. */
[[nodiscard]] bool flow_grant_cancel(struct flow *f, const struct store_grant *g, const char *why,
				     struct err *e);
/* By an administrator, whose name and reason (as typed) the employee is told: the device is asked not to use
 * it, and may have been quicker. Nothing happens when it is called back already. ERR_CONFLICT: no grant, or
 * too late. ERR_UNPROCESSABLE: the reason. */
[[nodiscard]] bool flow_grant_revoke(struct flow *f, const char *instance, const char *by,
				     const char *reason, struct err *e);
/* Inside a unit: the device says that it has entered in its ledger that this one is not to be used. */
[[nodiscard]] bool flow_grant_confirmed(struct flow *f, const struct store_grant *g, struct err *e);
/* The approval it stands on was withdrawn in DingTalk: taken back, or on record when it is too late. */
[[nodiscard]] bool flow_grant_withdrawn(struct flow *f, const struct store_instance *i,
					const char *by, struct err *e);
/* The device holds it, or has used it, at a time by its own clock. */
[[nodiscard]] bool flow_grant_fetched(struct flow *f, const struct store_grant *g, struct err *e);
[[nodiscard]] bool flow_grant_consumed(struct flow *f, const struct store_grant *g, int64_t at_ms,
				       struct err *e);
