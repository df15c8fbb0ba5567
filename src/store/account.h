/* Who signs in to Holdfast itself: administrators, approvers, auditors. Employees are people of the
 * directory (store/person.h); an account may be linked to one. */
#pragma once

#include "db/db.h"
#include "model/role.h"
#include "store/page.h"

struct store_account {
	const char *id, *name;
	const char *email; /* the sign-in name, in lower case */
	enum role role;
	bool active; /* else disabled */
	const char *language;
	const char *person;   /* id in the directory, or NULL */
	bool person_departed; /* who has left it; read only */
	const char *const *departments;
	size_t department_count; /* 0: no limit */
	bool has_password, has_totp;
	int64_t created_ms, updated_ms;
	int64_t signed_in_ms; /* 0: never */
};

struct store_account_list {
	struct store_account *items;
	size_t count;
};

/* ERR_NOT_FOUND when there is none. */
[[nodiscard]] bool store_account_get(struct db *db, struct arena *a, const char *id,
				     struct store_account *out, struct err *e);
[[nodiscard]] bool store_account_by_email(struct db *db, struct arena *a, const char *email,
					  struct store_account *out, struct err *e);
[[nodiscard]] bool store_account_by_person(struct db *db, struct arena *a, const char *person,
					   struct store_account *out, struct err *e);
/* By id, after the cursor. */
[[nodiscard]] bool store_account_list(struct db *db, struct arena *a, const struct store_page *page,
				      struct store_account_list *out, struct err *e);
/* Whether there is an active owner who has a password; besides this account, when it is not NULL. In a
 * unit: it stays so until the unit's end, on other servers too. */
[[nodiscard]] bool store_account_owned(struct db *db, const char *besides, bool *out,
				       struct err *e);

/* has_password, has_totp and the times are not looked at. ERR_CONFLICT: the email or the person has
 * an account already. */
[[nodiscard]] bool store_account_add(struct db *db, const struct store_account *account,
				     int64_t now_ms, struct err *e);
/* Replaces everything but email and id. account->updated_ms is as it was read; ERR_STALE when somebody
 * changed it since, on another server too. It only rises: it is the version. ERR_CONFLICT: the person has
 * another account. */
[[nodiscard]] bool store_account_set(struct db *db, const struct store_account *account,
				     int64_t now_ms, struct err *e);
/* When it signed in last. */
[[nodiscard]] bool store_account_signed_in(struct db *db, const char *id, int64_t now_ms,
					   struct err *e);
/* Whether the account has the email address that the person has in the directory. */
[[nodiscard]] bool store_account_is_like(struct db *db, const char *account, const char *person,
					 bool *out, struct err *e);
/* Whether there is any at all. */
[[nodiscard]] bool store_account_any(struct db *db, bool *out, struct err *e);
/* With its sessions, tokens, links and codes, if it is as it was read. ERR_CONFLICT when something else
 * refers to it. */
[[nodiscard]] bool store_account_remove(struct db *db, const struct store_account *account,
					struct err *e);
