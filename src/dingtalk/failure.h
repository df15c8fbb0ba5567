/*
 * Why a call to DingTalk failed. struct err says what the caller may assume about the call's
 * outcome; struct dingtalk_failure says what DingTalk answered and what can be done about it
 * (protocol §1.5, §1.6, §8).
 *
 * The err codes of every function in this module that calls DingTalk:
 *   ERR_UNAVAILABLE      certainly not done: not reached, throttled, our address blocked
 *   ERR_TOO_MANY         certainly not done: the organisation's calls of this month are used up
 *   ERR_UNAUTHENTICATED  certainly not done: client id, secret or token refused
 *   ERR_FORBIDDEN        certainly not done: permission or address list of the app
 *   ERR_UNPROCESSABLE, ERR_INVALID, ERR_NOT_FOUND, ERR_CONFLICT, ERR_GONE
 *                        refused: the same call will be refused again
 *   ERR_TIMEOUT, ERR_PEER
 *                        outcome unknown: look before doing it again. A call that only reads may
 *                        simply be repeated.
 */
#pragma once

#include "base/err.h"

enum dingtalk_class {
	DINGTALK_RETRY,       /* the same call may succeed later */
	DINGTALK_QUOTA,       /* no call succeeds before the month ends or the quota is raised */
	DINGTALK_CREDENTIALS, /* an administrator must correct client id or secret */
	DINGTALK_PERMISSION,  /* an administrator must grant the app something in DingTalk's console
			       */
	DINGTALK_REFUSED      /* refused for good */
};

#define DINGTALK_CODE_MAX 96
#define DINGTALK_MESSAGE_MAX 256

/* Texts are printable UTF-8, cut to size, without our secrets; "" when DingTalk gave none. */
struct dingtalk_failure {
	enum dingtalk_class class;
	int status;                         /* of HTTP; 0: there was no answer */
	char code[DINGTALK_CODE_MAX];       /* "processCodeError", "60011" */
	char message[DINGTALK_MESSAGE_MAX]; /* DingTalk's own words, often Chinese */
	char scopes[DINGTALK_MESSAGE_MAX];  /* DINGTALK_PERMISSION: what is missing, comma separated
					     */
	char request_id[DINGTALK_CODE_MAX]; /* for DingTalk's support */
	int64_t wait_ms;                    /* wait at least so long; 0: as the caller likes */
	bool unsent;                        /* nobody was reached: DingTalk never saw the call */
	bool held;                          /* not even tried: our own gate (dingtalk/gate.h) */
};

/* Stable lower-case name: "retry", "quota", "credentials", "permission", "refused". */
const char *dingtalk_class_name(enum dingtalk_class class);
