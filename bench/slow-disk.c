/* LD_PRELOAD: a disk whose flushes take SLOW_DISK_MS longer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int flush(const char *name, int fd)
{
	const char *ms = getenv("SLOW_DISK_MS");
	long n = ms ? strtol(ms, NULL, 10) : 0;
	struct timespec wait = {n / 1000, n % 1000 * 1000000};
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);

	(void)nanosleep(&wait, NULL);
	return real(fd);
}

int fsync(int fd)
{
	return flush("fsync", fd);
}

int fdatasync(int fd)
{
	return flush("fdatasync", fd);
}
