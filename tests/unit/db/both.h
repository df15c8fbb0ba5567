/* Every test of this folder runs on both databases: BOTH(test) makes its two entries. */
#pragma once

#include "../database.h"

static enum db_kind both_kinds[] = {DB_SQLITE, DB_POSTGRESQL};

static int both_setup(void **state)
{
	enum db_kind kind = *(enum db_kind *)*state;
	struct database *d = mem_new(struct database);

	(void)database_make(d, kind);
	*state = d;
	return 0;
}

static int both_teardown(void **state)
{
	database_drop(*state);
	mem_free(*state);
	return 0;
}

/* First in a test. */
static struct database *both_database(void **state)
{
	struct database *d = *state;

	if (!d->url[0])
		skip();
	return d;
}

#define ONE(test, kind, name)                                            \
	{                                                                \
		name, test, both_setup, both_teardown, &both_kinds[kind] \
	}
#define ON_SQLITE(test) ONE(test, DB_SQLITE, #test)
#define ON_POSTGRESQL(test) ONE(test, DB_POSTGRESQL, #test)
#define BOTH(test) \
	ONE(test, DB_SQLITE, #test " on SQLite"), ONE(test, DB_POSTGRESQL, #test " on PostgreSQL")

/* What a test needs to succeed. */
#define OK(call)                                \
	do {                                    \
		struct err e = {0};             \
		if (!(call))                    \
			fail_msg("%s", e.text); \
	} while (0)

#define FAILS(want, call)                                             \
	do {                                                          \
		struct err e = {0};                                   \
		assert_false(call);                                   \
		if (e.code != (want))                                 \
			fail_msg("%s: %s", err_name(e.code), e.text); \
	} while (0)
