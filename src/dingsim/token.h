/* Tokens of apps and people: the same one while it is valid, renewed whenever it is asked for. */
#pragma once

#include "dingsim/call.h"

/* The app of these credentials. ERR_UNAUTHENTICATED, without a fault, when they are missing or
 * wrong. */
[[nodiscard]] bool token_client(struct call *c, const char *client_id, const char *secret,
				struct app **out, struct err *e);

/* like says whose and of which kind; its token is set. */
[[nodiscard]] bool token_issue(struct call *c, struct credential *like, int64_t ttl_s,
			       struct err *e);
