#include "store/rows.h"

#include <string.h>

#define FIRST 8

void *rows_grow(struct arena *a, void *items, size_t count, size_t size)
{
	void *grown;

	if (items != NULL && (count < FIRST || (count & (count - 1)) != 0))
		return items;
	grown = arena_array(a, count < FIRST ? FIRST : count * 2, size);
	if (count > 0)
		memcpy(grown, items, count * size);
	return grown;
}

const char *rows_like(struct arena *a, const char *text)
{
	size_t n = text != NULL ? strlen(text) : 0, k = 0;
	char *out = arena_alloc(a, 2 * n + 3);

	out[k++] = '%';
	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (c == '%' || c == '_' || c == '\\')
			out[k++] = '\\';
		out[k++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	if (n > 0)
		out[k++] = '%';
	out[k] = '\0';
	return out;
}

bool rows_texts(struct db_rows *rows, struct arena *a, const char *const **out, size_t *count,
		struct err *e)
{
	const char **all = NULL;
	size_t n = 0;

	for (; db_next(rows); n++) {
		all = rows_grow(a, all, n, sizeof(*all));
		all[n] = db_column_text(rows, 0, a);
	}
	*out = all;
	*count = n;
	return db_rows_ok(rows, e);
}

bool rows_time(struct db_rows *rows, int64_t *out_ms, struct err *e)
{
	*out_ms = db_next(rows) ? db_column_i64(rows, 0) : 0;
	return db_rows_ok(rows, e);
}
