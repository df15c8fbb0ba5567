/* One connection of a server: what it is doing decides how long it may. Everything on the loop. */
#pragma once

#include "base/buf.h"
#include "http/listen.h"
#include "http/request.h"
#include "http/route.h"
#include "http/stream.h"
#include "http/websocket.h"

#define CONN_READ_MAX 16384       /* bytes taken from a socket at once */
#define CONN_AHEAD_MAX 4096       /* pipelined bytes over which we stop reading */
#define CONN_LINGER_MS 2000       /* for the client to close after our last answer */
#define CONN_LINGER_MAX (1 << 26) /* bytes it may still send meanwhile */
#define CONN_PROGRESS (1 << 14)   /* bytes that renew the time for writing, and for lingering */

enum conn_state {
	CONN_HANDSHAKE, /* TLS */
	CONN_IDLE,      /* no request has begun */
	CONN_HEAD,
	CONN_BODY,
	CONN_WAIT,   /* the request is with the dispatcher */
	CONN_NOTICE, /* as WAIT; the client has left and a long wait must hear of it */
	CONN_WRITE,
	CONN_LINGER,
	CONN_SOCKET,   /* a WebSocket */
	CONN_FAREWELL, /* as SOCKET; our close is on its way, or the client's is to come */
	CONN_CUT,      /* a WebSocket whose client takes nothing; closed as soon as we are back */
	CONN_SHELL,    /* closed; kept for the request that is still out */
	CONN_DEAD,     /* closed; freed by conn_settle */
	CONN_STATES
};

struct conn_list {
	struct conn *first, *last; /* by deadline: each state has one duration */
};

struct conn {
	struct conn *previous, *next; /* in the list of its state */
	struct http_server *server;
	enum conn_state state;
	bool reading;
	bool eof; /* the client will send nothing more */
	bool close_after;
	int64_t deadline;
	struct stream stream;
	struct loop_watch *watch;
	struct request *r;
	struct websocket *ws; /* in SOCKET, FAREWELL and CUT */
	size_t charged;       /* what the unfinished body of r takes of the server's body_bytes */
	struct buf ahead;     /* pipelined bytes behind r */
	struct buf out;
	size_t out_at;    /* bytes of out that are sent */
	size_t progress;  /* bytes sent since the deadline was set, or discarded in LINGER */
	size_t discarded; /* in LINGER, in all */
	char peer[LISTEN_PEER_MAX];
};

struct http_server {
	struct loop *loop;
	struct http_server_config config;
	struct http_limits limits;
	struct http_router *router;
	SSL_CTX *tls;
	struct mailbox *mail;
	char address[LISTEN_ADDRESS_MAX];
	int listener;
	struct loop_watch *listener_watch;
	struct loop_timer *accept_timer; /* listens again after descriptors ran out */
	struct loop_timer *timer;        /* of all deadlines */
	int64_t timer_at;                /* INT64_MAX: not set */
	struct loop_timer *grace;
	struct conn_list lists[CONN_STATES];
	size_t conns;
	size_t body_bytes; /* of all unfinished bodies */
	size_t requests;   /* not yet answered or not yet back from the mailbox */
	bool stopping;
	loop_fn *stopped;
	void *stopped_arg;
	char scratch[CONN_READ_MAX];
};

/* Takes the connected descriptor. */
void conn_open(struct http_server *s, int fd, const char *peer);

/* A request came back from the mailbox. */
void conn_answered(struct request *r);

/* The state's time is over. */
void conn_expired(struct conn *c);

/* http_on_gone or http_park was called: from now on a client that left ends the request. */
void conn_waits_long(struct conn *c);

/* Closes; the memory stays until conn_settle or until its request is back. */
void conn_close(struct conn *c);
void conn_settle(struct conn *c);

/* Something was put into c->ws: it is written when the loop comes by. */
void conn_socket_wakes(struct conn *c);

/* How long a connection may be in a state; below 0: as long as it takes. server.c's. */
int64_t server_time_for(const struct http_server *s, enum conn_state state);

/* A deadline was set: the timer must not be later. server.c's. */
void server_deadline(struct http_server *s, int64_t deadline);

/* Something ended: perhaps the server has stopped now. server.c's. */
void server_less(struct http_server *s);
