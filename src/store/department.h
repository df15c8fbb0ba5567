/* Departments as the directory has them. One that vanished there stays here, marked. */
#pragma once

#include "db/db.h"
#include "store/page.h"

struct store_department {
	const char *id, *source, *name;
	const char *source_name; /* of store_department_list and _get only */
	const char *external_id; /* in its source: DingTalk's dept_id */
	const char *parent;      /* id or NULL */
	bool gone;
	bool has_below; /* of store_department_list and _get only */
};

struct store_department_list {
	struct store_department *items;
	size_t count;
};

/* Also when it is gone. ERR_NOT_FOUND. */
[[nodiscard]] bool store_department_get(struct db *db, struct arena *a, const char *id,
					struct store_department *out, struct err *e);

[[nodiscard]] bool store_department_exists(struct db *db, const char *id, bool *out, struct err *e);

/* By id, after the cursor, without the gone. Each NULL: all. parent: directly below it; top: only those that are below
 * none that is there; search: part of the name. */
struct store_department_filter {
	const char *source, *parent, *search;
	bool top;
};
[[nodiscard]] bool store_department_list(struct db *db, struct arena *a,
					 const struct store_department_filter *filter,
					 const struct store_page *page,
					 struct store_department_list *out, struct err *e);

/* Its name behind those of the departments that it is below: "总部/研发部". */
[[nodiscard]] bool store_department_path(struct db *db, struct arena *a, const char *id,
					 const char **out, struct err *e);

/* All, the gone ones too, for the snapshot. */
[[nodiscard]] bool store_department_all(struct db *db, struct arena *a,
					struct store_department_list *out, struct err *e);
