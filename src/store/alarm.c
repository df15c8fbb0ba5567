#include "store/alarm.h"

#include <string.h>

#include "base/text.h"
#include "store/note.h"
#include "store/rows.h"

static struct db_value device_or_none(const char *device)
{
	return db_text(device != NULL ? device : "");
}

bool store_alarm_raise(struct db *db, const struct store_alarm_raise *r, bool *fresh, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_rows_done) struct db_rows rows = {0};

	db_note(db, NOTE_SHOWN, SHOWN_ALARMS);
	if (!db_one(db, &rows,
		    "INSERT INTO alarms (id, device, kind, subject, evidence, first_ms, last_ms, "
		    "count) VALUES ($1, $2, $3, $4, $5, $6, $6, 1) ON CONFLICT (device, kind, "
		    "subject) WHERE closed_ms IS NULL DO UPDATE SET evidence = excluded.evidence, "
		    "last_ms = excluded.last_ms, count = alarms.count + 1 RETURNING id",
		    DB_PARAMS(db_text(r->id), device_or_none(r->device),
			      db_text(alarm_kind_names[r->kind]), db_text(r->subject),
			      db_text(r->evidence), db_i64(r->at_ms)),
		    "no alarm", e))
		return false;
	*fresh = text_equal(db_column_text(&rows, 0, &a), r->id);
	return true;
}

bool store_alarm_close(struct db *db, const struct store_alarm_close *c, int64_t *closed,
		       struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_ALARMS);
	return db_exec(db,
		       "UPDATE alarms SET closed_ms = $4, closed_why = $5 WHERE device = $1 AND "
		       "kind = $2 AND ($3 = '' OR subject = $3) AND closed_ms IS NULL",
		       DB_PARAMS(device_or_none(c->device), db_text(alarm_kind_names[c->kind]),
				 db_text(c->subject != NULL ? c->subject : ""), db_i64(c->at_ms),
				 db_text(c->why)),
		       closed, e);
}

bool store_alarm_close_device(struct db *db, const char *device, const char *why, int64_t at_ms,
			      int64_t *closed, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_ALARMS);
	return db_exec(db,
		       "UPDATE alarms SET closed_ms = $2, closed_why = $3 WHERE device = $1 AND "
		       "closed_ms IS NULL",
		       DB_PARAMS(db_text(device), db_i64(at_ms), db_text(why)), closed, e);
}

bool store_alarm_close_build(struct db *db, const char *build, const char *why, int64_t at_ms,
			     int64_t *closed, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_ALARMS);
	return db_exec(db,
		       "UPDATE alarms SET closed_ms = $2, closed_why = $3 WHERE kind = "
		       "'unknown-build' AND (subject = $1 OR (subject = '' AND device IN (SELECT "
		       "id FROM devices WHERE build = $1))) AND closed_ms IS NULL",
		       DB_PARAMS(db_text(build), db_i64(at_ms), db_text(why)), closed, e);
}

bool store_alarm_close_builds(struct db *db, const char *device, const char *but, const char *why,
			      int64_t at_ms, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_ALARMS);
	return db_exec(db,
		       "UPDATE alarms SET closed_ms = $3, closed_why = $4 WHERE device = $1 AND "
		       "kind = 'unknown-build' AND subject <> $2 AND closed_ms IS NULL",
		       DB_PARAMS(db_text(device), db_text(but), db_i64(at_ms), db_text(why)), NULL,
		       e);
}

bool store_alarm_devices(struct db *db, enum alarm_kind kind, const char *subject, int64_t *out,
			 struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT COUNT(*) FROM alarms WHERE kind = $1 AND subject = $2 AND device <> '' "
		    "AND closed_ms IS NULL",
		    DB_PARAMS(db_text(alarm_kind_names[kind]), db_text(subject)), "no count", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

#define SELECT                                                                                  \
	"SELECT a.id, CASE WHEN a.device = '' THEN NULL ELSE a.device END, d.name, a.kind, "    \
	"a.subject, a.evidence, a.first_ms, a.last_ms, a.count, a.acknowledged_ms, "            \
	"a.acknowledged_by, a.note, a.closed_ms, a.closed_why FROM alarms a LEFT JOIN devices " \
	"d ON d.id = a.device WHERE "

/* Of devices whose owners are in these departments or below. */
#define SCOPE(param)                                                                            \
	"WITH RECURSIVE scope (id) AS (SELECT id FROM departments WHERE " param " LIKE '%' || " \
	"id || '%' UNION SELECT c.id FROM departments c JOIN scope s ON c.parent = s.id) "
#define IN_SCOPE(param)                                                                      \
	"(" param                                                                            \
	" = '' OR a.device IN (SELECT o.id FROM devices o JOIN memberships m ON m.person = " \
	"o.owner JOIN scope s ON s.id = m.department))"

static struct store_alarm read_alarm(const struct db_rows *rows, struct arena *a)
{
	return (struct store_alarm){.id = db_column_text(rows, 0, a),
				    .device = db_column_text(rows, 1, a),
				    .device_name = db_column_text(rows, 2, a),
				    .kind = db_column_text(rows, 3, a),
				    .subject = db_column_text(rows, 4, a),
				    .evidence = db_column_text(rows, 5, a),
				    .first_ms = db_column_i64(rows, 6),
				    .last_ms = db_column_i64(rows, 7),
				    .count = db_column_i64(rows, 8),
				    .acknowledged_ms = db_column_i64(rows, 9),
				    .acknowledged_by = db_column_text(rows, 10, a),
				    .note = db_column_text(rows, 11, a),
				    .closed_ms = db_column_i64(rows, 12),
				    .closed_why = db_column_text(rows, 13, a)};
}

bool store_alarm_common(struct db *db, struct arena *a, enum alarm_kind kind,
			struct store_alarm *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_alarm){0};
	if (!db_query(db, &rows,
		      SELECT "a.device = '' AND a.kind = $1 AND a.subject = '' AND a.closed_ms IS "
			     "NULL",
		      DB_PARAMS(db_text(alarm_kind_names[kind])), e))
		return false;
	if (db_next(&rows))
		*out = read_alarm(&rows, a);
	return db_rows_ok(&rows, e);
}

bool store_alarm_note(struct db *db, const char *id, const char *evidence, int64_t at_ms,
		      struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_ALARMS);
	return db_exec(db,
		       "UPDATE alarms SET evidence = $2, last_ms = $3 WHERE id = $1 AND closed_ms "
		       "IS NULL",
		       DB_PARAMS(db_text(id), db_text(evidence), db_i64(at_ms)), NULL, e);
}

bool store_alarm_get(struct db *db, struct arena *a, const char *id, const char *scope,
		     struct store_alarm *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, SCOPE("$2") SELECT "a.id = $1 AND " IN_SCOPE("$2"),
		    DB_PARAMS(db_text(id), db_text(scope)), "There is no alarm with this id.", e))
		return false;
	*out = read_alarm(&rows, a);
	return true;
}

/* Their kinds' names, one after another with spaces around. */
static const char *kind_words(struct arena *a, unsigned kinds)
{
	const char *all = kinds == 0 ? "" : " ";

	for (unsigned i = 0; i < ALARM_KIND_COUNT; i++) {
		if ((kinds & 1U << i) != 0)
			all = arena_printf(a, "%s%s ", all, alarm_kind_names[i]);
	}
	return all;
}

bool store_alarm_list(struct db *db, struct arena *a, const struct store_alarm_filter *f,
		      const struct store_page *page, struct store_alarm_list *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_alarm_list){0};
	if (!db_query(
		db, &rows,
		SCOPE("$12") SELECT
		"($1 = '' OR a.id < $1) AND ($3 = '' OR $3 LIKE '% ' || a.kind || ' %') AND ($4 = "
		"'' OR a.device = $4) AND ($5 = '' OR a.subject = $5) AND ($6 = 0 OR a.closed_ms "
		"IS NULL) AND ($7 = 0 OR a.closed_ms IS NOT NULL) AND ($8 = 0 OR a.acknowledged_ms "
		"IS NOT NULL) AND ($9 = 0 OR a.acknowledged_ms IS NULL) AND a.first_ms >= $10 AND "
		"a.first_ms < $11 AND " IN_SCOPE("$12") " ORDER BY a.id DESC LIMIT $2",
		DB_PARAMS(db_text(page->cursor), db_i64(page->limit),
			  db_text(kind_words(a, f->kinds)), device_or_none(f->device),
			  db_text(f->subject != NULL ? f->subject : ""), db_bool(f->open),
			  db_bool(f->closed), db_bool(f->acknowledged), db_bool(f->unacknowledged),
			  db_i64(f->from_ms), db_i64(f->to_ms > 0 ? f->to_ms : INT64_MAX),
			  db_text(f->scope)),
		e))
		return false;
	while (db_next(&rows)) {
		out->items = rows_grow(a, out->items, out->count, sizeof(*out->items));
		out->items[out->count++] = read_alarm(&rows, a);
	}
	return db_rows_ok(&rows, e);
}

static void count_kind(struct store_alarm_counts *out, const char *kind, int64_t n)
{
	for (size_t i = 0; i < ALARM_KIND_COUNT; i++) {
		if (text_equal(alarm_kind_names[i], kind))
			out->of[i] = n;
	}
}

bool store_alarm_count(struct db *db, const char *scope, struct store_alarm_counts *out,
		       struct err *e)
{
	AUTO(arena_done) struct arena scratch = {0};
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_alarm_counts){0};
	if (!db_query(db, &rows,
		      SCOPE("$1") "SELECT a.kind, COUNT(*), SUM(CASE WHEN a.acknowledged_ms IS "
				  "NULL THEN 1 ELSE 0 END) FROM alarms a WHERE a.closed_ms IS NULL "
				  "AND " IN_SCOPE("$1") " GROUP BY a.kind",
		      DB_PARAMS(db_text(scope)), e))
		return false;
	while (db_next(&rows)) {
		count_kind(out, db_column_text(&rows, 0, &scratch), db_column_i64(&rows, 1));
		out->open += db_column_i64(&rows, 1);
		out->unacknowledged += db_column_i64(&rows, 2);
	}
	return db_rows_ok(&rows, e);
}

bool store_alarm_acknowledge(struct db *db, const struct store_alarm_word *w, struct err *e)
{
	return db_exec(
	    db,
	    "UPDATE alarms SET acknowledged_ms = $2, acknowledged_by = $3, note = $4 "
	    "WHERE id = $1",
	    DB_PARAMS(db_text(w->id), db_i64(w->at_ms), db_text(w->by), db_text(w->note)), NULL, e);
}
