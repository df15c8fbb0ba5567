#include "base/failpoint.h"

#ifdef HOLDFAST_FAILPOINTS

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* One half of it: "name" or "name:n", up to end or '+'. */
static bool names(const char *wanted, const char *name, int64_t *nth)
{
	size_t n = strlen(name), digits;
	char count[20] = "1";

	if (strncmp(wanted, name, n) != 0 || (wanted[n] && !strchr(":+", wanted[n])))
		return false;
	if (wanted[n] == ':') {
		digits = strcspn(wanted + n + 1, "+");
		if (digits >= sizeof(count))
			return false;
		memcpy(count, wanted + n + 1, digits);
		count[digits] = '\0';
	}
	return text_i64(count, 1, INT32_MAX, nth);
}

/* The place that it ends at, perhaps only once another was passed. */
static void pass(const char *wanted, const char *name, _Atomic int64_t *passages)
{
	int64_t nth;

	if (names(wanted, name, &nth) && atomic_fetch_add(passages, 1) + 1 == nth)
		(void)kill(getpid(), SIGKILL);
}

void failpoint(const char *name)
{
	static _Atomic int64_t passages, then_passages;
	static _Atomic bool armed;
	const char *wanted = getenv("HOLDFAST_FAILPOINT");
	const char *then = wanted ? strchr(wanted, '+') : NULL;
	int64_t nth;

	if (!wanted)
		return;
	if (!then) {
		pass(wanted, name, &passages);
		return;
	}
	if (armed)
		pass(then + 1, name, &then_passages);
	else if (names(wanted, name, &nth) && atomic_fetch_add(&passages, 1) + 1 == nth)
		armed = true;
}

#else
/* ISO C wants a declaration in every file. */
typedef int failpoint_none;
#endif
