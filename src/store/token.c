#include "store/token.h"

#define HASH_SIZE 32

bool store_token_add(struct db *db, const struct store_token *t, const unsigned char *hash,
		     int64_t now_ms, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO tokens (id, name, role, hash, created_ms) VALUES ($1, $2, $3, "
		       "$4, $5)",
		       DB_PARAMS(db_text(t->id), db_text(t->name), db_text(role_name(t->role)),
				 db_blob(hash, HASH_SIZE), db_i64(now_ms)),
		       NULL, e);
}

bool store_token_by_hash(struct db *db, struct arena *a, const unsigned char *hash,
			 struct store_token *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const char *role;

	if (!db_one(db, &rows,
		    "SELECT id, name, role FROM tokens WHERE hash = $1 AND revoked_ms IS NULL",
		    DB_PARAMS(db_blob(hash, HASH_SIZE)), "There is no such token.", e))
		return false;
	role = db_column_text(&rows, 2, a);
	if (!role_from_name(role, &out->role))
		return err_set(e, ERR_INTERNAL, "a stored token has the unknown role %s", role);
	out->id = db_column_text(&rows, 0, a);
	out->name = db_column_text(&rows, 1, a);
	return true;
}
