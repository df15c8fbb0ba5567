#include "store/instance.h"

#include "store/instance_list.h"
#include "store/note.h"
#include "store/rows.h"

#define COLUMNS                                                                                    \
	"id, number, template, workflow, workflow_name, version, app, process_code, sent, "        \
	"person, person_name, department, originator, originator_department, device, "             \
	"device_name, device_os, device_macs, package, reason, by_root, status, note, delivery, "  \
	"external_id, business_id, submitted_ms, pending_with, check_ms, check_step, decided_by, " \
	"decided_ms, decision_comment, channel, grant_hours, created_ms, expires_ms, remind_ms, "  \
	"reminders, announced_ms, release"

static void read_filing(const struct db_rows *rows, struct arena *a, struct store_instance *out)
{
	out->id = db_column_text(rows, 0, a);
	out->number = db_column_i64(rows, 1);
	out->template = db_column_text(rows, 2, a);
	out->workflow = db_column_text(rows, 3, a);
	out->workflow_name = db_column_text(rows, 4, a);
	out->version = db_column_i64(rows, 5);
	out->app = db_column_text(rows, 6, a);
	out->process_code = db_column_text(rows, 7, a);
	out->sent = db_column_text(rows, 8, a);
	out->person = db_column_text(rows, 9, a);
	out->person_name = db_column_text(rows, 10, a);
	out->department = db_column_text(rows, 11, a);
	out->originator = db_column_text(rows, 12, a);
	out->originator_department = db_column_text(rows, 13, a);
	out->device = db_column_text(rows, 14, a);
	out->device_name = db_column_text(rows, 15, a);
	out->device_os = db_column_text(rows, 16, a);
	out->device_macs = db_column_text(rows, 17, a);
	out->package = db_column_text(rows, 18, a);
	out->reason = db_column_text(rows, 19, a);
	out->by_root = db_column_bool(rows, 20);
}

static void read_row(const struct db_rows *rows, struct arena *a, struct store_instance *out)
{
	read_filing(rows, a, out);
	out->status = db_column_text(rows, 21, a);
	out->note = db_column_text(rows, 22, a);
	out->delivery = db_column_text(rows, 23, a);
	out->external_id = db_column_text(rows, 24, a);
	out->business_id = db_column_text(rows, 25, a);
	out->submitted_ms = db_column_i64(rows, 26);
	out->pending_with = db_column_text(rows, 27, a);
	out->check_ms = db_column_i64(rows, 28);
	out->check_step = db_column_i64(rows, 29);
	out->decided_by = db_column_text(rows, 30, a);
	out->decided_ms = db_column_i64(rows, 31);
	out->decision_comment = db_column_text(rows, 32, a);
	out->channel = db_column_text(rows, 33, a);
	out->grant_hours = db_column_i64(rows, 34);
	out->created_ms = db_column_i64(rows, 35);
	out->expires_ms = db_column_i64(rows, 36);
	out->remind_ms = db_column_i64(rows, 37);
	out->reminders = db_column_i64(rows, 38);
	out->announced_ms = db_column_i64(rows, 39);
	out->release = db_column_text(rows, 40, a);
}

/* The first row, or none: out->id NULL. */
static bool read_first(struct db_rows *rows, struct arena *a, struct store_instance *out,
		       struct err *e)
{
	*out = (struct store_instance){0};
	if (db_next(rows))
		read_row(rows, a, out);
	return db_rows_ok(rows, e);
}

static struct db_value time_or_null(int64_t ms)
{
	return ms == 0 ? (struct db_value){0} : db_i64(ms);
}

bool store_instance_number_next(struct db *db, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = 1;
	if (!db_query(db, &rows, "SELECT reached + 1 FROM counters WHERE name = 'instance'",
		      DB_NONE, e))
		return false;
	if (db_next(&rows))
		*out = db_column_i64(&rows, 0);
	return db_rows_ok(&rows, e);
}

bool store_instance_number(struct db *db, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "INSERT INTO counters (name, reached) VALUES ('instance', 1) "
		    "ON CONFLICT (name) DO UPDATE SET reached = counters.reached + 1 "
		    "RETURNING reached",
		    DB_NONE, "no number", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_instance_add(struct db *db, const struct store_instance *i, struct err *e)
{
	return db_exec(
	    db,
	    "INSERT INTO instances (id, number, template, workflow, workflow_name, version, app, "
	    "process_code, sent, person, person_name, department, originator, "
	    "originator_department, device, device_name, device_os, device_macs, package, reason, "
	    "by_root, status, delivery, grant_hours, created_ms, expires_ms, remind_ms, "
	    "release, search) VALUES ($1, $2, $3, "
	    "$4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, "
	    "$22, $23, $24, $25, $26, $27, $28, $29)",
	    DB_PARAMS(db_text(i->id), db_i64(i->number), db_text(i->template), db_text(i->workflow),
		      db_text(i->workflow_name), db_i64(i->version), db_text(i->app),
		      db_text(i->process_code), db_text(i->sent), db_text(i->person),
		      db_text(i->person_name), db_text(i->department), db_text(i->originator),
		      db_text(i->originator_department), db_text(i->device),
		      db_text(i->device_name), db_text(i->device_os), db_text(i->device_macs),
		      db_text(i->package), db_text(i->reason), db_bool(i->by_root),
		      db_text(i->status), db_text(i->delivery), db_i64(i->grant_hours),
		      db_i64(i->created_ms), db_i64(i->expires_ms), time_or_null(i->remind_ms),
		      db_text(i->release), db_text(i->search)),
	    NULL, e);
}

bool store_instance_add_grams(struct db *db, int64_t number, const struct search_grams *grams,
			      struct err *e)
{
	return grams->count == 0 ||
	       db_exec(
		   db,
		   "INSERT INTO instance_grams (gram, number) WITH RECURSIVE part(k) AS "
		   "(SELECT 1 UNION ALL SELECT k + 1 FROM part WHERE k < $3) "
		   "SELECT substr($1, 2 * k - 1, 2), $2 FROM part",
		   DB_PARAMS(db_text(grams->text), db_i64(number), db_i64((int64_t)grams->count)),
		   NULL, e);
}

bool store_instance_add_departments(struct db *db, int64_t number, const char *person,
				    struct err *e)
{
	return db_exec(db,
		       "INSERT INTO instance_departments (department, number) WITH RECURSIVE "
		       "above(id) AS (SELECT department FROM memberships WHERE person = $1 UNION "
		       "SELECT d.parent FROM departments d JOIN above a ON d.id = a.id WHERE "
		       "d.parent IS NOT NULL) SELECT id, $2 FROM above",
		       DB_PARAMS(db_text(person), db_i64(number)), NULL, e);
}

bool store_instance_visible(struct db *db, struct arena *a, const char *id,
			    const struct store_scope *scope, bool *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT 1 FROM instances i WHERE i.id = $1 AND " STORE_IN_SCOPE("$2"),
		      DB_PARAMS(db_text(id), db_text(store_scope_text(a, scope))), e))
		return false;
	*out = db_next(&rows);
	return db_rows_ok(&rows, e);
}

bool store_instance_get(struct db *db, struct arena *a, const char *id, struct store_instance *out,
			struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT " COLUMNS " FROM instances WHERE id = $1",
		    DB_PARAMS(db_text(id)), "There is no request with this id.", e))
		return false;
	read_row(&rows, a, out);
	return true;
}

bool store_instance_pending(struct db *db, struct arena *a, const struct store_filing *of,
			    struct store_instance *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT " COLUMNS " FROM instances WHERE person = $1 AND device = $2 AND "
			"package = $3 AND status = 'pending'",
			DB_PARAMS(db_text(of->person), db_text(of->device), db_text(of->package)),
			e) &&
	       read_first(&rows, a, out, e);
}

bool store_instance_newest(struct db *db, struct arena *a, const char *device, const char *person,
			   struct store_instance *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT " COLUMNS " FROM instances WHERE device = $1 AND person = $2 "
			"ORDER BY id DESC LIMIT 1",
			DB_PARAMS(db_text(device), db_text(person)), e) &&
	       read_first(&rows, a, out, e);
}

bool store_instance_external(struct db *db, struct arena *a, const char *app,
			     const char *external_id, struct store_instance *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT " COLUMNS " FROM instances WHERE app = $1 AND external_id = $2",
			DB_PARAMS(db_text(app), db_text(external_id)), e) &&
	       read_first(&rows, a, out, e);
}

bool store_instance_release(struct db *db, const char *id, const char *release, int64_t grant_hours,
			    struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_INSTANCES);
	return db_exec(db,
		       "UPDATE instances SET release = $2, grant_hours = $3 WHERE id = $1 AND "
		       "status = 'pending'",
		       DB_PARAMS(db_text(id), db_text(release), db_i64(grant_hours)), NULL, e);
}

bool store_instance_filings(struct db *db, const char *device, int64_t since_ms, int64_t *out,
			    struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT COUNT(*) FROM instances WHERE device = $1 AND created_ms > $2 AND "
		    "release IS "
		    "NULL",
		    DB_PARAMS(db_text(device), db_i64(since_ms)), "no count", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_instance_decide(struct db *db, const struct store_instance *i, bool *won, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE instances SET status = $2, decided_by = $3, decided_ms = $4, "
		     "decision_comment = $5, channel = $6, delivery = $7, check_ms = $8, "
		     "pending_with = '', note = '', remind_ms = NULL WHERE id = $1 AND "
		     "status = 'pending'",
		     DB_PARAMS(db_text(i->id), db_text(i->status), db_text(i->decided_by),
			       time_or_null(i->decided_ms), db_text(i->decision_comment),
			       db_text(i->channel), db_text(i->delivery),
			       time_or_null(i->check_ms)),
		     &changed, e))
		return false;
	*won = changed == 1;
	return true;
}

bool store_instance_delivery(struct db *db, const char *id, const char *delivery, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_INSTANCES);
	return db_exec(db, "UPDATE instances SET delivery = $2 WHERE id = $1",
		       DB_PARAMS(db_text(id), db_text(delivery)), NULL, e);
}

bool store_instance_move(struct db *db, const struct store_instance *i, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_INSTANCES);
	return db_exec(db,
		       "UPDATE instances SET workflow = $2, workflow_name = $3, version = $4, "
		       "app = NULL, process_code = '', sent = '[]', originator = '', "
		       "originator_department = '', delivery = 'none', check_ms = NULL, "
		       "remind_ms = NULL WHERE id = $1 AND status = 'pending'",
		       DB_PARAMS(db_text(i->id), db_text(i->workflow), db_text(i->workflow_name),
				 db_i64(i->version)),
		       NULL, e);
}

bool store_instance_note(struct db *db, const char *id, const char *note, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_INSTANCES);
	return db_exec(db, "UPDATE instances SET note = $2 WHERE id = $1",
		       DB_PARAMS(db_text(id), db_text(note)), NULL, e);
}

bool store_instance_submitted(struct db *db, const struct store_instance *i, struct err *e)
{
	db_note(db, NOTE_SHOWN, SHOWN_INSTANCES);
	return db_exec(
	    db,
	    "UPDATE instances SET external_id = $2, submitted_ms = $3, check_step = 0, "
	    "delivery = CASE WHEN status = 'pending' THEN 'submitted' ELSE 'closing' END, "
	    "check_ms = CASE WHEN status = 'pending' THEN $4 END WHERE id = $1",
	    DB_PARAMS(db_text(i->id), db_text(i->external_id), db_i64(i->submitted_ms),
		      db_i64(i->check_ms)),
	    NULL, e);
}

bool store_instance_seen(struct db *db, const struct store_instance *i, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE instances SET business_id = $2, pending_with = $3 WHERE id = $1 AND "
		     "(business_id <> $2 OR pending_with <> $3)",
		     DB_PARAMS(db_text(i->id), db_text(i->business_id), db_text(i->pending_with)),
		     &changed, e))
		return false;
	if (changed > 0)
		db_note(db, NOTE_SHOWN, SHOWN_INSTANCES);
	return true;
}

bool store_instance_check_set(struct db *db, const struct store_check *c, struct err *e)
{
	return db_exec(db,
		       "UPDATE instances SET check_ms = $3, check_step = $4 WHERE id = $1 AND "
		       "($2 = 0 OR check_ms = $2)",
		       DB_PARAMS(db_text(c->id), db_i64(c->claimed_ms), time_or_null(c->check_ms),
				 db_i64(c->step)),
		       NULL, e);
}

bool store_instance_check_approved(struct db *db, const char *app, const char *originator,
				   int64_t now_ms, int64_t step, struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE instances SET check_ms = $3, check_step = $4 WHERE app = $1 AND "
		     "originator = $2 AND status = 'approved' AND check_ms IS NOT NULL",
		     DB_PARAMS(db_text(app), db_text(originator), db_i64(now_ms), db_i64(step)),
		     &changed, e))
		return false;
	if (changed > 0)
		db_note(db, NOTE_CHECK, "");
	return true;
}

bool store_instance_overdue(struct db *db, struct arena *a, int64_t now_ms, int64_t limit,
			    const char *const **ids, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT id FROM instances WHERE status = 'pending' AND expires_ms <= $1 "
			"ORDER BY expires_ms LIMIT $2",
			DB_PARAMS(db_i64(now_ms), db_i64(limit)), e) &&
	       rows_texts(&rows, a, ids, count, e);
}

bool store_instance_expiry_due(struct db *db, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows, "SELECT MIN(expires_ms) FROM instances WHERE status = 'pending'",
			DB_NONE, e) &&
	       rows_time(&rows, due_ms, e);
}

bool store_instance_remind(struct db *db, struct arena *a, int64_t now_ms, int64_t limit,
			   const char *const **ids, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(
		   db, &rows,
		   "SELECT id FROM instances WHERE remind_ms <= $1 ORDER BY remind_ms LIMIT $2",
		   DB_PARAMS(db_i64(now_ms), db_i64(limit)), e) &&
	       rows_texts(&rows, a, ids, count, e);
}

bool store_instance_remind_claim(struct db *db, const char *id, int64_t from_ms, int64_t until_ms,
				 bool *won, struct err *e)
{
	int64_t changed;

	if (!db_exec(db, "UPDATE instances SET remind_ms = $3 WHERE id = $1 AND remind_ms = $2",
		     DB_PARAMS(db_text(id), db_i64(from_ms), db_i64(until_ms)), &changed, e))
		return false;
	*won = changed == 1;
	return true;
}

bool store_instance_remind_set(struct db *db, const struct store_reminder *r, struct err *e)
{
	return db_exec(db, "UPDATE instances SET remind_ms = $2, reminders = $3 WHERE id = $1",
		       DB_PARAMS(db_text(r->instance), time_or_null(r->due_ms), db_i64(r->sent)),
		       NULL, e);
}

bool store_instance_remind_due(struct db *db, int64_t *due_ms, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT MIN(remind_ms) FROM instances WHERE remind_ms IS NOT NULL", DB_NONE,
			e) &&
	       rows_time(&rows, due_ms, e);
}

bool store_instance_waiting(struct db *db, struct arena *a, const char *after, int64_t limit,
			    struct store_waiting **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_waiting *items = arena_array(a, (size_t)limit, sizeof(*items));
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT i.id, i.person, i.package, p.departed, d.held_for FROM instances i "
		      "JOIN people p ON p.id = i.person JOIN devices d ON d.id = i.device WHERE "
		      "i.status = 'pending' AND i.id > $1 ORDER BY i.id LIMIT $2",
		      DB_PARAMS(db_text(after), db_i64(limit)), e))
		return false;
	while (db_next(&rows))
		items[n++] = (struct store_waiting){.id = db_column_text(&rows, 0, a),
						    .person = db_column_text(&rows, 1, a),
						    .package = db_column_text(&rows, 2, a),
						    .departed = db_column_bool(&rows, 3),
						    .held_for = db_column_text(&rows, 4, a)};
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_instance_hold(struct db *db, const char *device, struct err *e)
{
	return db_exec(db,
		       "UPDATE instances SET status = status WHERE device = $1 AND status = "
		       "'pending'",
		       DB_PARAMS(db_text(device)), NULL, e);
}

bool store_instance_of_device(struct db *db, struct arena *a, const char *device, int64_t limit,
			      const char *const **ids, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT id FROM instances WHERE device = $1 AND status = 'pending' "
			"ORDER BY id LIMIT $2",
			DB_PARAMS(db_text(device), db_i64(limit)), e) &&
	       rows_texts(&rows, a, ids, count, e);
}
