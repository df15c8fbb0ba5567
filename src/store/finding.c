#include "store/finding.h"

#include "store/note.h"
#include "store/rows.h"

#define MINUTE_MS 60000

/* When it is due: as asked for, else a day after the last one. Without DingTalk there is nothing to test:
 * never. */
#define DUE "CASE WHEN app IS NOT NULL THEN COALESCE(check_ms, checked_ms + 86400000) END"

bool store_doctor_want(struct db *db, const char *workflow, int64_t now_ms, struct err *e)
{
	db_note(db, NOTE_DOCTOR, workflow);
	return db_exec(db, "UPDATE workflows SET check_ms = $2 WHERE id = $1 AND app IS NOT NULL",
		       DB_PARAMS(db_text(workflow), db_i64(now_ms)), NULL, e);
}

bool store_doctor_suspect(struct db *db, const char *workflow, int64_t now_ms, int64_t since_ms,
			  struct err *e)
{
	db_note(db, NOTE_DOCTOR, workflow);
	return db_exec(db,
		       "UPDATE workflows SET check_ms = $2 WHERE id = $1 AND check_ms IS NULL AND "
		       "(checked_ms IS NULL OR checked_ms <= $3)",
		       DB_PARAMS(db_text(workflow), db_i64(now_ms), db_i64(since_ms)), NULL, e);
}

bool store_doctor_want_app(struct db *db, const char *app, int64_t now_ms, struct err *e)
{
	db_note(db, NOTE_DOCTOR, "");
	return db_exec(db, "UPDATE workflows SET check_ms = $2 WHERE app = $1",
		       DB_PARAMS(db_text(app), db_i64(now_ms)), NULL, e);
}

bool store_doctor_next(struct db *db, struct arena *a, int64_t now_ms, const char **workflow,
		       int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*workflow = NULL;
	if (!db_query(db, &rows,
		      "SELECT id, " DUE " AS due FROM workflows WHERE " DUE " <= $1 "
		      "ORDER BY due, id LIMIT 1",
		      DB_PARAMS(db_i64(now_ms)), e))
		return false;
	if (!db_next(&rows))
		return db_rows_ok(&rows, e);
	*workflow = db_column_text(&rows, 0, a);
	*due_ms = db_column_i64(&rows, 1);
	return true;
}

bool store_doctor_claim(struct db *db, const char *workflow, int64_t due_ms, int64_t until_ms,
			bool *won, struct err *e)
{
	int64_t changed;

	if (!db_exec(db, "UPDATE workflows SET check_ms = $3 WHERE id = $1 AND " DUE " = $2",
		     DB_PARAMS(db_text(workflow), db_i64(due_ms), db_i64(until_ms)), &changed, e))
		return false;
	*won = changed == 1;
	return true;
}

bool store_doctor_due(struct db *db, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*due_ms = 0;
	if (!db_query(db, &rows, "SELECT MIN(" DUE ") FROM workflows", DB_NONE, e))
		return false;
	if (db_next(&rows))
		*due_ms = db_column_i64(&rows, 0);
	return db_rows_ok(&rows, e);
}

bool store_doctor_resume(struct db *db, int64_t now_ms, struct err *e)
{
	return db_exec(db, "UPDATE workflows SET check_ms = $1 WHERE check_ms IS NOT NULL",
		       DB_PARAMS(db_i64(now_ms)), NULL, e);
}

bool store_doctor_broken(struct db *db, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = 0;
	if (!db_query(db, &rows, "SELECT COUNT(*) FROM workflows WHERE state = 'broken'", DB_NONE,
		      e))
		return false;
	if (db_next(&rows))
		*out = db_column_i64(&rows, 0);
	return db_rows_ok(&rows, e);
}

static bool findings_clear(struct db *db, const char *workflow, struct err *e)
{
	return db_exec(db, "DELETE FROM workflow_findings WHERE workflow = $1",
		       DB_PARAMS(db_text(workflow)), NULL, e);
}

bool store_doctor_end(struct db *db, const struct store_doctor_end *end, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_WORKFLOWS);
	if (!findings_clear(db, end->workflow, e))
		return false;
	for (size_t i = 0; i < end->count; i++) {
		const struct store_finding *f = &end->findings[i];

		if (!db_exec(db,
			     "INSERT INTO workflow_findings (workflow, position, id, form, "
			     "subject, detail) VALUES ($1, $2, $3, $4, $5, $6)",
			     DB_PARAMS(db_text(end->workflow), db_i64((int64_t)i), db_text(f->id),
				       db_text(f->form), db_text(f->subject), db_text(f->detail)),
			     NULL, e))
			return false;
	}
	return db_exec(
	    db,
	    "UPDATE workflows SET state = $2, checked_ms = $3, checked_version = $4, check_ms = "
	    "CASE WHEN check_ms = $5 THEN NULL ELSE check_ms END WHERE id = $1",
	    DB_PARAMS(db_text(end->workflow), db_text(end->state), db_i64(end->at_ms),
		      db_i64(end->version), db_i64(end->claimed_ms)),
	    NULL, e);
}

bool store_finding_list(struct db *db, struct arena *a, const char *workflow,
			struct store_finding **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_finding *items = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT id, form, subject, detail FROM workflow_findings WHERE workflow = $1 "
		      "ORDER BY position",
		      DB_PARAMS(db_text(workflow)), e))
		return false;
	while (db_next(&rows)) {
		items = rows_grow(a, items, n, sizeof(*items));
		items[n++] = (struct store_finding){.id = db_column_text(&rows, 0, a),
						    .form = db_column_text(&rows, 1, a),
						    .subject = db_column_text(&rows, 2, a),
						    .detail = db_column_text(&rows, 3, a)};
	}
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_finding_clear(struct db *db, const char *workflow, struct err *e)
{
	return findings_clear(db, workflow, e) &&
	       db_exec(db, "DELETE FROM workflow_controls WHERE workflow = $1",
		       DB_PARAMS(db_text(workflow)), NULL, e);
}

bool store_control_set(struct db *db, const char *workflow, const struct store_control *c,
		       struct err *e)
{
	return db_exec(db,
		       "INSERT INTO workflow_controls (workflow, process_code, label, control) "
		       "VALUES ($1, $2, $3, $4) ON CONFLICT (workflow, process_code, label) DO "
		       "UPDATE SET control = $4",
		       DB_PARAMS(db_text(workflow), db_text(c->process_code), db_text(c->label),
				 db_text(c->control)),
		       NULL, e);
}

bool store_control_list(struct db *db, struct arena *a, const char *workflow,
			const char *process_code, struct store_control **out, size_t *count,
			struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_control *items = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT process_code, label, control FROM workflow_controls WHERE "
		      "workflow = $1 AND process_code = $2 ORDER BY label",
		      DB_PARAMS(db_text(workflow), db_text(process_code)), e))
		return false;
	while (db_next(&rows)) {
		items = rows_grow(a, items, n, sizeof(*items));
		items[n++] = (struct store_control){.process_code = db_column_text(&rows, 0, a),
						    .label = db_column_text(&rows, 1, a),
						    .control = db_column_text(&rows, 2, a)};
	}
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_form_event(struct db *db, const char *app, const char *process_code, int64_t at_ms,
		      struct err *e)
{
	return db_exec(db,
		       "INSERT INTO form_events (app, process_code, last_ms) VALUES ($1, $2, $3) "
		       "ON CONFLICT (app, process_code) DO UPDATE SET last_ms = $3 "
		       "WHERE form_events.last_ms <= $4",
		       DB_PARAMS(db_text(app), db_text(process_code), db_i64(at_ms),
				 db_i64(at_ms - MINUTE_MS)),
		       NULL, e);
}

bool store_form_event_last(struct db *db, const char *app, const char *process_code, int64_t *at_ms,
			   struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*at_ms = 0;
	if (!db_query(db, &rows,
		      "SELECT last_ms FROM form_events WHERE app = $1 AND process_code = $2",
		      DB_PARAMS(db_text(app), db_text(process_code)), e))
		return false;
	if (db_next(&rows))
		*at_ms = db_column_i64(&rows, 0);
	return db_rows_ok(&rows, e);
}

bool store_form_withdrawal(struct db *db, struct arena *a, const char *app,
			   const char *process_code, const char **error, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*error = "";
	if (!db_query(db, &rows,
		      "SELECT o.error FROM outbox o JOIN instances i ON i.id = o.instance WHERE "
		      "o.app = $1 AND o.kind = 'terminate' AND o.attempts > 0 "
		      "AND i.process_code = $2 ORDER BY o.id DESC LIMIT 1",
		      DB_PARAMS(db_text(app), db_text(process_code)), e))
		return false;
	if (db_next(&rows))
		*error = db_column_text(&rows, 0, a);
	return db_rows_ok(&rows, e);
}
