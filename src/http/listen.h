/* The listening socket of a server. */
#pragma once

#include "base/err.h"

#define LISTEN_ADDRESS_MAX 128
#define LISTEN_PEER_MAX 48

/* A listening socket for "127.0.0.1:8080", "[::1]:0" or "unix:/path", and what is really bound.
 * shared: others that say so too may listen there. Errors as http_server_new says. */
[[nodiscard]] bool listen_open(const char *address, bool shared, int *fd,
			       char bound[static LISTEN_ADDRESS_MAX], struct err *e);

/* Whether the address has such a form; ERR_INVALID. */
[[nodiscard]] bool listen_check(const char *address, struct err *e);

enum { LISTEN_NOBODY = -1, LISTEN_FAILED = -2 };

/* The next connection, non-blocking; LISTEN_NOBODY when none is waiting, LISTEN_FAILED with errno.
 * peer is its numeric address, "unix" on a Unix socket. */
int listen_accept(int listener, char peer[static LISTEN_PEER_MAX]);
