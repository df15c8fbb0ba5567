/* The ways to sign in that a page offers: identity sources that are switched on, and for the console's own page
 * the same as JSON (GET /auth/ways). */
#pragma once

#include "store/source.h"
#include "web/request.h"

#define WAYS_MAX 20

struct ways {
	struct store_source items[WAYS_MAX];
	size_t count;
};

/* for_account: those with which an administrator signs in. */
[[nodiscard]] bool ways_find(struct request *r, bool for_account, struct ways *out, struct err *e);

/* Where signing in begins; it leads to next, a path of ours. */
const char *ways_address(struct request *r, const struct store_source *source, bool for_account,
			 const char *next);

/* A button for each, for an employee, named apart where there are several; or that there is none. */
void ways_put(struct request *r, const struct ways *ways, const char *next);
