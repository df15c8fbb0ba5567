#include "store/department.h"

#include "store/rows.h"

bool store_department_exists(struct db *db, const char *id, bool *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT 1 FROM departments WHERE id = $1", DB_PARAMS(db_text(id)),
		      e))
		return false;
	*out = db_next(&rows);
	return db_rows_ok(&rows, e);
}

static bool collect(struct db_rows *rows, struct arena *a, struct store_department_list *out,
		    struct err *e)
{
	struct store_department *all = NULL;
	size_t n = 0;

	for (; db_next(rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct store_department){.id = db_column_text(rows, 0, a),
						   .source = db_column_text(rows, 1, a),
						   .external_id = db_column_text(rows, 2, a),
						   .parent = db_column_text(rows, 3, a),
						   .name = db_column_text(rows, 4, a),
						   .gone = db_column_bool(rows, 5)};
	}
	out->items = all;
	out->count = n;
	return db_rows_ok(rows, e);
}

bool store_department_list(struct db *db, struct arena *a, const char *source,
			   const struct store_page *page, struct store_department_list *out,
			   struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT id, source, external_id, parent, name, gone FROM departments WHERE "
			"gone = 0 AND ($1 = '' OR source = $1) AND id > $2 ORDER BY id LIMIT $3",
			DB_PARAMS(db_text(source != NULL ? source : ""), db_text(page->cursor),
				  db_i64(page->limit)),
			e) &&
	       collect(&rows, a, out, e);
}

bool store_department_all(struct db *db, struct arena *a, struct store_department_list *out,
			  struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(
		   db, &rows,
		   "SELECT id, source, external_id, parent, name, gone FROM departments ORDER BY "
		   "id",
		   DB_NONE, e) &&
	       collect(&rows, a, out, e);
}
