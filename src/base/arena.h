/*
 * An arena owns everything that lives as long as one request or one job: allocate freely, free
 * once. The first block is made at the first allocation, so an unused arena costs nothing.
 */
#pragma once

#include "base/base.h"

struct arena_block;

struct arena {
	struct arena_block *top;
	size_t used; /* bytes handed out, for limits */
};

/* Zeroed memory, aligned for any type. */
[[nodiscard]] void *arena_alloc(struct arena *a, size_t size);
[[nodiscard]] void *arena_array(struct arena *a, size_t count, size_t size);
[[nodiscard]] char *arena_dup(struct arena *a, const char *text);              /* NULL gives NULL */
[[nodiscard]] char *arena_dup_n(struct arena *a, const void *bytes, size_t n); /* adds a NUL */
[[nodiscard]] char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

/* Frees everything; the arena can be used again. For AUTO(arena_done). */
void arena_done(struct arena *a);

/* The same after wiping it, for arenas that held secrets. For AUTO(arena_wipe). */
void arena_wipe(struct arena *a);

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
