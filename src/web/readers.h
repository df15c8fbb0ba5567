/* Reading connections for the threads of the pool, which have none of their own. Any thread. */
#pragma once

#include "db/db.h"

#define READERS_MAX 8

struct readers;

[[nodiscard]] struct readers *readers_new(const char *url, struct err *e);
void readers_free(struct readers *s); /* accepts NULL; nothing may be taken */

/* NULL with e when none can be opened. Give it back on the same thread. */
[[nodiscard]] struct db *readers_take(struct readers *s, struct err *e);
void readers_give(struct readers *s, struct db *db); /* accepts NULL */
