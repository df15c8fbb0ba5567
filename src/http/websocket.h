/*
 * WebSockets, server side (RFC 6455), for text messages: a request handler takes the connection of
 * its request over. No extension and no subprotocol is agreed to. Everything on the loop's thread;
 * callbacks never run inside a call of this header.
 */
#pragma once

#include "http/server.h"

#define WEBSOCKET_MAX_MESSAGE (128 << 10) /* bytes of a client's message; over it close 1009 */
#define WEBSOCKET_MAX_UNSENT (4 << 20)    /* bytes a client may leave untaken; over it cut */

/* Status codes of a close (RFC 6455 §7.4.1). */
enum { WEBSOCKET_NORMAL = 1000, WEBSOCKET_GOING_AWAY = 1001, WEBSOCKET_POLICY = 1008 };

struct websocket;

struct websocket_owner {
	/* A whole message, valid UTF-8, NUL-terminated behind n bytes. */
	void (*message)(void *arg, const char *text, size_t n);
	/* Once, when the connection has ended in whatever way (http_server_free included); the
	 * WebSocket is gone already. */
	void (*gone)(void *arg);
	void *arg;
};

/*
 * From within the dispatcher: answers 101 and ends r; headers that were set go with it. NULL when
 * the request is no proper upgrade, r is then still to be answered: ERR_INVALID, or ERR_UNSUPPORTED
 * for another version than 13 (answer 426; Sec-WebSocket-Version is set).
 */
[[nodiscard]] struct websocket *websocket_accept(struct http_request *r,
						 const struct websocket_owner *owner,
						 struct err *e);

/* Sends a text message of valid UTF-8. A client that is quiet for HTTP_IDLE_TIMEOUT_MS is pinged,
 * and gone when it stays quiet as long again. Nothing is sent behind a close. */
void websocket_send(struct websocket *ws, const char *text, size_t n);

/* Begins the end: the client has CONN_LINGER_MS to answer the close. Messages that still arrive are
 * dropped. */
void websocket_close(struct websocket *ws, int code);

/* The server's own part, for conn.c. */
struct websocket {
	struct websocket_owner owner;
	struct frames *frames;
	struct conn *conn; /* NULL until the 101 is on its way */
	bool heard;        /* something came since the last ping */
};

/* Frees it and calls the owner's gone. */
void websocket_gone(struct websocket *ws);
