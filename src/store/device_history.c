#include "store/device_history.h"

#include "store/rows.h"

bool store_device_owner_end(struct db *db, const char *id, int64_t at_ms, struct err *e)
{
	return db_exec(db,
		       "UPDATE device_owners SET to_ms = $2 WHERE device = $1 AND to_ms IS NULL",
		       DB_PARAMS(db_text(id), db_i64(at_ms)), NULL, e);
}

bool store_device_owned(struct db *db, const struct store_device *d, int64_t at_ms, struct err *e)
{
	int64_t switched = 0;

	if (!db_exec(db,
		     "UPDATE device_owners SET to_ms = $3 WHERE device = $1 AND to_ms IS NULL AND "
		     "person <> $2",
		     DB_PARAMS(db_text(d->id), db_text(d->owner), db_i64(at_ms)), &switched, e))
		return false;
	return db_exec(
	    db,
	    "INSERT INTO device_owners (device, number, person, person_name, how, from_ms) SELECT "
	    "$1, COALESCE(MAX(number), 0) + 1, $2, p.name, CASE WHEN $3 > 0 THEN 'switched' WHEN "
	    "MAX(number) > 0 THEN 'enrolled-again' ELSE 'enrolled' END, $4 FROM people p LEFT JOIN "
	    "device_owners o ON o.device = $1 WHERE p.id = $2 AND NOT EXISTS (SELECT 1 FROM "
	    "device_owners n WHERE n.device = $1 AND n.to_ms IS NULL) GROUP BY p.id, p.name",
	    DB_PARAMS(db_text(d->id), db_text(d->owner), db_i64(switched), db_i64(at_ms)), NULL, e);
}

bool store_device_stay_add(struct db *db, const char *id, const struct store_device_stay *s,
			   struct err *e)
{
	return db_exec(
	    db,
	    "INSERT INTO device_states (device, number, state, at_ms, by_name, why) SELECT d.id, "
	    "COALESCE((SELECT MAX(number) FROM device_states m WHERE m.device = d.id), 0) + 1, $2, "
	    "$3, $4, $5 FROM devices d WHERE d.id = $1 AND COALESCE((SELECT l.state FROM "
	    "device_states l WHERE l.device = d.id ORDER BY l.number DESC LIMIT 1), '') <> $2",
	    DB_PARAMS(db_text(id), db_text(s->state), db_i64(s->at_ms), db_text(s->by),
		      db_text(s->why)),
	    NULL, e);
}

bool store_device_owners_of(struct db *db, struct arena *a, const char *id, int64_t max,
			    struct store_device_owning **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_device_owning *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT person, person_name, how, from_ms, to_ms FROM device_owners WHERE "
		      "device = $1 ORDER BY number DESC LIMIT $2",
		      DB_PARAMS(db_text(id), db_i64(max)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct store_device_owning){.person = db_column_text(&rows, 0, a),
						      .person_name = db_column_text(&rows, 1, a),
						      .how = db_column_text(&rows, 2, a),
						      .from_ms = db_column_i64(&rows, 3),
						      .to_ms = db_column_i64(&rows, 4)};
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_device_stays(struct db *db, struct arena *a, const char *id, int64_t max,
			struct store_device_stay **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_device_stay *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT state, by_name, why, at_ms FROM device_states WHERE device = $1 "
		      "ORDER BY number DESC LIMIT $2",
		      DB_PARAMS(db_text(id), db_i64(max)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct store_device_stay){.state = db_column_text(&rows, 0, a),
						    .by = db_column_text(&rows, 1, a),
						    .why = db_column_text(&rows, 2, a),
						    .at_ms = db_column_i64(&rows, 3)};
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_device_silences(struct db *db, struct arena *a, int64_t since_ms, int64_t max,
			   struct store_device_silent **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_device_silent *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT id, name, last_seen_ms, long_offline FROM devices WHERE state = "
		      "'active' AND long_offline = CASE WHEN last_seen_ms < $1 THEN 0 ELSE 1 END "
		      "LIMIT $2",
		      DB_PARAMS(db_i64(since_ms), db_i64(max)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct store_device_silent){.id = db_column_text(&rows, 0, a),
						      .name = db_column_text(&rows, 1, a),
						      .last_seen_ms = db_column_i64(&rows, 2),
						      .silent = db_column_i64(&rows, 3) == 0};
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_device_set_silent(struct db *db, const struct store_device_silent *s, bool *won,
			     struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE devices SET long_offline = $3 WHERE id = $1 AND state = 'active' AND "
		     "last_seen_ms = $2 AND long_offline <> $3",
		     DB_PARAMS(db_text(s->id), db_i64(s->last_seen_ms), db_bool(s->silent)),
		     &changed, e))
		return false;
	*won = changed == 1;
	return true;
}
