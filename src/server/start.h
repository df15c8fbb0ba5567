/* Starting and stopping the whole server. */
#pragma once

#include "web/server.h"

/* Runs until SIGTERM or SIGINT. False with e when it could not start; what was begun is undone. */
[[nodiscard]] bool server_run(const struct server_options *options, struct err *e);

/* Whether it could start: does what starting does, making what a first start makes, but serves
 * nothing and may be asked beside a running server. */
[[nodiscard]] bool server_check(const struct server_options *options, struct err *e);

/* The data folder's name among the servers on one database, made when it has none. */
[[nodiscard]] bool server_node(const struct server_options *options, char node[static ID_SIZE],
			       struct err *e);

/* What such a command writes with: whoever runs it is the system, the record names the account. node
 * and a outlive the flow. */
struct flow;
[[nodiscard]] bool server_flow(const struct server_options *options, struct db *db, struct arena *a,
			       char node[static ID_SIZE], struct flow *out, struct err *e);
/* --public-url, or what follows from --listen. With port 0 that is not known before the server runs. */
const char *server_public_url(const struct server_options *options, struct arena *a);

/* For the commands that work on the database beside or without a running server: the folder, the
 * master key (make: made when it is missing; NULL: not needed), the schema. The caller closes. */
[[nodiscard]] struct db *server_database(const struct server_options *options, bool make,
					 unsigned char *master, struct err *e);
