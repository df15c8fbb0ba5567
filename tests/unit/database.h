/*
 * A database of its own for each unit test: a SQLite file in a temporary folder, or a schema on the
 * PostgreSQL that tests/postgresql has started and named in HOLDFAST_TEST_POSTGRESQL.
 */
#pragma once

#include "unit.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "db/db.h"

struct database {
	enum db_kind kind;
	char folder[64]; /* a temporary one, also on PostgreSQL */
	char schema[48];
	char url[512];
};

static inline void database_admin(const struct database *d, const char *sql)
{
	AUTO(db_closep) struct db *db = NULL;
	struct err e = {0};

	(void)d;
	db = db_open(getenv("HOLDFAST_TEST_POSTGRESQL"), DB_WRITE, &e);
	if (!db || !db_script(db, sql, &e))
		fail_msg("%s", e.text);
}

/* False when there is no PostgreSQL to test with: the test then says skip(). */
static inline bool database_make(struct database *d, enum db_kind kind)
{
	const char *server = getenv("HOLDFAST_TEST_POSTGRESQL"), *place = getenv("TMPDIR");
	unsigned char random[8];
	char hex[2 * sizeof(random) + 1];
	char sql[96];

	*d = (struct database){.kind = kind};
	(void)snprintf(d->folder, sizeof(d->folder), "%s/holdfast-test-XXXXXX",
		       place ? place : "/tmp");
	if (kind == DB_POSTGRESQL && !server)
		return false;
	assert_non_null(mkdtemp(d->folder));
	if (kind == DB_SQLITE) {
		(void)snprintf(d->url, sizeof(d->url), "sqlite:%s/test.db", d->folder);
		return true;
	}
	assert_int_equal(getentropy(random, sizeof(random)), 0);
	text_hex(random, sizeof(random), hex);
	(void)snprintf(d->schema, sizeof(d->schema), "test_%s", hex);
	(void)snprintf(sql, sizeof(sql), "CREATE SCHEMA %s", d->schema);
	database_admin(d, sql);
	(void)snprintf(d->url, sizeof(d->url), "%s%coptions=-csearch_path%%3D%s", server,
		       strchr(server, '?') ? '&' : '?', d->schema);
	return true;
}

static inline int database_remove(const char *path, const struct stat *st, int type,
				  struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static inline void database_drop(struct database *d)
{
	char sql[96];

	if (!d->folder[0] || strstr(d->folder, "XXXXXX"))
		return;
	(void)nftw(d->folder, database_remove, 8, FTW_DEPTH | FTW_PHYS);
	if (d->kind == DB_SQLITE)
		return;
	(void)snprintf(sql, sizeof(sql), "DROP SCHEMA %s CASCADE", d->schema);
	database_admin(d, sql);
}

static inline struct db *database_open(const struct database *d, enum db_use use)
{
	struct err e = {0};
	struct db *db = db_open(d->url, use, &e);

	if (!db)
		fail_msg("%s", e.text);
	return db;
}
