/* What is read is bounded, and written again it is read as the same. */
#include "ctl/yaml.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	AUTO(buf_done) struct buf text = {0};
	struct value *value, *again;
	struct err e = {0};

	if (!yaml_read(&a, (const char *)data, size, &value, &e))
		return 0;
	if (!yaml_write(&text, &value->json, &e) ||
	    !yaml_read(&a, text.data, text.len, &again, &e) ||
	    strcmp(value_write(&a, &value->json), value_write(&a, &again->json)) != 0)
		abort();
	return 0;
}
