#include "store/local.h"

#include "base/text.h"
#include "store/rows.h"

bool store_local_lock(struct db *db, const char *source, struct err *e)
{
	return db_exec(db, "UPDATE identity_sources SET version = version WHERE id = $1",
		       DB_PARAMS(db_text(source)), NULL, e);
}

/* --- people --- */

bool store_local_person_add(struct db *db, const struct store_person *p, int64_t now_ms,
			    struct err *e)
{
	return db_exec(db,
		       "INSERT INTO people (id, source, external_id, union_id, name, title, email, "
		       "telephone, departed, seen_ms) VALUES ($1, $2, $3, NULL, $4, $5, $6, $7, "
		       "$8, $9)",
		       DB_PARAMS(db_text(p->id), db_text(p->source), db_text(p->external_id),
				 db_text(p->name), db_text(p->title), db_text(p->email),
				 db_text(p->telephone), db_bool(p->departed), db_i64(now_ms)),
		       NULL, e);
}

bool store_local_person_set(struct db *db, const struct store_person *p, int64_t now_ms,
			    struct err *e)
{
	return db_exec(db,
		       "UPDATE people SET external_id = $2, name = $3, title = $4, email = $5, "
		       "telephone = $6, departed = $7, seen_ms = $8 WHERE id = $1",
		       DB_PARAMS(db_text(p->id), db_text(p->external_id), db_text(p->name),
				 db_text(p->title), db_text(p->email), db_text(p->telephone),
				 db_bool(p->departed), db_i64(now_ms)),
		       NULL, e);
}

bool store_local_memberships(struct db *db, const char *person, const char *const *departments,
			     size_t count, struct err *e)
{
	if (!db_exec(db, "DELETE FROM memberships WHERE person = $1", DB_PARAMS(db_text(person)),
		     NULL, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!db_exec(
			db,
			"INSERT INTO memberships (person, department, position) VALUES ($1, "
			"$2, $3)",
			DB_PARAMS(db_text(person), db_text(departments[i]), db_i64((int64_t)i)),
			NULL, e))
			return false;
	}
	return true;
}

/* The first column of the first row, if there is one. */
static bool first_text(struct db_rows *rows, struct arena *a, const char **id, struct err *e)
{
	*id = db_next(rows) ? db_column_text(rows, 0, a) : NULL;
	return db_rows_ok(rows, e);
}

bool store_local_person_by_email(struct db *db, struct arena *a, const char *source,
				 const char *email, const char *besides, const char **id,
				 struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT id FROM people WHERE source = $1 AND email = $2 AND email <> '' "
			"AND departed = 0 AND id <> $3 ORDER BY id LIMIT 1",
			DB_PARAMS(db_text(source), db_text(email),
				  db_text(besides != NULL ? besides : "")),
			e) &&
	       first_text(&rows, a, id, e);
}

bool store_local_person_by_number(struct db *db, struct arena *a, const char *source,
				  const char *external_id, const char *besides, const char **id,
				  struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT id FROM people WHERE source = $1 AND external_id = $2 AND id <> $3",
			DB_PARAMS(db_text(source), db_text(external_id),
				  db_text(besides != NULL ? besides : "")),
			e) &&
	       first_text(&rows, a, id, e);
}

static bool read_memberships(struct db *db, struct arena *a, const char *source,
			     struct store_local_people *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT m.person, m.department FROM memberships m JOIN people p ON p.id = "
		      "m.person WHERE p.source = $1 ORDER BY m.person, m.position",
		      DB_PARAMS(db_text(source)), e))
		return false;
	for (; db_next(&rows); n++) {
		out->memberships = rows_grow(a, out->memberships, n, sizeof(*out->memberships));
		out->memberships[n] =
		    (struct store_membership){.person = db_column_text(&rows, 0, a),
					      .department = db_column_text(&rows, 1, a)};
	}
	out->membership_count = n;
	return db_rows_ok(&rows, e);
}

bool store_local_people(struct db *db, struct arena *a, const char *source,
			struct store_local_people *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	size_t n = 0;

	*out = (struct store_local_people){0};
	if (!db_query(db, &rows,
		      "SELECT id, external_id, name, title, email, telephone, departed FROM people "
		      "WHERE source = $1 ORDER BY id",
		      DB_PARAMS(db_text(source)), e))
		return false;
	for (; db_next(&rows); n++) {
		out->people = rows_grow(a, out->people, n, sizeof(*out->people));
		out->people[n] = (struct store_person){.id = db_column_text(&rows, 0, a),
						       .source = source,
						       .external_id = db_column_text(&rows, 1, a),
						       .name = db_column_text(&rows, 2, a),
						       .title = db_column_text(&rows, 3, a),
						       .email = db_column_text(&rows, 4, a),
						       .telephone = db_column_text(&rows, 5, a),
						       .departed = db_column_bool(&rows, 6)};
	}
	out->person_count = n;
	return db_rows_ok(&rows, e) && read_memberships(db, a, source, out, e);
}

bool store_local_count(struct db *db, const char *source, struct store_local_count *out,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT (SELECT COUNT(*) FROM people WHERE source = $1), (SELECT COUNT(*) FROM "
		    "departments WHERE source = $1)",
		    DB_PARAMS(db_text(source)), "No count.", e))
		return false;
	*out = (struct store_local_count){db_column_i64(&rows, 0), db_column_i64(&rows, 1)};
	return true;
}

/* --- departments --- */

bool store_local_department_add(struct db *db, const struct store_department *d, int64_t now_ms,
				struct err *e)
{
	return db_exec(db,
		       "INSERT INTO departments (id, source, external_id, parent, name, gone, "
		       "seen_ms) VALUES ($1, $2, $3, $4, $5, 0, $6)",
		       DB_PARAMS(db_text(d->id), db_text(d->source), db_text(d->external_id),
				 db_text(d->parent), db_text(d->name), db_i64(now_ms)),
		       NULL, e);
}

bool store_local_department_set(struct db *db, const struct store_department *d, int64_t now_ms,
				struct err *e)
{
	return db_exec(db,
		       "UPDATE departments SET name = $2, parent = $3, gone = $4, seen_ms = $5 "
		       "WHERE id = $1",
		       DB_PARAMS(db_text(d->id), db_text(d->name), db_text(d->parent),
				 db_bool(d->gone), db_i64(now_ms)),
		       NULL, e);
}

bool store_local_departments(struct db *db, struct arena *a, const char *source,
			     struct store_department_list *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	size_t n = 0;

	*out = (struct store_department_list){0};
	if (!db_query(db, &rows,
		      "SELECT id, external_id, parent, name FROM departments WHERE source = $1 AND "
		      "gone = 0 ORDER BY id",
		      DB_PARAMS(db_text(source)), e))
		return false;
	for (; db_next(&rows); n++) {
		out->items = rows_grow(a, out->items, n, sizeof(*out->items));
		out->items[n] =
		    (struct store_department){.id = db_column_text(&rows, 0, a),
					      .source = source,
					      .external_id = db_column_text(&rows, 1, a),
					      .parent = db_column_text(&rows, 2, a),
					      .name = db_column_text(&rows, 3, a)};
	}
	out->count = n;
	return db_rows_ok(&rows, e);
}

bool store_local_department_child(struct db *db, struct arena *a, const struct store_department *d,
				  const char **id, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT id FROM departments WHERE source = $1 AND COALESCE(parent, '') = "
			"$2 AND name = $3 AND gone = 0 AND id <> $4 LIMIT 1",
			DB_PARAMS(db_text(d->source), db_text(d->parent != NULL ? d->parent : ""),
				  db_text(d->name), db_text(d->id != NULL ? d->id : "")),
			e) &&
	       first_text(&rows, a, id, e);
}

bool store_local_department_place(struct db *db, const char *id, const char *below,
				  struct store_local_place *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(
		db, &rows,
		"WITH RECURSIVE up (id, parent, level) AS (SELECT id, parent, 1 FROM departments "
		"WHERE id = $1 UNION ALL SELECT d.id, d.parent, u.level + 1 FROM departments d "
		"JOIN "
		"up u ON d.id = u.parent WHERE u.level < 1000), down (id, level) AS (SELECT id, 1 "
		"FROM departments WHERE id = $1 UNION ALL SELECT d.id, w.level + 1 FROM "
		"departments "
		"d JOIN down w ON d.parent = w.id WHERE d.gone = 0 AND w.level < 1000) SELECT "
		"(SELECT MAX(level) FROM up), (SELECT MAX(level) FROM down), (SELECT COUNT(*) FROM "
		"down WHERE id = $2)",
		DB_PARAMS(db_text(id), db_text(below != NULL ? below : "")), "No place.", e))
		return false;
	*out = (struct store_local_place){db_column_i64(&rows, 0), db_column_i64(&rows, 1),
					  db_column_i64(&rows, 2) > 0};
	return true;
}

bool store_local_department_use(struct db *db, const char *id, struct store_local_use *out,
				struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT (SELECT COUNT(*) FROM departments WHERE parent = $1 AND gone = 0), "
		    "(SELECT COUNT(*) FROM memberships m JOIN people p ON p.id = m.person WHERE "
		    "m.department = $1 AND p.departed = 0)",
		    DB_PARAMS(db_text(id)), "No count.", e))
		return false;
	*out = (struct store_local_use){db_column_i64(&rows, 0), db_column_i64(&rows, 1)};
	return true;
}

/* --- passwords --- */

bool store_local_password(struct db *db, struct arena *a, const char *person, const char **out,
			  struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows, "SELECT password FROM person_passwords WHERE person = $1",
			DB_PARAMS(db_text(person)), e) &&
	       first_text(&rows, a, out, e);
}

bool store_local_password_set(struct db *db, const char *person, const char *password,
			      int64_t now_ms, struct err *e)
{
	return db_exec(
	    db,
	    "INSERT INTO person_passwords (person, password, set_ms) VALUES ($1, $2, $3) "
	    "ON CONFLICT (person) DO UPDATE SET password = excluded.password, set_ms = "
	    "excluded.set_ms",
	    DB_PARAMS(db_text(person), db_text(password), db_i64(now_ms)), NULL, e);
}
