/* The few macros everything uses, and the memory policy: exhaustion aborts, so no caller checks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* An owning local: AUTO(buf_done) struct buf b = {0}; the function gets the variable's address. */
#define AUTO(done) __attribute__((cleanup(done)))

/* Hands an owning pointer over: the variable becomes NULL and its clean-up does nothing. */
#define TAKE(p)                         \
	({                              \
		typeof(p) taken_ = (p); \
		(p) = NULL;             \
		taken_;                 \
	})

/* All zeroed; the caller owns the result and gives it to mem_free. */
[[nodiscard]] void *mem_alloc(size_t size);
[[nodiscard]] void *mem_array(size_t count, size_t size);
[[nodiscard]] void *mem_grow(void *old, size_t count, size_t size); /* the new part is not zeroed */
[[nodiscard]] char *mem_dup(const char *text);                      /* NULL gives NULL */
[[nodiscard]] char *mem_dup_n(const void *bytes, size_t n);         /* adds a NUL */
[[nodiscard]] char *mem_printf(const char *fmt, ...) PRINTF(1, 2);
void mem_free(void *p);

#define mem_new(type) ((type *)mem_alloc(sizeof(type)))

/* For AUTO(mem_freep) char *p. */
void mem_freep(void *pointer_to_pointer);
