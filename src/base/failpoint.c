#include "base/failpoint.h"

#ifdef HOLDFAST_FAILPOINTS

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* "name", "name:n", either perhaps followed by "+then". */
static bool is_first(const char *wanted, const char *name, int64_t *nth)
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

void failpoint(const char *name)
{
	static _Atomic int64_t passages;
	static _Atomic bool armed;
	const char *wanted = getenv("HOLDFAST_FAILPOINT");
	const char *then = wanted ? strchr(wanted, '+') : NULL;
	int64_t nth;

	if (!wanted)
		return;
	if (then && armed && strcmp(then + 1, name) == 0)
		(void)kill(getpid(), SIGKILL);
	if (!is_first(wanted, name, &nth) || atomic_fetch_add(&passages, 1) + 1 != nth)
		return;
	if (!then)
		(void)kill(getpid(), SIGKILL);
	armed = true;
}

#else
/* ISO C wants a declaration in every file. */
typedef int failpoint_none;
#endif
