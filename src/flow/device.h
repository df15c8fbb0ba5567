/* What a device is told about requests and grants, and what it tells. */
#pragma once

#include "flow/flow.h"
#include "json/json.h"

/* Writes the member "view" of the sync answer (docs/api.md, View). */
struct flow_owner {
	const char *device, *id, *name;
	const char *session_end; /* "" while signed in; NULL: as "" */
	int64_t session_ended_ms;
	const char *state; /* of the device; NULL: active */
	bool stays_signed_in;
};
[[nodiscard]] bool flow_device_view(struct db *db, struct arena *a, const struct flow_owner *owner,
				    int64_t now_ms, struct json_writer *w, struct err *e);

/* Its member "session", which it has only while that has ended. */
void flow_session_view(const struct flow_owner *owner, struct json_writer *w);

/* The view's member "instance"; id NULL writes null. grant: its own; NULL: it has none. */
struct store_instance;
struct store_grant;
void flow_instance_view(struct arena *a, const struct store_instance *i,
			const struct store_grant *grant, struct json_writer *w);

#define FLOW_MAX_GRANTS 32 /* that a device is told about, and may name */

struct flow_held {
	const char *const *held; /* grant ids that the device holds */
	size_t held_count;
	const char *const *revoked; /* and those it has entered in its ledger as revoked */
	size_t revoked_count;
};

struct flow_grants {
	const char *jws[FLOW_MAX_GRANTS]; /* live ones that it does not hold */
	size_t jws_count;
	const char *revoke[FLOW_MAX_GRANTS]; /* to be entered in its ledger */
	size_t revoke_count;
	bool news; /* held or revoked say what we did not know: flow_device_told */
};

/* Reads only. */
[[nodiscard]] bool flow_device_grants(struct db *db, struct arena *a, const char *device,
				      const struct flow_held *held, struct flow_grants *out,
				      struct err *e);

/* Inside a unit: grants held become delivered, call-backs confirmed. */
[[nodiscard]] bool flow_device_told(struct flow *f, const char *device,
				    const struct flow_held *held, struct err *e);

/* Inside a unit: the device let a removal through with this grant. An unknown or foreign one goes into
 * the record. at_ms is the device's clock. */
[[nodiscard]] bool flow_receipt_consumed(struct flow *f, const char *device, const char *grant,
					 int64_t at_ms, struct err *e);
