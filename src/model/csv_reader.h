/* CSV that somebody keeps elsewhere, record by record: RFC 4180, and semicolons and tabs separate too (the
 * first of them on the first line does); with or without a byte order mark; lines end in any way. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define CSV_MAX_COLUMNS 64

struct csv_reader {
	char *at; /* fields are unescaped where they stand: none grows by that */
	int64_t line;
	char separator;
};

struct csv_record {
	const char *fields[CSV_MAX_COLUMNS]; /* without white space around them */
	size_t count;
	int64_t line; /* where it begins, from 1 */
};

/* Reads a copy in the arena. ERR_UNPROCESSABLE over max_bytes. */
[[nodiscard]] bool csv_reader_begin(struct csv_reader *r, struct arena *a, const char *csv,
				    size_t max_bytes, struct err *e);

/* The next that is not empty; *more is false when there is none. ERR_UNPROCESSABLE names the line: a
 * quotation without its end, too many columns. */
[[nodiscard]] bool csv_reader_next(struct csv_reader *r, struct csv_record *out, bool *more,
				   struct err *e);

/* As many records as there may be at most, and never more than max: for an array of them. */
size_t csv_reader_count(const char *csv, size_t max);
