/* What a stranger sends before signing in: addresses in X-Forwarded-For, an email address, a password. The first
 * line is the list of proxies. */
#include "fuzz.h"

#include <string.h>

#include "model/proxy.h"
#include "model/signin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	char *text = arena_dup_n(&a, data, size), *line = strchr(text, '\n');
	struct proxies proxies;
	const char *email;
	struct err e;

	if (line == NULL)
		return 0;
	*line++ = '\0';
	if (proxies_read(text, &proxies, &e))
		(void)address_group(&a, proxies_behind(&proxies, &a, "10.0.0.1", line));
	(void)address_group(&a, line);
	if (email_read(arena_dup(&a, line), &email, &e) && strlen(email) > EMAIL_MAX)
		__builtin_trap();
	(void)!password_check(line, "li@example.com", &e);
	return 0;
}
