/*
 * Errors are values: a code from a closed list and a sentence for the reader. A function that can
 * fail returns bool and takes struct err *e last; false means that e was filled exactly once.
 * Libraries never log; main, the request handler, the job or the loop callback logs, once.
 */
#pragma once

#include "base/base.h"

enum err_code {
	ERR_NONE,
	ERR_INVALID,         /* the input's form is wrong: malformed, missing, out of range */
	ERR_UNAUTHENTICATED, /* no credential, or one that does not hold */
	ERR_FORBIDDEN,       /* known caller, not allowed */
	ERR_NOT_FOUND,
	ERR_CONFLICT, /* the state changed meanwhile or forbids it; a unique value exists already */
	ERR_STALE,    /* made from an older version than the present one (If-Match) */
	ERR_GONE,     /* existed, cannot be had any more: expired, used */
	ERR_TOO_LARGE,     /* over a named maximum */
	ERR_UNSUPPORTED,   /* media type or version not understood */
	ERR_UNPROCESSABLE, /* well formed, but a rule of the product refuses it */
	ERR_TOO_MANY,      /* rate or quota */
	ERR_UNAVAILABLE,   /* a part we need is down or busy; trying again later is right */
	ERR_TIMEOUT,
	ERR_PEER,     /* the other side answered with an error or with nonsense */
	ERR_IO,       /* the operating system refused: disk, file, socket */
	ERR_CRYPTO,   /* a signature, seal or key does not verify */
	ERR_INTERNAL, /* our bug */
	ERR_CODE_COUNT
};

#define ERR_TEXT_MAX 512

struct err {
	enum err_code code;
	char text[ERR_TEXT_MAX]; /* one sentence, no newline, no secret */
};

/* Fills e and returns false, so that callers write: return err_set(e, ERR_INVALID, "…"); */
bool err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF(3, 4);

/* The same with ": strerror(errno)" appended and ERR_IO. */
bool err_errno(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/* Puts "where: " in front of the text; the code stays. Returns false. */
bool err_add(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/* Forgets a handled error. */
void err_clear(struct err *e);

/* Stable lower-case name of a code, for logs and problem types: "not-found". */
const char *err_name(enum err_code code);

/* RFC 9110 status for a code (200 for ERR_NONE). */
int err_http_status(enum err_code code);

/* Exit status for a command line program: 0, 1 (refused or failed), 2 (wrong use), 3 (try again
 * later). */
int err_exit_status(enum err_code code);
