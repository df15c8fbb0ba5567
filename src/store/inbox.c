#include "store/inbox.h"

#include "store/note.h"

bool store_inbox_add(struct db *db, const struct store_inbox *row, bool *added, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "INSERT INTO inbox (id, app, dedupe, event, external_id, change, body, "
		     "received_ms, due_ms, originator, collected, subjects) VALUES ($1, $2, $3, "
		     "$4, $5, $6, "
		     "$7, $8, $8, $9, $10, $11) "
		     "ON CONFLICT (app, dedupe) DO NOTHING",
		     DB_PARAMS(db_text(row->id), db_text(row->app), db_text(row->dedupe),
			       db_text(row->event), db_text(row->external_id), db_text(row->change),
			       db_text(row->body), db_i64(row->received_ms),
			       db_text(row->originator == NULL ? "" : row->originator),
			       db_bool(row->collected),
			       db_text(row->subjects == NULL ? "" : row->subjects)),
		     &changed, e))
		return false;
	*added = changed == 1;
	db_note(db, NOTE_COUNT, *added ? COUNT_CALLBACK_STORED : COUNT_CALLBACK_REPEATED);
	if (*added)
		db_note(db, NOTE_INBOX, row->id);
	return true;
}

bool store_inbox_next(struct db *db, struct arena *a, int64_t now_ms, struct store_inbox *out,
		      struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_inbox){0};
	if (!db_query(db, &rows,
		      "SELECT id, app, dedupe, event, external_id, change, body, received_ms, "
		      "tries, originator, collected, subjects FROM inbox WHERE done_ms IS NULL AND "
		      "due_ms <= $1 "
		      "ORDER BY due_ms, id LIMIT 1",
		      DB_PARAMS(db_i64(now_ms)), e))
		return false;
	if (!db_next(&rows))
		return db_rows_ok(&rows, e);
	*out = (struct store_inbox){.id = db_column_text(&rows, 0, a),
				    .app = db_column_text(&rows, 1, a),
				    .dedupe = db_column_text(&rows, 2, a),
				    .event = db_column_text(&rows, 3, a),
				    .external_id = db_column_text(&rows, 4, a),
				    .change = db_column_text(&rows, 5, a),
				    .body = db_column_text(&rows, 6, a),
				    .received_ms = db_column_i64(&rows, 7),
				    .tries = db_column_i64(&rows, 8),
				    .originator = db_column_text(&rows, 9, a),
				    .collected = db_column_bool(&rows, 10),
				    .subjects = db_column_text(&rows, 11, a)};
	return true;
}

bool store_inbox_done(struct db *db, const char *id, int64_t now_ms, const char *outcome,
		      bool *done, struct err *e)
{
	int64_t changed;

	if (!db_exec(
		db, "UPDATE inbox SET done_ms = $2, outcome = $3 WHERE id = $1 AND done_ms IS NULL",
		DB_PARAMS(db_text(id), db_i64(now_ms), db_text(outcome)), &changed, e))
		return false;
	*done = changed == 1;
	return true;
}

bool store_inbox_drop(struct db *db, const char *id, bool *dropped, struct err *e)
{
	int64_t changed;

	if (!db_exec(db, "DELETE FROM inbox WHERE id = $1 AND done_ms IS NULL",
		     DB_PARAMS(db_text(id)), &changed, e))
		return false;
	*dropped = changed == 1;
	return true;
}

bool store_inbox_wake(struct db *db, const char *app, const char *external_id, int64_t now_ms,
		      struct err *e)
{
	int64_t woken;

	if (!db_exec(db,
		     "UPDATE inbox SET due_ms = $3 WHERE app = $1 AND external_id = $2 AND "
		     "done_ms IS NULL",
		     DB_PARAMS(db_text(app), db_text(external_id), db_i64(now_ms)), &woken, e))
		return false;
	if (woken > 0)
		db_note(db, NOTE_INBOX, "");
	return true;
}

bool store_inbox_waiting(struct db *db, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT COUNT(*) FROM inbox WHERE done_ms IS NULL", DB_NONE, e))
		return false;
	*out = db_next(&rows) ? db_column_i64(&rows, 0) : 0;
	return db_rows_ok(&rows, e);
}

bool store_inbox_defer(struct db *db, const char *id, int64_t due_ms, struct err *e)
{
	return db_exec(db, "UPDATE inbox SET due_ms = $2, tries = tries + 1 WHERE id = $1",
		       DB_PARAMS(db_text(id), db_i64(due_ms)), NULL, e);
}

bool store_inbox_due(struct db *db, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT MIN(due_ms) FROM inbox WHERE done_ms IS NULL", DB_NONE, e))
		return false;
	*due_ms = db_next(&rows) ? db_column_i64(&rows, 0) : 0;
	return db_rows_ok(&rows, e);
}

bool store_inbox_forget(struct db *db, int64_t before_ms, struct err *e)
{
	return db_exec(db, "DELETE FROM inbox WHERE done_ms < $1", DB_PARAMS(db_i64(before_ms)),
		       NULL, e);
}
