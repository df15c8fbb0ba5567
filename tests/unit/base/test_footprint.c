#include "../unit.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/base.h"
#include "base/footprint.h"

#define SIZE (64 * 4096)

static char *map_file(void)
{
	char path[] = "/tmp/hf-unit-XXXXXX";
	int fd = mkstemp(path), i;
	char *at;

	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	for (i = 0; i < SIZE / 4096; i++) {
		char page[4096];

		memset(page, 'a' + i % 26, sizeof(page));
		assert_int_equal(write(fd, page, sizeof(page)), sizeof(page));
	}
	at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	assert_true(at != MAP_FAILED);
	(void)close(fd);
	return at;
}

/* In kB, of the mapping that begins there. */
static long resident(const char *at)
{
	char line[512], start[32];
	FILE *maps = fopen("/proc/self/smaps", "re");
	bool here = false;
	long kb = -1;

	assert_non_null(maps);
	(void)snprintf(start, sizeof(start), "%lx-", (unsigned long)at);
	while (kb < 0 && fgets(line, sizeof(line), maps)) {
		here = here || !strncmp(line, start, strlen(start));
		if (here && !strncmp(line, "Rss:", 4))
			kb = strtol(line + 4, NULL, 10);
	}
	(void)fclose(maps);
	return kb;
}

static void clean_pages_of_files_go_and_what_was_written_stays(void **state)
{
	char *clean = map_file(), *written = map_file();
	int i, sum = 0;

	(void)state;
	for (i = 0; i < SIZE; i += 4096)
		sum += clean[i];
	written[5 * 4096] = '!'; /* as the linker does before it takes the right to write away */
	assert_int_equal(mprotect(clean, SIZE, PROT_READ), 0);
	assert_int_equal(mprotect(written, SIZE, PROT_READ), 0);
	assert_int_equal(resident(clean), SIZE / 1024);
	footprint_rest();
	assert_int_equal(resident(clean), 0);
	assert_int_equal(written[5 * 4096], '!');
	for (i = 0; i < SIZE; i += 4096)
		sum -= clean[i];
	assert_int_equal(sum, 0);
	assert_int_equal(munmap(clean, SIZE), 0);
	assert_int_equal(munmap(written, SIZE), 0);
}

static void what_was_in_use_is_untouched(void **state)
{
	static const int sizes[] = {10, 1000, 100000, 5000000};
	char *blocks[ARRAY_SIZE(sizes)];
	size_t i;

	(void)state;
	footprint_start();
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		blocks[i] = malloc((size_t)sizes[i]);
		assert_non_null(blocks[i]);
		memset(blocks[i], 'x', (size_t)sizes[i]);
	}
	footprint_rest();
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		assert_int_equal(blocks[i][0], 'x');
		assert_int_equal(blocks[i][sizes[i] - 1], 'x');
		free(blocks[i]);
	}
	footprint_rest();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(clean_pages_of_files_go_and_what_was_written_stays),
	    cmocka_unit_test(what_was_in_use_is_untouched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
