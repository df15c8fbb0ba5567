#include "web/auth.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/token.h"
#include "model/signin.h"
#include "web/browser.h"
#include "web/server.h"
#include "store/device.h"
#include "store/session.h"
#include "store/setting.h"
#include "store/token.h"

static const struct {
	const char *context, *name;
	int64_t life_ms;
} claims[] = {
    [AUTH_TOKEN] = {"holdfast device token 1", "token", DEVICE_TOKEN_MS},
    [AUTH_CHALLENGE] = {"holdfast device challenge 1", "challenge", DEVICE_CHALLENGE_MS},
};

/* What is sealed: the device's id, the end of the claim's time, big-endian, and the key it was given to. */
#define CLAIM_ID (ID_SIZE - 1)
#define CLAIM_KEY (CLAIM_ID + 8)
#define CLAIM_BYTES (CLAIM_KEY + 32)
#define SEALED_BYTES (CLAIM_BYTES + CRYPTO_SEAL_OVERHEAD)

void auth_claim_make(const struct server *s, enum auth_claim kind, const struct auth_device *device,
		     int64_t now_ms, char out[static DEVICE_CLAIM_SIZE])
{
	unsigned char claim[CLAIM_BYTES], sealed[SEALED_BYTES];
	uint64_t end = (uint64_t)(now_ms + claims[kind].life_ms);

	memcpy(claim, device->id, CLAIM_ID);
	memcpy(claim + CLAIM_KEY, device->key, sizeof(device->key));
	for (size_t i = 0; i < 8; i++)
		claim[CLAIM_ID + i] = (unsigned char)(end >> (56 - 8 * i));
	crypto_seal(s->master_key, claims[kind].context, claim, sizeof(claim), sealed);
	text_base64url(sealed, sizeof(sealed), out);
}

bool auth_claim_read(struct request *r, enum auth_claim kind, const char *text,
		     struct auth_device *device, struct err *e)
{
	unsigned char claim[CLAIM_BYTES], sealed[SEALED_BYTES];
	size_t n = sizeof(sealed);
	uint64_t end = 0;
	struct err why;

	if (!text_unbase64url(text, strlen(text), sealed, &n) || n != sizeof(sealed) ||
	    !crypto_unseal(r->server->master_key, claims[kind].context, sealed, n, claim, &why))
		return err_set(e, ERR_UNAUTHENTICATED, "This is not a device's %s.",
			       claims[kind].name);
	for (size_t i = 0; i < 8; i++)
		end = end << 8 | claim[CLAIM_ID + i];
	if (r->now_ms >= (int64_t)end)
		return err_set(e, ERR_UNAUTHENTICATED, "The device's %s has expired.",
			       claims[kind].name);
	device->id = arena_dup_n(r->arena, claim, CLAIM_ID);
	memcpy(device->key, claim + CLAIM_KEY, sizeof(device->key));
	return true;
}

static bool find_token(struct request *r, const char *text, struct store_token *out, struct err *e)
{
	unsigned char hash[CRYPTO_HASH_SIZE];

	if (!text_starts(text, TOKEN_PREFIX) || strlen(text) != TOKEN_SIZE - 1)
		return err_set(e, ERR_UNAUTHENTICATED, "This is not an API token.");
	crypto_sha256(text, strlen(text), hash);
	if (!store_token_by_hash(r->db, r->arena, hash, out, e))
		return e->code == ERR_NOT_FOUND
			   ? err_set(e, ERR_UNAUTHENTICATED, "This API token is not known here.")
			   : false;
	if (out->revoked_ms != 0)
		return err_set(e, ERR_UNAUTHENTICATED, "This API token was revoked.");
	if (out->expires_ms != 0 && r->now_ms >= out->expires_ms)
		return err_set(e, ERR_UNAUTHENTICATED, "This API token has expired.");
	return true;
}

static void limit(struct caller *c, const char *const *departments, size_t count)
{
	c->departments = departments;
	c->department_count = count;
}

static bool active_account(struct request *r, const char *id, struct store_account *out,
			   struct err *e)
{
	if (!store_account_get(r->db, r->arena, id, out, e))
		return e->code == ERR_NOT_FOUND
			   ? err_set(e, ERR_UNAUTHENTICATED, "This account was deleted.")
			   : false;
	return out->active || err_set(e, ERR_UNAUTHENTICATED, "This account is disabled.");
}

/* A token of an account is worth no more than the account is at this moment. */
static bool account_token(struct request *r, const struct store_token *t, struct err *e)
{
	struct caller *c = &r->caller;
	struct store_account account;

	if (!active_account(r, t->account, &account, e))
		return false;
	if (!role_lesser(account.role, t->role, &c->role))
		return err_set(e, ERR_FORBIDDEN,
			       "This API token is for the role %s, which its account does not have "
			       "any more.",
			       role_name(t->role));
	c->account = account.id;
	c->person = account.person;
	c->name = arena_printf(r->arena, "%s (token %s)", account.name, t->name);
	if (t->department_count == 0 || account.department_count == 0) {
		bool own = t->department_count > 0;

		limit(c, own ? t->departments : account.departments,
		      own ? t->department_count : account.department_count);
		return true;
	}
	return store_token_scope(r->db, r->arena, t, &c->departments, &c->department_count, e) &&
	       (c->department_count > 0 ||
		err_set(e, ERR_FORBIDDEN,
			"The departments of this API token are none of its account's any more."));
}

static bool token_of(struct request *r, const char *text, struct err *e)
{
	struct caller *c = &r->caller;
	struct store_token token;

	if (!find_token(r, text, &token, e))
		return false;
	c->token = token.id;
	c->seen_ms = token.used_ms;
	c->ends_ms = token.expires_ms;
	if (token.account != NULL)
		return account_token(r, &token, e);
	c->role = token.role;
	c->name = token.name;
	limit(c, token.departments, token.department_count);
	return true;
}

static bool permitted(const struct request *r, struct err *e)
{
	return (r->route->access & (unsigned)r->caller.role) != 0 ||
	       err_set(e, ERR_FORBIDDEN, "The role %s may not do this.", role_name(r->caller.role));
}

/* --- a browser --- */

/* "https://holdfast.example.com" of an address below it. */
static const char *origin_of(struct arena *a, const char *url)
{
	const char *host = strstr(url, "://");

	host = host != NULL ? host + 3 : url;
	return arena_dup_n(a, url, (size_t)(host - url) + strcspn(host, "/"));
}

bool auth_same_site(const struct request *r, struct err *e)
{
	const char *origin = http_header(r->http, "Origin");
	const char *site = http_header(r->http, "Sec-Fetch-Site");
	const char *own = origin_of(r->arena, r->server->options.public_url);

	if ((origin == NULL || text_equal_nocase(origin, own)) &&
	    (site == NULL || text_equal(site, "same-origin") || text_equal(site, "none")))
		return true;
	return err_set(e, ERR_FORBIDDEN,
		       "This came from a page of another site; this server is %s.", own);
}

/* A cookie alone proves nothing: any page can make the browser send it. */
static bool meant(const struct request *r, struct err *e)
{
	const char *sent = http_header(r->http, "X-CSRF-Token");

	if (r->http->method <= HTTP_HEAD)
		return true;
	if (!auth_same_site(r, e))
		return false;
	if (sent == NULL)
		return err_set(
		    e, ERR_FORBIDDEN,
		    "With a cookie this needs the header X-CSRF-Token; /api/v1/me has its "
		    "value.");
	return crypto_equal_text(sent, r->caller.csrf) ||
	       err_set(e, ERR_FORBIDDEN, "The X-CSRF-Token is not this session's.");
}

static bool find_needs(struct request *r, const struct store_account *account, struct err *e)
{
	const char *roles;

	if (account->has_totp)
		return true;
	if (!store_setting_get(r->db, r->arena, SETTING_TOTP_ROLES, &roles, e))
		return false;
	r->caller.needs_totp = roles != NULL && role_among(account->role, roles);
	return true;
}

/* Until there is one, all that such a session may do is to set it up. */
static bool second_factor(const struct request *r, struct err *e)
{
	return !r->caller.needs_totp || r->route->before_totp ||
	       err_set(e, ERR_FORBIDDEN,
		       "Your organisation asks for a second factor: set one up first "
		       "(/api/v1/me/totp).");
}

/* ERR_UNAUTHENTICATED: one that has ended. */
static bool find_session(struct request *r, bool *signed_in, struct err *e)
{
	const struct store_session_now now = {r->now_ms, r->now_ms - SESSION_IDLE_MS};
	struct caller *c = &r->caller;
	struct store_session session;
	struct store_account account;
	unsigned char hash[CRYPTO_HASH_SIZE];

	*signed_in = false;
	if (!browser_cookie(r, BROWSER_ACCOUNT, hash))
		return true;
	if (!store_session_of_account(r->db, r->arena, hash, &now, &session, e))
		return e->code == ERR_NOT_FOUND ? err_set(e, ERR_UNAUTHENTICATED,
							  "The session has ended; sign in again.")
						: false;
	if (!active_account(r, session.account, &account, e))
		return false;
	*c = (struct caller){.role = account.role,
			     .account = account.id,
			     .person = account.person,
			     .name = account.name,
			     .departments = account.departments,
			     .department_count = account.department_count,
			     .session = session.id,
			     .csrf = session.csrf,
			     .chinese = text_equal(account.language, "zh"),
			     .seen_ms = session.seen_ms,
			     .ends_ms = session.expires_ms};
	*signed_in = true;
	return find_needs(r, &account, e);
}

static bool session_of(struct request *r, bool *signed_in, struct err *e)
{
	return find_session(r, signed_in, e) &&
	       (!*signed_in || (second_factor(r, e) && meant(r, e)));
}

/* A key that was replaced, or a device that was deleted, has no token any more. */
static bool device_of(struct request *r, const char *token, struct err *e)
{
	struct auth_device device;
	unsigned char key[32];

	if (!auth_claim_read(r, AUTH_TOKEN, token, &device, e))
		return false;
	if (!store_device_key(r->db, device.id, key, e))
		return e->code == ERR_NOT_FOUND
			   ? err_set(e, ERR_UNAUTHENTICATED, "This device is not known here.")
			   : false;
	if (memcmp(key, device.key, sizeof(key)) != 0)
		return err_set(e, ERR_UNAUTHENTICATED,
			       "The device has another key by now; it has to sign in again.");
	r->caller.device = device.id;
	return true;
}

static bool somebody(struct request *r, struct err *e)
{
	const char *header = http_header(r->http, "Authorization");
	bool signed_in = false;

	if (header == NULL && r->route->access != ACCESS_DEVICE && !session_of(r, &signed_in, e))
		return false;
	if (signed_in)
		return true;
	if (header == NULL)
		return err_set(
		    e, ERR_UNAUTHENTICATED,
		    "This needs the header \"Authorization: Bearer …\", or the cookie of a "
		    "session.");
	if (strncasecmp(header, "Bearer ", 7) != 0)
		return err_set(e, ERR_UNAUTHENTICATED, "Only Bearer tokens are accepted here.");
	if (r->route->access == ACCESS_DEVICE)
		return device_of(r, header + 7, e);
	return token_of(r, header + 7, e);
}

bool auth_check(struct request *r, struct err *e)
{
	r->caller = (struct caller){.name = ""};
	r->reads = 0;
	if (r->route->access == ACCESS_PUBLIC)
		return true;
	return somebody(r, e) && (r->route->access == ACCESS_DEVICE || permitted(r, e));
}

/* --- for longer --- */

void auth_standing(const struct request *r, struct auth_standing *out)
{
	const struct caller *c = &r->caller;

	out->session = c->session != NULL;
	memcpy(out->id, out->session ? c->session : c->token, ID_SIZE);
}

static bool account_stands(struct db *db, struct arena *a, const char *id, enum role as,
			   bool *stands, struct err *e)
{
	struct store_account account;
	enum role role;

	if (!store_account_get(db, a, id, &account, e))
		return false;
	*stands = account.active && (as == 0 || role_lesser(account.role, as, &role));
	return true;
}

static bool session_stands(struct db *db, struct arena *a, const char *id, int64_t now_ms,
			   bool *stands, struct err *e)
{
	const struct store_session_now now = {now_ms, now_ms - SESSION_IDLE_MS};
	struct store_session session;

	return store_session_by_id(db, a, id, &now, &session, e) &&
	       account_stands(db, a, session.account, 0, stands, e);
}

static bool token_stands(struct db *db, struct arena *a, const char *id, int64_t now_ms,
			 bool *stands, struct err *e)
{
	struct store_token t;

	if (!store_token_get(db, a, id, &t, e))
		return false;
	*stands = t.revoked_ms == 0 && (t.expires_ms == 0 || now_ms < t.expires_ms);
	return !*stands || t.account == NULL || account_stands(db, a, t.account, t.role, stands, e);
}

bool auth_stands(struct db *db, struct arena *a, const struct auth_standing *by, int64_t now_ms,
		 bool *stands, struct err *e)
{
	*stands = false;
	if (by->session ? session_stands(db, a, by->id, now_ms, stands, e)
			: token_stands(db, a, by->id, now_ms, stands, e))
		return true;
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	*stands = false;
	return true;
}

/* --- when it was used --- */

#define SEEN_MS 60000

struct seen {
	char id[ID_SIZE];
	bool session;
	int64_t now_ms;
};

static bool seen_unit(struct db *db, void *arg, struct err *e)
{
	const struct seen *s = arg;

	return s->session ? store_session_seen(db, s->id, s->now_ms, e)
			  : store_token_used(db, s->id, s->now_ms, e);
}

/* One that is lost is made up for by the next. */
static void seen_done(void *arg, const struct err *e)
{
	(void)e;
	mem_free(arg);
}

void auth_seen(struct request *r)
{
	const char *id = r->caller.session != NULL ? r->caller.session : r->caller.token;
	struct seen *s;

	if (id == NULL || r->now_ms - r->caller.seen_ms < SEEN_MS)
		return;
	s = mem_new(struct seen);
	memcpy(s->id, id, ID_SIZE);
	s->session = r->caller.session != NULL;
	s->now_ms = r->now_ms;
	committer_submit(r->server->committer, seen_unit, seen_done, s);
}
