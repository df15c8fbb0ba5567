/* What firmware says of a machine, one fact a line: a name is empty or a whole hash, the same for the same facts, and
 * what a container sees of its host's firmware is never in it. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "keeper/hardware.h"

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	char *text = arena_dup_n(&a, data, size), *rest = text;
	const char *facts[5] = {"", "", "", "", ""};
	char name[HARDWARE_SIZE], again[HARDWARE_SIZE], inside[HARDWARE_SIZE];
	struct hardware_facts f;

	if (size > 4096 || strlen(text) != size)
		return 0;
	for (size_t i = 0; i < 5 && rest != NULL; i++)
		facts[i] = strsep(&rest, "\n");
	f = (struct hardware_facts){facts[0], facts[1], facts[2], facts[3], facts[4], false};
	hardware_name(&f, name);
	hardware_name(&f, again);
	must(strcmp(name, again) == 0);
	must(*name == '\0' || strlen(name) == HARDWARE_SIZE - 1);
	f.container = true;
	hardware_name(&f, inside);
	f.uuid = f.board_serial = f.product_serial = f.tree_serial = "";
	hardware_name(&f, again);
	must(strcmp(inside, again) == 0);
	return 0;
}
