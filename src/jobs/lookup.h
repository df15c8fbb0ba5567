/*
 * The forms that one request has in DingTalk. Creating is not idempotent there: after an answer that
 * was lost this tells whether there is a form, and whether there is more than one (protocol §4.1, §4.7).
 */
#pragma once

#include "db/db.h"
#include "dingtalk/instance.h"
#include "jobs/ticker.h"
#include "model/form.h"
#include "store/instance.h"

#define LOOKUP_MAX_LISTED 1000 /* forms of the applicant since the filing */
#define LOOKUP_MAX_READ 200    /* of them, those that no request of ours is known to have */
#define LOOKUP_MAX_FOUND 16

struct lookup {
	struct dingtalk *dingtalk;
	struct ticker *ticker; /* whose end ends the search */
	struct db *db;
	struct arena *arena;
	const struct store_instance *instance;
	const struct form_values *sent;
	int64_t until_ms; /* monotonic: no call is begun after it */
};

struct lookup_found {
	/* The request's form: the one it is known to have, else the oldest that was not withdrawn. NULL:
	 * none. */
	const char *id;
	const char **extras; /* further ones that are open */
	size_t extra_count;
};

/* ERR_CONFLICT: there are too many to tell; else as dingtalk/failure.h says. */
[[nodiscard]] bool lookup_forms(const struct lookup *l, struct lookup_found *out, struct err *e);
