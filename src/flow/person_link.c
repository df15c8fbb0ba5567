#include "flow/person_link.h"

#include <string.h>

#include "base/id.h"
#include "crypto/crypto.h"
#include "flow/local.h"
#include "flow/record.h"
#include "store/credential.h"
#include "store/local.h"
#include "store/session.h"

static bool record(struct flow *f, const char *kind, const struct store_person *p, struct err *e)
{
	return flow_event(
	    f,
	    &(struct flow_event){
		.kind = kind, .object = "person", .object_id = p->id, .text = p->name},
	    e);
}

bool flow_person_link_make(struct flow *f, const char *person, int64_t life_ms,
			   char secret[static FLOW_LINK_SIZE], struct err *e)
{
	struct store_link stored = {.person = person, .expires_ms = f->now_ms + life_ms};
	struct store_source source;
	struct store_person p;

	if (!store_person_get(f->db, f->arena, person, &p, e) ||
	    !flow_local_source(f, p.source, &source, e))
		return false;
	if (p.departed)
		return err_set(e, ERR_CONFLICT, "%s has left.", p.name);
	random_token("", 32, secret);
	crypto_sha256(secret, strlen(secret), stored.hash);
	return store_link_add(f->db, &stored, e) && record(f, "person-link-made", &p, e);
}

static bool gone(struct err *e)
{
	return err_set(e, ERR_GONE,
		       "This link is not good any more: it was used, replaced by a newer one, or "
		       "has expired.");
}

/* An account's link sets no person's password. */
static bool find(struct flow *f, const struct store_link *link, struct store_person *out,
		 struct err *e)
{
	return link->person == NULL ? gone(e)
				    : store_person_get(f->db, f->arena, link->person, out, e) &&
					  (!out->departed || gone(e));
}

bool flow_person_link_check(struct flow *f, const char *secret, struct store_person *out,
			    struct err *e)
{
	struct store_link link;

	crypto_sha256(secret, strlen(secret), link.hash);
	if (!store_link_get(f->db, f->arena, f->now_ms, &link, e))
		return e->code == ERR_NOT_FOUND ? gone(e) : false;
	return find(f, &link, out, e);
}

bool flow_person_link_use(struct flow *f, const char *secret, const char *password,
			  struct store_person *out, struct err *e)
{
	struct store_link link;

	crypto_sha256(secret, strlen(secret), link.hash);
	if (!store_link_take(f->db, f->arena, f->now_ms, &link, e))
		return e->code == ERR_NOT_FOUND ? gone(e) : false;
	if (!find(f, &link, out, e))
		return false;
	f->actor = flow_somebody(f, "person", out->id, out->name);
	return store_local_password_set(f->db, out->id, password, f->now_ms, e) &&
	       store_session_end_person(f->db, out->id, e) &&
	       store_known_purge(f->db, out->id, f->now_ms, e) &&
	       record(f, "person-password-set", out, e);
}
