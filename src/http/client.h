/*
 * The HTTP client, on libcurl: http and https only, no redirects, certificate and host name
 * verified, a connect and a total timeout and a maximum answer on every call, connections reused.
 * Two ways to call it: blocking, from a job's thread; and on a loop, for the agent. Proxies are
 * taken from the environment (https_proxy, no_proxy), as libcurl does, but not for loopback.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "http/server.h"
#include "loop/loop.h"

#define HTTP_CLIENT_MAX_HEADERS 8
#define HTTP_CLIENT_MAX_WANTED 2

/*
 * For calls to addresses that others choose: asked with each address before it is connected to, after all
 * names were resolved. Such a call goes over a connection of its own and past every proxy.
 */
struct sockaddr;
struct http_guard {
	bool (*may)(void *arg, const struct sockaddr *to);
	void *arg;
};

/* Takes the body of a 2xx answer as it comes, of any length; false ends the call (ERR_IO). The bodies of
 * other answers are kept as always. */
struct http_sink {
	bool (*take)(void *arg, const char *bytes, size_t n);
	void *arg;
};

struct http_call {
	enum http_method method;
	const char *url;
	const char *headers[HTTP_CLIENT_MAX_HEADERS]; /* "name: value", up to the first NULL */
	const char *wanted[HTTP_CLIENT_MAX_WANTED];   /* names of headers of the answer */
	const char *body;                             /* NULL: none */
	size_t body_len;
	int64_t connect_timeout_ms;     /* 0: 5,000 */
	int64_t total_timeout_ms;       /* 0: 15,000 */
	size_t max_answer;              /* bytes; 0: 1 MiB */
	const struct http_guard *guard; /* NULL: none; else lives as long as the call */
	const struct http_sink *sink;   /* NULL: none; else lives as long as the call */
};

struct http_reply {
	int status;
	const char *type; /* Content-Type or "" */
	const char *body; /* NUL-terminated behind body_len bytes */
	size_t body_len;
	int64_t date_ms; /* what time it is over there (Date), to the second; 0: not said */
	const char *got[HTTP_CLIENT_MAX_WANTED]; /* the first of each that was wanted; NULL: none */
};

/* The parts of a URL, in the arena, lower-case and with an address in its plain form: "https",
 * "example.com", "[::1]". ERR_INVALID: not http or https, or with a user, a password or a fragment. */
struct http_url {
	const char *scheme, *host;
};
[[nodiscard]] bool http_url_read(struct arena *a, const char *text, struct http_url *out,
				 struct err *e);

struct http_client;

/* ca_file NULL: the system's store. Not shared between threads. */
[[nodiscard]] struct http_client *http_client_new(const char *ca_file, struct err *e);
void http_client_free(struct http_client *c); /* accepts NULL */

/*
 * Any status is success; the reply lives in the arena. ERR_INVALID: the URL or a header is
 * malformed, nothing was sent. ERR_FORBIDDEN: the guard refused the address, nothing was sent.
 * ERR_IO: the sink wanted no more.
 * ERR_UNAVAILABLE: certainly not processed (name, connect, TLS failed); ERR_TIMEOUT or ERR_PEER: may have been processed (timed out after sending, broken off,
 * answer too large): the caller must treat the outcome as unknown. A POST or PATCH is never sent
 * twice; others may be, when a kept connection breaks.
 */
[[nodiscard]] bool http_client_call(struct http_client *c, const struct http_call *call,
				    struct arena *a, struct http_reply *out, struct err *e);

/* The same on a loop. call and its texts are copied. done is called once, on the loop, with either
 * reply or e (the other is NULL), valid during the call. The handle lets the caller cancel: done is
 * then not called. It is gone when done begins. A done may make calls, cancel others and free the
 * client. */
struct http_async;
typedef void http_done_fn(void *arg, const struct http_reply *reply, const struct err *e);

struct http_async_client;
[[nodiscard]] struct http_async_client *http_async_client_new(struct loop *l, const char *ca_file,
							      struct err *e);
void http_async_client_free(struct http_async_client *c); /* cancels what runs; accepts NULL */
struct http_async *http_async_call(struct http_async_client *c, const struct http_call *call,
				   http_done_fn *done, void *arg);
void http_async_cancel(struct http_async *call);
