#include "store/token.h"

#include "store/rows.h"

#define HASH_SIZE 32
#define COLUMNS                                                                          \
	"id, name, role, account, maker, created_ms, COALESCE(expires_ms, 0), used_ms, " \
	"COALESCE(revoked_ms, 0)"

static bool add_departments(struct db *db, const struct store_token *t, struct err *e)
{
	for (size_t i = 0; i < t->department_count; i++) {
		if (!db_exec(db,
			     "INSERT INTO token_departments (token, department) VALUES ($1, $2) ON "
			     "CONFLICT DO NOTHING",
			     DB_PARAMS(db_text(t->id), db_text(t->departments[i])), NULL, e))
			return false;
	}
	return true;
}

bool store_token_add(struct db *db, const struct store_token *t, const unsigned char *hash,
		     int64_t now_ms, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO tokens (id, name, role, account, maker, hash, created_ms, "
		       "expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, NULLIF($8, 0))",
		       DB_PARAMS(db_text(t->id), db_text(t->name), db_text(role_name(t->role)),
				 db_text(t->account), db_text(t->maker), db_blob(hash, HASH_SIZE),
				 db_i64(now_ms), db_i64(t->expires_ms)),
		       NULL, e) &&
	       add_departments(db, t, e);
}

static bool token_of(struct db *db, const struct db_rows *rows, struct arena *a,
		     struct store_token *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows departments = {0};
	const char *role = db_column_text(rows, 2, a);

	*out = (struct store_token){.id = db_column_text(rows, 0, a),
				    .name = db_column_text(rows, 1, a),
				    .account = db_column_text(rows, 3, a),
				    .maker = db_column_text(rows, 4, a),
				    .created_ms = db_column_i64(rows, 5),
				    .expires_ms = db_column_i64(rows, 6),
				    .used_ms = db_column_i64(rows, 7),
				    .revoked_ms = db_column_i64(rows, 8)};
	if (!role_from_name(role, &out->role))
		return err_set(e, ERR_INTERNAL, "a stored token has the unknown role %s", role);
	return db_query(db, &departments,
			"SELECT department FROM token_departments WHERE token = $1 ORDER BY "
			"department",
			DB_PARAMS(db_text(out->id)), e) &&
	       rows_texts(&departments, a, &out->departments, &out->department_count, e);
}

bool store_token_by_hash(struct db *db, struct arena *a, const unsigned char *hash,
			 struct store_token *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_one(db, &rows, "SELECT " COLUMNS " FROM tokens WHERE hash = $1",
		      DB_PARAMS(db_blob(hash, HASH_SIZE)), "There is no such token.", e) &&
	       token_of(db, &rows, a, out, e);
}

bool store_token_get(struct db *db, struct arena *a, const char *id, struct store_token *out,
		     struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_one(db, &rows, "SELECT " COLUMNS " FROM tokens WHERE id = $1",
		      DB_PARAMS(db_text(id)), "There is no token with this id.", e) &&
	       token_of(db, &rows, a, out, e);
}

/* One statement each, so that an account's are found by their index. */
static const char *list_statement(const char *account)
{
	return account == NULL ? "SELECT " COLUMNS
				 " FROM tokens WHERE id > $2 AND $1 = '' ORDER BY id LIMIT $3"
			       : "SELECT " COLUMNS
				 " FROM tokens WHERE account = $1 AND id > $2 ORDER BY id LIMIT $3";
}

bool store_token_list(struct db *db, struct arena *a, const char *account,
		      const struct store_page *page, struct store_token_list *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	size_t n = 0;

	out->items = NULL;
	if (!db_query(db, &rows, list_statement(account),
		      DB_PARAMS(db_text(account != NULL ? account : ""), db_text(page->cursor),
				db_i64(page->limit)),
		      e))
		return false;
	for (; db_next(&rows); n++) {
		out->items = rows_grow(a, out->items, n, sizeof(*out->items));
		if (!token_of(db, &rows, a, &out->items[n], e))
			return false;
	}
	out->count = n;
	return db_rows_ok(&rows, e);
}

bool store_token_count(struct db *db, const char *account, const char *maker, int64_t now_ms,
		       int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT COUNT(*) FROM tokens WHERE (account = $1 OR (CAST($1 AS TEXT) IS NULL "
		    "AND maker = $3)) AND revoked_ms IS NULL AND (expires_ms IS NULL OR "
		    "expires_ms > $2)",
		    DB_PARAMS(db_text(account), db_i64(now_ms), db_text(maker)), "No count.", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_token_scope(struct db *db, struct arena *a, const struct store_token *t,
		       const char *const **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(
		   db, &rows,
		   "WITH RECURSIVE up (start, place, own) AS (SELECT department, department, 1 "
		   "FROM token_departments WHERE token = $1 UNION SELECT department, department, 0 "
		   "FROM account_departments WHERE account = $2 UNION SELECT up.start, d.parent, "
		   "up.own FROM up JOIN departments d ON d.id = up.place WHERE d.parent IS NOT "
		   "NULL) SELECT DISTINCT start FROM up WHERE (own = 1 AND place IN (SELECT "
		   "department FROM account_departments WHERE account = $2)) OR (own = 0 AND place "
		   "IN (SELECT department FROM token_departments WHERE token = $1)) ORDER BY start",
		   DB_PARAMS(db_text(t->id), db_text(t->account)), e) &&
	       rows_texts(&rows, a, out, count, e);
}

bool store_token_used(struct db *db, const char *id, int64_t now_ms, struct err *e)
{
	return db_exec(db, "UPDATE tokens SET used_ms = $2 WHERE id = $1 AND used_ms < $2",
		       DB_PARAMS(db_text(id), db_i64(now_ms)), NULL, e);
}

bool store_token_revoke(struct db *db, const char *id, int64_t now_ms, struct err *e)
{
	return db_exec(
	    db,
	    "WITH RECURSIVE made (id) AS (SELECT id FROM tokens WHERE id = $1 UNION SELECT t.id "
	    "FROM tokens t JOIN made ON t.maker = made.id) UPDATE tokens SET revoked_ms = $2 WHERE "
	    "revoked_ms IS NULL AND id IN (SELECT id FROM made)",
	    DB_PARAMS(db_text(id), db_i64(now_ms)), NULL, e);
}

bool store_token_revoke_all(struct db *db, const char *account, int64_t now_ms, struct err *e)
{
	return db_exec(
	    db, "UPDATE tokens SET revoked_ms = $2 WHERE account = $1 AND revoked_ms IS NULL",
	    DB_PARAMS(db_text(account), db_i64(now_ms)), NULL, e);
}

/* What a token made ended before it or with it. */
bool store_token_purge(struct db *db, int64_t before_ms, struct err *e)
{
	return db_exec(db,
		       "DELETE FROM token_departments WHERE token IN (SELECT id FROM tokens WHERE "
		       "revoked_ms < $1 OR expires_ms < $1)",
		       DB_PARAMS(db_i64(before_ms)), NULL, e) &&
	       db_exec(db, "DELETE FROM tokens WHERE revoked_ms < $1 OR expires_ms < $1",
		       DB_PARAMS(db_i64(before_ms)), NULL, e);
}
