#include "dingsim/store_row.h"

const char store_layout_oa[] =
    "CREATE TABLE IF NOT EXISTS form ("
    " process_code TEXT PRIMARY KEY, name TEXT NOT NULL, allow_withdraw INTEGER NOT NULL,"
    " allow_revoke INTEGER NOT NULL, hidden INTEGER NOT NULL, no_edit INTEGER NOT NULL,"
    " no_delete INTEGER NOT NULL, no_resubmit INTEGER NOT NULL, no_homepage INTEGER NOT NULL,"
    " description TEXT NOT NULL, category TEXT NOT NULL, status TEXT NOT NULL,"
    " components TEXT NOT NULL, approvers TEXT NOT NULL, initiators TEXT NOT NULL,"
    " initiator_departments TEXT NOT NULL, managers TEXT NOT NULL, cc TEXT NOT NULL,"
    " cc_position TEXT NOT NULL, created_ms INTEGER NOT NULL, modified_ms INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS instance ("
    " serial INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, process_code TEXT NOT "
    "NULL,"
    " title TEXT NOT NULL, originator TEXT NOT NULL, department INTEGER NOT NULL,"
    " department_name TEXT NOT NULL, status TEXT NOT NULL, result TEXT NOT NULL,"
    " business_id TEXT NOT NULL, form_values TEXT NOT NULL, flow TEXT NOT NULL,"
    " step INTEGER NOT NULL, cc TEXT NOT NULL, cc_position TEXT NOT NULL,"
    " biz_action TEXT NOT NULL, main TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS instance_main ON instance (main) WHERE main <> '';"
    "CREATE INDEX IF NOT EXISTS instance_process ON instance (process_code, created_ms);"
    "CREATE TABLE IF NOT EXISTS task ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, step INTEGER NOT NULL,"
    " userid TEXT NOT NULL, status TEXT NOT NULL, result TEXT NOT NULL,"
    " before INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS task_instance ON task (instance);"
    "CREATE INDEX IF NOT EXISTS task_userid ON task (userid, status);"
    "CREATE TABLE IF NOT EXISTS record ("
    " id INTEGER PRIMARY KEY, instance TEXT NOT NULL, userid TEXT NOT NULL, type TEXT NOT NULL,"
    " result TEXT NOT NULL, remark TEXT NOT NULL, images TEXT NOT NULL,"
    " attachments TEXT NOT NULL, cc TEXT NOT NULL, step INTEGER NOT NULL,"
    " ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS record_instance ON record (instance);";

#define FORM                                                                         \
	"SELECT process_code, name, description, category, status, allow_withdraw, " \
	"allow_revoke, hidden, no_edit, no_delete, no_resubmit, no_homepage, "       \
	"components, approvers, initiators, initiator_departments, managers, cc, "   \
	"cc_position, created_ms, modified_ms FROM form "
static const struct shape form_shape = {
    sizeof(struct form), {TEXT_AT(form, process_code), TEXT_AT(form, name),
			  TEXT_AT(form, description),  TEXT_AT(form, category),
			  TEXT_AT(form, status),       BOOL_AT(form, allow_withdraw),
			  BOOL_AT(form, allow_revoke), BOOL_AT(form, hidden),
			  BOOL_AT(form, no_edit),      BOOL_AT(form, no_delete),
			  BOOL_AT(form, no_resubmit),  BOOL_AT(form, no_homepage),
			  TEXT_AT(form, components),   TEXT_AT(form, approvers),
			  TEXT_AT(form, initiators),   TEXT_AT(form, initiator_departments),
			  TEXT_AT(form, managers),     TEXT_AT(form, cc),
			  TEXT_AT(form, cc_position),  I64_AT(form, created_ms),
			  I64_AT(form, modified_ms)}};

bool store_form_add(struct store *s, const struct form *f, struct err *e)
{
	return RUN(
	    s, e,
	    "INSERT INTO form (process_code, name, description, category, status, allow_withdraw,"
	    " components, approvers, initiators, initiator_departments, managers, cc, cc_position,"
	    " created_ms, modified_ms, allow_revoke, hidden, no_edit, no_delete, no_resubmit,"
	    " no_homepage) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
	    " $14, $15, $16, $17, $18, $19, $20)",
	    db_text(f->process_code), db_text(f->name), db_text(f->description),
	    db_text(f->category), db_text(f->status), db_bool(f->allow_withdraw),
	    db_text(f->components), db_text(f->approvers), db_text(f->initiators),
	    db_text(f->initiator_departments), db_text(f->managers), db_text(f->cc),
	    db_text(f->cc_position), db_i64(f->created_ms), db_bool(f->allow_revoke),
	    db_bool(f->hidden), db_bool(f->no_edit), db_bool(f->no_delete), db_bool(f->no_resubmit),
	    db_bool(f->no_homepage));
}

bool store_form_set(struct store *s, const struct form *f, struct err *e)
{
	return RUN(s, e,
		   "UPDATE form SET name = $2, description = $3, category = $4, status = $5,"
		   " allow_withdraw = $6, components = $7, approvers = $8, initiators = $9,"
		   " initiator_departments = $10, managers = $11, cc = $12, cc_position = $13,"
		   " modified_ms = $14, allow_revoke = $15, hidden = $16, no_edit = $17,"
		   " no_delete = $18, no_resubmit = $19, no_homepage = $20"
		   " WHERE process_code = $1",
		   db_text(f->process_code), db_text(f->name), db_text(f->description),
		   db_text(f->category), db_text(f->status), db_bool(f->allow_withdraw),
		   db_text(f->components), db_text(f->approvers), db_text(f->initiators),
		   db_text(f->initiator_departments), db_text(f->managers), db_text(f->cc),
		   db_text(f->cc_position), db_i64(f->modified_ms), db_bool(f->allow_revoke),
		   db_bool(f->hidden), db_bool(f->no_edit), db_bool(f->no_delete),
		   db_bool(f->no_resubmit), db_bool(f->no_homepage));
}

bool store_form(struct store *s, const char *process_code, struct form **out, struct err *e)
{
	return store_one(s,
			 QUERY(form_shape, FORM "WHERE process_code = $1", db_text(process_code)),
			 "form", out, e);
}

bool store_form_named(struct store *s, const char *name, struct form **out, struct err *e)
{
	return store_one(
	    s,
	    QUERY(form_shape, FORM "WHERE name = $1 AND status <> 'DELETED' ORDER BY rowid LIMIT 1",
		  db_text(name)),
	    "form", out, e);
}

bool store_forms(struct store *s, struct form **out, struct err *e)
{
	return store_many(
	    s,
	    &(struct query){FORM "WHERE status <> 'DELETED' ORDER BY rowid", DB_NONE, &form_shape},
	    out, e);
}

#define INSTANCE                                                                                   \
	"SELECT id, process_code, title, originator, department_name, department, status, result," \
	" business_id, form_values, flow, step, cc, cc_position, biz_action, main,"                \
	" created_ms, finished_ms"                                                                 \
	" FROM instance "
static const struct shape instance_shape = {
    sizeof(struct instance),
    {TEXT_AT(instance, id), TEXT_AT(instance, process_code), TEXT_AT(instance, title),
     TEXT_AT(instance, originator), TEXT_AT(instance, department_name),
     I64_AT(instance, department), TEXT_AT(instance, status), TEXT_AT(instance, result),
     TEXT_AT(instance, business_id), TEXT_AT(instance, values), TEXT_AT(instance, flow),
     I64_AT(instance, step), TEXT_AT(instance, cc), TEXT_AT(instance, cc_position),
     TEXT_AT(instance, biz_action), TEXT_AT(instance, main), I64_AT(instance, created_ms),
     I64_AT(instance, finished_ms)}};

bool store_instance_add(struct store *s, const struct instance *i, struct err *e)
{
	return RUN(
	    s, e,
	    "INSERT INTO instance (id, process_code, title, originator, department_name,"
	    " department, status, result, business_id, form_values, flow, step, cc, cc_position,"
	    " biz_action, main, created_ms, finished_ms)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
	    "$18)",
	    db_text(i->id), db_text(i->process_code), db_text(i->title), db_text(i->originator),
	    db_text(i->department_name), db_i64(i->department), db_text(i->status),
	    db_text(i->result), db_text(i->business_id), db_text(i->values), db_text(i->flow),
	    db_i64(i->step), db_text(i->cc), db_text(i->cc_position), db_text(i->biz_action),
	    db_text(i->main), db_i64(i->created_ms), db_i64(i->finished_ms));
}

bool store_instances_attached(struct store *s, const char *main, struct instance **out,
			      struct err *e)
{
	return store_many(s,
			  QUERY(instance_shape,
				INSTANCE "WHERE main = $1 AND main <> '' ORDER BY serial",
				db_text(main)),
			  out, e);
}

bool store_instance(struct store *s, const char *id, struct instance **out, struct err *e)
{
	return store_one(s, QUERY(instance_shape, INSTANCE "WHERE id = $1", db_text(id)),
			 "instance", out, e);
}

bool store_instance_set(struct store *s, const struct instance *i, struct err *e)
{
	return RUN(s, e,
		   "UPDATE instance SET status = $2, result = $3, step = $4, finished_ms = $5"
		   " WHERE id = $1",
		   db_text(i->id), db_text(i->status), db_text(i->result), db_i64(i->step),
		   db_i64(i->finished_ms));
}

bool store_instance_remove(struct store *s, const char *id, struct err *e)
{
	return RUN(s, e, "DELETE FROM record WHERE instance = $1", db_text(id)) &&
	       RUN(s, e, "DELETE FROM task WHERE instance = $1", db_text(id)) &&
	       RUN(s, e, "DELETE FROM instance WHERE id = $1", db_text(id));
}

bool store_instance_serial(struct store *s, int64_t *out, struct err *e)
{
	return store_number(
	    s, "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'instance'",
	    DB_NONE, out, e);
}

#define INSTANCE_WHERE                                                             \
	"WHERE ($1 IS NULL OR process_code = $1) AND created_ms BETWEEN $2 AND $3" \
	" AND ($4 IS NULL OR originator IN (SELECT value FROM json_each($4)))"     \
	" AND ($5 IS NULL OR status IN (SELECT value FROM json_each($5)))"

bool store_instances(struct store *s, const struct instance_query *q, struct instance **out,
		     struct err *e)
{
	const char *sql = q->newest_first
			      ? INSTANCE INSTANCE_WHERE " ORDER BY serial DESC LIMIT $6 OFFSET $7"
			      : INSTANCE INSTANCE_WHERE " ORDER BY serial LIMIT $6 OFFSET $7";

	return store_many(s,
			  QUERY(instance_shape, sql, db_text(q->process_code), db_i64(q->from_ms),
				db_i64(q->to_ms), db_text(q->originators), db_text(q->statuses),
				db_i64(q->limit), db_i64(q->offset)),
			  out, e);
}

#define TASK                                                                                 \
	"SELECT id, instance, step, userid, status, result, before, created_ms, finished_ms" \
	" FROM task "
static const struct shape task_shape = {
    sizeof(struct task),
    {I64_AT(task, id), TEXT_AT(task, instance), I64_AT(task, step), TEXT_AT(task, userid),
     TEXT_AT(task, status), TEXT_AT(task, result), I64_AT(task, before), I64_AT(task, created_ms),
     I64_AT(task, finished_ms)}};

bool store_task_add(struct store *s, struct task *t, struct err *e)
{
	/* Real task ids have 11 digits. */
	return store_number(
	    s,
	    "INSERT INTO task (id, instance, step, userid, status, result, before, created_ms,"
	    " finished_ms) VALUES ((SELECT coalesce(max(seq), 98238556000) + 1 FROM"
	    " sqlite_sequence WHERE name = 'task'), $1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
	    DB_PARAMS(db_text(t->instance), db_i64(t->step), db_text(t->userid), db_text(t->status),
		      db_text(t->result), db_i64(t->before), db_i64(t->created_ms),
		      db_i64(t->finished_ms)),
	    &t->id, e);
}

bool store_task(struct store *s, int64_t id, struct task **out, struct err *e)
{
	return store_one(s, QUERY(task_shape, TASK "WHERE id = $1", db_i64(id)), "task", out, e);
}

bool store_task_set(struct store *s, const struct task *t, struct err *e)
{
	return RUN(s, e, "UPDATE task SET status = $2, result = $3, finished_ms = $4 WHERE id = $1",
		   db_i64(t->id), db_text(t->status), db_text(t->result), db_i64(t->finished_ms));
}

bool store_tasks(struct store *s, const char *instance, struct task **out, struct err *e)
{
	return store_many(
	    s, QUERY(task_shape, TASK "WHERE instance = $1 ORDER BY id", db_text(instance)), out,
	    e);
}

bool store_tasks_before(struct store *s, int64_t before, int64_t now_before, struct err *e)
{
	return RUN(s, e, "UPDATE task SET before = $2 WHERE before = $1", db_i64(before),
		   db_i64(now_before));
}

bool store_tasks_open(struct store *s, const char *userid, struct task **out, struct err *e)
{
	return store_many(s,
			  QUERY(task_shape,
				TASK "WHERE userid = $1 AND status IN ('RUNNING', 'PAUSED')"
				     " ORDER BY id",
				db_text(userid)),
			  out, e);
}

bool store_tasks_waiting(struct store *s, const char *userid, struct task **out, struct err *e)
{
	return store_many(
	    s,
	    QUERY(task_shape,
		  TASK "WHERE (userid = $1 OR userid IN (SELECT userid FROM person"
		       " WHERE agent = $1 AND agent <> '')) AND status = 'RUNNING' ORDER BY id",
		  db_text(userid)),
	    out, e);
}

bool store_tasks_done(struct store *s, const char *userid, int64_t limit, struct task **out,
		      struct err *e)
{
	return store_many(s,
			  QUERY(task_shape,
				TASK "WHERE userid = $1 AND status = 'COMPLETED'"
				     " ORDER BY finished_ms DESC, id DESC LIMIT $2",
				db_text(userid), db_i64(limit)),
			  out, e);
}

static const struct shape record_shape = {
    sizeof(struct record),
    {TEXT_AT(record, instance), TEXT_AT(record, userid), TEXT_AT(record, type),
     TEXT_AT(record, result), TEXT_AT(record, remark), TEXT_AT(record, images),
     TEXT_AT(record, attachments), TEXT_AT(record, cc), I64_AT(record, step), I64_AT(record, ms)}};

bool store_record_add(struct store *s, const struct record *r, struct err *e)
{
	return RUN(s, e,
		   "INSERT INTO record (instance, userid, type, result, remark, images, "
		   "attachments, step, ms, cc)"
		   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		   db_text(r->instance), db_text(r->userid), db_text(r->type), db_text(r->result),
		   db_text(r->remark), db_text(r->images), db_text(r->attachments), db_i64(r->step),
		   db_i64(r->ms), db_text(r->cc));
}

bool store_records(struct store *s, const char *instance, struct record **out, struct err *e)
{
	return store_many(
	    s,
	    QUERY(record_shape,
		  "SELECT instance, userid, type, result, remark, images, attachments, cc, step, ms"
		  " FROM record WHERE instance = $1 ORDER BY id",
		  db_text(instance)),
	    out, e);
}
