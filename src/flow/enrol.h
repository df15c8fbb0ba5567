/*
 * A device becomes one of ours: it asks with its public key, a signed-in person allows it, it comes
 * back with its signature (RFC 8628). Each inside a unit.
 */
#pragma once

#include "crypto/crypto.h"
#include "flow/flow.h"
#include "model/enrolment.h"
#include "store/device.h"
#include "store/enrolment.h"
#include "store/enrolment_token.h"

#define FLOW_ENROL_EXPIRES_MS 600000
#define FLOW_ENROL_INTERVAL_MS 2000
#define FLOW_ENROL_MAX_OPEN 20000       /* waiting for somebody, at all */
#define FLOW_ENROL_MAX_OPEN_ADDRESS 200 /* from one subscriber: a building may share an address */
#define FLOW_DEVICE_CODE_SIZE 44

/* The texts of en are the device's own, checked (model/enrolment.h); key and address too. token: the
 * enrolment token that it came with (flow/enrolment_token.h) or NULL: its owner allows it then. Fills in the
 * rest. ERR_TOO_MANY. */
[[nodiscard]] bool flow_enrol_ask(struct flow *f, struct store_enrolment *en,
				  const struct store_enrolment_token *token,
				  char device_code[static FLOW_DEVICE_CODE_SIZE], struct err *e);

/* Whose the device that asks is now; owner NULL: nobody's, or an administrator took it from him. refusal: why
 * it cannot become the person's, or NULL. */
struct flow_enrol_present {
	const char *owner, *owner_name;
	const struct enrolment_refusal *refusal;
};
[[nodiscard]] bool flow_enrol_present(struct flow *f, const struct store_enrolment *en,
				      const char *person, struct flow_enrol_present *out,
				      struct err *e);

/* A person answers. ERR_CONFLICT: somebody was quicker; allowing also fails as flow_enrol_present's refusal
 * says. */
[[nodiscard]] bool flow_enrol_decide(struct flow *f, const struct store_enrolment *en,
				     const char *person, bool allow, struct err *e);

enum flow_enrol_outcome {
	ENROL_READY, /* device is there, with its statement. Again the same until the code expires */
	ENROL_PENDING,
	ENROL_SLOW_DOWN,
	ENROL_DENIED,
	ENROL_EXPIRED,
	ENROL_UNKNOWN /* no such code, or not by the key that asked */
};

struct flow_enrolled {
	enum flow_enrol_outcome outcome;
	const struct enrolment_refusal *why; /* ENROL_DENIED by a rule; NULL: by the person */
	struct store_device device;
};

/*
 * signature: by the device key over "holdfast-token\n<device_code>". Needs signer and snapshot.
 *
 * The same key is the same device: its person signs in again, or another takes it over (switching). A new key
 * is the same device too when the machine is recognised, the same person signs in and the entry is not alive:
 * it was installed anew. Everything else is a new entry: nobody gets at another's by what a machine says.
 * A new owner who is not covered leaves it covered as it was, until an administrator confirms
 * (store_device's held_for).
 */
[[nodiscard]] bool flow_enrol_redeem(struct flow *f, const char *device_code,
				     const unsigned char signature[CRYPTO_SIGNATURE_SIZE],
				     struct flow_enrolled *out, struct err *e);
