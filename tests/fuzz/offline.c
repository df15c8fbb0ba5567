/*
 * Offline codes. An input is a set, which when it is accepted reads as the same again; and a code as somebody
 * typed it, which when it is accepted has one text that stands for it.
 */
#include "grant/offline.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void fuzz_set(const char *text, size_t n)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf once = {0};
	AUTO(buf_done) struct buf twice = {0};
	const unsigned char key[CRYPTO_SEAL_KEY_SIZE] = {0};
	struct offline_set set, again;
	const char *jws;
	struct err e;

	if (!offline_set_read(&a, text, n, &set, &e))
		return;
	if (set.count < 1 || set.count > OFFLINE_CODES)
		abort();
	offline_set_write(&set, &once);
	if (!offline_set_read(&a, once.data, once.len, &again, &e))
		abort();
	offline_set_write(&again, &twice);
	if (once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0)
		abort();
	(void)offline_open(&a, &set, key, &jws);
}

static void fuzz_code(const char *typed)
{
	unsigned char code[OFFLINE_CODE_BYTES], again[OFFLINE_CODE_BYTES];
	char text[OFFLINE_CODE_SIZE];
	struct err e;

	if (!offline_code_read(typed, code, &e)) {
		(void)offline_device_code_is(typed, typed);
		return;
	}
	offline_code_text(code, text);
	if (!offline_code_read(text, again, &e) || memcmp(code, again, sizeof(code)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	struct err e;

	if (!crypto_start(&e))
		abort();
	fuzz_set((const char *)data, size);
	fuzz_code(arena_dup_n(&a, data, size));
	return 0;
}
