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

static bool token_of(struct request *r, const char *token, struct err *e)
{
	unsigned char hash[CRYPTO_HASH_SIZE];
	struct store_token found;

	if (!text_starts(token, TOKEN_PREFIX) || strlen(token) != TOKEN_SIZE - 1)
		return err_set(e, ERR_UNAUTHENTICATED, "This is not an API token.");
	crypto_sha256(token, strlen(token), hash);
	if (!store_token_by_hash(r->db, r->arena, hash, &found, e))
		return e->code == ERR_NOT_FOUND
			   ? err_set(e, ERR_UNAUTHENTICATED, "This API token is not known here.")
			   : false;
	if ((r->route->access & (unsigned)found.role) == 0)
		return err_set(e, ERR_FORBIDDEN, "A token of the role %s may not do this.",
			       role_name(found.role));
	r->caller.role = found.role;
	r->caller.token = found.id;
	r->caller.name = found.name;
	return true;
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
	return token_of(r, header + 7, e);
}
