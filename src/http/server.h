/*
 * An HTTP/1.1 server (RFC 9110, RFC 9112) on one loop. Strict: only what RFC 9112 allows without
 * doubt, else 400 and close. A request is dispatched once, on the loop's thread, when it is whole,
 * and stays parked until somebody answers it, from any thread, exactly once.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "loop/loop.h"

#define HTTP_MAX_TARGET 4096 /* bytes of the request target */
#define HTTP_MAX_HEADERS 64  /* fields in a request */
#define HTTP_MAX_HEADER_BYTES 16384
#define HTTP_MAX_ARGS 4              /* {names} in one route */
#define HTTP_HEADER_TIMEOUT_MS 10000 /* from a request's first byte to its last header byte */
#define HTTP_BODY_TIMEOUT_MS 30000
#define HTTP_IDLE_TIMEOUT_MS 75000      /* keep-alive */
#define HTTP_WRITE_TIMEOUT_MS 30000     /* for each 16 KiB of an answer that the client takes */
#define HTTP_MAX_CONNECTIONS 16384      /* over it the longest idle connection is closed */
#define HTTP_MAX_BODY_BYTES (256 << 20) /* of all unfinished bodies of a server; over it 503 */

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE };

/* A route. The table is the caller's and const; what a route means beyond these four is in data.
 * The first that fits counts. HEAD is served by the GET route with the body left out. Unknown path:
 * 404; known path, other method: 405 with Allow. */
struct http_route {
	enum http_method method;
	const char *path; /* "/api/v1/instances/{id}/approve"; {x} is one non-empty segment */
	size_t max_body;  /* bytes; over it 413. 0: no body */
	const void *data;
};

struct http_request {
	enum http_method method;
	const struct http_route *route;  /* NULL in the fallback: no route matched */
	const char *path;                /* decoded, without the query */
	const char *query;               /* raw, "" when there is none */
	const char *args[HTTP_MAX_ARGS]; /* decoded {names}, in the path's order */
	const char *body;                /* NUL-terminated behind body_len bytes */
	size_t body_len;
	const char *peer;    /* numeric address, "unix" on a Unix socket */
	struct arena *arena; /* of the request: until it is answered or dropped */
	void *context;       /* http_server_config.context */
	void *user;          /* the dispatcher's own */
};

struct http_server;

typedef void http_dispatch_fn(struct http_request *r);
typedef void http_gone_fn(struct http_request *r);

struct http_limits {
	int64_t header_ms, body_ms, idle_ms, write_ms;
	size_t connections;
	size_t body_bytes;
};

struct http_server_config {
	const struct http_route *routes;
	size_t route_count;
	http_dispatch_fn *dispatch; /* matched requests, on the loop's thread */
	/* Requests the server refuses itself: see http_refusal. NULL: plain text. */
	http_dispatch_fn *fallback;
	void *context;
	const char *tls_cert; /* PEM chain; NULL: plain HTTP */
	const char *tls_key;
	bool shared; /* other servers may listen on the same TCP address, if they say so too */
	const struct http_limits *limits; /* NULL: the constants above. Tests set their own */
};

/* listen is "127.0.0.1:8080", "[::1]:0" (port 0: any free one), or "unix:/path". A Unix socket that nobody listens on any more is
 * replaced. ERR_INVALID: the address's form; ERR_CONFLICT: it is taken; ERR_IO; ERR_CRYPTO: the
 * certificate or its key. */
[[nodiscard]] struct http_server *http_server_new(struct loop *l,
						  const struct http_server_config *config,
						  const char *listen, struct err *e);

/* Whether it could be: the address's form, the certificate and its key. Does not listen. */
[[nodiscard]] bool http_server_check(const struct http_server_config *config, const char *listen,
				     struct err *e);

/* "127.0.0.1:43017": what is really bound. */
const char *http_server_address(const struct http_server *s);

/* Stops accepting and closes idle connections; parked requests can still be answered. Then, once
 * nothing is left or grace_ms is over, done is called; it may free the server. */
void http_server_stop(struct http_server *s, int64_t grace_ms, loop_fn *done, void *arg);

/* Closes everything at once, calling gone where it was asked for. Requests that are still out with
 * other threads must be answered or dropped even so; that then frees them and does nothing else.
 * Not from within dispatch or gone. Accepts NULL. */
void http_server_free(struct http_server *s);

/* In a fallback: why the request was refused (ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_INVALID…) and its
 * status. */
const struct err *http_refusal(const struct http_request *r, int *status);

/* First field of that name, or NULL when absent or not UTF-8. Case is ignored. */
const char *http_header(const struct http_request *r, const char *name);

/* All fields of that name, joined by ", "; NULL when absent or not UTF-8. */
const char *http_header_all(const struct http_request *r, const char *name);

/* Whether there is a field of that name, also one that http_header cannot show. */
bool http_header_sent(const struct http_request *r, const char *name);

/* First query or form parameter of that name, decoded; NULL when absent. A query that cannot be
 * decoded was refused before; such a form parameter is NULL too. A form is a body of type
 * application/x-www-form-urlencoded. */
const char *http_query(const struct http_request *r, const char *name);
const char *http_form(const struct http_request *r, const char *name);

/* Goes through the query's parameters in their order: *at is the query at first. False at the end. */
bool http_query_next(const struct http_request *r, const char **at, const char **name,
		     const char **value);

/* Cookie value as sent, or NULL. */
const char *http_cookie(const struct http_request *r, const char *name);

/* Before the answer: adds a header field. name is a literal; a value with a control character is
 * refused (false). Content-Length, Content-Type and Connection are the server's own. */
bool http_set_header(struct http_request *r, const char *name, const char *value);

/* Answers and ends the request; r is gone afterwards. Any thread. type NULL: none. The body is
 * copied; HEAD, 204 and 304 are sent without it. Dropped in silence when the client has left. */
void http_answer(struct http_request *r, int status, const char *type, const void *body, size_t n);

/*
 * An answer in pieces, for what is too long to be held at once. The first call sends status, type and
 * headers with its piece; more is then called on the loop's thread each time the client has taken what
 * there was, and has to lead to the next call, or to http_drop, by which the client finds the answer broken
 * off. more NULL: this piece is the last, and r is gone. Any thread. When the
 * client leaves, more is not called again: what lives on between two pieces lives in r->arena, or is
 * freed by what http_on_gone was given, which is called then, also in the middle of a piece.
 * Sent chunked, to HTTP/1.0 up to the end of the connection; HEAD gets no piece and no call of more.
 */
typedef void http_more_fn(struct http_request *r);
void http_answer_piece(struct http_request *r, int status, const char *type, const void *piece,
		       size_t n, http_more_fn *more);

/* Ends the request without an answer and closes the connection. Any thread. */
void http_drop(struct http_request *r);

/* The same, and the client finds its connection reset. For simulators of bad networks. */
void http_reset(struct http_request *r);

/*
 * For long waits. gone is called on the loop's thread when the client has left and nobody has
 * answered yet; it must lead to http_drop (r stays valid during the call even if another thread
 * answers meanwhile). A client that only closed its sending side has left as far as these two are
 * concerned; without them it still gets its answer. http_park frees the request's arena, headers
 * and body: afterwards only user, context, http_set_header, http_answer and http_drop may be used,
 * and http_answer_piece when its first piece was sent before. Both on the loop's thread.
 */
void http_on_gone(struct http_request *r, http_gone_fn *gone);
void http_park(struct http_request *r);
