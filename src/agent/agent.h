/*
 * The endpoint's network side: one loop, one keeper at descriptor 3, one server. Nothing outlives
 * the process: what must last, the keeper keeps. docs/device.md, "Keeper and agent", has the frames.
 */
#pragma once

#include "base/buf.h"
#include "http/client.h"
#include "ipc/channel.h"
#include "json/json.h"
#include "loop/loop.h"

#define AGENT_MAX_CALLS 8
#define AGENT_RUN_SIZE 23 /* base64url of 16 bytes, and NUL */

/* The wait after a failure; when it is over the agent is kicked. */
struct agent_pause {
	struct agent *agent;
	struct loop_timer *timer;
	unsigned failures;
	bool waiting;
};

enum enrol_state { ENROL_IDLE, ENROL_ASKING, ENROL_SIGNING, ENROL_WAITING, ENROL_POLLING };

struct enrol {
	enum enrol_state state;
	struct arena arena; /* of one enrolment */
	const char *key;
	const char *device_code;
	const char *signature;
	bool by_token; /* nobody has to open a page */
	bool handed;   /* the keeper has the answer and has not said what became of it */
	int64_t interval_ms;
	int64_t until_ms; /* monotonic */
	struct loop_timer *timer;
	struct http_async *call;
};

enum session_state { SESSION_NONE, SESSION_ASKING, SESSION_SIGNING, SESSION_OPENING, SESSION_OPEN };

struct session {
	enum session_state state;
	struct arena arena; /* of one session */
	const char *challenge;
	const char *authorization;       /* "Authorization: Bearer …" */
	bool takes_offline, takes_build; /* the server takes these members of a poll */
	struct agent_pause pause;
	struct http_async *call;
};

struct sync {
	struct agent_pause pause;
	struct http_async *call;
	bool settling; /* the keeper has the answer and has not said what became of it */
	int64_t began_ms;
	unsigned asked; /* fingerprint of what was asked with, to notice that nothing moved */
	char *view_tag;
	bool rested; /* nothing has happened since memory was given back */
};

struct receipts {
	struct agent_pause pause;
	struct http_async *call;
	char *waiting; /* the JSON array to send, NULL: none */
};

/* A person is waiting for the answer. */
struct agent_call {
	struct agent *agent;
	int64_t number; /* the keeper's; 0: this slot is free */
	char *path;
	char *body;
	char *idempotency; /* NULL: none */
	bool again;        /* it is made the second time */
	struct http_async *call;
};

struct agent {
	struct loop *loop;
	struct ipc_channel *keeper;
	struct http_async_client *http;
	struct arena settings;
	const char *base; /* of the server's address; NULL until the keeper has said a usable one */
	struct err unusable; /* why it is not */

	char run[AGENT_RUN_SIZE]; /* this process; no other has the same */

	struct arena device_arena;
	const char *device; /* NULL: not enrolled */
	int64_t counter;
	const char *hardware;     /* what the machine is recognised by, "" */
	const char *basis;        /* or NULL */
	const char *offline;      /* the set of offline codes that the keeper has, "" */
	const struct json *build; /* of the client, or NULL */
	const char *boot;         /* or NULL */
	const struct json *held;
	const struct json *revoked;

	bool online;
	bool told; /* whether online was ever told */
	struct enrol enrol;
	struct session session;
	struct sync sync;
	struct receipts receipts;
	struct agent_call calls[AGENT_MAX_CALLS];
};

[[nodiscard]] struct agent *agent_new(struct loop *l, int keeper_fd);
void agent_free(struct agent *g); /* accepts NULL */

/* Starts what can start: a session, and with one a poll, the receipts and the calls. */
void agent_kick(struct agent *g);

/* Sends a frame. When the keeper does not take it, the process has no purpose: it ends. */
void agent_tell(struct agent *g, struct buf *frame);

/* The keeper is told when it changes; what waits for the server fails when it is away. */
void agent_online(struct agent *g, bool online, const struct err *why);

struct agent_post {
	const char *path;
	const char *type; /* NULL: JSON */
	const char *body;
	const char *idempotency;    /* NULL: none */
	int64_t total_timeout_ms;   /* 0: the client's */
	int64_t connect_timeout_ms; /* 0: the client's */
	bool bearer;
};

struct http_async *agent_post(struct agent *g, const struct agent_post *post, http_done_fn *done,
			      void *arg);

/* *call becomes NULL; NULL already is fine. */
void agent_cancel(struct http_async **call);

/* The object in a 2xx answer. Everything else is an error in words: the status' meaning, and the
 * detail that the server gives. */
[[nodiscard]] bool agent_answer(struct arena *a, const struct http_reply *reply,
				const struct err *failed, const struct json **out, struct err *e);

void agent_pause_init(struct agent_pause *p, struct agent *g);
void agent_pause_begin(struct agent_pause *p);
void agent_pause_end(struct agent_pause *p); /* no wait, no failures */

/* enrol.c */
void enrol_init(struct agent *g);
/* frame: the keeper's "login". */
void enrol_begin(struct agent *g, const struct json *frame);
void enrol_signed(struct agent *g, const char *signature);
/* The server told this copy of another device to be one of its own. */
void enrol_split(struct agent *g, const struct json *frame);
void enrol_done(struct agent *g);

/* session.c */
void session_init(struct agent *g);
void session_start(struct agent *g);
void session_signed(struct agent *g, const char *signature);
/* An authorised call was refused with 401: the session is no more. */
void session_lost(struct agent *g);
void session_forget(struct agent *g);
void session_works(struct agent *g);
void session_done(struct agent *g);

/* sync.c */
void sync_init(struct agent *g);
void sync_start(struct agent *g);
void sync_settled(struct agent *g);
void sync_refresh(struct agent *g);
void sync_done(struct agent *g);

/* calls.c */
void calls_init(struct agent *g);
void receipts_set(struct agent *g, const struct json *list);
void receipts_start(struct agent *g);
void calls_file(struct agent *g, const struct json *frame);
void calls_withdraw(struct agent *g, const struct json *frame);
void calls_logout(struct agent *g, const struct json *frame);
void calls_start(struct agent *g);
void calls_fail(struct agent *g, const struct err *e);
void calls_done(struct agent *g);
