/* A connection on which only we speak, as syslog's: TLS or plain TCP. Blocks; one thread. */
#pragma once

#include "base/err.h"

struct wire_target {
	bool tls;
	const char *host;
	int64_t port;
	const char *ca_file;              /* PEM of who signs; NULL: the system's store */
	const char *cert_file, *key_file; /* ours, PEM, or NULL */
};

struct wire;

/* Waits at most timeout_ms, for each of these. The other side's certificate must name the host.
 * ERR_UNAVAILABLE, ERR_TIMEOUT, ERR_CRYPTO: the certificates. */
[[nodiscard]] struct wire *wire_open(const struct wire_target *target, int64_t timeout_ms,
				     struct err *e);
/* All of it is with the system. */
[[nodiscard]] bool wire_send(struct wire *w, const void *bytes, size_t n, int64_t timeout_ms,
			     struct err *e);
/* All that was sent has been taken by the other machine; whether its program reads it nobody says. */
[[nodiscard]] bool wire_taken(struct wire *w, int64_t timeout_ms, struct err *e);
/* The other side has neither closed nor broken off. What it says is thrown away. Does not wait. */
[[nodiscard]] bool wire_alive(struct wire *w, struct err *e);
void wire_close(struct wire *w); /* accepts NULL */
