#include "store/group.h"

#include <string.h>

#include "store/rows.h"

static bool named(bool ok, struct err *e)
{
	if (!ok && e->code == ERR_CONFLICT)
		return err_set(e, ERR_CONFLICT, "There is a user group with this name already.");
	return ok;
}

bool store_group_add(struct db *db, const struct group *g, int64_t now_ms, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};

	return named(db_exec(db,
			     "INSERT INTO user_groups (id, name, description, rules, created_ms, "
			     "updated_ms) VALUES ($1, $2, $3, $4, $5, $5)",
			     DB_PARAMS(db_text(g->id), db_text(g->name), db_text(g->description),
				       db_text(group_rules_write(&a, g)), db_i64(now_ms)),
			     NULL, e),
		     e);
}

bool store_group_set(struct db *db, struct group *g, int64_t now_ms, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};
	int64_t was_ms = g->updated_ms, changed = 0;

	g->updated_ms = now_ms > was_ms ? now_ms : was_ms + 1;
	if (!named(db_exec(db,
			   "UPDATE user_groups SET name = $2, description = $3, rules = $4, "
			   "updated_ms = $5 WHERE id = $1 AND updated_ms = $6",
			   DB_PARAMS(db_text(g->id), db_text(g->name), db_text(g->description),
				     db_text(group_rules_write(&a, g)), db_i64(g->updated_ms),
				     db_i64(was_ms)),
			   &changed, e),
		   e))
		return false;
	return changed > 0 || err_set(e, ERR_STALE, "Somebody changed this user group meanwhile.");
}

bool store_group_remove(struct db *db, const char *id, struct err *e)
{
	int64_t changed = 0;

	if (!store_broken_set(db, &(struct group){.id = id}, 0, e))
		return false;
	if (!db_exec(db, "DELETE FROM user_groups WHERE id = $1", DB_PARAMS(db_text(id)), &changed,
		     e))
		return e->code == ERR_CONFLICT
			   ? err_set(e, ERR_CONFLICT, "This user group is in use.")
			   : false;
	return changed > 0 || err_set(e, ERR_NOT_FOUND, "There is no user group with this id.");
}

bool store_group_exists(struct db *db, const char *id, bool *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT 1 FROM user_groups WHERE id = $1", DB_PARAMS(db_text(id)),
		      e))
		return false;
	*out = db_next(&rows);
	return db_rows_ok(&rows, e);
}

bool store_group_name(struct db *db, struct arena *a, const char *id, const char **name,
		      struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*name = NULL;
	if (!db_query(db, &rows, "SELECT name FROM user_groups WHERE id = $1",
		      DB_PARAMS(db_text(id)), e))
		return false;
	if (db_next(&rows))
		*name = db_column_text(&rows, 0, a);
	return db_rows_ok(&rows, e);
}

bool store_group_count(struct db *db, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT COUNT(*) FROM user_groups", DB_NONE, "No count.", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

#define COLUMNS "id, name, description, rules, updated_ms"

/* *bytes grows by what its rules are long. */
static bool group_of(const struct db_rows *rows, struct arena *a, struct group *out, size_t *bytes,
		     struct err *e)
{
	char *rules = db_column_text(rows, 3, a);

	*bytes += strlen(rules);
	*out = (struct group){.id = db_column_text(rows, 0, a),
			      .name = db_column_text(rows, 1, a),
			      .description = db_column_text(rows, 2, a),
			      .updated_ms = db_column_i64(rows, 4)};
	return group_rules_read(a, rules, out, e);
}

bool store_group_get(struct db *db, struct arena *a, const char *id, struct group *out,
		     struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_one(db, &rows, "SELECT " COLUMNS " FROM user_groups WHERE id = $1",
		      DB_PARAMS(db_text(id)), "There is no user group with this id.", e) &&
	       group_of(&rows, a, out, &(size_t){0}, e);
}

bool store_group_versions(struct db *db, struct arena *a, struct store_group_version **out,
			  size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_group_version *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows, "SELECT id, updated_ms FROM user_groups ORDER BY id", DB_NONE, e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct store_group_version){db_column_text(&rows, 0, a),
						      db_column_i64(&rows, 1)};
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_group_list(struct db *db, struct arena *a, const struct store_page *page,
		      struct store_group_list *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct group *all = NULL;
	size_t n = 0, bytes = 0;

	if (!db_query(db, &rows,
		      "SELECT " COLUMNS " FROM user_groups WHERE id > $1 ORDER BY id LIMIT $2",
		      DB_PARAMS(db_text(page->cursor), db_i64(page->limit)), e))
		return false;
	for (; bytes < STORE_GROUP_LIST_BYTES && db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		if (!group_of(&rows, a, &all[n], &bytes, e))
			return false;
	}
	*out = (struct store_group_list){all, n, bytes >= STORE_GROUP_LIST_BYTES};
	return db_rows_ok(&rows, e);
}

/* --- broken rules --- */

bool store_broken_list(struct db *db, struct arena *a, struct store_group_list *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct group *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT group_id, rules, since_ms FROM broken_groups ORDER BY group_id",
		      DB_NONE, e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = (struct group){.id = db_column_text(&rows, 0, a),
					.updated_ms = db_column_i64(&rows, 2)};
		if (!group_rules_read(a, db_column_text(&rows, 1, a), &all[n], e))
			return false;
	}
	*out = (struct store_group_list){all, n, false};
	return db_rows_ok(&rows, e);
}

bool store_broken_set(struct db *db, const struct group *g, int64_t now_ms, struct err *e)
{
	AUTO(arena_done) struct arena a = {0};

	if (g->rule_count == 0)
		return db_exec(db, "DELETE FROM broken_groups WHERE group_id = $1",
			       DB_PARAMS(db_text(g->id)), NULL, e);
	return db_exec(db,
		       "INSERT INTO broken_groups (group_id, rules, count, since_ms) VALUES ($1, "
		       "$2, $3, $4) ON CONFLICT (group_id) DO UPDATE SET rules = excluded.rules, "
		       "count = excluded.count, since_ms = excluded.since_ms",
		       DB_PARAMS(db_text(g->id), db_text(group_rules_write(&a, g)),
				 db_i64((int64_t)g->rule_count), db_i64(now_ms)),
		       NULL, e);
}

bool store_broken_count(struct db *db, int64_t *rules, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT COALESCE(SUM(count), 0) FROM broken_groups", DB_NONE,
		    "No count.", e))
		return false;
	*rules = db_column_i64(&rows, 0);
	return true;
}
