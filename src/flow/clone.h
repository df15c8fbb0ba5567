/*
 * One identity alive on two machines. Every process that polls as a device names itself by chance; one machine
 * starts new ones and never comes back to an old one, so who comes back is one of two. The machine that was
 * there later is told to take an identity of its own, in an entry beside the first one's, with the same owner and
 * the same protection; nobody is signed in there. Inside a unit.
 */
#pragma once

#include "crypto/crypto.h"
#include "flow/flow.h"
#include "store/device.h"
#include "store/enrolment.h"

#define FLOW_RUN_MAX 64                      /* characters of a name */
#define FLOW_CLONE_WINDOW_MS INT64_C(600000) /* what comes back later is forgotten */
#define FLOW_CLONES_MAX \
	16 /* until it is settled: entries of one device; processes told to take one */
#define FLOW_CLONE_RETURNS 2 /* one may be a snapshot of a virtual machine */

/* Another process than d->run polls as the device. *d is kept up. */
struct flow_run {
	const char *run, *hardware, *address;
};
[[nodiscard]] bool flow_clone_run(struct flow *f, struct store_device *d, const struct flow_run *r,
				  struct err *e);

/* The copy takes a key of its own: en has key, hardware and what the machine says of itself. signature: by that
 * key over "holdfast-split\n<device>\n<key>". *out is its entry, with its statement. Needs signer and snapshot.
 * ERR_FORBIDDEN: nobody told it to. ERR_TOO_MANY. */
[[nodiscard]] bool flow_clone_split(struct flow *f, const char *device, const char *run,
				    const struct store_enrolment *en,
				    const unsigned char signature[CRYPTO_SIGNATURE_SIZE],
				    struct store_device *out, struct err *e);

/* Who signs in has one of the keys that the device had before it was installed anew: reading only. */
[[nodiscard]] bool flow_clone_had_key(struct db *db, struct arena *a, const char *device,
				      const void *text, size_t n,
				      const unsigned char signature[CRYPTO_SIGNATURE_SIZE],
				      bool *out, struct err *e);
/* The machine that it was taken from is alive, at this address: flagged and recorded, once a day. */
[[nodiscard]] bool flow_clone_old_key(struct flow *f, const char *device, const char *address,
				      struct err *e);

/* An administrator has looked into it; who is still there as a copy is found again. ERR_CONFLICT: there is nothing to settle. */
[[nodiscard]] bool flow_clone_settle(struct flow *f, const char *device, struct err *e);
