/* People as the directory has them. Nobody is deleted: who left is marked departed and keeps the
 * departments he had, so that his devices stay as protected as before. */
#pragma once

#include "db/db.h"
#include "store/department.h"

struct store_person {
	const char *id, *source, *source_name;
	const char *app; /* the source's DingTalk app; NULL: local. Read only, as is source_name */
	const char *external_id;                      /* in its source: DingTalk's userid */
	const char *union_id;                         /* may be NULL */
	const char *name, *title, *email, *telephone; /* "": none */
	bool departed;
	bool has_password; /* of a local source; read only */
};

/* ERR_NOT_FOUND when there is none. */
[[nodiscard]] bool store_person_get(struct db *db, struct arena *a, const char *id,
				    struct store_person *out, struct err *e);
[[nodiscard]] bool store_person_by_dingtalk(struct db *db, struct arena *a, const char *app,
					    const char *userid, struct store_person *out,
					    struct err *e);

[[nodiscard]] bool store_person_exists(struct db *db, const char *id, bool *out, struct err *e);

/* The main department first; also those that are gone. */
[[nodiscard]] bool store_person_departments(struct db *db, struct arena *a, const char *person,
					    struct store_department_list *out, struct err *e);

/* By id, after the cursor. search: part of name, email or external id; department: with everything
 * below it; state: active, departed; NULL: all. */
struct store_person_filter {
	const char *search, *department, *source, *state, *after;
	int64_t max;
};
[[nodiscard]] bool store_person_list(struct db *db, struct arena *a,
				     const struct store_person_filter *filter,
				     struct store_person **out, size_t *count, struct err *e);

/* For the snapshot: everybody's addresses, by id; and who is in which department, by person. */
struct store_contact {
	const char *id, *email, *telephone;
	bool departed;
};
[[nodiscard]] bool store_contact_all(struct db *db, struct arena *a, struct store_contact **out,
				     size_t *count, struct err *e);
struct store_membership {
	const char *person, *department;
};
[[nodiscard]] bool store_membership_all(struct db *db, struct arena *a,
					struct store_membership **out, size_t *count,
					struct err *e);

/* Those who have not left: all of them, and those of one app; app NULL: none of them. */
struct store_person_count {
	int64_t all, of_app;
};
[[nodiscard]] bool store_person_count(struct db *db, const char *app,
				      struct store_person_count *out, struct err *e);

/* Everybody who has not left, by id. Texts are borrowed during the call. */
struct store_present {
	const char *id, *name, *source_name;
	const char *app; /* the source's DingTalk app; NULL: local */
};
typedef void store_present_fn(void *arg, const struct store_present *p);
[[nodiscard]] bool store_person_present(struct db *db, store_present_fn *see, void *arg,
					struct err *e);
