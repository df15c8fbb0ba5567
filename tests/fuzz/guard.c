/*
 * The files that the guard believes: mark, anchor, device key, key list, statement, ledger, with a
 * byte 0x1e between them. What is accepted fits together.
 */
#include "guard/state.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define SEPARATOR 0x1e

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	struct state_text texts[STATE_FILE_COUNT];
	struct state state = {0};
	struct err e = {0};
	size_t i;

	check(crypto_start(&e));
	for (i = 0; i < STATE_FILE_COUNT; i++) {
		const uint8_t *end = size ? memchr(data, SEPARATOR, size) : NULL;
		size_t n = end ? (size_t)(end - data) : size;

		texts[i] = (struct state_text){arena_dup_n(&a, data, n), n};
		data += end ? n + 1 : n;
		size -= end ? n + 1 : n;
	}
	if (!state_check(&a, texts, &state, &e)) {
		check(e.code != ERR_NONE);
		return 0;
	}
	check(!strcmp(state.statement.device, state.anchor.device));
	check(!strcmp(state.statement.org, state.anchor.org));
	check(!strcmp(state.statement.key, state.key));
	check(!strcmp(state.keys.org, state.anchor.org));
	check(!strcmp(state.ledger.id, state.anchor.ledger));
	return 0;
}
