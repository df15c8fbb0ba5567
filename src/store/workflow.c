#include "store/workflow.h"

#include "store/finding.h"
#include "store/rows.h"

#define COLUMNS                                                                                 \
	"w.id, w.name, w.description, w.type, w.app, w.version, v.forms, w.created_ms, "        \
	"w.updated_ms, w.console_decision, w.carry_confirmed_by, w.carry_confirmed_ms, "        \
	"w.accept_automatic, w.notices, w.state, w.check_ms, w.checked_ms, w.checked_version, " \
	"v.levels, v.created_by "                                                               \
	"FROM workflows w JOIN workflow_versions v ON v.workflow = "                            \
	"w.id AND "                                                                             \
	"v.version = w.version"

static void read_row(const struct db_rows *rows, struct arena *a, struct store_workflow *out)
{
	*out = (struct store_workflow){.id = db_column_text(rows, 0, a),
				       .name = db_column_text(rows, 1, a),
				       .description = db_column_text(rows, 2, a),
				       .type = db_column_text(rows, 3, a),
				       .app = db_column_text(rows, 4, a),
				       .version = db_column_i64(rows, 5),
				       .forms = db_column_text(rows, 6, a),
				       .created_ms = db_column_i64(rows, 7),
				       .updated_ms = db_column_i64(rows, 8),
				       .console_decision = db_column_text(rows, 9, a),
				       .carry_confirmed_by = db_column_text(rows, 10, a),
				       .carry_confirmed_ms = db_column_i64(rows, 11),
				       .accept_automatic = db_column_bool(rows, 12),
				       .notices = db_column_bool(rows, 13),
				       .state = db_column_text(rows, 14, a),
				       .check_ms = db_column_i64(rows, 15),
				       .checked_ms = db_column_i64(rows, 16),
				       .checked_version = db_column_i64(rows, 17),
				       .levels = db_column_text(rows, 18, a),
				       .saved_by = db_column_text(rows, 19, a)};
}

static struct db_value time_or_null(int64_t ms)
{
	return ms == 0 ? (struct db_value){0} : db_i64(ms);
}

static bool name_free(struct db *db, const struct store_workflow *w, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT id FROM workflows WHERE name = $1 AND id <> $2",
		      DB_PARAMS(db_text(w->name), db_text(w->id)), e))
		return false;
	if (db_next(&rows))
		return err_set(e, ERR_CONFLICT, "There is a workflow with this name already.");
	return db_rows_ok(&rows, e);
}

/* Another server was first with the name. */
static bool named(bool ok, struct err *e)
{
	if (!ok && e->code == ERR_CONFLICT)
		return err_set(e, ERR_CONFLICT, "There is a workflow with this name already.");
	return ok;
}

static bool version_add(struct db *db, const struct store_workflow *w, struct err *e)
{
	return db_exec(
	    db,
	    "INSERT INTO workflow_versions (workflow, version, forms, created_ms, levels, "
	    "created_by) VALUES ($1, $2, $3, $4, $5, $6)",
	    DB_PARAMS(db_text(w->id), db_i64(w->version), db_text(w->forms), db_i64(w->updated_ms),
		      db_text(w->levels), db_text(w->saved_by == NULL ? "" : w->saved_by)),
	    NULL, e);
}

bool store_workflow_add(struct db *db, const struct store_workflow *w, struct err *e)
{
	return name_free(db, w, e) &&
	       named(
		   db_exec(
		       db,
		       "INSERT INTO workflows (id, name, description, type, app, version, "
		       "created_ms, updated_ms, console_decision, carry_confirmed_by, "
		       "carry_confirmed_ms, accept_automatic, notices) VALUES ($1, $2, $3, $4, $5, "
		       "$6, $7, $8, $9, $10, $11, $12, $13)",
		       DB_PARAMS(db_text(w->id), db_text(w->name), db_text(w->description),
				 db_text(w->type), db_text(w->app), db_i64(w->version),
				 db_i64(w->created_ms), db_i64(w->updated_ms),
				 db_text(w->console_decision), db_text(w->carry_confirmed_by),
				 time_or_null(w->carry_confirmed_ms), db_bool(w->accept_automatic),
				 db_bool(w->notices)),
		       NULL, e),
		   e) &&
	       version_add(db, w, e);
}

bool store_workflow_update(struct db *db, const struct store_workflow *was,
			   const struct store_workflow *w, struct err *e)
{
	int64_t changed;

	if (!name_free(db, w, e) ||
	    !named(
		db_exec(db,
			"UPDATE workflows SET name = $2, description = $3, app = $4, version = $5, "
			"updated_ms = $6, console_decision = $7, carry_confirmed_by = $8, "
			"carry_confirmed_ms = $9, accept_automatic = $10, notices = $11 "
			"WHERE id = $1 AND updated_ms = $12",
			DB_PARAMS(db_text(w->id), db_text(w->name), db_text(w->description),
				  db_text(w->app), db_i64(w->version), db_i64(w->updated_ms),
				  db_text(w->console_decision), db_text(w->carry_confirmed_by),
				  time_or_null(w->carry_confirmed_ms), db_bool(w->accept_automatic),
				  db_bool(w->notices), db_i64(was->updated_ms)),
			&changed, e),
		e))
		return false;
	if (changed == 0)
		return err_set(e, ERR_STALE, "Somebody changed this workflow meanwhile.");
	return w->version == was->version || version_add(db, w, e);
}

#define VERSION_COLUMNS "version, forms, levels, created_by, created_ms FROM workflow_versions"

static struct store_workflow_version version_of(const struct db_rows *rows, struct arena *a)
{
	return (struct store_workflow_version){.version = db_column_i64(rows, 0),
					       .forms = db_column_text(rows, 1, a),
					       .levels = db_column_text(rows, 2, a),
					       .saved_by = db_column_text(rows, 3, a),
					       .created_ms = db_column_i64(rows, 4)};
}

bool store_workflow_versions(struct db *db, struct arena *a, const char *id, int64_t before,
			     int64_t limit, struct store_workflow_version **out, size_t *count,
			     struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_workflow_version *items = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT " VERSION_COLUMNS " WHERE workflow = $1 AND version < $2 "
		      "ORDER BY version DESC LIMIT $3",
		      DB_PARAMS(db_text(id), db_i64(before), db_i64(limit)), e))
		return false;
	for (; db_next(&rows); n++) {
		items = rows_grow(a, items, n, sizeof(*items));
		items[n] = version_of(&rows, a);
	}
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_workflow_version(struct db *db, struct arena *a, const char *id, int64_t version,
			    struct store_workflow_version *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT " VERSION_COLUMNS " WHERE workflow = $1 AND version = $2",
		    DB_PARAMS(db_text(id), db_i64(version)),
		    "There is no such version of this workflow.", e))
		return false;
	*out = version_of(&rows, a);
	return true;
}

bool store_workflow_get(struct db *db, struct arena *a, const char *id, struct store_workflow *out,
			struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT " COLUMNS " WHERE w.id = $1", DB_PARAMS(db_text(id)),
		    "There is no workflow with this id.", e))
		return false;
	read_row(&rows, a, out);
	return true;
}

bool store_workflow_list(struct db *db, struct arena *a, const char *cursor, int64_t limit,
			 struct store_workflow **out, size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_workflow *items = arena_array(a, (size_t)limit, sizeof(*items));
	size_t n = 0;

	if (!db_query(db, &rows, "SELECT " COLUMNS " WHERE w.id > $1 ORDER BY w.id LIMIT $2",
		      DB_PARAMS(db_text(cursor), db_i64(limit)), e))
		return false;
	while (db_next(&rows))
		read_row(&rows, a, &items[n++]);
	*out = items;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_workflow_pending(struct db *db, const char *id, int64_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT COUNT(*) FROM instances WHERE workflow = $1 AND status = 'pending'",
		    DB_PARAMS(db_text(id)), "No count.", e))
		return false;
	*count = db_column_i64(&rows, 0);
	return true;
}

bool store_workflow_leveled(struct db *db, struct arena *a, const char ***out, size_t *count,
			    struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const char **ids = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT w.id FROM workflows w JOIN workflow_versions v ON v.workflow = w.id "
		      "AND v.version = w.version WHERE v.levels IS NOT NULL ORDER BY w.id",
		      DB_NONE, e))
		return false;
	for (; db_next(&rows); n++) {
		ids = rows_grow(a, ids, n, sizeof(*ids));
		ids[n] = db_column_text(&rows, 0, a);
	}
	*out = ids;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_workflow_delete(struct db *db, const char *id, struct err *e)
{
	return store_workflow_groups_clear(db, id, e) && store_finding_clear(db, id, e) &&
	       db_exec(db, "DELETE FROM workflow_versions WHERE workflow = $1",
		       DB_PARAMS(db_text(id)), NULL, e) &&
	       db_exec(db, "DELETE FROM workflows WHERE id = $1", DB_PARAMS(db_text(id)), NULL, e);
}

bool store_workflow_groups_clear(struct db *db, const char *id, struct err *e)
{
	return db_exec(db, "DELETE FROM workflow_groups WHERE workflow = $1",
		       DB_PARAMS(db_text(id)), NULL, e);
}

bool store_workflow_group_add(struct db *db, const char *id, const char *group, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO workflow_groups (workflow, group_id) VALUES ($1, $2) "
		       "ON CONFLICT DO NOTHING",
		       DB_PARAMS(db_text(id), db_text(group)), NULL, e);
}

bool store_workflow_of_group(struct db *db, struct arena *a, const char *group, const char **name,
			     struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*name = NULL;
	if (!db_query(db, &rows,
		      "SELECT w.name FROM workflow_groups g JOIN workflows w ON w.id = g.workflow "
		      "WHERE g.group_id = $1 ORDER BY w.id LIMIT 1",
		      DB_PARAMS(db_text(group)), e))
		return false;
	if (db_next(&rows))
		*name = db_column_text(&rows, 0, a);
	return db_rows_ok(&rows, e);
}
