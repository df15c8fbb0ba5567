#include "store/policy.h"

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

bool store_policy_add(struct db *db, int64_t version, const char *body, const char *by,
		      int64_t now_ms, struct err *e)
{
	int64_t added;

	if (!db_exec(db,
		     "INSERT INTO policies (version, body, created_ms, created_by) VALUES ($1, $2, "
		     "$3, $4) ON CONFLICT (version) DO NOTHING",
		     DB_PARAMS(db_i64(version), db_text(body), db_i64(now_ms), db_text(by)), &added,
		     e))
		return false;
	return added == 1 || err_set(e, ERR_STALE, "Somebody changed the policy meanwhile.");
}
