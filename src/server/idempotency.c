#include "server/idempotency.h"

#include <string.h>

#include "crypto/crypto.h"
#include "server/server.h"
#include "store/idempotency.h"

static bool key_valid(const char *key)
{
	size_t n = strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	return n >= 1 && n <= IDEMPOTENCY_MAX_KEY && key[n] == '\0';
}

static void hash_request(const struct request *r, unsigned char out[CRYPTO_HASH_SIZE])
{
	AUTO(buf_wipe) struct buf all = {0};

	buf_printf(&all, "%d %s?%s\n", (int)r->http->method, r->http->path, r->http->query);
	buf_add(&all, r->http->body, r->http->body_len);
	crypto_sha256(all.data, all.len, out);
}

static const char *caller_of(const struct request *r)
{
	if (r->caller.token != NULL)
		return r->caller.token;
	return r->caller.account != NULL ? r->caller.account : r->caller.device;
}

/* An answer may hold a secret that is shown once. */
static const char *seal_context(const struct request *r, const struct store_answer *answer)
{
	return arena_printf(r->arena, "holdfast answer 1 %s %s", answer->caller, answer->key);
}

static void seal(const struct request *r, struct store_answer *answer)
{
	unsigned char *sealed = arena_alloc(r->arena, r->body.len + CRYPTO_SEAL_OVERHEAD);

	crypto_seal(r->server->master_key, seal_context(r, answer), r->body.data, r->body.len,
		    sealed);
	answer->body = sealed;
	answer->body_len = r->body.len + CRYPTO_SEAL_OVERHEAD;
}

static bool unseal(struct request *r, const struct store_answer *answer, struct err *e)
{
	size_t n =
	    answer->body_len < CRYPTO_SEAL_OVERHEAD ? 0 : answer->body_len - CRYPTO_SEAL_OVERHEAD;
	unsigned char *open = arena_alloc(r->arena, n + 1);

	if (!crypto_unseal(r->server->master_key, seal_context(r, answer), answer->body,
			   answer->body_len, open, e))
		return false;
	buf_add(&r->body, open, n);
	return true;
}

static bool answer_again(struct request *r, const struct store_answer *first,
			 const unsigned char *request, struct err *e)
{
	if (!crypto_equal(first->request, request, CRYPTO_HASH_SIZE))
		return err_set(e, ERR_UNPROCESSABLE,
			       "This Idempotency-Key was used for another request before.");
	r->status = (int)first->status;
	r->type = first->type;
	if (first->location != NULL)
		request_header(r, "Location", first->location);
	if (first->etag != NULL)
		request_header(r, "ETag", first->etag);
	return unseal(r, first, e);
}

bool idempotency_run(struct request *r, struct err *e)
{
	const char *key = http_header(r->http, "Idempotency-Key");
	const char *caller = caller_of(r);
	struct store_answer answer = {.caller = caller, .key = key};
	unsigned char request[CRYPTO_HASH_SIZE];
	bool found;

	if (key == NULL || caller == NULL || r->http->method != HTTP_POST)
		return r->route->handler(r, e);
	if (!key_valid(key))
		return err_set(
		    e, ERR_INVALID,
		    "Idempotency-Key must be 1 to %d characters of A-Z, a-z, 0-9, _ and -.",
		    IDEMPOTENCY_MAX_KEY);
	hash_request(r, request);
	if (!store_idempotency_find(r->db, r->arena, r->now_ms, &answer, &found, e))
		return false;
	if (found)
		return answer_again(r, &answer, request, e);
	if (!r->route->handler(r, e))
		return false;
	memcpy(answer.request, request, sizeof(request));
	answer.status = r->status;
	answer.type = r->type;
	answer.location = request_header_of(r, "Location");
	answer.etag = request_header_of(r, "ETag");
	seal(r, &answer);
	return store_idempotency_add(r->db, &answer, r->now_ms, e);
}
