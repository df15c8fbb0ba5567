#include "store/silence.h"

#include "base/text.h"
#include "store/rows.h"
#include "store/setting.h"

#define SETTING_WATCHED "silence.watched_ms"

/* What is written of a device's presence may come a while after its goodbye. A device d. */
#define ANNOUNCED "(d.going_ms > 0 AND d.last_seen_ms <= d.going_ms + 120000)"
#define NOT_KNOWN "d.state = 'active' AND d.silent_ms = 0 AND NOT " ANNOUNCED

bool store_silence_announce(struct db *db, const char *device, int64_t at_ms, struct err *e)
{
	return db_exec(db, "UPDATE devices SET going_ms = $2 WHERE id = $1",
		       DB_PARAMS(db_text(device), db_i64(at_ms)), NULL, e);
}

bool store_silence_watch(struct db *db, int64_t at_ms, int64_t *before_ms, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	const char *text;

	*before_ms = 0;
	/* One server at a time, until the unit's end. */
	if (!store_setting_lock(db, SETTING_WATCHED, e) ||
	    !store_setting_get(db, &a, SETTING_WATCHED, &text, e))
		return false;
	if (text != NULL)
		(void)text_i64(text, 0, INT64_MAX, before_ms);
	return store_setting_set(db, SETTING_WATCHED, arena_printf(&a, "%lld", (long long)at_ms),
				 e);
}

bool store_outage_add(struct db *db, const struct alarm_outage *o, int64_t keep_ms, struct err *e)
{
	return db_exec(db, "DELETE FROM outages WHERE to_ms < $1", DB_PARAMS(db_i64(keep_ms)), NULL,
		       e) &&
	       db_exec(db,
		       "INSERT INTO outages (from_ms, to_ms) VALUES ($1, $2) ON CONFLICT (from_ms) "
		       "DO UPDATE SET to_ms = excluded.to_ms",
		       DB_PARAMS(db_i64(o->from_ms), db_i64(o->to_ms)), NULL, e);
}

bool store_outage_list(struct db *db, struct arena *a, struct alarm_outage **out, size_t *count,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct alarm_outage *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT from_ms, to_ms FROM outages ORDER BY from_ms DESC LIMIT $1",
		      DB_PARAMS(db_i64(STORE_OUTAGES)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct alarm_outage){db_column_i64(&rows, 0), db_column_i64(&rows, 1)};
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_silence_crowd(struct db *db, int64_t from_ms, int64_t to_ms,
			 struct store_silence_crowd *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT COUNT(*), SUM(CASE WHEN d.last_seen_ms >= $1 AND d.last_seen_ms < $2 "
		    "THEN 1 ELSE 0 END), SUM(CASE WHEN d.silent_many = 1 AND d.last_seen_ms <= "
		    "d.silent_ms THEN 1 ELSE 0 END) FROM devices d WHERE d.state = 'active' AND "
		    "(d.silent_ms = 0 OR d.silent_many = 1) AND NOT " ANNOUNCED,
		    DB_PARAMS(db_i64(from_ms), db_i64(to_ms)), "no count", e))
		return false;
	*out = (struct store_silence_crowd){.all = db_column_i64(&rows, 0),
					    .fell = db_column_i64(&rows, 1),
					    .many = db_column_i64(&rows, 2)};
	return true;
}

bool store_silence_take_many(struct db *db, int64_t from_ms, int64_t before_ms, int64_t *count,
			     struct err *e)
{
	return db_exec(db,
		       "UPDATE devices AS d SET silent_ms = last_seen_ms, silent_many = 1 WHERE "
		       "d.last_seen_ms >= $1 AND d.last_seen_ms < $2 AND " NOT_KNOWN,
		       DB_PARAMS(db_i64(from_ms), db_i64(before_ms)), count, e);
}

bool store_silence_split_many(struct db *db, struct err *e)
{
	return db_exec(db,
		       "UPDATE devices SET silent_ms = 0, silent_many = 0 WHERE silent_many = 1",
		       DB_NONE, NULL, e);
}

#define SELECT                                                                                 \
	"SELECT d.id, d.name, d.owner, d.held_for, d.state, d.last_seen_ms, CASE WHEN EXISTS " \
	"(SELECT 1 FROM grants g WHERE g.device = d.id AND g.package = 'holdfast-client' AND " \
	"((g.delivered_ms IS NOT NULL AND g.state IN ('delivered', 'lapsed')) OR (g.jws = '' " \
	"AND g.state IN ('unused', 'lapsed'))) AND (g.exp_ms = 0 OR g.exp_ms > "               \
	"d.last_seen_ms)) THEN 1 ELSE 0 END FROM devices d WHERE "

static bool read_all(struct db_rows *rows, struct arena *a, struct store_silent **out,
		     size_t *count, struct err *e)
{
	struct store_silent *all = NULL;
	size_t n = 0;

	for (; db_next(rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct store_silent){.id = db_column_text(rows, 0, a),
					       .name = db_column_text(rows, 1, a),
					       .owner = db_column_text(rows, 2, a),
					       .held_for = db_column_text(rows, 3, a),
					       .state = db_column_text(rows, 4, a),
					       .last_seen_ms = db_column_i64(rows, 5),
					       .grant = db_column_bool(rows, 6)};
	}
	*out = all;
	*count = n;
	return db_rows_ok(rows, e);
}

bool store_silence_list(struct db *db, struct arena *a, int64_t before_ms, int64_t gone_ms,
			int64_t max, struct store_silent **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			SELECT "d.state = 'active' AND d.silent_ms = 0 AND d.last_seen_ms < $1 AND "
			       "(d.last_seen_ms < $3 OR NOT " ANNOUNCED
			       ") ORDER BY d.last_seen_ms LIMIT $2",
			DB_PARAMS(db_i64(before_ms), db_i64(max), db_i64(gone_ms)), e) &&
	       read_all(&rows, a, out, count, e);
}

bool store_silence_take(struct db *db, const struct store_silent *s, bool *won, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE devices SET silent_ms = last_seen_ms, silent_many = 0 WHERE id = $1 "
		     "AND silent_ms = 0 AND last_seen_ms = $2 AND state = 'active'",
		     DB_PARAMS(db_text(s->id), db_i64(s->last_seen_ms)), &changed, e))
		return false;
	*won = changed == 1;
	return true;
}

bool store_silence_over_many(struct db *db, struct err *e)
{
	return db_exec(db,
		       "UPDATE devices SET silent_ms = 0, silent_many = 0 WHERE silent_many = 1 "
		       "AND last_seen_ms > silent_ms",
		       DB_NONE, NULL, e);
}

bool store_silence_over(struct db *db, struct arena *a, int64_t max, struct store_silent **out,
			size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			SELECT "d.silent_ms > 0 AND d.silent_many = 0 AND d.last_seen_ms > "
			       "d.silent_ms AND d.state <> 'deleted' LIMIT $1",
			DB_PARAMS(db_i64(max)), e) &&
	       read_all(&rows, a, out, count, e);
}

bool store_silence_end(struct db *db, const char *device, struct err *e)
{
	return db_exec(db, "UPDATE devices SET silent_ms = 0, silent_many = 0 WHERE id = $1",
		       DB_PARAMS(db_text(device)), NULL, e);
}
