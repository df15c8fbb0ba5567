#include "store/person.h"

#include "store/rows.h"

#define COLUMNS                                                                              \
	"SELECT p.id, p.source, s.name, s.app, p.external_id, p.union_id, p.name, p.title, " \
	"p.email, p.telephone, p.departed, EXISTS (SELECT 1 FROM person_passwords w WHERE "  \
	"w.person = p.id) FROM people p JOIN identity_sources s ON s.id = "                  \
	"p.source "

static struct store_person person_of(const struct db_rows *rows, struct arena *a)
{
	return (struct store_person){.id = db_column_text(rows, 0, a),
				     .source = db_column_text(rows, 1, a),
				     .source_name = db_column_text(rows, 2, a),
				     .app = db_column_text(rows, 3, a),
				     .external_id = db_column_text(rows, 4, a),
				     .union_id = db_column_text(rows, 5, a),
				     .name = db_column_text(rows, 6, a),
				     .title = db_column_text(rows, 7, a),
				     .email = db_column_text(rows, 8, a),
				     .telephone = db_column_text(rows, 9, a),
				     .departed = db_column_bool(rows, 10),
				     .has_password = db_column_bool(rows, 11)};
}

static bool collect(struct db_rows *rows, struct arena *a, struct store_person **out, size_t *count,
		    struct err *e)
{
	struct store_person *all = NULL;
	size_t n = 0;

	for (; db_next(rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = person_of(rows, a);
	}
	*out = all;
	*count = n;
	return db_rows_ok(rows, e);
}

bool store_person_get(struct db *db, struct arena *a, const char *id, struct store_person *out,
		      struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, COLUMNS "WHERE p.id = $1", DB_PARAMS(db_text(id)),
		    "There is no person with this id.", e))
		return false;
	*out = person_of(&rows, a);
	return true;
}

bool store_person_by_dingtalk(struct db *db, struct arena *a, const char *app, const char *userid,
			      struct store_person *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, COLUMNS "WHERE s.app = $1 AND p.external_id = $2",
		    DB_PARAMS(db_text(app), db_text(userid)),
		    "This person of the organisation is not known here.", e))
		return false;
	*out = person_of(&rows, a);
	return true;
}

bool store_person_exists(struct db *db, const char *id, bool *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT 1 FROM people WHERE id = $1", DB_PARAMS(db_text(id)), e))
		return false;
	*out = db_next(&rows);
	return db_rows_ok(&rows, e);
}

bool store_person_departments(struct db *db, struct arena *a, const char *person,
			      struct store_department_list *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_department *all = NULL;
	size_t n = 0;

	if (!db_query(
		db, &rows,
		"SELECT d.id, d.source, d.external_id, d.parent, d.name, d.gone FROM memberships "
		"m JOIN departments d ON d.id = m.department WHERE m.person = $1 ORDER BY "
		"m.position",
		DB_PARAMS(db_text(person)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct store_department){.id = db_column_text(&rows, 0, a),
						   .source = db_column_text(&rows, 1, a),
						   .external_id = db_column_text(&rows, 2, a),
						   .parent = db_column_text(&rows, 3, a),
						   .name = db_column_text(&rows, 4, a),
						   .gone = db_column_bool(&rows, 5)};
	}
	out->items = all;
	out->count = n;
	return db_rows_ok(&rows, e);
}

bool store_person_list(struct db *db, struct arena *a, const struct store_person_filter *filter,
		       struct store_person **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const char *department = filter->department != NULL ? filter->department : "";

	return db_query(
		   db, &rows,
		   "WITH RECURSIVE below (id) AS (SELECT id FROM departments WHERE id = $2 UNION "
		   "SELECT d.id FROM departments d JOIN below b ON d.parent = b.id) " COLUMNS
		   "WHERE p.id > $3 AND (lower(p.name) LIKE $1 ESCAPE '\\' OR lower(p.email) "
		   "LIKE $1 ESCAPE '\\' OR lower(p.external_id) LIKE $1 ESCAPE '\\') AND ($2 "
		   "= '' OR EXISTS (SELECT 1 FROM memberships m JOIN below b ON b.id = "
		   "m.department WHERE m.person = p.id)) AND ($5 = '' OR p.source = $5) AND ($6 = "
		   "'' OR p.departed = CASE WHEN $6 = 'departed' THEN 1 ELSE 0 END) ORDER BY p.id "
		   "LIMIT $4",
		   DB_PARAMS(db_text(rows_like(a, filter->search)), db_text(department),
			     db_text(filter->after), db_i64(filter->max),
			     db_text(filter->source != NULL ? filter->source : ""),
			     db_text(filter->state != NULL ? filter->state : "")),
		   e) &&
	       collect(&rows, a, out, count, e);
}

bool store_contact_all(struct db *db, struct arena *a, struct store_contact **out, size_t *count,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_contact *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows, "SELECT id, email, telephone, departed FROM people ORDER BY id",
		      DB_NONE, e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct store_contact){.id = db_column_text(&rows, 0, a),
						.email = db_column_text(&rows, 1, a),
						.telephone = db_column_text(&rows, 2, a),
						.departed = db_column_bool(&rows, 3)};
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_membership_all(struct db *db, struct arena *a, struct store_membership **out,
			  size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_membership *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT person, department FROM memberships ORDER BY person, position",
		      DB_NONE, e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n].person = db_column_text(&rows, 0, a);
		all[n].department = db_column_text(&rows, 1, a);
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_person_count(struct db *db, const char *app, struct store_person_count *out,
			struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(
		db, &rows,
		"SELECT COUNT(*), COALESCE(SUM(CASE WHEN s.app = $1 THEN 1 ELSE 0 END), 0) FROM "
		"people p JOIN identity_sources s ON s.id = p.source WHERE p.departed = 0",
		DB_PARAMS(db_text(app)), "no count", e))
		return false;
	*out = (struct store_person_count){db_column_i64(&rows, 0), db_column_i64(&rows, 1)};
	return true;
}

bool store_person_present(struct db *db, store_present_fn *see, void *arg, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT p.id, p.name, s.name, s.app FROM people p JOIN identity_sources s ON "
		      "s.id = p.source WHERE p.departed = 0 ORDER BY p.id",
		      DB_NONE, e))
		return false;
	while (db_next(&rows)) {
		AUTO(arena_done) struct arena a = {0};

		see(arg, &(struct store_present){.id = db_column_text(&rows, 0, &a),
						 .name = db_column_text(&rows, 1, &a),
						 .source_name = db_column_text(&rows, 2, &a),
						 .app = db_column_text(&rows, 3, &a)});
	}
	return db_rows_ok(&rows, e);
}
