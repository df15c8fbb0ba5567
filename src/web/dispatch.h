/* From a matched request to its answer: authenticates, runs the handler as its mode says, sends. */
#pragma once

#include "web/request.h"

/* http_server_config.dispatch and .fallback; context is the struct worker. */
void dispatch(struct http_request *http);
void dispatch_unmatched(struct http_request *http);

/* For ROUTE_WAIT: sends what r holds, or e's answer, now. r is gone afterwards. */
void dispatch_send(struct request *r, const struct err *e);

/* For answers after http_park, where r is gone: the headers that every answer has. */
void dispatch_common_headers(struct http_request *http, const char *request_id);
