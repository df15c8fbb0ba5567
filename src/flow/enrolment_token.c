#include "flow/enrolment_token.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/record.h"
#include "model/proxy.h"
#include "store/person.h"
#include "store/rate.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* Wrong ones of one address; 256 bits are not found by trying, so this only keeps the noise down. */
static const struct rate wrong_rate = {.count = 20, .per_ms = INT64_C(600000)};

static bool check(struct flow *f, const struct store_enrolment_token *t, struct err *e)
{
	struct store_person owner;
	int64_t live;

	if (*t->name == '\0' || !text_printable(t->name, false) ||
	    text_length(t->name) > ENROLMENT_TOKEN_MAX_NAME)
		return err_set(e, ERR_INVALID, "name: must be 1 to %d characters on one line",
			       ENROLMENT_TOKEN_MAX_NAME);
	if (!store_person_get(f->db, f->arena, t->owner, &owner, e))
		return e->code == ERR_NOT_FOUND
			   ? err_set(e, ERR_UNPROCESSABLE, "owner: there is no such person")
			   : false;
	if (owner.departed)
		return err_set(e, ERR_UNPROCESSABLE, "owner: %s has left the organisation",
			       owner.name);
	if (!store_enrolment_token_live(f->db, f->now_ms, &live, e))
		return false;
	return live < ENROLMENT_TOKEN_MAX_LIVE ||
	       err_set(e, ERR_CONFLICT,
		       "There are %d enrolment tokens that are still good; revoke some.",
		       ENROLMENT_TOKEN_MAX_LIVE);
}

static bool record(struct flow *f, const struct store_enrolment_token *t, const char *kind,
		   const char *text, struct err *e)
{
	return flow_event(
	    f,
	    &(struct flow_event){
		.kind = kind, .object = "enrolment-token", .object_id = t->id, .text = text},
	    e);
}

bool flow_enrolment_token_make(struct flow *f, int64_t days, struct store_enrolment_token *t,
			       char text[static ENROLMENT_TOKEN_SIZE], struct err *e)
{
	unsigned char hash[CRYPTO_HASH_SIZE];
	char *id = arena_alloc(f->arena, ID_SIZE);

	if (!check(f, t, e))
		return false;
	id_new(id);
	t->id = id;
	t->created_ms = f->now_ms;
	t->expires_ms = f->now_ms + days * DAY_MS;
	random_token(ENROLMENT_TOKEN_PREFIX, ENROLMENT_TOKEN_BYTES, text);
	crypto_sha256(text, strlen(text), hash);
	return store_enrolment_token_add(f->db, t, hash, e) &&
	       store_enrolment_token_get(f->db, f->arena, id, t, e) &&
	       record(f, t, "enrolment-token-created",
		      t->max_uses == 0
			  ? arena_printf(f->arena, "%s, devices of %s", t->name, t->owner_name)
			  : arena_printf(f->arena, "%s, %lld devices of %s", t->name,
					 (long long)t->max_uses, t->owner_name),
		      e);
}

bool flow_enrolment_token_revoke(struct flow *f, const struct store_enrolment_token *t,
				 struct err *e)
{
	bool changed;

	if (!store_enrolment_token_revoke(f->db, t->id, f->now_ms, &changed, e))
		return false;
	if (!changed)
		return err_set(e, ERR_CONFLICT, "This enrolment token was revoked before.");
	return record(f, t, "enrolment-token-revoked", t->name, e);
}

static bool charge(struct flow *f, const char *address, int64_t *wait_ms, struct err *e)
{
	const char *what =
	    arena_printf(f->arena, "enrolment-token\n%s", address_group(f->arena, address));
	unsigned char key[CRYPTO_HASH_SIZE];

	crypto_sha256(what, strlen(what), key);
	return store_rate_take(f->db, key, &wrong_rate, f->now_ms, wait_ms, e);
}

const struct enrolment_refusal *flow_enrolment_token_ended(const struct flow *f,
							   const struct store_enrolment_token *t)
{
	if (t->revoked_ms != 0)
		return &enrolment_refusals[REFUSED_TOKEN_REVOKED];
	if (t->expires_ms <= f->now_ms)
		return &enrolment_refusals[REFUSED_TOKEN_EXPIRED];
	if (t->max_uses != 0 && t->uses >= t->max_uses)
		return &enrolment_refusals[REFUSED_TOKEN_USED_UP];
	return NULL;
}

/* The same, or that nobody is there who would answer for its devices. */
static bool judge(struct flow *f, const struct store_enrolment_token *t,
		  const struct enrolment_refusal **out, struct err *e)
{
	struct store_person owner;

	*out = flow_enrolment_token_ended(f, t);
	if (*out != NULL)
		return true;
	if (!store_person_get(f->db, f->arena, t->owner, &owner, e))
		return false;
	if (owner.departed)
		*out = &enrolment_refusals[REFUSED_TOKEN_OWNER_DEPARTED];
	return true;
}

bool flow_enrolment_token_find(struct flow *f, const char *text, const char *address,
			       struct store_enrolment_token *t,
			       const struct enrolment_refusal **refused, int64_t *wait_ms,
			       struct err *e)
{
	unsigned char hash[CRYPTO_HASH_SIZE];

	*wait_ms = 0;
	*refused = NULL;
	crypto_sha256(text, strlen(text), hash);
	if (!store_enrolment_token_by_hash(f->db, f->arena, hash, t, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
		*refused = &enrolment_refusals[REFUSED_TOKEN_UNKNOWN];
		return charge(f, address, wait_ms, e);
	}
	if (!judge(f, t, refused, e))
		return false;
	return *refused == NULL ||
	       (charge(f, address, wait_ms, e) &&
		(*wait_ms > 0 ||
		 record(f, t, "enrolment-token-refused",
			arena_printf(f->arena, "%s, from %s: %s", t->name, address, (*refused)->en),
			e)));
}
