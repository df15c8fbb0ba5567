#include "store/audit.h"

#include <string.h>

static bool hash_of(const struct db_rows *rows, int column, struct arena *a,
		    unsigned char out[static STORE_HASH_SIZE], struct err *e)
{
	size_t n;
	const void *bytes = db_column_blob(rows, column, a, &n);

	if (bytes == NULL || n != STORE_HASH_SIZE)
		return err_set(e, ERR_IO, "a hash of the audit record is damaged");
	memcpy(out, bytes, STORE_HASH_SIZE);
	return true;
}

bool store_audit_next(struct db *db, const char *node, int64_t *sequence,
		      unsigned char before[static STORE_HASH_SIZE], struct err *e)
{
	static const unsigned char none[STORE_HASH_SIZE];
	AUTO(arena_done) struct arena a = {0};
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "INSERT INTO audit_heads (node, sequence, hash) VALUES ($1, 1, $2) ON CONFLICT "
		    "(node) DO UPDATE SET sequence = audit_heads.sequence + 1 RETURNING sequence, "
		    "hash",
		    DB_PARAMS(db_text(node), db_blob(none, sizeof(none))), "The chain has no head.",
		    e))
		return false;
	*sequence = db_column_i64(&rows, 0);
	return hash_of(&rows, 1, &a, before, e);
}

bool store_audit_head(struct db *db, const char *node,
		      const unsigned char hash[static STORE_HASH_SIZE], struct err *e)
{
	return db_exec(db, "UPDATE audit_heads SET hash = $2 WHERE node = $1",
		       DB_PARAMS(db_text(node), db_blob(hash, STORE_HASH_SIZE)), NULL, e);
}
