#include "web/browser.h"

#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "web/server.h"

static const struct {
	const char *name, *path;
} cookies[] = {
    [BROWSER_SESSION] = {"holdfast_session", "/"},
    [BROWSER_SIGNIN] = {"holdfast_signin", "/auth"},
    [BROWSER_ACCOUNT] = {"holdfast", "/"},
    [BROWSER_KNOWN] = {"holdfast_known", "/"},
};

static bool secure(const struct request *r)
{
	return text_starts(r->server->options.public_url, "https://");
}

/* Browsers take names with these prefixes only over TLS, and __Host- only for the whole of this host. */
static const char *name_of(const struct request *r, enum browser_cookie cookie)
{
	const char *prefix = strcmp(cookies[cookie].path, "/") == 0 ? "__Host-" : "__Secure-";

	return secure(r) ? arena_printf(r->arena, "%s%s", prefix, cookies[cookie].name)
			 : cookies[cookie].name;
}

void browser_set_cookie(struct request *r, enum browser_cookie cookie, const char *value,
			int64_t age_ms)
{
	request_header(
	    r, "Set-Cookie",
	    arena_printf(r->arena, "%s=%s; Path=%s; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
			 name_of(r, cookie), value != NULL ? value : "", cookies[cookie].path,
			 (long long)(value != NULL ? age_ms / 1000 : 0),
			 secure(r) ? "; Secure" : ""));
}

bool browser_cookie(const struct request *r, enum browser_cookie cookie, unsigned char hash[32])
{
	const char *value = http_cookie(r->http, name_of(r, cookie));

	if (value == NULL || value[0] == '\0')
		return false;
	crypto_sha256(value, strlen(value), hash);
	return true;
}

const char *browser_agent(struct request *r)
{
	const char *sent = http_header(r->http, "User-Agent");
	char *agent = arena_dup(r->arena, sent != NULL ? sent : "");

	text_cut(agent, BROWSER_MAX_AGENT);
	return agent;
}

bool browser_session(struct request *r, struct browser_session *out, bool *signed_in, struct err *e)
{
	*signed_in = false;
	if (!browser_cookie(r, BROWSER_SESSION, out->id))
		return true;
	*signed_in = store_session_get(r->db, r->arena, out->id, r->now_ms, &out->row, e);
	return *signed_in || e->code == ERR_NOT_FOUND;
}
