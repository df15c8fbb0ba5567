#include "server/auth.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "server/server.h"
#include "store/token.h"

#define DEVICE_CONTEXT "holdfast device token 1"

/* What is sealed in a device's token: its id and the end of its time, big-endian. */
#define CLAIM_ID (ID_SIZE - 1)
#define CLAIM_SIZE (CLAIM_ID + 8)
#define SEALED_SIZE (CLAIM_SIZE + CRYPTO_SEAL_OVERHEAD)

void auth_device_token(const struct server *s, const char *device, int64_t now_ms,
		       char out[static DEVICE_TOKEN_SIZE])
{
	unsigned char claim[CLAIM_SIZE], sealed[SEALED_SIZE];
	uint64_t end = (uint64_t)(now_ms + DEVICE_TOKEN_MS);

	memcpy(claim, device, CLAIM_ID);
	for (size_t i = 0; i < 8; i++)
		claim[CLAIM_ID + i] = (unsigned char)(end >> (56 - 8 * i));
	crypto_seal(s->master_key, DEVICE_CONTEXT, claim, sizeof(claim), sealed);
	text_base64url(sealed, sizeof(sealed), out);
}

static bool device_of(struct request *r, const char *token, struct err *e)
{
	unsigned char claim[CLAIM_SIZE], sealed[SEALED_SIZE];
	size_t n = sizeof(sealed);
	uint64_t end = 0;
	struct err why;

	if (!text_unbase64url(token, strlen(token), sealed, &n) || n != sizeof(sealed) ||
	    !crypto_unseal(r->server->master_key, DEVICE_CONTEXT, sealed, n, claim, &why))
		return err_set(e, ERR_UNAUTHENTICATED, "This is not a device's token.");
	for (size_t i = 0; i < 8; i++)
		end = end << 8 | claim[CLAIM_ID + i];
	if (r->now_ms >= (int64_t)end)
		return err_set(e, ERR_UNAUTHENTICATED, "The device's token has expired.");
	r->caller.device = arena_dup_n(r->arena, claim, CLAIM_ID);
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
	return r->route->access == ACCESS_DEVICE ? device_of(r, header + 7, e)
						 : token_of(r, header + 7, e);
}
