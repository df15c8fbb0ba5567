#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN 2048

struct arena_block {
	struct arena_block *below;
	size_t size;
	size_t used;
	alignas(max_align_t) unsigned char bytes[];
};

void *arena_alloc(struct arena *a, size_t size)
{
	size_t need;
	void *p;

	if (__builtin_add_overflow(size ? size : 1, alignof(max_align_t) - 1, &need))
		abort();
	need &= ~(alignof(max_align_t) - 1);
	if (!a->top || a->top->size - a->top->used < need) {
		size_t room = need > BLOCK_MIN ? need : BLOCK_MIN;
		struct arena_block *b = mem_alloc(sizeof(*b) + room);

		b->size = room;
		b->below = a->top;
		a->top = b;
	}
	p = a->top->bytes + a->top->used;
	a->top->used += need;
	a->used += need;
	return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(count, size, &all))
		abort();
	return arena_alloc(a, all);
}

char *arena_dup(struct arena *a, const char *text)
{
	return text ? arena_dup_n(a, text, strlen(text)) : NULL;
}

char *arena_dup_n(struct arena *a, const void *bytes, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	if (n)
		memcpy(copy, bytes, n);
	return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	text = arena_alloc(a, (size_t)n + 1);
	(void)vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	return text;
}

void arena_done(struct arena *a)
{
	while (a->top) {
		struct arena_block *below = a->top->below;

		mem_free(a->top);
		a->top = below;
	}
	a->used = 0;
}

void arena_wipe(struct arena *a)
{
	struct arena_block *b;

	for (b = a->top; b; b = b->below)
		explicit_bzero(b->bytes, b->size);
	arena_done(a);
}
