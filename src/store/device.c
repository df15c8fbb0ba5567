#include "store/device.h"

#include <string.h>

#include "store/device_history.h"
#include "store/device_row.h"
#include "store/note.h"
#include "store/rows.h"

#define COLUMNS DEVICE_COLUMNS "FROM devices d" DEVICE_JOINS

static void copy_32(const struct db_rows *rows, int column, struct arena *a, unsigned char out[32])
{
	size_t n;
	const void *bytes = db_column_blob(rows, column, a, &n);

	memset(out, 0, 32);
	if (bytes != NULL && n == 32)
		memcpy(out, bytes, 32);
}

struct store_device device_row(const struct db_rows *rows, struct arena *a)
{
	struct store_device d = {.id = db_column_text(rows, 0, a),
				 .name = db_column_text(rows, 1, a),
				 .os = db_column_text(rows, 2, a),
				 .macs = db_column_text(rows, 3, a),
				 .client_version = db_column_text(rows, 4, a),
				 .owner = db_column_text(rows, 5, a),
				 .owner_name = db_column_text(rows, 6, a),
				 .state = db_column_text(rows, 7, a),
				 .enrolled_ms = db_column_i64(rows, 9),
				 .last_seen_ms = db_column_i64(rows, 10),
				 .statement_counter = db_column_i64(rows, 11),
				 .held_counter = db_column_i64(rows, 12),
				 .held_basis = db_column_text(rows, 13, a),
				 .held_for = db_column_text(rows, 14, a),
				 .held_for_name = db_column_text(rows, 15, a),
				 .held_ms = db_column_i64(rows, 16),
				 .held_refused_ms = db_column_i64(rows, 17),
				 .session_end = db_column_text(rows, 18, a),
				 .session_ended_ms = db_column_i64(rows, 19),
				 .hardware = db_column_text(rows, 20, a),
				 .enrolment_token = db_column_text(rows, 21, a),
				 .cloned_ms = db_column_i64(rows, 22),
				 .clone_of = db_column_text(rows, 23, a),
				 .version = db_column_i64(rows, 24),
				 .left_ms = db_column_i64(rows, 25),
				 .owner_source = db_column_text(rows, 26, a),
				 .owner_source_name = db_column_text(rows, 27, a),
				 .owner_departed = db_column_bool(rows, 28),
				 .run = db_column_text(rows, 29, a),
				 .build = db_column_text(rows, 30, a),
				 .boot = db_column_text(rows, 31, a),
				 .alarms = db_column_i64(rows, 32),
				 .owner_department = db_column_text(rows, 33, a)};

	copy_32(rows, 8, a, d.key);
	return d;
}

bool store_device_get(struct db *db, struct arena *a, const char *id, struct store_device *out,
		      struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT " COLUMNS "WHERE d.id = $1 AND d.state <> 'deleted'",
		    DB_PARAMS(db_text(id)), "There is no device with this id.", e))
		return false;
	*out = device_row(&rows, a);
	return true;
}

bool store_device_key(struct db *db, const char *id, unsigned char out[32], struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT key FROM devices WHERE id = $1 AND state <> 'deleted'",
		    DB_PARAMS(db_text(id)), "There is no device with this id.", e))
		return false;
	copy_32(&rows, 0, &a, out);
	return true;
}

bool store_device_by_key(struct db *db, struct arena *a, const unsigned char key[32],
			 struct store_device *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT " COLUMNS "WHERE d.key = $1 AND d.state <> 'deleted'",
		    DB_PARAMS(db_blob(key, 32)), "There is no device with this key.", e))
		return false;
	*out = device_row(&rows, a);
	return true;
}

static bool add_history(struct db *db, const struct store_device *d, const char *why, struct err *e)
{
	return store_device_owned(db, d, d->enrolled_ms, e) &&
	       store_device_stay_add(
		   db, d->id,
		   &(struct store_device_stay){.state = d->state,
					       .by = d->owner_name == NULL ? "" : d->owner_name,
					       .why = why,
					       .at_ms = d->enrolled_ms},
		   e);
}

bool store_device_add(struct db *db, const struct store_device *d, struct err *e)
{
	if (!db_exec(db,
		     "INSERT INTO devices (id, name, os, macs, client_version, owner, state, key, "
		     "enrolled_ms, last_seen_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		     DB_PARAMS(db_text(d->id), db_text(d->name), db_text(d->os), db_text(d->macs),
			       db_text(d->client_version), db_text(d->owner), db_text(d->state),
			       db_blob(d->key, 32), db_i64(d->enrolled_ms),
			       db_i64(d->last_seen_ms)),
		     NULL, e))
		return false;
	return add_history(db, d, "enrolled", e);
}

bool store_device_enrol_again(struct db *db, const struct store_device *d, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE devices SET name = $2, os = $3, macs = $4, client_version = $5, owner "
		     "= $6, state = $7, enrolled_ms = $8, last_seen_ms = $9, long_offline = 0, "
		     "version = "
		     "version + 1 WHERE id = $1 AND version = $10",
		     DB_PARAMS(db_text(d->id), db_text(d->name), db_text(d->os), db_text(d->macs),
			       db_text(d->client_version), db_text(d->owner), db_text(d->state),
			       db_i64(d->enrolled_ms), db_i64(d->last_seen_ms), db_i64(d->version)),
		     &changed, e))
		return false;
	if (changed == 0)
		return err_set(e, ERR_UNAVAILABLE,
			       "This device was changed in this moment; ask again.");
	return add_history(db, d, "enrolled again", e);
}

bool store_device_set_counter(struct db *db, const char *id, int64_t counter, struct err *e)
{
	return db_exec(
	    db,
	    "UPDATE devices SET statement_counter = CASE WHEN statement_counter < $2 THEN $2 ELSE "
	    "statement_counter END WHERE id = $1",
	    DB_PARAMS(db_text(id), db_i64(counter)), NULL, e);
}

bool store_device_move(struct db *db, const struct store_device_move *m, bool *won, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE devices SET state = $3, long_offline = 0, version = version + 1 WHERE "
		     "id = $1 AND state = $2",
		     DB_PARAMS(db_text(m->id), db_text(m->from), db_text(m->to)), &changed, e))
		return false;
	*won = changed == 1;
	return !*won || store_device_stay_add(
			    db, m->id,
			    &(struct store_device_stay){
				.state = m->to, .by = m->by, .why = m->why, .at_ms = m->at_ms},
			    e);
}

bool store_device_hold(struct db *db, struct arena *a, const char *id, const char **state,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "UPDATE devices SET version = version WHERE id = $1 AND state <> 'deleted' "
		    "RETURNING state",
		    DB_PARAMS(db_text(id)), "There is no device with this id.", e))
		return false;
	*state = db_column_text(&rows, 0, a);
	return true;
}

bool store_device_seen(struct db *db, const char *id, const char *version, int64_t at_ms,
		       struct err *e)
{
	if (version != NULL)
		db_note(db, NOTE_SHOWN, SHOWN_DEVICES);
	return db_exec(db,
		       "UPDATE devices SET last_seen_ms = CASE WHEN last_seen_ms < $2 THEN $2 "
		       "ELSE last_seen_ms END, client_version = COALESCE($3, client_version) "
		       "WHERE id = $1",
		       DB_PARAMS(db_text(id), db_i64(at_ms), db_text(version)), NULL, e);
}

bool store_device_present(struct db *db, const struct store_device_presence *p, struct err *e)
{
	return db_exec(
	    db,
	    "UPDATE devices SET last_seen_ms = CASE WHEN last_seen_ms < $2 THEN $2 ELSE "
	    "last_seen_ms END, left_ms = CASE WHEN left_ms < $3 THEN $3 ELSE left_ms END, "
	    "held_counter = CASE WHEN held_counter < $4 THEN $4 ELSE held_counter END, held_basis "
	    "= "
	    "CASE WHEN held_counter <= $4 THEN COALESCE($5, held_basis) ELSE held_basis END, "
	    "statement_counter = CASE "
	    "WHEN "
	    "statement_counter < $4 THEN $4 ELSE statement_counter END WHERE id = $1",
	    DB_PARAMS(db_text(p->id), db_i64(p->at_ms), db_i64(p->left_ms), db_i64(p->held_counter),
		      db_text(p->held_basis)),
	    NULL, e);
}

/* Of a device d. */
#define SCOPE(param)                                                                            \
	"WITH RECURSIVE scope (id) AS (SELECT id FROM departments WHERE " param " LIKE '%' || " \
	"id || '%' UNION SELECT c.id FROM departments c JOIN scope s ON c.parent = s.id) "
#define IN_SCOPE(param)                                                                           \
	"(" param " = '' OR d.owner IN (SELECT m.person FROM memberships m JOIN scope s ON s.id " \
	"= m.department))"

bool store_device_visible(struct db *db, const char *id, const char *scope, bool *out,
			  struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      SCOPE("$2") "SELECT 1 FROM devices d WHERE d.id = $1 AND " IN_SCOPE("$2"),
		      DB_PARAMS(db_text(id), db_text(scope)), e))
		return false;
	*out = db_next(&rows);
	return db_rows_ok(&rows, e);
}

bool store_device_owners(struct db *db, store_device_owner_fn *see, void *arg, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT d.id, d.name, d.owner, p.name, d.held_for FROM devices d JOIN people "
		      "p ON p.id = d.owner WHERE d.state IN ('active', 'lost') ORDER BY d.id",
		      DB_NONE, e))
		return false;
	while (db_next(&rows)) {
		AUTO(arena_done) struct arena a = {0};

		see(arg, &(struct store_device_owner){.id = db_column_text(&rows, 0, &a),
						      .name = db_column_text(&rows, 1, &a),
						      .owner = db_column_text(&rows, 2, &a),
						      .owner_name = db_column_text(&rows, 3, &a),
						      .held_for = db_column_text(&rows, 4, &a)});
	}
	return db_rows_ok(&rows, e);
}

bool store_device_many(struct db *db, struct arena *a, int64_t least, int64_t limit,
		       struct store_owner_count **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_owner_count *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT d.owner, p.name, COUNT(*) AS devices FROM devices d JOIN people p ON "
		      "p.id = d.owner WHERE d.state IN ('active', 'lost') GROUP BY d.owner, p.name "
		      "HAVING "
		      "COUNT(*) >= $1 ORDER BY devices DESC, d.owner LIMIT $2",
		      DB_PARAMS(db_i64(least), db_i64(limit)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct store_owner_count){.id = db_column_text(&rows, 0, a),
						    .name = db_column_text(&rows, 1, a),
						    .devices = db_column_i64(&rows, 2)};
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}
