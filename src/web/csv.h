/* CSV as RFC 4180 has it, in UTF-8 with a byte order mark, as spreadsheets read it. A text that a
 * spreadsheet would take for a formula gets an apostrophe in front. */
#pragma once

#include "base/buf.h"

#define CSV_TYPE "text/csv; charset=utf-8"

void csv_begin(struct buf *out, const char *const *titles); /* NULL-terminated */
/* A cell of a row; first: of its first. NULL is an empty one. */
void csv_text(struct buf *out, bool first, const char *text);
void csv_time(struct buf *out, bool first, int64_t utc_ms); /* 0 is an empty one */
void csv_number(struct buf *out, bool first, int64_t number);
void csv_row_end(struct buf *out);
