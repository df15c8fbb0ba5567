#include "web/browser.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/record.h"
#include "web/server.h"
#include "store/person.h"

static const char *const names[] = {
    [BROWSER_SESSION] = "holdfast_session",
    [BROWSER_SIGNIN] = "holdfast_signin",
    [BROWSER_ACCOUNT] = "holdfast",
    [BROWSER_KNOWN] = "holdfast_known",
};

static bool secure(const struct request *r)
{
	return text_starts(r->server->options.public_url, "https://");
}

/* Browsers take names with this prefix only over TLS, from this host itself and for the whole of it: no other
 * host of the domain can plant one. */
static const char *name_of(const struct request *r, enum browser_cookie cookie)
{
	return secure(r) ? arena_printf(r->arena, "__Host-%s", names[cookie]) : names[cookie];
}

void browser_set_cookie(struct request *r, enum browser_cookie cookie, const char *value,
			int64_t age_ms)
{
	request_header(r, "Set-Cookie",
		       arena_printf(r->arena,
				    "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
				    name_of(r, cookie), value != NULL ? value : "",
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

void browser_hold(struct request *r, enum browser_cookie cookie, int64_t age_ms,
		  unsigned char hash[32])
{
	const char *value = http_cookie(r->http, name_of(r, cookie));
	char *fresh = arena_alloc(r->arena, BROWSER_SECRET_SIZE);
	unsigned char bytes[32];
	size_t n = sizeof(bytes);

	if (value == NULL || strlen(value) != BROWSER_SECRET_SIZE - 1 ||
	    !text_unbase64url(value, strlen(value), bytes, &n)) {
		random_token("", 32, fresh);
		value = fresh;
	}
	crypto_sha256(value, strlen(value), hash);
	browser_set_cookie(r, cookie, value, age_ms);
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

bool browser_enter(struct request *r, struct db *db, const struct store_person *person,
		   const char *secret, const char *how, struct err *e)
{
	unsigned char id[CRYPTO_HASH_SIZE], before[CRYPTO_HASH_SIZE];
	char csrf[BROWSER_SECRET_SIZE];
	const struct store_session session = {.person = person->id,
					      .csrf = csrf,
					      .address = r->address,
					      .agent = browser_agent(r),
					      .expires_ms = r->now_ms + BROWSER_SESSION_MS};
	struct flow f = request_flow(r);

	f.db = db;
	f.actor = flow_somebody(&f, "person", person->id, person->name);
	random_token("", 32, csrf);
	crypto_sha256(secret, strlen(secret), id);
	return (!browser_cookie(r, BROWSER_SESSION, before) ||
		store_session_remove(db, before, e)) &&
	       store_session_add(db, id, &session, r->now_ms, e) &&
	       flow_event(&f,
			  &(struct flow_event){.kind = "signed-in",
					       .object = "person",
					       .object_id = person->id,
					       .text = how},
			  e);
}

void browser_entry_begin(struct request *r, struct browser_entry *entry)
{
	struct flow_signin *s = &entry->signin;

	random_token("", 32, entry->cookie);
	random_token("", 32, entry->known);
	random_token("", 32, entry->csrf);
	s->address = r->address;
	s->agent = browser_agent(r);
	s->master = r->server->master_key;
	s->csrf = entry->csrf;
	crypto_sha256(entry->cookie, strlen(entry->cookie), s->session);
	crypto_sha256(entry->known, strlen(entry->known), s->browser_new);
	if (browser_cookie(r, BROWSER_KNOWN, entry->browser))
		s->browser = entry->browser;
	if (browser_cookie(r, BROWSER_ACCOUNT, entry->before))
		s->replaces = entry->before;
}

void browser_entry_done(struct request *r, const struct browser_entry *entry)
{
	browser_set_cookie(r, BROWSER_ACCOUNT, arena_dup(r->arena, entry->cookie), SESSION_LIFE_MS);
	browser_set_cookie(r, BROWSER_KNOWN, arena_dup(r->arena, entry->known), SIGNIN_KNOWN_MS);
}

struct flow browser_flow(struct request *r, struct db *db)
{
	struct flow f = request_flow(r);

	f.db = db;
	f.actor = flow_somebody(&f, "account", NULL, "somebody who is not signed in");
	return f;
}
