#include "store/audit.h"

#include <string.h>

#include "store/rows.h"

static bool hash_of(const struct db_rows *rows, int column, struct arena *a,
		    unsigned char out[static STORE_HASH_SIZE], struct err *e)
{
	size_t n;
	const void *bytes = db_column_blob(rows, column, a, &n);

	if (bytes == NULL || n != STORE_HASH_SIZE)
		return err_set(e, ERR_IO, "a hash of the audit record is damaged");
	memcpy(out, bytes, STORE_HASH_SIZE);
	return true;
}

bool store_audit_next(struct db *db, const char *node, int64_t *sequence,
		      unsigned char before[static STORE_HASH_SIZE], struct err *e)
{
	static const unsigned char none[STORE_HASH_SIZE];
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "INSERT INTO audit_heads (node, sequence, hash) VALUES ($1, 1, $2) ON CONFLICT "
		    "(node) DO UPDATE SET sequence = audit_heads.sequence + 1 RETURNING sequence, "
		    "hash",
		    DB_PARAMS(db_text(node), db_blob(none, sizeof(none))), "The chain has no head.",
		    e))
		return false;
	*sequence = db_column_i64(&rows, 0);
	return hash_of(&rows, 1, &a, before, e);
}

bool store_audit_head(struct db *db, const char *node,
		      const unsigned char hash[static STORE_HASH_SIZE], struct err *e)
{
	return db_exec(db, "UPDATE audit_heads SET hash = $2 WHERE node = $1",
		       DB_PARAMS(db_text(node), db_blob(hash, STORE_HASH_SIZE)), NULL, e);
}

/* --- checkpoints --- */

static bool read_chains(struct db_rows *rows, struct arena *a, struct store_chains *out,
			struct err *e)
{
	*out = (struct store_chains){0};
	while (db_next(rows)) {
		struct store_chain *c;

		out->items = rows_grow(a, out->items, out->count, sizeof(*out->items));
		c = &out->items[out->count++];
		c->node = db_column_text(rows, 0, a);
		c->sequence = db_column_i64(rows, 1);
		if (!hash_of(rows, 2, a, c->hash, e))
			return false;
	}
	return db_rows_ok(rows, e);
}

bool store_audit_bound(struct db *db, struct arena *a, int64_t checkpoint, struct store_chains *out,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT b.node, b.sequence, b.hash FROM audit_heads h JOIN audit_bound b "
			"ON b.node = h.node AND b.checkpoint = (SELECT MAX(l.checkpoint) FROM "
			"audit_bound l WHERE l.node = h.node AND l.checkpoint <= $1)",
			DB_PARAMS(db_i64(checkpoint)), e) &&
	       read_chains(&rows, a, out, e);
}

bool store_audit_unbound(struct db *db, struct arena *a, int64_t max, struct store_chains *out,
			 struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT h.node, h.sequence, h.hash FROM audit_heads h WHERE h.sequence > "
			"COALESCE((SELECT MAX(b.sequence) FROM audit_bound b WHERE b.node = h.node "
			"AND b.checkpoint = (SELECT MAX(l.checkpoint) FROM audit_bound l WHERE "
			"l.node = h.node)), 0) ORDER BY h.node LIMIT $1",
			DB_PARAMS(db_i64(max)), e) &&
	       read_chains(&rows, a, out, e);
}

bool store_audit_moved(struct db *db, struct arena *a, int64_t checkpoint, struct store_chains *out,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT node, sequence, hash FROM audit_bound WHERE checkpoint = $1",
			DB_PARAMS(db_i64(checkpoint)), e) &&
	       read_chains(&rows, a, out, e);
}

bool store_audit_before(struct db *db, const char *node, int64_t checkpoint, int64_t *sequence,
			struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT sequence FROM audit_bound WHERE node = $1 AND checkpoint < $2 ORDER "
		      "BY checkpoint DESC LIMIT 1",
		      DB_PARAMS(db_text(node), db_i64(checkpoint)), e))
		return false;
	*sequence = db_next(&rows) ? db_column_i64(&rows, 0) : 0;
	return db_rows_ok(&rows, e);
}

bool store_audit_checkpoint(struct db *db, struct arena *a, int64_t number,
			    struct store_checkpoint *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_checkpoint){0};
	if (!db_query(db, &rows,
		      number == 0
			  ? "SELECT number, time_ms, jws, hash FROM audit_checkpoints WHERE "
			    "number > $1 ORDER BY number DESC LIMIT 1"
			  : "SELECT number, time_ms, jws, hash FROM audit_checkpoints WHERE "
			    "number = $1",
		      DB_PARAMS(db_i64(number)), e))
		return false;
	if (!db_next(&rows))
		return db_rows_ok(&rows, e);
	out->number = db_column_i64(&rows, 0);
	out->time_ms = db_column_i64(&rows, 1);
	out->jws = db_column_text(&rows, 2, a);
	return hash_of(&rows, 3, a, out->hash, e);
}

bool store_audit_checkpoint_add(struct db *db, const struct store_checkpoint *c,
				const struct store_chains *moved, bool *added, struct err *e)
{
	int64_t changed = 0;

	if (!db_exec(db,
		     "INSERT INTO audit_checkpoints (number, time_ms, jws, hash) VALUES ($1, $2, "
		     "$3, $4) ON CONFLICT (number) DO NOTHING",
		     DB_PARAMS(db_i64(c->number), db_i64(c->time_ms), db_text(c->jws),
			       db_blob(c->hash, STORE_HASH_SIZE)),
		     &changed, e))
		return false;
	*added = changed == 1;
	for (size_t i = 0; *added && i < moved->count; i++) {
		const struct store_chain *m = &moved->items[i];

		if (!db_exec(db,
			     "INSERT INTO audit_bound (node, checkpoint, sequence, hash) VALUES "
			     "($1, $2, $3, $4)",
			     DB_PARAMS(db_text(m->node), db_i64(c->number), db_i64(m->sequence),
				       db_blob(m->hash, STORE_HASH_SIZE)),
			     NULL, e))
			return false;
	}
	return true;
}

/* --- exports --- */

bool store_audit_range(struct db *db, int64_t from_ms, int64_t to_ms, int64_t *first, int64_t *last,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT COALESCE((SELECT MAX(number) FROM audit_checkpoints WHERE time_ms <= "
		    "$1), 0), COALESCE((SELECT MIN(number) FROM audit_checkpoints WHERE time_ms >= "
		    "$2), (SELECT MAX(number) FROM audit_checkpoints), 0)",
		    DB_PARAMS(db_i64(from_ms), db_i64(to_ms)), "", e))
		return false;
	*first = db_column_i64(&rows, 0);
	*last = db_column_i64(&rows, 1);
	return true;
}

bool store_audit_count(struct db *db, int64_t checkpoint, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT CAST(COALESCE(SUM(b.sequence), 0) AS BIGINT) FROM audit_heads h JOIN "
		    "audit_bound b ON b.node = h.node AND b.checkpoint = (SELECT "
		    "MAX(l.checkpoint) FROM audit_bound l WHERE l.node = h.node AND l.checkpoint "
		    "<= $1)",
		    DB_PARAMS(db_i64(checkpoint)), "", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_audit_ends(struct db *db, struct arena *a, int64_t max, struct store_chain_end **out,
		      size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_chain_end *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT h.node, h.sequence, COALESCE((SELECT e.at_ms FROM events e WHERE "
		      "e.node = h.node AND e.sequence = h.sequence), 0), COALESCE((SELECT "
		      "b.sequence FROM audit_bound b WHERE b.node = h.node ORDER BY b.checkpoint "
		      "DESC LIMIT 1), 0) FROM audit_heads h ORDER BY h.node LIMIT $1",
		      DB_PARAMS(db_i64(max)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct store_chain_end){.node = db_column_text(&rows, 0, a),
						  .sequence = db_column_i64(&rows, 1),
						  .at_ms = db_column_i64(&rows, 2),
						  .bound = db_column_i64(&rows, 3)};
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_audit_records(struct db *db, struct arena *a, const struct store_chain_part *part,
			 struct store_records *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_records){0};
	if (!db_query(db, &rows,
		      "SELECT sequence, record, hash FROM events WHERE node = $1 AND sequence > $2 "
		      "AND sequence <= $3 ORDER BY sequence LIMIT $4",
		      DB_PARAMS(db_text(part->node), db_i64(part->after), db_i64(part->upto),
				db_i64(part->max)),
		      e))
		return false;
	while (db_next(&rows)) {
		struct store_record *r;

		out->items = rows_grow(a, out->items, out->count, sizeof(*out->items));
		r = &out->items[out->count++];
		r->sequence = db_column_i64(&rows, 0);
		r->text = db_column_text(&rows, 1, a);
		if (!hash_of(&rows, 2, a, r->hash, e))
			return false;
	}
	return db_rows_ok(&rows, e);
}

/* --- receivers --- */

bool store_sink_position(struct db *db, const char *sink, const char *node, int64_t *sequence,
			 struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT sequence FROM audit_sinks WHERE sink = $1 AND node = $2",
		      DB_PARAMS(db_text(sink), db_text(node)), e))
		return false;
	*sequence = db_next(&rows) ? db_column_i64(&rows, 0) : 0;
	return db_rows_ok(&rows, e);
}

bool store_sink_set(struct db *db, const struct store_sink *s, struct err *e)
{
	return db_exec(
	    db,
	    "INSERT INTO audit_sinks (sink, node, sequence, sent_ms, error) VALUES ($1, $2, $3, "
	    "NULLIF($4, 0), $5) ON CONFLICT (sink, node) DO UPDATE SET sequence = CASE WHEN "
	    "audit_sinks.sequence > $3 THEN audit_sinks.sequence ELSE $3 END, sent_ms = "
	    "COALESCE(NULLIF($4, 0), audit_sinks.sent_ms), error = $5",
	    DB_PARAMS(db_text(s->sink), db_text(s->node), db_i64(s->sequence), db_i64(s->sent_ms),
		      db_text(s->error)),
	    NULL, e);
}

bool store_sinks(struct db *db, struct arena *a, const char *sink, struct store_sinks *out,
		 struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_sinks){0};
	if (!db_query(
		db, &rows,
		"SELECT h.node, COALESCE(s.sequence, 0), s.sent_ms, COALESCE(s.error, ''), "
		"h.sequence - COALESCE(s.sequence, 0), COALESCE(v.at_ms, 0) FROM audit_heads h "
		"LEFT JOIN audit_sinks s ON s.sink = $1 AND s.node = h.node LEFT JOIN events v "
		"ON v.node = h.node AND v.sequence = COALESCE(s.sequence, 0) + 1 ORDER BY "
		"h.node",
		DB_PARAMS(db_text(sink)), e))
		return false;
	while (db_next(&rows)) {
		out->items = rows_grow(a, out->items, out->count, sizeof(*out->items));
		out->items[out->count++] =
		    (struct store_sink){.sink = sink,
					.node = db_column_text(&rows, 0, a),
					.sequence = db_column_i64(&rows, 1),
					.sent_ms = db_column_i64(&rows, 2),
					.error = db_column_text(&rows, 3, a),
					.behind = db_column_i64(&rows, 4),
					.oldest_ms = db_column_i64(&rows, 5)};
	}
	return db_rows_ok(&rows, e);
}
