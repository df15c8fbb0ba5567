/* Whatever is accepted can be written, and reads again as the same value. Where jansson is there,
 * it accepts and refuses the same texts and sees the same values. */
#include "json/json.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void write_value(const struct json *value, struct buf *out)
{
	struct json_writer w = {.out = out};

	json_put_json(&w, NULL, value);
}

/*
 * jansson's interface, as far as it is needed. Its names are ours too, so it is neither included
 * nor linked; loaded apart, each keeps to its own.
 */
struct oracle_error {
	int line, column, position;
	char source[80];
	char text[160]; /* the last byte is the error's code */
};

struct oracle {
	void *(*load)(const char *bytes, size_t n, size_t flags, struct oracle_error *error);
	int (*equal)(const void *a, const void *b);
	void (*drop)(void *value);
};

#define ORACLE_FLAGS (0x1 | 0x4) /* JSON_REJECT_DUPLICATES, JSON_DECODE_ANY */
#define ORACLE_OVERFLOW 15       /* json_error_numeric_overflow */

static const struct oracle *oracle(void)
{
	static struct oracle loaded;
	static bool tried;
	void *library;

	if (!tried) {
		tried = true;
		library = dlopen("libjansson.so.4", RTLD_NOW | RTLD_LOCAL);
		if (library) {
			*(void **)&loaded.load = dlsym(library, "json_loadb");
			*(void **)&loaded.equal = dlsym(library, "json_equal");
			*(void **)&loaded.drop = dlsym(library, "json_delete");
		}
	}
	return loaded.load && loaded.equal && loaded.drop ? &loaded : NULL;
}

/* jansson has no limit of 32 levels, takes a NUL for the end, and refuses numbers that do not fit
 * its own types. */
static void refused_too(const struct oracle *o, const uint8_t *data, size_t size,
			const struct err *e)
{
	struct oracle_error error;
	void *theirs = o->load((const char *)data, size, ORACLE_FLAGS, &error);

	if (!theirs)
		return;
	if (!strstr(e->text, "too deep") && e->code != ERR_TOO_LARGE && !memchr(data, 0, size))
		abort();
	o->drop(theirs);
}

static void accepted_too(const struct oracle *o, const uint8_t *data, size_t size,
			 const struct buf *written)
{
	struct oracle_error error;
	void *theirs = o->load((const char *)data, size, ORACLE_FLAGS, &error);
	void *again;

	if (!theirs) {
		if (error.text[sizeof(error.text) - 1] != ORACLE_OVERFLOW)
			abort();
		return;
	}
	again = o->load(written->data, written->len, ORACLE_FLAGS, &error);
	if (!again || !o->equal(theirs, again))
		abort();
	o->drop(theirs);
	o->drop(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf once = {0}, twice = {0};
	const struct json *value, *again;
	struct err e = {0};

	if (!json_parse(&a, (const char *)data, size, &value, &e)) {
		if (e.code == ERR_NONE)
			abort();
		if (oracle())
			refused_too(oracle(), data, size, &e);
		return 0;
	}
	write_value(value, &once);
	if (oracle())
		accepted_too(oracle(), data, size, &once);
	if (!json_parse(&a, once.data, once.len, &again, &e))
		abort();
	write_value(again, &twice);
	if (once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0)
		abort();
	return 0;
}
