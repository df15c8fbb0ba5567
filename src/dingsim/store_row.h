/* How the files of the store read rows: a statement, and where its columns go. */
#pragma once

#include "dingsim/store.h"

/* Each file's tables, which store_open lays out. */
extern const char store_layout_org[], store_layout_oa[], store_layout_push[], store_layout_fault[],
    store_layout_notice[], store_layout_todo[];

/* How a row becomes a struct: where its columns go, in the order of the SELECT. */
enum column_kind { COLUMN_END, COLUMN_TEXT, COLUMN_I64, COLUMN_BOOL };

struct column {
	enum column_kind kind;
	size_t offset;
};

struct shape {
	size_t size;
	struct column columns[24];
};

#define TEXT_AT(type, member)                              \
	{                                                  \
		COLUMN_TEXT, offsetof(struct type, member) \
	}
#define I64_AT(type, member)                              \
	{                                                 \
		COLUMN_I64, offsetof(struct type, member) \
	}
#define BOOL_AT(type, member)                              \
	{                                                  \
		COLUMN_BOOL, offsetof(struct type, member) \
	}

struct query {
	const char *sql;
	const struct db_params *params;
	const struct shape *shape;
};

#define RUN(s, e, sql, ...) db_exec((s)->db, (sql), DB_PARAMS(__VA_ARGS__), NULL, (e))
#define QUERY(shape, sql, ...) (&(const struct query){sql, DB_PARAMS(__VA_ARGS__), &shape})

/* Every row's struct begins with the link to the next one. NULL in *out: no row. */
[[nodiscard]] bool store_many(struct store *s, const struct query *q, void *out, struct err *e);
/* ERR_NOT_FOUND, with what it would have been, when there is none. */
[[nodiscard]] bool store_one(struct store *s, const struct query *q, const char *what, void *out,
			     struct err *e);
/* The first column of the first row, which there always is. */
[[nodiscard]] bool store_number(struct store *s, const char *sql, const struct db_params *params,
				int64_t *out, struct err *e);
[[nodiscard]] bool store_truth(struct store *s, const char *sql, const struct db_params *params,
			       bool *out, struct err *e);
