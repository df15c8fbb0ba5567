/* Departments as the directory has them. One that vanished there stays here, marked. */
#pragma once

#include "db/db.h"

struct store_department {
	const char *id, *app, *dingtalk_id, *name;
	const char *parent; /* id or NULL */
	bool gone;
};

[[nodiscard]] bool store_department_exists(struct db *db, const char *id, bool *out, struct err *e);

/* By id, after the cursor ("": from the start), at most max. app NULL: all. Without the gone. */
[[nodiscard]] bool store_department_list(struct db *db, struct arena *a, const char *app,
					 const char *after, int64_t max,
					 struct store_department **out, size_t *count,
					 struct err *e);

/* All, the gone ones too, for the snapshot. */
[[nodiscard]] bool store_department_all(struct db *db, struct arena *a,
					struct store_department **out, size_t *count,
					struct err *e);
