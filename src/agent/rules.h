/* The agent's decisions that need neither network nor clock. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

/*
 * The server's address as agent.conf gives it: https, or http to this machine itself (127.0.0.0/8,
 * [::1], localhost), without user, query or fragment. *base gets it without the last slash.
 */
[[nodiscard]] bool rules_server(struct arena *a, const char *url, const char **base, struct err *e);

/* How long to wait after the n-th failure in a row (from 1): doubling from one second to five
 * minutes; random spreads it over the upper half, so that a fleet does not come back at once. */
int64_t rules_backoff_ms(unsigned failures, uint32_t random);

/* What the answer to a poll of the token endpoint means (RFC 8628 §3.5). */
enum rules_token {
	RULES_TOKEN_GRANTED,
	RULES_TOKEN_WAIT,      /* ask again after the interval */
	RULES_TOKEN_SLOW_DOWN, /* the same, the interval five seconds longer from now on */
	RULES_TOKEN_DENIED,
	RULES_TOKEN_EXPIRED,
	RULES_TOKEN_FAILED /* any other answer: the enrolment ends */
};

/* error is the member of that name in the answer, NULL when there is none. */
enum rules_token rules_token(int status, const char *error);

/* The error that a refused call means to the person, from its status (RFC 9110). */
enum err_code rules_refusal(int status);
