#include "base/failpoint.h"

#ifdef HOLDFAST_FAILPOINTS

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

void failpoint(const char *name)
{
	static _Atomic int64_t passages;
	const char *wanted = getenv("HOLDFAST_FAILPOINT");
	size_t n = strlen(name);
	int64_t nth = 1;

	if (!wanted || strncmp(wanted, name, n) != 0 || (wanted[n] && wanted[n] != ':'))
		return;
	if (wanted[n] && !text_i64(wanted + n + 1, 1, INT32_MAX, &nth))
		return;
	if (atomic_fetch_add(&passages, 1) + 1 == nth)
		(void)kill(getpid(), SIGKILL);
}

#else
/* ISO C wants a declaration in every file. */
typedef int failpoint_none;
#endif
