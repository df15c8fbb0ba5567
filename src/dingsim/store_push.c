#include "dingsim/store_row.h"

const char store_layout_push[] =
    "CREATE TABLE IF NOT EXISTS event ("
    " id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, type TEXT NOT NULL, resource TEXT NOT NULL,"
    " instance TEXT NOT NULL, payload TEXT NOT NULL, created_ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS event_instance ON event (instance);"
    "CREATE TABLE IF NOT EXISTS push ("
    " id INTEGER PRIMARY KEY, client_id TEXT NOT NULL, event INTEGER NOT NULL REFERENCES event,"
    " state TEXT NOT NULL, attempts INTEGER NOT NULL, due_ms INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS push_state ON push (client_id, state, due_ms, id);"
    "CREATE INDEX IF NOT EXISTS push_event ON push (event);"
    "CREATE INDEX IF NOT EXISTS push_client ON push (client_id, id);"
    "CREATE TABLE IF NOT EXISTS attempt ("
    " id INTEGER PRIMARY KEY, push INTEGER NOT NULL, ms INTEGER NOT NULL,"
    " status INTEGER NOT NULL, url TEXT, body TEXT, reply TEXT NOT NULL, verdict TEXT NOT NULL);"
    "CREATE INDEX IF NOT EXISTS attempt_push ON attempt (push);"
    "CREATE TRIGGER IF NOT EXISTS push_gone AFTER DELETE ON push BEGIN"
    " DELETE FROM attempt WHERE push = OLD.id;"
    " DELETE FROM event WHERE id = OLD.event"
    " AND NOT EXISTS (SELECT 1 FROM push WHERE event = OLD.event); END;";

#define PUSH                                                                                   \
	"SELECT push.id, client_id, state, attempts, due_ms, event, event_id, type, resource," \
	" instance, payload, created_ms FROM push JOIN event ON event.id = event "
static const struct shape push_shape = {
    sizeof(struct push),
    {I64_AT(push, id), TEXT_AT(push, client_id), TEXT_AT(push, state), I64_AT(push, attempts),
     I64_AT(push, due_ms), I64_AT(push, event), TEXT_AT(push, event_id), TEXT_AT(push, type),
     TEXT_AT(push, resource), TEXT_AT(push, instance), TEXT_AT(push, payload),
     I64_AT(push, created_ms)}};

bool store_event_add(struct store *s, struct push *event, struct err *e)
{
	return store_number(
	    s,
	    "INSERT INTO event (event_id, type, resource, instance, payload, created_ms)"
	    " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
	    DB_PARAMS(db_text(event->event_id), db_text(event->type), db_text(event->resource),
		      db_text(event->instance), db_text(event->payload), db_i64(event->created_ms)),
	    &event->event, e);
}

static bool prune(struct store *s, const char *client_id, struct err *e)
{
	return RUN(s, e,
		   "DELETE FROM push WHERE client_id = $1 AND state NOT IN ('pending', 'held')"
		   " AND id <= (SELECT id FROM push WHERE client_id = $1"
		   " ORDER BY id DESC LIMIT 1 OFFSET $2)",
		   db_text(client_id), db_i64(STORE_PUSHES_MAX));
}

bool store_push_add(struct store *s, struct push *push, struct err *e)
{
	return store_number(s,
			    "INSERT INTO push (client_id, event, state, attempts, due_ms)"
			    " VALUES ($1, $2, $3, $4, $5) RETURNING id",
			    DB_PARAMS(db_text(push->client_id), db_i64(push->event),
				      db_text(push->state), db_i64(push->attempts),
				      db_i64(push->due_ms)),
			    &push->id, e) &&
	       prune(s, push->client_id, e);
}

bool store_push(struct store *s, int64_t id, struct push **out, struct err *e)
{
	return store_one(s, QUERY(push_shape, PUSH "WHERE push.id = $1", db_i64(id)), "push", out,
			 e);
}

bool store_push_set(struct store *s, const struct push *push, struct err *e)
{
	return RUN(s, e, "UPDATE push SET state = $2, attempts = $3, due_ms = $4 WHERE id = $1",
		   db_i64(push->id), db_text(push->state), db_i64(push->attempts),
		   db_i64(push->due_ms));
}

bool store_attempt_add(struct store *s, const struct attempt *a, struct err *e)
{
	return RUN(s, e,
		   "INSERT INTO attempt (push, ms, status, url, body, reply, verdict)"
		   " VALUES ($1, $2, $3, $4, $5, $6, $7)",
		   db_i64(a->push), db_i64(a->ms), db_i64(a->status), db_text(a->url),
		   db_text(a->body), db_text(a->reply), db_text(a->verdict));
}

static const struct shape attempt_shape = {
    sizeof(struct attempt),
    {I64_AT(attempt, push), I64_AT(attempt, ms), I64_AT(attempt, status), TEXT_AT(attempt, url),
     TEXT_AT(attempt, body), TEXT_AT(attempt, reply), TEXT_AT(attempt, verdict)}};

bool store_attempts(struct store *s, int64_t push, struct attempt **out, struct err *e)
{
	return store_many(s,
			  QUERY(attempt_shape,
				"SELECT push, ms, status, url, body, reply, verdict FROM attempt"
				" WHERE push = $1 ORDER BY id",
				db_i64(push)),
			  out, e);
}

bool store_push_first(struct store *s, const char *client_id, struct push **out, struct err *e)
{
	return store_one(s,
			 QUERY(push_shape,
			       PUSH "WHERE client_id = $1 AND state = 'pending'"
				    " ORDER BY due_ms, push.id LIMIT 1",
			       db_text(client_id)),
			 "push", out, e);
}

bool store_pushes(struct store *s, const char *instance, int64_t limit, struct push **out,
		  struct err *e)
{
	return store_many(s,
			  QUERY(push_shape,
				PUSH "WHERE ($1 IS NULL OR instance = $1)"
				     " ORDER BY push.id DESC LIMIT $2",
				db_text(instance), db_i64(limit)),
			  out, e);
}

bool store_pushes_failed(struct store *s, const struct failed_query *q, struct push **out,
			 struct err *e)
{
	return store_many(s,
			  QUERY(push_shape,
				PUSH "WHERE client_id = $1 AND state = 'failed'"
				     " AND created_ms BETWEEN $2 AND $3 ORDER BY push.id LIMIT $4",
				db_text(q->client_id), db_i64(q->from_ms), db_i64(q->to_ms),
				db_i64(q->limit)),
			  out, e);
}

bool store_push_held(struct store *s, const char *client_id, int64_t *out, struct err *e)
{
	return store_number(
	    s, "SELECT coalesce(min(id), 0) FROM push WHERE client_id = $1 AND state = 'held'",
	    DB_PARAMS(db_text(client_id)), out, e);
}

bool store_push_release(struct store *s, int64_t id, int64_t due_ms, struct err *e)
{
	return RUN(s, e,
		   "UPDATE push SET state = 'pending', due_ms = $2,"
		   " id = (SELECT max(id) + 1 FROM push) WHERE id = $1",
		   db_i64(id), db_i64(due_ms));
}

bool store_pushes_release(struct store *s, struct err *e)
{
	return db_exec(s->db, "UPDATE push SET state = 'pending' WHERE state = 'held'", DB_NONE,
		       NULL, e);
}
