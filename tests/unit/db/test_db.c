#include "both.h"

#include "base/clock.h"

#include <fcntl.h>
#include <sys/stat.h>

static const char make_things[] =
    "CREATE TABLE thing (id TEXT PRIMARY KEY, n BIGINT, data BLOB, kind TEXT,"
    " CHECK (kind IN ('a', 'b')));"
    "CREATE TABLE part (id BIGINT PRIMARY KEY, thing TEXT NOT NULL REFERENCES thing (id))";

static struct db *things(const struct database *d)
{
	struct db *db = database_open(d, DB_WRITE);

	OK(db_script(db, make_things, &e));
	return db;
}

static int64_t count(struct db *db)
{
	AUTO(db_rows_done) struct db_rows rows = {0};

	OK(db_one(db, &rows, "SELECT count(*) FROM thing", DB_NONE, "no count", &e));
	return db_column_i64(&rows, 0);
}

static void put(struct db *db, const char *id, int64_t n)
{
	OK(db_exec(db, "INSERT INTO thing (id, n) VALUES ($1, $2)",
		   DB_PARAMS(db_text(id), db_i64(n)), NULL, &e));
}

static void values_come_back_as_they_were(void **state)
{
	static const char bytes[] = "\0\1'\\\xff\xfe\0中";
	AUTO(db_closep) struct db *db = things(both_database(state));
	AUTO(db_rows_done) struct db_rows rows = {0};
	AUTO(arena_done) struct arena a = {0};
	int64_t changed = -1;
	size_t n = 0;

	OK(db_exec(db, "INSERT INTO thing VALUES ($1, $2, $3, $4)",
		   DB_PARAMS(db_text("电脑报废 \"'; -- 😀"), db_i64(INT64_MIN),
			     db_blob(bytes, sizeof(bytes)), db_text("a")),
		   &changed, &e));
	assert_int_equal(changed, 1);
	OK(db_one(db, &rows, "SELECT id, n, data, kind FROM thing WHERE id = $1",
		  DB_PARAMS(db_text("电脑报废 \"'; -- 😀")), "gone", &e));
	assert_string_equal(db_column_text(&rows, 0, &a), "电脑报废 \"'; -- 😀");
	assert_true(db_column_i64(&rows, 1) == INT64_MIN);
	assert_memory_equal(db_column_blob(&rows, 2, &a, &n), bytes, sizeof(bytes));
	assert_int_equal(n, sizeof(bytes));
	assert_string_equal(db_column_text(&rows, 3, &a), "a");
	assert_false(db_next(&rows));
	assert_false(db_next(&rows));
	OK(db_rows_ok(&rows, &e));
}

static void null_and_empty_are_two_things(void **state)
{
	AUTO(db_closep) struct db *db = things(both_database(state));
	AUTO(db_rows_done) struct db_rows rows = {0};
	AUTO(arena_done) struct arena a = {0};
	struct db_value nothing = {0};
	size_t n = 77;

	OK(db_exec(db, "INSERT INTO thing VALUES ($1, $2, $3, $4)",
		   DB_PARAMS(db_text("1"), nothing, db_blob(NULL, 0), db_text(NULL)), NULL, &e));
	OK(db_exec(db, "INSERT INTO thing VALUES ($1, $2, $3, $4)",
		   DB_PARAMS(db_text(""), db_i64(0), db_blob("", 0), db_text("b")), NULL, &e));
	OK(db_query(db, &rows, "SELECT id, n, data, kind FROM thing ORDER BY id DESC", DB_NONE,
		    &e));
	assert_true(db_next(&rows));
	assert_true(db_is_null(&rows, 1) && db_is_null(&rows, 2) && db_is_null(&rows, 3));
	assert_int_equal(db_column_i64(&rows, 1), 0);
	assert_null(db_column_blob(&rows, 2, &a, &n));
	assert_int_equal(n, 0);
	assert_null(db_column_text(&rows, 3, &a));
	assert_true(db_next(&rows));
	assert_string_equal(db_column_text(&rows, 0, &a), "");
	assert_false(db_is_null(&rows, 1));
	assert_false(db_is_null(&rows, 2));
	assert_non_null(db_column_blob(&rows, 2, &a, &n));
	assert_int_equal(n, 0);
}

static void parameters_go_by_name_and_may_repeat(void **state)
{
	AUTO(db_closep) struct db *db = things(both_database(state));
	AUTO(db_rows_done) struct db_rows rows = {0};
	AUTO(arena_done) struct arena a = {0};

	OK(db_one(db, &rows,
		  "SELECT $2, $1 + 1, CASE WHEN $3 = $2 THEN 1 ELSE 0 END, $1 > 4, $3 IS NULL",
		  DB_PARAMS(db_i64(5000000000), db_text("二"), db_text("二")), "none", &e));
	assert_string_equal(db_column_text(&rows, 0, &a), "二");
	assert_true(db_column_i64(&rows, 1) == 5000000001);
	assert_true(db_column_bool(&rows, 2));
	assert_true(db_column_bool(&rows, 3));
	assert_int_equal(db_column_i64(&rows, 3), 1);
	assert_false(db_column_bool(&rows, 4));
}

static void the_same_literal_takes_a_null_and_a_value(void **state)
{
	static const char set[] = "UPDATE thing SET n = $2, kind = $3 WHERE id = $1";
	AUTO(db_closep) struct db *db = things(both_database(state));
	int64_t changed = -1;

	put(db, "1", 1);
	OK(db_exec(db, set, DB_PARAMS(db_text("1"), (struct db_value){0}, db_text(NULL)), &changed,
		   &e));
	assert_int_equal(changed, 1);
	OK(db_exec(db, set, DB_PARAMS(db_text("1"), db_i64(3), db_text("a")), &changed, &e));
	assert_int_equal(changed, 1);
	OK(db_exec(db, set, DB_PARAMS(db_text("2"), db_i64(3), db_text("a")), &changed, &e));
	assert_int_equal(changed, 0);
	OK(db_exec(db, "CREATE TABLE other (id TEXT)", DB_NONE, &changed, &e));
	assert_int_equal(changed, 0);
	OK(db_exec(db, "SELECT id FROM thing", DB_NONE, &changed, &e));
	assert_int_equal(changed, 0);
}

static void constraints_are_conflicts(void **state)
{
	AUTO(db_closep) struct db *db = things(both_database(state));

	put(db, "1", 1);
	FAILS(ERR_CONFLICT, db_exec(db, "INSERT INTO thing (id) VALUES ('1')", DB_NONE, NULL, &e));
	FAILS(ERR_CONFLICT,
	      db_exec(db, "INSERT INTO thing (id, kind) VALUES ('2', 'c')", DB_NONE, NULL, &e));
	FAILS(ERR_CONFLICT, db_exec(db, "INSERT INTO part VALUES (1, 'none')", DB_NONE, NULL, &e));
	OK(db_exec(db, "INSERT INTO part VALUES (1, '1')", DB_NONE, NULL, &e));
	FAILS(ERR_CONFLICT, db_exec(db, "DELETE FROM thing WHERE id = '1'", DB_NONE, NULL, &e));
	FAILS(ERR_INTERNAL, db_exec(db, "INSERT INTO part VALUES (2, NULL)", DB_NONE, NULL, &e));
	assert_int_equal(count(db), 1);
}

static void wrong_sql_is_our_bug(void **state)
{
	AUTO(db_closep) struct db *db = things(both_database(state));
	AUTO(db_rows_done) struct db_rows rows = {0};

	FAILS(ERR_INTERNAL, db_exec(db, "SELEC 1", DB_NONE, NULL, &e));
	FAILS(ERR_INTERNAL, db_exec(db, "", DB_NONE, NULL, &e));
	FAILS(ERR_INTERNAL, db_exec(db, "DELETE FROM none", DB_NONE, NULL, &e));
	FAILS(ERR_INTERNAL, db_exec(db, "DELETE FROM thing WHERE id = $1", DB_NONE, NULL, &e));
	FAILS(ERR_INTERNAL, db_exec(db, "SELECT 1; DELETE FROM thing", DB_NONE, NULL, &e));
	FAILS(ERR_INTERNAL, db_query(db, &rows, "SELECT 1; SELECT 2", DB_NONE, &e));
	FAILS(ERR_INTERNAL, db_exec(db, "SELECT $1", DB_PARAMS(db_text("\xff")), NULL, &e));
	FAILS(ERR_INTERNAL, db_exec(db, "SELECT \"id2\" FROM thing", DB_NONE, NULL, &e));
	FAILS(ERR_INTERNAL, db_query(db, &rows, "SELECT $1", DB_PARAMS(db_text("\xc0\x80")), &e));
	FAILS(ERR_INTERNAL, db_script(db, "CREATE TABLE x (id TEXT); SELEC", &e));
	OK(db_exec(db, "SELECT 1; -- one only\n", DB_NONE, NULL, &e));
}

static void errors_name_neither_values_nor_the_url(void **state)
{
	const struct database *d = both_database(state);
	AUTO(db_closep) struct db *db = things(d);
	struct err why = {0};

	put(db, "geheim", 1);
	assert_false(db_exec(db, "INSERT INTO thing (id) VALUES ($1)", DB_PARAMS(db_text("geheim")),
			     NULL, &why));
	assert_null(strstr(why.text, "geheim"));
	assert_false(db_exec(db, "INSERT INTO thing (id, kind) VALUES ('2', $1)",
			     DB_PARAMS(db_text("geheim")), NULL, &why));
	assert_null(strstr(why.text, "geheim"));
	if (d->kind == DB_SQLITE)
		return;
	assert_false(db_exec(db, "INSERT INTO thing (id, n) VALUES ('2', CAST($1 AS BIGINT))",
			     DB_PARAMS(db_text("geheim")), NULL, &why));
	assert_null(strstr(why.text, "geheim"));
}

static void urls_are_refused_without_repeating_them(void **state)
{
	static const struct {
		const char *url;
		enum err_code code;
	} bad[] = {
	    {"", ERR_INVALID},
	    {"mysql://user:geheim@host/db", ERR_INVALID},
	    {"sqlite:", ERR_INVALID},
	    {"postgresql://user:geheim@host:geheim/db?geheim", ERR_INVALID},
	    {"postgresql://user:geheim@127.0.0.1:1/geheim", ERR_UNAVAILABLE},
	    {"postgresql://user:x@geheim.invalid:1/geheim?hostaddr=geheim", ERR_UNAVAILABLE},
	    {"postgresql:///db?host=/nowhere/geheim", ERR_UNAVAILABLE},
	    {"sqlite:/nowhere/geheim/x.db", ERR_IO},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = {0};

		assert_null(db_open(bad[i].url, DB_WRITE, &e));
		if (e.code != bad[i].code || strstr(e.text, "geheim"))
			fail_msg("%s: %s", bad[i].url, e.text);
	}
}

static void upserts_return_rows(void **state)
{
	static const char upsert[] =
	    "INSERT INTO thing (id, n) VALUES ($1, $2)"
	    " ON CONFLICT (id) DO UPDATE SET n = thing.n + excluded.n RETURNING n";
	AUTO(db_closep) struct db *db = things(both_database(state));
	AUTO(db_rows_done) struct db_rows rows = {0};
	int64_t changed = -1;

	OK(db_begin(db, &e));
	OK(db_one(db, &rows, upsert, DB_PARAMS(db_text("1"), db_i64(40)), "none", &e));
	assert_int_equal(db_column_i64(&rows, 0), 40);
	OK(db_one(db, &rows, upsert, DB_PARAMS(db_text("1"), db_i64(2)), "none", &e));
	assert_int_equal(db_column_i64(&rows, 0), 42);
	OK(db_exec(db, "INSERT INTO thing (id) VALUES ('1') ON CONFLICT DO NOTHING", DB_NONE,
		   &changed, &e));
	assert_int_equal(changed, 0);
	OK(db_exec(db, upsert, DB_PARAMS(db_text("2"), db_i64(1)), &changed, &e));
	assert_int_equal(changed, 1);
	db_rows_done(&rows);
	OK(db_commit(db, &e));
	assert_int_equal(count(db), 2);
}

static void a_missing_row_is_said_in_the_callers_words(void **state)
{
	AUTO(db_closep) struct db *db = things(both_database(state));
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct err why = {0};

	assert_false(db_one(db, &rows, "SELECT id FROM thing", DB_NONE, "没有这台电脑", &why));
	assert_int_equal(why.code, ERR_NOT_FOUND);
	assert_string_equal(why.text, "没有这台电脑");
}

static int64_t walk(struct db *db, int64_t deep)
{
	AUTO(db_rows_done) struct db_rows rows = {0};
	int64_t met = 0;

	OK(db_query(db, &rows, "SELECT n FROM thing ORDER BY n", DB_NONE, &e));
	while (db_next(&rows)) {
		met++;
		if (deep > 0)
			met += walk(db, deep - 1);
	}
	OK(db_rows_ok(&rows, &e));
	return met;
}

static void rows_nest_even_of_one_statement(void **state)
{
	AUTO(db_closep) struct db *db = things(both_database(state));

	put(db, "1", 1);
	put(db, "2", 2);
	put(db, "3", 3);
	assert_int_equal(walk(db, 2), 3 + 9 + 27);
	assert_int_equal(walk(db, 2), 3 + 9 + 27);
}

static void rows_can_be_left_half_way(void **state)
{
	AUTO(db_closep) struct db *db = things(both_database(state));
	AUTO(db_rows_done) struct db_rows rows = {0};

	put(db, "1", 1);
	put(db, "2", 2);
	OK(db_query(db, &rows, "SELECT n FROM thing", DB_NONE, &e));
	assert_true(db_next(&rows));
	OK(db_query(db, &rows, "SELECT n FROM thing WHERE n > $1", DB_PARAMS(db_i64(1)), &e));
	assert_true(db_next(&rows));
	assert_int_equal(db_column_i64(&rows, 0), 2);
	db_rows_done(&rows);
	OK(db_exec(db, "DELETE FROM thing", DB_NONE, NULL, &e));
	assert_int_equal(count(db), 0);
}

static void a_reader_cannot_write_and_sees_one_snapshot(void **state)
{
	const struct database *d = both_database(state);
	AUTO(db_closep) struct db *db = things(d);
	AUTO(db_closep) struct db *reader = database_open(d, DB_READ);

	put(db, "1", 1);
	assert_int_equal(count(reader), 1);
	FAILS(ERR_INTERNAL, db_exec(reader, "DELETE FROM thing", DB_NONE, NULL, &e));
	FAILS(ERR_INTERNAL, db_script(reader, "CREATE TABLE more (id TEXT)", &e));
	OK(db_begin(reader, &e));
	assert_int_equal(count(reader), 1);
	put(db, "2", 2);
	assert_int_equal(count(reader), 1);
	OK(db_commit(reader, &e));
	assert_int_equal(count(reader), 2);
}

static void a_transaction_holds_whole_or_not_at_all(void **state)
{
	AUTO(db_closep) struct db *db = things(both_database(state));

	OK(db_begin(db, &e));
	FAILS(ERR_INTERNAL, db_begin(db, &e));
	put(db, "1", 1);
	db_rollback(db);
	assert_int_equal(count(db), 0);
	FAILS(ERR_INTERNAL, db_commit(db, &e));

	OK(db_begin(db, &e));
	put(db, "1", 1);
	FAILS(ERR_CONFLICT, db_exec(db, "INSERT INTO thing (id) VALUES ('1')", DB_NONE, NULL, &e));
	FAILS(ERR_CONFLICT, db_exec(db, "INSERT INTO thing (id) VALUES ('2')", DB_NONE, NULL, &e));
	FAILS(ERR_CONFLICT, db_commit(db, &e));
	assert_int_equal(count(db), 0);

	OK(db_begin(db, &e));
	put(db, "1", 1);
	OK(db_commit(db, &e));
	assert_int_equal(count(db), 1);
}

static void a_constraint_checked_at_commit_is_a_conflict(void **state)
{
	AUTO(db_closep) struct db *db = things(both_database(state));

	OK(db_script(db,
		     "CREATE TABLE late (id TEXT REFERENCES thing (id) DEFERRABLE"
		     " INITIALLY DEFERRED)",
		     &e));
	OK(db_begin(db, &e));
	OK(db_exec(db, "INSERT INTO late VALUES ('none')", DB_NONE, NULL, &e));
	FAILS(ERR_CONFLICT, db_commit(db, &e));
	put(db, "1", 1);
	assert_int_equal(count(db), 1);
}

static void many_statements_are_kept(void **state)
{
	AUTO(db_closep) struct db *db = things(both_database(state));
	char sql[300][32];
	size_t i, round;

	for (i = 0; i < ARRAY_SIZE(sql); i++)
		(void)snprintf(sql[i], sizeof(sql[i]), "SELECT %zu", i);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < ARRAY_SIZE(sql); i++) {
			AUTO(db_rows_done) struct db_rows rows = {0};

			OK(db_one(db, &rows, sql[i], DB_NONE, "none", &e));
			assert_int_equal(db_column_i64(&rows, 0), i);
		}
	}
	/* Other text where one was. */
	(void)snprintf(sql[7], sizeof(sql[7]), "SELECT 1007");
	{
		AUTO(db_rows_done) struct db_rows rows = {0};

		OK(db_one(db, &rows, sql[7], DB_NONE, "none", &e));
		assert_int_equal(db_column_i64(&rows, 0), 1007);
	}
}

static void statements_survive_a_change_of_their_table(void **state)
{
	static const char all[] = "SELECT * FROM thing";
	const struct database *d = both_database(state);
	AUTO(db_closep) struct db *db = things(d);
	AUTO(db_closep) struct db *reader = database_open(d, DB_READ);
	AUTO(db_rows_done) struct db_rows rows = {0};
	struct err why = {0};
	bool ok;

	put(db, "1", 1);
	OK(db_one(reader, &rows, all, DB_NONE, "none", &e));
	db_rows_done(&rows);
	OK(db_script(db, "ALTER TABLE thing ADD COLUMN more BIGINT", &e));
	ok = db_one(reader, &rows, all, DB_NONE, "none", &why);
	if (!ok) {
		assert_int_equal(why.code, ERR_UNAVAILABLE);
		ok = db_one(reader, &rows, all, DB_NONE, "none", &why);
	}
	assert_true(ok);
	assert_true(db_is_null(&rows, 4));
}

static void the_sqlite_file_is_private_and_durable(void **state)
{
	const struct database *d = both_database(state);
	AUTO(db_closep) struct db *db = things(d);
	AUTO(db_rows_done) struct db_rows rows = {0};
	AUTO(arena_done) struct arena a = {0};
	struct stat st;

	assert_int_equal(stat(d->url + strlen("sqlite:"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	OK(db_begin(db, &e));
	OK(db_one(db, &rows, "PRAGMA journal_mode", DB_NONE, "none", &e));
	assert_string_equal(db_column_text(&rows, 0, &a), "wal");
	OK(db_one(db, &rows, "PRAGMA synchronous", DB_NONE, "none", &e));
	assert_int_equal(db_column_i64(&rows, 0), 2);
}

static int64_t size_of(const struct database *d, const char *suffix)
{
	char path[512];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s%s", d->url + strlen("sqlite:"), suffix);
	return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

/* By a thread of its own, while the writer goes on. */
static void the_sqlite_log_is_copied_back_meanwhile(void **state)
{
	static const char fill[65536];
	const struct database *d = both_database(state);
	AUTO(db_closep) struct db *db = things(d);
	int64_t end = clock_mono_ms() + 10000;

	OK(db_script(db, "CREATE TABLE heavy (data BLOB)", &e));
	for (int i = 0; i < 20; i++) {
		OK(db_begin(db, &e));
		for (int j = 0; j < 10; j++)
			OK(db_exec(db, "INSERT INTO heavy (data) VALUES ($1)",
				   DB_PARAMS(db_blob(fill, sizeof(fill))), NULL, &e));
		OK(db_commit(db, &e));
	}
	while (size_of(d, "") < 4 << 20 && clock_mono_ms() < end)
		(void)usleep(1000);
	assert_true(size_of(d, "") >= 4 << 20);
	assert_true(size_of(d, "-wal") <= 20 << 20);
}

static void a_damaged_sqlite_file_is_said_to_be_damaged(void **state)
{
	const struct database *d = both_database(state);
	static const char noise[4096] = "this is no database at all";
	int fd = open(d->url + strlen("sqlite:"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct err e = {0};

	assert_int_equal(write(fd, noise, sizeof(noise)), sizeof(noise));
	assert_int_equal(close(fd), 0);
	assert_null(db_open(d->url, DB_WRITE, &e));
	assert_int_equal(e.code, ERR_IO);
	assert_null(db_open(d->url, DB_READ, &e));
	assert_int_equal(e.code, ERR_IO);
}

static void a_locked_sqlite_database_is_waited_for_then_unavailable(void **state)
{
	const struct database *d = both_database(state);
	AUTO(db_closep) struct db *db = things(d);
	AUTO(db_closep) struct db *other = database_open(d, DB_WRITE);

	OK(db_exec(other, "PRAGMA busy_timeout = 50", DB_NONE, NULL, &e));
	OK(db_begin(db, &e));
	FAILS(ERR_UNAVAILABLE, db_begin(other, &e));
	FAILS(ERR_UNAVAILABLE, db_exec(other, "DELETE FROM thing", DB_NONE, NULL, &e));
	OK(db_commit(db, &e));
	OK(db_begin(other, &e));
}

static void a_database_in_memory_works(void **state)
{
	struct database d = {.url = "sqlite::memory:"};
	AUTO(db_closep) struct db *db = things(&d);

	(void)state;
	put(db, "1", 1);
	assert_int_equal(count(db), 1);
}

static void a_lost_connection_is_opened_again(void **state)
{
	static const char kill_me[] = "SELECT pg_terminate_backend(pg_backend_pid())";
	const struct database *d = both_database(state);
	AUTO(db_closep) struct db *db = things(d);
	AUTO(db_closep) struct db *reader = database_open(d, DB_READ);

	FAILS(ERR_UNAVAILABLE, db_exec(reader, kill_me, DB_NONE, NULL, &e));
	assert_int_equal(count(reader), 0);
	FAILS(ERR_TIMEOUT, db_exec(db, kill_me, DB_NONE, NULL, &e));
	put(db, "1", 1);

	OK(db_begin(db, &e));
	put(db, "2", 2);
	FAILS(ERR_UNAVAILABLE, db_exec(db, kill_me, DB_NONE, NULL, &e));
	FAILS(ERR_UNAVAILABLE,
	      db_exec(db, "INSERT INTO thing (id) VALUES ('3')", DB_NONE, NULL, &e));
	FAILS(ERR_UNAVAILABLE, db_commit(db, &e));
	assert_int_equal(count(db), 1);
}

static void a_connection_lost_while_idle_does_not_fail_a_begin(void **state)
{
	const struct database *d = both_database(state);
	AUTO(db_closep) struct db *db = things(d);
	AUTO(db_closep) struct db *other = database_open(d, DB_WRITE);
	AUTO(db_rows_done) struct db_rows rows = {0};
	int64_t pid;

	OK(db_one(db, &rows, "SELECT pg_backend_pid()", DB_NONE, "none", &e));
	pid = db_column_i64(&rows, 0);
	OK(db_exec(other, "SELECT pg_terminate_backend($1::int, 5000)", DB_PARAMS(db_i64(pid)),
		   NULL, &e));
	OK(db_begin(db, &e));
	put(db, "1", 1);
	OK(db_commit(db, &e));
	assert_int_equal(count(db), 1);
}

static void a_commit_whose_answer_is_lost_is_unknown(void **state)
{
	AUTO(db_closep) struct db *db = things(both_database(state));

	OK(db_script(
	    db,
	    "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
	    " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;"
	    "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON part DEFERRABLE INITIALLY"
	    " DEFERRED FOR EACH ROW EXECUTE FUNCTION die()",
	    &e));
	OK(db_begin(db, &e));
	put(db, "1", 1);
	OK(db_exec(db, "INSERT INTO part VALUES (1, '1')", DB_NONE, NULL, &e));
	FAILS(ERR_TIMEOUT, db_commit(db, &e));
	put(db, "2", 2);
}

static void waits_for_locks_and_statements_are_bounded(void **state)
{
	const struct database *d = both_database(state);
	AUTO(db_closep) struct db *db = things(d);
	AUTO(db_closep) struct db *other = database_open(d, DB_WRITE);
	AUTO(db_rows_done) struct db_rows rows = {0};
	AUTO(arena_done) struct arena a = {0};

	OK(db_one(db, &rows, "SHOW statement_timeout", DB_NONE, "none", &e));
	assert_string_equal(db_column_text(&rows, 0, &a), "30s");
	put(db, "1", 1);
	OK(db_script(other, "SET lock_timeout = '50ms'", &e));
	OK(db_begin(db, &e));
	OK(db_exec(db, "UPDATE thing SET n = 2", DB_NONE, NULL, &e));
	FAILS(ERR_UNAVAILABLE, db_exec(other, "UPDATE thing SET n = 3", DB_NONE, NULL, &e));
	OK(db_script(other, "SET statement_timeout = '50ms'", &e));
	OK(db_commit(db, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(values_come_back_as_they_were),
	    BOTH(null_and_empty_are_two_things),
	    BOTH(parameters_go_by_name_and_may_repeat),
	    BOTH(the_same_literal_takes_a_null_and_a_value),
	    BOTH(constraints_are_conflicts),
	    BOTH(wrong_sql_is_our_bug),
	    BOTH(errors_name_neither_values_nor_the_url),
	    BOTH(upserts_return_rows),
	    BOTH(a_missing_row_is_said_in_the_callers_words),
	    BOTH(rows_nest_even_of_one_statement),
	    BOTH(rows_can_be_left_half_way),
	    BOTH(a_reader_cannot_write_and_sees_one_snapshot),
	    BOTH(a_transaction_holds_whole_or_not_at_all),
	    BOTH(a_constraint_checked_at_commit_is_a_conflict),
	    BOTH(many_statements_are_kept),
	    BOTH(statements_survive_a_change_of_their_table),
	    ON_SQLITE(the_sqlite_file_is_private_and_durable),
	    ON_SQLITE(the_sqlite_log_is_copied_back_meanwhile),
	    ON_SQLITE(a_damaged_sqlite_file_is_said_to_be_damaged),
	    ON_SQLITE(a_locked_sqlite_database_is_waited_for_then_unavailable),
	    ON_POSTGRESQL(a_lost_connection_is_opened_again),
	    ON_POSTGRESQL(a_connection_lost_while_idle_does_not_fail_a_begin),
	    ON_POSTGRESQL(a_commit_whose_answer_is_lost_is_unknown),
	    ON_POSTGRESQL(waits_for_locks_and_statements_are_bounded),
	    cmocka_unit_test(urls_are_refused_without_repeating_them),
	    cmocka_unit_test(a_database_in_memory_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
