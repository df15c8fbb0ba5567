/* Audit records as syslog messages: RFC 5424, each with its length in front (RFC 5425). */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* "tls://log.example.com:6514"; "tcp://127.0.0.1:6514" without TLS, only on the machine itself. */
struct syslog_target {
	bool tls;
	const char *host; /* an IPv6 address without its brackets */
	int64_t port;
};
#define SYSLOG_TLS_PORT 6514
#define SYSLOG_MAX_HOST 253

[[nodiscard]] bool syslog_target_read(struct arena *a, const char *url, struct syslog_target *out,
				      struct err *e);

struct syslog_event {
	int64_t at_ms;
	const char *host; /* of the server; NULL: not said */
	const char *node; /* in whose chain */
	int64_t sequence;
	const char *id, *kind;
	const char *actor, *actor_kind;
	const char *object, *object_id, *instance, *device; /* or NULL */
	const char *record;                                 /* JSON, the message */
};

/* Nothing in the event can end its field, its message or its line. */
void syslog_put(struct buf *out, const struct syslog_event *event);
