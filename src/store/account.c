#include "store/account.h"

#include "base/text.h"
#include "store/rows.h"

#define COLUMNS                                                                                  \
	"id, name, email, role, state, language, person, password IS NOT NULL, totp_confirmed, " \
	"created_ms, updated_ms, signed_in_ms, COALESCE((SELECT p.departed FROM people p WHERE " \
	"p.id = accounts.person), 0)"

static bool account_of(const struct db_rows *rows, struct arena *a, struct store_account *out,
		       struct err *e)
{
	const char *role = db_column_text(rows, 3, a);

	*out = (struct store_account){.id = db_column_text(rows, 0, a),
				      .name = db_column_text(rows, 1, a),
				      .email = db_column_text(rows, 2, a),
				      .active = text_equal(db_column_text(rows, 4, a), "active"),
				      .language = db_column_text(rows, 5, a),
				      .person = db_column_text(rows, 6, a),
				      .has_password = db_column_bool(rows, 7),
				      .has_totp = db_column_bool(rows, 8),
				      .created_ms = db_column_i64(rows, 9),
				      .updated_ms = db_column_i64(rows, 10),
				      .signed_in_ms = db_column_i64(rows, 11),
				      .person_departed = db_column_bool(rows, 12)};
	return role_from_name(role, &out->role) ||
	       err_set(e, ERR_INTERNAL, "a stored account has the unknown role %s", role);
}

static bool add_scope(struct db *db, struct arena *a, struct store_account *account, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT department FROM account_departments WHERE account = $1 ORDER BY "
			"department",
			DB_PARAMS(db_text(account->id)), e) &&
	       rows_texts(&rows, a, &account->departments, &account->department_count, e);
}

bool store_account_get(struct db *db, struct arena *a, const char *id, struct store_account *out,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_one(db, &rows, "SELECT " COLUMNS " FROM accounts WHERE id = $1",
		      DB_PARAMS(db_text(id)), "There is no account with this id.", e) &&
	       account_of(&rows, a, out, e) && add_scope(db, a, out, e);
}

bool store_account_by_email(struct db *db, struct arena *a, const char *email,
			    struct store_account *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_one(db, &rows, "SELECT " COLUMNS " FROM accounts WHERE email = $1",
		      DB_PARAMS(db_text(email)), "There is no account with this email address.",
		      e) &&
	       account_of(&rows, a, out, e) && add_scope(db, a, out, e);
}

bool store_account_by_person(struct db *db, struct arena *a, const char *person,
			     struct store_account *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_one(db, &rows, "SELECT " COLUMNS " FROM accounts WHERE person = $1",
		      DB_PARAMS(db_text(person)), "This person has no account.", e) &&
	       account_of(&rows, a, out, e) && add_scope(db, a, out, e);
}

bool store_account_list(struct db *db, struct arena *a, const struct store_page *page,
			struct store_account_list *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	size_t n = 0;

	out->items = NULL;
	if (!db_query(db, &rows,
		      "SELECT " COLUMNS " FROM accounts WHERE id > $1 ORDER BY id LIMIT $2",
		      DB_PARAMS(db_text(page->cursor), db_i64(page->limit)), e))
		return false;
	for (; db_next(&rows); n++) {
		out->items = rows_grow(a, out->items, n, sizeof(*out->items));
		if (!account_of(&rows, a, &out->items[n], e) ||
		    !add_scope(db, a, &out->items[n], e))
			return false;
	}
	out->count = n;
	return db_rows_ok(&rows, e);
}

bool store_account_owned(struct db *db, const char *besides, bool *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	/* Locks them, so that two servers cannot each take away what the other one counts on. */
	if (!db_exec(db, "UPDATE accounts SET role = role WHERE role = 'owner'", DB_NONE, NULL,
		     e) ||
	    !db_query(db, &rows,
		      "SELECT 1 FROM accounts WHERE role = 'owner' AND state = 'active' AND "
		      "password IS NOT NULL AND id <> $1 LIMIT 1",
		      DB_PARAMS(db_text(besides != NULL ? besides : "")), e))
		return false;
	*out = db_next(&rows);
	return db_rows_ok(&rows, e);
}

static bool set_scope(struct db *db, const struct store_account *account, struct err *e)
{
	if (!db_exec(db, "DELETE FROM account_departments WHERE account = $1",
		     DB_PARAMS(db_text(account->id)), NULL, e))
		return false;
	for (size_t i = 0; i < account->department_count; i++) {
		if (!db_exec(db,
			     "INSERT INTO account_departments (account, department) VALUES ($1, "
			     "$2) ON CONFLICT DO NOTHING",
			     DB_PARAMS(db_text(account->id), db_text(account->departments[i])),
			     NULL, e))
			return false;
	}
	return true;
}

static bool unchanged(int64_t changed, struct err *e)
{
	return changed == 1 || err_set(e, ERR_STALE, "Somebody changed this account meanwhile.");
}

static bool taken(bool ok, const char *why, struct err *e)
{
	return ok || (e->code == ERR_CONFLICT ? err_set(e, ERR_CONFLICT, "%s", why) : false);
}

bool store_account_add(struct db *db, const struct store_account *account, int64_t now_ms,
		       struct err *e)
{
	return taken(
		   db_exec(db,
			   "INSERT INTO accounts (id, name, email, role, state, language, person, "
			   "created_ms, updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
			   DB_PARAMS(db_text(account->id), db_text(account->name),
				     db_text(account->email), db_text(role_name(account->role)),
				     db_text(account->active ? "active" : "disabled"),
				     db_text(account->language), db_text(account->person),
				     db_i64(now_ms)),
			   NULL, e),
		   "There is an account with this email address or this person already.", e) &&
	       set_scope(db, account, e);
}

bool store_account_set(struct db *db, const struct store_account *account, int64_t now_ms,
		       struct err *e)
{
	int64_t changed = 0;

	if (!taken(db_exec(db,
			   "UPDATE accounts SET name = $2, role = $3, state = $4, language = $5, "
			   "person = $6, updated_ms = CASE WHEN updated_ms < $7 THEN $7 ELSE "
			   "updated_ms + 1 END WHERE id = $1 AND updated_ms = $8",
			   DB_PARAMS(db_text(account->id), db_text(account->name),
				     db_text(role_name(account->role)),
				     db_text(account->active ? "active" : "disabled"),
				     db_text(account->language), db_text(account->person),
				     db_i64(now_ms), db_i64(account->updated_ms)),
			   &changed, e),
		   "This person has another account already.", e))
		return false;
	return unchanged(changed, e) && set_scope(db, account, e);
}

bool store_account_signed_in(struct db *db, const char *id, int64_t now_ms, struct err *e)
{
	return db_exec(db, "UPDATE accounts SET signed_in_ms = $2 WHERE id = $1",
		       DB_PARAMS(db_text(id), db_i64(now_ms)), NULL, e);
}

bool store_account_is_like(struct db *db, const char *account, const char *person, bool *out,
			   struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT 1 FROM accounts a JOIN people p ON LOWER(p.email) = a.email WHERE "
		      "a.id = $1 AND p.id = $2",
		      DB_PARAMS(db_text(account), db_text(person)), e))
		return false;
	*out = db_next(&rows);
	return db_rows_ok(&rows, e);
}

bool store_account_any(struct db *db, bool *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT 1 FROM accounts LIMIT 1", DB_NONE, e))
		return false;
	*out = db_next(&rows);
	return db_rows_ok(&rows, e);
}

bool store_account_remove(struct db *db, const struct store_account *account, struct err *e)
{
	static const char *const statements[] = {
	    "DELETE FROM account_views WHERE account = $1",
	    "DELETE FROM sessions WHERE account = $1",
	    "DELETE FROM known_browsers WHERE who = $1",
	    "DELETE FROM account_links WHERE account = $1",
	    "DELETE FROM recovery_codes WHERE account = $1",
	    ("DELETE FROM token_departments WHERE token IN (SELECT id FROM tokens WHERE account = "
	     "$1)"),
	    "DELETE FROM tokens WHERE account = $1",
	    "DELETE FROM account_departments WHERE account = $1",
	};
	int64_t changed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(statements); i++) {
		if (!db_exec(db, statements[i], DB_PARAMS(db_text(account->id)), NULL, e))
			return false;
	}
	if (!db_exec(db, "DELETE FROM accounts WHERE id = $1 AND updated_ms = $2",
		     DB_PARAMS(db_text(account->id), db_i64(account->updated_ms)), &changed, e))
		return taken(false, "This account takes part in something; disable it instead.", e);
	return unchanged(changed, e);
}
