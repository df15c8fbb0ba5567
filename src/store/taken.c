#include "store/taken.h"

#include "store/rows.h"

bool store_taken_add(struct db *db, const struct store_taken *t, int64_t since_ms, struct err *e)
{
	return db_exec(db, "DELETE FROM devices_taken WHERE at_ms <= $1",
		       DB_PARAMS(db_i64(since_ms)), NULL, e) &&
	       db_exec(db,
		       "INSERT INTO devices_taken (device, account, at_ms) VALUES ($1, $2, $3) ON "
		       "CONFLICT (device) DO UPDATE SET account = excluded.account, at_ms = "
		       "excluded.at_ms",
		       DB_PARAMS(db_text(t->device), db_text(t->account), db_i64(t->at_ms)), NULL,
		       e);
}

bool store_taken_since(struct db *db, struct arena *a, int64_t since_ms,
		       const char *const **devices, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT device FROM devices_taken WHERE at_ms > $1 ORDER BY device",
			DB_PARAMS(db_i64(since_ms)), e) &&
	       rows_texts(&rows, a, devices, count, e);
}

bool store_taken_alone(struct db *db, const char *account, const char *without, int64_t since_ms,
		       int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT COUNT(*) FROM devices_taken WHERE account = $1 AND device <> $2 AND "
		    "at_ms > $3",
		    DB_PARAMS(db_text(account != NULL ? account : ""), db_text(without),
			      db_i64(since_ms)),
		    "no count", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}
