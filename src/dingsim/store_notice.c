#include "dingsim/store_row.h"

const char store_layout_notice[] =
    "CREATE TABLE IF NOT EXISTS sending ("
    " id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,"
    " client_id TEXT NOT NULL, content TEXT NOT NULL, invalid_people TEXT NOT NULL,"
    " invalid_departments TEXT NOT NULL, ms INTEGER NOT NULL, recalled INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS message ("
    " id INTEGER PRIMARY KEY, sending INTEGER NOT NULL REFERENCES sending,"
    " userid TEXT NOT NULL, code INTEGER NOT NULL, ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS message_sending ON message (sending);"
    "CREATE INDEX IF NOT EXISTS message_userid ON message (userid, ms);"
    "CREATE INDEX IF NOT EXISTS message_ms ON message (ms);";

#define SENDING                                                                              \
	"SELECT id, key, kind, client_id, content, invalid_people, invalid_departments, ms," \
	" recalled FROM sending "
static const struct shape sending_shape = {
    sizeof(struct sending),
    {I64_AT(sending, id), TEXT_AT(sending, key), TEXT_AT(sending, kind),
     TEXT_AT(sending, client_id), TEXT_AT(sending, content), TEXT_AT(sending, invalid_people),
     TEXT_AT(sending, invalid_departments), I64_AT(sending, ms), BOOL_AT(sending, recalled)}};

#define MESSAGE                                                                                \
	"SELECT message.id, sending, key, kind, client_id, userid, content, code, message.ms," \
	" recalled FROM message JOIN sending ON sending.id = sending "
static const struct shape message_shape = {
    sizeof(struct message),
    {I64_AT(message, id), I64_AT(message, sending), TEXT_AT(message, key), TEXT_AT(message, kind),
     TEXT_AT(message, client_id), TEXT_AT(message, userid), TEXT_AT(message, content),
     I64_AT(message, code), I64_AT(message, ms), BOOL_AT(message, recalled)}};

bool store_sending_add(struct store *s, struct sending *x, struct err *e)
{
	/* Real task ids have 12 digits. */
	return store_number(
	    s,
	    "INSERT INTO sending (id, key, kind, client_id, content, invalid_people,"
	    " invalid_departments, ms, recalled) VALUES ("
	    " (SELECT coalesce(max(id), 256271667000) + 1 FROM sending), $1, $2, $3, $4, $5, $6, "
	    "$7,"
	    " 0) RETURNING id",
	    DB_PARAMS(db_text(x->key), db_text(x->kind), db_text(x->client_id), db_text(x->content),
		      db_text(x->invalid_people), db_text(x->invalid_departments), db_i64(x->ms)),
	    &x->id, e);
}

bool store_sending(struct store *s, int64_t id, struct sending **out, struct err *e)
{
	return store_one(s, QUERY(sending_shape, SENDING "WHERE id = $1", db_i64(id)), "sending",
			 out, e);
}

bool store_sending_by_key(struct store *s, const char *key, struct sending **out, struct err *e)
{
	return store_one(s, QUERY(sending_shape, SENDING "WHERE key = $1", db_text(key)), "sending",
			 out, e);
}

bool store_sending_recall(struct store *s, int64_t id, struct err *e)
{
	return RUN(s, e, "UPDATE sending SET recalled = 1 WHERE id = $1", db_i64(id));
}

bool store_message_add(struct store *s, const struct message *m, struct err *e)
{
	return RUN(s, e, "INSERT INTO message (sending, userid, code, ms) VALUES ($1, $2, $3, $4)",
		   db_i64(m->sending), db_text(m->userid), db_i64(m->code), db_i64(m->ms));
}

bool store_messages(struct store *s, int64_t sending, struct message **out, struct err *e)
{
	return store_many(
	    s,
	    QUERY(message_shape, MESSAGE "WHERE sending = $1 ORDER BY message.id", db_i64(sending)),
	    out, e);
}

bool store_sendings(struct store *s, const char *client_id, int64_t limit, struct sending **out,
		    struct err *e)
{
	return store_many(s,
			  QUERY(sending_shape,
				SENDING "WHERE client_id = $1 ORDER BY id DESC LIMIT $2",
				db_text(client_id), db_i64(limit)),
			  out, e);
}

static const struct shape tally_shape = {sizeof(struct tally),
					 {I64_AT(tally, code), I64_AT(tally, count)}};

bool store_sending_tally(struct store *s, int64_t sending, struct tally **out, struct err *e)
{
	return store_many(s,
			  QUERY(tally_shape,
				"SELECT code, count(*) FROM message WHERE sending = $1"
				" GROUP BY code ORDER BY abs(code)",
				db_i64(sending)),
			  out, e);
}

bool store_messages_newest(struct store *s, const char *userid, int64_t limit, struct message **out,
			   struct err *e)
{
	return store_many(s,
			  QUERY(message_shape,
				MESSAGE "WHERE ($1 IS NULL OR userid = $1)"
					" ORDER BY message.id DESC LIMIT $2",
				db_text(userid), db_i64(limit)),
			  out, e);
}

bool store_message_same(struct store *s, const struct message *like, bool *out, struct err *e)
{
	return store_truth(
	    s,
	    "SELECT EXISTS (SELECT 1 FROM message JOIN sending ON sending.id = sending"
	    " WHERE userid = $1 AND message.ms >= $2 AND code = 0 AND kind = $3"
	    " AND client_id = $4 AND content = $5)",
	    DB_PARAMS(db_text(like->userid), db_i64(like->ms), db_text(like->kind),
		      db_text(like->client_id), db_text(like->content)),
	    out, e);
}

bool store_message_count(struct store *s, const struct message *like, int64_t *out, struct err *e)
{
	const struct db_params *params = DB_PARAMS(db_text(like->kind), db_text(like->client_id),
						   db_i64(like->ms), db_text(like->userid));

	if (like->userid)
		return store_number(
		    s,
		    "SELECT count(*) FROM message JOIN sending ON sending.id = sending"
		    " WHERE kind = $1 AND client_id = $2 AND message.ms >= $3 AND code = 0"
		    " AND userid = $4",
		    params, out, e);
	return store_number(s,
			    "SELECT count(*) FROM message JOIN sending ON sending.id = sending"
			    " WHERE kind = $1 AND client_id = $2 AND message.ms >= $3 AND code = 0"
			    " AND $4 IS NULL",
			    params, out, e);
}
