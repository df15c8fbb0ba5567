#include "dingsim/store_row.h"

const char store_layout_fault[] =
    "CREATE TABLE IF NOT EXISTS fault ("
    " id INTEGER PRIMARY KEY, kind TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,"
    " scope TEXT NOT NULL, code TEXT NOT NULL, count INTEGER NOT NULL, percent INTEGER NOT NULL,"
    " seed INTEGER NOT NULL, wait_ms INTEGER NOT NULL, hits INTEGER NOT NULL,"
    " seen INTEGER NOT NULL);";

static const struct shape fault_shape = {
    sizeof(struct kept_fault),
    {I64_AT(kept_fault, id), TEXT_AT(kept_fault, kind), TEXT_AT(kept_fault, method),
     TEXT_AT(kept_fault, path), TEXT_AT(kept_fault, scope), TEXT_AT(kept_fault, code),
     I64_AT(kept_fault, count), I64_AT(kept_fault, percent), I64_AT(kept_fault, seed),
     I64_AT(kept_fault, wait_ms), I64_AT(kept_fault, hits), I64_AT(kept_fault, seen)}};

bool store_fault_add(struct store *s, struct kept_fault *f, struct err *e)
{
	return store_number(
	    s,
	    "INSERT INTO fault (kind, method, path, scope, code, count, percent, seed, wait_ms,"
	    " hits, seen) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0) RETURNING id",
	    DB_PARAMS(db_text(f->kind), db_text(f->method), db_text(f->path), db_text(f->scope),
		      db_text(f->code), db_i64(f->count), db_i64(f->percent), db_i64(f->seed),
		      db_i64(f->wait_ms)),
	    &f->id, e);
}

bool store_faults(struct store *s, struct kept_fault **out, struct err *e)
{
	return store_many(
	    s,
	    &(struct query){
		"SELECT id, kind, method, path, scope, code, count, percent, seed, wait_ms,"
		" hits, seen FROM fault ORDER BY id",
		DB_NONE, &fault_shape},
	    out, e);
}

bool store_fault_count(struct store *s, int64_t *out, struct err *e)
{
	return store_number(s, "SELECT count(*) FROM fault", DB_NONE, out, e);
}

bool store_fault_hit(struct store *s, int64_t id, bool taken, struct err *e)
{
	return RUN(s, e, "UPDATE fault SET seen = seen + 1, hits = hits + $2 WHERE id = $1",
		   db_i64(id), db_bool(taken));
}

bool store_faults_remove(struct store *s, int64_t id, struct err *e)
{
	return RUN(s, e, "DELETE FROM fault WHERE id = $1 OR $1 = 0", db_i64(id));
}
