/*
 * The permissions of the developer console: which call needs which, and whether the app has it. An
 * app has every permission except those in its denied list.
 */
#pragma once

#include "dingsim/call.h"

struct permission {
	const char *scope, *category, *category_chinese, *english, *chinese;
	bool basic; /* a new app has it */
};

extern const struct permission permissions[]; /* by category; ends with {0} */

/* The scope that a call needs, NULL for none. path is the route's. */
const char *permission_needed(enum http_method method, const char *path);

/* denied is an app's list. */
bool permission_held(const struct json *denied, const char *scope);

/* c->app may make this call; else the dialect's fault. */
[[nodiscard]] bool permission_check(struct call *c, struct err *e);
