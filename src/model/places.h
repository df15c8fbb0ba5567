/* Texts → places, built once, then asked by any number of threads. */
#pragma once

#include "base/arena.h"

#define PLACES_NONE UINT32_MAX

struct places_slot {
	uint32_t tag, place; /* place + 1; 0: free */
};
struct places {
	const char **texts; /* by place; "": is not looked up */
	uint32_t *next;     /* the next place with the same text, or PLACES_NONE */
	struct places_slot *slots;
	size_t mask;
};

/* texts has to be filled, and stays the caller's. However many are alike, time grows with count alone. */
void places_build(struct arena *a, struct places *x, size_t count);

/* The first place, or PLACES_NONE. */
uint32_t places_find(const struct places *x, const char *text);

/* The same for several at once, in less time than one after the other: what one waits for in memory, all wait for
 * together. */
struct places_ask {
	const struct places *in;
	const char *text;
};
void places_find_all(const struct places_ask *asks, size_t count, uint32_t *out);
