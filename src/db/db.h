/*
 * SQLite and PostgreSQL behind one set of about ten functions. A connection belongs to one thread.
 * SQL is written once for both: TEXT, BIGINT, BLOB (a domain over bytea on PostgreSQL), $1
 * parameters, ON CONFLICT … RETURNING. Statements are literals: they are prepared once a connection
 * and kept by address.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

struct db;

enum db_kind { DB_SQLITE, DB_POSTGRESQL };
enum db_use { DB_READ, DB_WRITE }; /* DB_READ refuses to write */

/* url: "sqlite:/path/file.db", "sqlite::memory:" (one connection only) or "postgresql://…" as libpq
 * reads it. The text may hold a password: neither it nor a bound value is ever part of an error.
 * SQLite: WAL, synchronous=FULL, foreign_keys, busy_timeout 5 s; DB_WRITE makes the file (0600).
 * PostgreSQL: UTF8, statements end after 30 s, waits for locks after 5 s; DB_WRITE makes the domain
 * blob in the first schema of the search path; a connection that was lost is opened again at the
 * next use. Failure: ERR_INVALID the URL, ERR_IO the file cannot be opened or is no database,
 * ERR_UNAVAILABLE. */
[[nodiscard]] struct db *db_open(const char *url, enum db_use use, struct err *e);
void db_close(struct db *db); /* accepts NULL */
void db_closep(struct db **db);
enum db_kind db_kind(const struct db *db);

/* Parameters, borrowed until the call returns (db_exec) or the rows are done (db_query). */
enum db_type { DB_NULL, DB_I64, DB_TEXT, DB_BLOB };

struct db_value {
	enum db_type type;
	int64_t i64;
	const void *bytes;
	size_t n;
};

struct db_value db_i64(int64_t value);
struct db_value db_bool(bool value);                  /* BIGINT 0 or 1 */
struct db_value db_text(const char *text);            /* UTF-8; NULL binds NULL */
struct db_value db_blob(const void *bytes, size_t n); /* NULL binds NULL */

#define DB_MAX_PARAMS 32
struct db_params {
	size_t count;
	struct db_value values[DB_MAX_PARAMS];
};

/* db_exec(db, "UPDATE … WHERE id = $1", DB_PARAMS(db_text(id)), &changed, e) */
#define DB_PARAMS(...)              \
	(&(const struct db_params){ \
	    sizeof((struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value), {__VA_ARGS__}})
#define DB_NONE (&(const struct db_params){0})

/*
 * Errors: ERR_CONFLICT a unique, check or foreign key constraint; ERR_UNAVAILABLE busy, locked,
 * full, read-only, connection lost, serialisation failure: nothing of the transaction holds and
 * trying again later is right; ERR_INTERNAL wrong SQL or type, a missing value (NOT NULL), a second
 * statement, a write on a DB_READ connection; ERR_IO a damaged file; ERR_TIMEOUT a connection lost
 * outside a transaction: unknown whether the statement holds.
 *
 * Inside a transaction an error ends it, on both: whatever follows is refused with that error until
 * the rollback. What may exist already is inserted with ON CONFLICT, not tried.
 */
[[nodiscard]] bool db_exec(struct db *db, const char *sql, const struct db_params *params,
			   int64_t *changed, struct err *e); /* changed may be NULL */

/* Several statements without parameters or results, as migrations have, without a limit of time.
 * All or nothing only inside a transaction. */
[[nodiscard]] bool db_script(struct db *db, const char *sql, struct err *e);

/* AUTO(db_rows_done) struct db_rows rows = {0}; after db_query, while (db_next(&rows)) …; then
 * db_rows_ok says whether it was the end or an error. rows can be queried again. Nesting is
 * allowed, of the same statement too. A statement that writes and gives rows (RETURNING) must be
 * inside a transaction, and its rows done before the commit; otherwise SQLite refuses. */
struct db_rows {
	struct db *db;
	void *statement;
	int row; /* how many were given */
	struct err failure;
};

[[nodiscard]] bool db_query(struct db *db, struct db_rows *rows, const char *sql,
			    const struct db_params *params, struct err *e);
[[nodiscard]] bool db_next(struct db_rows *rows);
[[nodiscard]] bool db_rows_ok(const struct db_rows *rows, struct err *e);
void db_rows_done(struct db_rows *rows);

/* Columns of the present row, from 0. Texts and blobs are copied into the arena. The truth of a
 * comparison is 0 or 1 on both. */
bool db_is_null(const struct db_rows *rows, int column);
int64_t db_column_i64(const struct db_rows *rows, int column); /* NULL gives 0 */
bool db_column_bool(const struct db_rows *rows, int column);
char *db_column_text(const struct db_rows *rows, int column, struct arena *a); /* NULL gives NULL */
void *db_column_blob(const struct db_rows *rows, int column, struct arena *a, size_t *n);

/* Exactly one row wanted: ERR_NOT_FOUND with the given sentence when there is none. rows stands on
 * it. */
[[nodiscard]] bool db_one(struct db *db, struct db_rows *rows, const char *sql,
			  const struct db_params *params, const char *missing, struct err *e);

/* Transactions of a connection of one's own (migrations, offline commands). Units run by the
 * committer are inside one already and must not call these. On SQLite DB_WRITE takes the writer's
 * lock at once; on PostgreSQL it has the database's default isolation, so that changes of state
 * must compare and set. DB_READ sees one snapshot. After db_commit no transaction is open, whatever
 * it returns; ERR_TIMEOUT means that it is unknown whether it holds. */
[[nodiscard]] bool db_begin(struct db *db, struct err *e);
[[nodiscard]] bool db_commit(struct db *db, struct err *e);
void db_rollback(struct db *db);

/*
 * In a unit: a note for the rest of the program, delivered once the transaction has been committed
 * and dropped when it is rolled back (see committer.h). Elsewhere nobody gets it. topic is a
 * literal.
 */
void db_note(struct db *db, const char *topic, const char *text);
