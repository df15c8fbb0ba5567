/* The record of what happened: one event for everything that changes something, written by the unit
 * that changes it, hashed into its server's chain (docs/audit.md). */
#pragma once

#include "flow/flow.h"
#include "store/instance.h"

/* Texts are borrowed. */
struct flow_event {
	const char *kind;               /* "policy-changed" */
	const char *object, *object_id; /* what it is about, "policy", and which; or NULL */
	const char *device, *instance;  /* ids or NULL */
	const char *text;               /* one line for a reader; NULL: none */
	const char *detail;             /* JSON: before and after, no secrets; or NULL */
	const struct flow_actor *actor; /* NULL: the flow's */
};

#define FLOW_MAX_RECORD (256 * 1024) /* bytes of one record */

/* The unit must fail when this does: nothing changes without a record. ERR_TOO_LARGE over
 * FLOW_MAX_RECORD. */
[[nodiscard]] bool flow_event(struct flow *f, const struct flow_event *event, struct err *e);

/* The system, or somebody by name, at the flow's address and in its request. */
struct flow_actor flow_system(const struct flow *f);
struct flow_actor flow_somebody(const struct flow *f, const char *kind, const char *id,
				const char *name);

/* Adds an event to the instance's record and wakes its device. actor "": the system; the flow's own
 * actor when it has that name; else the applicant or somebody in DingTalk. */
[[nodiscard]] bool flow_record(struct flow *f, const struct store_instance *i, const char *kind,
			       const char *actor, const char *text, struct err *e);
