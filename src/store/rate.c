#include "store/rate.h"

#define KEY_SIZE 32
#define TELL_MS ((int64_t)24 * 3600 * 1000)

/* Until the unit's end nobody else, on another server either, counts the same. */
static bool lock(struct db *db, const unsigned char *key, struct err *e)
{
	return db_exec(db,
		       "INSERT INTO rates (key, full_ms, missed) VALUES ($1, 0, 0) ON CONFLICT "
		       "(key) DO UPDATE SET full_ms = rates.full_ms",
		       DB_PARAMS(db_blob(key, KEY_SIZE)), NULL, e);
}

static bool find(struct db *db, const unsigned char *key, int64_t *full_ms, int64_t *missed,
		 struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*full_ms = *missed = 0;
	if (!db_query(db, &rows, "SELECT full_ms, missed FROM rates WHERE key = $1",
		      DB_PARAMS(db_blob(key, KEY_SIZE)), e))
		return false;
	if (db_next(&rows)) {
		*full_ms = db_column_i64(&rows, 0);
		*missed = db_column_i64(&rows, 1);
	}
	return db_rows_ok(&rows, e);
}

static bool put(struct db *db, const unsigned char *key, int64_t full_ms, int64_t missed,
		struct err *e)
{
	return db_exec(db,
		       "INSERT INTO rates (key, full_ms, missed) VALUES ($1, $2, $3) ON CONFLICT "
		       "(key) DO UPDATE SET full_ms = excluded.full_ms, missed = excluded.missed",
		       DB_PARAMS(db_blob(key, KEY_SIZE), db_i64(full_ms), db_i64(missed)), NULL, e);
}

bool store_rate_take(struct db *db, const unsigned char key[32], const struct rate *rate,
		     int64_t now_ms, int64_t *wait_ms, struct err *e)
{
	int64_t full_ms, missed;

	return lock(db, key, e) && find(db, key, &full_ms, &missed, e) &&
	       (!rate_take(rate, now_ms, &full_ms, wait_ms) || put(db, key, full_ms, missed, e));
}

bool store_rate_look(struct db *db, const unsigned char key[32], const struct rate *rate,
		     int64_t now_ms, int64_t *wait_ms, struct err *e)
{
	int64_t full_ms, missed;

	if (!find(db, key, &full_ms, &missed, e))
		return false;
	(void)!rate_take(rate, now_ms, &full_ms, wait_ms);
	return true;
}

bool store_rate_give(struct db *db, const unsigned char key[32], const struct rate *rate,
		     struct err *e)
{
	int64_t full_ms, missed;

	if (!lock(db, key, e) || !find(db, key, &full_ms, &missed, e))
		return false;
	rate_give(rate, &full_ms);
	return put(db, key, full_ms, missed, e);
}

bool store_rate_say(struct db *db, const unsigned char key[32], const struct rate *rate,
		    int64_t now_ms, bool *said, int64_t *missed, struct err *e)
{
	int64_t full_ms, wait_ms;

	if (!lock(db, key, e) || !find(db, key, &full_ms, missed, e))
		return false;
	*said = rate_take(rate, now_ms, &full_ms, &wait_ms);
	return put(db, key, full_ms, *said ? 0 : *missed + 1, e);
}

bool store_rate_purge(struct db *db, int64_t now_ms, struct err *e)
{
	return db_exec(db,
		       "DELETE FROM rates WHERE full_ms <= $1 AND (missed = 0 OR full_ms <= $2)",
		       DB_PARAMS(db_i64(now_ms), db_i64(now_ms - TELL_MS)), NULL, e);
}
