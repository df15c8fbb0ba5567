/* Who stands behind a device, as a filing needs to know it, and names for DingTalk's userids. */
#pragma once

#include "db/db.h"

struct store_applicant {
	const char *device, *device_name, *os, *macs, *client_version;
	const unsigned char *key; /* Ed25519 public key of the device, 32 bytes */
	const char *person, *name, *app, *userid;
	bool departed;
	const char *session_end;     /* "" while he is signed in on the device */
	const char *department;      /* DingTalk's id of the main department, "1" without any */
	const char *department_name; /* "" without any */
};

/* ERR_NOT_FOUND: no such device. */
[[nodiscard]] bool store_applicant_get(struct db *db, struct arena *a, const char *device,
				       struct store_applicant *out, struct err *e);

/* A person as if filing on the device, whoever owns that; device NULL: what a device says is NULL. ERR_NOT_FOUND:
 * no such person, no such device. */
[[nodiscard]] bool store_applicant_as(struct db *db, struct arena *a, const char *person,
				      const char *device, struct store_applicant *out,
				      struct err *e);

/* *name is NULL for somebody we do not know. */
[[nodiscard]] bool store_applicant_name(struct db *db, struct arena *a, const char *app,
					const char *userid, const char **name, struct err *e);
