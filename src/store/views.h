/* The lists that an account saved for itself. */
#pragma once

#include "db/db.h"

/* JSON, as the API wrote it; NULL and version 0 when there are none. */
struct store_views {
	const char *account, *json;
	int64_t version;
};
[[nodiscard]] bool store_views_get(struct db *db, struct arena *a, const char *account,
				   struct store_views *out, struct err *e);
/* In the place of those of views->version, which rises. ERR_STALE: another change was faster. */
[[nodiscard]] bool store_views_set(struct db *db, const struct store_views *views, struct err *e);
