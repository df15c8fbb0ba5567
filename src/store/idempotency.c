#include "store/idempotency.h"

#include <string.h>

bool store_idempotency_find(struct db *db, struct arena *a, int64_t now_ms,
			    struct store_answer *out, bool *found, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const void *request;
	size_t n;

	if (!db_query(db, &rows,
		      "SELECT request, status, type, body FROM idempotency WHERE caller = $1 AND "
		      "key = $2 AND created_ms > $3",
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
	return true;
}

bool store_idempotency_add(struct db *db, const struct store_answer *answer, int64_t now_ms,
			   struct err *e)
{
	if (!db_exec(db, "DELETE FROM idempotency WHERE created_ms <= $1",
		     DB_PARAMS(db_i64(now_ms - STORE_IDEMPOTENCY_MS)), NULL, e))
		return false;
	return db_exec(
	    db,
	    "INSERT INTO idempotency (caller, key, request, status, type, body, "
	    "created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
	    DB_PARAMS(db_text(answer->caller), db_text(answer->key),
		      db_blob(answer->request, sizeof(answer->request)), db_i64(answer->status),
		      db_text(answer->type),
		      db_blob(answer->body != NULL ? answer->body : "", answer->body_len),
		      db_i64(now_ms)),
	    NULL, e);
}
