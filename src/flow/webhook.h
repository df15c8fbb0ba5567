/*
 * Outgoing webhooks: kept, told of, sent and signed (Standard Webhooks 1.0.0). What is told is a row
 * written in the unit of what it tells; a job begins a delivery in one unit, calls outside of any, and
 * ends it in another. Whatever kills the program in between, it is sent again under the same id.
 */
#pragma once

#include "base/id.h"
#include "crypto/crypto.h"
#include "flow/flow.h"
#include "store/webhook.h"

#define FLOW_WEBHOOK_LEASE_MS 60000 /* longer than a try takes */

/* As somebody enters it. */
struct flow_webhook {
	const char *name, *description, *url;
	const char *const *events; /* of model/webhook.h */
	size_t event_count;
	bool enabled;
};

/* Inside a unit. *secret is "whsec_…" in the arena, to be shown once. ERR_UNPROCESSABLE: too many;
 * ERR_CONFLICT: the name. The caller has checked the rest (form, url). */
[[nodiscard]] bool flow_webhook_add(struct flow *f,
				    const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
				    const struct flow_webhook *in, struct store_webhook *out,
				    const char **secret, struct err *e);
/* w: as it was read, with what is to be otherwise. Enabling forgets the failures. */
[[nodiscard]] bool flow_webhook_change(struct flow *f, struct store_webhook *w,
				       const struct flow_webhook *to, struct err *e);
[[nodiscard]] bool flow_webhook_remove(struct flow *f, const char *id, struct err *e);
/* The secret before signs too for WEBHOOK_GRACE_MS. */
[[nodiscard]] bool flow_webhook_rotate(struct flow *f,
				       const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
				       const char *id, const char **secret, struct err *e);

/* Sends something that means nothing. ERR_CONFLICT: it is disabled. *delivery is its id. */
[[nodiscard]] bool flow_webhook_test(struct flow *f, const char *id, const char **delivery,
				     struct err *e);
/* One delivery, or with NULL all that were given up since. ERR_NOT_FOUND; ERR_CONFLICT: it is being
 * tried just now. */
[[nodiscard]] bool flow_webhook_replay(struct flow *f, const char *id, const char *delivery,
				       int64_t since_ms, int64_t *count, struct err *e);

/* Inside the unit in which it happened: writes a row for each webhook that wants to hear of it. kind, text,
 * device and instance are the event's in the record. */
struct flow_webhook_fact {
	const char *kind;
	const char *object, *object_id; /* of the record; or NULL */
	const char *device, *instance;  /* ids or NULL */
	const char *text;               /* told of alarms, of what waits for a word and of owners */
};
[[nodiscard]] bool flow_webhook_tell(struct flow *f, const struct flow_webhook_fact *fact,
				     struct err *e);

/* --- sending --- */

struct flow_webhook_sending {
	struct store_webhook webhook;
	struct store_webhook_delivery delivery; /* id NULL: nothing was due after all */
	char lease[ID_SIZE];
};
[[nodiscard]] bool flow_webhook_begin(struct flow *f, const char *webhook, const char *node,
				      struct flow_webhook_sending *out, struct err *e);

/* The value of webhook-signature for this moment: one signature for each secret that is good. */
[[nodiscard]] bool flow_webhook_sign(struct arena *a,
				     const unsigned char master[CRYPTO_SEAL_KEY_SIZE],
				     const struct flow_webhook_sending *s, int64_t now_ms,
				     const char **signature, struct err *e);

struct flow_webhook_outcome {
	int64_t status;    /* of the answer; 0: none */
	const char *error; /* NULL: it arrived */
	bool gone;         /* the receiver wants nothing any more (410) */
	uint32_t chance;   /* a random number: makes the waiting time */
};
[[nodiscard]] bool flow_webhook_end(struct flow *f, const struct flow_webhook_sending *s,
				    const struct flow_webhook_outcome *outcome, struct err *e);
