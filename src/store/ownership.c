#include "store/ownership.h"

#include "store/rows.h"

bool store_device_session_end(struct db *db, const char *id, const char *why, int64_t at_ms,
			      bool *changed, struct err *e)
{
	int64_t n = 0;

	if (!db_exec(db,
		     "UPDATE devices SET session_end = $2, session_ended_ms = $3 WHERE id = $1 AND "
		     "session_end = ''",
		     DB_PARAMS(db_text(id), db_text(why), db_i64(at_ms)), &n, e))
		return false;
	*changed = n > 0;
	return true;
}

bool store_device_signed_in(struct db *db, struct arena *a, const char *person, size_t max,
			    const char *const **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const char **all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT id FROM devices WHERE owner = $1 AND session_end = '' ORDER BY id "
		      "LIMIT $2",
		      DB_PARAMS(db_text(person), db_i64((int64_t)max)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = db_column_text(&rows, 0, a);
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}
