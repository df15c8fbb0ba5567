#include "store/named.h"

#include <string.h>

#define AT_ONCE 32
_Static_assert(AT_ONCE <= DB_MAX_PARAMS, "all are parameters of one statement");

/* A list that is filled up with nothing. */
static struct db_value nth(const char *const *ids, size_t count, size_t i)
{
	return db_text(i < count ? ids[i] : NULL);
}

#define N(i) nth(ids, count, i)
#define PARAMS                                                                                     \
	DB_PARAMS(N(0), N(1), N(2), N(3), N(4), N(5), N(6), N(7), N(8), N(9), N(10), N(11), N(12), \
		  N(13), N(14), N(15), N(16), N(17), N(18), N(19), N(20), N(21), N(22), N(23),     \
		  N(24), N(25), N(26), N(27), N(28), N(29), N(30), N(31))
#define IN                                                                                      \
	"IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, " \
	"$19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)"

/* The same id may have been asked for twice. */
static bool take(struct db_rows *rows, struct arena *a, const char *const *ids, size_t count,
		 struct store_named *out, struct err *e)
{
	while (db_next(rows)) {
		const struct store_named row = {
		    db_column_text(rows, 0, a), db_column_text(rows, 1, a),
		    db_column_text(rows, 2, a), db_column_bool(rows, 3)};

		for (size_t i = 0; i < count; i++) {
			if (strcmp(ids[i], row.id) == 0)
				out[i] = row;
		}
	}
	return db_rows_ok(rows, e);
}

static bool some_people(struct db *db, struct arena *a, const char *const *ids, size_t count,
			struct store_named *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT p.id, p.name, s.name, p.departed FROM people p JOIN "
			"identity_sources s ON s.id = p.source WHERE p.id " IN,
			PARAMS, e) &&
	       take(&rows, a, ids, count, out, e);
}

static bool some_departments(struct db *db, struct arena *a, const char *const *ids, size_t count,
			     struct store_named *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT d.id, d.name, s.name, d.gone FROM departments d JOIN "
			"identity_sources s ON s.id = d.source WHERE d.id " IN,
			PARAMS, e) &&
	       take(&rows, a, ids, count, out, e);
}

static size_t at_most(size_t count)
{
	return count < AT_ONCE ? count : AT_ONCE;
}

bool store_named_people(struct db *db, struct arena *a, const char *const *ids, size_t count,
			struct store_named *out, struct err *e)
{
	for (size_t i = 0; i < count; i += AT_ONCE) {
		if (!some_people(db, a, ids + i, at_most(count - i), out + i, e))
			return false;
	}
	return true;
}

bool store_named_departments(struct db *db, struct arena *a, const char *const *ids, size_t count,
			     struct store_named *out, struct err *e)
{
	for (size_t i = 0; i < count; i += AT_ONCE) {
		if (!some_departments(db, a, ids + i, at_most(count - i), out + i, e))
			return false;
	}
	return true;
}
