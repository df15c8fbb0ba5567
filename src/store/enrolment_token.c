#include "store/enrolment_token.h"

#include "store/note.h"
#include "store/rows.h"

#define COLUMNS                                                                                  \
	"SELECT t.id, t.name, t.owner, p.name, t.created_by, t.max_uses, t.uses, t.created_ms, " \
	"t.expires_ms, t.used_ms, t.revoked_ms, (SELECT COUNT(*) FROM devices d WHERE "          \
	"d.enrolment_token = t.id) FROM enrolment_tokens t JOIN people p ON p.id = t.owner "
#define LIVE(now)                                                                      \
	"t.revoked_ms = 0 AND t.expires_ms > " now " AND (t.max_uses = 0 OR t.uses < " \
	"t.max_uses)"

bool store_enrolment_token_add(struct db *db, const struct store_enrolment_token *t,
			       const unsigned char hash[32], struct err *e)
{
	return db_exec(db,
		       "INSERT INTO enrolment_tokens (id, name, hash, owner, max_uses, created_by, "
		       "created_ms, expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		       DB_PARAMS(db_text(t->id), db_text(t->name), db_blob(hash, 32),
				 db_text(t->owner), db_i64(t->max_uses), db_text(t->created_by),
				 db_i64(t->created_ms), db_i64(t->expires_ms)),
		       NULL, e);
}

static struct store_enrolment_token token_of(const struct db_rows *rows, struct arena *a)
{
	return (struct store_enrolment_token){.id = db_column_text(rows, 0, a),
					      .name = db_column_text(rows, 1, a),
					      .owner = db_column_text(rows, 2, a),
					      .owner_name = db_column_text(rows, 3, a),
					      .created_by = db_column_text(rows, 4, a),
					      .max_uses = db_column_i64(rows, 5),
					      .uses = db_column_i64(rows, 6),
					      .created_ms = db_column_i64(rows, 7),
					      .expires_ms = db_column_i64(rows, 8),
					      .used_ms = db_column_i64(rows, 9),
					      .revoked_ms = db_column_i64(rows, 10),
					      .devices = db_column_i64(rows, 11)};
}

static bool get(struct db *db, struct arena *a, const char *sql, const struct db_params *params,
		struct store_enrolment_token *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, sql, params, "There is no enrolment token with this id.", e))
		return false;
	*out = token_of(&rows, a);
	return true;
}

bool store_enrolment_token_get(struct db *db, struct arena *a, const char *id,
			       struct store_enrolment_token *out, struct err *e)
{
	return get(db, a, COLUMNS "WHERE t.id = $1", DB_PARAMS(db_text(id)), out, e);
}

bool store_enrolment_token_by_hash(struct db *db, struct arena *a, const unsigned char hash[32],
				   struct store_enrolment_token *out, struct err *e)
{
	return get(db, a, COLUMNS "WHERE t.hash = $1", DB_PARAMS(db_blob(hash, 32)), out, e);
}

bool store_enrolment_token_list(struct db *db, struct arena *a,
				const struct store_enrolment_token_filter *filter,
				const struct store_page *page, struct store_enrolment_token **out,
				size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_enrolment_token *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      COLUMNS "WHERE ($1 = '' OR t.id < $1) AND ($3 = '' OR t.owner = $3) AND ($4 "
			      "= 0 OR (" LIVE("$5") ")) ORDER BY t.id DESC LIMIT $2",
		      DB_PARAMS(db_text(page->cursor), db_i64(page->limit),
				db_text(filter->owner != NULL ? filter->owner : ""),
				db_i64(filter->live), db_i64(filter->now_ms)),
		      e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = token_of(&rows, a);
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_enrolment_token_live(struct db *db, int64_t now_ms, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT COUNT(*) FROM enrolment_tokens t WHERE " LIVE("$1"),
		    DB_PARAMS(db_i64(now_ms)), "No count.", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_enrolment_token_use(struct db *db, const char *id, int64_t now_ms, bool *used,
			       struct err *e)
{
	int64_t n = 0;

	db_note(db, NOTE_SHOWN, SHOWN_TOKENS);
	if (!db_exec(
		db,
		"UPDATE enrolment_tokens AS t SET uses = uses + 1, used_ms = $2 WHERE t.id = $1 "
		"AND " LIVE("$2"),
		DB_PARAMS(db_text(id), db_i64(now_ms)), &n, e))
		return false;
	*used = n == 1;
	return true;
}

bool store_enrolment_token_revoke(struct db *db, const char *id, int64_t now_ms, bool *changed,
				  struct err *e)
{
	int64_t n = 0;

	if (!db_exec(db,
		     "UPDATE enrolment_tokens SET revoked_ms = $2 WHERE id = $1 AND revoked_ms = 0",
		     DB_PARAMS(db_text(id), db_i64(now_ms)), &n, e))
		return false;
	*changed = n == 1;
	return true;
}

bool store_enrolment_token_devices(struct db *db, struct arena *a, const char *id,
				   const struct store_page *page, struct store_enrolled **out,
				   size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_enrolled *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT d.id, d.name, d.state, d.owner, p.name, d.enrolled_ms FROM devices d "
		      "JOIN people p ON p.id = d.owner WHERE d.enrolment_token = $1 AND d.id > $2 "
		      "ORDER BY d.id LIMIT $3",
		      DB_PARAMS(db_text(id), db_text(page->cursor), db_i64(page->limit)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct store_enrolled){.id = db_column_text(&rows, 0, a),
						 .name = db_column_text(&rows, 1, a),
						 .state = db_column_text(&rows, 2, a),
						 .owner = db_column_text(&rows, 3, a),
						 .owner_name = db_column_text(&rows, 4, a),
						 .enrolled_ms = db_column_i64(&rows, 5)};
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}
