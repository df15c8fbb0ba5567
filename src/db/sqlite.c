#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"
#include "db/checkpoint.h"
#include "db/driver.h"

#define BUSY_TIMEOUT_MS 5000
#define BUSY_STEP_MS 5

struct sqlite {
	struct db db; /* first */
	sqlite3 *handle;
	struct checkpoint *checkpoint; /* of a writer of a file, else NULL */
};

struct prepared {
	sqlite3_stmt *stmt;
	size_t count;
	int index[DB_MAX_PARAMS]; /* of $1, $2, … : SQLite numbers them as it meets them */
};

static struct sqlite *sqlite_of(struct db *db)
{
	return (struct sqlite *)db;
}

static sqlite3_stmt *stmt_of(const struct db_rows *rows)
{
	const struct statement *s = rows->statement;

	return ((struct prepared *)s->handle)->stmt;
}

/* The first that matches, whole or by its primary code. */
static const struct {
	int code;
	enum err_code means;
} classes[] = {
    {SQLITE_CONSTRAINT_NOTNULL, ERR_INTERNAL},
    {SQLITE_CONSTRAINT_DATATYPE, ERR_INTERNAL},
    {SQLITE_CONSTRAINT, ERR_CONFLICT},
    {SQLITE_IOERR_CORRUPTFS, ERR_IO},
    {SQLITE_IOERR_DATA, ERR_IO},
    {SQLITE_CORRUPT, ERR_IO},
    {SQLITE_NOTADB, ERR_IO},
    {SQLITE_BUSY, ERR_UNAVAILABLE},
    {SQLITE_LOCKED, ERR_UNAVAILABLE},
    {SQLITE_FULL, ERR_UNAVAILABLE},
    {SQLITE_READONLY, ERR_UNAVAILABLE},
    {SQLITE_IOERR, ERR_UNAVAILABLE},
    {SQLITE_CANTOPEN, ERR_UNAVAILABLE},
    {SQLITE_PERM, ERR_UNAVAILABLE},
    {SQLITE_NOMEM, ERR_UNAVAILABLE},
    {SQLITE_INTERRUPT, ERR_UNAVAILABLE},
    {SQLITE_ABORT, ERR_UNAVAILABLE},
    {SQLITE_PROTOCOL, ERR_UNAVAILABLE},
    {SQLITE_SCHEMA, ERR_UNAVAILABLE},
};

static enum err_code class_of(const struct sqlite *s, int code)
{
	size_t i;

	if ((code & 0xff) == SQLITE_READONLY && s->db.use == DB_READ)
		return ERR_INTERNAL;
	for (i = 0; i < ARRAY_SIZE(classes); i++)
		if (classes[i].code == code || classes[i].code == (code & 0xff))
			return classes[i].means;
	return ERR_INTERNAL;
}

/* SQLite's messages name tables, columns and SQL, never values. */
static bool fail(const struct sqlite *s, struct err *e)
{
	int code = sqlite3_extended_errcode(s->handle);

	return err_set(e, class_of(s, code), "SQLite: %s (%d)", sqlite3_errmsg(s->handle), code);
}

static void release(void *handle)
{
	struct prepared *p = handle;

	(void)sqlite3_finalize(p->stmt);
	mem_free(p);
}

static bool nothing_follows(struct sqlite *s, const char *tail, struct err *e)
{
	sqlite3_stmt *more = NULL;
	int rc;

	while (*tail == ';' || *tail == ' ' || *tail == '\n')
		tail++;
	if (!*tail)
		return true;
	rc = sqlite3_prepare_v2(s->handle, tail, -1, &more, NULL);
	if (rc == SQLITE_OK && !more)
		return true;
	(void)sqlite3_finalize(more);
	return err_set(e, ERR_INTERNAL, "more than one statement");
}

static bool find_params(struct prepared *p, struct err *e)
{
	char name[16];
	int n = sqlite3_bind_parameter_count(p->stmt);
	int i;

	if (n > DB_MAX_PARAMS)
		return err_set(e, ERR_INTERNAL, "more than %d parameters", DB_MAX_PARAMS);
	for (i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "$%d", i + 1);
		p->index[i] = sqlite3_bind_parameter_index(p->stmt, name);
		if (!p->index[i])
			return err_set(e, ERR_INTERNAL, "%d parameters, but no %s", n, name);
	}
	p->count = (size_t)n;
	return true;
}

static bool prepare_checked(struct sqlite *s, const char *sql, struct prepared *p, struct err *e)
{
	const char *tail = "";

	if (sqlite3_prepare_v3(s->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &p->stmt, &tail) !=
	    SQLITE_OK)
		return fail(s, e);
	if (!p->stmt)
		return err_set(e, ERR_INTERNAL, "no statement");
	return nothing_follows(s, tail, e) && find_params(p, e);
}

static struct statement *prepare(struct sqlite *s, const char *sql, struct err *e)
{
	struct statement *statement;
	struct prepared *p = mem_new(struct prepared);

	if (!prepare_checked(s, sql, p, e)) {
		release(p);
		return NULL;
	}
	statement = statements_add(&s->db.statements, sql, 0);
	if (!statement) {
		release(p);
		err_set(e, ERR_INTERNAL, "too many statements: SQL must be literals");
		return NULL;
	}
	statement->handle = p;
	return statement;
}

static int bind_one(sqlite3_stmt *stmt, int index, const struct db_value *v)
{
	switch (v->type) {
	case DB_NULL:
		return sqlite3_bind_null(stmt, index);
	case DB_I64:
		return sqlite3_bind_int64(stmt, index, v->i64);
	case DB_TEXT:
		return sqlite3_bind_text64(stmt, index, v->bytes, v->n, SQLITE_STATIC, SQLITE_UTF8);
	case DB_BLOB:
		return sqlite3_bind_blob64(stmt, index, v->bytes, v->n, SQLITE_STATIC);
	}
	return SQLITE_MISUSE;
}

static bool bind(struct sqlite *s, const struct prepared *p, const struct db_params *params,
		 struct err *e)
{
	size_t i;

	if (params->count != p->count)
		return err_set(e, ERR_INTERNAL, "%zu parameters given, %zu wanted", params->count,
			       p->count);
	for (i = 0; i < params->count; i++)
		if (bind_one(p->stmt, p->index[i], &params->values[i]) != SQLITE_OK)
			return fail(s, e);
	return true;
}

static void give_back(struct statement *statement)
{
	struct prepared *p = statement->handle;

	(void)sqlite3_reset(p->stmt);
	(void)sqlite3_clear_bindings(p->stmt);
	statement->busy = false;
}

/* A prepared and bound statement, marked busy. */
static struct statement *take(struct sqlite *s, const char *sql, const struct db_params *params,
			      struct err *e)
{
	struct statement *statement = statements_find(&s->db.statements, sql, 0);

	if (!statement)
		statement = prepare(s, sql, e);
	if (!statement)
		return NULL;
	statement->busy = true;
	if (bind(s, statement->handle, params, e))
		return statement;
	give_back(statement);
	return NULL;
}

static bool sqlite_exec(struct db *db, const char *sql, const struct db_params *params,
			int64_t *changed, struct err *e)
{
	struct sqlite *s = sqlite_of(db);
	struct statement *statement = take(s, sql, params, e);
	int64_t before = sqlite3_total_changes64(s->handle);
	struct prepared *p;
	bool ok;
	int rc;

	if (!statement)
		return false;
	p = statement->handle;
	do
		rc = sqlite3_step(p->stmt);
	while (rc == SQLITE_ROW);
	ok = rc == SQLITE_DONE || fail(s, e);
	/* sqlite3_changes64 keeps the last count when nothing was changed. */
	*changed = sqlite3_total_changes64(s->handle) == before ? 0 : sqlite3_changes64(s->handle);
	give_back(statement);
	return ok;
}

static bool run(struct sqlite *s, const char *sql, struct err *e)
{
	return sqlite3_exec(s->handle, sql, NULL, NULL, NULL) == SQLITE_OK || fail(s, e);
}

static bool sqlite_script(struct db *db, const char *sql, struct err *e)
{
	return run(sqlite_of(db), sql, e);
}

static bool sqlite_lost(struct db *db)
{
	return sqlite3_get_autocommit(sqlite_of(db)->handle) != 0;
}

static bool sqlite_begun(struct db *db, struct err *e)
{
	return db->driver->exec(db, db->driver->begin[db->use], DB_NONE, &(int64_t){0}, e);
}

/* After a failed write or fsync the commit record may be in the log all the same, where a crash
 * before the next commit would find it. */
static bool sqlite_commit(struct db *db, struct err *e)
{
	struct sqlite *s = sqlite_of(db);

	if (db->driver->exec(db, "COMMIT", DB_NONE, &(int64_t){0}, e))
		return true;
	if ((sqlite3_errcode(s->handle) & 0xff) == SQLITE_IOERR)
		e->code = ERR_TIMEOUT;
	return false;
}

static void sqlite_rollback(struct db *db)
{
	struct err ignored;

	if (!sqlite_lost(db))
		(void)run(sqlite_of(db), "ROLLBACK", &ignored);
}

/* Outside a transaction SQLite commits such a statement only when it is reset, where an error
 * would be lost. */
static bool commits_at_reset(const struct db *db, const struct statement *statement)
{
	const struct prepared *p = statement->handle;

	return db->transaction == TRANSACTION_NONE && !sqlite3_stmt_readonly(p->stmt);
}

static bool sqlite_query(struct db_rows *rows, const char *sql, const struct db_params *params,
			 struct err *e)
{
	struct statement *statement = take(sqlite_of(rows->db), sql, params, e);

	if (!statement)
		return false;
	if (commits_at_reset(rows->db, statement)) {
		give_back(statement);
		return err_set(e, ERR_INTERNAL,
			       "a statement that writes and gives rows needs a transaction");
	}
	rows->statement = statement;
	return true;
}

static bool sqlite_next(struct db_rows *rows)
{
	int rc = sqlite3_step(stmt_of(rows));

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		(void)fail(sqlite_of(rows->db), &rows->failure);
	return rc == SQLITE_ROW;
}

static void sqlite_done(struct db_rows *rows)
{
	give_back(rows->statement);
}

static bool sqlite_is_null(const struct db_rows *rows, int column)
{
	assert(column >= 0 && column < sqlite3_column_count(stmt_of(rows)));
	return sqlite3_column_type(stmt_of(rows), column) == SQLITE_NULL;
}

static int64_t sqlite_i64(const struct db_rows *rows, int column)
{
	assert(sqlite3_column_type(stmt_of(rows), column) == SQLITE_INTEGER);
	return sqlite3_column_int64(stmt_of(rows), column);
}

static const char *sqlite_text(const struct db_rows *rows, int column, size_t *n)
{
	const unsigned char *text = sqlite3_column_text(stmt_of(rows), column);

	*n = (size_t)sqlite3_column_bytes(stmt_of(rows), column);
	return (const char *)text;
}

static void *sqlite_blob(const struct db_rows *rows, int column, struct arena *a, size_t *n)
{
	const void *bytes = sqlite3_column_blob(stmt_of(rows), column);

	*n = (size_t)sqlite3_column_bytes(stmt_of(rows), column);
	return arena_dup_n(a, bytes, *n);
}

static void sqlite_close(struct db *db)
{
	struct sqlite *s = sqlite_of(db);

	statements_done(&db->statements, release);
	checkpoint_free(s->checkpoint);
	(void)sqlite3_close(s->handle);
	mem_free(s);
}

static const struct db_driver driver = {
    .kind = DB_SQLITE,
    .begin = {[DB_READ] = "BEGIN", [DB_WRITE] = "BEGIN IMMEDIATE"},
    .close = sqlite_close,
    .lost = sqlite_lost,
    .exec = sqlite_exec,
    .script = sqlite_script,
    .begun = sqlite_begun,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .query = sqlite_query,
    .next = sqlite_next,
    .done = sqlite_done,
    .is_null = sqlite_is_null,
    .i64 = sqlite_i64,
    .text = sqlite_text,
    .blob = sqlite_blob,
};

static int keep_first(void *out, int columns, char **values, char **names)
{
	(void)names;
	if (columns > 0 && values[0])
		(void)snprintf(out, 16, "%s", values[0]);
	return 0;
}

/* While another connection does the same, SQLite answers busy at once instead of waiting. */
static int use_log(struct sqlite *s, char mode[16])
{
	int code = SQLITE_BUSY;

	for (int slept = 0; code == SQLITE_BUSY && slept < BUSY_TIMEOUT_MS; slept += BUSY_STEP_MS) {
		if (slept > 0)
			(void)sqlite3_sleep(BUSY_STEP_MS);
		code = sqlite3_exec(s->handle, "PRAGMA journal_mode = WAL", keep_first, mode, NULL);
	}
	return code;
}

/* The same as PostgreSQL where SQLite lets us choose: "x" is a name, never a text. */
static bool set_up(struct sqlite *s, bool in_memory, struct err *e)
{
	char mode[16] = "";

	(void)sqlite3_busy_timeout(s->handle, BUSY_TIMEOUT_MS);
	(void)sqlite3_db_config(s->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)sqlite3_db_config(s->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	(void)sqlite3_db_config(s->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (!run(s, "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON", e))
		return false;
	if (s->db.use == DB_READ)
		return run(s, "PRAGMA query_only = ON; SELECT 1 FROM sqlite_schema", e);
	if (use_log(s, mode) != SQLITE_OK)
		return fail(s, e);
	if (!in_memory && strcmp(mode, "wal") != 0)
		return err_set(e, ERR_IO, "this file system cannot hold SQLite's write-ahead log");
	if (!in_memory)
		s->checkpoint = checkpoint_new(s->handle);
	return run(s, "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864", e);
}

/* For the owner only; the log and the shared memory take the file's mode. An existing file is not
 * opened here, because closing it would drop this process's locks on it. */
static void create_private(const char *path)
{
	AUTO(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	(void)fd;
}

struct db *sqlite_open(const char *path, enum db_use use, struct err *e)
{
	struct sqlite *s = mem_new(struct sqlite);
	bool in_memory = text_equal(path, ":memory:");

	s->db.driver = &driver;
	s->db.use = use;
	if (use == DB_WRITE && !in_memory)
		create_private(path);
	if (sqlite3_open_v2(path, &s->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
	    SQLITE_OK) {
		if (set_up(s, in_memory, e))
			return &s->db;
	} else {
		err_set(e, ERR_IO, "the database file cannot be opened: %s",
			strerror(sqlite3_system_errno(s->handle)));
	}
	sqlite_close(&s->db);
	return NULL;
}
