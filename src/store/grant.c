#include "store/grant.h"

#include "store/note.h"

#define COLUMNS                                                                        \
	"id, instance, device, package, jws, state, issued_ms, exp_ms, cancelled_ms, " \
	"cancelled_why, confirmed_ms"

static void read_row(const struct db_rows *rows, struct arena *a, struct store_grant *out)
{
	*out = (struct store_grant){.id = db_column_text(rows, 0, a),
				    .instance = db_column_text(rows, 1, a),
				    .device = db_column_text(rows, 2, a),
				    .package = db_column_text(rows, 3, a),
				    .jws = db_column_text(rows, 4, a),
				    .state = db_column_text(rows, 5, a),
				    .issued_ms = db_column_i64(rows, 6),
				    .exp_ms = db_column_i64(rows, 7),
				    .cancelled_ms = db_column_i64(rows, 8),
				    .cancelled_why = db_column_text(rows, 9, a),
				    .confirmed_ms = db_column_i64(rows, 10)};
}

static bool read_first(struct db_rows *rows, struct arena *a, struct store_grant *out,
		       struct err *e)
{
	*out = (struct store_grant){0};
	if (db_next(rows))
		read_row(rows, a, out);
	return db_rows_ok(rows, e);
}

static bool read_all(struct db_rows *rows, struct arena *a, int64_t limit, struct store_grant **out,
		     size_t *count, struct err *e)
{
	struct store_grant *items = arena_array(a, (size_t)limit, sizeof(*items));
	size_t n = 0;

	while (db_next(rows))
		read_row(rows, a, &items[n++]);
	*out = items;
	*count = n;
	return db_rows_ok(rows, e);
}

/* Lists filter instances by what came of them: instance_effect_name of the grant's state. */
static bool follow(struct db *db, const char *grant, struct err *e)
{
	return db_exec(db,
		       "UPDATE instances SET effect = (SELECT CASE g.state WHEN 'delivered' THEN "
		       "'unused' ELSE g.state END FROM grants g WHERE g.id = $1) "
		       "WHERE id = (SELECT g.instance FROM grants g WHERE g.id = $1)",
		       DB_PARAMS(db_text(grant)), NULL, e);
}

bool store_grant_add(struct db *db, const struct store_grant *g, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO grants (id, instance, device, package, jws, state, issued_ms, "
		       "exp_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		       DB_PARAMS(db_text(g->id), db_text(g->instance), db_text(g->device),
				 db_text(g->package), db_text(g->jws), db_text(g->state),
				 db_i64(g->issued_ms), db_i64(g->exp_ms)),
		       NULL, e) &&
	       follow(db, g->id, e);
}

bool store_grant_get(struct db *db, struct arena *a, const char *id, struct store_grant *out,
		     struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows, "SELECT " COLUMNS " FROM grants WHERE id = $1",
			DB_PARAMS(db_text(id)), e) &&
	       read_first(&rows, a, out, e);
}

bool store_grant_of_instance(struct db *db, struct arena *a, const char *instance,
			     struct store_grant *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows, "SELECT " COLUMNS " FROM grants WHERE instance = $1",
			DB_PARAMS(db_text(instance)), e) &&
	       read_first(&rows, a, out, e);
}

bool store_grant_of_device(struct db *db, struct arena *a, const char *device, int64_t limit,
			   struct store_grant **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT " COLUMNS " FROM grants WHERE device = $1 AND state <> 'used' AND "
			"confirmed_ms IS NULL ORDER BY CASE state WHEN 'cancelled' THEN 0 WHEN "
			"'lapsed' THEN 2 ELSE 1 END, id DESC LIMIT $2",
			DB_PARAMS(db_text(device), db_i64(limit)), e) &&
	       read_all(&rows, a, limit, out, count, e);
}

bool store_grant_live(struct db *db, struct arena *a, const char *device, int64_t limit,
		      struct store_grant **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT " COLUMNS " FROM grants WHERE device = $1 AND state IN ('unused', "
			"'delivered') ORDER BY id LIMIT $2",
			DB_PARAMS(db_text(device), db_i64(limit)), e) &&
	       read_all(&rows, a, limit, out, count, e);
}

bool store_grant_change(struct db *db, const struct store_grant_change *c, bool *won, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE grants SET state = $3, "
		     "delivered_ms = CASE WHEN $3 = 'delivered' THEN $4 ELSE delivered_ms END, "
		     "used_ms = CASE WHEN $3 = 'used' THEN $4 ELSE used_ms END, "
		     "cancelled_ms = CASE WHEN $3 = 'cancelled' THEN $4 ELSE cancelled_ms END, "
		     "cancelled_why = CASE WHEN $3 = 'cancelled' THEN $5 ELSE cancelled_why END "
		     "WHERE id = $1 AND state = $2",
		     DB_PARAMS(db_text(c->id), db_text(c->from), db_text(c->to), db_i64(c->at_ms),
			       db_text(c->why)),
		     &changed, e))
		return false;
	*won = changed == 1;
	return !*won || follow(db, c->id, e);
}

bool store_grant_confirmed(struct db *db, const char *id, int64_t at_ms, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_INSTANCES);
	return db_exec(db,
		       "UPDATE grants SET confirmed_ms = $2 WHERE id = $1 AND confirmed_ms IS NULL",
		       DB_PARAMS(db_text(id), db_i64(at_ms)), NULL, e);
}

bool store_grant_replace(struct db *db, const char *id, const struct store_grant *fresh, bool *won,
			 struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE grants SET id = $2, jws = $3, issued_ms = $4, exp_ms = $5 WHERE id = "
		     "$1 AND state = 'unused'",
		     DB_PARAMS(db_text(id), db_text(fresh->id), db_text(fresh->jws),
			       db_i64(fresh->issued_ms), db_i64(fresh->exp_ms)),
		     &changed, e))
		return false;
	*won = changed == 1;
	return true;
}

bool store_grant_overdue(struct db *db, struct arena *a, int64_t now_ms, int64_t limit,
			 struct store_grant **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT " COLUMNS " FROM grants WHERE state IN ('unused', 'delivered') AND "
			"exp_ms > 0 AND exp_ms <= $1 ORDER BY exp_ms LIMIT $2",
			DB_PARAMS(db_i64(now_ms), db_i64(limit)), e) &&
	       read_all(&rows, a, limit, out, count, e);
}

bool store_grant_lapse_due(struct db *db, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT MIN(exp_ms) FROM grants WHERE state IN ('unused', 'delivered') AND "
		      "exp_ms > 0",
		      DB_NONE, e))
		return false;
	*due_ms = db_next(&rows) ? db_column_i64(&rows, 0) : 0;
	return db_rows_ok(&rows, e);
}
