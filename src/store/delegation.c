#include "store/delegation.h"

#include "store/note.h"
#include "store/rows.h"

#define SELECT                                                                             \
	"SELECT d.id, d.account, d.delegate, COALESCE(o.name, ''), COALESCE(x.name, ''), " \
	"d.from_ms, d.until_ms, d.reason, d.created_by, d.created_ms, d.updated_ms FROM "  \
	"delegations d LEFT JOIN accounts o ON o.id = d.account LEFT JOIN accounts x ON "  \
	"x.id = d.delegate "

static void read_row(const struct db_rows *rows, struct arena *a, struct store_delegation *out)
{
	*out = (struct store_delegation){.id = db_column_text(rows, 0, a),
					 .account = db_column_text(rows, 1, a),
					 .delegate = db_column_text(rows, 2, a),
					 .name = db_column_text(rows, 3, a),
					 .acts_name = db_column_text(rows, 4, a),
					 .from_ms = db_column_i64(rows, 5),
					 .until_ms = db_column_i64(rows, 6),
					 .reason = db_column_text(rows, 7, a),
					 .created_by = db_column_text(rows, 8, a),
					 .created_ms = db_column_i64(rows, 9),
					 .updated_ms = db_column_i64(rows, 10)};
}

static bool alone_in_its_time(struct db *db, const struct store_delegation *d, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT 1 FROM delegations WHERE account = $1 AND id <> $2 AND from_ms < $4 "
		      "AND until_ms > $3 LIMIT 1",
		      DB_PARAMS(db_text(d->account), db_text(d->id), db_i64(d->from_ms),
				db_i64(d->until_ms)),
		      e))
		return false;
	if (db_next(&rows))
		return err_set(e, ERR_CONFLICT,
			       "There is another delegation of this account in that time.");
	return db_rows_ok(&rows, e);
}

bool store_delegation_add(struct db *db, const struct store_delegation *d, struct err *e)
{
	db_note(db, NOTE_CLOCK, d->id);
	return alone_in_its_time(db, d, e) &&
	       db_exec(db,
		       "INSERT INTO delegations (id, account, delegate, from_ms, until_ms, reason, "
		       "created_by, created_ms, updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, "
		       "$8, $9)",
		       DB_PARAMS(db_text(d->id), db_text(d->account), db_text(d->delegate),
				 db_i64(d->from_ms), db_i64(d->until_ms), db_text(d->reason),
				 db_text(d->created_by), db_i64(d->created_ms),
				 db_i64(d->updated_ms)),
		       NULL, e);
}

static bool unchanged(int64_t changed, struct err *e)
{
	return changed == 1 || err_set(e, ERR_STALE, "Somebody changed this delegation meanwhile.");
}

bool store_delegation_set(struct db *db, const struct store_delegation *was,
			  const struct store_delegation *d, struct err *e)
{
	int64_t changed;

	db_note(db, NOTE_CLOCK, d->id);
	return alone_in_its_time(db, d, e) &&
	       db_exec(db,
		       "UPDATE delegations SET delegate = $2, from_ms = $3, until_ms = $4, "
		       "reason = $5, updated_ms = $6, told = 0 WHERE id = $1 AND updated_ms = $7",
		       DB_PARAMS(db_text(d->id), db_text(d->delegate), db_i64(d->from_ms),
				 db_i64(d->until_ms), db_text(d->reason), db_i64(d->updated_ms),
				 db_i64(was->updated_ms)),
		       &changed, e) &&
	       unchanged(changed, e);
}

bool store_delegation_remove(struct db *db, const struct store_delegation *was, struct err *e)
{
	int64_t changed;

	return db_exec(db, "DELETE FROM delegations WHERE id = $1 AND updated_ms = $2",
		       DB_PARAMS(db_text(was->id), db_i64(was->updated_ms)), &changed, e) &&
	       unchanged(changed, e);
}

bool store_delegation_get(struct db *db, struct arena *a, const char *id,
			  struct store_delegation *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, SELECT "WHERE d.id = $1", DB_PARAMS(db_text(id)),
		    "There is no delegation with this id.", e))
		return false;
	read_row(&rows, a, out);
	return true;
}

static bool read_all(struct db_rows *rows, struct arena *a, struct store_delegation **out,
		     size_t *count, struct err *e)
{
	struct store_delegation *items = NULL;
	size_t n = 0;

	while (db_next(rows)) {
		items = rows_grow(a, items, n, sizeof(*items));
		read_row(rows, a, &items[n++]);
	}
	*out = items;
	*count = n;
	return db_rows_ok(rows, e);
}

bool store_delegation_list(struct db *db, struct arena *a, const char *account,
			   const struct store_page *page, struct store_delegation **out,
			   size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			SELECT "WHERE d.id > $1 AND (CAST($2 AS TEXT) IS NULL OR d.account = $2 OR "
			       "d.delegate = $2) ORDER BY d.id LIMIT $3",
			DB_PARAMS(db_text(page->cursor), db_text(account), db_i64(page->limit)),
			e) &&
	       read_all(&rows, a, out, count, e);
}

bool store_delegation_at(struct db *db, struct arena *a, int64_t now_ms,
			 struct store_delegation **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows, SELECT "WHERE d.from_ms <= $1 AND d.until_ms > $1 ORDER BY d.id",
			DB_PARAMS(db_i64(now_ms)), e) &&
	       read_all(&rows, a, out, count, e);
}

bool store_delegation_open(struct db *db, const char *account, int64_t now_ms, int64_t *out,
			   struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT COUNT(*) FROM delegations WHERE account = $1 AND until_ms > $2",
		    DB_PARAMS(db_text(account), db_i64(now_ms)), "no count", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_delegation_begun(struct db *db, struct arena *a, int64_t now_ms, int64_t limit,
			    const char *const **ids, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const char **items = arena_array(a, (size_t)limit, sizeof(*items));
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT id FROM delegations WHERE told = 0 AND from_ms <= $1 "
		      "ORDER BY from_ms LIMIT $2",
		      DB_PARAMS(db_i64(now_ms), db_i64(limit)), e))
		return false;
	while (db_next(&rows))
		items[n++] = db_column_text(&rows, 0, a);
	*ids = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_delegation_due(struct db *db, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT MIN(from_ms) FROM delegations WHERE told = 0", DB_NONE, e))
		return false;
	*due_ms = db_next(&rows) ? db_column_i64(&rows, 0) : 0;
	return db_rows_ok(&rows, e);
}

bool store_delegation_told(struct db *db, const char *id, bool *won, struct err *e)
{
	int64_t changed;

	if (!db_exec(db, "UPDATE delegations SET told = 1 WHERE id = $1 AND told = 0",
		     DB_PARAMS(db_text(id)), &changed, e))
		return false;
	*won = changed == 1;
	return true;
}
