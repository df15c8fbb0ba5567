/* What each server of the database has changed that a console shows, by topic (web/live.h): numbers that rise. */
#pragma once

#include "db/db.h"

struct store_shown {
	const char *topic;
	int64_t number;
};

[[nodiscard]] bool store_shown_raise(struct db *db, const char *node, const char *topic,
				     struct err *e);
/* Of all servers but node together, by topic. */
[[nodiscard]] bool store_shown_read(struct db *db, struct arena *a, const char *node,
				    struct store_shown **out, size_t *count, struct err *e);
