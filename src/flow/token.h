/* API tokens: made and revoked. Inside a unit of work. */
#pragma once

#include "flow/flow.h"
#include "store/token.h"

#define TOKEN_PREFIX "hft_"
#define TOKEN_BYTES 32
#define TOKEN_SIZE 48 /* prefix, base64url of 32 bytes, NUL */

#define TOKEN_MAX_NAME 100
#define TOKEN_DAYS 90
#define TOKEN_MAX_DAYS 365
#define TOKEN_MAX_OF_ACCOUNT 100 /* that are good; of one that belongs to nobody: made with it */

/* Who makes one. All zero but role: the server's command line. */
struct flow_token_maker {
	const char *account, *token; /* ids or NULL */
	enum role role;
};

/*
 * Fills id, account, maker and, from days (0: none), expires_ms of *t; its name, role and departments are
 * what is wanted. One that is made with a token ends with it, by time and by revocation, and is for the
 * same departments. One that belongs to nobody makes others, which make no further ones: nobody would count
 * them. ERR_FORBIDDEN: more than its maker has; ERR_UNPROCESSABLE: departments that are not
 * there or not the account's, or a role that cannot be limited to some; ERR_CONFLICT: there are too many.
 */
[[nodiscard]] bool flow_token_make(struct flow *f, const struct flow_token_maker *maker,
				   int64_t days, struct store_token *t,
				   char text[static TOKEN_SIZE], struct err *e);
/* With all that were made with it. ERR_CONFLICT: it was before. */
[[nodiscard]] bool flow_token_revoke(struct flow *f, const struct store_token *t, struct err *e);
