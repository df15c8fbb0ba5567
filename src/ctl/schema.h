/* What the server says a body may have (its OpenAPI document), so that files are checked against the
 * server that they are for. */
#pragma once

#include "ctl/ctl.h"
#include "ctl/value.h"

/* Of the body of a call to a path like "workflows/0198…"; lives in c's arena. ERR_UNSUPPORTED: the server
 * has no such call, or says nothing about its body. */
[[nodiscard]] bool schema_of_body(struct ctl *c, enum http_method method, const char *path,
				  const struct json **schema, struct err *e);

/* Members that the schema does not know, and values of another type or none of its words: ERR_INVALID names
 * the line and the member. Whether all is there is the server's to say. */
[[nodiscard]] bool schema_check(const struct json *schema, const struct json *value,
				const char *where, struct err *e);

/* A copy of what the schema knows. */
struct value *schema_keep(struct arena *a, const struct json *schema, const struct json *value);
