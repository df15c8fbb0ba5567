#include "store/outbox.h"

#include "store/instance_list.h"
#include "store/note.h"
#include "store/rows.h"

#define MAX_EXECUTED 200 /* tasks of one instance; DingTalk has at most 20 steps of some people */

#define COLUMNS                                                                                  \
	"o.id, o.app, o.instance, o.kind, o.userid, o.text, o.attempts, o.uncertain, o.due_ms, " \
	"o.error, o.slow, o.created_ms, o.task, o.tried_ms, o.searched, o.given_up, o.done_ms "  \
	"FROM outbox o"

/* An instance's rows go one after another, its create first: ids come from the clocks of several
 * servers, or from one that was set back. Messages to people, and what clears up after a lost create,
 * go beside them. */
#define IS_APART(row) row ".kind IN ('notice', 'remind', 'settle', 'duplicate')"
#define AND_IS_FIRST                                                                   \
	"AND (" IS_APART(                                                              \
	    "o") " OR NOT EXISTS (SELECT 1 FROM outbox b WHERE "                       \
		 "b.instance = o.instance AND b.done_ms IS NULL AND b.id <> o.id AND " \
		 "NOT (" IS_APART("b") ") AND (b.kind = 'create' OR (b.id < o.id AND " \
				       "o.kind <> 'create')))) "

#define IS_DEAD "(o.given_up = 1 OR (o.slow = 1 AND o.done_ms IS NULL))"

static struct store_outbox read_row(struct db_rows *rows, struct arena *a)
{
	return (struct store_outbox){.id = db_column_text(rows, 0, a),
				     .app = db_column_text(rows, 1, a),
				     .instance = db_column_text(rows, 2, a),
				     .kind = db_column_text(rows, 3, a),
				     .userid = db_column_text(rows, 4, a),
				     .text = db_column_text(rows, 5, a),
				     .attempts = db_column_i64(rows, 6),
				     .uncertain = db_column_bool(rows, 7),
				     .due_ms = db_column_i64(rows, 8),
				     .error = db_column_text(rows, 9, a),
				     .slow = db_column_bool(rows, 10),
				     .created_ms = db_column_i64(rows, 11),
				     .task = db_column_i64(rows, 12),
				     .tried_ms = db_column_i64(rows, 13),
				     .searched = db_column_bool(rows, 14),
				     .given_up = db_column_bool(rows, 15),
				     .done_ms = db_column_i64(rows, 16)};
}

static bool read_first(struct db_rows *rows, struct arena *a, struct store_outbox *out,
		       struct err *e)
{
	*out = (struct store_outbox){0};
	if (!db_next(rows))
		return db_rows_ok(rows, e);
	*out = read_row(rows, a);
	return true;
}

bool store_outbox_add(struct db *db, const struct store_outbox *row, struct err *e)
{
	db_note(db, NOTE_OUTBOX, row->instance);
	return db_exec(db,
		       "INSERT INTO outbox (id, app, instance, kind, userid, text, due_ms, "
		       "created_ms, task) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		       DB_PARAMS(db_text(row->id), db_text(row->app), db_text(row->instance),
				 db_text(row->kind), db_text(row->userid), db_text(row->text),
				 db_i64(row->due_ms), db_i64(row->created_ms),
				 row->task == 0 ? (struct db_value){0} : db_i64(row->task)),
		       NULL, e);
}

bool store_outbox_next(struct db *db, struct arena *a, const char *app, int64_t now_ms,
		       struct store_outbox *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT " COLUMNS
			" WHERE o.app = $2 AND o.done_ms IS NULL AND o.due_ms <= $1 " AND_IS_FIRST
			"ORDER BY o.due_ms LIMIT 1",
			DB_PARAMS(db_i64(now_ms), db_text(app)), e) &&
	       read_first(&rows, a, out, e);
}

bool store_outbox_of_instance(struct db *db, struct arena *a, const char *instance,
			      struct store_outbox *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT " COLUMNS " WHERE o.instance = $1 AND NOT (" IS_APART(
			    "o") ") AND "
				 "(o.done_ms IS NULL OR (o.given_up = 1 AND o.kind <> 'comment')) "
				 "ORDER BY o.given_up, o.id LIMIT 1",
			DB_PARAMS(db_text(instance)), e) &&
	       read_first(&rows, a, out, e);
}

bool store_outbox_claim(struct db *db, const struct store_outbox *row,
			const struct store_lease *lease, bool *won, struct err *e)
{
	int64_t changed;

	if (!db_exec(
		db,
		"UPDATE outbox SET lease = $2, node = $5, due_ms = $3, attempts = attempts + 1, "
		"tried_ms = CASE WHEN uncertain = 0 THEN $6 ELSE tried_ms END, uncertain = 1 "
		"WHERE id = $1 AND done_ms IS NULL AND due_ms = $4",
		DB_PARAMS(db_text(row->id), db_text(lease->id), db_i64(lease->until_ms),
			  db_i64(row->due_ms), db_text(lease->node), db_i64(lease->now_ms)),
		&changed, e))
		return false;
	*won = changed == 1;
	return true;
}

bool store_outbox_end(struct db *db, const struct store_outbox_end *end, bool *held, struct err *e)
{
	int64_t changed;

	db_note(db, NOTE_SHOWN, SHOWN_DELIVERIES);
	if (!db_exec(db,
		     "UPDATE outbox SET lease = '', due_ms = $3, done_ms = $4, uncertain = $5, "
		     "slow = $6, error = $7, attempts = $8, searched = $9, given_up = $10 "
		     "WHERE id = $1 AND lease = $2 AND done_ms IS NULL",
		     DB_PARAMS(db_text(end->id), db_text(end->lease), db_i64(end->at_ms),
			       end->done ? db_i64(end->at_ms) : (struct db_value){0},
			       db_bool(end->uncertain), db_bool(end->slow), db_text(end->error),
			       db_i64(end->attempts), db_bool(end->searched),
			       db_bool(end->done && end->given_up)),
		     &changed, e))
		return false;
	*held = changed == 1;
	return true;
}

bool store_outbox_drop(struct db *db, const char *instance, const char *kind, int64_t now_ms,
		       bool *dropped, struct err *e)
{
	int64_t changed;

	db_note(db, NOTE_SHOWN, SHOWN_DELIVERIES);
	if (!db_exec(db,
		     "UPDATE outbox SET done_ms = $3 WHERE instance = $1 AND kind = $2 AND "
		     "done_ms IS NULL AND uncertain = 0 AND searched = 0",
		     DB_PARAMS(db_text(instance), db_text(kind), db_i64(now_ms)), &changed, e))
		return false;
	*dropped = changed > 0;
	return true;
}

bool store_outbox_executions(struct db *db, struct arena *a, const char *instance,
			     struct store_execution **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_execution *items = arena_array(a, MAX_EXECUTED, sizeof(*items));
	size_t n = 0;

	if (!db_query(
		db, &rows,
		"SELECT userid, task, CASE WHEN uncertain = 1 OR error = '' THEN 1 ELSE 0 END "
		"FROM outbox WHERE instance = $1 AND kind = 'execute' AND (uncertain = 1 OR "
		"done_ms IS NOT NULL) ORDER BY id LIMIT $2",
		DB_PARAMS(db_text(instance), db_i64(MAX_EXECUTED)), e))
		return false;
	while (db_next(&rows))
		items[n++] = (struct store_execution){.userid = db_column_text(&rows, 0, a),
						      .task = db_column_i64(&rows, 1),
						      .done = db_column_bool(&rows, 2)};
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_outbox_count_kind(struct db *db, const char *instance, const char *kind, int64_t *out,
			     struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT COUNT(*) FROM outbox WHERE instance = $1 AND kind = $2",
		    DB_PARAMS(db_text(instance), db_text(kind)), "no count", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_outbox_moot(struct db *db, const char *id, const char *why, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_DELIVERIES);
	return db_exec(db, "UPDATE outbox SET given_up = 0, slow = 0, error = $2 WHERE id = $1",
		       DB_PARAMS(db_text(id), db_text(why)), NULL, e);
}

bool store_outbox_hurry(struct db *db, const char *instance, int64_t now_ms, struct err *e)
{
	db_note(db, NOTE_OUTBOX, instance);
	return db_exec(db,
		       "UPDATE outbox SET due_ms = $2 WHERE instance = $1 AND done_ms IS NULL AND "
		       "lease = '' AND due_ms > $2",
		       DB_PARAMS(db_text(instance), db_i64(now_ms)), NULL, e);
}

bool store_outbox_mended(struct db *db, const char *app, int64_t now_ms, struct err *e)
{
	db_note(db, NOTE_OUTBOX, "");
	return db_exec(db,
		       "UPDATE outbox SET due_ms = $2 WHERE app = $1 AND done_ms IS NULL AND "
		       "lease = '' AND slow = 1",
		       DB_PARAMS(db_text(app), db_i64(now_ms)), NULL, e);
}

bool store_outbox_mended_organisation(struct db *db, const char *corp_id, int64_t now_ms,
				      struct err *e)
{
	db_note(db, NOTE_OUTBOX, "");
	return db_exec(db,
		       "UPDATE outbox SET due_ms = $2 WHERE app IN (SELECT id FROM dingtalk_apps "
		       "WHERE corp_id = $1) AND done_ms IS NULL AND lease = '' AND slow = 1",
		       DB_PARAMS(db_text(corp_id), db_i64(now_ms)), NULL, e);
}

bool store_outbox_release(struct db *db, const char *node, int64_t now_ms, struct err *e)
{
	return db_exec(
	    db,
	    "UPDATE outbox SET lease = '', due_ms = $1 WHERE done_ms IS NULL AND "
	    "lease <> '' AND (node = $2 OR $3 = 1)",
	    DB_PARAMS(db_i64(now_ms), db_text(node != NULL ? node : ""), db_bool(node == NULL)),
	    NULL, e);
}

bool store_outbox_due(struct db *db, const char *app, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(
		db, &rows,
		"SELECT o.due_ms FROM outbox o WHERE o.app = $1 AND o.done_ms IS NULL " AND_IS_FIRST
		"ORDER BY o.due_ms LIMIT 1",
		DB_PARAMS(db_text(app)), e))
		return false;
	*due_ms = db_next(&rows) ? db_column_i64(&rows, 0) : 0;
	return db_rows_ok(&rows, e);
}

bool store_outbox_get(struct db *db, struct arena *a, const char *id, struct store_outbox *out,
		      struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT " COLUMNS " WHERE o.id = $1", DB_PARAMS(db_text(id)),
		    "There is no delivery with this id.", e))
		return false;
	*out = read_row(&rows, a);
	return true;
}

#define LIST(condition, instance)                                                         \
	"SELECT " COLUMNS " WHERE " condition " AND ($1 = '' OR o.id < $1) AND " instance \
	" AND ($4 = '' OR EXISTS (SELECT 1 FROM instances i WHERE i.id = o.instance "     \
	"AND " STORE_IN_SCOPE("$4") ")) ORDER BY o.id DESC LIMIT $3"
/* Two statements each: with one, an instance's few rows are looked for among all. */
#define LISTS(condition)                                                       \
	{                                                                      \
		LIST(condition, "$2 = ''"), LIST(condition, "o.instance = $2") \
	}

static const char *const lists[][2] = {
    [OUTBOX_ANY] = LISTS("1 = 1"),
    [OUTBOX_WAITING] = LISTS("o.done_ms IS NULL AND o.slow = 0"),
    [OUTBOX_DEAD] = LISTS(IS_DEAD),
    [OUTBOX_DONE] = LISTS("o.done_ms IS NOT NULL AND o.given_up = 0"),
};

bool store_outbox_list(struct db *db, struct arena *a, const struct store_outbox_filter *filter,
		       struct store_outbox **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_outbox *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows, lists[filter->state][filter->instance != NULL],
		      DB_PARAMS(db_text(filter->before),
				db_text(filter->instance != NULL ? filter->instance : ""),
				db_i64(filter->max),
				db_text(filter->scope != NULL ? filter->scope : "")),
		      e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = read_row(&rows, a);
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_outbox_replay(struct db *db, const char *id, int64_t now_ms, bool *found, struct err *e)
{
	int64_t changed;

	db_note(db, NOTE_OUTBOX, id);
	if (!db_exec(db,
		     "UPDATE outbox AS o SET done_ms = NULL, given_up = 0, slow = 0, attempts = 0, "
		     "due_ms = $2 WHERE o.id = $1 AND o.lease = '' AND " IS_DEAD,
		     DB_PARAMS(db_text(id), db_i64(now_ms)), &changed, e))
		return false;
	*found = changed == 1;
	return true;
}

bool store_outbox_count(struct db *db, struct arena *a, int64_t now_ms,
			struct store_outbox_counts **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_outbox_counts *all = NULL;
	size_t n = 0;

	if (!db_query(
		db, &rows,
		"SELECT a.id, "
		"(SELECT COUNT(*) FROM outbox o WHERE o.app = a.id AND o.done_ms IS NULL AND "
		"o.slow = 0), "
		"(SELECT COUNT(*) FROM outbox o WHERE o.app = a.id AND " IS_DEAD "), "
		"(SELECT MIN(o.due_ms) FROM outbox o WHERE o.app = a.id AND o.done_ms IS NULL "
		"AND o.due_ms <= $1), "
		"(SELECT MIN(o.created_ms) FROM outbox o WHERE o.app = a.id AND "
		"o.done_ms IS NULL AND o.slow = 0) "
		"FROM dingtalk_apps a ORDER BY a.id",
		DB_PARAMS(db_i64(now_ms)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct store_outbox_counts){.app = db_column_text(&rows, 0, a),
						      .waiting = db_column_i64(&rows, 1),
						      .dead = db_column_i64(&rows, 2),
						      .oldest_due_ms = db_column_i64(&rows, 3),
						      .oldest_waiting_ms = db_column_i64(&rows, 4)};
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}
