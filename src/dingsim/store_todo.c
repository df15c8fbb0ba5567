#include "dingsim/store_row.h"

const char store_layout_todo[] =
    "CREATE TABLE IF NOT EXISTS todo ("
    " id TEXT PRIMARY KEY, client_id TEXT NOT NULL, owner TEXT NOT NULL, creator TEXT NOT NULL,"
    " modifier TEXT NOT NULL, source_id TEXT NOT NULL, subject TEXT NOT NULL,"
    " description TEXT NOT NULL, executors TEXT NOT NULL, participants TEXT NOT NULL,"
    " detail TEXT NOT NULL, due_ms INTEGER NOT NULL, priority INTEGER NOT NULL,"
    " only_executor INTEGER NOT NULL, done INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    " modified_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX IF NOT EXISTS todo_source ON todo (client_id, source_id)"
    " WHERE source_id != '';";

#define TODO                                                                                   \
	"SELECT id, client_id, owner, creator, modifier, source_id, subject, description,"     \
	" executors, participants, detail, due_ms, priority, only_executor, done, created_ms," \
	" modified_ms, finished_ms FROM todo "
static const struct shape todo_shape = {
    sizeof(struct todo),
    {TEXT_AT(todo, id), TEXT_AT(todo, client_id), TEXT_AT(todo, owner), TEXT_AT(todo, creator),
     TEXT_AT(todo, modifier), TEXT_AT(todo, source_id), TEXT_AT(todo, subject),
     TEXT_AT(todo, description), TEXT_AT(todo, executors), TEXT_AT(todo, participants),
     TEXT_AT(todo, detail), I64_AT(todo, due_ms), I64_AT(todo, priority),
     BOOL_AT(todo, only_executor), BOOL_AT(todo, done), I64_AT(todo, created_ms),
     I64_AT(todo, modified_ms), I64_AT(todo, finished_ms)}};

bool store_todo_add(struct store *s, const struct todo *t, struct err *e)
{
	return RUN(s, e,
		   "INSERT INTO todo (id, client_id, owner, creator, modifier, source_id, subject,"
		   " description, executors, participants, detail, due_ms, priority,"
		   " only_executor, done, created_ms, modified_ms, finished_ms) VALUES ($1, $2,"
		   " $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
		   db_text(t->id), db_text(t->client_id), db_text(t->owner), db_text(t->creator),
		   db_text(t->modifier), db_text(t->source_id), db_text(t->subject),
		   db_text(t->description), db_text(t->executors), db_text(t->participants),
		   db_text(t->detail), db_i64(t->due_ms), db_i64(t->priority),
		   db_bool(t->only_executor), db_bool(t->done), db_i64(t->created_ms),
		   db_i64(t->modified_ms), db_i64(t->finished_ms));
}

bool store_todo(struct store *s, const char *client_id, const char *id, struct todo **out,
		struct err *e)
{
	return store_one(s,
			 QUERY(todo_shape, TODO "WHERE client_id = $1 AND id = $2",
			       db_text(client_id), db_text(id)),
			 "todo", out, e);
}

bool store_todo_known(struct store *s, const char *client_id, const char *source_id, bool *out,
		      struct err *e)
{
	return store_truth(
	    s, "SELECT EXISTS (SELECT 1 FROM todo WHERE client_id = $1 AND source_id = $2)",
	    DB_PARAMS(db_text(client_id), db_text(source_id)), out, e);
}

bool store_todo_set(struct store *s, const struct todo *t, struct err *e)
{
	return RUN(s, e,
		   "UPDATE todo SET modifier = $2, subject = $3, description = $4, executors = $5,"
		   " participants = $6, due_ms = $7, done = $8, modified_ms = $9,"
		   " finished_ms = $10 WHERE id = $1",
		   db_text(t->id), db_text(t->modifier), db_text(t->subject),
		   db_text(t->description), db_text(t->executors), db_text(t->participants),
		   db_i64(t->due_ms), db_bool(t->done), db_i64(t->modified_ms),
		   db_i64(t->finished_ms));
}

bool store_todo_remove(struct store *s, const char *id, struct err *e)
{
	return RUN(s, e, "DELETE FROM todo WHERE id = $1", db_text(id));
}

bool store_todos(struct store *s, const char *unionid, int64_t limit, struct todo **out,
		 struct err *e)
{
	return store_many(
	    s,
	    QUERY(todo_shape,
		  TODO "WHERE $1 IS NULL OR owner = $1 OR EXISTS (SELECT 1 FROM"
		       " json_each(executors) WHERE json_extract(value, '$.id') = $1)"
		       " OR EXISTS (SELECT 1 FROM json_each(participants) WHERE value = $1)"
		       " ORDER BY rowid DESC LIMIT $2",
		  db_text(unionid), db_i64(limit)),
	    out, e);
}
