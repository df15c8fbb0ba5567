/* What holdfast-server is told on its command line and in its configuration file: one table. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "web/server.h"

/*
 * Defaults, then the file named by --config, then the command line, then what follows from others
 * (the database's URL from the data folder). arguments end with NULL; what is not "--name value" or
 * "--name=value" of the table is refused. extra, for commands with options of their own, may be
 * NULL.
 */
struct option_extra {
	const char *name; /* "role" */
	const char **out;
};

[[nodiscard]] bool options_read(struct arena *a, char **arguments, const struct option_extra *extra,
				struct server_options *out, struct err *e);

/* The options of --help, a line each. */
void options_help(struct buf *out);
