#include "dingsim/store_row.h"

const char store_layout_org[] =
    "CREATE TABLE IF NOT EXISTS department ("
    " id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, name TEXT NOT NULL);"
    "CREATE INDEX IF NOT EXISTS department_parent ON department (parent);"
    "CREATE TABLE IF NOT EXISTS person ("
    " userid TEXT PRIMARY KEY, unionid TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    " mobile TEXT NOT NULL, email TEXT NOT NULL, title TEXT NOT NULL, external INTEGER NOT NULL,"
    " corp TEXT NOT NULL, agent TEXT NOT NULL, labels TEXT NOT NULL, inactive INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS person_agent ON person (agent) WHERE agent <> '';"
    "CREATE TABLE IF NOT EXISTS leaver ("
    " userid TEXT PRIMARY KEY, unionid TEXT NOT NULL, name TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS member ("
    " id INTEGER PRIMARY KEY, department INTEGER NOT NULL REFERENCES department,"
    " userid TEXT NOT NULL REFERENCES person, UNIQUE (department, userid));"
    "CREATE INDEX IF NOT EXISTS member_department ON member (department, id);"
    "CREATE INDEX IF NOT EXISTS member_userid ON member (userid);";

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
	return store_one(s, QUERY(department_shape, DEPARTMENT "WHERE id = $1", db_i64(id)),
			 "department", out, e);
}

bool store_departments(struct store *s, int64_t parent, struct department **out, struct err *e)
{
	return store_many(
	    s, QUERY(department_shape, DEPARTMENT "WHERE parent = $1 ORDER BY id", db_i64(parent)),
	    out, e);
}

bool store_departments_all(struct store *s, struct department **out, struct err *e)
{
	return store_many(s, &(struct query){DEPARTMENT "ORDER BY id", DB_NONE, &department_shape},
			  out, e);
}

bool store_department_set(struct store *s, const struct department *d, struct err *e)
{
	return RUN(s, e, "UPDATE department SET name = $2, parent = $3 WHERE id = $1",
		   db_i64(d->id), db_text(d->name), db_i64(d->parent));
}

bool store_department_remove(struct store *s, int64_t id, struct err *e)
{
	return RUN(s, e, "DELETE FROM department WHERE id = $1", db_i64(id));
}

bool store_department_new_id(struct store *s, int64_t *out, struct err *e)
{
	return store_number(s, "SELECT max(id) + 1 FROM department", DB_NONE, out, e);
}

bool store_department_within(struct store *s, int64_t id, const char *ids, bool *out, struct err *e)
{
	return store_truth(s,
			   "WITH RECURSIVE up (id) AS (VALUES ($1) UNION"
			   " SELECT parent FROM department JOIN up USING (id))"
			   " SELECT EXISTS (SELECT 1 FROM up JOIN json_each($2) ON up.id = value)",
			   DB_PARAMS(db_i64(id), db_text(ids)), out, e);
}

#define PERSON                                                                                  \
	"SELECT userid, unionid, name, mobile, email, title, external, corp, agent, labels, "   \
	"inactive,"                                                                             \
	" (SELECT json_group_array(department) FROM (SELECT department FROM member"             \
	"  WHERE member.userid = person.userid ORDER BY id)),"                                  \
	" (SELECT count(*) FROM task WHERE task.userid = person.userid AND status = 'RUNNING')" \
	" FROM person "
static const struct shape person_shape = {
    sizeof(struct person),
    {TEXT_AT(person, userid), TEXT_AT(person, unionid), TEXT_AT(person, name),
     TEXT_AT(person, mobile), TEXT_AT(person, email), TEXT_AT(person, title),
     BOOL_AT(person, external), TEXT_AT(person, corp), TEXT_AT(person, agent),
     TEXT_AT(person, labels), BOOL_AT(person, inactive), TEXT_AT(person, departments),
     I64_AT(person, waiting)}};

bool store_person_add(struct store *s, const struct person *p, struct err *e)
{
	return RUN(
	    s, e,
	    "INSERT INTO person (userid, unionid, name, mobile, email, title, external,"
	    " corp, agent, labels, inactive) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
	    " $11)",
	    db_text(p->userid), db_text(p->unionid), db_text(p->name), db_text(p->mobile),
	    db_text(p->email), db_text(p->title), db_bool(p->external),
	    db_text(p->corp ? p->corp : ""), db_text(p->agent ? p->agent : ""),
	    db_text(p->labels ? p->labels : "[]"), db_bool(p->inactive));
}

bool store_person_set(struct store *s, const struct person *p, struct err *e)
{
	return RUN(s, e,
		   "UPDATE person SET name = $2, mobile = $3, email = $4, title = $5,"
		   " external = $6, corp = $7 WHERE userid = $1",
		   db_text(p->userid), db_text(p->name), db_text(p->mobile), db_text(p->email),
		   db_text(p->title), db_bool(p->external), db_text(p->corp ? p->corp : ""));
}

bool store_person_marks(struct store *s, const struct person *p, struct err *e)
{
	return RUN(s, e,
		   "UPDATE person SET agent = $2, labels = $3, inactive = $4 WHERE userid = $1",
		   db_text(p->userid), db_text(p->agent), db_text(p->labels), db_bool(p->inactive));
}

bool store_members_clear(struct store *s, const char *userid, struct err *e)
{
	return RUN(s, e, "DELETE FROM member WHERE userid = $1", db_text(userid));
}

bool store_person_remove(struct store *s, const char *userid, struct err *e)
{
	return store_members_clear(s, userid, e) &&
	       RUN(s, e,
		   "INSERT INTO leaver (userid, unionid, name)"
		   " SELECT userid, unionid, name FROM person WHERE userid = $1"
		   " ON CONFLICT (userid) DO UPDATE"
		   " SET unionid = excluded.unionid, name = excluded.name",
		   db_text(userid)) &&
	       RUN(s, e, "DELETE FROM person WHERE userid = $1", db_text(userid)) &&
	       RUN(s, e, "UPDATE person SET agent = '' WHERE agent = $1 AND agent <> ''",
		   db_text(userid));
}

bool store_person_left(struct store *s, const char *userid, bool *out, struct err *e)
{
	return store_truth(s,
			   "SELECT EXISTS (SELECT 1 FROM leaver WHERE userid = $1) AND NOT EXISTS"
			   " (SELECT 1 FROM person WHERE userid = $1)",
			   DB_PARAMS(db_text(userid)), out, e);
}

static const struct shape left_shape = {
    sizeof(struct person),
    {TEXT_AT(person, userid), TEXT_AT(person, unionid), TEXT_AT(person, name)}};

bool store_leaver(struct store *s, const char *userid, const char *unionid, struct person **out,
		  struct err *e)
{
	return store_one(s,
			 QUERY(left_shape,
			       "SELECT userid, unionid, name FROM leaver"
			       " WHERE userid = $1 OR unionid = $2 LIMIT 1",
			       db_text(userid), db_text(unionid)),
			 "person", out, e);
}

bool store_member_add(struct store *s, int64_t department, const char *userid, struct err *e)
{
	return RUN(s, e, "INSERT INTO member (department, userid) VALUES ($1, $2)",
		   db_i64(department), db_text(userid));
}

bool store_person(struct store *s, const char *userid, struct person **out, struct err *e)
{
	return store_one(s, QUERY(person_shape, PERSON "WHERE userid = $1", db_text(userid)),
			 "person", out, e);
}

bool store_person_by_union(struct store *s, const char *unionid, struct person **out, struct err *e)
{
	return store_one(s, QUERY(person_shape, PERSON "WHERE unionid = $1", db_text(unionid)),
			 "person", out, e);
}

bool store_person_member(struct store *s, const char *userid, int64_t department, bool *out,
			 struct err *e)
{
	return store_truth(
	    s, "SELECT EXISTS (SELECT 1 FROM member WHERE department = $1 AND userid = $2)",
	    DB_PARAMS(db_i64(department), db_text(userid)), out, e);
}

bool store_person_within(struct store *s, const char *userid, const char *ids, bool *out,
			 struct err *e)
{
	return store_truth(
	    s,
	    "WITH RECURSIVE up (id) AS (SELECT department FROM member WHERE userid = $1"
	    " UNION SELECT parent FROM department JOIN up USING (id))"
	    " SELECT EXISTS (SELECT 1 FROM up JOIN json_each($2) ON up.id = value)"
	    " OR EXISTS (SELECT 1 FROM json_each($2) WHERE value = $1)",
	    DB_PARAMS(db_text(userid), db_text(ids)), out, e);
}

bool store_members(struct store *s, int64_t department, int64_t limit, int64_t offset,
		   struct person **out, struct err *e)
{
	return store_many(s,
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
	return store_many(s,
			  QUERY(person_shape,
				PERSON "WHERE instr(name, $1) OR instr(userid, $1)"
				       " OR instr(title, $1)"
				       " ORDER BY 12 DESC, person.rowid LIMIT $2",
				db_text(text), db_i64(limit)),
			  out, e);
}

bool store_people_below(struct store *s, const char *ids, int64_t limit, struct person **out,
			struct err *e)
{
	return store_many(
	    s,
	    QUERY(person_shape,
		  PERSON "WHERE userid IN (SELECT userid FROM member WHERE department IN ("
			 "WITH RECURSIVE down (id) AS (SELECT value FROM json_each($1) UNION"
			 " SELECT department.id FROM department JOIN down ON parent = down.id)"
			 " SELECT id FROM down)) ORDER BY person.rowid LIMIT $2",
		  db_text(ids), db_i64(limit)),
	    out, e);
}
