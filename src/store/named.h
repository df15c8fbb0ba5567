/* What many ids of people and departments stand for, in few statements. */
#pragma once

#include "db/db.h"

struct store_named {
	const char *id; /* NULL: there is none (any more) */
	const char *name, *source_name;
	bool gone; /* departed, or no longer in its source */
};

/* out[i] is of ids[i]. */
[[nodiscard]] bool store_named_people(struct db *db, struct arena *a, const char *const *ids,
				      size_t count, struct store_named *out, struct err *e);
[[nodiscard]] bool store_named_departments(struct db *db, struct arena *a, const char *const *ids,
					   size_t count, struct store_named *out, struct err *e);
