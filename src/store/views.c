#include "store/views.h"

bool store_views_get(struct db *db, struct arena *a, const char *account, struct store_views *out,
		     struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_views){.account = account};
	if (!db_query(db, &rows, "SELECT views, version FROM account_views WHERE account = $1",
		      DB_PARAMS(db_text(account)), e))
		return false;
	if (db_next(&rows)) {
		out->json = db_column_text(&rows, 0, a);
		out->version = db_column_i64(&rows, 1);
	}
	return db_rows_ok(&rows, e);
}

bool store_views_set(struct db *db, const struct store_views *views, struct err *e)
{
	int64_t changed = 0;

	return db_exec(
		   db,
		   "INSERT INTO account_views (account, views, version) VALUES ($1, $2, $3 + "
		   "1) ON CONFLICT (account) DO UPDATE SET views = $2, version = $3 + 1 WHERE "
		   "account_views.version = $3",
		   DB_PARAMS(db_text(views->account), db_text(views->json), db_i64(views->version)),
		   &changed, e) &&
	       (changed == 1 ||
		err_set(e, ERR_STALE, "These views were changed meanwhile, in another window."));
}
