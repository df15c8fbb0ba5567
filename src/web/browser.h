/* Cookies, and who is signed in in a browser. */
#pragma once

#include "flow/signin.h"
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

#define BROWSER_SECRET_SIZE 44 /* base64url of 32 random bytes and the NUL */

/* Sets the value or, when it is NULL, takes the cookie away. value lives in the arena. */
void browser_set_cookie(struct request *r, enum browser_cookie cookie, const char *value,
			int64_t age_ms);
/* Keeps the cookie that the browser has, or makes one: several tabs may be on their way at a time. */
void browser_hold(struct request *r, enum browser_cookie cookie, int64_t age_ms,
		  unsigned char hash[32]);
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

/* *signed_in is false when no employee is, or not any more. */
[[nodiscard]] bool browser_session(struct request *r, struct browser_session *out, bool *signed_in,
				   struct err *e);

/* Signs the employee in in this browser, in the place of whoever was, inside a unit. secret: the value of
 * BROWSER_SESSION, which the caller sets after the commit; how: "with DingTalk", for the record. */
struct store_person;
[[nodiscard]] bool browser_enter(struct request *r, struct db *db,
				 const struct store_person *person, const char *secret,
				 const char *how, struct err *e);

/* --- of an account --- */

/* A sign-in that is under way, and the cookies that it leads to. */
struct browser_entry {
	struct flow_signin signin;
	char cookie[BROWSER_SECRET_SIZE], known[BROWSER_SECRET_SIZE], csrf[BROWSER_SECRET_SIZE];
	unsigned char browser[32], before[32];
};
/* Fills the signin: who asks, and what it will get. *entry stays where it is. */
void browser_entry_begin(struct request *r, struct browser_entry *entry);
/* Of one that is done: sets the cookies. */
void browser_entry_done(struct request *r, const struct browser_entry *entry);

/* For who is not signed in yet: on record as such. db: the unit's, or the request's. */
struct flow browser_flow(struct request *r, struct db *db);
