#include "store/source.h"

#include "base/text.h"
#include "store/note.h"
#include "store/rows.h"
#include "store/sync.h"

#define COLUMNS                                                                                \
	"SELECT id, name, type, app, enabled, cycle_hours, sync_state, sync_error, "           \
	"sync_started_ms, sync_ended_ms, sync_people, sync_departments, version, created_ms, " \
	"COALESCE(sync_due_ms, 0), sync_finding, sync_subject, sync_detail, sync_failures, "   \
	"COALESCE(sync_done_ms, 0) "                                                           \
	"FROM identity_sources "

static struct store_source source_of(const struct db_rows *rows, struct arena *a)
{
	return (struct store_source){.id = db_column_text(rows, 0, a),
				     .name = db_column_text(rows, 1, a),
				     .type = db_column_text(rows, 2, a),
				     .app = db_column_text(rows, 3, a),
				     .enabled = db_column_bool(rows, 4),
				     .cycle_hours = db_column_i64(rows, 5),
				     .sync_state = db_column_text(rows, 6, a),
				     .sync_error = db_column_text(rows, 7, a),
				     .sync_started_ms = db_column_i64(rows, 8),
				     .sync_ended_ms = db_column_i64(rows, 9),
				     .sync_people = db_column_i64(rows, 10),
				     .sync_departments = db_column_i64(rows, 11),
				     .version = db_column_i64(rows, 12),
				     .created_ms = db_column_i64(rows, 13),
				     .sync_due_ms = db_column_i64(rows, 14),
				     .sync_finding = {text_some(db_column_text(rows, 15, a)), "",
						      db_column_text(rows, 16, a),
						      db_column_text(rows, 17, a)},
				     .sync_failures = db_column_i64(rows, 18),
				     .sync_done_ms = db_column_i64(rows, 19)};
}

static bool read_departments(struct db *db, struct arena *a, struct store_source *s, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const char **ids = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT external_id FROM source_departments WHERE source = $1 ORDER BY "
		      "external_id",
		      DB_PARAMS(db_text(s->id)), e))
		return false;
	for (; db_next(&rows); n++) {
		ids = rows_grow(a, ids, n, sizeof(*ids));
		ids[n] = db_column_text(&rows, 0, a);
	}
	s->departments = ids;
	s->department_count = n;
	return db_rows_ok(&rows, e);
}

static bool write_departments(struct db *db, const struct store_source *s, struct err *e)
{
	if (!db_exec(db, "DELETE FROM source_departments WHERE source = $1",
		     DB_PARAMS(db_text(s->id)), NULL, e))
		return false;
	for (size_t i = 0; i < s->department_count; i++) {
		if (!db_exec(db,
			     "INSERT INTO source_departments (source, external_id) VALUES ($1, $2) "
			     "ON CONFLICT DO NOTHING",
			     DB_PARAMS(db_text(s->id), db_text(s->departments[i])), NULL, e))
			return false;
	}
	return true;
}

static struct db_value cycle(const struct store_source *s)
{
	return s->cycle_hours == 0 ? (struct db_value){0} : db_i64(s->cycle_hours);
}

static bool name_free(struct db *db, const struct store_source *s, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT 1 FROM identity_sources WHERE name = $1 AND id <> $2",
		      DB_PARAMS(db_text(s->name), db_text(s->id)), e))
		return false;
	if (db_next(&rows))
		return err_set(e, ERR_CONFLICT, "There is an identity source with this name.");
	return db_rows_ok(&rows, e);
}

bool store_source_add(struct db *db, const struct store_source *s, struct err *e)
{
	int64_t added;

	if (!name_free(db, s, e) ||
	    !db_exec(db,
		     "INSERT INTO identity_sources (id, name, type, app, enabled, cycle_hours, "
		     "created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
		     DB_PARAMS(db_text(s->id), db_text(s->name), db_text(s->type), db_text(s->app),
			       db_i64(s->enabled), cycle(s), db_i64(s->created_ms)),
		     &added, e))
		return false;
	if (added == 0)
		return err_set(e, ERR_CONFLICT,
			       "There is an identity source with this DingTalk app already.");
	return write_departments(db, s, e);
}

bool store_source_get(struct db *db, struct arena *a, const char *id, struct store_source *out,
		      struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, COLUMNS "WHERE id = $1", DB_PARAMS(db_text(id)),
		    "There is no identity source with this id.", e))
		return false;
	*out = source_of(&rows, a);
	return read_departments(db, a, out, e);
}

bool store_source_by_app(struct db *db, struct arena *a, const char *app, struct store_source *out,
			 struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_source){0};
	if (!db_query(db, &rows, COLUMNS "WHERE app = $1", DB_PARAMS(db_text(app)), e))
		return false;
	if (!db_next(&rows))
		return db_rows_ok(&rows, e);
	*out = source_of(&rows, a);
	return read_departments(db, a, out, e);
}

bool store_source_list(struct db *db, struct arena *a, const struct store_page *page,
		       struct store_source_list *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_source *items = NULL;
	size_t n = 0;

	if (!db_query(db, &rows, COLUMNS "WHERE id > $1 ORDER BY id LIMIT $2",
		      DB_PARAMS(db_text(page->cursor), db_i64(page->limit)), e))
		return false;
	for (; db_next(&rows); n++) {
		items = rows_grow(a, items, n, sizeof(*items));
		items[n] = source_of(&rows, a);
	}
	*out = (struct store_source_list){items, n};
	return db_rows_ok(&rows, e);
}

bool store_source_update(struct db *db, const struct store_source *s, struct err *e)
{
	int64_t changed;

	if (!name_free(db, s, e) ||
	    !db_exec(db,
		     "UPDATE identity_sources SET name = $2, enabled = $3, cycle_hours = $4, "
		     "sync_due_ms = COALESCE(sync_started_ms + CAST($4 AS BIGINT) * 3600000, "
		     "sync_due_ms), version = version + 1 WHERE id = $1 AND version = $5",
		     DB_PARAMS(db_text(s->id), db_text(s->name), db_i64(s->enabled), cycle(s),
			       db_i64(s->version)),
		     &changed, e))
		return false;
	if (changed == 0)
		return err_set(e, ERR_STALE, "Somebody changed this identity source meanwhile.");
	return write_departments(db, s, e);
}

bool store_source_used(struct db *db, const char *id, bool *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT 1 WHERE EXISTS (SELECT 1 FROM people WHERE source = $1) OR EXISTS "
		      "(SELECT 1 FROM departments WHERE source = $1)",
		      DB_PARAMS(db_text(id)), e))
		return false;
	*out = db_next(&rows);
	return db_rows_ok(&rows, e);
}

bool store_source_delete(struct db *db, const char *id, struct err *e)
{
	return store_sync_remove(db, id, e) &&
	       db_exec(db, "DELETE FROM source_departments WHERE source = $1",
		       DB_PARAMS(db_text(id)), NULL, e) &&
	       db_exec(db, "DELETE FROM identity_sources WHERE id = $1", DB_PARAMS(db_text(id)),
		       NULL, e);
}

bool store_source_sync_want(struct db *db, const char *id, struct err *e)
{
	db_note(db, NOTE_SYNC, id);
	return db_exec(db,
		       "UPDATE identity_sources SET sync_wanted = 1, sync_state = 'running' "
		       "WHERE id = $1",
		       DB_PARAMS(db_text(id)), NULL, e);
}

bool store_source_sync_next(struct db *db, struct arena *a, int64_t now_ms,
			    struct store_source *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_source){0};
	if (!db_query(db, &rows,
		      COLUMNS
		      "WHERE type = 'dingtalk' AND sync_lease_ms <= $1 AND (sync_wanted = 1 OR "
		      "sync_state = 'running' OR sync_due_ms <= $1) "
		      "ORDER BY COALESCE(sync_started_ms, 0), id LIMIT 1",
		      DB_PARAMS(db_i64(now_ms)), e))
		return false;
	if (!db_next(&rows))
		return db_rows_ok(&rows, e);
	*out = source_of(&rows, a);
	return read_departments(db, a, out, e);
}

bool store_source_sync_due(struct db *db, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(
		   db, &rows,
		   "SELECT MIN(CASE WHEN sync_wanted = 0 AND sync_state <> 'running' AND "
		   "sync_due_ms > sync_lease_ms THEN sync_due_ms WHEN sync_lease_ms > 1 THEN "
		   "sync_lease_ms ELSE 1 END) FROM identity_sources WHERE type = 'dingtalk' "
		   "AND (sync_wanted = 1 OR sync_state = 'running' OR sync_due_ms IS NOT NULL)",
		   DB_NONE, e) &&
	       rows_time(&rows, due_ms, e);
}

bool store_source_sync_take(struct db *db, const struct store_source_lease *l, bool *held,
			    struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE identity_sources SET sync_lease_ms = $4, sync_node = $2, sync_lease = "
		     "$5 WHERE id = $1 AND sync_lease_ms <= $3",
		     DB_PARAMS(db_text(l->source), db_text(l->node), db_i64(l->now_ms),
			       db_i64(l->until_ms), db_text(l->lease)),
		     &changed, e))
		return false;
	*held = changed == 1;
	return true;
}

bool store_source_sync_hold(struct db *db, const struct store_source_lease *l, bool *held,
			    struct err *e)
{
	int64_t changed;

	if (!db_exec(
		db,
		"UPDATE identity_sources SET sync_lease_ms = $3 WHERE id = $1 AND sync_lease = "
		"$2 AND sync_lease_ms > 0",
		DB_PARAMS(db_text(l->source), db_text(l->lease), db_i64(l->until_ms)), &changed, e))
		return false;
	*held = changed == 1;
	return true;
}

bool store_source_sync_begin(struct db *db, const char *id, int64_t at_ms, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_SOURCES);
	return db_exec(db,
		       "UPDATE identity_sources SET sync_wanted = 0, sync_state = 'running', "
		       "sync_error = '', sync_started_ms = $2, sync_ended_ms = NULL WHERE id = $1",
		       DB_PARAMS(db_text(id), db_i64(at_ms)), NULL, e);
}

static struct db_value text_or_empty(const char *text)
{
	return db_text(text != NULL ? text : "");
}

bool store_source_sync_end(struct db *db, const struct store_source *s, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_SOURCES);
	return db_exec(
	    db,
	    "UPDATE identity_sources SET sync_state = CASE WHEN sync_wanted = 1 THEN "
	    "'running' ELSE $2 END, sync_error = $3, sync_ended_ms = $4, sync_people = "
	    "$5, sync_departments = $6, sync_due_ms = $7, sync_lease_ms = 0, "
	    "sync_finding = $8, sync_subject = $9, sync_detail = $10, sync_failures = "
	    "$11, sync_done_ms = $12 WHERE id = $1",
	    DB_PARAMS(db_text(s->id), db_text(s->sync_state), db_text(s->sync_error),
		      db_i64(s->sync_ended_ms), db_i64(s->sync_people), db_i64(s->sync_departments),
		      db_i64(s->sync_due_ms), text_or_empty(s->sync_finding.id),
		      text_or_empty(s->sync_finding.subject), text_or_empty(s->sync_finding.detail),
		      db_i64(s->sync_failures),
		      s->sync_done_ms == 0 ? (struct db_value){0} : db_i64(s->sync_done_ms)),
	    NULL, e);
}

bool store_source_sync_leave(struct db *db, const char *id, struct err *e)
{
	db_note(db, NOTE_SYNC, id);
	return db_exec(db, "UPDATE identity_sources SET sync_lease_ms = 0 WHERE id = $1",
		       DB_PARAMS(db_text(id)), NULL, e);
}

bool store_source_sync_mended(struct db *db, const char *app, struct err *e)
{
	db_note(db, NOTE_SYNC, "");
	return db_exec(db,
		       "UPDATE identity_sources SET sync_wanted = 1, sync_state = 'running' WHERE "
		       "app = $1 AND sync_state = 'failed'",
		       DB_PARAMS(db_text(app)), NULL, e);
}

bool store_source_failing(struct db *db, int64_t failures, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT COUNT(*) FROM identity_sources WHERE sync_failures >= $1",
		    DB_PARAMS(db_i64(failures)), "No count.", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_source_sync_resume(struct db *db, const char *node, struct err *e)
{
	return db_exec(db,
		       "UPDATE identity_sources SET sync_lease_ms = 0 WHERE CAST($1 AS TEXT) IS "
		       "NULL OR sync_node = $1",
		       DB_PARAMS(db_text(node)), NULL, e);
}
