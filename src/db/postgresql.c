#include <assert.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "db/driver.h"

/* pg_type.oid of the types that db.h knows, and of what a comparison gives. */
#define OID_BOOL 16
#define OID_BYTEA 17
#define OID_INT8 20
#define OID_TEXT 25

#define RETRY_MS 500 /* after a failed connection, so that callers do not wait for each other */
#define STATEMENT_TIMEOUT "30s"

struct postgresql {
	struct db db; /* first */
	PGconn *conn;
	char *url;
	bool broken; /* to be opened again */
	bool again;  /* the last error was of that kind */
	int64_t retry_ms;
};

static struct postgresql *postgresql_of(struct db *db)
{
	return (struct postgresql *)db;
}

/* By SQLSTATE, the first that matches from the left (PostgreSQL, appendix A). */
static const struct {
	const char *state;
	enum err_code means;
} classes[] = {
    {"23502", ERR_INTERNAL}, /* not null */
    {"23", ERR_CONFLICT},
    {"P0001", ERR_CONFLICT},    /* raised by a trigger, as SQLite's RAISE(ABORT) */
    {"08P01", ERR_INTERNAL},    /* parameters missing */
    {"08", ERR_UNAVAILABLE},    /* connection */
    {"25006", ERR_UNAVAILABLE}, /* read-only */
    {"40", ERR_UNAVAILABLE},    /* serialisation failure, deadlock */
    {"53", ERR_UNAVAILABLE},    /* disk, memory, connections */
    {"55", ERR_UNAVAILABLE},    /* locked */
    {"57", ERR_UNAVAILABLE},    /* cancelled, shut down */
    {"58", ERR_UNAVAILABLE},    /* its operating system */
    {"XX001", ERR_IO},          /* damaged data */
    {"XX002", ERR_IO},          /* damaged index */
};

static enum err_code class_of(const struct postgresql *pg, const char *state)
{
	size_t i;

	if (pg->db.use == DB_READ && text_equal(state, "25006"))
		return ERR_INTERNAL;
	for (i = 0; i < ARRAY_SIZE(classes); i++)
		if (text_starts(state, classes[i].state))
			return classes[i].means;
	return ERR_INTERNAL;
}

static void cut_line(char *text)
{
	text[strcspn(text, "\r\n")] = '\0';
}

/* Puts … for what stands in quotes: names out of the URL, or values. */
static void redact(const char *from, char *out, size_t size)
{
	bool quoted = false;
	size_t n = 0;

	for (; *from && *from != '\n' && n + sizeof("…\"") < size; from++) {
		if (*from == '"') {
			if (!quoted) {
				memcpy(out + n, "\"…", strlen("\"…"));
				n += strlen("\"…");
			} else {
				out[n++] = '"';
			}
			quoted = !quoted;
		} else if (!quoted) {
			out[n++] = *from;
		}
	}
	out[n] = '\0';
}

static bool lost_connection(struct postgresql *pg, struct err *e)
{
	bool unknown = pg->db.transaction == TRANSACTION_NONE && pg->db.use == DB_WRITE;

	pg->broken = true;
	pg->again = true;
	return err_set(e, unknown ? ERR_TIMEOUT : ERR_UNAVAILABLE,
		       "the connection to PostgreSQL was lost");
}

/* The server's sentence holds values only for data exceptions (class 22); constraint violations
 * have theirs in the detail, which is not taken. */
static void describe(const PGresult *r, const char *state, struct err *e)
{
	const char *constraint = PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME);
	const char *primary = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	enum err_code code = e->code;

	if (constraint)
		err_set(e, code, "PostgreSQL: constraint %s (%s)", constraint, state);
	else if (primary && !text_starts(state, "22"))
		err_set(e, code, "PostgreSQL: %s (%s)", primary, state);
	else
		err_set(e, code, "PostgreSQL: SQLSTATE %s", state);
	cut_line(e->text);
}

static bool fail(struct postgresql *pg, const PGresult *r, struct err *e)
{
	const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;

	pg->again = false;
	if (PQstatus(pg->conn) != CONNECTION_OK)
		return lost_connection(pg, e);
	if (!state)
		return err_set(e, ERR_INTERNAL, "PostgreSQL: not a statement");
	pg->again = text_equal(state, "40001") || text_equal(state, "40P01");
	e->code = class_of(pg, state);
	describe(r, state, e);
	/* The prepared statement is gone, or the tables have changed under it: start afresh. */
	if (text_equal(state, "26000") || text_equal(state, "0A000")) {
		pg->broken = true;
		pg->again = true;
		e->code = ERR_UNAVAILABLE;
	}
	return false;
}

static void clear_result(PGresult **r)
{
	PQclear(*r);
}

static bool succeeded(const PGresult *r)
{
	ExecStatusType status = PQresultStatus(r);

	return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/* Without parameters, in the simple protocol. */
static bool run(struct postgresql *pg, const char *sql, struct err *e)
{
	AUTO(clear_result) PGresult *r = PQexec(pg->conn, sql);

	return succeeded(r) || fail(pg, r, e);
}

static void ignore_notice(void *context, const PGresult *r)
{
	(void)context;
	(void)r;
}

/* libpq's sentence names the host first and says why after the last "failed: ". */
static bool cannot_connect(struct postgresql *pg, struct err *e)
{
	const char *text = PQerrorMessage(pg->conn);
	const char *why = strstr(text, "failed: ");
	char clean[256];

	redact(why ? why + strlen("failed: ") : text, clean, sizeof(clean));
	pg->retry_ms = clock_mono_ms() + RETRY_MS;
	pg->broken = true;
	return err_set(e, ERR_UNAVAILABLE, "PostgreSQL cannot be reached: %s", clean);
}

/* Durable whatever the database's default is; bounded waits as on SQLite. */
static const char session[] = "SET statement_timeout = '" STATEMENT_TIMEOUT "';"
			      "SET lock_timeout = '5s';"
			      "SET idle_in_transaction_session_timeout = '60s';"
			      "SET bytea_output = 'hex';"
			      "SET standard_conforming_strings = on;"
			      "SELECT set_config('synchronous_commit', 'on', false)"
			      " WHERE current_setting('synchronous_commit') = 'off'";

/* Two servers may start at once. */
static const char blob_domain[] =
    "DO $do$ BEGIN"
    " IF to_regtype('blob') IS NULL THEN CREATE DOMAIN blob AS bytea; END IF;"
    " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;"
    " END $do$";

static bool set_up(struct postgresql *pg, struct err *e)
{
	const char *encoding = PQparameterStatus(pg->conn, "server_encoding");

	if (!text_equal(encoding, "UTF8"))
		return err_set(e, ERR_INVALID, "the PostgreSQL database's encoding must be UTF8");
	if (!run(pg, session, e))
		return false;
	return run(
	    pg, pg->db.use == DB_READ ? "SET default_transaction_read_only = on" : blob_domain, e);
}

/* What the URL says comes last and so wins over our defaults. */
static PGconn *connect(const char *url)
{
	static const char *const keys[] = {"fallback_application_name",
					   "connect_timeout",
					   "keepalives_idle",
					   "keepalives_interval",
					   "keepalives_count",
					   "tcp_user_timeout",
					   "dbname",
					   "client_encoding",
					   NULL};
	const char *const values[] = {"holdfast", "5", "15", "5", "3", "30000", url, "UTF8", NULL};

	return PQconnectdbParams(keys, values, 1);
}

static bool reopen(struct postgresql *pg, struct err *e)
{
	if (clock_mono_ms() < pg->retry_ms)
		return err_set(e, ERR_UNAVAILABLE, "PostgreSQL cannot be reached");
	statements_done(&pg->db.statements, NULL);
	PQfinish(pg->conn);
	pg->broken = false;
	pg->conn = connect(pg->url);
	if (PQstatus(pg->conn) != CONNECTION_OK)
		return cannot_connect(pg, e);
	(void)PQsetNoticeReceiver(pg->conn, ignore_notice, NULL);
	if (set_up(pg, e))
		return true;
	pg->broken = true;
	if (e->code == ERR_TIMEOUT)
		e->code = ERR_UNAVAILABLE;
	return false;
}

/* Inside a transaction a broken connection stays so until the rollback. */
static bool ready(struct postgresql *pg, struct err *e)
{
	if (!pg->broken && PQstatus(pg->conn) == CONNECTION_OK)
		return true;
	if (pg->db.transaction != TRANSACTION_NONE)
		return lost_connection(pg, e);
	return reopen(pg, e);
}

static uint64_t types_of(const struct db_params *params)
{
	uint64_t types = 0;
	size_t i;

	for (i = 0; i < params->count; i++)
		types |= (uint64_t)params->values[i].type << (2 * i);
	return types;
}

/* An untyped NULL is for the server to infer. */
static const Oid oids[] = {
    [DB_NULL] = 0, [DB_I64] = OID_INT8, [DB_TEXT] = OID_TEXT, [DB_BLOB] = OID_BYTEA};

#define NAME_SIZE 16

static void name_of(const struct statement *s, char out[static NAME_SIZE])
{
	(void)snprintf(out, NAME_SIZE, "h%u", s->number);
}

static struct statement *prepare(struct postgresql *pg, const char *sql,
				 const struct db_params *params, struct err *e)
{
	struct statement *s = statements_add(&pg->db.statements, sql, types_of(params));
	AUTO(clear_result) PGresult *r = NULL;
	Oid types[DB_MAX_PARAMS] = {0};
	char name[NAME_SIZE];
	size_t i;

	if (!s) {
		err_set(e, ERR_INTERNAL, "too many statements: SQL must be literals");
		return NULL;
	}
	s->busy = true; /* not to be found unless it turns out well */
	for (i = 0; i < params->count; i++)
		types[i] = oids[params->values[i].type];
	name_of(s, name);
	r = PQprepare(pg->conn, name, sql, (int)params->count, types);
	if (PQresultStatus(r) == PGRES_COMMAND_OK) {
		s->busy = false;
		return s;
	}
	(void)fail(pg, r, e);
	return NULL;
}

static PGresult *execute(struct postgresql *pg, const struct statement *s,
			 const struct db_params *params)
{
	const char *values[DB_MAX_PARAMS];
	char digits[DB_MAX_PARAMS][24];
	int lengths[DB_MAX_PARAMS];
	int formats[DB_MAX_PARAMS];
	char name[NAME_SIZE];
	size_t i;

	for (i = 0; i < params->count; i++) {
		const struct db_value *v = &params->values[i];

		values[i] = v->type == DB_NULL ? NULL : v->bytes;
		lengths[i] = (int)v->n;
		formats[i] = v->type == DB_BLOB;
		if (v->type == DB_I64) {
			(void)snprintf(digits[i], sizeof(digits[i]), "%lld", (long long)v->i64);
			values[i] = digits[i];
		}
	}
	name_of(s, name);
	return PQexecPrepared(pg->conn, name, (int)params->count, values, lengths, formats, 0);
}

static PGresult *result_of(struct postgresql *pg, const char *sql, const struct db_params *params,
			   struct err *e)
{
	AUTO(clear_result) PGresult *r = NULL;
	struct statement *s;

	if (!ready(pg, e))
		return NULL;
	s = statements_find(&pg->db.statements, sql, types_of(params));
	if (!s)
		s = prepare(pg, sql, params, e);
	if (!s)
		return NULL;
	r = execute(pg, s, params);
	if (succeeded(r))
		return TAKE(r);
	(void)fail(pg, r, e);
	return NULL;
}

static bool postgresql_exec(struct db *db, const char *sql, const struct db_params *params,
			    int64_t *changed, struct err *e)
{
	AUTO(clear_result) PGresult *r = result_of(postgresql_of(db), sql, params, e);

	if (!r)
		return false;
	if (text_starts(PQcmdStatus(r), "SELECT") ||
	    !text_i64(PQcmdTuples(r), 0, INT64_MAX, changed))
		*changed = 0;
	return true;
}

/* Migrations may take longer than a statement of the server should. */
static bool postgresql_script(struct db *db, const char *sql, struct err *e)
{
	static const char limited[] = "SET statement_timeout = '" STATEMENT_TIMEOUT "'";
	struct postgresql *pg = postgresql_of(db);
	struct err ignored;

	if (!ready(pg, e) || !run(pg, "SET statement_timeout = 0", e))
		return false;
	if (!run(pg, sql, e)) {
		/* Inside a transaction the rollback takes the setting back. */
		if (db->transaction == TRANSACTION_NONE)
			(void)run(pg, limited, &ignored);
		return false;
	}
	return run(pg, limited, e);
}

static bool postgresql_lost(struct db *db)
{
	struct postgresql *pg = postgresql_of(db);
	PGTransactionStatusType status = PQtransactionStatus(pg->conn);

	if (!pg->broken && !pg->again && (status == PQTRANS_INTRANS || status == PQTRANS_INERROR))
		return false;
	db->again = pg->again;
	return true;
}

/* Nothing has been done yet, so a connection that died while idle is opened again at once. */
static bool postgresql_begun(struct db *db, struct err *e)
{
	struct postgresql *pg = postgresql_of(db);
	const char *begin = db->driver->begin[db->use];

	pg->again = false;
	if (!ready(pg, e))
		return false;
	if (run(pg, begin, e))
		return true;
	if (pg->broken && reopen(pg, e) && run(pg, begin, e))
		return true;
	if (e->code == ERR_TIMEOUT)
		e->code = ERR_UNAVAILABLE;
	return false;
}

static bool postgresql_commit(struct db *db, struct err *e)
{
	struct postgresql *pg = postgresql_of(db);
	AUTO(clear_result) PGresult *r = NULL;
	const char *state;

	if (!ready(pg, e))
		return false;
	r = PQexec(pg->conn, "COMMIT");
	if (succeeded(r) && text_equal(PQcmdStatus(r), "COMMIT"))
		return true;
	if (succeeded(r))
		return err_set(e, ERR_INTERNAL, "PostgreSQL: the transaction had failed");
	state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
	(void)fail(pg, r, e);
	if (pg->broken || text_equal(state, "40003") || text_equal(state, "08007"))
		return err_set(e, ERR_TIMEOUT, "the answer of PostgreSQL's COMMIT was lost");
	return false;
}

static void postgresql_rollback(struct db *db)
{
	struct postgresql *pg = postgresql_of(db);
	struct err ignored;

	if (PQtransactionStatus(pg->conn) != PQTRANS_IDLE && !run(pg, "ROLLBACK", &ignored))
		pg->broken = true;
}

static PGresult *result(const struct db_rows *rows)
{
	return rows->statement;
}

static bool postgresql_query(struct db_rows *rows, const char *sql, const struct db_params *params,
			     struct err *e)
{
	rows->statement = result_of(postgresql_of(rows->db), sql, params, e);
	return rows->statement != NULL;
}

/* row counts the rows given so far. */
static bool postgresql_next(struct db_rows *rows)
{
	return rows->row < PQntuples(result(rows));
}

static void postgresql_done(struct db_rows *rows)
{
	PQclear(result(rows));
}

static bool postgresql_is_null(const struct db_rows *rows, int column)
{
	assert(column >= 0 && column < PQnfields(result(rows)));
	return PQgetisnull(result(rows), rows->row - 1, column) == 1;
}

static const char *postgresql_text(const struct db_rows *rows, int column, size_t *n)
{
	*n = (size_t)PQgetlength(result(rows), rows->row - 1, column);
	return PQgetvalue(result(rows), rows->row - 1, column);
}

static int64_t postgresql_i64(const struct db_rows *rows, int column)
{
	const char *text = PQgetvalue(result(rows), rows->row - 1, column);
	int64_t value = 0;
	bool ok;

	if (PQftype(result(rows), column) == OID_BOOL)
		return text[0] == 't';
	ok = text_i64(text, INT64_MIN, INT64_MAX, &value);
	assert(ok);
	return ok ? value : 0;
}

static void *postgresql_blob(const struct db_rows *rows, int column, struct arena *a, size_t *n)
{
	size_t length;
	const char *hex = postgresql_text(rows, column, &length);
	char *bytes;
	bool ok;

	if (PQftype(result(rows), column) != OID_BYTEA) {
		*n = length;
		return arena_dup_n(a, hex, length);
	}
	ok = length >= 2 && text_starts(hex, "\\x");
	assert(ok);
	*n = (length - 2) / 2;
	bytes = arena_alloc(a, *n + 1);
	ok = text_unhex(hex + 2, bytes, *n);
	assert(ok);
	return ok ? bytes : NULL;
}

static void postgresql_close(struct db *db)
{
	struct postgresql *pg = postgresql_of(db);

	statements_done(&db->statements, NULL);
	PQfinish(pg->conn);
	explicit_bzero(pg->url, strlen(pg->url));
	mem_free(pg->url);
	mem_free(pg);
}

static const struct db_driver driver = {
    .kind = DB_POSTGRESQL,
    .begin = {[DB_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ", [DB_WRITE] = "BEGIN"},
    .close = postgresql_close,
    .lost = postgresql_lost,
    .exec = postgresql_exec,
    .script = postgresql_script,
    .begun = postgresql_begun,
    .commit = postgresql_commit,
    .rollback = postgresql_rollback,
    .query = postgresql_query,
    .next = postgresql_next,
    .done = postgresql_done,
    .is_null = postgresql_is_null,
    .i64 = postgresql_i64,
    .text = postgresql_text,
    .blob = postgresql_blob,
};

/* libpq's reason is not passed on: it quotes the URL. */
static bool url_valid(const char *url, struct err *e)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	bool ok = options != NULL;

	PQconninfoFree(options);
	return ok || err_set(e, ERR_INVALID, "the PostgreSQL URL is malformed");
}

struct db *postgresql_open(const char *url, enum db_use use, struct err *e)
{
	struct postgresql *pg;

	if (!url_valid(url, e))
		return NULL;
	pg = mem_new(struct postgresql);
	pg->db.driver = &driver;
	pg->db.use = use;
	pg->url = mem_dup(url);
	if (reopen(pg, e))
		return &pg->db;
	postgresql_close(&pg->db);
	return NULL;
}
