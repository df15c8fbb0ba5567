/* Departments as the directory has them. One that vanished there stays here, marked. */
#pragma once

#include "db/db.h"
#include "store/page.h"

struct store_department {
	const char *id, *source, *name;
	const char *external_id; /* in its source: DingTalk's dept_id */
	const char *parent;      /* id or NULL */
	bool gone;
};

struct store_department_list {
	struct store_department *items;
	size_t count;
};

[[nodiscard]] bool store_department_exists(struct db *db, const char *id, bool *out, struct err *e);

/* By id. source NULL: all. Without the gone. */
[[nodiscard]] bool store_department_list(struct db *db, struct arena *a, const char *source,
					 const struct store_page *page,
					 struct store_department_list *out, struct err *e);

/* All, the gone ones too, for the snapshot. */
[[nodiscard]] bool store_department_all(struct db *db, struct arena *a,
					struct store_department_list *out, struct err *e);
