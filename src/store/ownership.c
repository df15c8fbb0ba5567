#include "store/ownership.h"

#include <string.h>

#include "store/rows.h"

bool store_device_session_end(struct db *db, const char *id, const char *why, int64_t at_ms,
			      bool *changed, struct err *e)
{
	int64_t n = 0;

	if (!db_exec(db,
		     "UPDATE devices SET session_end = $2, session_ended_ms = $3 WHERE id = $1 AND "
		     "session_end = ''",
		     DB_PARAMS(db_text(id), db_text(why), db_i64(at_ms)), &n, e))
		return false;
	*changed = n > 0;
	return true;
}

bool store_device_signed_in(struct db *db, struct arena *a, const char *person, size_t max,
			    const char *const **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const char **all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT id FROM devices WHERE owner = $1 AND session_end = '' ORDER BY id "
		      "LIMIT $2",
		      DB_PARAMS(db_text(person), db_i64((int64_t)max)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = db_column_text(&rows, 0, a);
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_device_own(struct db *db, const struct store_device *d, struct err *e)
{
	return db_exec(
	    db,
	    "UPDATE devices SET held_for = $2, held_ms = $3, held_refused_ms = $4, session_end "
	    "= $5, session_ended_ms = $6, hardware = $7, enrolment_token = $8, version = version + "
	    "1 "
	    "WHERE id = $1",
	    DB_PARAMS(db_text(d->id), db_text(d->held_for), db_i64(d->held_ms),
		      db_i64(d->held_refused_ms), db_text(d->session_end),
		      db_i64(d->session_ended_ms), db_text(d->hardware),
		      db_text(d->enrolment_token)),
	    NULL, e);
}

static bool get_first(struct db *db, struct arena *a, const char *sql,
		      const struct db_params *params, struct store_device *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_one(db, &rows, sql, params, "There is no device on this hardware.", e) &&
	       store_device_get(db, a, db_column_text(&rows, 0, a), out, e);
}

bool store_device_by_hardware(struct db *db, struct arena *a, const char *hardware,
			      const char *owner, struct store_device *out, struct err *e)
{
	return get_first(db, a,
			 "SELECT id FROM devices WHERE hardware = $1 AND hardware <> '' AND state "
			 "<> 'deleted' AND owner "
			 "= $2 ORDER BY last_seen_ms DESC, id DESC LIMIT 1",
			 DB_PARAMS(db_text(hardware), db_text(owner)), out, e);
}

bool store_device_on_hardware(struct db *db, struct arena *a, const char *hardware,
			      struct store_device *out, struct err *e)
{
	return get_first(db, a,
			 "SELECT id FROM devices WHERE hardware = $1 AND hardware <> '' AND state "
			 "<> 'deleted' ORDER BY "
			 "last_seen_ms DESC, id DESC LIMIT 1",
			 DB_PARAMS(db_text(hardware)), out, e);
}

bool store_device_new_key(struct db *db, const struct store_device *before,
			  const unsigned char key[32], int64_t now_ms, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO device_old_keys (key, device, replaced_ms) VALUES ($1, $2, $3) "
		       "ON CONFLICT (key) DO UPDATE SET replaced_ms = excluded.replaced_ms",
		       DB_PARAMS(db_blob(before->key, 32), db_text(before->id), db_i64(now_ms)),
		       NULL, e) &&
	       db_exec(db, "UPDATE devices SET key = $2 WHERE id = $1",
		       DB_PARAMS(db_text(before->id), db_blob(key, 32)), NULL, e);
}

bool store_device_old_keys(struct db *db, struct arena *a, const char *id, size_t max,
			   struct store_old_key **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_old_key *all = NULL;
	size_t n = 0;

	if (!db_query(
		db, &rows,
		"SELECT key FROM device_old_keys WHERE device = $1 ORDER BY replaced_ms DESC, "
		"key LIMIT $2",
		DB_PARAMS(db_text(id), db_i64((int64_t)max)), e))
		return false;
	for (; db_next(&rows); n++) {
		size_t size;
		const void *key = db_column_blob(&rows, 0, a, &size);

		if (size != sizeof(all->key))
			return err_set(e, ERR_INTERNAL, "a stored key of device %s is damaged", id);
		all = rows_grow(a, all, n, sizeof(*all));
		memcpy(all[n].key, key, sizeof(all->key));
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}
