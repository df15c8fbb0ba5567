#include "store/removal.h"

#include "store/rows.h"

bool store_removal_add(struct db *db, const struct store_removal *r, struct err *e)
{
	return db_exec(
	    db,
	    "INSERT INTO removals (id, device, device_name, owner, owner_name, package, at_ms, "
	    "learnt_ms, ground, state, policy_version, coverage, grant_id, instance, decided_by, "
	    "channel) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
	    "$16) ON CONFLICT (device, grant_id) WHERE grant_id IS NOT NULL DO UPDATE SET state = "
	    "$10",
	    DB_PARAMS(db_text(r->id), db_text(r->device), db_text(r->device_name),
		      db_text(r->owner), db_text(r->owner_name), db_text(r->package),
		      db_i64(r->at_ms), db_i64(r->learnt_ms), db_text(r->ground), db_text(r->state),
		      db_i64(r->policy_version), db_text(r->coverage), db_text(r->grant),
		      db_text(r->instance), db_text(r->decided_by), db_text(r->channel)),
	    NULL, e);
}

bool store_removal_by_grant(struct db *db, const char *device, const char *grant, const char *state,
			    bool *found, struct err *e)
{
	int64_t changed = 0;

	if (!db_exec(db, "UPDATE removals SET state = $3 WHERE device = $1 AND grant_id = $2",
		     DB_PARAMS(db_text(device), db_text(grant), db_text(state)), &changed, e))
		return false;
	*found = changed > 0;
	return true;
}

bool store_removal_end(struct db *db, const char *device, const char *package, int64_t after_ms,
		       bool *found, struct err *e)
{
	int64_t changed = 0;

	if (!db_exec(db,
		     "UPDATE removals SET state = 'removed' WHERE id = (SELECT id FROM removals "
		     "WHERE device = $1 AND package = $2 AND state = 'allowed' AND learnt_ms >= $3 "
		     "ORDER BY at_ms DESC, id DESC LIMIT 1)",
		     DB_PARAMS(db_text(device), db_text(package), db_i64(after_ms)), &changed, e))
		return false;
	*found = changed > 0;
	return true;
}

#define SELECT_WHERE                                                                              \
	"SELECT id, device, device_name, owner, owner_name, package, at_ms, learnt_ms, ground, "  \
	"state, policy_version, coverage, grant_id, instance, decided_by, channel FROM removals " \
	"WHERE "
#define REST                                                                                      \
	"at_ms >= $3 AND at_ms < $4 AND at_ms <= $5 AND (at_ms < $5 OR id < $6) AND ($1 = '' OR " \
	"ground = $1) AND ($2 = '' OR device = $2) ORDER BY at_ms DESC, id DESC LIMIT $7"

static const char *statement(const struct store_removal_filter *f)
{
	if (f->device != NULL)
		return SELECT_WHERE "device = $2 AND " REST;
	if (f->ground != NULL)
		return SELECT_WHERE "ground = $1 AND " REST;
	return SELECT_WHERE REST;
}

/* An unknown id is older than everything. */
static bool place_of(struct db *db, const char *id, int64_t *at_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*at_ms = INT64_MAX;
	if (*id == '\0')
		return true;
	if (!db_one(db, &rows, "SELECT COALESCE(MAX(at_ms), -1) FROM removals WHERE id = $1",
		    DB_PARAMS(db_text(id)), "", e))
		return false;
	*at_ms = db_column_i64(&rows, 0);
	return true;
}

static struct store_removal read_removal(const struct db_rows *rows, struct arena *a)
{
	return (struct store_removal){.id = db_column_text(rows, 0, a),
				      .device = db_column_text(rows, 1, a),
				      .device_name = db_column_text(rows, 2, a),
				      .owner = db_column_text(rows, 3, a),
				      .owner_name = db_column_text(rows, 4, a),
				      .package = db_column_text(rows, 5, a),
				      .at_ms = db_column_i64(rows, 6),
				      .learnt_ms = db_column_i64(rows, 7),
				      .ground = db_column_text(rows, 8, a),
				      .state = db_column_text(rows, 9, a),
				      .policy_version = db_column_i64(rows, 10),
				      .coverage = db_column_text(rows, 11, a),
				      .grant = db_column_text(rows, 12, a),
				      .instance = db_column_text(rows, 13, a),
				      .decided_by = db_column_text(rows, 14, a),
				      .channel = db_column_text(rows, 15, a)};
}

bool store_removal_list(struct db *db, struct arena *a, const struct store_removal_filter *f,
			struct store_removal_list *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	int64_t before_ms;

	*out = (struct store_removal_list){0};
	if (!place_of(db, f->before, &before_ms, e) ||
	    !db_query(db, &rows, statement(f),
		      DB_PARAMS(db_text(f->ground != NULL ? f->ground : ""),
				db_text(f->device != NULL ? f->device : ""), db_i64(f->from_ms),
				db_i64(f->to_ms > 0 ? f->to_ms : INT64_MAX), db_i64(before_ms),
				db_text(f->before), db_i64(f->max)),
		      e))
		return false;
	while (db_next(&rows)) {
		out->items = rows_grow(a, out->items, out->count, sizeof(*out->items));
		out->items[out->count++] = read_removal(&rows, a);
	}
	return db_rows_ok(&rows, e);
}

bool store_removal_of_grant(struct db *db, struct arena *a, const char *device, const char *grant,
			    struct store_removal *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_removal){0};
	if (!db_query(db, &rows, SELECT_WHERE "device = $1 AND grant_id = $2",
		      DB_PARAMS(db_text(device), db_text(grant)), e))
		return false;
	if (db_next(&rows))
		*out = read_removal(&rows, a);
	return db_rows_ok(&rows, e);
}

bool store_policy_at(struct db *db, struct arena *a, int64_t at_ms, int64_t *version,
		     const char **by, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*version = 0;
	*by = "";
	if (!db_query(
		db, &rows,
		"SELECT version, CASE WHEN confirmed_by = '' THEN created_by ELSE created_by || "
		"', confirmed by ' || confirmed_by END FROM policies WHERE created_ms <= $1 "
		"ORDER BY version DESC LIMIT 1",
		DB_PARAMS(db_i64(at_ms)), e))
		return false;
	if (db_next(&rows)) {
		*version = db_column_i64(&rows, 0);
		*by = db_column_text(&rows, 1, a);
	}
	return db_rows_ok(&rows, e);
}
