#include "store/key.h"

#include <string.h>

#include "store/rows.h"

bool store_org_get(struct db *db, struct arena *a, const char **id, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(db, &rows, "SELECT value FROM settings WHERE name = 'org'", DB_NONE, e))
		return false;
	*id = db_next(&rows) ? db_column_text(&rows, 0, a) : NULL;
	return db_rows_ok(&rows, e);
}

bool store_org_set(struct db *db, const char *id, struct err *e)
{
	return db_exec(db, "INSERT INTO settings (name, value) VALUES ('org', $1)",
		       DB_PARAMS(db_text(id)), NULL, e);
}

bool store_key_add(struct db *db, const struct store_key *key, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO signing_keys (kid, use, epoch, public, secret, nbf_ms, exp_ms) "
		       "VALUES ($1, $2, $3, $4, $5, $6, $7)",
		       DB_PARAMS(db_text(key->kid), db_text(key->epoch == 0 ? "root" : "epoch"),
				 db_i64(key->epoch), db_blob(key->public, 32),
				 db_blob(key->secret, key->secret_len), db_i64(key->nbf_ms),
				 db_i64(key->exp_ms)),
		       NULL, e);
}

static bool key_of(const struct db_rows *rows, struct arena *a, struct store_key *out,
		   struct err *e)
{
	size_t n;
	const void *public;

	out->kid = db_column_text(rows, 0, a);
	out->epoch = db_column_i64(rows, 1);
	public = db_column_blob(rows, 2, a, &n);
	if (public == NULL || n != sizeof(out->public))
		return err_set(e, ERR_INTERNAL, "signing key %s is damaged", out->kid);
	memcpy(out->public, public, n);
	out->secret = db_column_blob(rows, 3, a, &out->secret_len);
	out->nbf_ms = db_column_i64(rows, 4);
	out->exp_ms = db_column_i64(rows, 5);
	return true;
}

bool store_key_root(struct db *db, struct arena *a, struct store_key *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_one(db, &rows,
		      "SELECT kid, epoch, public, secret, nbf_ms, exp_ms FROM signing_keys WHERE "
		      "epoch = 0",
		      DB_NONE, "There is no root key: the server was never started.", e) &&
	       key_of(&rows, a, out, e);
}

bool store_key_forget_root(struct db *db, struct err *e)
{
	return db_exec(db, "UPDATE signing_keys SET secret = NULL WHERE epoch = 0", DB_NONE, NULL,
		       e);
}

bool store_key_epochs(struct db *db, struct arena *a, int64_t max, struct store_key **out,
		      size_t *count, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct store_key *all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows,
		      "SELECT kid, epoch, public, secret, nbf_ms, exp_ms FROM signing_keys WHERE "
		      "epoch > 0 ORDER BY epoch DESC LIMIT $1",
		      DB_PARAMS(db_i64(max)), e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		if (!key_of(&rows, a, &all[n], e))
			return false;
	}
	*out = all;
	*count = n;
	return db_rows_ok(&rows, e);
}

bool store_key_list_add(struct db *db, int64_t epoch, const char *jws, int64_t now_ms,
			struct err *e)
{
	return db_exec(db, "INSERT INTO key_lists (epoch, jws, created_ms) VALUES ($1, $2, $3)",
		       DB_PARAMS(db_i64(epoch), db_text(jws), db_i64(now_ms)), NULL, e);
}

bool store_key_list_newest(struct db *db, struct arena *a, int64_t *epoch, const char **jws,
			   struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, "SELECT epoch, jws FROM key_lists ORDER BY epoch DESC LIMIT 1",
		    DB_NONE, "There is no key list: the server was never started.", e))
		return false;
	*epoch = db_column_i64(&rows, 0);
	*jws = db_column_text(&rows, 1, a);
	return true;
}

bool store_key_lists(struct db *db, struct arena *a, const char ***jws, size_t *count,
		     struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	const char **all = NULL;
	size_t n = 0;

	if (!db_query(db, &rows, "SELECT jws FROM key_lists ORDER BY epoch", DB_NONE, e))
		return false;
	for (; db_next(&rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = db_column_text(&rows, 0, a);
	}
	*jws = all;
	*count = n;
	return db_rows_ok(&rows, e);
}
