/* Lists out of rows. */
#pragma once

#include "base/arena.h"
#include "db/db.h"

/* Room for one more item: the array, moved when it was full. Zeroed. Grows by doubling, so the same
 * array must always be grown with its own count. */
[[nodiscard]] void *rows_grow(struct arena *a, void *items, size_t count, size_t size);

/* A LIKE pattern (ESCAPE '\') that finds the text anywhere, in lower case; "%" for NULL and "". */
const char *rows_like(struct arena *a, const char *text);

/* The first column of all rows. */
[[nodiscard]] bool rows_texts(struct db_rows *rows, struct arena *a, const char *const **out,
			      size_t *count, struct err *e);

/* The only column of the only row, a time. 0: none, or NULL. */
[[nodiscard]] bool rows_time(struct db_rows *rows, int64_t *out_ms, struct err *e);
