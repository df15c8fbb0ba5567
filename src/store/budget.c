#include "store/budget.h"

#include "model/budget.h"
#include "store/note.h"

bool store_budget_get(struct db *db, struct arena *a, const char *corp_id, int64_t month,
		      struct store_organisation *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT a.corp_id, o.figure IS NOT NULL, o.figure, o.over_month = $2, m.calls, "
		    "m.pushes FROM dingtalk_apps a "
		    "LEFT JOIN dingtalk_organisations o ON o.corp_id = a.corp_id "
		    "LEFT JOIN dingtalk_months m ON m.corp_id = a.corp_id AND m.month = $2 "
		    "WHERE a.corp_id = $1 LIMIT 1",
		    DB_PARAMS(db_text(corp_id), db_i64(month)),
		    "There is no DingTalk app of this organisation.", e))
		return false;
	*out = (struct store_organisation){.corp_id = db_column_text(&rows, 0, a),
					   .entered = db_column_bool(&rows, 1),
					   .figure = db_column_i64(&rows, 2),
					   .over = db_column_bool(&rows, 3),
					   .calls = db_column_i64(&rows, 4),
					   .pushes = db_column_i64(&rows, 5)};
	if (!out->entered)
		out->figure = BUDGET_DEFAULT;
	return true;
}

bool store_budget_list(struct db *db, struct arena *a, int64_t limit, const char ***corp_ids,
		       size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const char **items = arena_array(a, (size_t)limit, sizeof(*items));
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT DISTINCT corp_id FROM dingtalk_apps ORDER BY corp_id LIMIT $1",
		      DB_PARAMS(db_i64(limit)), e))
		return false;
	while (db_next(&rows))
		items[n++] = db_column_text(&rows, 0, a);
	*corp_ids = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_budget_set(struct db *db, const char *corp_id, int64_t figure, struct err *e)
{
	db_note(db, NOTE_BUDGET, corp_id);
	return db_exec(
	    db,
	    "INSERT INTO dingtalk_organisations (corp_id, figure) VALUES ($1, $2) "
	    "ON CONFLICT (corp_id) DO UPDATE SET figure = $2, over_month = 0",
	    DB_PARAMS(db_text(corp_id), figure < 0 ? (struct db_value){0} : db_i64(figure)), NULL,
	    e);
}

bool store_budget_over(struct db *db, const char *corp_id, int64_t month, struct err *e)
{
	db_note(db, NOTE_BUDGET, corp_id);
	return db_exec(db,
		       "INSERT INTO dingtalk_organisations (corp_id, over_month) VALUES ($1, $2) "
		       "ON CONFLICT (corp_id) DO UPDATE SET over_month = $2",
		       DB_PARAMS(db_text(corp_id), db_i64(month)), NULL, e);
}

bool store_budget_take(struct db *db, const struct store_block *b, bool *taken, struct err *e)
{
	int64_t changed;

	db_note(db, NOTE_SHOWN, SHOWN_APPS);
	*taken = false;
	if (b->n > b->limit)
		return true;
	if (!db_exec(
		db,
		"INSERT INTO dingtalk_months (corp_id, month, calls) VALUES ($1, $2, $3) "
		"ON CONFLICT (corp_id, month) DO UPDATE SET calls = dingtalk_months.calls + $3 "
		"WHERE dingtalk_months.calls + $3 <= $4",
		DB_PARAMS(db_text(b->corp_id), db_i64(b->month), db_i64(b->n), db_i64(b->limit)),
		&changed, e))
		return false;
	*taken = changed == 1;
	return true;
}

bool store_budget_return(struct db *db, const struct store_block *b, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_APPS);
	return db_exec(db,
		       "UPDATE dingtalk_months SET calls = calls - $3 "
		       "WHERE corp_id = $1 AND month = $2 AND calls >= $3",
		       DB_PARAMS(db_text(b->corp_id), db_i64(b->month), db_i64(b->n)), NULL, e);
}

bool store_budget_pushed(struct db *db, const char *app, int64_t month, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_APPS);
	return db_exec(db,
		       "INSERT INTO dingtalk_months (corp_id, month, pushes) "
		       "SELECT corp_id, $2, 1 FROM dingtalk_apps WHERE id = $1 "
		       "ON CONFLICT (corp_id, month) DO UPDATE SET "
		       "pushes = dingtalk_months.pushes + 1",
		       DB_PARAMS(db_text(app), db_i64(month)), NULL, e);
}
