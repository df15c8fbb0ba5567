#include "store/setting.h"

bool store_setting_get(struct db *db, struct arena *a, const char *name, const char **value,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*value = NULL;
	if (!db_query(db, &rows, "SELECT value FROM settings WHERE name = $1",
		      DB_PARAMS(db_text(name)), e))
		return false;
	if (db_next(&rows))
		*value = db_column_text(&rows, 0, a);
	return db_rows_ok(&rows, e);
}

bool store_setting_lock(struct db *db, const char *name, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO settings (name, value) VALUES ($1, '0') ON CONFLICT (name) DO "
		       "UPDATE SET value = settings.value",
		       DB_PARAMS(db_text(name)), NULL, e);
}

bool store_setting_set(struct db *db, const char *name, const char *value, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO "
		       "UPDATE SET value = excluded.value",
		       DB_PARAMS(db_text(name), db_text(value)), NULL, e);
}
