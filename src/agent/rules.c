#include "agent/rules.h"

#include <string.h>

#include "base/text.h"

#define BACKOFF_FIRST_MS 1000
#define BACKOFF_MOST_MS 300000

/* 127.0.0.0/8 written as four plain numbers. */
static bool loopback_v4(const char *host)
{
	char part[4];
	int dots = 0;

	if (!text_starts(host, "127."))
		return false;
	while (*host) {
		size_t n = strcspn(host, ".");
		int64_t number;

		if (n == 0 || n >= sizeof(part))
			return false;
		memcpy(part, host, n);
		part[n] = '\0';
		if (!text_i64(part, 0, 255, &number))
			return false;
		host += n;
		if (*host == '.') {
			dots++;
			host++;
		}
	}
	return dots == 3;
}

static bool loopback(const char *host)
{
	return text_equal(host, "[::1]") || text_equal_nocase(host, "localhost") ||
	       loopback_v4(host);
}

static bool host_valid(const char *host)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789.-_";
	size_t n = strlen(host);

	if (host[0] == '[')
		return n > 2 && host[n - 1] == ']' &&
		       strspn(host + 1, "0123456789abcdefABCDEF:.") == n - 2;
	return n && strspn(host, name) == n;
}

bool rules_server(struct arena *a, const char *url, const char **base, struct err *e)
{
	bool tls = text_starts(url, "https://");
	const char *authority = url + (tls ? 8 : 7);
	size_t n = strlen(url);
	int64_t port;
	char *host, *colon;

	if (!tls && !text_starts(url, "http://"))
		return err_set(e, ERR_INVALID, "the server's address must begin with https://");
	if (strpbrk(url, "?#@ \t\\") || !text_printable(url, false))
		return err_set(e, ERR_INVALID,
			       "the server's address must be scheme, name, port and path only");
	host = arena_dup_n(a, authority, strcspn(authority, "/"));
	colon = strrchr(host, ':');
	if (colon && !strchr(colon, ']')) {
		*colon = '\0';
		if (!text_i64(colon + 1, 1, 65535, &port))
			return err_set(e, ERR_INVALID, "the server's port must be 1 to 65535");
	}
	if (!host_valid(host))
		return err_set(e, ERR_INVALID, "the server's address names no host");
	if (!tls && !loopback(host))
		return err_set(e, ERR_INVALID,
			       "the server's address must begin with https://: plain http is for "
			       "this machine only");
	while (n && url[n - 1] == '/')
		n--;
	*base = arena_dup_n(a, url, n);
	return true;
}

int64_t rules_backoff_ms(unsigned failures, uint32_t random)
{
	int64_t delay = BACKOFF_FIRST_MS;

	for (; failures > 1 && delay < BACKOFF_MOST_MS; failures--)
		delay *= 2;
	if (delay > BACKOFF_MOST_MS)
		delay = BACKOFF_MOST_MS;
	return delay / 2 + random % (delay / 2 + 1);
}

enum rules_token rules_token(int status, const char *error)
{
	static const struct {
		const char *error;
		enum rules_token means;
	} table[] = {
	    {"authorization_pending", RULES_TOKEN_WAIT},
	    {"slow_down", RULES_TOKEN_SLOW_DOWN},
	    {"access_denied", RULES_TOKEN_DENIED},
	    {"expired_token", RULES_TOKEN_EXPIRED},
	};
	size_t i;

	if (status == 200)
		return RULES_TOKEN_GRANTED;
	for (i = 0; error && i < ARRAY_SIZE(table); i++)
		if (!strcmp(error, table[i].error))
			return table[i].means;
	/* The server is there but busy or being restarted. */
	if (status >= 500 || status == 429)
		return RULES_TOKEN_SLOW_DOWN;
	return RULES_TOKEN_FAILED;
}

enum err_code rules_refusal(int status)
{
	static const struct {
		int status;
		enum err_code code;
	} table[] = {
	    {401, ERR_UNAUTHENTICATED}, {403, ERR_FORBIDDEN}, {404, ERR_NOT_FOUND},
	    {409, ERR_CONFLICT},        {410, ERR_GONE},      {413, ERR_TOO_LARGE},
	    {422, ERR_UNPROCESSABLE},   {429, ERR_TOO_MANY},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].status == status)
			return table[i].code;
	return status >= 500 ? ERR_UNAVAILABLE : ERR_PEER;
}
