#include "server/auth.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "server/server.h"
#include "store/token.h"

static const struct {
	const char *context, *name;
	int64_t life_ms;
} claims[] = {
    [AUTH_TOKEN] = {"holdfast device token 1", "token", DEVICE_TOKEN_MS},
    [AUTH_CHALLENGE] = {"holdfast device challenge 1", "challenge", DEVICE_CHALLENGE_MS},
};

/* What is sealed: the device's id and the end of the claim's time, big-endian. */
#define CLAIM_ID (ID_SIZE - 1)
#define CLAIM_BYTES (CLAIM_ID + 8)
#define SEALED_BYTES (CLAIM_BYTES + CRYPTO_SEAL_OVERHEAD)

void auth_claim_make(const struct server *s, enum auth_claim kind, const char *device,
		     int64_t now_ms, char out[static DEVICE_CLAIM_SIZE])
{
	unsigned char claim[CLAIM_BYTES], sealed[SEALED_BYTES];
	uint64_t end = (uint64_t)(now_ms + claims[kind].life_ms);

	memcpy(claim, device, CLAIM_ID);
	for (size_t i = 0; i < 8; i++)
		claim[CLAIM_ID + i] = (unsigned char)(end >> (56 - 8 * i));
	crypto_seal(s->master_key, claims[kind].context, claim, sizeof(claim), sealed);
	text_base64url(sealed, sizeof(sealed), out);
}

bool auth_claim_read(struct request *r, enum auth_claim kind, const char *text, const char **device,
		     struct err *e)
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
	*device = arena_dup_n(r->arena, claim, CLAIM_ID);
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

/* A token of an account is worth no more than the account is at this moment. */
static bool account_token(struct request *r, const struct store_token *t, struct err *e)
{
	struct caller *c = &r->caller;
	struct store_account account;

	if (!store_account_get(r->db, r->arena, t->account, &account, e))
		return false;
	if (!account.active)
		return err_set(e, ERR_UNAUTHENTICATED,
			       "The account of this API token is disabled.");
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

bool auth_check(struct request *r, struct err *e)
{
	const char *header = http_header(r->http, "Authorization");

	r->caller = (struct caller){.name = ""};
	if (r->route->access == ACCESS_PUBLIC)
		return true;
	if (header == NULL)
		return err_set(e, ERR_UNAUTHENTICATED,
			       "This needs the header \"Authorization: Bearer …\".");
	if (strncasecmp(header, "Bearer ", 7) != 0)
		return err_set(e, ERR_UNAUTHENTICATED, "Only Bearer tokens are accepted here.");
	if (r->route->access == ACCESS_DEVICE)
		return auth_claim_read(r, AUTH_TOKEN, header + 7, &r->caller.device, e);
	return token_of(r, header + 7, e) && permitted(r, e);
}
