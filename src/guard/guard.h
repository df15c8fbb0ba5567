/*
 * The decision that every removal of the package must pass (docs/device.md, What the guard does).
 * It reads files, writes the ledger and talks to the keeper, all below a root folder, and looks at
 * nothing else: no environment, no locale, no program, no network.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

#define GUARD_PACKAGE "holdfast-client" /* when the program's own name does not say */
/* A generated package is named so, and behind it after the package that it guards. */
#define GUARD_PREFIX "holdfast-guards-"

struct guard {
	const char *root;    /* "" on a real machine */
	const char *exe;     /* what /proc/self/exe points to; NULL when that cannot be read */
	const char *version; /* of the package that the guard belongs to: 1 to 128 printable ASCII
				characters without space */
	int64_t now_ms;
};

/* argc and argv are main's. Returns the exit status: 0 lets the removal go on. *text is what the
 * person at the terminal reads, possibly nothing. crypto_start has succeeded. */
int guard_run(const struct guard *guard, int argc, char *const *argv, struct buf *text);

/* The package that a program belongs to: NAME in ".../info/NAME.prerm" or ".../info/NAME:arch.prerm"
 * (dpkg), GUARD_PREFIX and NAME in "/usr/lib/holdfast/guards/NAME" (rpm), else GUARD_PACKAGE. */
const char *guard_package(struct arena *a, const char *exe);
