#include "store/stream.h"

#include "store/app.h"
#include "store/note.h"

static struct db_value optional(int64_t value)
{
	return value == 0 ? (struct db_value){0} : db_i64(value);
}

bool store_stream_put(struct db *db, const struct store_stream *row, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_APPS);
	return db_exec(db,
		       "INSERT INTO dingtalk_streams (app, node, connected_ms, frame_ms, error, "
		       "seen_ms) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (app, node) DO UPDATE "
		       "SET connected_ms = $3, frame_ms = $4, error = $5, seen_ms = $6",
		       DB_PARAMS(db_text(row->app), db_text(row->node), optional(row->connected_ms),
				 optional(row->frame_ms), db_text(row->error),
				 db_i64(row->seen_ms)),
		       NULL, e);
}

bool store_stream_forget(struct db *db, const char *node, const char *app, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_APPS);
	if (app == NULL)
		return db_exec(db, "DELETE FROM dingtalk_streams WHERE node = $1",
			       DB_PARAMS(db_text(node)), NULL, e);
	return db_exec(db, "DELETE FROM dingtalk_streams WHERE node = $1 AND app = $2",
		       DB_PARAMS(db_text(node), db_text(app)), NULL, e);
}

bool store_stream_view(struct db *db, struct arena *a, const char *app, int64_t now_ms,
		       struct store_stream_view *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_stream_view){.error = ""};
	if (!db_query(db, &rows,
		      "SELECT COUNT(connected_ms), MIN(connected_ms), MAX(frame_ms), MAX(error) "
		      "FROM dingtalk_streams WHERE app = $1 AND seen_ms > $2",
		      DB_PARAMS(db_text(app), db_i64(now_ms - STORE_STREAM_STALE_MS)), e))
		return false;
	if (!db_next(&rows))
		return db_rows_ok(&rows, e);
	out->connections = db_column_i64(&rows, 0);
	out->connected_ms = db_column_i64(&rows, 1);
	out->frame_ms = db_column_i64(&rows, 2);
	out->error = db_column_text(&rows, 3, a);
	if (out->error == NULL)
		out->error = "";
	return db_rows_ok(&rows, e);
}

bool store_stream_connected(struct db *db, int64_t now_ms, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT COUNT(DISTINCT app) FROM dingtalk_streams WHERE connected_ms IS NOT "
		      "NULL AND seen_ms > $1",
		      DB_PARAMS(db_i64(now_ms - STORE_STREAM_STALE_MS)), e))
		return false;
	*out = db_next(&rows) ? db_column_i64(&rows, 0) : 0;
	return db_rows_ok(&rows, e);
}

bool store_stream_apps(struct db *db, struct arena *a, size_t max, const char ***out, size_t *count,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = arena_array(a, max, sizeof(**out));
	*count = 0;
	if (!db_query(
		db, &rows,
		"SELECT id FROM dingtalk_apps WHERE ingress = $1 ORDER BY created_ms, id LIMIT $2",
		DB_PARAMS(db_text(STORE_INGRESS_STREAM), db_i64((int64_t)max)), e))
		return false;
	while (db_next(&rows))
		(*out)[(*count)++] = db_column_text(&rows, 0, a);
	return db_rows_ok(&rows, e);
}
