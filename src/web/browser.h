/* Cookies, and who is signed in in a browser. */
#pragma once

#include "web/request.h"
#include "store/session.h"

#define BROWSER_SESSION_MS ((int64_t)3600 * 1000)
#define BROWSER_MAX_WRONG_CODES 5

enum browser_cookie {
	BROWSER_SESSION, /* which employee is signed in */
	BROWSER_SIGNIN,  /* on the way to DingTalk and back */
	BROWSER_ACCOUNT, /* which account is signed in */
	BROWSER_KNOWN    /* accounts signed in here before */
};

/* Sets a new random value (value holds TOKEN_SIZE) or, when value is NULL, takes the cookie away. */
void browser_set_cookie(struct request *r, enum browser_cookie cookie, const char *value,
			int64_t age_ms);
/* SHA-256 of the cookie's value; false when the browser sent none. */
[[nodiscard]] bool browser_cookie(const struct request *r, enum browser_cookie cookie,
				  unsigned char hash[32]);

/* The browser's User-Agent, cut to BROWSER_MAX_AGENT characters; "" when it sent none. */
#define BROWSER_MAX_AGENT 200
const char *browser_agent(struct request *r);

struct browser_session {
	unsigned char id[32];
	struct store_session row;
};

/* *signed_in is false when nobody is, or not any more. */
[[nodiscard]] bool browser_session(struct request *r, struct browser_session *out, bool *signed_in,
				   struct err *e);
