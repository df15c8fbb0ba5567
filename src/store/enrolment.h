/* Device authorizations under way (RFC 8628). */
#pragma once

#include "db/db.h"

enum enrolment_state {
	ENROLMENT_PENDING,
	ENROLMENT_ALLOWED, /* by a person; the device has not come back yet */
	ENROLMENT_DENIED,
	ENROLMENT_USED /* the device exists */
};

struct store_enrolment {
	const char *id, *user_code;
	enum enrolment_state state;
	unsigned char key[32]; /* the device's public key */
	const char *hostname, *os, *macs, *client_version;
	const char *address;    /* where it was asked from … */
	const char *subscriber; /* … and whose that is (model/proxy.h); not read back */
	int64_t created_ms, expires_ms;
	int64_t interval_ms, polled_ms;
	const char *person;   /* NULL while pending */
	const char *device;   /* NULL until used */
	const char *hardware; /* what the machine is recognised by; "" when it does not say */
	bool switching;       /* whoever signs in takes the device over from its owner */
	const char *token;    /* id of the enrolment token that it was asked for with, or NULL */
};

/* code: SHA-256 of the device code. state, person and token as they are given. ERR_CONFLICT when the user
 * code is taken. */
[[nodiscard]] bool store_enrolment_add(struct db *db, const struct store_enrolment *en,
				       const unsigned char code[32], struct err *e);

/* Also when it has expired; ERR_NOT_FOUND. */
[[nodiscard]] bool store_enrolment_by_code(struct db *db, struct arena *a,
					   const unsigned char code[32],
					   struct store_enrolment *out, struct err *e);
/* Pending ones that have not expired. ERR_NOT_FOUND. */
[[nodiscard]] bool store_enrolment_by_user_code(struct db *db, struct arena *a,
						const char *user_code, int64_t now_ms,
						struct store_enrolment *out, struct err *e);

[[nodiscard]] bool store_enrolment_polled(struct db *db, const char *id, int64_t interval_ms,
					  int64_t now_ms, struct err *e);
/* From pending only: ERR_CONFLICT when somebody was quicker. */
[[nodiscard]] bool store_enrolment_decide(struct db *db, const char *id, bool allow,
					  const char *person, struct err *e);
/* Allowed by the person, but not by a rule. */
[[nodiscard]] bool store_enrolment_refuse(struct db *db, const char *id, struct err *e);
[[nodiscard]] bool store_enrolment_used(struct db *db, const char *id, const char *device,
					struct err *e);

/* How many wait: for an answer, or for their device to come back. */
struct store_enrolments_open {
	int64_t from_subscriber, total;
};
[[nodiscard]] bool store_enrolment_open(struct db *db, const char *subscriber, int64_t now_ms,
					struct store_enrolments_open *out, struct err *e);
/* Forgets what expired before. */
[[nodiscard]] bool store_enrolment_purge(struct db *db, int64_t before_ms, struct err *e);
