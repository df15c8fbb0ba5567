/*
 * The server as one value: what handlers, jobs and notes share. Made by main, handed down;
 * read-only after start except where a member guards itself.
 */
#pragma once

#include <stdatomic.h>

#include "base/id.h"
#include "crypto/crypto.h"
#include "db/committer.h"
#include "dingtalk/stream.h"
#include "http/server.h"
#include "loop/loop.h"
#include "model/proxy.h"

struct budgets;   /* jobs/budget.h */
struct elsewhere; /* web/elsewhere.h */
struct fanout;    /* server/fanout.h */
struct links;     /* jobs/link.h */
struct live;      /* web/live.h */
struct lives;
struct metrics;       /* server/metrics.h */
struct notes;         /* web/notes.h */
struct offline_maker; /* server/offline.h */
struct openapi;       /* web/openapi.h */
struct presence;      /* web/presence.h */
struct readers;       /* web/readers.h */
struct server_jobs;   /* server/jobs.h */
struct signer;        /* flow/signer.h */
struct snapshots;     /* flow/snapshots.h */
struct waits;         /* web/wait.h */

struct server_options {
	const char *data_dir, *listen, *public_url, *db_url, *master_key, *tls_cert, *tls_key;
	const char *trusted_proxies;
	struct proxies proxies; /* the same, read */
	const char *dingtalk_url, *dingtalk_api, *dingtalk_oapi, *dingtalk_login, *dingtalk_ca;
	const char *syslog_url, *syslog_ca, *syslog_cert, *syslog_key;
};

/* One loop, on a thread of its own, with what belongs to that thread. */
struct worker {
	struct server *server;
	struct loop *loop;
	struct http_server *http;
	struct db *db; /* reading */
	struct waits *waits;
	struct fanout *fanout; /* server/fanout.h */
	struct lives *lives;   /* web/live.h */
};

#define SERVER_MAX_WORKERS 16
#define SERVER_MAX_SUBSCRIPTIONS 32

/* Called on the committer's thread after the commit of a note with that topic. Must not block. */
typedef void note_handler_fn(void *arg, const char *text);

struct subscription {
	const char *topic;
	note_handler_fn *fn;
	void *arg;
};

struct server {
	struct server_options options;
	unsigned char master_key[CRYPTO_SEAL_KEY_SIZE];
	char node[ID_SIZE]; /* this data folder, among the servers on one database */
	struct committer *committer;
	struct signer *signer;
	bool
	    key_unrecorded; /* it signs with a key that is not on record yet; the committer's thread alone */
	struct readers *readers;     /* connections for the pool's threads */
	struct snapshots *snapshots; /* who is covered */
	struct links *links;         /* the ways to DingTalk */
	struct budgets *budgets;     /* what may be called there */
	struct dingtalk_stream_counts stream_counts;
	struct server_jobs *jobs;
	struct notes *notes;
	struct live *live;
	struct elsewhere *elsewhere;
	struct metrics *metrics;
	struct presence *presence;
	struct offline_maker *offline;
	atomic_int hashing;    /* passwords at this moment: web/password.h */
	atomic_bool verifying; /* the audit record, for somebody: api/audit_chain.c */
	const struct openapi *openapi;
	struct worker workers[SERVER_MAX_WORKERS];
	size_t worker_count;
	struct subscription subscriptions[SERVER_MAX_SUBSCRIPTIONS];
	size_t subscription_count;
};

/* Before the committer starts. */
void server_subscribe(struct server *s, const char *topic, note_handler_fn *fn, void *arg);
