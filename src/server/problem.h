/* Errors as a caller sees them: the one place that gives an error its body. */
#pragma once

#include "server/request.h"

/* Replaces r's answer by e's, in the route's form. */
void problem_write(struct request *r, const struct err *e);

/* The same as problem details, for requests that no route matched. */
void problem_body(struct buf *out, const struct err *e, int status, const char *request_id);
#define PROBLEM_TYPE "application/problem+json"

/* OAuth's error answer (RFC 6749 §5.2), for handlers whose error must not undo what they wrote.
 * Returns true. */
bool oauth_error(struct request *r, int status, const char *error, const char *description);
