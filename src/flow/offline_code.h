/*
 * Offline codes on the server's side (docs/offline.md): what a device is given at its check-ins, and what an
 * administrator is told of it. A revealed code's grant takes the place of the request's own until the device
 * checks in again.
 */
#pragma once

#include "flow/flow.h"
#include "flow/release.h"
#include "grant/offline.h"
#include "model/offline.h"
#include "store/device.h"
#include "store/offline_code.h"

/* --- what a device gets --- */

/* Reads only. *body: the set's JSON, where it is to be sent. */
[[nodiscard]] bool flow_offline_look(struct db *db, struct arena *a, const struct store_device *d,
				     const char *told, int64_t now_ms, enum offline_step *out,
				     const char **body, struct err *e);

/* Inside a unit, after flow_device_told: the device says that it has this set. What was revealed of the sets before
 * and is not on the device ends with them: the request has a grant of its own again. */
[[nodiscard]] bool flow_offline_told(struct flow *f, const struct store_device *d, const char *told,
				     struct err *e);

/* A set in the making: outside of a unit, since each of its codes takes a while. The arena holds it all. */
struct flow_offline_made {
	const char *after; /* the newest set when it was made; NULL: there was none */
	struct store_offline_set set;
	struct store_offline_code codes[OFFLINE_CODES];
};
[[nodiscard]] bool flow_offline_make(struct flow *f, const unsigned char *master,
				     const struct store_device *d,
				     const struct store_offline_set *newest,
				     struct flow_offline_made *out, struct err *e);
/* Inside a unit. Nothing happens when the device is another's by now, or another server was quicker. Wakes it. */
[[nodiscard]] bool flow_offline_add(struct flow *f, const struct flow_offline_made *made,
				    struct err *e);

/* --- what an administrator is told --- */

/* One of instance and reason. */
struct flow_offline_order {
	const char *device;
	const char *device_code; /* as typed: what the device shows */
	int64_t index;
	const char *instance; /* an approved request of the device */
	const char *reason;   /* as typed: one is made in the employee's place, as by a release */
};

struct flow_offline_revealed {
	char code[OFFLINE_CODE_SIZE]; /* to be wiped */
	int64_t exp_ms;
	const char *instance;
};

/*
 * Needs snapshot and signer. ERR_UNPROCESSABLE: the device code, the index, the reason. ERR_CONFLICT, in words: the
 * device's state, the code was revealed before, the request has no grant that it could stand for, a second
 * administrator is needed, it is his own computer.
 */
[[nodiscard]] bool flow_offline_reveal(struct flow *f, const unsigned char *master,
				       const struct flow_releaser *by,
				       const struct flow_offline_order *order,
				       struct flow_offline_revealed *out, struct err *e);
