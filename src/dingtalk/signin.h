/*
 * Signing an employee in by OAuth 2 (protocol §2.1 to §2.4, §2.6). The browser goes to the URL and
 * comes back with ?authCode=…&state=… (some pages say code instead of authCode).
 */
#pragma once

#include "dingtalk/app.h"

/* In the arena. state is the caller's, unguessable, bound to the browser. */
char *dingtalk_signin_url(const struct dingtalk_access *access, struct arena *a,
			  const char *redirect_uri, const char *state);

/* Why somebody whom DingTalk knows is none of ours. */
enum dingtalk_stranger {
	DINGTALK_STRANGER_NONE,     /* that was not the matter */
	DINGTALK_STRANGER_FOREIGN,  /* signed in for another organisation, or for none */
	DINGTALK_STRANGER_EXTERNAL, /* a contact outside the organisation */
	DINGTALK_STRANGER_UNKNOWN,  /* not in its address book, or not any more */
	DINGTALK_STRANGER_HIDDEN    /* in it, but out of what the app may see */
};

struct dingtalk_person {
	const char *userid;
	const char *unionid;
	const char *nick; /* what the person calls himself: never an identity. "" when absent */
	enum dingtalk_stranger stranger; /* of one who was refused; nothing else is filled then */
};

/*
 * Redeems the code, which works once. ERR_GONE: the code is used or too old, sign in again.
 * ERR_FORBIDDEN: out->stranger says why; DINGTALK_STRANGER_NONE: the app lacks a permission.
 */
[[nodiscard]] bool dingtalk_signin(struct dingtalk *d, const char *code, struct arena *a,
				   struct dingtalk_person *out, struct err *e);
