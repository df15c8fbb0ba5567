#include "db/db.h"

#include <assert.h>
#include <string.h>

#include "base/failpoint.h"
#include "base/text.h"
#include "db/driver.h"

#define ROWS_END (-1) /* db_rows.row after the last row or an error */

struct db *db_open(const char *url, enum db_use use, struct err *e)
{
	if (text_starts(url, "sqlite:") && url[strlen("sqlite:")])
		return sqlite_open(url + strlen("sqlite:"), use, e);
	if (text_starts(url, "postgresql://"))
		return postgresql_open(url, use, e);
	err_set(e, ERR_INVALID, "a database is sqlite:/path/file.db or postgresql://…");
	return NULL;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	notes_cut(&db->notes, 0);
	mem_free(db->notes.list);
	db->driver->close(db);
}

void db_closep(struct db **db)
{
	db_close(*db);
}

enum db_kind db_kind(const struct db *db)
{
	return db->driver->kind;
}

struct db_value db_i64(int64_t value)
{
	return (struct db_value){.type = DB_I64, .i64 = value};
}

struct db_value db_bool(bool value)
{
	return db_i64(value ? 1 : 0);
}

struct db_value db_text(const char *text)
{
	return (struct db_value){.type = DB_TEXT, .bytes = text, .n = text ? strlen(text) : 0};
}

struct db_value db_blob(const void *bytes, size_t n)
{
	return (struct db_value){.type = DB_BLOB, .bytes = bytes, .n = n};
}

/* Whether a statement may run now. */
static bool usable(const struct db *db, struct err *e)
{
	switch (db->transaction) {
	case TRANSACTION_NONE:
	case TRANSACTION_OPEN:
		return true;
	case TRANSACTION_FAILED:
	case TRANSACTION_LOST:
		break;
	}
	*e = db->failure;
	return err_add(e, "the transaction has failed already");
}

/* What is written can be cut off before each of its statements. */
static void at_statement(const struct db *db)
{
	if (db->use == DB_WRITE)
		failpoint("statement");
}

/* SQLite would take any bytes for text. */
static bool params_valid(const struct db_params *params, struct err *e)
{
	size_t i;

	for (i = 0; i < params->count; i++) {
		const struct db_value *v = &params->values[i];

		if (v->type == DB_TEXT && v->bytes && !text_utf8_valid(v->bytes, v->n))
			return err_set(e, ERR_INTERNAL, "parameter $%zu is not UTF-8", i + 1);
	}
	return true;
}

static bool failed(struct db *db, const struct err *e)
{
	if (db->transaction == TRANSACTION_NONE)
		return false;
	if (db->transaction == TRANSACTION_OPEN) {
		db->failure = *e;
		db->transaction = TRANSACTION_FAILED;
	}
	if (db->driver->lost(db))
		db->transaction = TRANSACTION_LOST;
	return false;
}

bool db_exec(struct db *db, const char *sql, const struct db_params *params, int64_t *changed,
	     struct err *e)
{
	int64_t n = 0;

	at_statement(db);
	if (!usable(db, e))
		return false;
	if (!params_valid(params, e) || !db->driver->exec(db, sql, params, &n, e))
		return failed(db, e);
	if (changed)
		*changed = n;
	return true;
}

bool db_script(struct db *db, const char *sql, struct err *e)
{
	if (!usable(db, e))
		return false;
	return db->driver->script(db, sql, e) || failed(db, e);
}

bool db_query(struct db *db, struct db_rows *rows, const char *sql, const struct db_params *params,
	      struct err *e)
{
	db_rows_done(rows);
	at_statement(db);
	if (!usable(db, e))
		return false;
	rows->db = db;
	if (params_valid(params, e) && db->driver->query(rows, sql, params, e))
		return true;
	*rows = (struct db_rows){0};
	return failed(db, e);
}

bool db_next(struct db_rows *rows)
{
	if (!rows->statement || rows->row == ROWS_END)
		return false;
	if (rows->db->driver->next(rows)) {
		rows->row++;
		return true;
	}
	rows->row = ROWS_END;
	if (rows->failure.code != ERR_NONE)
		(void)failed(rows->db, &rows->failure);
	return false;
}

bool db_rows_ok(const struct db_rows *rows, struct err *e)
{
	if (rows->failure.code == ERR_NONE)
		return true;
	*e = rows->failure;
	return false;
}

void db_rows_done(struct db_rows *rows)
{
	if (rows->statement)
		rows->db->driver->done(rows);
	*rows = (struct db_rows){0};
}

static const struct db_driver *at_row(const struct db_rows *rows)
{
	assert(rows->statement && rows->row > 0);
	return rows->db->driver;
}

bool db_is_null(const struct db_rows *rows, int column)
{
	return at_row(rows)->is_null(rows, column);
}

int64_t db_column_i64(const struct db_rows *rows, int column)
{
	return db_is_null(rows, column) ? 0 : at_row(rows)->i64(rows, column);
}

bool db_column_bool(const struct db_rows *rows, int column)
{
	return db_column_i64(rows, column) != 0;
}

char *db_column_text(const struct db_rows *rows, int column, struct arena *a)
{
	const char *text;
	size_t n = 0;

	if (db_is_null(rows, column))
		return NULL;
	text = at_row(rows)->text(rows, column, &n);
	return arena_dup_n(a, text, n);
}

void *db_column_blob(const struct db_rows *rows, int column, struct arena *a, size_t *n)
{
	*n = 0;
	return db_is_null(rows, column) ? NULL : at_row(rows)->blob(rows, column, a, n);
}

bool db_one(struct db *db, struct db_rows *rows, const char *sql, const struct db_params *params,
	    const char *missing, struct err *e)
{
	if (!db_query(db, rows, sql, params, e))
		return false;
	if (db_next(rows))
		return true;
	if (db_rows_ok(rows, e))
		err_set(e, ERR_NOT_FOUND, "%s", missing);
	db_rows_done(rows);
	return false;
}

bool db_begin(struct db *db, struct err *e)
{
	assert(!db->in_unit);
	if (db->transaction != TRANSACTION_NONE)
		return err_set(e, ERR_INTERNAL, "a transaction is open already");
	db->again = false;
	notes_cut(&db->notes, 0);
	if (!db->driver->begun(db, e))
		return false;
	db->transaction = TRANSACTION_OPEN;
	return true;
}

bool db_commit(struct db *db, struct err *e)
{
	assert(!db->in_unit);
	if (db->transaction == TRANSACTION_NONE)
		return err_set(e, ERR_INTERNAL, "no transaction is open");
	if (!usable(db, e) || !db->driver->commit(db, e)) {
		(void)failed(db, e);
		db_rollback(db);
		return false;
	}
	db->transaction = TRANSACTION_NONE;
	return true;
}

void db_rollback(struct db *db)
{
	assert(!db->in_unit);
	db->driver->rollback(db);
	notes_cut(&db->notes, 0);
	db->transaction = TRANSACTION_NONE;
}

void db_note(struct db *db, const char *topic, const char *text)
{
	struct notes *notes = &db->notes;

	if (notes->count == notes->room) {
		notes->room = notes->room ? 2 * notes->room : 16;
		notes->list = mem_grow(notes->list, notes->room, sizeof(struct note));
	}
	notes->list[notes->count++] = (struct note){topic, mem_dup(text)};
}

void notes_cut(struct notes *notes, size_t count)
{
	while (notes->count > count)
		mem_free(notes->list[--notes->count].text);
}

/* A savepoint that cannot be set, released or rolled back to leaves nothing to go on with. */
static bool savepoint(struct db *db, const char *sql, struct err *e)
{
	if (db->driver->exec(db, sql, DB_NONE, &(int64_t){0}, e))
		return true;
	(void)failed(db, e);
	db->transaction = TRANSACTION_LOST;
	return false;
}

bool db_unit_begin(struct db *db, struct err *e)
{
	if (!savepoint(db, "SAVEPOINT unit", e))
		return false;
	db->in_unit = true;
	return true;
}

bool db_unit_keep(struct db *db, struct err *e)
{
	db->in_unit = false;
	if (db->transaction == TRANSACTION_OPEN)
		return savepoint(db, "RELEASE SAVEPOINT unit", e);
	*e = db->failure;
	return false;
}

bool db_unit_undo(struct db *db, struct err *e)
{
	db->in_unit = false;
	if (db->transaction == TRANSACTION_LOST) {
		*e = db->failure;
		return false;
	}
	if (!savepoint(db, "ROLLBACK TO SAVEPOINT unit", e) ||
	    !savepoint(db, "RELEASE SAVEPOINT unit", e))
		return false;
	db->transaction = TRANSACTION_OPEN;
	return true;
}
