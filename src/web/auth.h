/* Who is asking: an account in a browser, an API token, a device's bearer token. */
#pragma once

#include "base/id.h"
#include "web/request.h"

#define DEVICE_TOKEN_MS ((int64_t)3600 * 1000)
#define DEVICE_CHALLENGE_MS 60000
#define DEVICE_CLAIM_SIZE 192 /* room for the text of either and its NUL */

/* Fills r->caller, or refuses as r->route->access has it. */
[[nodiscard]] bool auth_check(struct request *r, struct err *e);

/* Notes that token or session was used, at most once a minute. On the loop's thread. */
void auth_seen(struct request *r);

/* By what somebody is let in for longer than an answer takes. */
struct auth_standing {
	bool session;     /* else a token */
	char id[ID_SIZE]; /* of that */
};

/* Of r->caller, who is no device. */
void auth_standing(const struct request *r, struct auth_standing *out);

/* Whether it still lets in: *stands is false once the session has ended or expired, the token was revoked or has
 * expired, the account was disabled or deleted, or has lost the role that the token is for. */
[[nodiscard]] bool auth_stands(struct db *db, struct arena *a, const struct auth_standing *by,
			       int64_t now_ms, bool *stands, struct err *e);

/* A page of another site may make a browser send something here, cookies included, and browsers say so.
 * ERR_FORBIDDEN when this one does; for public routes that change something. */
[[nodiscard]] bool auth_same_site(const struct request *r, struct err *e);

/* What the server tells a device and gets back unchanged: sealed, so that nothing is stored. */
enum auth_claim {
	AUTH_TOKEN,    /* a bearer token, good for DEVICE_TOKEN_MS */
	AUTH_CHALLENGE /* to be signed within DEVICE_CHALLENGE_MS */
};

/* Whom it is about. */
struct auth_device {
	const char *id;
	unsigned char
	    key[32]; /* of a token: the public key that proved itself; of a challenge nothing */
};

void auth_claim_make(const struct server *s, enum auth_claim kind, const struct auth_device *device,
		     int64_t now_ms, char out[static DEVICE_CLAIM_SIZE]);

/* The device it was made for; its id is in the arena. ERR_UNAUTHENTICATED: not ours, another kind, expired. */
[[nodiscard]] bool auth_claim_read(struct request *r, enum auth_claim kind, const char *text,
				   struct auth_device *device, struct err *e);
