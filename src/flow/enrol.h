/*
 * A device becomes one of ours: it asks with its public key, a signed-in person allows it, it comes
 * back with its signature (RFC 8628). Each inside a unit.
 */
#pragma once

#include "crypto/crypto.h"
#include "flow/flow.h"
#include "store/device.h"
#include "store/enrolment.h"

#define FLOW_ENROL_EXPIRES_MS 600000
#define FLOW_ENROL_INTERVAL_MS 2000
#define FLOW_ENROL_MAX_OPEN 20000       /* waiting for somebody, at all */
#define FLOW_ENROL_MAX_OPEN_ADDRESS 200 /* from one address: a building may share one */
#define FLOW_DEVICE_CODE_SIZE 44

/* The texts of en are the device's own, checked (model/enrolment.h); key and address too. Fills in
 * the rest. ERR_TOO_MANY. */
[[nodiscard]] bool flow_enrol_ask(struct flow *f, struct store_enrolment *en,
				  char device_code[static FLOW_DEVICE_CODE_SIZE], struct err *e);

/* A person answers. ERR_CONFLICT: somebody was quicker. */
[[nodiscard]] bool flow_enrol_decide(struct flow *f, const struct store_enrolment *en,
				     const char *person, bool allow, struct err *e);

enum flow_enrol_outcome {
	ENROL_READY, /* *d is the device, with its statement. Again the same until the code expires */
	ENROL_PENDING,
	ENROL_SLOW_DOWN,
	ENROL_DENIED,
	ENROL_EXPIRED,
	ENROL_UNKNOWN /* no such code, or not by the key that asked */
};

/* signature: by the device key over "holdfast-token\n<device_code>". Needs signer and snapshot. */
[[nodiscard]] bool flow_enrol_redeem(struct flow *f, const char *device_code,
				     const unsigned char signature[CRYPTO_SIGNATURE_SIZE],
				     enum flow_enrol_outcome *out, struct store_device *d,
				     struct err *e);
