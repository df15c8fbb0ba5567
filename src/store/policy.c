#include "store/policy.h"

#include "store/rows.h"

bool store_policy_newest(struct db *db, struct arena *a, int64_t *version, const char **body,
			 struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT version, body FROM policies ORDER BY version DESC LIMIT 1",
		      DB_NONE, e))
		return false;
	*version = 0;
	*body = NULL;
	if (db_next(&rows)) {
		*version = db_column_i64(&rows, 0);
		*body = db_column_text(&rows, 1, a);
	}
	return db_rows_ok(&rows, e);
}

static struct db_value text_or_empty(const char *text)
{
	return db_text(text != NULL ? text : "");
}

bool store_policy_one_by_one(struct db *db, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO counters (name, reached) VALUES ('policy', 1) ON CONFLICT "
		       "(name) DO UPDATE SET reached = counters.reached + 1",
		       DB_NONE, NULL, e);
}

bool store_policy_add(struct db *db, const struct store_policy *p, struct err *e)
{
	int64_t added;

	if (!db_exec(db,
		     "INSERT INTO policies (version, body, created_ms, created_by, changed, names, "
		     "confirmed_by, restored_from) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON "
		     "CONFLICT (version) DO NOTHING",
		     DB_PARAMS(db_i64(p->version), db_text(p->body), db_i64(p->created_ms),
			       db_text(p->created_by), text_or_empty(p->changed),
			       text_or_empty(p->names), text_or_empty(p->confirmed_by),
			       db_i64(p->restored_from)),
		     &added, e))
		return false;
	return added == 1 || err_set(e, ERR_STALE, "Somebody changed the policy meanwhile.");
}

#define COLUMNS(body, names)                                         \
	"version, " body ", created_ms, created_by, changed, " names \
	", confirmed_by, restored_from "

static struct store_policy policy_of(const struct db_rows *rows, struct arena *a)
{
	return (struct store_policy){.version = db_column_i64(rows, 0),
				     .body = db_column_text(rows, 1, a),
				     .created_ms = db_column_i64(rows, 2),
				     .created_by = db_column_text(rows, 3, a),
				     .changed = db_column_text(rows, 4, a),
				     .names = db_column_text(rows, 5, a),
				     .confirmed_by = db_column_text(rows, 6, a),
				     .restored_from = db_column_i64(rows, 7)};
}

bool store_policy_get(struct db *db, struct arena *a, int64_t version, struct store_policy *out,
		      struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT " COLUMNS("body", "names") "FROM policies WHERE version = $1",
		    DB_PARAMS(db_i64(version)), "The policy has no such version.", e))
		return false;
	*out = policy_of(&rows, a);
	return true;
}

bool store_policy_list(struct db *db, struct arena *a, int64_t before, int64_t limit,
		       struct store_policy **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_policy *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT " COLUMNS("''", "''") "FROM policies WHERE version < $1 ORDER BY "
						    "version DESC LIMIT $2",
		      DB_PARAMS(db_i64(before), db_i64(limit)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = policy_of(&rows, a);
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_policy_before(struct db *db, int64_t at_ms, int64_t *version, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT COALESCE(MAX(version), 0) FROM policies WHERE created_ms <= $1 OR "
		    "confirmed_by <> ''",
		    DB_PARAMS(db_i64(at_ms)), "no version", e))
		return false;
	*version = db_column_i64(&rows, 0);
	return true;
}

bool store_change_raise(struct db *db, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "INSERT INTO counters (name, reached) VALUES ('change', 1) ON CONFLICT (name) "
		    "DO UPDATE SET reached = counters.reached + 1 RETURNING reached",
		    DB_NONE, "no number", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_change_read(struct db *db, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT COALESCE(MAX(reached), 0) FROM counters WHERE name = 'change'", DB_NONE,
		    "no number", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}
