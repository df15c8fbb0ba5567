#include "store/release.h"

#include "store/note.h"
#include "store/rows.h"

#define AT_ONCE 31 /* devices in a statement: DB_MAX_PARAMS less one */

#define COLUMNS(left_out)                                                                    \
	"id, state, package, reason, days, selection, " left_out ", total, created_ms, "     \
	"created_by, creator, creator_account, creator_person, confirmed_ms, confirmed_by, " \
	"confirmer_person, expires_ms, stopped_ms, stopped_by, stop_reason"

static struct store_release release_of(const struct db_rows *rows, struct arena *a)
{
	return (struct store_release){.id = db_column_text(rows, 0, a),
				      .state = db_column_text(rows, 1, a),
				      .package = db_column_text(rows, 2, a),
				      .reason = db_column_text(rows, 3, a),
				      .days = db_column_i64(rows, 4),
				      .selection = db_column_text(rows, 5, a),
				      .left_out = db_column_text(rows, 6, a),
				      .total = db_column_i64(rows, 7),
				      .created_ms = db_column_i64(rows, 8),
				      .created_by = db_column_text(rows, 9, a),
				      .creator = db_column_text(rows, 10, a),
				      .creator_account = db_column_text(rows, 11, a),
				      .creator_person = db_column_text(rows, 12, a),
				      .confirmed_ms = db_column_i64(rows, 13),
				      .confirmed_by = db_column_text(rows, 14, a),
				      .confirmer_person = db_column_text(rows, 15, a),
				      .expires_ms = db_column_i64(rows, 16),
				      .stopped_ms = db_column_i64(rows, 17),
				      .stopped_by = db_column_text(rows, 18, a),
				      .stop_reason = db_column_text(rows, 19, a)};
}

static struct db_value time_or_null(int64_t ms)
{
	return ms == 0 ? (struct db_value){0} : db_i64(ms);
}

bool store_release_one_by_one(struct db *db, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO counters (name, reached) VALUES ('release', 1) ON CONFLICT "
		       "(name) DO UPDATE SET reached = counters.reached + 1",
		       DB_NONE, NULL, e);
}

bool store_release_add(struct db *db, const struct store_release *r, struct err *e)
{
	db_note(db, NOTE_RELEASE, r->id);
	return db_exec(db,
		       "INSERT INTO releases (id, state, package, reason, days, selection, "
		       "left_out, total, created_ms, created_by, creator, creator_account, "
		       "creator_person, expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
		       "$10, $11, $12, $13, $14)",
		       DB_PARAMS(db_text(r->id), db_text(r->state), db_text(r->package),
				 db_text(r->reason), db_i64(r->days), db_text(r->selection),
				 db_text(r->left_out), db_i64(r->total), db_i64(r->created_ms),
				 db_text(r->created_by), db_text(r->creator),
				 db_text(r->creator_account), db_text(r->creator_person),
				 time_or_null(r->expires_ms)),
		       NULL, e);
}

/* Fewer than AT_ONCE leave the rest NULL, which is in no list. */
static bool select_some(struct db *db, const char *release, const char *const *devices,
			size_t count, int64_t *added, struct err *e)
{
	struct db_params p = {.count = AT_ONCE + 1, .values = {db_text(release)}};

	for (size_t i = 0; i < count; i++)
		p.values[i + 1] = db_text(devices[i]);
	return db_exec(db,
		       "INSERT INTO release_devices (release, device, name, owner, owner_name) "
		       "SELECT $1, d.id, d.name, d.owner, p.name FROM devices d JOIN people p ON "
		       "p.id = d.owner WHERE d.id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
		       "$12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, "
		       "$26, $27, $28, $29, $30, $31, $32)",
		       &p, added, e);
}

bool store_release_select(struct db *db, const char *release, const char *const *devices,
			  size_t count, int64_t *total, struct err *e)
{
	*total = 0;
	for (size_t i = 0; i < count; i += AT_ONCE) {
		size_t n = count - i < AT_ONCE ? count - i : AT_ONCE;
		int64_t added;

		if (!select_some(db, release, devices + i, n, &added, e))
			return false;
		*total += added;
	}
	return db_exec(db, "UPDATE releases SET total = $2 WHERE id = $1",
		       DB_PARAMS(db_text(release), db_i64(*total)), NULL, e);
}

bool store_release_get(struct db *db, struct arena *a, const char *id, struct store_release *out,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT " COLUMNS("left_out") " FROM releases WHERE id = $1",
		    DB_PARAMS(db_text(id)), "There is no release with this id.", e))
		return false;
	*out = release_of(&rows, a);
	return true;
}

bool store_release_list(struct db *db, struct arena *a, const struct store_release_filter *f,
			struct store_release **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_release *items = NULL;
	size_t n = 0;

	if (!db_query(
		db, &rows,
		"SELECT " COLUMNS(
		    "''") " FROM releases WHERE ($1 = '' OR id < $1) AND "
			  "(CAST($2 AS TEXT) IS NULL OR state = $2) AND "
			  "(CAST($3 AS TEXT) IS NULL OR creator = $3) ORDER BY id DESC LIMIT $4",
		DB_PARAMS(db_text(f->cursor), db_text(f->state), db_text(f->creator),
			  db_i64(f->limit)),
		e))
		return false;
	for (; db_next(&rows); n++) {
		items = rows_grow(a, items, n, sizeof(*items));
		items[n] = release_of(&rows, a);
	}
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_release_alone(struct db *db, const char *account, int64_t since_ms, int64_t *devices,
			 struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT CAST(COALESCE(SUM(total), 0) AS BIGINT) FROM releases WHERE "
		    "COALESCE(creator_account, '') = $1 AND created_ms > $2 AND expires_ms IS "
		    "NULL",
		    DB_PARAMS(db_text(account != NULL ? account : ""), db_i64(since_ms)), "no sum",
		    e))
		return false;
	*devices = db_column_i64(&rows, 0);
	return true;
}

bool store_release_change(struct db *db, const struct store_release *r, const char *from, bool *won,
			  struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE releases SET state = $3, confirmed_ms = $4, confirmed_by = $5, "
		     "confirmer_person = $6, stopped_ms = $7, stopped_by = $8, stop_reason = $9, "
		     "lease_ms = 0 WHERE id = $1 AND state = $2",
		     DB_PARAMS(db_text(r->id), db_text(from), db_text(r->state),
			       time_or_null(r->confirmed_ms), db_text(r->confirmed_by),
			       db_text(r->confirmer_person), time_or_null(r->stopped_ms),
			       db_text(r->stopped_by), db_text(r->stop_reason)),
		     &changed, e))
		return false;
	*won = changed == 1;
	db_note(db, NOTE_RELEASE, r->id);
	return true;
}

bool store_release_work(struct db *db, struct arena *a, const struct store_release_lease *lease,
			int64_t limit, const char *const **ids, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT id FROM releases WHERE state IN ('issuing', 'stopping') AND "
			"(node = $1 OR lease_ms <= $2) ORDER BY id LIMIT $3",
			DB_PARAMS(db_text(lease->node), db_i64(lease->now_ms), db_i64(limit)), e) &&
	       rows_texts(&rows, a, ids, count, e);
}

bool store_release_due(struct db *db, const char *node, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT MIN(due) FROM (SELECT CASE WHEN node = $1 OR lease_ms = 0 THEN 1 "
		      "ELSE lease_ms END AS due FROM releases WHERE state IN ('issuing', "
		      "'stopping') UNION ALL SELECT expires_ms FROM releases WHERE state = "
		      "'unconfirmed') AS all_of_them",
		      DB_PARAMS(db_text(node)), e))
		return false;
	*due_ms = db_next(&rows) ? db_column_i64(&rows, 0) : 0;
	return db_rows_ok(&rows, e);
}

bool store_release_claim(struct db *db, const char *id, const struct store_release_lease *lease,
			 bool *won, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE releases SET node = $2, lease_ms = $4 WHERE id = $1 AND state IN "
		     "('issuing', 'stopping') AND (node = $2 OR lease_ms <= $3)",
		     DB_PARAMS(db_text(id), db_text(lease->node), db_i64(lease->now_ms),
			       db_i64(lease->until_ms)),
		     &changed, e))
		return false;
	*won = changed == 1;
	return true;
}

bool store_release_overdue(struct db *db, struct arena *a, int64_t now_ms, int64_t limit,
			   const char *const **ids, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT id FROM releases WHERE state = 'unconfirmed' AND expires_ms <= $1 "
			"ORDER BY expires_ms LIMIT $2",
			DB_PARAMS(db_i64(now_ms), db_i64(limit)), e) &&
	       rows_texts(&rows, a, ids, count, e);
}

/* --- its devices --- */

bool store_release_device_list(struct db *db, struct arena *a,
			       const struct store_release_devices *which,
			       struct store_release_device **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_release_device *items = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT r.device, r.name, r.owner, r.owner_name, r.state, r.why, r.instance, "
		      "COALESCE(i.number, 0), g.state, g.confirmed_ms FROM release_devices r "
		      "LEFT JOIN instances i ON i.id = r.instance "
		      "LEFT JOIN grants g ON g.instance = r.instance "
		      "WHERE r.release = $1 AND r.device > $2 AND "
		      "((CAST($3 AS TEXT) IS NULL AND CAST($4 AS TEXT) IS NULL) OR r.state = $3 OR "
		      "g.state = $4) ORDER BY r.device LIMIT $5",
		      DB_PARAMS(db_text(which->release), db_text(which->after),
				db_text(which->state), db_text(which->grant), db_i64(which->limit)),
		      e))
		return false;
	for (; db_next(&rows); n++) {
		items = rows_grow(a, items, n, sizeof(*items));
		items[n] = (struct store_release_device){.device = db_column_text(&rows, 0, a),
							 .name = db_column_text(&rows, 1, a),
							 .owner = db_column_text(&rows, 2, a),
							 .owner_name = db_column_text(&rows, 3, a),
							 .state = db_column_text(&rows, 4, a),
							 .why = db_column_text(&rows, 5, a),
							 .instance = db_column_text(&rows, 6, a),
							 .number = db_column_i64(&rows, 7),
							 .grant = db_column_text(&rows, 8, a),
							 .confirmed = !db_is_null(&rows, 9)};
	}
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_release_counts(struct db *db, struct arena *a, const char *release,
			  struct store_release_count **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_release_count *items = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT r.state, g.state, COUNT(*) FROM release_devices r LEFT JOIN grants g "
		      "ON g.instance = r.instance WHERE r.release = $1 GROUP BY r.state, g.state",
		      DB_PARAMS(db_text(release)), e))
		return false;
	for (; db_next(&rows); n++) {
		items = rows_grow(a, items, n, sizeof(*items));
		items[n] = (struct store_release_count){.state = db_column_text(&rows, 0, a),
							.grant = db_column_text(&rows, 1, a),
							.devices = db_column_i64(&rows, 2)};
	}
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_release_queued(struct db *db, struct arena *a, const char *release, int64_t limit,
			  struct store_release_device **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_release_device *items = arena_array(a, (size_t)limit, sizeof(*items));
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT device, owner FROM release_devices WHERE release = $1 AND state = "
		      "'queued' ORDER BY device LIMIT $2",
		      DB_PARAMS(db_text(release), db_i64(limit)), e))
		return false;
	while (db_next(&rows))
		items[n++] = (struct store_release_device){.device = db_column_text(&rows, 0, a),
							   .owner = db_column_text(&rows, 1, a)};
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_release_device_end(struct db *db, const char *release, const char *device,
			      const char *instance, const char *why, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_RELEASES);
	return db_exec(
	    db,
	    "UPDATE release_devices SET state = CASE WHEN CAST($3 AS TEXT) IS NULL THEN "
	    "'failed' ELSE 'issued' END, instance = $3, why = $4 WHERE release = $1 AND "
	    "device = $2 AND state = 'queued'",
	    DB_PARAMS(db_text(release), db_text(device), db_text(instance), db_text(why)), NULL, e);
}

bool store_release_skip(struct db *db, const char *release, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_RELEASES);
	return db_exec(db,
		       "UPDATE release_devices SET state = 'skipped' WHERE release = $1 AND state "
		       "= 'queued'",
		       DB_PARAMS(db_text(release)), NULL, e);
}

bool store_release_live(struct db *db, struct arena *a, const char *release, int64_t limit,
			const char *const **instances, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT r.instance FROM release_devices r JOIN grants g ON g.instance = "
			"r.instance WHERE r.release = $1 AND g.state IN ('unused', 'delivered') "
			"ORDER BY r.device LIMIT $2",
			DB_PARAMS(db_text(release), db_i64(limit)), e) &&
	       rows_texts(&rows, a, instances, count, e);
}

#define CANDIDATES                                                                \
	"SELECT d.id, d.name, d.os, d.macs, d.client_version, d.owner, d.state, " \
	"d.last_seen_ms, p.name FROM devices d JOIN people p ON p.id = d.owner "

bool store_release_each(struct db *db, const char *device, store_release_see_fn *see, void *arg,
			struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	bool ok = device == NULL
		      ? db_query(db, &rows, CANDIDATES "WHERE d.state <> 'deleted' ORDER BY d.id",
				 DB_NONE, e)
		      : db_query(db, &rows, CANDIDATES "WHERE d.id = $1 AND d.state <> 'deleted'",
				 DB_PARAMS(db_text(device)), e);

	if (!ok)
		return false;
	while (db_next(&rows)) {
		AUTO(arena_done) struct arena a = {0};

		see(arg, &(struct store_release_candidate){
			     .id = db_column_text(&rows, 0, &a),
			     .name = db_column_text(&rows, 1, &a),
			     .os = db_column_text(&rows, 2, &a),
			     .macs = db_column_text(&rows, 3, &a),
			     .client_version = db_column_text(&rows, 4, &a),
			     .owner = db_column_text(&rows, 5, &a),
			     .state = db_column_text(&rows, 6, &a),
			     .last_seen_ms = db_column_i64(&rows, 7),
			     .owner_name = db_column_text(&rows, 8, &a)});
	}
	return db_rows_ok(&rows, e);
}
