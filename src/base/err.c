#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int http;
	int exit;
} codes[ERR_CODE_COUNT] = {
    [ERR_NONE] = {"none", 200, 0},
    [ERR_INVALID] = {"invalid", 400, 2},
    [ERR_UNAUTHENTICATED] = {"unauthenticated", 401, 1},
    [ERR_FORBIDDEN] = {"forbidden", 403, 1},
    [ERR_NOT_FOUND] = {"not-found", 404, 1},
    [ERR_CONFLICT] = {"conflict", 409, 1},
    [ERR_STALE] = {"stale", 412, 1},
    [ERR_GONE] = {"gone", 410, 1},
    [ERR_TOO_LARGE] = {"too-large", 413, 2},
    [ERR_UNSUPPORTED] = {"unsupported", 415, 2},
    [ERR_UNPROCESSABLE] = {"unprocessable", 422, 1},
    [ERR_TOO_MANY] = {"too-many", 429, 3},
    [ERR_UNAVAILABLE] = {"unavailable", 503, 3},
    [ERR_TIMEOUT] = {"timeout", 504, 3},
    [ERR_PEER] = {"peer", 502, 3},
    [ERR_IO] = {"io", 500, 1},
    [ERR_CRYPTO] = {"crypto", 400, 1},
    [ERR_INTERNAL] = {"internal", 500, 1},
};

bool err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return false;
}

bool err_errno(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	char why[128];
	va_list ap;
	int n;

	e->code = ERR_IO;
	va_start(ap, fmt);
	n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(e->text))
		(void)snprintf(e->text + n, sizeof(e->text) - (size_t)n, ": %s",
			       strerror_r(saved, why, sizeof(why)));
	return false;
}

bool err_add(struct err *e, const char *fmt, ...)
{
	char where[ERR_TEXT_MAX];
	char all[2 * ERR_TEXT_MAX + 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(where, sizeof(where), fmt, ap);
	va_end(ap);
	(void)snprintf(all, sizeof(all), "%s: %s", where, e->text);
	memcpy(e->text, all, sizeof(e->text) - 1);
	e->text[sizeof(e->text) - 1] = '\0';
	return false;
}

void err_clear(struct err *e)
{
	e->code = ERR_NONE;
	e->text[0] = '\0';
}

const char *err_name(enum err_code code)
{
	return codes[code].name;
}

int err_http_status(enum err_code code)
{
	return codes[code].http;
}

int err_exit_status(enum err_code code)
{
	return codes[code].exit;
}
