#include "store/check.h"

#include "store/note.h"

bool store_check_apps(struct db *db, struct arena *a, struct store_check_app **out, size_t *count,
		      struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_check_app *items = arena_array(a, STORE_CHECK_MAX_APPS, sizeof(*items));
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT id, corp_id, (SELECT MIN(check_ms) FROM instances "
		      "WHERE app = dingtalk_apps.id AND check_ms IS NOT NULL), "
		      "CASE WHEN ingress = 'push' THEN missed_due_ms END, silent_ms, proven FROM "
		      "dingtalk_apps ORDER BY id LIMIT $1",
		      DB_PARAMS(db_i64(STORE_CHECK_MAX_APPS)), e))
		return false;
	while (db_next(&rows)) {
		items[n++] = (struct store_check_app){
		    .app = db_column_text(&rows, 0, a),
		    .corp_id = db_column_text(&rows, 1, a),
		    .due_ms = db_column_i64(&rows, 2),
		    .missed_ms = db_column_i64(&rows, 3),
		    .trust = {db_column_i64(&rows, 4), db_column_i64(&rows, 5)}};
	}
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_check_next(struct db *db, struct arena *a, const char *app, int64_t now_ms,
		      struct store_instance *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const struct db_params *of = DB_PARAMS(db_text(app), db_i64(now_ms));

	*out = (struct store_instance){0};
	if (!db_query(db, &rows,
		      "SELECT id FROM instances WHERE app = $1 AND status = 'pending' AND "
		      "check_ms <= $2 ORDER BY check_ms LIMIT 1",
		      of, e))
		return false;
	if (db_next(&rows))
		return store_instance_get(db, a, db_column_text(&rows, 0, a), out, e);
	if (!db_rows_ok(&rows, e) ||
	    !db_query(db, &rows,
		      "SELECT id FROM instances WHERE app = $1 AND check_ms <= $2 "
		      "ORDER BY check_ms LIMIT 1",
		      of, e))
		return false;
	if (!db_next(&rows))
		return db_rows_ok(&rows, e);
	return store_instance_get(db, a, db_column_text(&rows, 0, a), out, e);
}

bool store_check_claim(struct db *db, const char *id, int64_t from_ms, int64_t until_ms, bool *won,
		       struct err *e)
{
	int64_t changed;

	if (!db_exec(db, "UPDATE instances SET check_ms = $3 WHERE id = $1 AND check_ms = $2",
		     DB_PARAMS(db_text(id), db_i64(from_ms), db_i64(until_ms)), &changed, e))
		return false;
	*won = changed == 1;
	return true;
}

bool store_check_after(struct db *db, struct arena *a, const struct store_instance *from,
		       int64_t limit, struct store_check_row **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_check_row *items = arena_array(a, (size_t)limit, sizeof(*items));
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT id, external_id, number, created_ms, submitted_ms, check_ms, "
		      "check_step FROM instances WHERE app = $1 AND process_code = $2 AND "
		      "number >= $3 AND status = 'pending' AND check_ms IS NOT NULL "
		      "ORDER BY number LIMIT $4",
		      DB_PARAMS(db_text(from->app), db_text(from->process_code),
				db_i64(from->number), db_i64(limit)),
		      e))
		return false;
	while (db_next(&rows)) {
		items[n++] = (struct store_check_row){.id = db_column_text(&rows, 0, a),
						      .external_id = db_column_text(&rows, 1, a),
						      .number = db_column_i64(&rows, 2),
						      .created_ms = db_column_i64(&rows, 3),
						      .submitted_ms = db_column_i64(&rows, 4),
						      .check_ms = db_column_i64(&rows, 5),
						      .check_step = db_column_i64(&rows, 6)};
	}
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

static bool count_open(struct db *db, const char *corp_id, struct store_check_load *out,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT COUNT(*) FROM instances WHERE status = 'pending' AND check_ms IS NOT "
		      "NULL AND app IN (SELECT id FROM dingtalk_apps WHERE corp_id = $1) "
		      "GROUP BY app, process_code",
		      DB_PARAMS(db_text(corp_id)), e))
		return false;
	while (db_next(&rows)) {
		out->open += db_column_i64(&rows, 0);
		out->calls += schedule_calls(db_column_i64(&rows, 0));
	}
	return db_rows_ok(&rows, e);
}

bool store_check_load(struct db *db, struct arena *a, const char *corp_id, int64_t since_ms,
		      struct store_check_load *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	/* Ids begin with their time (base/id.h), and there is an index on them. */
	const char *since = arena_printf(a, "%08llx-%04llx", (unsigned long long)since_ms >> 16,
					 (unsigned long long)since_ms & 0xffff);

	*out = (struct store_check_load){0};
	if (!count_open(db, corp_id, out, e) ||
	    !db_one(db, &rows,
		    "SELECT COUNT(*) FROM instances WHERE id > $2 AND app IN "
		    "(SELECT id FROM dingtalk_apps WHERE corp_id = $1)",
		    DB_PARAMS(db_text(corp_id), db_text(since)), "no count", e))
		return false;
	out->filings = db_column_i64(&rows, 0);
	return true;
}

bool store_check_hurry(struct db *db, const char *app, int64_t now_ms, int64_t *count,
		       struct err *e)
{
	db_note(db, NOTE_CHECK, "");
	return db_exec(db,
		       "UPDATE instances SET check_ms = $2 WHERE app = $1 AND status = 'pending' "
		       "AND check_ms > $2",
		       DB_PARAMS(db_text(app), db_i64(now_ms)), count, e);
}

bool store_check_hurry_organisation(struct db *db, const char *corp_id, int64_t now_ms,
				    struct err *e)
{
	db_note(db, NOTE_CHECK, "");
	return db_exec(db,
		       "UPDATE instances SET check_ms = $2 WHERE status = 'pending' AND check_ms > "
		       "$2 AND app IN "
		       "(SELECT id FROM dingtalk_apps WHERE corp_id = $1)",
		       DB_PARAMS(db_text(corp_id), db_i64(now_ms)), NULL, e);
}

bool store_check_hurry_all(struct db *db, int64_t now_ms, struct err *e)
{
	return db_exec(
	    db,
	    "UPDATE instances SET check_ms = $1 WHERE status = 'pending' AND check_ms IS NOT NULL",
	    DB_PARAMS(db_i64(now_ms)), NULL, e);
}

bool store_check_announced(struct db *db, const char *id, int64_t now_ms, struct err *e)
{
	return db_exec(
	    db, "UPDATE instances SET announced_ms = $2 WHERE id = $1 AND announced_ms IS NULL",
	    DB_PARAMS(db_text(id), db_i64(now_ms)), NULL, e);
}

bool store_check_found(struct db *db, const char *id, int64_t now_ms, struct err *e)
{
	return db_exec(db, "UPDATE instances SET found_ms = $2 WHERE id = $1",
		       DB_PARAMS(db_text(id), db_i64(now_ms)), NULL, e);
}

bool store_check_judge(struct db *db, struct arena *a, int64_t before_ms,
		       struct store_check_judged *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_check_judged){0};
	if (!db_query(db, &rows,
		      "SELECT id, app, announced_ms IS NOT NULL, found_ms FROM instances "
		      "WHERE found_ms <= $1 ORDER BY found_ms LIMIT 1",
		      DB_PARAMS(db_i64(before_ms)), e))
		return false;
	if (!db_next(&rows))
		return db_rows_ok(&rows, e);
	*out = (struct store_check_judged){.id = db_column_text(&rows, 0, a),
					   .app = db_column_text(&rows, 1, a),
					   .announced = db_column_bool(&rows, 2),
					   .found_ms = db_column_i64(&rows, 3)};
	return db_exec(db, "UPDATE instances SET found_ms = NULL WHERE id = $1",
		       DB_PARAMS(db_text(out->id)), NULL, e);
}

bool store_check_found_due(struct db *db, int64_t *found_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT MIN(found_ms) FROM instances WHERE found_ms IS NOT NULL",
		      DB_NONE, e))
		return false;
	*found_ms = db_next(&rows) ? db_column_i64(&rows, 0) : 0;
	return db_rows_ok(&rows, e);
}

bool store_check_trust(struct db *db, const char *app, struct trust_record *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT silent_ms, proven FROM dingtalk_apps WHERE id = $1",
		    DB_PARAMS(db_text(app)), "There is no DingTalk app with this id.", e))
		return false;
	*out = (struct trust_record){db_column_i64(&rows, 0), db_column_i64(&rows, 1)};
	return true;
}

bool store_check_trust_set(struct db *db, const char *app, const struct trust_record *t,
			   struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_APPS);
	return db_exec(db, "UPDATE dingtalk_apps SET silent_ms = $2, proven = $3 WHERE id = $1",
		       DB_PARAMS(db_text(app), db_i64(t->silent_ms), db_i64(t->proven)), NULL, e);
}

bool store_check_missed_want(struct db *db, const char *app, int64_t due_ms, struct err *e)
{
	return db_exec(db,
		       "UPDATE dingtalk_apps SET missed_due_ms = $2 WHERE id = $1 AND "
		       "(missed_due_ms IS NULL OR missed_due_ms > $2)",
		       DB_PARAMS(db_text(app), db_i64(due_ms)), NULL, e);
}

bool store_check_missed_want_all(struct db *db, int64_t due_ms, struct err *e)
{
	return db_exec(db, "UPDATE dingtalk_apps SET missed_due_ms = $1", DB_PARAMS(db_i64(due_ms)),
		       NULL, e);
}

bool store_check_missed_move(struct db *db, const char *app, int64_t from_ms, int64_t due_ms,
			     bool *won, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE dingtalk_apps SET missed_due_ms = $3 WHERE id = $1 AND "
		     "missed_due_ms = $2",
		     DB_PARAMS(db_text(app), db_i64(from_ms),
			       due_ms == 0 ? (struct db_value){0} : db_i64(due_ms)),
		     &changed, e))
		return false;
	*won = changed == 1;
	return true;
}
