#include "store/directory.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "store/rows.h"

/* Its id, when it is here; else NULL. present: and not gone. */
static bool find(struct db *db, struct arena *a, const char *source, const char *external_id,
		 bool present, const char **id, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*id = NULL;
	if (!db_query(db, &rows,
		      "SELECT id FROM departments WHERE source = $1 AND external_id = $2 AND "
		      "($3 = 0 OR gone = 0)",
		      DB_PARAMS(db_text(source), db_text(external_id), db_bool(present)), e))
		return false;
	if (db_next(&rows))
		*id = db_column_text(&rows, 0, a);
	return db_rows_ok(&rows, e);
}

bool store_directory_department(struct db *db, struct arena *a, const struct store_walk *walk,
				const struct store_walked_department *d, struct err *e)
{
	const char *parent = NULL;
	char id[ID_SIZE];

	if (d->parent != NULL && !find(db, a, walk->source, d->parent, false, &parent, e))
		return false;
	id_new(id);
	return db_exec(
	    db,
	    "INSERT INTO departments (id, source, external_id, parent, name, gone, seen_ms) "
	    "VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT (source, external_id) DO UPDATE "
	    "SET parent = excluded.parent, name = excluded.name, gone = 0, "
	    "seen_ms = excluded.seen_ms",
	    DB_PARAMS(db_text(id), db_text(walk->source), db_text(d->external_id), db_text(parent),
		      db_text(d->name), db_i64(walk->at_ms)),
	    NULL, e);
}

static bool upsert(struct db *db, struct arena *a, const struct store_walk *walk,
		   const struct store_walked_person *p, const char **id, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	char fresh[ID_SIZE];

	id_new(fresh);
	if (!db_one(db, &rows,
		    "INSERT INTO people (id, source, external_id, union_id, name, title, email, "
		    "telephone, departed, seen_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9) "
		    "ON CONFLICT (source, external_id) DO UPDATE SET union_id = excluded.union_id, "
		    "name = excluded.name, title = excluded.title, email = excluded.email, "
		    "telephone = excluded.telephone, departed = 0, seen_ms = excluded.seen_ms "
		    "RETURNING id",
		    DB_PARAMS(db_text(fresh), db_text(walk->source), db_text(p->external_id),
			      db_text(p->unionid), db_text(p->name), db_text(p->title),
			      db_text(p->email), db_text(p->telephone), db_i64(walk->at_ms)),
		    "no person", e))
		return false;
	*id = db_column_text(&rows, 0, a);
	return true;
}

bool store_directory_person(struct db *db, struct arena *a, const struct store_walk *walk,
			    const struct store_walked_person *p, struct err *e)
{
	const char *id, *department;

	if (!upsert(db, a, walk, p, &id, e) ||
	    !db_exec(db,
		     "DELETE FROM memberships WHERE person = $1 AND department IN "
		     "(SELECT m.department FROM memberships m JOIN departments d ON d.id = "
		     "m.department WHERE m.person = $1 AND d.gone = 0)",
		     DB_PARAMS(db_text(id)), NULL, e))
		return false;
	for (size_t i = 0; i < p->department_count; i++) {
		if (!find(db, a, walk->source, p->departments[i], true, &department, e))
			return false;
		if (department != NULL &&
		    !db_exec(db,
			     "INSERT INTO memberships (person, department, position) VALUES ($1, "
			     "$2, $3) ON CONFLICT DO NOTHING",
			     DB_PARAMS(db_text(id), db_text(department), db_i64((int64_t)i)), NULL,
			     e))
			return false;
	}
	return true;
}

bool store_directory_get_department(struct db *db, struct arena *a, const char *source,
				    const char *external_id, struct store_known_department *out,
				    struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_known_department){0};
	if (!db_query(db, &rows,
		      "SELECT d.id, d.external_id, d.name, p.external_id, d.gone, d.seen_ms FROM "
		      "departments d LEFT JOIN departments p ON p.id = d.parent "
		      "WHERE d.source = $1 AND d.external_id = $2",
		      DB_PARAMS(db_text(source), db_text(external_id)), e))
		return false;
	if (db_next(&rows))
		*out = (struct store_known_department){.id = db_column_text(&rows, 0, a),
						       .external_id = db_column_text(&rows, 1, a),
						       .name = db_column_text(&rows, 2, a),
						       .parent = db_column_text(&rows, 3, a),
						       .gone = db_column_bool(&rows, 4),
						       .seen_ms = db_column_i64(&rows, 5)};
	return db_rows_ok(&rows, e);
}

/* $from.. of a list that is filled up with nothing. */
static struct db_value nth(const char *const *ids, size_t count, size_t i)
{
	return db_text(i < count ? ids[i] : NULL);
}

#define N(i) nth(ids, count, i)
#define MANY                                                                                    \
	N(0), N(1), N(2), N(3), N(4), N(5), N(6), N(7), N(8), N(9), N(10), N(11), N(12), N(13), \
	    N(14), N(15), N(16), N(17), N(18), N(19), N(20), N(21), N(22), N(23), N(24)
#define IN_MANY                                                                             \
	"IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, " \
	"$19, $20, $21, $22, $23, $24, $25, $26)"

static bool get_rows(struct db *db, struct arena *a, const struct store_external_ids *of,
		     struct store_known_person *out, size_t *found, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const char *const *ids = of->ids;
	size_t count = of->count;

	*found = 0;
	if (!db_query(db, &rows,
		      "SELECT id, external_id, union_id, name, title, email, telephone, departed, "
		      "seen_ms FROM people WHERE source = $1 AND external_id " IN_MANY,
		      DB_PARAMS(db_text(of->source), MANY), e))
		return false;
	while (db_next(&rows))
		out[(*found)++] =
		    (struct store_known_person){.id = db_column_text(&rows, 0, a),
						.as = {.external_id = db_column_text(&rows, 1, a),
						       .unionid = db_column_text(&rows, 2, a),
						       .name = db_column_text(&rows, 3, a),
						       .title = db_column_text(&rows, 4, a),
						       .email = db_column_text(&rows, 5, a),
						       .telephone = db_column_text(&rows, 6, a)},
						.departed = db_column_bool(&rows, 7),
						.seen_ms = db_column_i64(&rows, 8)};
	return db_rows_ok(&rows, e);
}

static struct store_known_person *owner_of(struct store_known_person *people, size_t count,
					   const char *id)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(people[i].id, id) == 0)
			return &people[i];
	}
	return NULL;
}

static void add_department(struct arena *a, struct store_known_person *p, const char *external_id)
{
	const char **all = (const char **)p->as.departments;

	all = rows_grow(a, all, p->as.department_count, sizeof(*all));
	all[p->as.department_count++] = external_id;
	p->as.departments = all;
}

/* CROSS JOIN is the same to PostgreSQL, and keeps SQLite from beginning with all departments of the source. */
static bool get_departments(struct db *db, struct arena *a, const char *source,
			    struct store_known_person *people, size_t found, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const char *ids[STORE_DIRECTORY_MANY];
	size_t count = found;

	for (size_t i = 0; i < found; i++)
		ids[i] = people[i].id;
	if (!db_query(
		db, &rows,
		"SELECT m.person, d.external_id FROM memberships m CROSS JOIN departments d WHERE "
		"d.id = m.department AND d.source = $1 AND d.gone = 0 AND m.person " IN_MANY
		" ORDER BY m.person, m.position",
		DB_PARAMS(db_text(source), MANY), e))
		return false;
	while (db_next(&rows)) {
		struct store_known_person *p = owner_of(people, found, db_column_text(&rows, 0, a));

		if (p != NULL)
			add_department(a, p, db_column_text(&rows, 1, a));
	}
	return db_rows_ok(&rows, e);
}

bool store_directory_get_people(struct db *db, struct arena *a, const struct store_external_ids *of,
				struct store_known_person *out, size_t *count, struct err *e)
{
	return get_rows(db, a, of, out, count, e) &&
	       (*count == 0 || get_departments(db, a, of->source, out, *count, e));
}

bool store_directory_gone(struct db *db, const char *department, int64_t at_ms, struct err *e)
{
	return db_exec(db, "UPDATE departments SET gone = 1, seen_ms = $2 WHERE id = $1",
		       DB_PARAMS(db_text(department), db_i64(at_ms)), NULL, e);
}

bool store_directory_left(struct db *db, const char *person, int64_t at_ms, struct err *e)
{
	return db_exec(db, "UPDATE people SET departed = 1, seen_ms = $2 WHERE id = $1",
		       DB_PARAMS(db_text(person), db_i64(at_ms)), NULL, e);
}

static bool each(struct db_rows *rows, struct arena *a, store_directory_fn *fn, void *arg,
		 struct err *e)
{
	while (db_next(rows))
		fn(arg, db_column_text(rows, 0, a), db_column_text(rows, 1, a));
	return db_rows_ok(rows, e);
}

bool store_directory_departments(struct db *db, struct arena *a, const char *source,
				 store_directory_fn *fn, void *arg, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT external_id, name FROM departments WHERE source = $1 AND gone = 0 "
			"ORDER BY id",
			DB_PARAMS(db_text(source)), e) &&
	       each(&rows, a, fn, arg, e);
}

bool store_directory_people(struct db *db, struct arena *a, const char *source,
			    store_directory_fn *fn, void *arg, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT external_id, name FROM people WHERE source = $1 AND departed = 0 "
			"ORDER BY id",
			DB_PARAMS(db_text(source)), e) &&
	       each(&rows, a, fn, arg, e);
}

bool store_directory_count(struct db *db, const char *source, int64_t *people, int64_t *departments,
			   struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT (SELECT COUNT(*) FROM people WHERE source = $1 AND departed = 0), "
		    "(SELECT COUNT(*) FROM departments WHERE source = $1 AND gone = 0)",
		    DB_PARAMS(db_text(source)), "no count", e))
		return false;
	*people = db_column_i64(&rows, 0);
	*departments = db_column_i64(&rows, 1);
	return true;
}
