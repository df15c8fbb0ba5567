#include "store/outbox.h"

#include "store/note.h"

#define MAX_EXECUTED 200 /* tasks of one instance; DingTalk has at most 20 steps of some people */

#define COLUMNS                                                                                  \
	"o.id, o.app, o.instance, o.kind, o.userid, o.text, o.attempts, o.uncertain, o.due_ms, " \
	"o.error, o.slow, o.created_ms, o.task FROM outbox o"

/* An instance's rows go one after another, its create first: ids come from the clocks of several
 * servers, or from one that was set back. Messages to people go beside them. */
#define IS_MESSAGE(row) row ".kind IN ('notice', 'remind')"
#define AND_IS_FIRST                                                                     \
	"AND (" IS_MESSAGE(                                                              \
	    "o") " OR NOT EXISTS (SELECT 1 FROM outbox b WHERE "                         \
		 "b.instance = o.instance AND b.done_ms IS NULL AND b.id <> o.id AND "   \
		 "NOT (" IS_MESSAGE("b") ") AND (b.kind = 'create' OR (b.id < o.id AND " \
					 "o.kind <> 'create')))) "

static bool read_first(struct db_rows *rows, struct arena *a, struct store_outbox *out,
		       struct err *e)
{
	*out = (struct store_outbox){0};
	if (!db_next(rows))
		return db_rows_ok(rows, e);
	*out = (struct store_outbox){.id = db_column_text(rows, 0, a),
				     .app = db_column_text(rows, 1, a),
				     .instance = db_column_text(rows, 2, a),
				     .kind = db_column_text(rows, 3, a),
				     .userid = db_column_text(rows, 4, a),
				     .text = db_column_text(rows, 5, a),
				     .attempts = db_column_i64(rows, 6),
				     .uncertain = db_column_bool(rows, 7),
				     .due_ms = db_column_i64(rows, 8),
				     .error = db_column_text(rows, 9, a),
				     .slow = db_column_bool(rows, 10),
				     .created_ms = db_column_i64(rows, 11),
				     .task = db_column_i64(rows, 12)};
	return true;
}

bool store_outbox_add(struct db *db, const struct store_outbox *row, struct err *e)
{
	db_note(db, NOTE_OUTBOX, row->instance);
	return db_exec(db,
		       "INSERT INTO outbox (id, app, instance, kind, userid, text, due_ms, "
		       "created_ms, task) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		       DB_PARAMS(db_text(row->id), db_text(row->app), db_text(row->instance),
				 db_text(row->kind), db_text(row->userid), db_text(row->text),
				 db_i64(row->due_ms), db_i64(row->created_ms),
				 row->task == 0 ? (struct db_value){0} : db_i64(row->task)),
		       NULL, e);
}

bool store_outbox_next(struct db *db, struct arena *a, int64_t now_ms, struct store_outbox *out,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT " COLUMNS
			" WHERE o.done_ms IS NULL AND o.due_ms <= $1 " AND_IS_FIRST
			"ORDER BY o.due_ms LIMIT 1",
			DB_PARAMS(db_i64(now_ms)), e) &&
	       read_first(&rows, a, out, e);
}

bool store_outbox_of_instance(struct db *db, struct arena *a, const char *instance,
			      struct store_outbox *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT " COLUMNS " WHERE o.instance = $1 AND o.done_ms IS NULL AND "
			"NOT (" IS_MESSAGE("o") ") ORDER BY o.id LIMIT 1",
			DB_PARAMS(db_text(instance)), e) &&
	       read_first(&rows, a, out, e);
}

bool store_outbox_claim(struct db *db, const struct store_outbox *row, const char *lease,
			int64_t until_ms, bool *won, struct err *e)
{
	int64_t changed;

	if (!db_exec(
		db,
		"UPDATE outbox SET lease = $2, due_ms = $3, attempts = attempts + 1, "
		"uncertain = 1 WHERE id = $1 AND done_ms IS NULL AND due_ms = $4",
		DB_PARAMS(db_text(row->id), db_text(lease), db_i64(until_ms), db_i64(row->due_ms)),
		&changed, e))
		return false;
	*won = changed == 1;
	return true;
}

bool store_outbox_end(struct db *db, const struct store_outbox_end *end, bool *held, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE outbox SET lease = '', due_ms = $3, done_ms = $4, uncertain = $5, "
		     "slow = $6, error = $7 WHERE id = $1 AND lease = $2 AND done_ms IS NULL",
		     DB_PARAMS(db_text(end->id), db_text(end->lease), db_i64(end->at_ms),
			       end->done ? db_i64(end->at_ms) : (struct db_value){0},
			       db_bool(end->uncertain), db_bool(end->slow), db_text(end->error)),
		     &changed, e))
		return false;
	*held = changed == 1;
	return true;
}

bool store_outbox_drop(struct db *db, const char *instance, const char *kind, int64_t now_ms,
		       bool *dropped, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE outbox SET done_ms = $3 WHERE instance = $1 AND kind = $2 AND "
		     "done_ms IS NULL AND uncertain = 0",
		     DB_PARAMS(db_text(instance), db_text(kind), db_i64(now_ms)), &changed, e))
		return false;
	*dropped = changed > 0;
	return true;
}

bool store_outbox_executed(struct db *db, struct arena *a, const char *instance,
			   const char ***userids, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const char **items = arena_array(a, MAX_EXECUTED, sizeof(*items));
	size_t n = 0;

	if (!db_query(
		db, &rows,
		"SELECT userid FROM outbox WHERE instance = $1 AND kind = 'execute' AND "
		"(uncertain = 1 OR (done_ms IS NOT NULL AND error = '')) ORDER BY id LIMIT $2",
		DB_PARAMS(db_text(instance), db_i64(MAX_EXECUTED)), e))
		return false;
	while (db_next(&rows))
		items[n++] = db_column_text(&rows, 0, a);
	*userids = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_outbox_hurry(struct db *db, const char *instance, int64_t now_ms, struct err *e)
{
	db_note(db, NOTE_OUTBOX, instance);
	return db_exec(db,
		       "UPDATE outbox SET due_ms = $2 WHERE instance = $1 AND done_ms IS NULL AND "
		       "lease = '' AND due_ms > $2",
		       DB_PARAMS(db_text(instance), db_i64(now_ms)), NULL, e);
}

bool store_outbox_mended(struct db *db, const char *app, int64_t now_ms, struct err *e)
{
	db_note(db, NOTE_OUTBOX, "");
	return db_exec(db,
		       "UPDATE outbox SET due_ms = $2 WHERE app = $1 AND done_ms IS NULL AND "
		       "lease = '' AND slow = 1",
		       DB_PARAMS(db_text(app), db_i64(now_ms)), NULL, e);
}

bool store_outbox_release(struct db *db, int64_t now_ms, struct err *e)
{
	return db_exec(db,
		       "UPDATE outbox SET lease = '', due_ms = $1 WHERE done_ms IS NULL AND "
		       "lease <> ''",
		       DB_PARAMS(db_i64(now_ms)), NULL, e);
}

bool store_outbox_due(struct db *db, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT MIN(o.due_ms) FROM outbox o WHERE o.done_ms IS NULL " AND_IS_FIRST,
		      DB_NONE, e))
		return false;
	*due_ms = db_next(&rows) ? db_column_i64(&rows, 0) : 0;
	return db_rows_ok(&rows, e);
}

bool store_outbox_creating(struct db *db, const char *app, bool *creating, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT 1 FROM outbox WHERE app = $1 AND kind = 'create' AND "
		      "done_ms IS NULL AND uncertain = 1 LIMIT 1",
		      DB_PARAMS(db_text(app)), e))
		return false;
	*creating = db_next(&rows);
	return db_rows_ok(&rows, e);
}
