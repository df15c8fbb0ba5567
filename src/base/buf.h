/*
 * A growing byte buffer with a named maximum. Bytes past the maximum are dropped and overflow is
 * set, so a writer checks once at the end. data is always NUL-terminated when not NULL; len does
 * not count the NUL.
 */
#pragma once

#include "base/base.h"

struct buf {
	char *data;
	size_t len;
	size_t size;
	size_t max; /* 0: no limit of its own, for text we make ourselves */
	bool overflow;
};

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_text(struct buf *b, const char *text);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);

/* Room for n bytes at data + len (NULL when over max); the caller fills them and adds to len. */
[[nodiscard]] char *buf_room(struct buf *b, size_t n);

/* Drops the first n bytes. */
void buf_consume(struct buf *b, size_t n);

/* Keeps the memory. */
void buf_reset(struct buf *b);

/* Frees the memory; max stays. For AUTO(buf_done). */
void buf_done(struct buf *b);

/* The same after wiping it. */
void buf_wipe(struct buf *b);
