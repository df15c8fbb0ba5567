/*
 * Pushing events to the apps' addresses: one at a time an app, in the order of the events; what is
 * not answered well within the budget is tried again after the waits of the options, then listed as
 * failed. What is pending is in the store and goes on after a restart.
 */
#pragma once

#include "dingsim/call.h"

#define PUSH_BUDGET_MS 2500

[[nodiscard]] struct pusher *push_start(struct sim *sim);
void push_stop(struct pusher *p); /* accepts NULL */

/* Something may be due: after a commit and after a subscription. */
void push_wake(struct pusher *p);

/*
 * Sends check_url with the subscription in app and, when the reply is right, saves it; answers r
 * either way, in the words of its dialect. app's texts live in r's arena. What comes in the old
 * dialect is registered for the corpId as owner key, with its tags; else for the Client ID.
 */
void push_check_url(struct pusher *p, const struct app *app, struct http_request *r);

/* What is wrong with a reply, or NULL. app has its owner key, as it must come back. */
struct push_reply {
	int status;
	const char *body;
	size_t body_len;
};
const char *push_verdict(struct arena *a, const struct app *app, const struct push_reply *reply);
