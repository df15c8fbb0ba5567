#include "store/app.h"

#include "store/note.h"
#include "store/request_url.h"
#include "store/rows.h"

#define COLUMNS                                                                             \
	"id, corp_id, client_id, agent_id, client_secret, aes_key, token, path_secret, "    \
	"last_event_ms, created_ms, notice_channel, old_aes_key, old_token, old_until_ms, " \
	"keys_proven, ingress, bad_signatures, alert, alert_ms, version, url_checked_ms, "  \
	"event_lag_ms"

static struct store_sealed sealed(const struct db_rows *rows, int column, struct arena *a)
{
	struct store_sealed s;

	s.bytes = db_column_blob(rows, column, a, &s.n);
	return s;
}

static struct db_value bind(struct store_sealed s)
{
	return db_blob(s.bytes, s.n);
}

static struct db_value bind_some(struct store_sealed s)
{
	return s.n == 0 ? (struct db_value){0} : bind(s);
}

static struct db_value optional(int64_t value)
{
	return value == 0 ? (struct db_value){0} : db_i64(value);
}

static void read_row(const struct db_rows *rows, struct arena *a, struct store_app *out)
{
	*out = (struct store_app){.id = db_column_text(rows, 0, a),
				  .corp_id = db_column_text(rows, 1, a),
				  .client_id = db_column_text(rows, 2, a),
				  .agent_id = db_column_i64(rows, 3),
				  .client_secret = sealed(rows, 4, a),
				  .aes_key = sealed(rows, 5, a),
				  .token = sealed(rows, 6, a),
				  .path_secret = db_column_text(rows, 7, a),
				  .last_event_ms = db_column_i64(rows, 8),
				  .created_ms = db_column_i64(rows, 9),
				  .notice_channel = db_column_text(rows, 10, a),
				  .old_aes_key = sealed(rows, 11, a),
				  .old_token = sealed(rows, 12, a),
				  .old_until_ms = db_column_i64(rows, 13),
				  .keys_proven = db_column_i64(rows, 14) != 0,
				  .ingress = db_column_text(rows, 15, a),
				  .bad_signatures = db_column_i64(rows, 16),
				  .alert = db_column_text(rows, 17, a),
				  .alert_ms = db_column_i64(rows, 18),
				  .version = db_column_i64(rows, 19),
				  .url_checked_ms = db_column_i64(rows, 20),
				  .event_lag_ms = db_column_i64(rows, 21)};
}

bool store_app_add(struct db *db, const struct store_app *app, struct err *e)
{
	int64_t added;

	if (!db_exec(db,
		     "INSERT INTO dingtalk_apps (id, corp_id, client_id, agent_id, client_secret, "
		     "aes_key, token, path_secret, created_ms, notice_channel, ingress) VALUES "
		     "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
		     DB_PARAMS(db_text(app->id), db_text(app->corp_id), db_text(app->client_id),
			       optional(app->agent_id), bind(app->client_secret),
			       bind_some(app->aes_key), bind_some(app->token),
			       db_text(app->path_secret), db_i64(app->created_ms),
			       db_text(app->notice_channel), db_text(app->ingress)),
		     &added, e))
		return false;
	if (added == 0)
		return err_set(e, ERR_CONFLICT,
			       "There is a DingTalk app with this Client ID already.");
	db_note(db, NOTE_APP, app->id);
	return true;
}

bool store_app_get(struct db *db, struct arena *a, const char *id, struct store_app *out,
		   struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT " COLUMNS " FROM dingtalk_apps WHERE id = $1",
		    DB_PARAMS(db_text(id)), "There is no DingTalk app with this id.", e))
		return false;
	read_row(&rows, a, out);
	return true;
}

bool store_app_by_client(struct db *db, struct arena *a, const char *client_id,
			 struct store_app *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_app){0};
	if (!db_query(db, &rows, "SELECT " COLUMNS " FROM dingtalk_apps WHERE client_id = $1",
		      DB_PARAMS(db_text(client_id)), e))
		return false;
	if (db_next(&rows))
		read_row(&rows, a, out);
	return db_rows_ok(&rows, e);
}

bool store_app_list(struct db *db, struct arena *a, const char *cursor, int64_t limit,
		    struct store_app **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_app *items = arena_array(a, (size_t)limit, sizeof(*items));
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT " COLUMNS " FROM dingtalk_apps WHERE id > $1 ORDER BY id LIMIT $2",
		      DB_PARAMS(db_text(cursor), db_i64(limit)), e))
		return false;
	while (db_next(&rows))
		read_row(&rows, a, &items[n++]);
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_app_ids(struct db *db, struct arena *a, const char ***out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const char **ids = NULL;
	size_t n = 0;

	if (!db_query(db, &rows, "SELECT id FROM dingtalk_apps ORDER BY id", DB_NONE, e))
		return false;
	for (; db_next(&rows); n++) {
		ids = rows_grow(a, ids, n, sizeof(*ids));
		ids[n] = db_column_text(&rows, 0, a);
	}
	*out = ids;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_app_update(struct db *db, const struct store_app *app, struct err *e)
{
	int64_t changed;

	db_note(db, NOTE_APP, app->id);
	/* What is NULL has no type of its own: PostgreSQL takes it from where it stands,
	 * which the assigned column and the compared one give differently. */
	if (!db_exec(db,
		     "UPDATE dingtalk_apps SET corp_id = $15, agent_id = $2, client_secret = $3, "
		     "aes_key = $4, "
		     "token = $5, notice_channel = $6, ingress = $7, old_aes_key = $8, "
		     "old_token = $9, old_until_ms = $10, keys_proven = $11, bad_signatures = 0, "
		     "url_checked_ms = CASE WHEN aes_key = $13 AND token = $14 THEN "
		     "url_checked_ms END, version = version + 1 WHERE id = $1 AND version = $12",
		     DB_PARAMS(db_text(app->id), optional(app->agent_id), bind(app->client_secret),
			       bind_some(app->aes_key), bind_some(app->token),
			       db_text(app->notice_channel), db_text(app->ingress),
			       bind_some(app->old_aes_key), bind_some(app->old_token),
			       optional(app->old_until_ms), db_i64(app->keys_proven),
			       db_i64(app->version), bind_some(app->aes_key), bind_some(app->token),
			       db_text(app->corp_id)),
		     &changed, e))
		return false;
	return changed == 1 || err_set(e, ERR_STALE, "Somebody changed this app meanwhile.");
}

static bool use_workflows(struct db *db, struct arena *a, const char *id, struct store_app_use *out,
			  struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_app_workflow *items = NULL;

	if (!db_query(db, &rows,
		      "SELECT id, name FROM workflows WHERE app = $1 ORDER BY id LIMIT $2",
		      DB_PARAMS(db_text(id), db_i64(STORE_APP_USE_MAX)), e))
		return false;
	for (; db_next(&rows); out->workflow_count++) {
		items = rows_grow(a, items, out->workflow_count, sizeof(*items));
		items[out->workflow_count] = (struct store_app_workflow){
		    db_column_text(&rows, 0, a), db_column_text(&rows, 1, a)};
	}
	out->workflows = items;
	return db_rows_ok(&rows, e);
}

bool store_app_use(struct db *db, struct arena *a, const char *id, struct store_app_use *out,
		   struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_app_use){0};
	if (!use_workflows(db, a, id, out, e) ||
	    !db_one(db, &rows,
		    "SELECT "
		    "(SELECT name FROM identity_sources WHERE app = $1), "
		    "CASE WHEN EXISTS (SELECT 1 FROM instances WHERE app = $1) THEN 1 ELSE 0 END",
		    DB_PARAMS(db_text(id)), "No answer.", e))
		return false;
	out->source = db_column_text(&rows, 0, a);
	out->requests = db_column_bool(&rows, 1);
	return true;
}

bool store_app_delete(struct db *db, const char *id, struct err *e)
{
	db_note(db, NOTE_APP, id);
	return store_request_url_drop(db, id, e) &&
	       db_exec(db, "DELETE FROM dingtalk_streams WHERE app = $1", DB_PARAMS(db_text(id)),
		       NULL, e) &&
	       db_exec(db, "DELETE FROM form_events WHERE app = $1", DB_PARAMS(db_text(id)), NULL,
		       e) &&
	       db_exec(db, "DELETE FROM dingtalk_apps WHERE id = $1", DB_PARAMS(db_text(id)), NULL,
		       e);
}

bool store_app_verified(struct db *db, const struct store_app *app, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_APPS);
	return db_exec(db,
		       "UPDATE dingtalk_apps SET keys_proven = $2, bad_signatures = $3, "
		       "alert = $4, alert_ms = $5 WHERE id = $1",
		       DB_PARAMS(db_text(app->id), db_i64(app->keys_proven),
				 db_i64(app->bad_signatures), db_text(app->alert),
				 optional(app->alert_ms)),
		       NULL, e);
}

bool store_app_alerts(struct db *db, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT COUNT(*) FROM dingtalk_apps WHERE alert <> ''", DB_NONE,
		      e))
		return false;
	*out = db_next(&rows) ? db_column_i64(&rows, 0) : 0;
	return db_rows_ok(&rows, e);
}

bool store_app_old_due(struct db *db, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT MIN(old_until_ms) FROM dingtalk_apps", DB_NONE, e))
		return false;
	*due_ms = db_next(&rows) ? db_column_i64(&rows, 0) : 0;
	return db_rows_ok(&rows, e);
}

bool store_app_old_forget(struct db *db, int64_t now_ms, struct err *e)
{
	return db_exec(db,
		       "UPDATE dingtalk_apps SET old_aes_key = NULL, old_token = NULL, "
		       "old_until_ms = NULL WHERE old_until_ms <= $1",
		       DB_PARAMS(db_i64(now_ms)), NULL, e);
}

bool store_app_event_seen(struct db *db, const char *id, int64_t at_ms, struct err *e)
{
	return db_exec(db,
		       "UPDATE dingtalk_apps SET last_event_ms = $2 WHERE id = $1 AND "
		       "(last_event_ms IS NULL OR last_event_ms NOT BETWEEN $3 AND $2)",
		       DB_PARAMS(db_text(id), db_i64(at_ms), db_i64(at_ms - STORE_APP_SEEN_MS + 1)),
		       NULL, e);
}

bool store_app_event_lag(struct db *db, const char *id, int64_t lag_ms, struct err *e)
{
	return db_exec(db, "UPDATE dingtalk_apps SET event_lag_ms = $2 WHERE id = $1",
		       DB_PARAMS(db_text(id), db_i64(lag_ms)), NULL, e);
}

bool store_app_url_checked(struct db *db, const char *id, int64_t at_ms, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_APPS);
	return db_exec(db, "UPDATE dingtalk_apps SET url_checked_ms = $2 WHERE id = $1",
		       DB_PARAMS(db_text(id), db_i64(at_ms)), NULL, e);
}
