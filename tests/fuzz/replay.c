/* Runs a fuzz target over every file of a folder, and over each of its prefixes and some bit flips,
 * so that the normal tests keep what a fuzzer once found. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "fuzz.h"

#define INPUT_MAX (1 << 20)

/* An exact heap copy, so that a sanitizer sees one byte too far. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void run_variants(uint8_t *data, size_t size)
{
	size_t step = size / 256 + 1;
	size_t i;

	run(data, size);
	for (i = 0; i < size; i += step) {
		run(data, i);
		data[i] ^= (uint8_t)(1U << (i % 8));
		run(data, size);
		data[i] ^= (uint8_t)(1U << (i % 8));
	}
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	int count = 0;
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;

	if (!dir) {
		(void)fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	while ((entry = readdir(dir))) {
		AUTO(arena_done) struct arena a = {0};
		struct err e = {0};
		char *text;
		size_t n;

		if (entry->d_name[0] == '.')
			continue;
		if (!file_read(&a, arena_printf(&a, "%s/%s", argv[1], entry->d_name), INPUT_MAX,
			       &text, &n, &e)) {
			(void)fprintf(stderr, "%s\n", e.text);
			return 1;
		}
		run_variants((uint8_t *)text, n);
		count++;
	}
	(void)closedir(dir);
	(void)printf("%d inputs\n", count);
	return count ? 0 : 1;
}
