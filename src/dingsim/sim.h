/* The running simulator: what every call and the pusher share. */
#pragma once

#include "db/db.h"
#include "http/client.h"
#include "loop/loop.h"

struct pusher;
struct injector;
struct hub;

#define SIM_MAX_RETRIES 8

struct sim_options {
	const char *listen;
	const char *data_dir;           /* NULL: in memory */
	const char *seed;               /* NULL: none */
	const char *tls_cert, *tls_key; /* NULL: plain HTTP */
	int64_t token_ttl_s;
	int64_t withdraw_delay_s;          /* after creation, before a withdrawal is taken */
	int64_t retry_ms[SIM_MAX_RETRIES]; /* waits before the second, third… attempt */
	size_t retry_count;
};

struct sim {
	struct sim_options options;
	struct loop *loop;
	struct db *db;
	struct http_async_client *client;
	struct pusher *pusher;
	struct injector *injector;
	struct hub *hub;
	const char *corp_id, *corp_name;
	int64_t ahead_ms; /* of the machine's clock */
};

/* UTC milliseconds by dingsim's own clock, which every rule of time follows. Who waits for such a
 * time on a timer looks again when clock_move has moved it. */
int64_t sim_now_ms(const struct sim *sim);
