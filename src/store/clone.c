#include "store/clone.h"

#include "store/rows.h"

bool store_run_take(struct db *db, const char *device, const struct store_run *r, int64_t forget_ms,
		    struct err *e)
{
	/* What comes back so late is not counted, and -1 is raised below. */
	return db_exec(db,
		       "UPDATE device_runs SET returns = CASE WHEN run = $3 THEN -1 ELSE 0 END "
		       "WHERE device = $1 AND last_ms < $2",
		       DB_PARAMS(db_text(device), db_i64(forget_ms), db_text(r->run)), NULL, e) &&
	       db_exec(db,
		       "DELETE FROM device_runs WHERE device = $1 AND last_ms < $2 AND clone = 0 "
		       "AND run <> $3 AND run NOT IN (SELECT run FROM devices WHERE id = $1)",
		       DB_PARAMS(db_text(device), db_i64(forget_ms), db_text(r->run)), NULL, e) &&
	       db_exec(
		   db,
		   "INSERT INTO device_runs (device, run, hardware, address, first_ms, last_ms) "
		   "VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (device, run) DO UPDATE SET "
		   "returns = device_runs.returns + 1, last_ms = excluded.last_ms, address = "
		   "excluded.address",
		   DB_PARAMS(db_text(device), db_text(r->run), db_text(r->hardware),
			     db_text(r->address), db_i64(r->last_ms)),
		   NULL, e) &&
	       db_exec(db,
		       "DELETE FROM device_runs WHERE device = $1 AND clone = 0 AND run NOT IN "
		       "(SELECT run FROM device_runs WHERE device = $1 AND clone = 0 ORDER BY "
		       "first_ms, run LIMIT $2)",
		       DB_PARAMS(db_text(device), db_i64(STORE_RUNS_MAX)), NULL, e) &&
	       db_exec(db, "UPDATE devices SET run = $2 WHERE id = $1",
		       DB_PARAMS(db_text(device), db_text(r->run)), NULL, e);
}

bool store_run_clones(struct db *db, const char *device, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT COUNT(*) FROM device_runs WHERE device = $1 AND clone = 1",
		    DB_PARAMS(db_text(device)), "No count.", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_run_settle(struct db *db, const char *device, struct err *e)
{
	return db_exec(db, "UPDATE device_runs SET clone = 0, returns = 0 WHERE device = $1",
		       DB_PARAMS(db_text(device)), NULL, e);
}

bool store_run_last(struct db *db, struct arena *a, const char *device, int64_t since_ms,
		    struct store_run out[static 2], size_t *count, int64_t *returns, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*count = 0;
	*returns = 0;
	if (!db_query(
		db, &rows,
		"SELECT run, hardware, address, first_ms, last_ms, returns FROM device_runs "
		"WHERE device = $1 AND last_ms >= $2 AND clone = 0 ORDER BY last_ms DESC, run",
		DB_PARAMS(db_text(device), db_i64(since_ms)), e))
		return false;
	while (db_next(&rows)) {
		*returns += db_column_i64(&rows, 5);
		if (*count < 2)
			out[(*count)++] =
			    (struct store_run){.run = db_column_text(&rows, 0, a),
					       .hardware = db_column_text(&rows, 1, a),
					       .address = db_column_text(&rows, 2, a),
					       .first_ms = db_column_i64(&rows, 3),
					       .last_ms = db_column_i64(&rows, 4),
					       .returns = db_column_i64(&rows, 5)};
	}
	return db_rows_ok(&rows, e);
}

bool store_run_is_clone(struct db *db, const char *device, const char *run, bool *out,
			struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT 1 FROM device_runs WHERE device = $1 AND run = $2 AND clone = 1",
		      DB_PARAMS(db_text(device), db_text(run)), e))
		return false;
	*out = db_next(&rows);
	return db_rows_ok(&rows, e);
}

bool store_run_set_clone(struct db *db, const char *device, const char *run, struct err *e)
{
	return db_exec(db, "UPDATE device_runs SET returns = 0 WHERE device = $1",
		       DB_PARAMS(db_text(device)), NULL, e) &&
	       db_exec(db, "UPDATE device_runs SET clone = 1 WHERE device = $1 AND run = $2",
		       DB_PARAMS(db_text(device), db_text(run)), NULL, e);
}

bool store_run_entry(struct db *db, struct arena *a, const char *device, const char *run,
		     const char **id, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*id = NULL;
	if (!db_query(
		db, &rows,
		"SELECT id FROM devices WHERE clone_of = $1 AND run = $2 AND state <> 'deleted'",
		DB_PARAMS(db_text(device), db_text(run)), e))
		return false;
	if (db_next(&rows))
		*id = db_column_text(&rows, 0, a);
	return db_rows_ok(&rows, e);
}

bool store_run_set(struct db *db, const char *device, const char *run, struct err *e)
{
	return db_exec(db, "UPDATE devices SET run = $2 WHERE id = $1",
		       DB_PARAMS(db_text(device), db_text(run)), NULL, e);
}

bool store_clone_count(struct db *db, const char *device, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(
		db, &rows,
		"SELECT COUNT(*) FROM devices WHERE clone_of = $1 AND cloned_ms > 0 AND state <> "
		"'deleted'",
		DB_PARAMS(db_text(device)), "No count.", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_device_cloned(struct db *db, const char *id, int64_t at_ms, const char *of,
			 struct err *e)
{
	return db_exec(
	    db,
	    "UPDATE devices SET cloned_ms = $2, clone_of = COALESCE($3, clone_of), version "
	    "= version + 1 WHERE id = $1",
	    DB_PARAMS(db_text(id), db_i64(at_ms), db_text(of)), NULL, e);
}
