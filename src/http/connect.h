/* Connections that libcurl makes (names, proxies, TLS and its verification) and others talk over. */
#pragma once

#include <curl/curl.h>

#include "http/client.h"

/*
 * As http_async_call, but ends when the connection to the call's URL stands: done is then called with
 * neither reply nor error, and the handle is good for curl_easy_send and curl_easy_recv until
 * http_async_cancel, which also closes. One connection a client: libcurl might take the bytes that
 * wait in an idle one for a broken one when it looks for others.
 */
struct http_async *http_async_connect(struct http_async_client *c, const struct http_call *call,
				      http_done_fn *done, void *arg);
CURL *http_async_handle(struct http_async *a);
