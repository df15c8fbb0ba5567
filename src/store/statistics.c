#include "store/statistics.h"

#include <string.h>

#include "base/text.h"
#include "store/instance_list.h"

#define HOUR_MS (INT64_C(3600) * 1000)

/* A release decides what it makes at once; what was filed before and became part of one counts. */
#define FILED "(i.channel <> 'release' OR i.decided_ms IS NULL OR i.created_ms < i.decided_ms)"

/* Of devices, by whose they are. */
#define SCOPE(param)                                                                            \
	"WITH RECURSIVE scope (id) AS (SELECT id FROM departments WHERE " param " LIKE '%' || " \
	"id || '%' UNION SELECT c.id FROM departments c JOIN scope s ON c.parent = s.id) "
#define DEVICE_IN_SCOPE(param, device)                                                         \
	"(" param " = '' OR " device                                                           \
	" IN (SELECT o.id FROM devices o JOIN memberships m ON m.person = o.owner JOIN scope " \
	"s ON s.id = m.department))"

/* --- by day --- */

typedef void count_fn(struct store_day *day, const char *what, int64_t n);

static void count_filed(struct store_day *day, const char *what, int64_t n)
{
	(void)what;
	day->filed += n;
}

static void count_ended(struct store_day *day, const char *status, int64_t n)
{
	if (text_equal(status, "approved"))
		day->approved += n;
	else if (text_equal(status, "rejected"))
		day->rejected += n;
	else if (text_equal(status, "revoked"))
		day->revoked += n;
	else if (text_equal(status, "expired"))
		day->expired += n;
}

static void count_attempts(struct store_day *day, const char *what, int64_t n)
{
	(void)what;
	day->attempts += n;
}

static void count_removed(struct store_day *day, const char *ground, int64_t n)
{
	day->removed += n;
	if (text_equal(ground, "without grant"))
		day->without_grant += n;
}

/* Each gives the number of the day, what, how many; $1 from, $2 to, $3 scope. */
static const struct {
	const char *sql;
	count_fn *count;
} by_day[] = {
    {"SELECT (i.created_ms - $1) / 86400000, '', COUNT(*) FROM instances i WHERE i.created_ms >= "
     "$1 AND i.created_ms < $2 AND " FILED " AND " STORE_IN_SCOPE("$3") " GROUP BY 1",
     count_filed},
    {"SELECT (i.decided_ms - $1) / 86400000, i.status, COUNT(*) FROM instances i WHERE "
     "i.decided_ms >= $1 AND i.decided_ms < $2 AND " FILED
     " AND " STORE_IN_SCOPE("$3") " GROUP BY 1, 2",
     count_ended},
    {SCOPE("$3") "SELECT (v.at_ms - $1) / 86400000, '', COUNT(*) FROM events v WHERE v.kind = "
		 "'removal-refused' AND v.at_ms >= $1 AND v.at_ms < $2 AND " DEVICE_IN_SCOPE(
		     "$3", "v.device") " GROUP BY 1",
     count_attempts},
    {SCOPE("$3") "SELECT (r.at_ms - $1) / 86400000, r.ground, COUNT(*) FROM removals r WHERE "
		 "r.at_ms >= $1 AND r.at_ms < $2 AND r.state = 'removed' AND " DEVICE_IN_SCOPE(
		     "$3", "r.device") " GROUP BY 1, 2",
     count_removed},
};

bool store_statistics_days(struct db *db, const char *scope, struct store_day *days, size_t count,
			   struct err *e)
{
	int64_t from_ms = days[0].from_ms, to_ms = from_ms + (int64_t)count * STORE_DAY_MS;

	for (size_t i = 0; i < count; i++)
		days[i] = (struct store_day){.from_ms = from_ms + (int64_t)i * STORE_DAY_MS};
	for (size_t i = 0; i < ARRAY_SIZE(by_day); i++) {
		AUTO(arena_done) struct arena a = {0};
		AUTO(db_rows_done) struct db_rows rows = {0};

		if (!db_query(db, &rows, by_day[i].sql,
			      DB_PARAMS(db_i64(from_ms), db_i64(to_ms), db_text(scope)), e))
			return false;
		while (db_next(&rows))
			by_day[i].count(&days[db_column_i64(&rows, 0)],
					db_column_text(&rows, 1, &a), db_column_i64(&rows, 2));
		if (!db_rows_ok(&rows, e))
			return false;
	}
	return true;
}

/* --- what waits, and what was decided --- */

bool store_statistics_waiting(struct db *db, const char *scope, int64_t now_ms,
			      struct store_queue *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_one(db, &rows,
		    "SELECT COUNT(*), MIN(created_ms), SUM(CASE WHEN created_ms > $2 THEN 1 ELSE 0 "
		    "END), SUM(CASE WHEN created_ms > $3 THEN 1 ELSE 0 END), SUM(CASE WHEN "
		    "created_ms > $4 THEN 1 ELSE 0 END), SUM(CASE WHEN created_ms > $5 THEN 1 ELSE "
		    "0 END) FROM instances i WHERE i.status = 'pending' AND " STORE_IN_SCOPE("$1"),
		    DB_PARAMS(db_text(scope), db_i64(now_ms - HOUR_MS),
			      db_i64(now_ms - 8 * HOUR_MS), db_i64(now_ms - 24 * HOUR_MS),
			      db_i64(now_ms - 72 * HOUR_MS)),
		    "no count", e))
		return false;
	*out = (struct store_queue){.count = db_column_i64(&rows, 0),
				    .oldest_ms = db_column_i64(&rows, 1),
				    .hours_1 = db_column_i64(&rows, 2),
				    .hours_8 = db_column_i64(&rows, 3) - db_column_i64(&rows, 2),
				    .hours_24 = db_column_i64(&rows, 4) - db_column_i64(&rows, 3),
				    .hours_72 = db_column_i64(&rows, 5) - db_column_i64(&rows, 4),
				    .older = db_column_i64(&rows, 0) - db_column_i64(&rows, 5)};
	return true;
}

/* By the time, not by the status, which half of all have. */
#define DECIDED                                                                                   \
	" FROM instances i WHERE i.decided_ms >= $1 AND i.decided_ms < $2 AND i.status || '' IN " \
	"('approved', 'rejected') AND " FILED " AND " STORE_IN_SCOPE("$3")

/* The one in that place, from 1, by how long it took. */
static bool took_ms(struct db *db, const char *scope, int64_t since_ms, int64_t until_ms,
		    int64_t place, int64_t *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	if (!db_query(
		db, &rows,
		"SELECT i.decided_ms - i.created_ms" DECIDED " ORDER BY 1 LIMIT 1 OFFSET $4",
		DB_PARAMS(db_i64(since_ms), db_i64(until_ms), db_text(scope), db_i64(place - 1)),
		e))
		return false;
	*out = db_next(&rows) ? db_column_i64(&rows, 0) : 0;
	return db_rows_ok(&rows, e);
}

bool store_statistics_decided(struct db *db, const char *scope, const struct store_day *days,
			      size_t count, struct store_decided *out, struct err *e)
{
	int64_t since_ms = days[0].from_ms, until_ms = since_ms + (int64_t)count * STORE_DAY_MS;
	int64_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += days[i].approved + days[i].rejected;
	*out = (struct store_decided){.count = n};
	return n == 0 ||
	       (took_ms(db, scope, since_ms, until_ms, (n + 1) / 2, &out->median_ms, e) &&
		took_ms(db, scope, since_ms, until_ms, (n * 9 + 9) / 10, &out->p90_ms, e));
}

/* --- clients --- */

bool store_statistics_versions(struct db *db, struct arena *a, const char *scope,
			       struct store_versions *out, struct err *e)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	*out = (struct store_versions){0};
	if (!db_query(
		db, &rows,
		SCOPE("$1") "SELECT d.client_version, COUNT(*) FROM devices d WHERE d.state = "
			    "'active' AND ($1 = '' OR d.owner IN (SELECT m.person FROM "
			    "memberships m JOIN scope s ON s.id = m.department)) GROUP BY "
			    "d.client_version ORDER BY 2 DESC, 1",
		DB_PARAMS(db_text(scope)), e))
		return false;
	while (db_next(&rows)) {
		int64_t n = db_column_i64(&rows, 1);

		if (out->count == STORE_STATISTICS_MAX_VERSIONS)
			out->others += n;
		else
			out->items[out->count++] =
			    (struct store_version){db_column_text(&rows, 0, a), n};
	}
	return db_rows_ok(&rows, e);
}
