/* A request from its first byte to its answer. */
#pragma once

#include <stdatomic.h>

#include "base/buf.h"
#include "http/mailbox.h"
#include "http/parse.h"
#include "http/server.h"

struct conn;
struct websocket;

/* Answering and leaving the dispatcher may happen at once on two threads: whoever comes second
 * hands the request on. */
enum { REQUEST_ANSWERED = 1, REQUEST_RETURNED = 2 };

struct request {
	struct http_request pub; /* first: callers hold its address */
	struct arena arena;
	struct http_parser *parser; /* in the arena, what it owns is not; NULL after http_park */
	struct conn *conn;          /* the loop's; NULL once the server is freed */
	struct mailbox *mail;
	struct request *next; /* in the mailbox */
	http_gone_fn *gone;
	http_more_fn *more;        /* an answer in pieces, and this was not the last */
	struct websocket *upgrade; /* what the connection becomes with the answer */
	struct err *refusal;       /* in the arena */
	atomic_uint state;
	int status;       /* of the refusal */
	struct buf extra; /* fields from http_set_header */
	struct buf out;   /* the answer */
	bool head_only, parked, close, drop, reset;
	bool begun, chunked; /* an answer in pieces: its head was written */
};

[[nodiscard]] struct request *request_new(struct conn *c, struct mailbox *mail, void *context);
void request_free(struct request *r);

/* Runs the dispatcher. True when the request was answered meanwhile: it is the caller's again.
 * False: it comes through the mailbox. */
[[nodiscard]] bool request_dispatch(struct request *r, http_dispatch_fn *fn);

/* A piece was sent, and no other is asked for: http_drop ends the request, through the mailbox. */
void request_reopen(struct request *r);

/* Asks for the next piece of the answer. */
void request_more(struct request *r);

/* Answers 101 from within the dispatcher: the connection becomes ws with it. accept is the value of
 * Sec-WebSocket-Accept. */
void request_upgrade(struct request *r, struct websocket *ws, const char *accept);

/* The dispatcher of refusals when the server's owner has none: plain text. */
void request_refuse_plainly(struct http_request *pub);

/* Nobody has answered yet, as far as can be told on the loop. */
bool request_open(const struct request *r);
