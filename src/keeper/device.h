/*
 * Who this device is: the files that enrolment writes once and that nothing changes afterwards.
 * Enrolling and leaving touch many files; each begins with one file that says what is to be done,
 * and whatever ends the process, the next device_load does the rest.
 */
#pragma once

#include <sys/types.h>

#include "grant/anchor.h"
#include "grant/statement.h"
#include "keeper/paths.h"

enum device_standing {
	DEVICE_NEW, /* never enrolled */
	DEVICE_ENROLLED,
	DEVICE_TAMPERED /* enrolled, but anchor, key or ledger is missing or does not read */
};

struct device {
	const struct paths *paths;
	struct arena arena;
	enum device_standing standing;
	bool known;        /* anchor and key are there: it can speak with its server */
	const char *wrong; /* what was found amiss, NULL: nothing */
	struct anchor anchor;
	struct crypto_keypair key;
	char thumbprint[CRYPTO_THUMBPRINT_SIZE];
	struct device_identity identity;
	bool has_owner;
	uid_t owner_uid;
	const char *owner_id; /* the user's id in the organisation */
};

/* What the server answered to the enrolment, and who asked for it. */
struct enrolment {
	const char *org, *device;
	const char *root; /* base64url */
	const char *keys, *statement;
	uid_t uid;
	/* What an enrolled device holds already, or NULL: a poll may have brought a newer one meanwhile. */
	const struct statement *held;
	const char *held_text;
};

/* Makes the folders, finishes what was begun, reads. False only when the disk refuses; tampering is
 * a standing. */
[[nodiscard]] bool device_load(struct device *d, const struct paths *paths, struct err *e);

/* Verifies everything against the root that comes with it, writes all of it and loads the device.
 * Once it has begun to write, a failure is made good by the next device_load. A device that is enrolled takes
 * it only from its own organisation, under the root that it has pinned, and not an older statement of the same
 * identity; its ledger goes on, and the same owner keeps his login. */
[[nodiscard]] bool device_enrol(struct device *d, const struct crypto_keypair *key,
				const struct enrolment *enrolment, struct err *e);

/* Forgets the enrolment: key, mark, state, everything in the state folder. */
[[nodiscard]] bool device_leave(struct device *d, struct err *e);

void device_done(struct device *d);
