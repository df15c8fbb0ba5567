/* Versions of the policy, as JSON texts (model/policy.h reads them). */
#pragma once

#include "db/db.h"

/* version 0 and body NULL when none was saved yet. */
[[nodiscard]] bool store_policy_newest(struct db *db, struct arena *a, int64_t *version,
				       const char **body, struct err *e);

/* ERR_STALE when the version is there already. */
[[nodiscard]] bool store_policy_add(struct db *db, int64_t version, const char *body,
				    const char *by, int64_t now_ms, struct err *e);
