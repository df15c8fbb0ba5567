/* The organisation, apps and forms that a new data folder begins with. */
#pragma once

#include "dingsim/store.h"

struct json;

#define SEED_MAX (64 * 1024 * 1024) /* bytes of the file */

/* In a transaction of the caller. ERR_INVALID names the member that is wrong. An element of a list
 * is read at a time, so the limits of one JSON text are those of an element. */
[[nodiscard]] bool seed_read(struct store *s, const char *text, size_t n, int64_t now_ms,
			     struct err *e);

/* What an app may see: numbers of departments and userids. ERR_INVALID: something else is among them. */
[[nodiscard]] bool seed_scope_check(const struct json *list, struct err *e);
