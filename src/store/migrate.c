#include "store/migrate.h"

/* One program at a time: BEGIN IMMEDIATE does it on SQLite, a lock of our own on PostgreSQL. */
static bool prepare(struct db *db, struct err *e)
{
	if (db_kind(db) == DB_POSTGRESQL &&
	    !db_script(db, "SELECT pg_advisory_xact_lock(7163241)", e))
		return false;
	return db_script(db,
			 "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name "
			 "TEXT NOT NULL, applied_ms BIGINT NOT NULL)",
			 e);
}

static bool newest(struct db *db, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT COALESCE(MAX(number), 0) FROM migrations", DB_NONE,
		    "The database has no schema.", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

/* NULL when the database has them all. */
static const struct store_migration *following(int64_t number)
{
	for (const struct store_migration *m = store_migrations; m->number != 0; m++) {
		if (m->number > number)
			return m;
	}
	return NULL;
}

static bool refuse_newer(int64_t number, struct err *e)
{
	int64_t known = 0;

	for (const struct store_migration *m = store_migrations; m->number != 0; m++)
		known = m->number;
	if (number <= known)
		return true;
	return err_set(e, ERR_UNSUPPORTED,
		       "the database was made by a newer holdfast-server: its schema is %lld, this "
		       "program knows %lld",
		       (long long)number, (long long)known);
}

static bool apply_next(struct db *db, int64_t now_ms, bool *more, struct err *e)
{
	const struct store_migration *m;
	int64_t number;

	if (!prepare(db, e) || !newest(db, &number, e) || !refuse_newer(number, e))
		return false;
	m = following(number);
	*more = m != NULL;
	if (m == NULL)
		return true;
	if (!db_script(db, m->sql, e))
		return err_add(e, "migration %s", m->name);
	return db_exec(db, "INSERT INTO migrations (number, name, applied_ms) VALUES ($1, $2, $3)",
		       DB_PARAMS(db_i64(m->number), db_text(m->name), db_i64(now_ms)), NULL, e);
}

bool store_migrate(struct db *db, int64_t now_ms, struct err *e)
{
	bool more = true;

	while (more) {
		if (!db_begin(db, e))
			return false;
		if (!apply_next(db, now_ms, &more, e)) {
			db_rollback(db);
			return false;
		}
		if (!db_commit(db, e))
			return false;
	}
	return true;
}

bool store_schema_check(struct db *db, struct err *e)
{
	int64_t number;

	if (!newest(db, &number, e) || !refuse_newer(number, e))
		return false;
	if (following(number) == NULL)
		return true;
	return err_set(e, ERR_UNAVAILABLE, "the database still lacks migration %s",
		       following(number)->name);
}
