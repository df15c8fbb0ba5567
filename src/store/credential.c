#include "store/credential.h"

#define KEPT_BROWSERS 20 /* of one account */

bool store_credential_get(struct db *db, struct arena *a, const char *account,
			  struct store_credential *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_credential){0};
	if (!db_one(db, &rows,
		    "SELECT password, totp, totp_confirmed, totp_step, (SELECT COUNT(*) FROM "
		    "recovery_codes c WHERE c.account = accounts.id) FROM accounts WHERE id = $1",
		    DB_PARAMS(db_text(account)), "There is no account with this id.", e))
		return false;
	out->password = db_column_text(&rows, 0, a);
	if (!db_is_null(&rows, 1))
		out->totp = db_column_blob(&rows, 1, a, &out->totp_size);
	out->totp_confirmed = db_column_bool(&rows, 2);
	out->totp_step = db_column_i64(&rows, 3);
	out->codes = db_column_i64(&rows, 4);
	return true;
}

bool store_credential_password(struct db *db, const char *account, const char *password,
			       struct err *e)
{
	return db_exec(db, "UPDATE accounts SET password = $2 WHERE id = $1",
		       DB_PARAMS(db_text(account), db_text(password)), NULL, e);
}

bool store_credential_totp(struct db *db, const char *account, const void *totp, size_t n,
			   struct err *e)
{
	return db_exec(db,
		       "UPDATE accounts SET totp = $2, totp_confirmed = 0, totp_step = 0 WHERE id "
		       "= $1",
		       DB_PARAMS(db_text(account), db_blob(totp, n)), NULL, e) &&
	       store_credential_codes(db, account, NULL, 0, e);
}

bool store_credential_step(struct db *db, const char *account, int64_t step, bool *won,
			   struct err *e)
{
	int64_t changed;

	if (!db_exec(db,
		     "UPDATE accounts SET totp_confirmed = 1, totp_step = $2 WHERE id = $1 AND "
		     "totp_step < $2",
		     DB_PARAMS(db_text(account), db_i64(step)), &changed, e))
		return false;
	*won = changed == 1;
	return true;
}

bool store_credential_codes(struct db *db, const char *account,
			    const unsigned char (*hashes)[CREDENTIAL_HASH], size_t count,
			    struct err *e)
{
	if (!db_exec(db, "DELETE FROM recovery_codes WHERE account = $1",
		     DB_PARAMS(db_text(account)), NULL, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!db_exec(db, "INSERT INTO recovery_codes (account, hash) VALUES ($1, $2)",
			     DB_PARAMS(db_text(account), db_blob(hashes[i], CREDENTIAL_HASH)), NULL,
			     e))
			return false;
	}
	return true;
}

bool store_credential_use_code(struct db *db, const char *account,
			       const unsigned char hash[CREDENTIAL_HASH], bool *used, struct err *e)
{
	int64_t removed = 0;

	if (!db_exec(db, "DELETE FROM recovery_codes WHERE account = $1 AND hash = $2",
		     DB_PARAMS(db_text(account), db_blob(hash, CREDENTIAL_HASH)), &removed, e))
		return false;
	*used = removed > 0;
	return true;
}

bool store_link_add(struct db *db, const struct store_link *link, struct err *e)
{
	return store_link_remove(db, link->account, link->person, e) &&
	       db_exec(db,
		       "INSERT INTO account_links (hash, account, person, resets_totp, expires_ms) "
		       "VALUES ($1, $2, $3, $4, $5)",
		       DB_PARAMS(db_blob(link->hash, CREDENTIAL_HASH), db_text(link->account),
				 db_text(link->person), db_bool(link->resets_totp),
				 db_i64(link->expires_ms)),
		       NULL, e);
}

static bool link_of(struct db *db, struct arena *a, const char *sql, int64_t now_ms,
		    struct store_link *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows, sql, DB_PARAMS(db_blob(out->hash, CREDENTIAL_HASH), db_i64(now_ms)),
		    "This link is not known here: it was used, replaced by a newer one, or has "
		    "expired.",
		    e))
		return false;
	out->account = db_column_text(&rows, 0, a);
	out->person = db_column_text(&rows, 1, a);
	out->resets_totp = db_column_bool(&rows, 2);
	out->expires_ms = db_column_i64(&rows, 3);
	return true;
}

bool store_link_get(struct db *db, struct arena *a, int64_t now_ms, struct store_link *out,
		    struct err *e)
{
	return link_of(
	    db, a,
	    "SELECT account, person, resets_totp, expires_ms FROM account_links WHERE hash = $1 "
	    "AND expires_ms > $2",
	    now_ms, out, e);
}

bool store_link_take(struct db *db, struct arena *a, int64_t now_ms, struct store_link *out,
		     struct err *e)
{
	return link_of(db, a,
		       "DELETE FROM account_links WHERE hash = $1 AND expires_ms > $2 RETURNING "
		       "account, person, resets_totp, expires_ms",
		       now_ms, out, e);
}

bool store_link_remove(struct db *db, const char *account, const char *person, struct err *e)
{
	if (person != NULL)
		return db_exec(db, "DELETE FROM account_links WHERE person = $1",
			       DB_PARAMS(db_text(person)), NULL, e);
	return account == NULL
		   ? db_exec(db,
			     "DELETE FROM account_links WHERE account IS NULL AND person IS NULL",
			     DB_NONE, NULL, e)
		   : db_exec(db, "DELETE FROM account_links WHERE account = $1",
			     DB_PARAMS(db_text(account)), NULL, e);
}

bool store_known_get(struct db *db, const char *who, const unsigned char *browser,
		     const char *address, int64_t since_ms, struct store_known *out, struct err *e)
{
	static const unsigned char none[CREDENTIAL_HASH];
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT COALESCE(MAX(CASE WHEN hash = $2 THEN 1 ELSE 0 END), 0), "
		    "COALESCE(MAX(CASE WHEN address = $3 THEN 1 ELSE 0 END), 0) FROM "
		    "known_browsers WHERE who = $1 AND seen_ms > $4",
		    DB_PARAMS(db_text(who),
			      db_blob(browser != NULL ? browser : none, CREDENTIAL_HASH),
			      db_text(address), db_i64(since_ms)),
		    "No count.", e))
		return false;
	out->browser = db_column_bool(&rows, 0);
	out->address = db_column_bool(&rows, 1);
	return true;
}

static bool keep_newest(struct db *db, const char *who, struct err *e)
{
	return db_exec(db,
		       "DELETE FROM known_browsers WHERE who = $1 AND hash NOT IN (SELECT hash "
		       "FROM known_browsers WHERE who = $1 ORDER BY seen_ms DESC LIMIT $2)",
		       DB_PARAMS(db_text(who), db_i64(KEPT_BROWSERS)), NULL, e);
}

bool store_known_add(struct db *db, const char *who, const unsigned char *before,
		     const unsigned char browser[CREDENTIAL_HASH], const char *address,
		     int64_t now_ms, struct err *e)
{
	if (before != NULL &&
	    !db_exec(db, "UPDATE known_browsers SET hash = $2 WHERE hash = $1",
		     DB_PARAMS(db_blob(before, CREDENTIAL_HASH), db_blob(browser, CREDENTIAL_HASH)),
		     NULL, e))
		return false;
	return db_exec(db,
		       "INSERT INTO known_browsers (who, hash, address, seen_ms) VALUES ($1, "
		       "$2, $3, $4) ON CONFLICT (who, hash) DO UPDATE SET address = "
		       "excluded.address, seen_ms = excluded.seen_ms",
		       DB_PARAMS(db_text(who), db_blob(browser, CREDENTIAL_HASH), db_text(address),
				 db_i64(now_ms)),
		       NULL, e) &&
	       keep_newest(db, who, e);
}

bool store_known_purge(struct db *db, const char *who, int64_t since_ms, struct err *e)
{
	return who == NULL ? db_exec(db, "DELETE FROM known_browsers WHERE seen_ms <= $1",
				     DB_PARAMS(db_i64(since_ms)), NULL, e)
			   : db_exec(db, "DELETE FROM known_browsers WHERE who = $1",
				     DB_PARAMS(db_text(who)), NULL, e);
}
