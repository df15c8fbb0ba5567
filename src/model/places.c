#include "model/places.h"

#include <string.h>

static uint64_t mix(uint64_t h)
{
	h *= 0x9fb21c651e98df25u;
	return h ^ h >> 32;
}

/* Eight bytes at a time; the texts are our own ids and an organisation's own addresses. */
static uint64_t hash(const char *text)
{
	size_t n = strlen(text);
	uint64_t h = n, word;

	for (; n >= sizeof(word); n -= sizeof(word), text += sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		h = mix(h ^ word);
	}
	word = 0;
	memcpy(&word, text, n);
	return mix(mix(h ^ word));
}

/* The slot of the text, or the free one where it belongs. */
static struct places_slot *slot_of(const struct places *x, const char *text, uint64_t h)
{
	size_t at = h & x->mask;
	uint32_t tag = (uint32_t)(h >> 32);

	while (x->slots[at].place != 0) {
		if (x->slots[at].tag == tag && strcmp(x->texts[x->slots[at].place - 1], text) == 0)
			break;
		at = (at + 1) & x->mask;
	}
	return &x->slots[at];
}

/* From the last to the first, so that next goes up. */
void places_build(struct arena *a, struct places *x, size_t count)
{
	size_t size = 16;

	while (size < count * 2)
		size *= 2;
	x->mask = size - 1;
	x->slots = arena_array(a, size, sizeof(*x->slots));
	x->next = arena_array(a, count, sizeof(*x->next));
	for (size_t i = count; i-- > 0;) {
		uint64_t h = hash(x->texts[i]);
		struct places_slot *slot = slot_of(x, x->texts[i], h);

		if (x->texts[i][0] == '\0')
			continue;
		x->next[i] = slot->place - 1; /* of 0: PLACES_NONE */
		*slot = (struct places_slot){(uint32_t)(h >> 32), (uint32_t)i + 1};
	}
}

uint32_t places_find(const struct places *x, const char *text)
{
	return slot_of(x, text, hash(text))->place - 1;
}

#define TOGETHER 16

/* Each step asks for the memory that the next one reads. */
static void find_together(const struct places_ask *asks, size_t count, uint32_t *out)
{
	uint64_t h[TOGETHER];
	uint32_t place[TOGETHER];

	for (size_t i = 0; i < count; i++) {
		h[i] = hash(asks[i].text);
		__builtin_prefetch(&asks[i].in->slots[h[i] & asks[i].in->mask]);
	}
	for (size_t i = 0; i < count; i++) {
		place[i] = asks[i].in->slots[h[i] & asks[i].in->mask].place;
		if (place[i] != 0)
			__builtin_prefetch(&asks[i].in->texts[place[i] - 1]);
	}
	for (size_t i = 0; i < count; i++) {
		if (place[i] != 0)
			__builtin_prefetch(asks[i].in->texts[place[i] - 1]);
	}
	for (size_t i = 0; i < count; i++)
		out[i] = slot_of(asks[i].in, asks[i].text, h[i])->place - 1;
}

void places_find_all(const struct places_ask *asks, size_t count, uint32_t *out)
{
	for (size_t i = 0; i < count; i += TOGETHER)
		find_together(asks + i, count - i < TOGETHER ? count - i : TOGETHER, out + i);
}
