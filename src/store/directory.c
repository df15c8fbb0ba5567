#include "store/directory.h"

#include "base/id.h"
#include "store/note.h"

static bool find(struct db *db, struct arena *a, const char *source, const char *external_id,
		 const char **id, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*id = NULL;
	if (!db_query(db, &rows,
		      "SELECT id FROM departments WHERE source = $1 AND external_id = $2",
		      DB_PARAMS(db_text(source), db_text(external_id)), e))
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

	if (d->parent != NULL && !find(db, a, walk->source, d->parent, &parent, e))
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
	    !db_exec(db, "DELETE FROM memberships WHERE person = $1", DB_PARAMS(db_text(id)), NULL,
		     e))
		return false;
	for (size_t i = 0; i < p->department_count; i++) {
		if (!find(db, a, walk->source, p->departments[i], &department, e))
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

static bool count(struct db *db, const char *sql, const char *source, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, sql, DB_PARAMS(db_text(source)), "no count", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_directory_end(struct db *db, const struct store_walk *walk, struct store_walk_end *out,
			 struct err *e)
{
	db_note(db, NOTE_POLICY, "");
	return db_exec(db,
		       "UPDATE departments SET gone = 1 WHERE source = $1 AND seen_ms < $2 AND "
		       "gone = 0",
		       DB_PARAMS(db_text(walk->source), db_i64(walk->at_ms)), NULL, e) &&
	       db_exec(db,
		       "UPDATE people SET departed = 1 WHERE source = $1 AND seen_ms < $2 AND "
		       "departed = 0",
		       DB_PARAMS(db_text(walk->source), db_i64(walk->at_ms)), &out->departed, e) &&
	       count(db, "SELECT COUNT(*) FROM people WHERE source = $1 AND departed = 0",
		     walk->source, &out->people, e) &&
	       count(db, "SELECT COUNT(*) FROM departments WHERE source = $1 AND gone = 0",
		     walk->source, &out->departments, e);
}
