#include "store/enrolment.h"

#include <string.h>

#include "base/text.h"

static const char *const states[] = {[ENROLMENT_PENDING] = "pending",
				     [ENROLMENT_ALLOWED] = "allowed",
				     [ENROLMENT_DENIED] = "denied",
				     [ENROLMENT_USED] = "used"};

bool store_enrolment_add(struct db *db, const struct store_enrolment *en,
			 const unsigned char code[32], struct err *e)
{
	return db_exec(
	    db,
	    "INSERT INTO enrolments (id, device_code, user_code, state, key, hostname, os, "
	    "macs, client_version, address, created_ms, expires_ms, interval_ms, polled_ms, "
	    "person, hardware, switching, token, subscriber) VALUES ($1, $2, $3, $13, $4, $5, $6, "
	    "$7, "
	    "$8, $9, $10, $11, $12, 0, $14, $15, $16, $17, $18)",
	    DB_PARAMS(db_text(en->id), db_blob(code, 32), db_text(en->user_code),
		      db_blob(en->key, 32), db_text(en->hostname), db_text(en->os),
		      db_text(en->macs), db_text(en->client_version), db_text(en->address),
		      db_i64(en->created_ms), db_i64(en->expires_ms), db_i64(en->interval_ms),
		      db_text(states[en->state]), db_text(en->person),
		      db_text(en->hardware != NULL ? en->hardware : ""), db_i64(en->switching),
		      db_text(en->token), db_text(en->subscriber)),
	    NULL, e);
}

#define COLUMNS                                                                                 \
	"SELECT id, user_code, state, key, hostname, os, macs, client_version, address, "       \
	"created_ms, expires_ms, interval_ms, polled_ms, person, device, hardware, switching, " \
	"token FROM "                                                                           \
	"enrolments "

static bool enrolment_of(const struct db_rows *rows, struct arena *a, struct store_enrolment *out,
			 struct err *e)
{
	const char *state = db_column_text(rows, 2, a);
	size_t n, s = 0;
	const void *key = db_column_blob(rows, 3, a, &n);

	while (s < ARRAY_SIZE(states) && !text_equal(states[s], state))
		s++;
	if (s == ARRAY_SIZE(states) || n != sizeof(out->key))
		return err_set(e, ERR_INTERNAL, "a stored enrolment is damaged");
	*out = (struct store_enrolment){.id = db_column_text(rows, 0, a),
					.user_code = db_column_text(rows, 1, a),
					.state = (enum enrolment_state)s,
					.hostname = db_column_text(rows, 4, a),
					.os = db_column_text(rows, 5, a),
					.macs = db_column_text(rows, 6, a),
					.client_version = db_column_text(rows, 7, a),
					.address = db_column_text(rows, 8, a),
					.created_ms = db_column_i64(rows, 9),
					.expires_ms = db_column_i64(rows, 10),
					.interval_ms = db_column_i64(rows, 11),
					.polled_ms = db_column_i64(rows, 12),
					.person = db_column_text(rows, 13, a),
					.device = db_column_text(rows, 14, a),
					.hardware = db_column_text(rows, 15, a),
					.switching = db_column_bool(rows, 16),
					.token = db_column_text(rows, 17, a)};
	memcpy(out->key, key, n);
	return true;
}

bool store_enrolment_by_code(struct db *db, struct arena *a, const unsigned char code[32],
			     struct store_enrolment *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_one(db, &rows, COLUMNS "WHERE device_code = $1", DB_PARAMS(db_blob(code, 32)),
		      "This device code is not known.", e) &&
	       enrolment_of(&rows, a, out, e);
}

bool store_enrolment_by_user_code(struct db *db, struct arena *a, const char *user_code,
				  int64_t now_ms, struct store_enrolment *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	return db_one(db, &rows,
		      COLUMNS "WHERE user_code = $1 AND state = 'pending' AND expires_ms > $2",
		      DB_PARAMS(db_text(user_code), db_i64(now_ms)), "No device shows this code.",
		      e) &&
	       enrolment_of(&rows, a, out, e);
}

bool store_enrolment_polled(struct db *db, const char *id, int64_t interval_ms, int64_t now_ms,
			    struct err *e)
{
	return db_exec(db, "UPDATE enrolments SET interval_ms = $2, polled_ms = $3 WHERE id = $1",
		       DB_PARAMS(db_text(id), db_i64(interval_ms), db_i64(now_ms)), NULL, e);
}

bool store_enrolment_decide(struct db *db, const char *id, bool allow, const char *person,
			    struct err *e)
{
	int64_t changed = 0;

	if (!db_exec(db,
		     "UPDATE enrolments SET state = $2, person = $3 WHERE id = $1 AND state = "
		     "'pending'",
		     DB_PARAMS(db_text(id),
			       db_text(states[allow ? ENROLMENT_ALLOWED : ENROLMENT_DENIED]),
			       db_text(person)),
		     &changed, e))
		return false;
	return changed == 1 || err_set(e, ERR_CONFLICT, "This device was answered already.");
}

bool store_enrolment_refuse(struct db *db, const char *id, struct err *e)
{
	return db_exec(db, "UPDATE enrolments SET state = 'denied' WHERE id = $1",
		       DB_PARAMS(db_text(id)), NULL, e);
}

bool store_enrolment_used(struct db *db, const char *id, const char *device, struct err *e)
{
	return db_exec(db, "UPDATE enrolments SET state = 'used', device = $2 WHERE id = $1",
		       DB_PARAMS(db_text(id), db_text(device)), NULL, e);
}

bool store_enrolment_open(struct db *db, const char *subscriber, int64_t now_ms,
			  struct store_enrolments_open *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(
		db, &rows,
		"SELECT COUNT(*), COALESCE(SUM(CASE WHEN subscriber = $1 THEN 1 ELSE 0 END), 0) "
		"FROM enrolments WHERE expires_ms > $2 AND state IN ('pending', 'allowed')",
		DB_PARAMS(db_text(subscriber), db_i64(now_ms)), "No count.", e))
		return false;
	out->total = db_column_i64(&rows, 0);
	out->from_subscriber = db_column_i64(&rows, 1);
	return true;
}

bool store_enrolment_purge(struct db *db, int64_t before_ms, struct err *e)
{
	return db_exec(db, "DELETE FROM enrolments WHERE expires_ms < $1",
		       DB_PARAMS(db_i64(before_ms)), NULL, e);
}
