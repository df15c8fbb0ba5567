/*
 * Whose a device is, after it was enrolled: whether its person is signed in there. Nothing of it takes
 * protection away: that follows the owner, or whom it is held for (store/ownership.h), signed in or not.
 * Inside a unit.
 */
#pragma once

#include "flow/flow.h"

/* Why nobody is signed in on a device, as store_device's session_end has it. */
#define SESSION_SIGNED_OUT "signed-out" /* by the person on the device, or by an administrator */
#define SESSION_EXPIRED "expired"
#define SESSION_DEPARTED "departed"
#define SESSION_CLONED "cloned" /* a copy of another device: somebody has to say whose it is */

/* Nothing can be filed there until somebody signs in again; the device is told and it is recorded.
 * Nothing happens when it had ended before. */
[[nodiscard]] bool flow_device_session_end(struct flow *f, const char *device, const char *why,
					   struct err *e);

/* Whether the policy keeps the person on the device from signing out. */
struct store_device;
bool flow_device_stays_signed_in(const struct snapshot *snapshot, const struct store_device *d);

/* The person on the device asks for it. ERR_FORBIDDEN: the policy keeps people from signing out where it covers
 * them. Needs the snapshot. */
[[nodiscard]] bool flow_device_sign_out(struct flow *f, const char *device, struct err *e);

/* On all devices that the person owns. */
[[nodiscard]] bool flow_person_sessions_end(struct flow *f, const char *person, const char *why,
					    struct err *e);

/* The words for who wants to file there; NULL while somebody is signed in. */
const char *flow_session_words(const char *session_end);

/*
 * An administrator's answer to a change of owner that waits: confirm, and what holds follows the owner; refuse,
 * and the device stays protected as before until somebody confirms after all or its owner is covered. Needs
 * signer and snapshot. ERR_NOT_FOUND; ERR_CONFLICT: nothing waits, or it is refused already; ERR_FORBIDDEN: by
 * the new owner himself.
 */
#define OWNER_MAX_COMMENT 500 /* code points */
struct flow_owner_answer {
	const char *device;
	bool confirm;
	const char *comment; /* "": none */
	const char *person; /* whom the administrator's account is in the directory; NULL: nobody */
	int64_t version;    /* of the device that the administrator saw; 0: any, else ERR_STALE */
};
[[nodiscard]] bool flow_owner_answer(struct flow *f, const struct flow_owner_answer *a,
				     struct err *e);
