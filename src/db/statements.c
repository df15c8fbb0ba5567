#include "db/statements.h"

#include <string.h>

#define FIRST_SIZE 64

static size_t slot_of(const struct statements *all, const char *sql)
{
	uint64_t h = (uint64_t)(uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h >> 32) & (all->size - 1);
}

struct statement *statements_find(const struct statements *all, const char *sql, uint64_t types)
{
	size_t i;

	if (!all->size)
		return NULL;
	for (i = slot_of(all, sql); all->slots[i]; i = (i + 1) & (all->size - 1)) {
		struct statement *s = all->slots[i];

		if (s->sql == sql && s->types == types && !s->busy && strcmp(s->text, sql) == 0)
			return s;
	}
	return NULL;
}

static void place(struct statements *all, struct statement *s)
{
	size_t i = slot_of(all, s->sql);

	while (all->slots[i])
		i = (i + 1) & (all->size - 1);
	all->slots[i] = s;
}

static void grow(struct statements *all)
{
	struct statements bigger = {.size = all->size ? 2 * all->size : FIRST_SIZE};
	size_t i;

	bigger.slots = mem_array(bigger.size, sizeof(struct statement *));
	for (i = 0; i < all->size; i++)
		if (all->slots[i])
			place(&bigger, all->slots[i]);
	mem_free(all->slots);
	all->slots = bigger.slots;
	all->size = bigger.size;
}

struct statement *statements_add(struct statements *all, const char *sql, uint64_t types)
{
	struct statement *s;

	if (all->count == STATEMENTS_MAX)
		return NULL;
	if (2 * (all->count + 1) > all->size)
		grow(all);
	s = mem_new(struct statement);
	s->sql = sql;
	s->text = mem_dup(sql);
	s->types = types;
	s->number = (unsigned)all->count++;
	place(all, s);
	return s;
}

void statements_done(struct statements *all, void (*release)(void *handle))
{
	size_t i;

	for (i = 0; i < all->size; i++) {
		struct statement *s = all->slots[i];

		if (!s)
			continue;
		if (release && s->handle)
			release(s->handle);
		mem_free(s->text);
		mem_free(s);
	}
	mem_free(all->slots);
	*all = (struct statements){0};
}
