#include "dingsim/store_row.h"

#define LAYOUT 8 /* raised when the tables change: another layout's folder is refused */

static const char layout[] =
    "CREATE TABLE IF NOT EXISTS layout (version INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS clock (ahead_ms INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS corp (id TEXT PRIMARY KEY, name TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS app ("
    " client_id TEXT PRIMARY KEY, client_secret TEXT NOT NULL, name TEXT NOT NULL,"
    " description TEXT NOT NULL, icon TEXT NOT NULL,"
    " agent_id INTEGER NOT NULL, redirect_urls TEXT NOT NULL, scope TEXT NOT NULL,"
    " denied TEXT NOT NULL, outbound_ips TEXT NOT NULL DEFAULT '[]',"
    " url TEXT NOT NULL, aes_key TEXT NOT NULL, token TEXT NOT NULL, shape TEXT NOT NULL,"
    " rules TEXT NOT NULL, mode TEXT NOT NULL, owner TEXT NOT NULL, tags TEXT NOT NULL,"
    " verified_ms INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS credential ("
    " token TEXT PRIMARY KEY, kind TEXT NOT NULL, client_id TEXT NOT NULL, userid TEXT NOT NULL,"
    " with_corp INTEGER NOT NULL, expires_ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS credential_current ON credential (client_id, kind, userid);";

/* The first member of every row's struct. */
struct row {
	struct row *next;
};

static struct row *row_read(struct store *s, const struct db_rows *rows, const struct shape *shape)
{
	char *out = arena_alloc(s->arena, shape->size);
	int i;

	for (i = 0; shape->columns[i].kind != COLUMN_END; i++) {
		void *at = out + shape->columns[i].offset;

		switch (shape->columns[i].kind) {
		case COLUMN_TEXT:
			*(const char **)at = db_column_text(rows, i, s->arena);
			break;
		case COLUMN_I64:
			*(int64_t *)at = db_column_i64(rows, i);
			break;
		case COLUMN_BOOL:
			*(bool *)at = db_column_bool(rows, i);
			break;
		case COLUMN_END:
			break;
		}
	}
	return (struct row *)out;
}

bool store_many(struct store *s, const struct query *q, void *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct row *first = NULL;
	struct row **end = &first;

	if (!db_query(s->db, &rows, q->sql, q->params, e))
		return false;
	while (db_next(&rows)) {
		*end = row_read(s, &rows, q->shape);
		end = &(*end)->next;
	}
	if (!db_rows_ok(&rows, e))
		return false;
	*(struct row **)out = first;
	return true;
}

bool store_one(struct store *s, const struct query *q, const char *what, void *out, struct err *e)
{
	struct row *row;

	if (!store_many(s, q, &row, e))
		return false;
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "there is no such %s", what);
	*(struct row **)out = row;
	return true;
}

bool store_number(struct store *s, const char *sql, const struct db_params *params, int64_t *out,
		  struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(s->db, &rows, sql, params, "the statement has no row", e))
		return false;
	*out = db_column_i64(&rows, 0);
	return true;
}

bool store_truth(struct store *s, const char *sql, const struct db_params *params, bool *out,
		 struct err *e)
{
	int64_t value = 0;

	if (!store_number(s, sql, params, &value, e))
		return false;
	*out = value != 0;
	return true;
}
static bool lay_out(struct store *s, struct err *e)
{
	int64_t version = 0;

	if (!db_script(s->db, layout, e) || !db_script(s->db, store_layout_org, e) ||
	    !db_script(s->db, store_layout_oa, e) || !db_script(s->db, store_layout_push, e) ||
	    !db_script(s->db, store_layout_fault, e) || !db_script(s->db, store_layout_notice, e) ||
	    !db_script(s->db, store_layout_todo, e) ||
	    !db_exec(s->db, "INSERT INTO layout SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM layout)",
		     DB_PARAMS(db_i64(LAYOUT)), NULL, e) ||
	    !store_number(s, "SELECT version FROM layout", DB_NONE, &version, e))
		return false;
	if (version != LAYOUT)
		return err_set(e, ERR_CONFLICT,
			       "the data folder was made by another version of dingsim: remove it "
			       "or give another");
	return true;
}

struct db *store_open(const char *url, struct err *e)
{
	AUTO(arena_done) struct arena arena = {0};
	struct store s = {.db = db_open(url, DB_WRITE, e), .arena = &arena};

	if (!s.db)
		return NULL;
	if (!lay_out(&s, e)) {
		db_close(s.db);
		return NULL;
	}
	return s.db;
}

bool store_clock(struct store *s, int64_t *ahead_ms, struct err *e)
{
	return store_number(s, "SELECT coalesce(max(ahead_ms), 0) FROM clock", DB_NONE, ahead_ms,
			    e);
}

bool store_clock_set(struct store *s, int64_t ahead_ms, struct err *e)
{
	return RUN(s, e, "INSERT INTO clock (ahead_ms) VALUES ($1)", db_i64(ahead_ms));
}

bool store_corp(struct store *s, const char **corp_id, const char **name, bool *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(s->db, &rows, "SELECT id, name FROM corp", DB_NONE, e))
		return false;
	*out = db_next(&rows);
	if (*out) {
		*corp_id = db_column_text(&rows, 0, s->arena);
		*name = db_column_text(&rows, 1, s->arena);
	}
	return db_rows_ok(&rows, e);
}

bool store_corp_add(struct store *s, const char *corp_id, const char *name, struct err *e)
{
	return RUN(s, e, "INSERT INTO corp (id, name) VALUES ($1, $2)", db_text(corp_id),
		   db_text(name));
}

#define APP                                                                                   \
	"SELECT client_id, client_secret, name, description, icon, agent_id, redirect_urls, " \
	"scope, denied, url, aes_key, token, shape, rules, mode, owner, tags, verified_ms, "  \
	"outbound_ips FROM app "
static const struct shape app_shape = {
    sizeof(struct app),
    {TEXT_AT(app, client_id), TEXT_AT(app, client_secret), TEXT_AT(app, name),
     TEXT_AT(app, description), TEXT_AT(app, icon), I64_AT(app, agent_id),
     TEXT_AT(app, redirect_urls), TEXT_AT(app, scope), TEXT_AT(app, denied), TEXT_AT(app, url),
     TEXT_AT(app, aes_key), TEXT_AT(app, token), TEXT_AT(app, shape), TEXT_AT(app, rules),
     TEXT_AT(app, mode), TEXT_AT(app, owner), TEXT_AT(app, tags), I64_AT(app, verified_ms),
     TEXT_AT(app, outbound_ips)}};

bool store_app_add(struct store *s, const struct app *a, struct err *e)
{
	return RUN(s, e,
		   "INSERT INTO app (client_id, client_secret, name, description, icon, agent_id,"
		   " redirect_urls, scope, denied, url, aes_key, token, shape, rules, mode, owner,"
		   " tags, verified_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
		   " '', '', '', 'A', '[]', 'http', '', '[]', 0)",
		   db_text(a->client_id), db_text(a->client_secret), db_text(a->name),
		   db_text(a->description), db_text(a->icon), db_i64(a->agent_id),
		   db_text(a->redirect_urls), db_text(a->scope), db_text(a->denied));
}

bool store_app_set(struct store *s, const struct app *a, struct err *e)
{
	return RUN(
	    s, e, "UPDATE app SET name = $2, description = $3, icon = $4 WHERE client_id = $1",
	    db_text(a->client_id), db_text(a->name), db_text(a->description), db_text(a->icon));
}

bool store_app_rights(struct store *s, const char *client_id, const char *denied, const char *scope,
		      struct err *e)
{
	return RUN(s, e, "UPDATE app SET denied = $2, scope = $3 WHERE client_id = $1",
		   db_text(client_id), db_text(denied), db_text(scope));
}

bool store_app(struct store *s, const char *client_id, struct app **out, struct err *e)
{
	return store_one(s, QUERY(app_shape, APP "WHERE client_id = $1", db_text(client_id)), "app",
			 out, e);
}

bool store_apps(struct store *s, struct app **out, struct err *e)
{
	return store_many(s, &(struct query){APP "ORDER BY rowid", DB_NONE, &app_shape}, out, e);
}

bool store_app_security(struct store *s, const struct app *a, struct err *e)
{
	return RUN(s, e,
		   "UPDATE app SET redirect_urls = $2, outbound_ips = $3 WHERE client_id = $1",
		   db_text(a->client_id), db_text(a->redirect_urls), db_text(a->outbound_ips));
}

bool store_app_subscribe(struct store *s, const struct app *a, struct err *e)
{
	return RUN(s, e,
		   "UPDATE app SET url = $2, aes_key = $3, token = $4, shape = $5, rules = $6,"
		   " mode = $7, owner = $8, tags = $9, verified_ms = $10 WHERE client_id = $1",
		   db_text(a->client_id), db_text(a->url), db_text(a->aes_key), db_text(a->token),
		   db_text(a->shape), db_text(a->rules), db_text(a->mode), db_text(a->owner),
		   db_text(a->tags), db_i64(a->verified_ms));
}

#define CREDENTIAL "SELECT token, kind, client_id, userid, with_corp, expires_ms FROM credential "
static const struct shape credential_shape = {
    sizeof(struct credential),
    {TEXT_AT(credential, token), TEXT_AT(credential, kind), TEXT_AT(credential, client_id),
     TEXT_AT(credential, userid), BOOL_AT(credential, with_corp), I64_AT(credential, expires_ms)}};

bool store_credential_add(struct store *s, const struct credential *c, struct err *e)
{
	return RUN(s, e,
		   "INSERT INTO credential (token, kind, client_id, userid, with_corp,"
		   " expires_ms) VALUES ($1, $2, $3, $4, $5, $6)",
		   db_text(c->token), db_text(c->kind), db_text(c->client_id), db_text(c->userid),
		   db_bool(c->with_corp), db_i64(c->expires_ms));
}

bool store_credential(struct store *s, const char *kind, const char *token, struct credential **out,
		      struct err *e)
{
	return store_one(s,
			 QUERY(credential_shape, CREDENTIAL "WHERE token = $1 AND kind = $2",
			       db_text(token), db_text(kind)),
			 kind, out, e);
}

bool store_credential_current(struct store *s, const struct credential *like, int64_t now_ms,
			      struct credential **out, struct err *e)
{
	return store_one(s,
			 QUERY(credential_shape,
			       CREDENTIAL "WHERE client_id = $1 AND kind = $2 AND userid = $3"
					  " AND with_corp = $4 AND expires_ms > $5",
			       db_text(like->client_id), db_text(like->kind), db_text(like->userid),
			       db_bool(like->with_corp), db_i64(now_ms)),
			 like->kind, out, e);
}

bool store_credential_renew(struct store *s, const char *token, int64_t expires_ms, struct err *e)
{
	return RUN(s, e, "UPDATE credential SET expires_ms = $2 WHERE token = $1", db_text(token),
		   db_i64(expires_ms));
}

bool store_credential_remove(struct store *s, const char *token, struct err *e)
{
	return RUN(s, e, "DELETE FROM credential WHERE token = $1", db_text(token));
}

bool store_credentials_of(struct store *s, const char *userid, struct err *e)
{
	return RUN(s, e, "DELETE FROM credential WHERE userid = $1", db_text(userid));
}

bool store_credentials_expire(struct store *s, int64_t before_ms, struct err *e)
{
	return RUN(s, e, "DELETE FROM credential WHERE expires_ms < $1", db_i64(before_ms));
}
