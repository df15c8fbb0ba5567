#include "store/shown.h"

#include "store/rows.h"

bool store_shown_raise(struct db *db, const char *node, const char *topic, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO shown_changes (node, topic, number) VALUES ($1, $2, 1) ON "
		       "CONFLICT (node, topic) DO UPDATE SET number = shown_changes.number + 1",
		       DB_PARAMS(db_text(node), db_text(topic)), NULL, e);
}

bool store_shown_read(struct db *db, struct arena *a, const char *node, struct store_shown **out,
		      size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_shown *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT topic, CAST(SUM(number) AS BIGINT) FROM shown_changes WHERE node <> "
		      "$1 GROUP BY topic",
		      DB_PARAMS(db_text(node)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct store_shown){db_column_text(&rows, 0, a), db_column_i64(&rows, 1)};
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}
