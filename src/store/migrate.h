/*
 * The schema, as numbered files under migrations/ that are embedded at build time and run in order,
 * each once and in a transaction of its own. A released file is never edited.
 */
#pragma once

#include "db/db.h"

struct store_migration {
	int number;
	const char *name; /* "0001-identity" */
	const char *sql;
};

extern const struct store_migration store_migrations[]; /* ends with number 0 */

/* Brings the database to this program's schema. db is a writing connection outside a transaction;
 * several programs may call it at once. ERR_UNSUPPORTED when the database is newer. */
[[nodiscard]] bool store_migrate(struct db *db, int64_t now_ms, struct err *e);

/* Whether it is there already, for readers. ERR_UNAVAILABLE says what is missing. */
[[nodiscard]] bool store_schema_check(struct db *db, struct err *e);
