#include "store/idempotency.h"

#include <string.h>

bool store_idempotency_find(struct db *db, struct arena *a, int64_t now_ms,
			    struct store_answer *out, bool *found, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const void *request;
	size_t n;

	if (!db_query(
		db, &rows,
		"SELECT request, status, type, body, location, etag, created_ms FROM idempotency "
		"WHERE caller = $1 AND key = $2 AND created_ms > $3",
		DB_PARAMS(db_text(out->caller), db_text(out->key),
			  db_i64(now_ms - STORE_IDEMPOTENCY_MS)),
		e))
		return false;
	*found = db_next(&rows);
	if (!*found)
		return db_rows_ok(&rows, e);
	request = db_column_blob(&rows, 0, a, &n);
	if (n != sizeof(out->request))
		return err_set(e, ERR_INTERNAL, "a stored answer has a damaged request hash");
	memcpy(out->request, request, n);
	out->status = db_column_i64(&rows, 1);
	out->type = db_column_text(&rows, 2, a);
	out->body = db_column_blob(&rows, 3, a, &out->body_len);
	out->location = db_column_text(&rows, 4, a);
	out->etag = db_column_text(&rows, 5, a);
	out->created_ms = db_column_i64(&rows, 6);
	return true;
}

static bool has_room(struct db *db, const char *caller, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT COUNT(*) FROM idempotency WHERE caller = $1",
		      DB_PARAMS(db_text(caller)), e) ||
	    !db_next(&rows))
		return db_rows_ok(&rows, e);
	return db_column_i64(&rows, 0) < STORE_IDEMPOTENCY_MAX ||
	       err_set(
		   e, ERR_TOO_MANY,
		   "There are %d answers under Idempotency-Keys of yours already; they are kept "
		   "for a day.",
		   STORE_IDEMPOTENCY_MAX);
}

bool store_idempotency_add(struct db *db, const struct store_answer *answer, int64_t now_ms,
			   struct err *e)
{
	int64_t added;

	if (!db_exec(db, "DELETE FROM idempotency WHERE created_ms <= $1",
		     DB_PARAMS(db_i64(now_ms - STORE_IDEMPOTENCY_MS)), NULL, e) ||
	    !has_room(db, answer->caller, e) ||
	    !db_exec(db,
		     "INSERT INTO idempotency (caller, key, request, status, type, location, etag, "
		     "body, "
		     "created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
		     "ON CONFLICT (caller, key) DO NOTHING",
		     DB_PARAMS(db_text(answer->caller), db_text(answer->key),
			       db_blob(answer->request, sizeof(answer->request)),
			       db_i64(answer->status), db_text(answer->type),
			       db_text(answer->location), db_text(answer->etag),
			       db_blob(answer->body != NULL ? answer->body : "", answer->body_len),
			       db_i64(now_ms)),
		     &added, e))
		return false;
	return added == 1 || err_set(e, ERR_CONFLICT,
				     "Another request with this Idempotency-Key is under way; its "
				     "answer can be had in a moment.");
}

bool store_idempotency_remove(struct db *db, const struct store_answer *answer, struct err *e)
{
	return db_exec(db, "DELETE FROM idempotency WHERE caller = $1 AND key = $2",
		       DB_PARAMS(db_text(answer->caller), db_text(answer->key)), NULL, e);
}
