#include "store/build.h"

#include "store/note.h"
#include "store/rows.h"

#define SELECT                                                                                  \
	"SELECT b.id, b.version, b.first_ms, f.id, f.name, b.accepted_ms, b.accepted_by, "      \
	"b.note, (SELECT COUNT(*) FROM devices d WHERE d.build = b.id AND d.build <> '' AND "   \
	"d.state <> 'deleted') FROM builds b LEFT JOIN devices f ON f.id = b.first_device AND " \
	"f.state <> 'deleted' "

static struct store_build read_build(const struct db_rows *rows, struct arena *a)
{
	return (struct store_build){.id = db_column_text(rows, 0, a),
				    .version = db_column_text(rows, 1, a),
				    .first_ms = db_column_i64(rows, 2),
				    .first_device = db_column_text(rows, 3, a),
				    .first_device_name = db_column_text(rows, 4, a),
				    .accepted_ms = db_column_i64(rows, 5),
				    .accepted_by = db_column_text(rows, 6, a),
				    .note = db_column_text(rows, 7, a),
				    .devices = db_column_i64(rows, 8)};
}

bool store_build_get(struct db *db, struct arena *a, const char *id, struct store_build *out,
		     struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_build){0};
	if (!db_query(db, &rows, SELECT "WHERE b.id = $1", DB_PARAMS(db_text(id)), e))
		return false;
	if (db_next(&rows))
		*out = read_build(&rows, a);
	return db_rows_ok(&rows, e);
}

bool store_build_list(struct db *db, struct arena *a, struct store_build **out, size_t *count,
		      struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_build *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      SELECT "ORDER BY COALESCE(b.first_ms, b.accepted_ms, 0) DESC, b.id LIMIT $1",
		      DB_PARAMS(db_i64(STORE_BUILD_MAX)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = read_build(&rows, a);
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_build_any(struct db *db, bool *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT 1 FROM builds LIMIT 1", DB_NONE, e))
		return false;
	*out = db_next(&rows);
	return db_rows_ok(&rows, e);
}

bool store_build_brought(struct db *db, const char *device, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT COUNT(*) FROM builds WHERE first_device = $1 AND accepted_ms IS NULL",
		    DB_PARAMS(db_text(device)), "no count", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_build_seen(struct db *db, const struct store_build *b, struct err *e)
{
	return db_exec(
	    db,
	    "INSERT INTO builds (id, version, first_ms, first_device) VALUES ($1, $2, "
	    "$3, $4) ON CONFLICT (id) DO UPDATE SET first_ms = COALESCE(builds.first_ms, "
	    "excluded.first_ms), first_device = CASE WHEN builds.first_device = '' THEN "
	    "excluded.first_device ELSE builds.first_device END",
	    DB_PARAMS(db_text(b->id), db_text(b->version), db_i64(b->first_ms),
		      db_text(b->first_device)),
	    NULL, e);
}

bool store_build_accept(struct db *db, const struct store_build *b, struct err *e)
{
	struct db_value at = b->accepted_ms > 0 ? db_i64(b->accepted_ms) : (struct db_value){0};

	return db_exec(db,
		       "INSERT INTO builds (id, version, accepted_ms, accepted_by, note) VALUES "
		       "($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET version = "
		       "excluded.version, accepted_ms = excluded.accepted_ms, accepted_by = "
		       "excluded.accepted_by, note = excluded.note",
		       DB_PARAMS(db_text(b->id), db_text(b->version), at, db_text(b->accepted_by),
				 db_text(b->note)),
		       NULL, e);
}

bool store_device_set_build(struct db *db, const char *device, const char *build, const char *boot,
			    struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_DEVICES);
	return db_exec(db, "UPDATE devices SET build = $2, boot = $3 WHERE id = $1",
		       DB_PARAMS(db_text(device), db_text(build), db_text(boot)), NULL, e);
}

bool store_build_devices(struct db *db, struct arena *a, const char *build, int64_t max,
			 const char *const **ids, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT id FROM devices WHERE build = $1 AND build <> '' AND state = "
			"'active' ORDER BY id LIMIT $2",
			DB_PARAMS(db_text(build), db_i64(max)), e) &&
	       rows_texts(&rows, a, ids, count, e);
}
