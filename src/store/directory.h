/*
 * Departments and people as their source has them. Nothing is ever deleted: departments are marked gone, people become
 * departed and keep their departments. Membership in a department that is gone stays as it was when it went, so that a
 * rule that names it covers whom it covered.
 */
#pragma once

#include "db/db.h"

struct store_walk {
	const char *source;
	int64_t at_ms; /* when the source was asked; seen_ms of what is written */
};

struct store_walked_department {
	const char *external_id;
	const char *parent; /* external id of one that is here, or NULL */
	const char *name;
};
/* Adds it or makes it so; it is not gone then. */
[[nodiscard]] bool store_directory_department(struct db *db, struct arena *a,
					      const struct store_walk *walk,
					      const struct store_walked_department *d,
					      struct err *e);

struct store_walked_person {
	const char *external_id, *unionid, *name, *title, *email, *telephone;
	const char *const *departments; /* external ids, the main one first; unknown and gone ones
					   are skipped */
	size_t department_count;
};
/* Adds him or makes him so; he has not left then. */
[[nodiscard]] bool store_directory_person(struct db *db, struct arena *a,
					  const struct store_walk *walk,
					  const struct store_walked_person *p, struct err *e);

/* One that is here, or id NULL. */
struct store_known_department {
	const char *id, *external_id, *name;
	const char *parent; /* external id or NULL */
	bool gone;
	int64_t seen_ms;
};
[[nodiscard]] bool store_directory_get_department(struct db *db, struct arena *a,
						  const char *source, const char *external_id,
						  struct store_known_department *out,
						  struct err *e);

/* A person who is here, with the departments that are not gone. */
struct store_known_person {
	const char *id;
	struct store_walked_person as;
	bool departed;
	int64_t seen_ms;
};
#define STORE_DIRECTORY_MANY 25
/* Those of at most STORE_DIRECTORY_MANY who are here, by external id. out has room for all. */
struct store_external_ids {
	const char *source;
	const char *const *ids;
	size_t count;
};
[[nodiscard]] bool store_directory_get_people(struct db *db, struct arena *a,
					      const struct store_external_ids *of,
					      struct store_known_person *out, size_t *count,
					      struct err *e);

/* By our id, at at_ms. */
[[nodiscard]] bool store_directory_gone(struct db *db, const char *department, int64_t at_ms,
					struct err *e);
[[nodiscard]] bool store_directory_left(struct db *db, const char *person, int64_t at_ms,
					struct err *e);

/* Everything of a source that is not gone or departed: external id and name. */
typedef void store_directory_fn(void *arg, const char *external_id, const char *name);
[[nodiscard]] bool store_directory_departments(struct db *db, struct arena *a, const char *source,
					       store_directory_fn *fn, void *arg, struct err *e);
[[nodiscard]] bool store_directory_people(struct db *db, struct arena *a, const char *source,
					  store_directory_fn *fn, void *arg, struct err *e);

/* How many are present. */
[[nodiscard]] bool store_directory_count(struct db *db, const char *source, int64_t *people,
					 int64_t *departments, struct err *e);
