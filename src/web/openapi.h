/*
 * The API as a document: OpenAPI 3.1, made once at start out of the route table, its descriptions
 * and their field tables, so that it says what the server does.
 */
#pragma once

#include "web/route.h"

/* Whether the document has it: /api/v1 and /auth. */
bool openapi_has(const struct http_route *route);

/* The nouns, in the order in which they are read about; ends with {0}. */
struct openapi_tag {
	const char *name; /* "devices": the word behind /api/v1/ */
	const char *text;
};
extern const struct openapi_tag openapi_tags[];

/* The place of a route's noun among them; that of the {0} when it has none. */
size_t openapi_tag(const struct http_route *route);

struct openapi {
	const char *text;
	size_t len;
	const char *etag;
};

/* In the arena. Routes without a description are left out. */
const struct openapi *openapi_make(struct arena *a, const struct http_route *routes, size_t count);

extern const struct route_table openapi_routes; /* the document itself */
