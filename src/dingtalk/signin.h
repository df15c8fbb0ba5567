/*
 * Signing an employee in by OAuth 2 (protocol §2.1 to §2.4, §2.6). The browser goes to the URL and
 * comes back with ?authCode=…&state=… (some pages say code instead of authCode).
 */
#pragma once

#include "dingtalk/app.h"

/* In the arena. state is the caller's, unguessable, bound to the browser. */
char *dingtalk_signin_url(const struct dingtalk_access *access, struct arena *a,
			  const char *redirect_uri, const char *state);

struct dingtalk_person {
	const char *userid;
	const char *unionid;
	const char *nick; /* what the person calls himself: never an identity. "" when absent */
};

/*
 * Redeems the code, which works once. ERR_GONE: the code is used or too old, sign in again.
 * ERR_FORBIDDEN: the person chose another organisation, is an external contact or not in the
 * organisation's address book (then the failure's class is DINGTALK_REFUSED).
 */
[[nodiscard]] bool dingtalk_signin(struct dingtalk *d, const char *code, struct arena *a,
				   struct dingtalk_person *out, struct err *e);
