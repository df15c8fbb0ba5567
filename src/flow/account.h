/* Accounts: made, invited, changed, removed. All inside a unit of work. */
#pragma once

#include "flow/flow.h"
#include "store/account.h"

#define ACCOUNT_MAX_NAME 128
#define ACCOUNT_MAX_DEPARTMENTS 100

/* Makes out->id; the rest says what the account is to be. It has no password yet: see flow_link_make.
 * ERR_CONFLICT: the email or the person has one. ERR_UNPROCESSABLE: a department or the person is not
 * there, or the role cannot be limited to departments. */
[[nodiscard]] bool flow_account_add(struct flow *f, struct store_account *account, struct err *e);

/* Replaces name, role, state, language, person and departments; holds at once, also in running sessions.
 * before: as whoever changes it has seen it; id and updated_ms stay. by: his account, or NULL. Disabling ends the account's sessions,
 * tokens and links; giving it to another person or to nobody ends its sessions. ERR_CONFLICT also: it is the last active owner. ERR_STALE: it was changed since.
 * ERR_FORBIDDEN: it is his own, and is to be another person's or nobody's: a person who could put that off
 * would decide about himself. */
[[nodiscard]] bool flow_account_change(struct flow *f, const struct store_account *before,
				       const struct store_account *account, const char *by,
				       struct err *e);
[[nodiscard]] bool flow_account_remove(struct flow *f, const struct store_account *before,
				       struct err *e);

/* --- one-time links, with which somebody sets a password --- */

#define FLOW_LINK_SIZE 44 /* of a secret: base64url of 32 bytes and the NUL */
#define FLOW_LINK_SETUP_MS ((int64_t)24 * 3600 * 1000)
#define FLOW_LINK_INVITATION_MS ((int64_t)7 * 24 * 3600 * 1000)
#define FLOW_LINK_RECOVERY_MS ((int64_t)3600 * 1000)

/* account NULL: makes the first owner; ERR_CONFLICT when there is one. Takes the place of an earlier link
 * of the same. */
struct flow_link {
	const char *account;
	bool resets_totp;
	int64_t life_ms;
};
[[nodiscard]] bool flow_link_make(struct flow *f, const struct flow_link *link,
				  char secret[static FLOW_LINK_SIZE], struct err *e);

/* What somebody does with one. name, email and language only for the first owner. */
struct flow_link_use {
	const char *secret;
	const char *name, *email, *language;
	const char *password; /* its argon2id text */
};
/* Whose password a link sets that still holds: *out, all NULL where it makes the first owner. Reading only.
 * ERR_GONE. */
[[nodiscard]] bool flow_link_look(struct flow *f, const char *secret, struct store_account *out,
				  struct err *e);
/* Of a link that still holds, before a password is hashed: the email that the password will belong to.
 * Reading only. ERR_GONE; ERR_INVALID: name or email is missing, or must not be there. */
[[nodiscard]] bool flow_link_check(struct flow *f, struct flow_link_use *use, struct err *e);
/* Sets the password, ends the account's sessions and forgets its browsers; fills *out. */
[[nodiscard]] bool flow_link_use(struct flow *f, const struct flow_link_use *use,
				 struct store_account *out, struct err *e);
