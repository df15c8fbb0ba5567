/* Errors as a caller sees them: the one place that gives an error its body. */
#pragma once

#include "web/request.h"

/* RFC 9457. type is the word of a closed list, for good; title says the same to people. */
struct problem {
	const char *type, *title, *detail, *request_id;
	int64_t status;
};
extern const struct json_field problem_json[];

/* In Chinese when chinese: title, and detail as far as it is one of our texts. Texts live in a, or as long as e. */
struct problem problem_of(struct arena *a, const struct err *e, int status, bool chinese,
			  const char *request_id);

/* 503 for ERR_TIMEOUT, 500 for what only the log tells. */
int problem_status(enum err_code code);

/* Replaces r's answer by e's, in the route's form. */
void problem_write(struct request *r, const struct err *e);

/* The same as problem details, for requests that no route matched. */
void problem_body(struct buf *out, const struct err *e, int status, bool chinese,
		  const char *request_id);
#define PROBLEM_TYPE "application/problem+json"

/* OAuth's error answer (RFC 6749 §5.2), for handlers whose error must not undo what they wrote. reason: a word
 * for programs that say it in the reader's language, or NULL. Returns true. */
bool oauth_error(struct request *r, int status, const char *error, const char *description,
		 const char *reason);
