/* Whatever is accepted can be written, and reads again as the same value. */
#include "json/json.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void write_value(const struct json *value, struct buf *out)
{
	struct json_writer w = {.out = out};

	json_put_json(&w, NULL, value);
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
		return 0;
	}
	write_value(value, &once);
	if (!json_parse(&a, once.data, once.len, &again, &e))
		abort();
	write_value(again, &twice);
	if (once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0)
		abort();
	return 0;
}
