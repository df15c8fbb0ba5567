#include "store/sync.h"

#include "base/text.h"
#include "store/note.h"
#include "store/rows.h"

#define RUN                                                                                       \
	"SELECT id, source, state, leaving_asked, began_ms, resumed_ms, resumed_done, ended_ms, " \
	"leaving, leaving_of, uncovered, uncovered_of, approved, joined, returned, departed, "    \
	"moved, renamed, changed, departments, chosen, leaving_outside FROM sync_runs "

static struct store_sync_run run_of(const struct db_rows *rows, struct arena *a)
{
	return (struct store_sync_run){.id = db_column_text(rows, 0, a),
				       .source = db_column_text(rows, 1, a),
				       .state = db_column_text(rows, 2, a),
				       .leaving_asked = db_column_i64(rows, 3),
				       .began_ms = db_column_i64(rows, 4),
				       .resumed_ms = db_column_i64(rows, 5),
				       .resumed_done = db_column_i64(rows, 6),
				       .ended_ms = db_column_i64(rows, 7),
				       .leaving = db_column_i64(rows, 8),
				       .leaving_of = db_column_i64(rows, 9),
				       .uncovered = db_column_i64(rows, 10),
				       .uncovered_of = db_column_i64(rows, 11),
				       .approved = db_column_bool(rows, 12),
				       .counts = {.joined = db_column_i64(rows, 13),
						  .returned = db_column_i64(rows, 14),
						  .left = db_column_i64(rows, 15),
						  .moved = db_column_i64(rows, 16),
						  .renamed = db_column_i64(rows, 17),
						  .changed = db_column_i64(rows, 18),
						  .departments = db_column_i64(rows, 19)},
				       .chosen = db_column_text(rows, 20, a),
				       .leaving_outside = db_column_i64(rows, 21)};
}

bool store_sync_run_add(struct db *db, const struct store_sync_run *run, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO sync_runs (id, source, state, began_ms, resumed_ms, chosen) "
		       "VALUES ($1, $2, $3, $4, $5, $6)",
		       DB_PARAMS(db_text(run->id), db_text(run->source), db_text(run->state),
				 db_i64(run->began_ms), db_i64(run->resumed_ms),
				 db_text(run->chosen)),
		       NULL, e);
}

bool store_sync_run_get(struct db *db, struct arena *a, const char *id, struct store_sync_run *out,
			struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, RUN "WHERE id = $1", DB_PARAMS(db_text(id)), "There is no such run.",
		    e))
		return false;
	*out = run_of(&rows, a);
	return true;
}

bool store_sync_run_last(struct db *db, struct arena *a, const char *source,
			 struct store_sync_run *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_sync_run){0};
	if (!db_query(db, &rows, RUN "WHERE source = $1 ORDER BY id DESC LIMIT 1",
		      DB_PARAMS(db_text(source)), e))
		return false;
	if (db_next(&rows))
		*out = run_of(&rows, a);
	return db_rows_ok(&rows, e);
}

bool store_sync_run_set(struct db *db, const struct store_sync_run *run, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_SOURCES);
	return db_exec(
	    db,
	    "UPDATE sync_runs SET state = $2, leaving_asked = $3, resumed_ms = $4, resumed_done = "
	    "$5, "
	    "ended_ms = $6, leaving = $7, leaving_of = $8, uncovered = $9, uncovered_of = $10, "
	    "approved = $11, leaving_outside = $12 WHERE id = $1",
	    DB_PARAMS(db_text(run->id), db_text(run->state), db_i64(run->leaving_asked),
		      db_i64(run->resumed_ms), db_i64(run->resumed_done),
		      run->ended_ms == 0 ? (struct db_value){0} : db_i64(run->ended_ms),
		      db_i64(run->leaving), db_i64(run->leaving_of), db_i64(run->uncovered),
		      db_i64(run->uncovered_of), db_bool(run->approved),
		      db_i64(run->leaving_outside)),
	    NULL, e);
}

bool store_sync_run_count(struct db *db, const char *run, const struct store_sync_counts *more,
			  struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_SOURCES);
	return db_exec(db,
		       "UPDATE sync_runs SET joined = joined + $2, returned = returned + $3, "
		       "departed = departed + $4, moved = moved + $5, renamed = renamed + $6, "
		       "changed = changed + $7, departments = departments + $8 WHERE id = $1",
		       DB_PARAMS(db_text(run), db_i64(more->joined), db_i64(more->returned),
				 db_i64(more->left), db_i64(more->moved), db_i64(more->renamed),
				 db_i64(more->changed), db_i64(more->departments)),
		       NULL, e);
}

bool store_sync_run_clear(struct db *db, const char *run, struct err *e)
{
	return db_exec(db, "DELETE FROM sync_departments WHERE run = $1", DB_PARAMS(db_text(run)),
		       NULL, e) &&
	       db_exec(db, "DELETE FROM sync_seen WHERE run = $1", DB_PARAMS(db_text(run)), NULL,
		       e);
}

bool store_sync_forget(struct db *db, int64_t before_ms, struct err *e)
{
	return db_exec(db, "DELETE FROM sync_changes WHERE at_ms < $1 AND state <> 'pending'",
		       DB_PARAMS(db_i64(before_ms)), NULL, e) &&
	       db_exec(db, "DELETE FROM sync_runs WHERE ended_ms < $1",
		       DB_PARAMS(db_i64(before_ms)), NULL, e);
}

bool store_sync_oldest(struct db *db, int64_t *out_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows, "SELECT MIN(ended_ms) FROM sync_runs", DB_NONE, e) &&
	       rows_time(&rows, out_ms, e);
}

bool store_sync_remove(struct db *db, const char *source, struct err *e)
{
#define OF_RUNS "WHERE run IN (SELECT id FROM sync_runs WHERE source = $1)"
	static const char *const tables[] = {"DELETE FROM sync_departments " OF_RUNS,
					     "DELETE FROM sync_seen " OF_RUNS,
					     "DELETE FROM sync_changes WHERE source = $1",
					     "DELETE FROM sync_hints WHERE source = $1",
					     "DELETE FROM sync_touched WHERE source = $1",
					     "DELETE FROM sync_runs WHERE source = $1"};

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (!db_exec(db, tables[i], DB_PARAMS(db_text(source)), NULL, e))
			return false;
	}
	return true;
}

/* --- what a run has found --- */

bool store_sync_department_add(struct db *db, const char *run, const char *external_id,
			       struct err *e)
{
	return db_exec(db,
		       "INSERT INTO sync_departments (run, external_id) VALUES ($1, $2) "
		       "ON CONFLICT DO NOTHING",
		       DB_PARAMS(db_text(run), db_text(external_id)), NULL, e);
}

bool store_sync_department_children(struct db *db, const char *run, const char *external_id,
				    struct err *e)
{
	return db_exec(
	    db, "UPDATE sync_departments SET children = 1 WHERE run = $1 AND external_id = $2",
	    DB_PARAMS(db_text(run), db_text(external_id)), NULL, e);
}

bool store_sync_department_next(struct db *db, const char *run, const char *external_id,
				int64_t next, struct err *e)
{
	return db_exec(db,
		       "UPDATE sync_departments SET next = $3 WHERE run = $1 AND external_id = $2",
		       DB_PARAMS(db_text(run), db_text(external_id), db_i64(next)), NULL, e);
}

bool store_sync_department_unseen(struct db *db, const char *run, const char *external_id,
				  struct err *e)
{
	return db_exec(db,
		       "UPDATE sync_departments SET children = 1, next = -1, unseen = 1 "
		       "WHERE run = $1 AND external_id = $2",
		       DB_PARAMS(db_text(run), db_text(external_id)), NULL, e);
}

bool store_sync_departments(struct db *db, struct arena *a, const char *run,
			    struct store_sync_department **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_sync_department *items = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT external_id, children, next, unseen FROM sync_departments WHERE run "
		      "= $1 ORDER BY external_id",
		      DB_PARAMS(db_text(run)), e))
		return false;
	for (; db_next(&rows); n++) {
		items = rows_grow(a, items, n, sizeof(*items));
		items[n] =
		    (struct store_sync_department){.external_id = db_column_text(&rows, 0, a),
						   .children = db_column_bool(&rows, 1),
						   .next = db_column_i64(&rows, 2),
						   .unseen = db_column_bool(&rows, 3)};
	}
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_sync_seen_add(struct db *db, const struct store_sync_page *page, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_SOURCES);
	return db_exec(db,
		       "INSERT INTO sync_seen (run, department, page, people, external_ids) "
		       "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (run, department, page) DO UPDATE "
		       "SET people = excluded.people, external_ids = excluded.external_ids",
		       DB_PARAMS(db_text(page->run), db_text(page->department), db_i64(page->page),
				 db_i64(page->people), db_text(page->external_ids)),
		       NULL, e);
}

bool store_sync_seen(struct db *db, struct arena *a, const char *run, const char *const **out,
		     size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows, "SELECT external_ids FROM sync_seen WHERE run = $1",
			DB_PARAMS(db_text(run)), e) &&
	       rows_texts(&rows, a, out, count, e);
}

bool store_sync_progress(struct db *db, const char *run, struct store_sync_progress *out,
			 struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT (SELECT COUNT(*) FROM sync_departments WHERE run = $1), "
		    "(SELECT COUNT(*) FROM sync_departments WHERE run = $1 AND children = 1 AND "
		    "next = -1), "
		    "(SELECT COALESCE(SUM(people), 0) FROM sync_seen WHERE run = $1), "
		    "(SELECT COUNT(*) FROM sync_changes WHERE run = $1 AND state = 'pending'), "
		    "(SELECT COUNT(*) FROM sync_changes WHERE run = $1 AND state = 'pending' AND "
		    "checked_ms > 0)",
		    DB_PARAMS(db_text(run)), "no progress", e))
		return false;
	*out = (struct store_sync_progress){.departments = db_column_i64(&rows, 0),
					    .departments_done = db_column_i64(&rows, 1),
					    .people = db_column_i64(&rows, 2),
					    .pending = db_column_i64(&rows, 3),
					    .checked = db_column_i64(&rows, 4)};
	return true;
}

/* --- changes --- */

#define CHANGE                                                                                 \
	"SELECT id, source, run, at_ms, subject, external_id, subject_id, name, kind, state, " \
	"before, after, body, checked_ms, outside FROM sync_changes "

static struct store_sync_change change_of(const struct db_rows *rows, struct arena *a)
{
	return (struct store_sync_change){.id = db_column_text(rows, 0, a),
					  .source = db_column_text(rows, 1, a),
					  .run = db_column_text(rows, 2, a),
					  .at_ms = db_column_i64(rows, 3),
					  .subject = db_column_text(rows, 4, a),
					  .external_id = db_column_text(rows, 5, a),
					  .subject_id = db_column_text(rows, 6, a),
					  .name = db_column_text(rows, 7, a),
					  .kind = db_column_text(rows, 8, a),
					  .state = db_column_text(rows, 9, a),
					  .before = db_column_text(rows, 10, a),
					  .after = db_column_text(rows, 11, a),
					  .body = db_column_text(rows, 12, a),
					  .checked_ms = db_column_i64(rows, 13),
					  .outside = db_column_bool(rows, 14)};
}

static bool changes_of(struct db_rows *rows, struct arena *a, struct store_sync_change **out,
		       size_t *count, struct err *e)
{
	struct store_sync_change *items = NULL;
	size_t n = 0;

	for (; db_next(rows); n++) {
		items = rows_grow(a, items, n, sizeof(*items));
		items[n] = change_of(rows, a);
	}
	*out = items;
	*count = n;
	return db_rows_ok(rows, e);
}

bool store_sync_change_put(struct db *db, const struct store_sync_change *c, struct err *e)
{
	return db_exec(
	    db,
	    "INSERT INTO sync_changes (id, source, run, at_ms, subject, external_id, subject_id, "
	    "name, kind, state, before, after, body, checked_ms, outside) VALUES ($1, $2, $3, $4, "
	    "$5, "
	    "$6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (run, subject, external_id) "
	    "DO UPDATE "
	    "SET at_ms = excluded.at_ms, subject_id = excluded.subject_id, name = excluded.name, "
	    "kind = excluded.kind, state = excluded.state, before = excluded.before, "
	    "after = excluded.after, body = excluded.body, checked_ms = excluded.checked_ms, "
	    "outside = excluded.outside",
	    DB_PARAMS(db_text(c->id), db_text(c->source), db_text(c->run), db_i64(c->at_ms),
		      db_text(c->subject), db_text(c->external_id), db_text(c->subject_id),
		      db_text(c->name), db_text(c->kind), db_text(c->state), db_text(c->before),
		      db_text(c->after), db_text(c->body), db_i64(c->checked_ms),
		      db_bool(c->outside)),
	    NULL, e);
}

bool store_sync_change_of(struct db *db, struct arena *a, const char *run, const char *subject,
			  const char *external_id, struct store_sync_change *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_sync_change){0};
	if (!db_query(db, &rows, CHANGE "WHERE run = $1 AND subject = $2 AND external_id = $3",
		      DB_PARAMS(db_text(run), db_text(subject), db_text(external_id)), e))
		return false;
	if (db_next(&rows))
		*out = change_of(&rows, a);
	return db_rows_ok(&rows, e);
}

bool store_sync_change_drop(struct db *db, const char *id, struct err *e)
{
	return db_exec(db, "DELETE FROM sync_changes WHERE id = $1", DB_PARAMS(db_text(id)), NULL,
		       e);
}

bool store_sync_change_applied(struct db *db, const char *id, int64_t at_ms, struct err *e)
{
	return db_exec(db,
		       "UPDATE sync_changes SET state = 'applied', body = NULL, at_ms = $2 "
		       "WHERE id = $1",
		       DB_PARAMS(db_text(id), db_i64(at_ms)), NULL, e);
}

bool store_sync_change_checked(struct db *db, const char *id, const struct store_sync_check *check,
			       struct err *e)
{
	return db_exec(db, "UPDATE sync_changes SET checked_ms = $2, outside = $3 WHERE id = $1",
		       DB_PARAMS(db_text(id), db_i64(check->at_ms), db_bool(check->outside)), NULL,
		       e);
}

bool store_sync_changes_uncheck(struct db *db, const char *run, int64_t before_ms, struct err *e)
{
	return db_exec(db,
		       "UPDATE sync_changes SET checked_ms = 0 WHERE run = $1 AND state = "
		       "'pending' AND checked_ms > 0 AND checked_ms < $2",
		       DB_PARAMS(db_text(run), db_i64(before_ms)), NULL, e);
}

bool store_sync_changes_pending(struct db *db, struct arena *a,
				const struct store_sync_pending *which,
				struct store_sync_change **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(
		   db, &rows,
		   CHANGE "WHERE run = $1 AND subject = $2 AND id > $3 AND state = 'pending' "
			  "AND ($4 = 0 OR (kind = 'left' AND checked_ms = 0)) ORDER BY id LIMIT $5",
		   DB_PARAMS(db_text(which->run), db_text(which->subject), db_text(which->after),
			     db_bool(which->unchecked), db_i64(which->limit)),
		   e) &&
	       changes_of(&rows, a, out, count, e);
}

bool store_sync_leaving(struct db *db, const char *run, struct store_sync_leaving *out,
			struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(
		db, &rows,
		"SELECT COUNT(*), COALESCE(SUM(CASE WHEN checked_ms > 0 THEN 1 ELSE 0 END), 0), "
		"COALESCE(SUM(outside), 0) FROM sync_changes WHERE run = $1 AND subject = "
		"'person' AND state = 'pending' AND kind = 'left'",
		DB_PARAMS(db_text(run)), "no count", e))
		return false;
	*out = (struct store_sync_leaving){.people = db_column_i64(&rows, 0),
					   .asked = db_column_i64(&rows, 1),
					   .outside = db_column_i64(&rows, 2)};
	return true;
}

bool store_sync_changes_refuse(struct db *db, const char *run, struct err *e)
{
	return db_exec(db,
		       "UPDATE sync_changes SET state = 'refused', body = NULL WHERE run = $1 AND "
		       "state = 'pending'",
		       DB_PARAMS(db_text(run)), NULL, e);
}

bool store_sync_changes_discard(struct db *db, const char *run, struct err *e)
{
	return db_exec(db, "DELETE FROM sync_changes WHERE run = $1 AND state = 'pending'",
		       DB_PARAMS(db_text(run)), NULL, e);
}

bool store_sync_changes(struct db *db, struct arena *a, const struct store_sync_filter *filter,
			const struct store_page *page, struct store_sync_change **out,
			size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(
		   db, &rows,
		   CHANGE "WHERE source = $1 AND (CAST($2 AS TEXT) IS NULL OR run = $2) AND "
			  "(CAST($3 AS TEXT) IS NULL OR kind = $3) AND (CAST($4 AS TEXT) IS NULL "
			  "OR subject = $4) AND (CAST($5 AS TEXT) IS NULL OR state = $5) AND "
			  "($6 = '' OR id < $6) ORDER BY id DESC LIMIT $7",
		   DB_PARAMS(db_text(filter->source), db_text(filter->run), db_text(filter->kind),
			     db_text(filter->subject), db_text(filter->state),
			     db_text(page->cursor), db_i64(page->limit)),
		   e) &&
	       changes_of(&rows, a, out, count, e);
}

bool store_sync_hinted_leavers(struct db *db, const char *source, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(
		db, &rows,
		"SELECT COUNT(*) FROM sync_changes WHERE source = $1 AND run IS NULL AND kind = "
		"'left' AND subject = 'person' AND at_ms >= COALESCE((SELECT MAX(ended_ms) FROM "
		"sync_runs WHERE source = $1 AND state = 'done'), 0)",
		DB_PARAMS(db_text(source)), "no count", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

static bool devices(struct db_rows *rows, struct arena *a, struct store_sync_device **out,
		    size_t *count, struct err *e)
{
	struct store_sync_device *items = NULL;
	size_t n = 0;

	for (; db_next(rows); n++) {
		items = rows_grow(a, items, n, sizeof(*items));
		items[n] = (struct store_sync_device){.id = db_column_text(rows, 0, a),
						      .owner = db_column_text(rows, 1, a),
						      .held_for = db_column_text(rows, 2, a),
						      .at_ms = db_column_i64(rows, 3)};
	}
	*out = items;
	*count = n;
	return db_rows_ok(rows, e);
}

#define DEVICES                                                                           \
	"SELECT v.id, v.owner, v.held_for, 0 FROM devices v WHERE v.state IN ('active', " \
	"'lost') AND "

bool store_sync_devices_of(struct db *db, struct arena *a, const char *source, const char *subject,
			   const char *external_id, struct store_sync_device **out, size_t *count,
			   struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const struct db_params *of = DB_PARAMS(db_text(source), db_text(external_id));
	bool ok = text_equal(subject, SYNC_PERSON)
		      ? db_query(db, &rows,
				 "WITH one (id) AS (SELECT id FROM people WHERE source = $1 AND "
				 "external_id = $2) " DEVICES
				 "(v.owner IN (SELECT id FROM one) OR v.held_for IN (SELECT id "
				 "FROM one))",
				 of, e)
		      : db_query(db, &rows,
				 "WITH RECURSIVE below (id) AS (SELECT id FROM departments WHERE "
				 "source = $1 AND external_id = $2 UNION SELECT d.id FROM "
				 "departments d JOIN below b ON d.parent = b.id), inside (id) AS "
				 "(SELECT m.person FROM memberships m JOIN below b ON b.id = "
				 "m.department) " DEVICES "(v.owner IN (SELECT id FROM inside) OR "
				 "v.held_for IN (SELECT id FROM inside))",
				 of, e);

	return ok && devices(&rows, a, out, count, e);
}

bool store_sync_touch(struct db *db, const char *source, const char *device, int64_t at_ms,
		      struct err *e)
{
	return db_exec(db,
		       "INSERT INTO sync_touched (source, device, at_ms) VALUES ($1, $2, $3) "
		       "ON CONFLICT (source, device) DO UPDATE SET at_ms = excluded.at_ms",
		       DB_PARAMS(db_text(source), db_text(device), db_i64(at_ms)), NULL, e);
}

bool store_sync_touched(struct db *db, struct arena *a, const char *source,
			struct store_sync_device **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT v.id, v.owner, v.held_for, t.at_ms FROM sync_touched t JOIN "
			"devices v ON v.id = t.device WHERE t.source = $1 AND v.state IN "
			"('active', 'lost')",
			DB_PARAMS(db_text(source)), e) &&
	       devices(&rows, a, out, count, e);
}

bool store_sync_touched_forget(struct db *db, const char *source, struct err *e)
{
	return db_exec(db, "DELETE FROM sync_touched WHERE CAST($1 AS TEXT) IS NULL OR source = $1",
		       DB_PARAMS(db_text(source)), NULL, e);
}

/* --- hints --- */

bool store_sync_hint_add(struct db *db, const struct store_sync_hint *h, struct err *e)
{
	db_note(db, NOTE_HINT, "");
	return db_exec(db,
		       "INSERT INTO sync_hints (source, subject, external_id, since_ms, due_ms) "
		       "VALUES ($1, $2, $3, $4, $4) ON CONFLICT (source, subject, external_id) DO "
		       "UPDATE SET due_ms = excluded.due_ms, tries = 0",
		       DB_PARAMS(db_text(h->source), db_text(h->subject), db_text(h->external_id),
				 db_i64(h->due_ms)),
		       NULL, e);
}

bool store_sync_hints(struct db *db, struct arena *a, int64_t now_ms, int64_t limit,
		      struct store_sync_hint **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_sync_hint *items = NULL;
	size_t n = 0;

	if (!db_query(
		db, &rows,
		"SELECT source, subject, external_id, since_ms, due_ms, tries FROM sync_hints "
		"WHERE due_ms <= $1 AND source = (SELECT source FROM sync_hints WHERE due_ms "
		"<= $1 ORDER BY due_ms LIMIT 1) ORDER BY subject, due_ms LIMIT $2",
		DB_PARAMS(db_i64(now_ms), db_i64(limit)), e))
		return false;
	for (; db_next(&rows); n++) {
		items = rows_grow(a, items, n, sizeof(*items));
		items[n] = (struct store_sync_hint){.source = db_column_text(&rows, 0, a),
						    .subject = db_column_text(&rows, 1, a),
						    .external_id = db_column_text(&rows, 2, a),
						    .since_ms = db_column_i64(&rows, 3),
						    .due_ms = db_column_i64(&rows, 4),
						    .tries = db_column_i64(&rows, 5)};
	}
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_sync_hint_move(struct db *db, const struct store_sync_hint *h, int64_t due_ms,
			  bool *moved, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE sync_hints SET due_ms = $5, tries = tries + 1 WHERE source = $1 AND "
		     "subject = $2 AND external_id = $3 AND due_ms = $4",
		     DB_PARAMS(db_text(h->source), db_text(h->subject), db_text(h->external_id),
			       db_i64(h->due_ms), db_i64(due_ms)),
		     &changed, e))
		return false;
	*moved = changed == 1;
	return true;
}

bool store_sync_hint_done(struct db *db, const struct store_sync_hint *h, struct err *e)
{
	return db_exec(db,
		       "DELETE FROM sync_hints WHERE source = $1 AND subject = $2 AND external_id "
		       "= $3 AND due_ms = $4",
		       DB_PARAMS(db_text(h->source), db_text(h->subject), db_text(h->external_id),
				 db_i64(h->due_ms)),
		       NULL, e);
}

bool store_sync_hint_due(struct db *db, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows, "SELECT MIN(due_ms) FROM sync_hints", DB_NONE, e) &&
	       rows_time(&rows, due_ms, e);
}
