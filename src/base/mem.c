#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *check(void *p)
{
	if (p)
		return p;
	(void)fputs("out of memory\n", stderr);
	abort();
}

void *mem_alloc(size_t size)
{
	return check(calloc(1, size ? size : 1));
}

void *mem_array(size_t count, size_t size)
{
	return check(calloc(count ? count : 1, size ? size : 1));
}

void *mem_grow(void *old, size_t count, size_t size)
{
	return check(reallocarray(old, count ? count : 1, size ? size : 1));
}

char *mem_dup(const char *text)
{
	return text ? check(strdup(text)) : NULL;
}

char *mem_dup_n(const void *bytes, size_t n)
{
	char *copy = mem_alloc(n + 1);

	if (n)
		memcpy(copy, bytes, n);
	return copy;
}

char *mem_printf(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	return n < 0 ? check(NULL) : text;
}

void mem_free(void *p)
{
	free(p);
}

void mem_freep(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}
