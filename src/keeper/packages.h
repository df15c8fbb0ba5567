/*
 * The protected packages as the package manager's database has them: the client, and those that the
 * statement lists beside it (docs/device.md, Protecting other packages). The database is looked at when it
 * changes, and now and then. What was seen is noted on disk, so that a package that goes, in whatever
 * way, is told of once, also when this process ended meanwhile.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "keeper/manager.h"
#include "loop/loop.h"

#define GUARDS_PREFIX "holdfast-guards-"

struct keeper;

struct protected
{
	const char *name;
	bool listed;       /* the statement names it; else only its guard is still to go */
	bool installed;    /* as it was noted last; also where an heir has its place */
	bool replaced;     /* that was told of */
	const char *grant; /* that it went with last, NULL: none */
	/* By the last look: */
	struct package_state now, guard;
	const char *heir; /* the package that provides it in its stead, NULL: none */
	int64_t
	    missing_ms; /* by the loop's clock: since when it is gone without being told of; 0: it is not */
	/* guards.c */
	int failures;
	int64_t try_ms; /* by the loop's clock: not before */
};

struct packages {
	struct arena arena;
	struct protected *items; /* the client first; empty before the first look */
	size_t count;
	enum manager manager;
	bool watched;    /* its folder tells of changes */
	uint64_t stamp;  /* of the database when it was looked at */
	uint64_t folder; /* the one that does: its inode */
	struct loop_timer *timer;
	int64_t due_ms; /* by the loop's clock, 0: not */
	unsigned ticks;
	size_t grants;   /* held at the last look */
	int64_t counter; /* of the statement at the last look */
};

void packages_init(struct keeper *k);
void packages_load(struct keeper *k); /* once device and statement are there */
void packages_done(struct keeper *k);

/* Looks soon. */
void packages_look(struct keeper *k);
void packages_look_after(struct keeper *k, int64_t delay_ms);
/* Looks soon if the statement is another one, or a grant came or went. */
void packages_consider(struct keeper *k);
/* Every 90 seconds: at some of them it looks, whatever the folder told. */
void packages_tick(struct keeper *k);

/* NULL: it is not protected. */
const struct protected *packages_find(const struct keeper *k, const char *name);

/* How a protected package went. */
struct going {
	bool forced;       /* without a ground */
	bool replaced;     /* another one has its place, and is guarded in its stead */
	const char *grant; /* NULL: none */
	const char *text;  /* the ground or the evidence, NULL: none */
};

/* Notes that it is gone and reports it, once. */
void packages_gone(struct keeper *k, const char *name, const struct going *going);

/* The grant that a removal of the package was let through with and that no earlier going used up; NULL:
 * none. within_ms: since its use. In the arena. */
const char *packages_used_grant(const struct keeper *k, struct arena *a, const char *name,
				int64_t within_ms);
