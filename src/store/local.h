/* People and departments of a local source, as an administrator keeps them. Inside a unit. */
#pragma once

#include "db/db.h"
#include "store/department.h"
#include "store/person.h"

/* Until the unit ends no other server changes the source's people and departments. */
[[nodiscard]] bool store_local_lock(struct db *db, const char *source, struct err *e);

/* --- people --- */

/* ERR_CONFLICT: the source has the external_id already. */
[[nodiscard]] bool store_local_person_add(struct db *db, const struct store_person *p,
					  int64_t now_ms, struct err *e);
/* external_id, name, title, email, telephone and departed. */
[[nodiscard]] bool store_local_person_set(struct db *db, const struct store_person *p,
					  int64_t now_ms, struct err *e);
/* Takes the place of those before; the main one first. */
[[nodiscard]] bool store_local_memberships(struct db *db, const char *person,
					   const char *const *departments, size_t count,
					   struct err *e);

/* Who has it: of those who have not left with the address, or of all with the number. besides: somebody's
 * id. *id is NULL when nobody has. */
[[nodiscard]] bool store_local_person_by_email(struct db *db, struct arena *a, const char *source,
					       const char *email, const char *besides,
					       const char **id, struct err *e);
[[nodiscard]] bool store_local_person_by_number(struct db *db, struct arena *a, const char *source,
						const char *external_id, const char *besides,
						const char **id, struct err *e);

/* Everybody of the source by id, those who left too; and who is in which department, by person. */
struct store_local_people {
	struct store_person *people; /* without what belongs to the source */
	size_t person_count;
	struct store_membership *memberships;
	size_t membership_count;
};
[[nodiscard]] bool store_local_people(struct db *db, struct arena *a, const char *source,
				      struct store_local_people *out, struct err *e);

struct store_local_count {
	int64_t people, departments; /* those who left and what is gone included */
};
[[nodiscard]] bool store_local_count(struct db *db, const char *source,
				     struct store_local_count *out, struct err *e);

/* --- departments --- */

[[nodiscard]] bool store_local_department_add(struct db *db, const struct store_department *d,
					      int64_t now_ms, struct err *e);
/* name, parent and gone. */
[[nodiscard]] bool store_local_department_set(struct db *db, const struct store_department *d,
					      int64_t now_ms, struct err *e);
/* All that are not gone, by id. */
[[nodiscard]] bool store_local_departments(struct db *db, struct arena *a, const char *source,
					   struct store_department_list *out, struct err *e);
/* The one of this name below parent (NULL: at the top), besides one; *id is NULL when there is none. */
[[nodiscard]] bool store_local_department_child(struct db *db, struct arena *a,
						const struct store_department *d, const char **id,
						struct err *e);
/* Where it stands: how many levels end with it, how many begin with it, and whether below (an id, or NULL) is it
 * or lies below it. */
struct store_local_place {
	int64_t depth, height;
	bool has;
};
[[nodiscard]] bool store_local_department_place(struct db *db, const char *id, const char *below,
						struct store_local_place *out, struct err *e);
/* What keeps it: departments below it that are not gone, people in it who have not left. */
struct store_local_use {
	int64_t departments, people;
};
[[nodiscard]] bool store_local_department_use(struct db *db, const char *id,
					      struct store_local_use *out, struct err *e);

/* --- passwords --- */

/* NULL: none yet. */
[[nodiscard]] bool store_local_password(struct db *db, struct arena *a, const char *person,
					const char **out, struct err *e);
[[nodiscard]] bool store_local_password_set(struct db *db, const char *person, const char *password,
					    int64_t now_ms, struct err *e);
