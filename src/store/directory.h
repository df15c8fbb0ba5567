/*
 * What a walk of a source's organisation leaves behind. A walk has a time; every row it meets gets
 * that time as seen_ms, and what was not met is gone afterwards: departments are marked, people become
 * departed. Nothing is deleted.
 */
#pragma once

#include "db/db.h"

struct store_walk {
	const char *source;
	int64_t at_ms; /* later than that of any walk before */
};

struct store_walked_department {
	const char *external_id;
	const char *parent; /* external id of one met before, or NULL */
	const char *name;
};
[[nodiscard]] bool store_directory_department(struct db *db, struct arena *a,
					      const struct store_walk *walk,
					      const struct store_walked_department *d,
					      struct err *e);

struct store_walked_person {
	const char *external_id, *unionid, *name, *title, *email, *telephone;
	const char *const *departments; /* external ids, the main one first; unknown ones are
					   skipped */
	size_t department_count;
};
[[nodiscard]] bool store_directory_person(struct db *db, struct arena *a,
					  const struct store_walk *walk,
					  const struct store_walked_person *p, struct err *e);

/* After a whole walk. Notes NOTE_POLICY. */
struct store_walk_end {
	int64_t people, departments; /* present now */
	int64_t departed;            /* people who left since */
};
[[nodiscard]] bool store_directory_end(struct db *db, const struct store_walk *walk,
				       struct store_walk_end *out, struct err *e);
