/* Rules of signing in with an email address and a password. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "model/rate.h"

/* A session ends when it was not used for a while, and in any case after half a day. */
#define SESSION_IDLE_MS ((int64_t)30 * 60 * 1000)
#define SESSION_LIFE_MS ((int64_t)12 * 3600 * 1000)
/* So long the sign-in itself proves who it is, where an account has no password to be asked for. */
#define SESSION_FRESH_MS ((int64_t)10 * 60 * 1000)

/* Long enough is all that a password must be. */
#define PASSWORD_MIN 12
#define PASSWORD_MAX 256 /* characters */

/* email: the account's, in lower case. ERR_UNPROCESSABLE says what is wrong, never the password. */
[[nodiscard]] bool password_check(const char *password, const char *email, struct err *e);

/* A sign-in name: one "@" with something on both sides, no blanks, at most EMAIL_MAX bytes. In place:
 * without blanks around it, in lower case (ASCII). */
#define EMAIL_MAX 254
[[nodiscard]] bool email_read(char *text, const char **out, struct err *e);

/* What authenticator apps read, as a link or a QR code; secret in base32. In the arena. */
char *totp_uri(struct arena *a, const char *email, const char *secret);

/*
 * An attempt takes one from each allowance that concerns it and gets them back when the password was
 * right. What strangers do must not stop the account's owner, so a browser in which the account signed in
 * before has an allowance of its own and is not counted among them, and an address from which it did is
 * no stranger's.
 */
enum signin_rate {
	SIGNIN_ADDRESS,         /* one address, whichever accounts it tries */
	SIGNIN_ACCOUNT_ADDRESS, /* one account from one address */
	SIGNIN_STRANGERS,       /* one account from all addresses that are not known for it */
	SIGNIN_BROWSER,         /* one account from one browser that is known for it */
	SIGNIN_CODE,     /* codes, after the right password: six digits are soon guessed … */
	SIGNIN_CODE_DAY, /* … by who has the time */
	SIGNIN_RECORD,   /* failures of one account that are recorded one by one */
	SIGNIN_RATES
};
extern const struct rate signin_rates[SIGNIN_RATES];

enum signin_from { SIGNIN_FROM_ANYWHERE, SIGNIN_FROM_KNOWN_ADDRESS, SIGNIN_FROM_KNOWN_BROWSER };
#define SIGNIN_KNOWN_MS ((int64_t)180 * 24 * 3600 * 1000) /* how long either is known */

/* Whether an attempt with a password from there takes of this allowance. */
[[nodiscard]] bool signin_counts(enum signin_rate rate, enum signin_from from);
