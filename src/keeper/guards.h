/*
 * The generated packages: holdfast-guards-X for each protected package X that is installed, as long as the
 * statement blocks its removal. They are installed and taken away again apart from this process, one
 * package manager at a time, and tried again with growing pauses. In audit mode there are none, because a
 * dependency refuses whatever the mode.
 */
#pragma once

#include <sys/types.h>

#include "base/base.h"
#include "json/json.h"

struct keeper;
struct protected;

struct guards {
	pid_t pid;                /* of a package manager, 0: none runs */
	const char *const *names; /* what it is about: packages of k->packages, in the arena */
	size_t count;
	struct arena arena;
};

/* A name that the package managers know, so that it may be one of a file and of an argument. */
bool guards_name_valid(const char *name);

/* The package's removal is blocked, but nothing guards it, and not because it was let go. By the last look. */
bool guards_missing(const struct keeper *k, const struct protected *item);

/* After a look at the database. */
void guards_plan(struct keeper *k, bool busy);
void guards_reaped(struct keeper *k); /* SIGCHLD */

/* The client is gone with all that it kept: its generated packages go too, once the package manager that
 * removes it has ended. */
void guards_leave(struct keeper *k);

/* What is removed with the package, it last: of a further protected one its guard. Those of the client's making
 * follow the client (guards_leave), because their guards do not go before it. *count of *out, in the arena. */
void guards_removal(const struct keeper *k, struct arena *a, const char *package,
		    const char *const **out, size_t *count);

/* "packages" of a status. */
void guards_put(const struct keeper *k, struct json_writer *w);
void guards_done(struct keeper *k);
