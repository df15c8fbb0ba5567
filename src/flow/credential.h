/* How an account proves that it is itself: its password, codes by the clock, recovery codes. All inside a unit of
 * work; passwords come as argon2id's text, since hashing takes too long for one. */
#pragma once

#include "crypto/crypto.h"
#include "flow/flow.h"
#include "store/credential.h"

/* Ends all other sessions than keep (id or NULL). password: argon2id's text. */
[[nodiscard]] bool flow_password_change(struct flow *f, const char *account, const char *password,
					const char *keep, struct err *e);

#define FLOW_RECOVERY_CODES 10
#define FLOW_RECOVERY_SIZE 20 /* "abcd-efgh-ijkl-mnop" and the NUL */

/* A new secret, not asked for until flow_totp_confirm. ERR_CONFLICT: there is a confirmed one. */
[[nodiscard]] bool flow_totp_enrol(struct flow *f, const unsigned char *master, const char *account,
				   unsigned char secret[static CRYPTO_TOTP_SECRET_SIZE],
				   struct err *e);
/* Fills the recovery codes, which are shown once. ERR_UNPROCESSABLE: the code is not right. */
[[nodiscard]] bool flow_totp_confirm(struct flow *f, const unsigned char *master,
				     const char *account, const char *code,
				     char codes[][FLOW_RECOVERY_SIZE], struct err *e);
[[nodiscard]] bool flow_totp_remove(struct flow *f, const char *account, struct err *e);
[[nodiscard]] bool flow_recovery_codes(struct flow *f, const char *account,
				       char codes[][FLOW_RECOVERY_SIZE], struct err *e);

/* How a code at sign-in fared. A right one is used up. */
enum flow_code { FLOW_CODE_WRONG, FLOW_CODE_TOTP, FLOW_CODE_RECOVERY };
[[nodiscard]] bool flow_code_use(struct flow *f, const unsigned char *master, const char *account,
				 const struct store_credential *credential, const char *code,
				 enum flow_code *out, struct err *e);
