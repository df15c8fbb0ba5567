/* Passwords in ROUTE_WORK handlers. Each takes CRYPTO_PASSWORD_MEMORY while it is at work, so only a few are
 * at work at a time; one place is kept for browsers that are known, so that strangers cannot take them
 * all. ERR_UNAVAILABLE with a Retry-After when there is none. */
#pragma once

#include "web/request.h"

#define PASSWORD_PLACES 3
#define PASSWORD_PLACES_STRANGERS 2

/* A place, to be given back by password_leave: before an allowance is charged for the attempt. */
[[nodiscard]] bool password_enter(struct request *r, bool known, struct err *e);
void password_leave(struct request *r);

/* *out is in the arena. */
[[nodiscard]] bool password_hash(struct request *r, const char *password, const char **out,
				 struct err *e);

/* Whether it is that of the account that is signed in here: for what a left-behind screen must not do. An
 * account without a password has signed in within SESSION_FRESH_MS instead; password may be NULL then.
 * ERR_FORBIDDEN: it is not, or no browser's session asks; ERR_TOO_MANY. */
[[nodiscard]] bool password_prove(struct request *r, const char *password, struct err *e);
