/* Which route a request's target means. Pure. */
#pragma once

#include "http/server.h"

#define HTTP_MAX_SEGMENTS 16 /* of a path; one with more matches no route */

struct http_segment {
	const char *text; /* NUL-terminated in a path that was read */
	size_t n;
};

struct http_path {
	const char *text;  /* decoded */
	const char *query; /* raw, "" when there is none */
	size_t count;      /* HTTP_MAX_SEGMENTS + 1: too many */
	struct http_segment segments[HTTP_MAX_SEGMENTS];
};

/* Decodes the path of a target that http_parse let through. Refuses what two readers could take for
 * two different paths: an encoded slash, "." and ".." segments, control characters, bytes that are
 * not UTF-8. ERR_INVALID; out->text is set all the same when the query alone is wrong. */
[[nodiscard]] bool http_path_read(struct arena *a, const char *target, struct http_path *out,
				  struct err *e);

struct http_router;

/* Keeps the table. A malformed one aborts. */
[[nodiscard]] struct http_router *http_router_new(const struct http_route *routes, size_t count);
void http_router_free(struct http_router *r);

/* The first route of the table that fits; args are then the path's. NULL with *known true when the
 * path has routes of other methods only. */
const struct http_route *http_router_find(const struct http_router *r, const struct http_path *path,
					  enum http_method method, const char **args, bool *known);

/* The methods of a known path: "GET, HEAD, POST". */
const char *http_router_allow(const struct http_router *r, const struct http_path *path,
			      struct arena *a);
