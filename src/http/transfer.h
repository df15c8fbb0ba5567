/* What the blocking and the loop's client have in common: one libcurl handle from a call to its
 * reply. */
#pragma once

#include <curl/curl.h>
#include <netinet/in.h>

#include "base/buf.h"
#include "http/client.h"

struct transfer {
	CURL *easy; /* owned */
	struct curl_slist *headers;
	struct buf body;
	size_t head_bytes;
	bool repeatable; /* the method allows sending it twice */
	bool sent;       /* from here on the other side may have processed it */
	bool head_whole; /* the empty line behind the answer's fields came */
	bool too_large;
	const char *wanted[HTTP_CLIENT_MAX_WANTED]; /* borrowed */
	const struct http_guard *guard;
	const struct http_sink *sink;
	bool sink_full;                 /* it wanted no more */
	char refused[INET6_ADDRSTRLEN]; /* the last address that it refused, or "" */
	char error[CURL_ERROR_SIZE];
};

/* Once in every process before anything else of libcurl. Any thread. */
void transfer_start_library(void);

/* ca_file NULL or readable. */
[[nodiscard]] bool transfer_ca_check(const char *ca_file, struct err *e);

/* Sets t->easy (made when it is NULL) up for the call, whose texts must stay. ERR_INVALID: the URL
 * or a header is malformed. */
[[nodiscard]] bool transfer_begin(struct transfer *t, const struct http_call *call,
				  const char *ca_file, struct err *e);

/* What came of it. out points into t. */
[[nodiscard]] bool transfer_end(struct transfer *t, CURLcode outcome, struct http_reply *out,
				struct err *e);

/* Frees everything but the handle, which keeps its connections. */
void transfer_reset(struct transfer *t);
void transfer_done(struct transfer *t);
