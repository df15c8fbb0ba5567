#include "store/request_url.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

bool store_request_url_add(struct db *db, const struct store_request_url *url, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO request_urls (id, secret, by_id, expires_ms, created_ms) "
		       "VALUES ($1, $2, $3, $4, $5)",
		       DB_PARAMS(db_text(url->id), db_text(url->secret), db_text(url->by),
				 db_i64(url->expires_ms), db_i64(url->created_ms)),
		       NULL, e);
}

bool store_request_url_open(struct db *db, const char *by, int64_t now_ms, int64_t *count,
			    struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT COUNT(*) FROM request_urls WHERE by_id = $1 AND expires_ms > $2",
		    DB_PARAMS(db_text(by), db_i64(now_ms)), "No count.", e))
		return false;
	*count = db_column_i64(&rows, 0);
	return true;
}

bool store_request_url_secret(struct db *db, struct arena *a, const char *id, int64_t now_ms,
			      const char **secret, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*secret = NULL;
	if (!db_query(db, &rows,
		      "SELECT secret FROM request_urls WHERE id = $1 AND expires_ms > $2",
		      DB_PARAMS(db_text(id), db_i64(now_ms)), e))
		return false;
	if (db_next(&rows))
		*secret = db_column_text(&rows, 0, a);
	return db_rows_ok(&rows, e);
}

bool store_request_url_take(struct db *db, const char *id, struct err *e)
{
	return db_exec(db, "DELETE FROM request_urls WHERE id = $1", DB_PARAMS(db_text(id)), NULL,
		       e);
}

bool store_request_url_alias(struct db *db, const char *id, const char *app, int64_t now_ms,
			     bool *won, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE request_urls SET app = $2, expires_ms = NULL, used_ms = $3 "
		     "WHERE id = $1 AND (expires_ms > $3 OR app = $2)",
		     DB_PARAMS(db_text(id), db_text(app), db_i64(now_ms)), &changed, e))
		return false;
	*won = changed == 1;
	return db_exec(db,
		       "DELETE FROM request_urls WHERE app = $1 AND id NOT IN (SELECT id FROM "
		       "request_urls WHERE app = $1 ORDER BY used_ms DESC, id DESC LIMIT $2)",
		       DB_PARAMS(db_text(app), db_i64(STORE_REQUEST_URL_ALIASES)), NULL, e);
}

bool store_request_url_taken(struct db *db, struct arena *a, const char *id,
			     struct store_request_url *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_request_url){0};
	if (!db_query(db, &rows,
		      "SELECT id, secret, app, by_id, created_ms FROM request_urls "
		      "WHERE id = $1 AND app IS NOT NULL",
		      DB_PARAMS(db_text(id)), e))
		return false;
	if (db_next(&rows))
		*out = (struct store_request_url){.id = db_column_text(&rows, 0, a),
						  .secret = db_column_text(&rows, 1, a),
						  .app = db_column_text(&rows, 2, a),
						  .by = db_column_text(&rows, 3, a),
						  .created_ms = db_column_i64(&rows, 4)};
	return db_rows_ok(&rows, e);
}

bool store_request_url_used(struct db *db, const char *id, int64_t now_ms, struct err *e)
{
	return db_exec(db, "UPDATE request_urls SET used_ms = $2 WHERE id = $1 AND used_ms < $3",
		       DB_PARAMS(db_text(id), db_i64(now_ms), db_i64(now_ms - DAY_MS)), NULL, e);
}

bool store_request_url_purge(struct db *db, int64_t now_ms, struct err *e)
{
	return db_exec(db, "DELETE FROM request_urls WHERE expires_ms <= $1",
		       DB_PARAMS(db_i64(now_ms)), NULL, e);
}

bool store_request_url_drop(struct db *db, const char *app, struct err *e)
{
	return db_exec(db, "DELETE FROM request_urls WHERE app = $1", DB_PARAMS(db_text(app)), NULL,
		       e);
}
