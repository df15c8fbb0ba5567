#include "store/session.h"

#include "base/id.h"
#include "store/rows.h"

bool store_signin_open(struct db *db, const char *subscriber, int64_t now_ms,
		       struct store_signins_open *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(
		db, &rows,
		"SELECT COUNT(*), COALESCE(SUM(CASE WHEN subscriber = $1 THEN 1 ELSE 0 END), 0) "
		"FROM signins WHERE expires_ms > $2",
		DB_PARAMS(db_text(subscriber), db_i64(now_ms)), "No count.", e))
		return false;
	out->total = db_column_i64(&rows, 0);
	out->from_subscriber = db_column_i64(&rows, 1);
	return true;
}

bool store_signin_add(struct db *db, const struct store_signin *s, struct err *e)
{
	return db_exec(
	    db,
	    "INSERT INTO signins (state, browser, source, account, person, next, subscriber, "
	    "expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
	    DB_PARAMS(db_blob(s->state, 32), db_blob(s->browser, 32), db_text(s->source),
		      db_bool(s->account), db_text(s->person), db_text(s->next),
		      db_text(s->subscriber), db_i64(s->expires_ms)),
	    NULL, e);
}

#define SIGNIN "source, account, person, next, expires_ms"
#define NO_SIGNIN "This sign-in was not begun in this browser, is too old, or was used already."

static void read_signin(const struct db_rows *rows, struct arena *a, struct store_signin *out)
{
	out->source = db_column_text(rows, 0, a);
	out->account = db_column_bool(rows, 1);
	out->person = db_column_text(rows, 2, a);
	out->next = db_column_text(rows, 3, a);
	out->expires_ms = db_column_i64(rows, 4);
}

bool store_signin_take(struct db *db, struct arena *a, int64_t now_ms, struct store_signin *out,
		       struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "DELETE FROM signins WHERE state = $1 AND browser = $2 AND expires_ms > $3 AND "
		    "person IS NULL RETURNING " SIGNIN,
		    DB_PARAMS(db_blob(out->state, 32), db_blob(out->browser, 32), db_i64(now_ms)),
		    NO_SIGNIN, e))
		return false;
	read_signin(&rows, a, out);
	return true;
}

bool store_signin_vouched(struct db *db, struct arena *a, int64_t now_ms, struct store_signin *out,
			  struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT " SIGNIN " FROM signins WHERE state = $1 AND browser = $2 AND "
		    "expires_ms > $3 AND person IS NOT NULL",
		    DB_PARAMS(db_blob(out->state, 32), db_blob(out->browser, 32), db_i64(now_ms)),
		    NO_SIGNIN, e))
		return false;
	read_signin(&rows, a, out);
	return true;
}

bool store_signin_remove(struct db *db, const unsigned char state[32], struct err *e)
{
	return db_exec(db, "DELETE FROM signins WHERE state = $1", DB_PARAMS(db_blob(state, 32)),
		       NULL, e);
}

/* Who knows the password signs in as often as he likes: a script that never signs out, say. */
static bool make_room(struct db *db, const char *account, struct err *e)
{
	return account == NULL ||
	       db_exec(db,
		       "DELETE FROM sessions WHERE account = $1 AND public_id NOT IN (SELECT "
		       "public_id FROM sessions WHERE account = $1 ORDER BY public_id DESC LIMIT "
		       "$2)",
		       DB_PARAMS(db_text(account), db_i64(STORE_SESSIONS_MAX - 1)), NULL, e);
}

bool store_session_add(struct db *db, const unsigned char id[32], const struct store_session *s,
		       int64_t now_ms, struct err *e)
{
	char public_id[ID_SIZE];

	id_new(public_id);
	return make_room(db, s->account, e) &&
	       db_exec(
		   db,
		   "INSERT INTO sessions (id, public_id, person, account, csrf, address, agent, "
		   "created_ms, seen_ms, expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, "
		   "$9)",
		   DB_PARAMS(db_blob(id, 32), db_text(public_id), db_text(s->person),
			     db_text(s->account), db_text(s->csrf), db_text(s->address),
			     db_text(s->agent), db_i64(now_ms), db_i64(s->expires_ms)),
		   NULL, e);
}

bool store_session_get(struct db *db, struct arena *a, const unsigned char id[32], int64_t now_ms,
		       struct store_session *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT s.person, p.name, s.csrf, s.wrong_codes, s.expires_ms FROM sessions s "
		    "JOIN people p ON p.id = s.person WHERE s.id = $1 AND s.expires_ms > $2 AND "
		    "p.departed = 0",
		    DB_PARAMS(db_blob(id, 32), db_i64(now_ms)), "Nobody is signed in here.", e))
		return false;
	*out = (struct store_session){.person = db_column_text(&rows, 0, a),
				      .person_name = db_column_text(&rows, 1, a),
				      .csrf = db_column_text(&rows, 2, a),
				      .wrong_codes = db_column_i64(&rows, 3),
				      .expires_ms = db_column_i64(&rows, 4)};
	return true;
}

bool store_session_wrong_code(struct db *db, const unsigned char id[32], struct err *e)
{
	return db_exec(db, "UPDATE sessions SET wrong_codes = wrong_codes + 1 WHERE id = $1",
		       DB_PARAMS(db_blob(id, 32)), NULL, e);
}

bool store_session_remove(struct db *db, const unsigned char id[32], struct err *e)
{
	return db_exec(db, "DELETE FROM sessions WHERE id = $1", DB_PARAMS(db_blob(id, 32)), NULL,
		       e);
}

#define COLUMNS "public_id, account, csrf, address, agent, created_ms, seen_ms, expires_ms"

static struct store_session session_of(const struct db_rows *rows, struct arena *a)
{
	return (struct store_session){.id = db_column_text(rows, 0, a),
				      .account = db_column_text(rows, 1, a),
				      .csrf = db_column_text(rows, 2, a),
				      .address = db_column_text(rows, 3, a),
				      .agent = db_column_text(rows, 4, a),
				      .created_ms = db_column_i64(rows, 5),
				      .seen_ms = db_column_i64(rows, 6),
				      .expires_ms = db_column_i64(rows, 7)};
}

bool store_session_of_account(struct db *db, struct arena *a, const unsigned char id[32],
			      const struct store_session_now *now, struct store_session *out,
			      struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT " COLUMNS " FROM sessions WHERE id = $1 AND account IS NOT NULL AND "
		    "expires_ms > $2 AND seen_ms > $3",
		    DB_PARAMS(db_blob(id, 32), db_i64(now->now_ms), db_i64(now->idle_since_ms)),
		    "Nobody is signed in here.", e))
		return false;
	*out = session_of(&rows, a);
	return true;
}

bool store_session_by_id(struct db *db, struct arena *a, const char *id,
			 const struct store_session_now *now, struct store_session *out,
			 struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT " COLUMNS " FROM sessions WHERE public_id = $1 AND account IS NOT NULL "
		    "AND expires_ms > $2 AND seen_ms > $3",
		    DB_PARAMS(db_text(id), db_i64(now->now_ms), db_i64(now->idle_since_ms)),
		    "There is no session with this id.", e))
		return false;
	*out = session_of(&rows, a);
	return true;
}

bool store_session_list(struct db *db, struct arena *a, const char *account,
			const struct store_session_now *now, const struct store_page *page,
			struct store_session_list *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	size_t n = 0;

	out->items = NULL;
	if (!db_query(db, &rows,
		      "SELECT " COLUMNS " FROM sessions WHERE account = $1 AND public_id > $2 AND "
		      "expires_ms > $3 AND seen_ms > $4 ORDER BY public_id LIMIT $5",
		      DB_PARAMS(db_text(account), db_text(page->cursor), db_i64(now->now_ms),
				db_i64(now->idle_since_ms), db_i64(page->limit)),
		      e))
		return false;
	for (; db_next(&rows); n++) {
		out->items = rows_grow(a, out->items, n, sizeof(*out->items));
		out->items[n] = session_of(&rows, a);
	}
	out->count = n;
	return db_rows_ok(&rows, e);
}

bool store_session_seen(struct db *db, const char *id, int64_t now_ms, struct err *e)
{
	return db_exec(db, "UPDATE sessions SET seen_ms = $2 WHERE public_id = $1 AND seen_ms < $2",
		       DB_PARAMS(db_text(id), db_i64(now_ms)), NULL, e);
}

bool store_session_end(struct db *db, const char *id, struct err *e)
{
	return db_exec(db, "DELETE FROM sessions WHERE public_id = $1", DB_PARAMS(db_text(id)),
		       NULL, e);
}

bool store_session_end_person(struct db *db, const char *person, struct err *e)
{
	return db_exec(db, "DELETE FROM sessions WHERE person = $1", DB_PARAMS(db_text(person)),
		       NULL, e);
}

bool store_session_end_all(struct db *db, const char *account, const char *besides, int64_t *ended,
			   struct err *e)
{
	return db_exec(db, "DELETE FROM sessions WHERE account = $1 AND public_id <> $2",
		       DB_PARAMS(db_text(account), db_text(besides != NULL ? besides : "")), ended,
		       e);
}

bool store_session_purge(struct db *db, int64_t now_ms, struct err *e)
{
	return db_exec(db, "DELETE FROM sessions WHERE expires_ms <= $1", DB_PARAMS(db_i64(now_ms)),
		       NULL, e) &&
	       db_exec(db, "DELETE FROM signins WHERE expires_ms <= $1", DB_PARAMS(db_i64(now_ms)),
		       NULL, e);
}
