#include "store/group.h"

#include "store/rows.h"

static bool named(bool ok, struct err *e)
{
	if (!ok && e->code == ERR_CONFLICT)
		return err_set(e, ERR_CONFLICT, "There is a user group with this name already.");
	return ok;
}

static bool add_rules(struct db *db, const struct group *g, struct err *e)
{
	for (size_t i = 0; i < g->rule_count; i++) {
		const struct rule *rule = &g->rules[i];

		if (!db_exec(
			db,
			"INSERT INTO group_rules (group_id, position, subject, relation, value) "
			"VALUES ($1, $2, $3, $4, $5)",
			DB_PARAMS(db_text(g->id), db_i64((int64_t)i),
				  db_text(rule_subject_name(rule->subject)),
				  db_text(rule_relation_name(rule->relation)),
				  db_text(rule->value)),
			NULL, e))
			return false;
	}
	return true;
}

static bool remove_rules(struct db *db, const char *id, struct err *e)
{
	return db_exec(db, "DELETE FROM group_rules WHERE group_id = $1", DB_PARAMS(db_text(id)),
		       NULL, e);
}

bool store_group_add(struct db *db, const struct group *g, int64_t now_ms, struct err *e)
{
	return named(db_exec(db,
			     "INSERT INTO user_groups (id, name, description, created_ms, "
			     "updated_ms) VALUES ($1, $2, $3, $4, $4)",
			     DB_PARAMS(db_text(g->id), db_text(g->name), db_text(g->description),
				       db_i64(now_ms)),
			     NULL, e),
		     e) &&
	       add_rules(db, g, e);
}

bool store_group_set(struct db *db, struct group *g, int64_t now_ms, struct err *e)
{
	int64_t was_ms = g->updated_ms, changed = 0;

	g->updated_ms = now_ms > was_ms ? now_ms : was_ms + 1;
	if (!named(db_exec(db,
			   "UPDATE user_groups SET name = $2, description = $3, updated_ms = $4 "
			   "WHERE id = $1 AND updated_ms = $5",
			   DB_PARAMS(db_text(g->id), db_text(g->name), db_text(g->description),
				     db_i64(g->updated_ms), db_i64(was_ms)),
			   &changed, e),
		   e))
		return false;
	if (changed == 0)
		return err_set(e, ERR_STALE, "Somebody changed this user group meanwhile.");
	return remove_rules(db, g->id, e) && add_rules(db, g, e);
}

bool store_group_remove(struct db *db, const char *id, struct err *e)
{
	int64_t changed = 0;

	if (!remove_rules(db, id, e))
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

static bool load_rules(struct db *db, struct arena *a, struct group *g, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct rule *rules = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT subject, relation, value FROM group_rules WHERE group_id = $1 ORDER "
		      "BY position",
		      DB_PARAMS(db_text(g->id)), e))
		return false;
	for (; db_next(&rows); n++) {
		const char *subject = db_column_text(&rows, 0, a);
		const char *relation = db_column_text(&rows, 1, a);

		rules = rows_grow(a, rules, n, sizeof(*rules));
		if (!rule_from_names(subject, relation, &rules[n]))
			return err_set(e, ERR_INTERNAL,
				       "group %s has a rule of the unknown kind "
				       "%s %s",
				       g->id, subject, relation);
		rules[n].value = db_column_text(&rows, 2, a);
	}
	g->rules = rules;
	g->rule_count = n;
	return db_rows_ok(&rows, e);
}

static struct group group_of(const struct db_rows *rows, struct arena *a)
{
	return (struct group){.id = db_column_text(rows, 0, a),
			      .name = db_column_text(rows, 1, a),
			      .description = db_column_text(rows, 2, a),
			      .updated_ms = db_column_i64(rows, 3)};
}

static bool load(struct db *db, struct arena *a, const char *id, struct group *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT id, name, description, updated_ms FROM user_groups WHERE id = $1",
		    DB_PARAMS(db_text(id)), "There is no user group with this id.", e))
		return false;
	*out = group_of(&rows, a);
	return true;
}

bool store_group_get(struct db *db, struct arena *a, const char *id, struct group *out,
		     struct err *e)
{
	return load(db, a, id, out, e) && load_rules(db, a, out, e);
}

static bool load_page(struct db *db, struct arena *a, const struct store_page *page,
		      struct store_group_list *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct group *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT id, name, description, updated_ms FROM user_groups WHERE id > $1 "
		      "ORDER BY id "
		      "LIMIT $2",
		      DB_PARAMS(db_text(page->cursor), db_i64(page->limit)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = group_of(&rows, a);
	}
	out->items = all;
	out->count = n;
	return db_rows_ok(&rows, e);
}

bool store_group_list(struct db *db, struct arena *a, const struct store_page *page,
		      struct store_group_list *out, struct err *e)
{
	static const struct store_page all = {.cursor = "", .limit = INT64_MAX};

	if (!load_page(db, a, page != NULL ? page : &all, out, e))
		return false;
	for (size_t i = 0; i < out->count; i++) {
		if (!load_rules(db, a, &out->items[i], e))
			return false;
	}
	return true;
}
