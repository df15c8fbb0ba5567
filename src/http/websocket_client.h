/*
 * WebSockets, client side (RFC 6455), for text messages over ws and wss, on a loop: certificate and
 * host name verified, proxies as http/client.h has them, a strict opening handshake, no extension and
 * no subprotocol. Everything on the loop's thread; callbacks never run inside a call of this header.
 */
#pragma once

#include "base/err.h"
#include "loop/loop.h"

#define WEBSOCKET_CLIENT_MAX_MESSAGE (256 << 10) /* bytes; over it the connection ends */
#define WEBSOCKET_CLIENT_MAX_UNSENT (1 << 20)    /* bytes the other side leaves untaken */
#define WEBSOCKET_CLIENT_OPEN_MS 10000           /* for connecting, and again for the handshake */
#define WEBSOCKET_CLIENT_PING_MS 60000           /* a ping; gone when nothing came until the next */

struct websocket_client;

/* Each may free the client. */
struct websocket_client_owner {
	void (*open)(void *arg); /* from now on messages can be sent */
	/* Valid UTF-8, NUL-terminated behind n bytes. */
	void (*message)(void *arg, const char *text, size_t n);
	/* Once: it could not be opened (ERR_UNAVAILABLE, ERR_PEER), or has ended. Nothing comes after;
	 * it is still to be freed. */
	void (*gone)(void *arg, const struct err *e);
	void *arg;
};

/* ERR_INVALID: not a ws:// or wss:// URL. ca_file NULL: the system's store. */
[[nodiscard]] struct websocket_client *websocket_client_new(
    struct loop *l, const char *url, const char *ca_file,
    const struct websocket_client_owner *owner, struct err *e);
void websocket_client_free(struct websocket_client *c); /* closes at once; accepts NULL */

/* Valid UTF-8. Dropped when it is not open (any more). */
void websocket_client_send(struct websocket_client *c, const char *text, size_t n);
/* Begins the end: messages that still arrive are dropped; gone follows. */
void websocket_client_close(struct websocket_client *c);
