#include "store/department.h"

#include "store/rows.h"

#define HAS_BELOW "EXISTS (SELECT 1 FROM departments b WHERE b.parent = d.id AND b.gone = 0)"

bool store_department_exists(struct db *db, const char *id, bool *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT 1 FROM departments WHERE id = $1", DB_PARAMS(db_text(id)),
		      e))
		return false;
	*out = db_next(&rows);
	return db_rows_ok(&rows, e);
}

static struct store_department department_of(const struct db_rows *rows, struct arena *a)
{
	return (struct store_department){.id = db_column_text(rows, 0, a),
					 .source = db_column_text(rows, 1, a),
					 .external_id = db_column_text(rows, 2, a),
					 .parent = db_column_text(rows, 3, a),
					 .name = db_column_text(rows, 4, a),
					 .gone = db_column_bool(rows, 5)};
}

bool store_department_get(struct db *db, struct arena *a, const char *id,
			  struct store_department *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(
		db, &rows,
		"SELECT d.id, d.source, d.external_id, d.parent, d.name, d.gone, s.name, " HAS_BELOW
		" FROM departments d JOIN identity_sources s ON s.id = d.source WHERE d.id = $1",
		DB_PARAMS(db_text(id)), "There is no department with this id.", e))
		return false;
	*out = department_of(&rows, a);
	out->source_name = db_column_text(&rows, 6, a);
	out->has_below = db_column_bool(&rows, 7);
	return true;
}

static bool collect(struct db_rows *rows, struct arena *a, struct store_department_list *out,
		    struct err *e)
{
	struct store_department *all = NULL;
	size_t n = 0;

	for (; db_next(rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = department_of(rows, a);
	}
	out->items = all;
	out->count = n;
	return db_rows_ok(rows, e);
}

bool store_department_list(struct db *db, struct arena *a,
			   const struct store_department_filter *filter,
			   const struct store_page *page, struct store_department_list *out,
			   struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	size_t n = 0;

	out->items = NULL;
	if (!db_query(
		db, &rows,
		"SELECT d.id, d.source, d.external_id, d.parent, d.name, d.gone, s.name, " HAS_BELOW
		" FROM departments d JOIN identity_sources s ON s.id = d.source WHERE d.gone = 0 "
		"AND ($1 = '' OR d.source = $1) AND ($2 = '' OR d.parent = $2) AND ($6 = 0 OR "
		"NOT EXISTS (SELECT 1 FROM departments u WHERE u.id = d.parent AND u.gone = 0)) "
		"AND lower(d.name) LIKE $3 ESCAPE '\\' AND d.id > $4 ORDER BY "
		"d.id LIMIT $5",
		DB_PARAMS(db_text(filter->source != NULL ? filter->source : ""),
			  db_text(filter->parent != NULL ? filter->parent : ""),
			  db_text(rows_like(a, filter->search)), db_text(page->cursor),
			  db_i64(page->limit), db_bool(filter->top)),
		e))
		return false;
	for (; db_next(&rows); n++) {
		out->items = rows_grow(a, out->items, n, sizeof(*out->items));
		out->items[n] = department_of(&rows, a);
		out->items[n].source_name = db_column_text(&rows, 6, a);
		out->items[n].has_below = db_column_bool(&rows, 7);
	}
	out->count = n;
	return db_rows_ok(&rows, e);
}

bool store_department_path(struct db *db, struct arena *a, const char *id, const char **out,
			   struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = "";
	if (!db_query(
		db, &rows,
		"WITH RECURSIVE up (parent, name, level) AS (SELECT parent, name, 1 FROM "
		"departments WHERE id = $1 UNION ALL SELECT d.parent, d.name, u.level + 1 FROM "
		"departments d JOIN up u ON d.id = u.parent WHERE u.level < 100) SELECT name FROM "
		"up ORDER BY level",
		DB_PARAMS(db_text(id)), e))
		return false;
	while (db_next(&rows))
		*out = arena_printf(a, "%s%s%s", db_column_text(&rows, 0, a),
				    **out == '\0' ? "" : "/", *out);
	return db_rows_ok(&rows, e);
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
