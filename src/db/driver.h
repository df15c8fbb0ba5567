/* What db.c, the two drivers and the committer share; nobody else includes it. */
#pragma once

#include "db/db.h"
#include "db/statements.h"

/* Why only FAILED can go on: an error inside a transaction ends it on PostgreSQL, so it does on
 * SQLite too, up to the next rollback (to the savepoint, or of everything when it is LOST). */
enum transaction { TRANSACTION_NONE, TRANSACTION_OPEN, TRANSACTION_FAILED, TRANSACTION_LOST };

struct note {
	const char *topic;
	char *text;
};

struct notes {
	struct note *list;
	size_t count, room;
};

struct db_driver;

/* Each driver's connection begins with this. */
struct db {
	const struct db_driver *driver;
	enum db_use use;
	enum transaction transaction;
	struct err failure; /* of the transaction, when FAILED or LOST */
	bool again;         /* it was LOST to something that a rerun may well escape */
	bool in_unit;
	struct statements statements;
	struct notes notes;
};

/* Functions that can fail leave the transaction's state to db.c, which asks lost after an error. */
struct db_driver {
	enum db_kind kind;
	const char *begin[2]; /* by enum db_use */
	void (*close)(struct db *db);
	bool (*lost)(struct db *db); /* the transaction can only be rolled back or is so already */
	bool (*exec)(struct db *db, const char *sql, const struct db_params *params,
		     int64_t *changed, struct err *e);
	bool (*script)(struct db *db, const char *sql, struct err *e);
	bool (*begun)(struct db *db, struct err *e); /* runs begin */
	bool (*commit)(struct db *db, struct err *e);
	void (*rollback)(struct db *db);

	/* query fills rows->statement; next returns false at the end or with rows->failure set. */
	bool (*query)(struct db_rows *rows, const char *sql, const struct db_params *params,
		      struct err *e);
	bool (*next)(struct db_rows *rows);
	void (*done)(struct db_rows *rows);

	bool (*is_null)(const struct db_rows *rows, int column);
	int64_t (*i64)(const struct db_rows *rows, int column);
	const char *(*text)(const struct db_rows *rows, int column, size_t *n);
	void *(*blob)(const struct db_rows *rows, int column, struct arena *a, size_t *n);
};

/* path is what follows "sqlite:". */
struct db *sqlite_open(const char *path, enum db_use use, struct err *e);
struct db *postgresql_open(const char *url, enum db_use use, struct err *e);

/* One unit of the committer inside its transaction. keep gives the unit's own failed statement as
 * the error, the unit then being undone; false with TRANSACTION_LOST from any of them means that
 * the whole transaction is to be run again. */
[[nodiscard]] bool db_unit_begin(struct db *db, struct err *e);
[[nodiscard]] bool db_unit_keep(struct db *db, struct err *e);
[[nodiscard]] bool db_unit_undo(struct db *db, struct err *e);

void notes_cut(struct notes *notes, size_t count);
