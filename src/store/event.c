#include "store/event.h"

#include "store/rows.h"

#define HASH_SIZE 32

bool store_event_add(struct db *db, const struct store_event *event, struct err *e)
{
	return db_exec(
	    db,
	    "INSERT INTO events (id, node, sequence, at_ms, kind, actor_kind, actor_id, actor, "
	    "object, object_id, device, instance, text, record, hash) VALUES ($1, $2, $3, $4, $5, "
	    "$6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
	    DB_PARAMS(db_text(event->id), db_text(event->node), db_i64(event->sequence),
		      db_i64(event->at_ms), db_text(event->kind), db_text(event->actor_kind),
		      db_text(event->actor_id), db_text(event->actor), db_text(event->object),
		      db_text(event->object_id), db_text(event->device), db_text(event->instance),
		      db_text(event->text), db_text(event->record),
		      db_blob(event->hash, HASH_SIZE)),
	    NULL, e);
}

/* One statement for each column that a filter may name, so that each finds its index. The others
 * are then looked at row by row. */
#define SELECT_WHERE                                                                               \
	"SELECT id, node, sequence, at_ms, kind, actor_kind, actor_id, actor, object, object_id, " \
	"device, instance, text, record, hash FROM events WHERE "
#define REST                                                                                      \
	"at_ms >= $6 AND at_ms < $7 AND at_ms <= $8 AND (at_ms < $8 OR id < $9) AND ($1 = '' "    \
	"OR kind = $1) AND ($2 = '' OR actor_id = $2) AND ($3 = '' OR object_id = $3) AND ($4 = " \
	"'' OR device = $4) AND ($5 = '' OR instance = $5) ORDER BY at_ms DESC, id DESC LIMIT $10"

static const char *statement(const struct store_event_filter *f)
{
	if (f->instance != NULL)
		return SELECT_WHERE "instance = $5 AND " REST;
	if (f->device != NULL)
		return SELECT_WHERE "device = $4 AND " REST;
	if (f->object != NULL)
		return SELECT_WHERE "object_id = $3 AND " REST;
	if (f->actor != NULL)
		return SELECT_WHERE "actor_id = $2 AND " REST;
	if (f->kind != NULL)
		return SELECT_WHERE "kind = $1 AND " REST;
	return SELECT_WHERE REST;
}

/* An unknown id is older than everything. */
static bool place_of(struct db *db, const char *id, int64_t *at_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*at_ms = INT64_MAX;
	if (*id == '\0')
		return true;
	if (!db_one(db, &rows, "SELECT COALESCE(MAX(at_ms), -1) FROM events WHERE id = $1",
		    DB_PARAMS(db_text(id)), "", e))
		return false;
	*at_ms = db_column_i64(&rows, 0);
	return true;
}

static struct store_event read_event(const struct db_rows *rows, struct arena *a)
{
	size_t n;

	return (struct store_event){.id = db_column_text(rows, 0, a),
				    .node = db_column_text(rows, 1, a),
				    .sequence = db_column_i64(rows, 2),
				    .at_ms = db_column_i64(rows, 3),
				    .kind = db_column_text(rows, 4, a),
				    .actor_kind = db_column_text(rows, 5, a),
				    .actor_id = db_column_text(rows, 6, a),
				    .actor = db_column_text(rows, 7, a),
				    .object = db_column_text(rows, 8, a),
				    .object_id = db_column_text(rows, 9, a),
				    .device = db_column_text(rows, 10, a),
				    .instance = db_column_text(rows, 11, a),
				    .text = db_column_text(rows, 12, a),
				    .record = db_column_text(rows, 13, a),
				    .hash = db_column_blob(rows, 14, a, &n)};
}

static struct db_value wanted(const char *text)
{
	return db_text(text != NULL ? text : "");
}

bool store_event_list(struct db *db, struct arena *a, const struct store_event_filter *f,
		      struct store_event **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_event *all = NULL;
	int64_t before_ms;
	size_t n = 0;

	if (!place_of(db, f->before, &before_ms, e) ||
	    !db_query(db, &rows, statement(f),
		      DB_PARAMS(wanted(f->kind), wanted(f->actor), wanted(f->object),
				wanted(f->device), wanted(f->instance), db_i64(f->from_ms),
				db_i64(f->to_ms > 0 ? f->to_ms : INT64_MAX), db_i64(before_ms),
				db_text(f->before), db_i64(f->max)),
		      e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = read_event(&rows, a);
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_event_chain(struct db *db, struct arena *a, const char *node, int64_t after, int64_t max,
		       struct store_event **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_event *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      SELECT_WHERE "node = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
		      DB_PARAMS(db_text(node), db_i64(after), db_i64(max)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = read_event(&rows, a);
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}
