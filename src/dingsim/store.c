#include "dingsim/store.h"

#include <string.h>

#include "base/text.h"

#define LAYOUT 1 /* raised when the tables change: another layout's folder is refused */

static const char layout[] =
    "CREATE TABLE IF NOT EXISTS layout (version INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS corp (id TEXT PRIMARY KEY, name TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS app ("
    " client_id TEXT PRIMARY KEY, client_secret TEXT NOT NULL, name TEXT NOT NULL,"
    " agent_id INTEGER NOT NULL, redirect_urls TEXT NOT NULL, scope TEXT NOT NULL,"
    " url TEXT NOT NULL, aes_key TEXT NOT NULL, token TEXT NOT NULL, shape TEXT NOT NULL,"
    " rules TEXT NOT NULL, verified_ms INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS department ("
    " id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, name TEXT NOT NULL);"
    "CREATE INDEX IF NOT EXISTS department_parent ON department (parent);"
    "CREATE TABLE IF NOT EXISTS person ("
    " userid TEXT PRIMARY KEY, unionid TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    " mobile TEXT NOT NULL, email TEXT NOT NULL, title TEXT NOT NULL, external INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS member ("
    " id INTEGER PRIMARY KEY, department INTEGER NOT NULL REFERENCES department,"
    " userid TEXT NOT NULL REFERENCES person, UNIQUE (department, userid));"
    "CREATE INDEX IF NOT EXISTS member_department ON member (department, id);"
    "CREATE INDEX IF NOT EXISTS member_userid ON member (userid);"
    "CREATE TABLE IF NOT EXISTS form ("
    " process_code TEXT PRIMARY KEY, name TEXT NOT NULL, allow_withdraw INTEGER NOT NULL,"
    " components TEXT NOT NULL, approvers TEXT NOT NULL, created_ms INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS credential ("
    " token TEXT PRIMARY KEY, kind TEXT NOT NULL, client_id TEXT NOT NULL, userid TEXT NOT NULL,"
    " with_corp INTEGER NOT NULL, expires_ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS credential_current ON credential (client_id, kind, userid);"
    "CREATE TABLE IF NOT EXISTS instance ("
    " serial INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, process_code TEXT NOT NULL,"
    " title TEXT NOT NULL, originator TEXT NOT NULL, department INTEGER NOT NULL,"
    " department_name TEXT NOT NULL, status TEXT NOT NULL, result TEXT NOT NULL,"
    " business_id TEXT NOT NULL, form_values TEXT NOT NULL, flow TEXT NOT NULL,"
    " step INTEGER NOT NULL, cc TEXT NOT NULL, cc_position TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS instance_process ON instance (process_code, created_ms);"
    "CREATE TABLE IF NOT EXISTS task ("
    " id INTEGER PRIMARY KEY, instance TEXT NOT NULL, step INTEGER NOT NULL,"
    " userid TEXT NOT NULL, status TEXT NOT NULL, result TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS task_instance ON task (instance);"
    "CREATE INDEX IF NOT EXISTS task_userid ON task (userid, status);"
    "CREATE TABLE IF NOT EXISTS record ("
    " id INTEGER PRIMARY KEY, instance TEXT NOT NULL, userid TEXT NOT NULL, type TEXT NOT NULL,"
    " result TEXT NOT NULL, remark TEXT NOT NULL, step INTEGER NOT NULL, ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS record_instance ON record (instance);"
    "CREATE TABLE IF NOT EXISTS event ("
    " id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, type TEXT NOT NULL, resource TEXT NOT NULL,"
    " instance TEXT NOT NULL, payload TEXT NOT NULL, created_ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS event_instance ON event (instance);"
    "CREATE TABLE IF NOT EXISTS push ("
    " id INTEGER PRIMARY KEY, client_id TEXT NOT NULL, event INTEGER NOT NULL REFERENCES event,"
    " state TEXT NOT NULL, attempts INTEGER NOT NULL, due_ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS push_state ON push (client_id, state, due_ms, id);"
    "CREATE INDEX IF NOT EXISTS push_event ON push (event);"
    "CREATE TABLE IF NOT EXISTS attempt ("
    " id INTEGER PRIMARY KEY, push INTEGER NOT NULL, ms INTEGER NOT NULL,"
    " status INTEGER NOT NULL, reply TEXT NOT NULL, verdict TEXT NOT NULL);"
    "CREATE INDEX IF NOT EXISTS attempt_push ON attempt (push);";

/* How a row becomes a struct: where its columns go, in the order of the SELECT. */
enum column_kind { COLUMN_END, COLUMN_TEXT, COLUMN_I64, COLUMN_BOOL };

struct column {
	enum column_kind kind;
	size_t offset;
};

struct shape {
	size_t size;
	struct column columns[24];
};

#define TEXT_AT(type, member)                              \
	{                                                  \
		COLUMN_TEXT, offsetof(struct type, member) \
	}
#define I64_AT(type, member)                              \
	{                                                 \
		COLUMN_I64, offsetof(struct type, member) \
	}
#define BOOL_AT(type, member)                              \
	{                                                  \
		COLUMN_BOOL, offsetof(struct type, member) \
	}

/* The first member of every row's struct. */
struct row {
	struct row *next;
};

static struct row *row_read(struct store *s, const struct db_rows *rows, const struct shape *shape)
{
	char *out = arena_alloc(s->arena, shape->size);
	int i;

	for (i = 0; shape->columns[i].kind != COLUMN_END; i++) {
		void *at = out + shape->columns[i].offset;

		switch (shape->columns[i].kind) {
		case COLUMN_TEXT:
			*(const char **)at = db_column_text(rows, i, s->arena);
			break;
		case COLUMN_I64:
			*(int64_t *)at = db_column_i64(rows, i);
			break;
		case COLUMN_BOOL:
			*(bool *)at = db_column_bool(rows, i);
			break;
		case COLUMN_END:
			break;
		}
	}
	return (struct row *)out;
}

struct query {
	const char *sql;
	const struct db_params *params;
	const struct shape *shape;
};

#define RUN(s, e, sql, ...) db_exec((s)->db, (sql), DB_PARAMS(__VA_ARGS__), NULL, (e))
#define QUERY(shape, sql, ...) (&(const struct query){sql, DB_PARAMS(__VA_ARGS__), &shape})

static bool many(struct store *s, const struct query *q, void *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct row *first = NULL;
	struct row **end = &first;

	if (!db_query(s->db, &rows, q->sql, q->params, e))
		return false;
	while (db_next(&rows)) {
		*end = row_read(s, &rows, q->shape);
		end = &(*end)->next;
	}
	if (!db_rows_ok(&rows, e))
		return false;
	*(struct row **)out = first;
	return true;
}

static bool one(struct store *s, const struct query *q, const char *what, void *out, struct err *e)
{
	struct row *row;

	if (!many(s, q, &row, e))
		return false;
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "there is no such %s", what);
	*(struct row **)out = row;
	return true;
}

/* The first column of the first row, which there always is. */
static bool number(struct store *s, const char *sql, const struct db_params *params, int64_t *out,
		   struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(s->db, &rows, sql, params, "the statement has no row", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

static bool truth(struct store *s, const char *sql, const struct db_params *params, bool *out,
		  struct err *e)
{
	int64_t value = 0;

	if (!number(s, sql, params, &value, e))
		return false;
	*out = value != 0;
	return true;
}

static bool lay_out(struct store *s, struct err *e)
{
	int64_t version = 0;

	if (!db_script(s->db, layout, e) ||
	    !db_exec(s->db, "INSERT INTO layout SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM layout)",
		     DB_PARAMS(db_i64(LAYOUT)), NULL, e) ||
	    !number(s, "SELECT version FROM layout", DB_NONE, &version, e))
		return false;
	if (version != LAYOUT)
		return err_set(e, ERR_CONFLICT,
			       "the data folder was made by another version of dingsim: remove it "
			       "or give another");
	return true;
}

struct db *store_open(const char *url, struct err *e)
{
	AUTO(arena_done) struct arena arena = {0};
	struct store s = {.db = db_open(url, DB_WRITE, e), .arena = &arena};

	if (!s.db)
		return NULL;
	if (!lay_out(&s, e)) {
		db_close(s.db);
		return NULL;
	}
	return s.db;
}

bool store_corp(struct store *s, const char **corp_id, const char **name, bool *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(s->db, &rows, "SELECT id, name FROM corp", DB_NONE, e))
		return false;
	*out = db_next(&rows);
	if (*out) {
		*corp_id = db_column_text(&rows, 0, s->arena);
		*name = db_column_text(&rows, 1, s->arena);
	}
	return db_rows_ok(&rows, e);
}

bool store_corp_add(struct store *s, const char *corp_id, const char *name, struct err *e)
{
	return RUN(s, e, "INSERT INTO corp (id, name) VALUES ($1, $2)", db_text(corp_id),
		   db_text(name));
}

#define APP                                                                                     \
	"SELECT client_id, client_secret, name, agent_id, redirect_urls, scope, url, aes_key, " \
	"token, shape, rules, verified_ms FROM app "
static const struct shape app_shape = {
    sizeof(struct app),
    {TEXT_AT(app, client_id), TEXT_AT(app, client_secret), TEXT_AT(app, name),
     I64_AT(app, agent_id), TEXT_AT(app, redirect_urls), TEXT_AT(app, scope), TEXT_AT(app, url),
     TEXT_AT(app, aes_key), TEXT_AT(app, token), TEXT_AT(app, shape), TEXT_AT(app, rules),
     I64_AT(app, verified_ms)}};

bool store_app_add(struct store *s, const struct app *a, struct err *e)
{
	return RUN(s, e,
		   "INSERT INTO app (client_id, client_secret, name, agent_id, redirect_urls,"
		   " scope, url, aes_key, token, shape, rules, verified_ms)"
		   " VALUES ($1, $2, $3, $4, $5, $6, '', '', '', 'A', '[]', 0)",
		   db_text(a->client_id), db_text(a->client_secret), db_text(a->name),
		   db_i64(a->agent_id), db_text(a->redirect_urls), db_text(a->scope));
}

bool store_app(struct store *s, const char *client_id, struct app **out, struct err *e)
{
	return one(s, QUERY(app_shape, APP "WHERE client_id = $1", db_text(client_id)), "app", out,
		   e);
}

bool store_apps(struct store *s, struct app **out, struct err *e)
{
	return many(s, &(struct query){APP "ORDER BY rowid", DB_NONE, &app_shape}, out, e);
}

bool store_app_redirects(struct store *s, const char *client_id, const char *urls, struct err *e)
{
	return RUN(s, e, "UPDATE app SET redirect_urls = $2 WHERE client_id = $1",
		   db_text(client_id), db_text(urls));
}

bool store_app_subscribe(struct store *s, const struct app *a, struct err *e)
{
	return RUN(s, e,
		   "UPDATE app SET url = $2, aes_key = $3, token = $4, shape = $5, rules = $6,"
		   " verified_ms = $7 WHERE client_id = $1",
		   db_text(a->client_id), db_text(a->url), db_text(a->aes_key), db_text(a->token),
		   db_text(a->shape), db_text(a->rules), db_i64(a->verified_ms));
}

#define DEPARTMENT                                                                                \
	"SELECT id, parent, name, (SELECT count(*) FROM member WHERE department = department.id)" \
	" FROM department "
static const struct shape department_shape = {sizeof(struct department),
					      {I64_AT(department, id), I64_AT(department, parent),
					       TEXT_AT(department, name),
					       I64_AT(department, members)}};

bool store_department_add(struct store *s, const struct department *d, struct err *e)
{
	return RUN(s, e, "INSERT INTO department (id, parent, name) VALUES ($1, $2, $3)",
		   db_i64(d->id), db_i64(d->parent), db_text(d->name));
}

bool store_department(struct store *s, int64_t id, struct department **out, struct err *e)
{
	return one(s, QUERY(department_shape, DEPARTMENT "WHERE id = $1", db_i64(id)), "department",
		   out, e);
}

bool store_departments(struct store *s, int64_t parent, struct department **out, struct err *e)
{
	return many(
	    s, QUERY(department_shape, DEPARTMENT "WHERE parent = $1 ORDER BY id", db_i64(parent)),
	    out, e);
}

bool store_department_within(struct store *s, int64_t id, const char *ids, bool *out, struct err *e)
{
	return truth(s,
		     "WITH RECURSIVE up (id) AS (VALUES ($1) UNION"
		     " SELECT parent FROM department JOIN up USING (id))"
		     " SELECT EXISTS (SELECT 1 FROM up JOIN json_each($2) ON up.id = value)",
		     DB_PARAMS(db_i64(id), db_text(ids)), out, e);
}

#define PERSON                                                                                  \
	"SELECT userid, unionid, name, mobile, email, title, external,"                         \
	" (SELECT json_group_array(department) FROM (SELECT department FROM member"             \
	"  WHERE member.userid = person.userid ORDER BY id)),"                                  \
	" (SELECT count(*) FROM task WHERE task.userid = person.userid AND status = 'RUNNING')" \
	" FROM person "
static const struct shape person_shape = {
    sizeof(struct person),
    {TEXT_AT(person, userid), TEXT_AT(person, unionid), TEXT_AT(person, name),
     TEXT_AT(person, mobile), TEXT_AT(person, email), TEXT_AT(person, title),
     BOOL_AT(person, external), TEXT_AT(person, departments), I64_AT(person, waiting)}};

bool store_person_add(struct store *s, const struct person *p, struct err *e)
{
	return RUN(s, e,
		   "INSERT INTO person (userid, unionid, name, mobile, email, title, external)"
		   " VALUES ($1, $2, $3, $4, $5, $6, $7)",
		   db_text(p->userid), db_text(p->unionid), db_text(p->name), db_text(p->mobile),
		   db_text(p->email), db_text(p->title), db_bool(p->external));
}

bool store_member_add(struct store *s, int64_t department, const char *userid, struct err *e)
{
	return RUN(s, e, "INSERT INTO member (department, userid) VALUES ($1, $2)",
		   db_i64(department), db_text(userid));
}

bool store_person(struct store *s, const char *userid, struct person **out, struct err *e)
{
	return one(s, QUERY(person_shape, PERSON "WHERE userid = $1", db_text(userid)), "person",
		   out, e);
}

bool store_person_by_union(struct store *s, const char *unionid, struct person **out, struct err *e)
{
	return one(s, QUERY(person_shape, PERSON "WHERE unionid = $1", db_text(unionid)), "person",
		   out, e);
}

bool store_person_member(struct store *s, const char *userid, int64_t department, bool *out,
			 struct err *e)
{
	return truth(s,
		     "SELECT EXISTS (SELECT 1 FROM member WHERE department = $1 AND userid = $2)",
		     DB_PARAMS(db_i64(department), db_text(userid)), out, e);
}

bool store_person_within(struct store *s, const char *userid, const char *ids, bool *out,
			 struct err *e)
{
	return truth(s,
		     "WITH RECURSIVE up (id) AS (SELECT department FROM member WHERE userid = $1"
		     " UNION SELECT parent FROM department JOIN up USING (id))"
		     " SELECT EXISTS (SELECT 1 FROM up JOIN json_each($2) ON up.id = value)",
		     DB_PARAMS(db_text(userid), db_text(ids)), out, e);
}

bool store_members(struct store *s, int64_t department, int64_t limit, int64_t offset,
		   struct person **out, struct err *e)
{
	return many(s,
		    QUERY(person_shape,
			  PERSON "JOIN (SELECT userid AS member, id FROM member"
				 " WHERE department = $1 ORDER BY id LIMIT $2 OFFSET $3)"
				 " ON userid = member ORDER BY id",
			  db_i64(department), db_i64(limit), db_i64(offset)),
		    out, e);
}

bool store_people(struct store *s, const char *text, int64_t limit, struct person **out,
		  struct err *e)
{
	return many(s,
		    QUERY(person_shape,
			  PERSON "WHERE instr(name, $1) OR instr(userid, $1)"
				 " OR instr(title, $1)"
				 " ORDER BY 9 DESC, person.rowid LIMIT $2",
			  db_text(text), db_i64(limit)),
		    out, e);
}

#define FORM \
	"SELECT process_code, name, allow_withdraw, components, approvers, created_ms FROM form "
static const struct shape form_shape = {sizeof(struct form),
					{TEXT_AT(form, process_code), TEXT_AT(form, name),
					 BOOL_AT(form, allow_withdraw), TEXT_AT(form, components),
					 TEXT_AT(form, approvers), I64_AT(form, created_ms)}};

bool store_form_add(struct store *s, const struct form *f, struct err *e)
{
	return RUN(s, e,
		   "INSERT INTO form (process_code, name, allow_withdraw, components,"
		   " approvers, created_ms) VALUES ($1, $2, $3, $4, $5, $6)",
		   db_text(f->process_code), db_text(f->name), db_bool(f->allow_withdraw),
		   db_text(f->components), db_text(f->approvers), db_i64(f->created_ms));
}

bool store_form(struct store *s, const char *process_code, struct form **out, struct err *e)
{
	return one(s, QUERY(form_shape, FORM "WHERE process_code = $1", db_text(process_code)),
		   "form", out, e);
}

bool store_forms(struct store *s, struct form **out, struct err *e)
{
	return many(s, &(struct query){FORM "ORDER BY rowid", DB_NONE, &form_shape}, out, e);
}

#define CREDENTIAL "SELECT token, kind, client_id, userid, with_corp, expires_ms FROM credential "
static const struct shape credential_shape = {
    sizeof(struct credential),
    {TEXT_AT(credential, token), TEXT_AT(credential, kind), TEXT_AT(credential, client_id),
     TEXT_AT(credential, userid), BOOL_AT(credential, with_corp), I64_AT(credential, expires_ms)}};

bool store_credential_add(struct store *s, const struct credential *c, struct err *e)
{
	return RUN(s, e,
		   "INSERT INTO credential (token, kind, client_id, userid, with_corp,"
		   " expires_ms) VALUES ($1, $2, $3, $4, $5, $6)",
		   db_text(c->token), db_text(c->kind), db_text(c->client_id), db_text(c->userid),
		   db_bool(c->with_corp), db_i64(c->expires_ms));
}

bool store_credential(struct store *s, const char *kind, const char *token, struct credential **out,
		      struct err *e)
{
	return one(s,
		   QUERY(credential_shape, CREDENTIAL "WHERE token = $1 AND kind = $2",
			 db_text(token), db_text(kind)),
		   kind, out, e);
}

bool store_credential_current(struct store *s, const struct credential *like, int64_t now_ms,
			      struct credential **out, struct err *e)
{
	return one(s,
		   QUERY(credential_shape,
			 CREDENTIAL "WHERE client_id = $1 AND kind = $2 AND userid = $3"
				    " AND with_corp = $4 AND expires_ms > $5",
			 db_text(like->client_id), db_text(like->kind), db_text(like->userid),
			 db_bool(like->with_corp), db_i64(now_ms)),
		   like->kind, out, e);
}

bool store_credential_renew(struct store *s, const char *token, int64_t expires_ms, struct err *e)
{
	return RUN(s, e, "UPDATE credential SET expires_ms = $2 WHERE token = $1", db_text(token),
		   db_i64(expires_ms));
}

bool store_credential_remove(struct store *s, const char *token, struct err *e)
{
	return RUN(s, e, "DELETE FROM credential WHERE token = $1", db_text(token));
}

bool store_credentials_expire(struct store *s, int64_t before_ms, struct err *e)
{
	return RUN(s, e, "DELETE FROM credential WHERE expires_ms < $1", db_i64(before_ms));
}

#define INSTANCE                                                                                   \
	"SELECT id, process_code, title, originator, department_name, department, status, result," \
	" business_id, form_values, flow, step, cc, cc_position, created_ms, finished_ms"          \
	" FROM instance "
static const struct shape instance_shape = {
    sizeof(struct instance),
    {TEXT_AT(instance, id), TEXT_AT(instance, process_code), TEXT_AT(instance, title),
     TEXT_AT(instance, originator), TEXT_AT(instance, department_name),
     I64_AT(instance, department), TEXT_AT(instance, status), TEXT_AT(instance, result),
     TEXT_AT(instance, business_id), TEXT_AT(instance, values), TEXT_AT(instance, flow),
     I64_AT(instance, step), TEXT_AT(instance, cc), TEXT_AT(instance, cc_position),
     I64_AT(instance, created_ms), I64_AT(instance, finished_ms)}};

bool store_instance_add(struct store *s, const struct instance *i, struct err *e)
{
	return RUN(
	    s, e,
	    "INSERT INTO instance (id, process_code, title, originator, department_name,"
	    " department, status, result, business_id, form_values, flow, step, cc, cc_position,"
	    " created_ms, finished_ms)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
	    db_text(i->id), db_text(i->process_code), db_text(i->title), db_text(i->originator),
	    db_text(i->department_name), db_i64(i->department), db_text(i->status),
	    db_text(i->result), db_text(i->business_id), db_text(i->values), db_text(i->flow),
	    db_i64(i->step), db_text(i->cc), db_text(i->cc_position), db_i64(i->created_ms),
	    db_i64(i->finished_ms));
}

bool store_instance(struct store *s, const char *id, struct instance **out, struct err *e)
{
	return one(s, QUERY(instance_shape, INSTANCE "WHERE id = $1", db_text(id)), "instance", out,
		   e);
}

bool store_instance_set(struct store *s, const struct instance *i, struct err *e)
{
	return RUN(s, e,
		   "UPDATE instance SET status = $2, result = $3, step = $4, finished_ms = $5"
		   " WHERE id = $1",
		   db_text(i->id), db_text(i->status), db_text(i->result), db_i64(i->step),
		   db_i64(i->finished_ms));
}

bool store_instance_serial(struct store *s, int64_t *out, struct err *e)
{
	return number(s, "SELECT coalesce(max(serial), 0) + 1 FROM instance", DB_NONE, out, e);
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

	return many(s,
		    QUERY(instance_shape, sql, db_text(q->process_code), db_i64(q->from_ms),
			  db_i64(q->to_ms), db_text(q->originators), db_text(q->statuses),
			  db_i64(q->limit), db_i64(q->offset)),
		    out, e);
}

#define TASK "SELECT id, instance, step, userid, status, result, created_ms, finished_ms FROM task "
static const struct shape task_shape = {sizeof(struct task),
					{I64_AT(task, id), TEXT_AT(task, instance),
					 I64_AT(task, step), TEXT_AT(task, userid),
					 TEXT_AT(task, status), TEXT_AT(task, result),
					 I64_AT(task, created_ms), I64_AT(task, finished_ms)}};

bool store_task_add(struct store *s, struct task *t, struct err *e)
{
	/* Real task ids have 11 digits. */
	return number(s,
		      "INSERT INTO task (id, instance, step, userid, status, result, created_ms,"
		      " finished_ms) VALUES ((SELECT coalesce(max(id), 98238556000) + 1 FROM task),"
		      " $1, $2, $3, $4, $5, $6, $7) RETURNING id",
		      DB_PARAMS(db_text(t->instance), db_i64(t->step), db_text(t->userid),
				db_text(t->status), db_text(t->result), db_i64(t->created_ms),
				db_i64(t->finished_ms)),
		      &t->id, e);
}

bool store_task(struct store *s, int64_t id, struct task **out, struct err *e)
{
	return one(s, QUERY(task_shape, TASK "WHERE id = $1", db_i64(id)), "task", out, e);
}

bool store_task_set(struct store *s, const struct task *t, struct err *e)
{
	return RUN(s, e, "UPDATE task SET status = $2, result = $3, finished_ms = $4 WHERE id = $1",
		   db_i64(t->id), db_text(t->status), db_text(t->result), db_i64(t->finished_ms));
}

bool store_tasks(struct store *s, const char *instance, struct task **out, struct err *e)
{
	return many(s, QUERY(task_shape, TASK "WHERE instance = $1 ORDER BY id", db_text(instance)),
		    out, e);
}

bool store_tasks_waiting(struct store *s, const char *userid, struct task **out, struct err *e)
{
	return many(s,
		    QUERY(task_shape, TASK "WHERE userid = $1 AND status = 'RUNNING' ORDER BY id",
			  db_text(userid)),
		    out, e);
}

bool store_tasks_done(struct store *s, const char *userid, int64_t limit, struct task **out,
		      struct err *e)
{
	return many(s,
		    QUERY(task_shape,
			  TASK "WHERE userid = $1 AND status = 'COMPLETED'"
			       " ORDER BY finished_ms DESC, id DESC LIMIT $2",
			  db_text(userid), db_i64(limit)),
		    out, e);
}

static const struct shape record_shape = {
    sizeof(struct record),
    {TEXT_AT(record, instance), TEXT_AT(record, userid), TEXT_AT(record, type),
     TEXT_AT(record, result), TEXT_AT(record, remark), I64_AT(record, step), I64_AT(record, ms)}};

bool store_record_add(struct store *s, const struct record *r, struct err *e)
{
	return RUN(s, e,
		   "INSERT INTO record (instance, userid, type, result, remark, step, ms)"
		   " VALUES ($1, $2, $3, $4, $5, $6, $7)",
		   db_text(r->instance), db_text(r->userid), db_text(r->type), db_text(r->result),
		   db_text(r->remark), db_i64(r->step), db_i64(r->ms));
}

bool store_records(struct store *s, const char *instance, struct record **out, struct err *e)
{
	return many(s,
		    QUERY(record_shape,
			  "SELECT instance, userid, type, result, remark, step, ms"
			  " FROM record WHERE instance = $1 ORDER BY id",
			  db_text(instance)),
		    out, e);
}

#define PUSH                                                                                   \
	"SELECT push.id, client_id, state, attempts, due_ms, event, event_id, type, resource," \
	" instance, payload, created_ms FROM push JOIN event ON event.id = event "
static const struct shape push_shape = {
    sizeof(struct push),
    {I64_AT(push, id), TEXT_AT(push, client_id), TEXT_AT(push, state), I64_AT(push, attempts),
     I64_AT(push, due_ms), I64_AT(push, event), TEXT_AT(push, event_id), TEXT_AT(push, type),
     TEXT_AT(push, resource), TEXT_AT(push, instance), TEXT_AT(push, payload),
     I64_AT(push, created_ms)}};

bool store_event_add(struct store *s, struct push *event, struct err *e)
{
	return number(s,
		      "INSERT INTO event (event_id, type, resource, instance, payload, created_ms)"
		      " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
		      DB_PARAMS(db_text(event->event_id), db_text(event->type),
				db_text(event->resource), db_text(event->instance),
				db_text(event->payload), db_i64(event->created_ms)),
		      &event->event, e);
}

bool store_push_add(struct store *s, struct push *push, struct err *e)
{
	return number(s,
		      "INSERT INTO push (client_id, event, state, attempts, due_ms)"
		      " VALUES ($1, $2, $3, $4, $5) RETURNING id",
		      DB_PARAMS(db_text(push->client_id), db_i64(push->event), db_text(push->state),
				db_i64(push->attempts), db_i64(push->due_ms)),
		      &push->id, e);
}

bool store_push(struct store *s, int64_t id, struct push **out, struct err *e)
{
	return one(s, QUERY(push_shape, PUSH "WHERE push.id = $1", db_i64(id)), "push", out, e);
}

bool store_push_set(struct store *s, const struct push *push, struct err *e)
{
	return RUN(s, e, "UPDATE push SET state = $2, attempts = $3, due_ms = $4 WHERE id = $1",
		   db_i64(push->id), db_text(push->state), db_i64(push->attempts),
		   db_i64(push->due_ms));
}

bool store_attempt_add(struct store *s, const struct attempt *a, struct err *e)
{
	return RUN(s, e,
		   "INSERT INTO attempt (push, ms, status, reply, verdict)"
		   " VALUES ($1, $2, $3, $4, $5)",
		   db_i64(a->push), db_i64(a->ms), db_i64(a->status), db_text(a->reply),
		   db_text(a->verdict));
}

static const struct shape attempt_shape = {sizeof(struct attempt),
					   {I64_AT(attempt, push), I64_AT(attempt, ms),
					    I64_AT(attempt, status), TEXT_AT(attempt, reply),
					    TEXT_AT(attempt, verdict)}};

bool store_attempts(struct store *s, int64_t push, struct attempt **out, struct err *e)
{
	return many(s,
		    QUERY(attempt_shape,
			  "SELECT push, ms, status, reply, verdict FROM attempt"
			  " WHERE push = $1 ORDER BY id",
			  db_i64(push)),
		    out, e);
}

bool store_push_first(struct store *s, const char *client_id, struct push **out, struct err *e)
{
	return one(s,
		   QUERY(push_shape,
			 PUSH "WHERE client_id = $1 AND state = 'pending'"
			      " ORDER BY due_ms, push.id LIMIT 1",
			 db_text(client_id)),
		   "push", out, e);
}

bool store_pushes(struct store *s, const char *instance, int64_t limit, struct push **out,
		  struct err *e)
{
	return many(s,
		    QUERY(push_shape,
			  PUSH "WHERE ($1 IS NULL OR instance = $1)"
			       " ORDER BY push.id DESC LIMIT $2",
			  db_text(instance), db_i64(limit)),
		    out, e);
}

bool store_pushes_failed(struct store *s, const char *client_id, int64_t limit, struct push **out,
			 struct err *e)
{
	return many(s,
		    QUERY(push_shape,
			  PUSH "WHERE client_id = $1 AND state = 'failed'"
			       " ORDER BY push.id LIMIT $2",
			  db_text(client_id), db_i64(limit)),
		    out, e);
}
