#include "base/footprint.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define KEEP_FREE (64 * 1024)

void footprint_start(void)
{
	/* Left alone, glibc raises both after each large block that is freed, up to 32 MB. */
	(void)mallopt(M_MMAP_THRESHOLD, KEEP_FREE);
	(void)mallopt(M_TRIM_THRESHOLD, KEEP_FREE);
	(void)mallopt(M_ARENA_MAX, 1);
}

struct mapping {
	uintptr_t from, to;
	char rights[5];
	unsigned long inode;
};

/* A line that begins a mapping; others leave *out as it is. */
static bool mapping_read(const char *line, struct mapping *out)
{
	struct mapping m;

	if (sscanf(line, "%lx-%lx %4s %*x %*x:%*x %lu", &m.from, &m.to, m.rights, &m.inode) != 4)
		return false;
	*out = m;
	return true;
}

/* proc_pid_smaps(5). A page of a file that was written to, as the linker does, is no page of the file
 * any more ("Anonymous") and would be lost. */
void footprint_rest(void)
{
	struct mapping m = {0};
	char line[512];
	FILE *maps;

	(void)malloc_trim(0);
	maps = fopen("/proc/self/smaps", "re");
	while (maps && fgets(line, sizeof(line), maps))
		if (!mapping_read(line, &m) && m.inode && m.rights[1] == '-' &&
		    m.rights[3] == 'p' && !strncmp(line, "Anonymous:", 10) &&
		    strspn(line + 10, " 0") == strcspn(line + 10, "k"))
			(void)madvise((void *)m.from, m.to - m.from, MADV_DONTNEED);
	if (maps)
		(void)fclose(maps);
}
