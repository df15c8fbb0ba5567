/* The prepared statements of a connection, found by the address of their literal. */
#pragma once

#include "base/base.h"

/* More are a sign of SQL that is not a literal. */
#define STATEMENTS_MAX 4096

struct statement {
	const char *sql; /* the literal; with types and text the key */
	char *text;      /* a copy, so that other text at the same address is not taken for it */
	uint64_t types;
	unsigned number; /* unique in its map */
	bool busy;       /* rows are open on it: somebody else gets another one */
	void *handle;    /* the driver's */
};

struct statements {
	struct statement **slots;
	size_t size;
	size_t count;
};

/* One that is not busy, or NULL. */
struct statement *statements_find(const struct statements *all, const char *sql, uint64_t types);

/* NULL when there are STATEMENTS_MAX already. Owned by the map. */
struct statement *statements_add(struct statements *all, const char *sql, uint64_t types);

/* Empties the map; release (may be NULL) frees a handle. */
void statements_done(struct statements *all, void (*release)(void *handle));
