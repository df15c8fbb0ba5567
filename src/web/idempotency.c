#include "web/idempotency.h"

#include <string.h>

#include "crypto/crypto.h"
#include "web/server.h"
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

/* False with e when the key cannot be used; *has says whether there is one. */
static bool key_read(const struct request *r, struct store_answer *out, bool *has, struct err *e)
{
	*out = (struct store_answer){.caller = caller_of(r),
				     .key = http_header(r->http, "Idempotency-Key")};
	*has = http_header_sent(r->http, "Idempotency-Key") && out->caller != NULL &&
	       r->http->method == HTTP_POST;
	return !*has || (out->key != NULL && key_valid(out->key)) ||
	       err_set(e, ERR_INVALID,
		       "Idempotency-Key must be 1 to %d characters of A-Z, a-z, 0-9, _ and -.",
		       IDEMPOTENCY_MAX_KEY);
}

static bool keep(struct request *r, struct store_answer *answer, struct db *db, struct err *e)
{
	hash_request(r, answer->request);
	answer->status = r->status;
	answer->type = r->type;
	answer->location = request_header_of(r, "Location");
	answer->etag = request_header_of(r, "ETag");
	seal(r, answer);
	return store_idempotency_add(db, answer, r->now_ms, e);
}

bool idempotency_run(struct request *r, struct err *e)
{
	unsigned char request[CRYPTO_HASH_SIZE];
	struct store_answer answer;
	bool found;

	if (!key_read(r, &answer, &found, e))
		return false;
	if (!found)
		return r->route->handler(r, e);
	hash_request(r, request);
	if (!store_idempotency_find(r->db, r->arena, r->now_ms, &answer, &found, e))
		return false;
	if (found)
		return answer_again(r, &answer, request, e);
	return r->route->handler(r, e) && keep(r, &answer, r->db, e);
}

/* --- outside of units --- */

struct work {
	struct request *r;
	struct store_answer answer;
	bool found;
};

static bool take_unit(struct db *db, void *arg, struct err *e)
{
	struct work *w = arg;
	struct store_answer mine = {.caller = w->answer.caller, .key = w->answer.key, .type = ""};

	if (!store_idempotency_find(db, w->r->arena, w->r->now_ms, &w->answer, &w->found, e))
		return false;
	if (w->found && w->answer.status != 0)
		return true;
	if (w->found && w->r->now_ms - w->answer.created_ms < IDEMPOTENCY_WORK_MS)
		return err_set(e, ERR_CONFLICT,
			       "Another request with this Idempotency-Key is under way; its answer "
			       "can be had when it is done.");
	w->found = false;
	hash_request(w->r, mine.request);
	return store_idempotency_remove(db, &mine, e) &&
	       store_idempotency_add(db, &mine, w->r->now_ms, e);
}

static bool keep_unit(struct db *db, void *arg, struct err *e)
{
	struct work *w = arg;

	return store_idempotency_remove(db, &w->answer, e) && keep(w->r, &w->answer, db, e);
}

static bool give_back_unit(struct db *db, void *arg, struct err *e)
{
	return store_idempotency_remove(db, &((struct work *)arg)->answer, e);
}

bool idempotency_work(struct request *r, struct err *e)
{
	unsigned char request[CRYPTO_HASH_SIZE];
	struct work w = {.r = r};
	struct err ignored;

	if (!key_read(r, &w.answer, &w.found, e))
		return false;
	if (!w.found)
		return r->route->handler(r, e);
	if (!request_run(r, take_unit, &w, e))
		return false;
	hash_request(r, request);
	if (w.found)
		return answer_again(r, &w.answer, request, e);
	if (r->route->handler(r, e))
		return request_run(r, keep_unit, &w, e);
	(void)request_run(r, give_back_unit, &w, &ignored);
	return false;
}
