/*
 * The bytes of one request (RFC 9112), taken piece by piece, without input or output of its own.
 * However the bytes are cut, the outcome is the same. What it refuses beyond the grammar, because
 * some other parser in front of us may read it differently: a bare CR or LF, folded fields, a
 * second Host, Content-Length, Transfer-Encoding, Authorization or Content-Type, a length together
 * with chunked, any coding but exactly "chunked", chunk extensions, trailers, an empty line before
 * the request line, every target that does not begin with "/".
 */
#pragma once

#include "base/buf.h"
#include "http/server.h"

#define HTTP_MAX_METHOD 32      /* bytes of a method's name; over it the line is too long */
#define HTTP_MAX_CHUNK_DIGITS 8 /* hex digits of one chunk's size */

enum http_step {
	HTTP_STEP_MORE, /* all bytes taken, more are needed */
	HTTP_STEP_HEAD, /* the head is whole: call http_parser_body, then go on */
	HTTP_STEP_DONE, /* the request is whole; bytes behind it are not taken */
	HTTP_STEP_BAD,  /* status and why say what is wrong; the connection cannot be used on */
};

enum http_phase {
	HTTP_PHASE_LINE,
	HTTP_PHASE_FIELDS,
	HTTP_PHASE_HEAD, /* waits for http_parser_body */
	HTTP_PHASE_BODY, /* left bytes to come */
	HTTP_PHASE_CHUNK_SIZE,
	HTTP_PHASE_CHUNK_SIZE_LF,
	HTTP_PHASE_CHUNK_DATA,
	HTTP_PHASE_CHUNK_CR,
	HTTP_PHASE_CHUNK_LF,
	HTTP_PHASE_LAST_CR,
	HTTP_PHASE_LAST_LF,
	HTTP_PHASE_DONE,
	HTTP_PHASE_BAD
};

struct http_field {
	uint16_t name, value; /* where they begin in head; both NUL-terminated */
};

/* Zeroed it is ready for a request; it owns head and body. */
struct http_parser {
	enum http_phase phase;
	bool after_cr;
	bool close; /* the client wants, or its version forces, the connection closed afterwards */
	bool chunked; /* from HEAD on, as the next two */
	bool expects_continue;
	uint8_t minor;   /* HTTP/1.minor */
	unsigned seen;   /* fields of the framing table that occurred */
	uint32_t room;   /* bytes left for the line, or for all fields */
	uint32_t line;   /* where the unfinished line begins in head */
	uint32_t digits; /* of the chunk size so far */
	uint64_t left;   /* bytes of the body or the chunk to come */
	size_t max_body;
	enum http_method method;
	uint16_t target; /* where it begins in head */
	uint16_t field_count;
	struct http_field fields[HTTP_MAX_HEADERS];
	struct buf head, body;
	int status; /* when BAD: what to answer */
	const char *why;
};

/* *used is how many of the n bytes were taken: with MORE and BAD all that count. */
[[nodiscard]] enum http_step http_parse(struct http_parser *p, const char *bytes, size_t n,
					size_t *used);

/* Between HEAD and the next http_parse: the most that the body may have. False when its announced
 * length is over that. */
[[nodiscard]] bool http_parser_body(struct http_parser *p, size_t max);

/* Between HEAD and http_parser_body: a body will follow. */
bool http_parser_has_body(const struct http_parser *p);

const char *http_parser_target(const struct http_parser *p);

/* First field of that name, or NULL. */
const char *http_parser_field(const struct http_parser *p, const char *name);

/* The field of that name behind the first *from fields, or NULL; *from is then behind it. */
const char *http_parser_field_next(const struct http_parser *p, const char *name, size_t *from);

/* "GET" */
const char *http_method_name(enum http_method m);

/* A field value as RFC 9110 §5.5 wants it: no control character but tab. */
[[nodiscard]] bool http_value_valid(const char *value);

void http_parser_done(struct http_parser *p);
