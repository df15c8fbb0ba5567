#include "store/task.h"

#include "store/note.h"
#include "store/rows.h"

#define TASK_COLUMNS                                                                  \
	"t.id, t.instance, t.level, t.kind, t.account, t.name, t.state, t.acted_by, " \
	"t.acted_name, t.comment, t.opened_ms, t.ended_ms"

static struct db_value time_or_null(int64_t ms)
{
	return ms == 0 ? (struct db_value){0} : db_i64(ms);
}

/* --- approvals --- */

bool store_approval_add(struct db *db, const struct store_approval *p, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO approvals (instance, levels, level, alone, due_ms) "
		       "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (instance) DO UPDATE SET "
		       "levels = excluded.levels, due_ms = excluded.due_ms",
		       DB_PARAMS(db_text(p->instance), db_text(p->levels), db_i64(p->level),
				 db_bool(p->alone), time_or_null(p->due_ms)),
		       NULL, e);
}

bool store_approval_get(struct db *db, struct arena *a, const char *instance,
			struct store_approval *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_approval){0};
	if (!db_query(db, &rows,
		      "SELECT instance, levels, level, alone, due_ms FROM approvals "
		      "WHERE instance = $1",
		      DB_PARAMS(db_text(instance)), e))
		return false;
	if (db_next(&rows))
		*out = (struct store_approval){.instance = db_column_text(&rows, 0, a),
					       .levels = db_column_text(&rows, 1, a),
					       .level = db_column_i64(&rows, 2),
					       .alone = db_column_bool(&rows, 3),
					       .due_ms = db_column_i64(&rows, 4)};
	return db_rows_ok(&rows, e);
}

bool store_approval_lock(struct db *db, const char *instance, struct err *e)
{
	return db_exec(db, "UPDATE approvals SET level = level WHERE instance = $1",
		       DB_PARAMS(db_text(instance)), NULL, e);
}

bool store_approval_set(struct db *db, const struct store_approval *p, struct err *e)
{
	return db_exec(db,
		       "UPDATE approvals SET level = $2, alone = $3, due_ms = $4, "
		       "review_ms = NULL WHERE instance = $1",
		       DB_PARAMS(db_text(p->instance), db_i64(p->level), db_bool(p->alone),
				 time_or_null(p->due_ms)),
		       NULL, e);
}

bool store_approval_overdue(struct db *db, struct arena *a, int64_t now_ms, int64_t limit,
			    const char *const **ids, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT instance FROM approvals WHERE due_ms <= $1 ORDER BY due_ms "
			"LIMIT $2",
			DB_PARAMS(db_i64(now_ms), db_i64(limit)), e) &&
	       rows_texts(&rows, a, ids, count, e);
}

bool store_approval_due(struct db *db, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows, "SELECT MIN(due_ms) FROM approvals WHERE due_ms IS NOT NULL",
			DB_NONE, e) &&
	       rows_time(&rows, due_ms, e);
}

/* Those with a level that is asked: the request itself says whether it still waits. */
#define OPEN                                                                                   \
	"level > 0 AND EXISTS (SELECT 1 FROM instances i WHERE i.id = approvals.instance AND " \
	"i.status = 'pending')"

bool store_approval_review(struct db *db, const char *account, int64_t now_ms, struct err *e)
{
	db_note(db, NOTE_CLOCK, "");
	return db_exec(db,
		       "UPDATE approvals SET review_ms = $2 WHERE review_ms IS NULL AND " OPEN
		       " AND (CAST($1 AS TEXT) IS NULL OR alone = 1 OR "
		       "levels LIKE '%' || $1 || '%' OR EXISTS (SELECT 1 FROM tasks t WHERE "
		       "t.instance = approvals.instance AND t.account = $1 AND t.state = 'open'))",
		       DB_PARAMS(db_text(account), db_i64(now_ms)), NULL, e);
}

bool store_approval_review_departed(struct db *db, int64_t now_ms, struct err *e)
{
	db_note(db, NOTE_CLOCK, "");
	return db_exec(
	    db,
	    "UPDATE approvals SET review_ms = $1 WHERE review_ms IS NULL AND " OPEN
	    " AND (alone = 1 OR EXISTS (SELECT 1 FROM tasks t JOIN accounts a ON a.id = t.account "
	    "JOIN people p ON p.id = a.person WHERE t.instance = approvals.instance AND "
	    "((t.state = 'open' AND p.departed = 1) OR (t.state = 'skipped' AND "
	    "t.level = approvals.level AND p.departed = 0))))",
	    DB_PARAMS(db_i64(now_ms)), NULL, e);
}

bool store_approval_to_review(struct db *db, struct arena *a, int64_t now_ms, int64_t limit,
			      const char *const **ids, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT instance FROM approvals WHERE review_ms <= $1 "
			"ORDER BY review_ms LIMIT $2",
			DB_PARAMS(db_i64(now_ms), db_i64(limit)), e) &&
	       rows_texts(&rows, a, ids, count, e);
}

bool store_approval_review_due(struct db *db, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT MIN(review_ms) FROM approvals WHERE review_ms IS NOT NULL", DB_NONE,
			e) &&
	       rows_time(&rows, due_ms, e);
}

/* --- tasks --- */

bool store_task_add(struct db *db, const struct store_task *t, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_INSTANCES);
	return db_exec(db,
		       "INSERT INTO tasks (id, instance, level, kind, account, name, state, "
		       "opened_ms, ended_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		       DB_PARAMS(db_text(t->id), db_text(t->instance), db_i64(t->level),
				 db_text(t->kind), db_text(t->account), db_text(t->name),
				 db_text(t->state), db_i64(t->opened_ms),
				 time_or_null(t->ended_ms)),
		       NULL, e);
}

bool store_task_set(struct db *db, const struct store_task *t, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_INSTANCES);
	return db_exec(db,
		       "UPDATE tasks SET state = $2, acted_by = $3, acted_name = $4, comment = $5, "
		       "opened_ms = $6, ended_ms = $7 WHERE id = $1",
		       DB_PARAMS(db_text(t->id), db_text(t->state), db_text(t->acted_by),
				 db_text(t->acted_name), db_text(t->comment), db_i64(t->opened_ms),
				 time_or_null(t->ended_ms)),
		       NULL, e);
}

static void read_task(const struct db_rows *rows, struct arena *a, struct store_task *out)
{
	*out = (struct store_task){.id = db_column_text(rows, 0, a),
				   .instance = db_column_text(rows, 1, a),
				   .level = db_column_i64(rows, 2),
				   .kind = db_column_text(rows, 3, a),
				   .account = db_column_text(rows, 4, a),
				   .name = db_column_text(rows, 5, a),
				   .state = db_column_text(rows, 6, a),
				   .acted_by = db_column_text(rows, 7, a),
				   .acted_name = db_column_text(rows, 8, a),
				   .comment = db_column_text(rows, 9, a),
				   .opened_ms = db_column_i64(rows, 10),
				   .ended_ms = db_column_i64(rows, 11)};
}

bool store_task_list(struct db *db, struct arena *a, const char *instance,
		     struct store_task_list *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_task_list){0};
	if (!db_query(db, &rows,
		      "SELECT " TASK_COLUMNS " FROM tasks t WHERE t.instance = $1 ORDER BY t.id",
		      DB_PARAMS(db_text(instance)), e))
		return false;
	while (db_next(&rows)) {
		out->items = rows_grow(a, out->items, out->count, sizeof(*out->items));
		read_task(&rows, a, &out->items[out->count++]);
	}
	return db_rows_ok(&rows, e);
}

bool store_task_end(struct db *db, const char *instance, int64_t now_ms, struct err *e)
{
	return db_exec(db,
		       "UPDATE tasks SET state = 'closed', ended_ms = $2 WHERE instance = $1 AND "
		       "state = 'open'",
		       DB_PARAMS(db_text(instance), db_i64(now_ms)), NULL, e) &&
	       db_exec(db,
		       "UPDATE approvals SET due_ms = NULL, review_ms = NULL, alone = 0 WHERE "
		       "instance = $1",
		       DB_PARAMS(db_text(instance)), NULL, e);
}

static void read_turn(const struct db_rows *rows, struct arena *a, struct store_turn *out)
{
	read_task(rows, a, &out->task);
	out->number = db_column_i64(rows, 12);
	out->levels = db_column_text(rows, 13, a);
	out->person = db_column_text(rows, 14, a);
	out->person_name = db_column_text(rows, 15, a);
	out->department = db_column_text(rows, 16, a);
	out->device = db_column_text(rows, 17, a);
	out->device_name = db_column_text(rows, 18, a);
	out->package = db_column_text(rows, 19, a);
	out->reason = db_column_text(rows, 20, a);
	out->created_ms = db_column_i64(rows, 21);
	out->expires_ms = db_column_i64(rows, 22);
}

/* The account $1 and those in whose place it may answer at $2. */
#define OWNERS                                                                        \
	"WITH RECURSIVE owners (account, hops) AS (SELECT CAST($1 AS TEXT), 1 UNION " \
	"SELECT d.account, o.hops + 1 FROM delegations d JOIN owners o ON "           \
	"d.delegate = o.account WHERE d.from_ms <= $2 AND d.until_ms > $2 AND o.hops < 8) "

bool store_task_concerns(struct db *db, const char *instance, const char *account, int64_t now_ms,
			 bool *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      OWNERS "SELECT 1 FROM tasks t WHERE t.instance = $3 AND (t.acted_by = $1 OR "
			     "t.account IN (SELECT account FROM owners)) LIMIT 1",
		      DB_PARAMS(db_text(account), db_i64(now_ms), db_text(instance)), e))
		return false;
	*out = db_next(&rows);
	return db_rows_ok(&rows, e);
}

bool store_turn_list(struct db *db, struct arena *a, const struct store_turn_filter *f,
		     struct store_turn **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_turn *items = arena_array(a, (size_t)f->limit, sizeof(*items));
	size_t n = 0;

	if (!db_query(
		db, &rows,
		OWNERS
		"SELECT " TASK_COLUMNS ", i.number, p.levels, i.person, i.person_name, "
		"i.department, i.device, i.device_name, i.package, i.reason, i.created_ms, "
		"i.expires_ms FROM tasks t JOIN instances i ON i.id = t.instance "
		"JOIN approvals p ON p.instance = t.instance "
		"WHERE ($3 = '' OR t.id < $3) AND (CAST($4 AS TEXT) IS NULL OR t.state = $4) AND "
		"(CAST($1 AS TEXT) IS NULL OR t.acted_by = $1 OR t.account IN "
		"(SELECT account FROM owners)) ORDER BY t.id DESC LIMIT $5",
		DB_PARAMS(db_text(f->account), db_i64(f->now_ms), db_text(f->before),
			  db_text(f->state), db_i64(f->limit)),
		e))
		return false;
	while (db_next(&rows))
		read_turn(&rows, a, &items[n++]);
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

/* --- accounts --- */

bool store_approver_list(struct db *db, struct arena *a, struct store_approver **out, size_t *count,
			 struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_approver *items = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT a.id, a.name, a.person, CASE WHEN a.state = 'active' AND "
		      "a.role <> 'auditor' AND COALESCE(p.departed, 0) = 0 THEN 1 ELSE 0 END, CASE "
		      "WHEN a.role IN ('owner', "
		      "'security-admin') THEN 1 ELSE 0 END FROM accounts a LEFT JOIN people p "
		      "ON p.id = a.person ORDER BY a.id",
		      DB_NONE, e))
		return false;
	while (db_next(&rows)) {
		items = rows_grow(a, items, n, sizeof(*items));
		items[n++] = (struct store_approver){.id = db_column_text(&rows, 0, a),
						     .name = db_column_text(&rows, 1, a),
						     .person = db_column_text(&rows, 2, a),
						     .active = db_column_bool(&rows, 3),
						     .administrator = db_column_bool(&rows, 4)};
	}
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}
