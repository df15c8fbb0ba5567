#include "store/offline_code.h"

#define SET_COLUMNS                                                                           \
	"s.id, s.device, s.owner, s.key, s.made_ms, s.exp_ms, s.body, s.held_ms, "            \
	"(SELECT COUNT(*) FROM offline_codes c WHERE c.offline_set = s.id AND c.instance IS " \
	"NOT NULL), (SELECT MAX(c.number) FROM offline_codes c WHERE c.offline_set = s.id) "  \
	"FROM offline_sets s "
#define CODE_COLUMNS_OF                                                                   \
	"c.grant_id, c.offline_set, c.device, c.number, c.code, c.instance, c.replaced, " \
	"c.replaced_exp_ms, c.revealed_ms, c.revealed_by"
#define CODE_COLUMNS CODE_COLUMNS_OF " FROM offline_codes c "

static bool first_set(struct db_rows *rows, struct arena *a, struct store_offline_set *out,
		      struct err *e)
{
	*out = (struct store_offline_set){0};
	if (db_next(rows))
		*out = (struct store_offline_set){.id = db_column_text(rows, 0, a),
						  .device = db_column_text(rows, 1, a),
						  .owner = db_column_text(rows, 2, a),
						  .key = db_column_text(rows, 3, a),
						  .made_ms = db_column_i64(rows, 4),
						  .exp_ms = db_column_i64(rows, 5),
						  .body = db_column_text(rows, 6, a),
						  .held_ms = db_column_i64(rows, 7),
						  .revealed = db_column_i64(rows, 8) > 0,
						  .last = db_column_i64(rows, 9)};
	return db_rows_ok(rows, e);
}

static struct store_offline_code code_of(const struct db_rows *rows, struct arena *a)
{
	struct store_offline_code c = {.grant = db_column_text(rows, 0, a),
				       .set = db_column_text(rows, 1, a),
				       .device = db_column_text(rows, 2, a),
				       .index = db_column_i64(rows, 3),
				       .instance = db_column_text(rows, 5, a),
				       .replaced = db_column_text(rows, 6, a),
				       .replaced_exp_ms = db_column_i64(rows, 7),
				       .revealed_ms = db_column_i64(rows, 8),
				       .revealed_by = db_column_text(rows, 9, a)};

	c.code = db_column_blob(rows, 4, a, &c.code_len);
	return c;
}

static bool first_code(struct db_rows *rows, struct arena *a, struct store_offline_code *out,
		       struct err *e)
{
	*out = (struct store_offline_code){0};
	if (db_next(rows))
		*out = code_of(rows, a);
	return db_rows_ok(rows, e);
}

static bool all_codes(struct db_rows *rows, struct arena *a, int64_t limit,
		      struct store_offline_code **out, size_t *count, struct err *e)
{
	struct store_offline_code *items = arena_array(a, (size_t)limit, sizeof(*items));
	size_t n = 0;

	while (db_next(rows))
		items[n++] = code_of(rows, a);
	*out = items;
	*count = n;
	return db_rows_ok(rows, e);
}

bool store_offline_add(struct db *db, const struct store_offline_set *set,
		       const struct store_offline_code *codes, size_t count, struct err *e)
{
	if (!db_exec(db,
		     "INSERT INTO offline_sets (id, device, owner, key, made_ms, exp_ms, body) "
		     "VALUES ($1, $2, $3, $4, $5, $6, $7)",
		     DB_PARAMS(db_text(set->id), db_text(set->device), db_text(set->owner),
			       db_text(set->key), db_i64(set->made_ms), db_i64(set->exp_ms),
			       db_text(set->body)),
		     NULL, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!db_exec(db,
			     "INSERT INTO offline_codes (grant_id, offline_set, device, number, "
			     "code) VALUES ($1, $2, $3, $4, $5)",
			     DB_PARAMS(db_text(codes[i].grant), db_text(set->id),
				       db_text(set->device), db_i64(codes[i].index),
				       db_blob(codes[i].code, codes[i].code_len)),
			     NULL, e))
			return false;
	}
	return true;
}

bool store_offline_newest(struct db *db, struct arena *a, const char *device,
			  struct store_offline_set *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT " SET_COLUMNS "WHERE s.device = $1 ORDER BY s.id DESC LIMIT 1",
			DB_PARAMS(db_text(device)), e) &&
	       first_set(&rows, a, out, e);
}

bool store_offline_set(struct db *db, struct arena *a, const char *id,
		       struct store_offline_set *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows, "SELECT " SET_COLUMNS "WHERE s.id = $1", DB_PARAMS(db_text(id)),
			e) &&
	       first_set(&rows, a, out, e);
}

bool store_offline_find(struct db *db, struct arena *a, const char *device, int64_t index,
			struct store_offline_code *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows,
			"SELECT " CODE_COLUMNS "JOIN offline_sets s ON s.id = c.offline_set WHERE "
			"s.device = $1 AND c.number = $2 ORDER BY s.id DESC LIMIT 1",
			DB_PARAMS(db_text(device), db_i64(index)), e) &&
	       first_code(&rows, a, out, e);
}

bool store_offline_by_grant(struct db *db, struct arena *a, const char *grant,
			    struct store_offline_code *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(db, &rows, "SELECT " CODE_COLUMNS "WHERE c.grant_id = $1",
			DB_PARAMS(db_text(grant)), e) &&
	       first_code(&rows, a, out, e);
}

bool store_offline_list(struct db *db, struct arena *a, const char *device, int64_t limit,
			struct store_offline_shown **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_offline_shown *items = arena_array(a, (size_t)limit, sizeof(*items));

	*out = items;
	*count = 0;
	if (!db_query(
		db, &rows,
		"SELECT " CODE_COLUMNS_OF ", s.made_ms, s.exp_ms, s.held_ms FROM "
		"offline_codes c JOIN offline_sets s ON s.id = c.offline_set WHERE s.device = "
		"$1 ORDER BY s.id, c.number LIMIT $2",
		DB_PARAMS(db_text(device), db_i64(limit)), e))
		return false;
	while (db_next(&rows))
		items[(*count)++] = (struct store_offline_shown){
		    code_of(&rows, a), db_column_i64(&rows, 10), db_column_i64(&rows, 11),
		    db_column_i64(&rows, 12)};
	return db_rows_ok(&rows, e);
}

bool store_offline_unsettled(struct db *db, struct arena *a, const char *device, const char *newest,
			     int64_t limit, struct store_offline_code **out, size_t *count,
			     struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_query(
		   db, &rows,
		   "SELECT " CODE_COLUMNS "JOIN offline_sets s ON s.id = c.offline_set JOIN "
		   "grants g ON g.id = c.grant_id WHERE s.device = $1 AND s.id <> $2 AND "
		   "c.instance IS NOT NULL AND g.state = 'unused' ORDER BY c.grant_id LIMIT $3",
		   DB_PARAMS(db_text(device), db_text(newest), db_i64(limit)), e) &&
	       all_codes(&rows, a, limit, out, count, e);
}

bool store_offline_replaced(struct db *db, const char *device, const char *grant, bool *out,
			    struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows,
		      "SELECT 1 FROM offline_codes WHERE device = $1 AND replaced = $2 LIMIT 1",
		      DB_PARAMS(db_text(device), db_text(grant)), e))
		return false;
	*out = db_next(&rows);
	return db_rows_ok(&rows, e);
}

bool store_offline_reveal(struct db *db, const struct store_offline_code *code, bool *won,
			  struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE offline_codes SET code = NULL, instance = $2, replaced = $3, "
		     "replaced_exp_ms = $4, revealed_ms = $5, revealed_by = $6 WHERE grant_id = $1 "
		     "AND instance IS NULL",
		     DB_PARAMS(db_text(code->grant), db_text(code->instance),
			       db_text(code->replaced), db_i64(code->replaced_exp_ms),
			       db_i64(code->revealed_ms), db_text(code->revealed_by)),
		     &changed, e))
		return false;
	*won = changed == 1;
	return true;
}

bool store_offline_held(struct db *db, const char *device, const char *set, int64_t at_ms,
			struct err *e)
{
	return db_exec(db,
		       "UPDATE offline_sets SET held_ms = $2, body = '' WHERE id = $1 AND held_ms "
		       "IS NULL",
		       DB_PARAMS(db_text(set), db_i64(at_ms)), NULL, e) &&
	       db_exec(
		   db,
		   "DELETE FROM offline_codes WHERE instance IS NULL AND offline_set IN (SELECT "
		   "id FROM offline_sets WHERE device = $1 AND id < $2)",
		   DB_PARAMS(db_text(device), db_text(set)), NULL, e) &&
	       db_exec(db, "DELETE FROM offline_sets WHERE device = $1 AND id < $2",
		       DB_PARAMS(db_text(device), db_text(set)), NULL, e);
}

bool store_offline_purge(struct db *db, int64_t now_ms, struct err *e)
{
	return db_exec(
		   db,
		   "DELETE FROM offline_codes WHERE instance IS NULL AND offline_set IN (SELECT "
		   "id FROM offline_sets WHERE exp_ms <= $1)",
		   DB_PARAMS(db_i64(now_ms)), NULL, e) &&
	       db_exec(db,
		       "DELETE FROM offline_sets WHERE exp_ms <= $1 AND NOT EXISTS (SELECT 1 FROM "
		       "offline_codes c WHERE c.offline_set = offline_sets.id)",
		       DB_PARAMS(db_i64(now_ms)), NULL, e);
}
