#include "flow/enrol.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "flow/record.h"
#include "flow/request.h"
#include "flow/statement.h"
#include "model/enrolment.h"
#include "store/note.h"
#include "store/person.h"

#define SLOWER_MS 5000
#define TOLERANCE_MS 500 /* a poll may come so much too early, for the network's sake */

bool flow_enrol_ask(struct flow *f, struct store_enrolment *en,
		    char device_code[static FLOW_DEVICE_CODE_SIZE], struct err *e)
{
	unsigned char hash[CRYPTO_HASH_SIZE];
	char *id = arena_alloc(f->arena, ID_SIZE);
	char *user_code = arena_alloc(f->arena, USER_CODE_SIZE);
	struct store_enrolments_open open;

	if (!store_enrolment_open(f->db, en->address, f->now_ms, &open, e))
		return false;
	if (open.total >= FLOW_ENROL_MAX_OPEN || open.from_address >= FLOW_ENROL_MAX_OPEN_ADDRESS)
		return err_set(e, ERR_TOO_MANY,
			       "Too many devices are waiting to be enrolled; try again later.");
	id_new(id);
	user_code_new(user_code);
	random_token("", 32, device_code);
	crypto_sha256(device_code, strlen(device_code), hash);
	en->id = id;
	en->user_code = user_code;
	en->created_ms = f->now_ms;
	en->expires_ms = f->now_ms + FLOW_ENROL_EXPIRES_MS;
	en->interval_ms = FLOW_ENROL_INTERVAL_MS;
	if (store_enrolment_add(f->db, en, hash, e))
		return true;
	return e->code == ERR_CONFLICT
		   ? err_set(e, ERR_UNAVAILABLE, "The code is taken by chance; try again.")
		   : false;
}

bool flow_enrol_decide(struct flow *f, const struct store_enrolment *en, const char *person,
		       bool allow, struct err *e)
{
	struct store_person p;
	struct flow_actor who;

	if (!store_person_get(f->db, f->arena, person, &p, e) ||
	    !store_enrolment_decide(f->db, en->id, allow, person, e))
		return false;
	who = flow_somebody(f, "person", p.id, p.name);
	return flow_event(
	    f,
	    &(struct flow_event){.kind = allow ? "enrolment-allowed" : "enrolment-denied",
				 .object = "enrolment",
				 .object_id = en->id,
				 .text = arena_printf(f->arena, "%s, %s, asked from %s",
						      en->hostname, en->os, en->address),
				 .actor = &who},
	    e);
}

static bool record(struct flow *f, const struct store_device *d, const char *kind, const char *text,
		   struct err *e)
{
	const struct flow_actor who = flow_somebody(f, "person", d->owner, d->owner_name);

	return flow_event(f,
			  &(struct flow_event){.kind = kind,
					       .object = "device",
					       .object_id = d->id,
					       .device = d->id,
					       .text = text,
					       .actor = &who},
			  e);
}

static bool add_device(struct flow *f, struct store_device *d, struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);

	id_new(id);
	d->id = id;
	return store_device_add(f->db, d, e) && record(f, d, "device-enrolled", d->name, e);
}

/* Signing in on somebody else's device must not take its protection away. */
static bool weakens(struct flow *f, const struct store_device *before, const struct store_device *d)
{
	return snapshot_coverage(f->snapshot, before->owner).covered &&
	       !snapshot_coverage(f->snapshot, d->owner).covered;
}

static bool enrol_again(struct flow *f, const struct store_device *before, struct store_device *d,
			enum flow_enrol_outcome *out, struct err *e)
{
	bool same = text_equal(before->owner, d->owner);

	d->id = before->id;
	d->statement = before->statement;
	d->statement_counter = before->statement_counter;
	d->statement_ms = before->statement_ms;
	memcpy(d->statement_basis, before->statement_basis, sizeof(d->statement_basis));
	if (!same && weakens(f, before, d)) {
		*out = ENROL_DENIED;
		return record(f, d, "owner-change-refused",
			      arena_printf(f->arena,
					   "%s is not covered by the policy; the device stays %s's",
					   d->owner_name, before->owner_name),
			      e);
	}
	if (same ? !flow_device_grants_cancel(f, d->id, "the device was enrolled anew", e)
		 : !flow_device_reset(f, d->id, "the device has a new owner", e))
		return false;
	db_note(f->db, NOTE_DEVICE, d->id);
	return store_device_enrol_again(f->db, d, e) &&
	       record(f, d, same ? "device-enrolled-again" : "owner-changed",
		      same ? d->name : arena_printf(f->arena, "before: %s", before->owner_name), e);
}

/* The device of an allowed enrolment: new, or the one that has this key already. */
static bool enrol(struct flow *f, const struct store_enrolment *en, enum flow_enrol_outcome *out,
		  struct store_device *d, struct err *e)
{
	struct store_person owner;
	struct store_device before;
	bool again;

	if (!store_person_get(f->db, f->arena, en->person, &owner, e))
		return false;
	*out = owner.departed ? ENROL_DENIED : ENROL_READY;
	if (owner.departed)
		return store_enrolment_refuse(f->db, en->id, e);
	*d = (struct store_device){.name = en->hostname,
				   .os = en->os,
				   .macs = en->macs,
				   .client_version = en->client_version,
				   .owner = owner.id,
				   .owner_name = owner.name,
				   .state = STORE_DEVICE_ACTIVE,
				   .enrolled_ms = f->now_ms,
				   .last_seen_ms = f->now_ms};
	memcpy(d->key, en->key, sizeof(d->key));
	again = store_device_by_key(f->db, f->arena, en->key, &before, e);
	if (!again && e->code != ERR_NOT_FOUND)
		return false;
	if (again ? !enrol_again(f, &before, d, out, e) : !add_device(f, d, e))
		return false;
	if (*out != ENROL_READY)
		return store_enrolment_refuse(f->db, en->id, e);
	return flow_statement_renew(f, d, e) && store_enrolment_used(f->db, en->id, d->id, e);
}

/* The answer that was lost on its way is given again: the signature says that it is the same
 * device. */
static bool enrolled(struct flow *f, const struct store_enrolment *en, struct store_device *d,
		     struct err *e)
{
	return store_device_get(f->db, f->arena, en->device, d, e) && flow_statement_renew(f, d, e);
}

/* RFC 8628 §3.5: who polls too fast waits five seconds longer from then on. */
static bool still_waiting(struct flow *f, const struct store_enrolment *en,
			  enum flow_enrol_outcome *out, struct err *e)
{
	/* A poll that lies ahead of the clock was before it was set back. */
	bool fast = en->polled_ms <= f->now_ms &&
		    en->polled_ms + en->interval_ms - TOLERANCE_MS > f->now_ms;

	*out = fast ? ENROL_SLOW_DOWN : ENROL_PENDING;
	return store_enrolment_polled(f->db, en->id, en->interval_ms + (fast ? SLOWER_MS : 0),
				      f->now_ms, e);
}

static bool signed_by(const struct store_enrolment *en, const char *device_code,
		      const unsigned char signature[CRYPTO_SIGNATURE_SIZE])
{
	AUTO(buf_done) struct buf text = {0};

	buf_printf(&text, "holdfast-token\n%s", device_code);
	return crypto_verify(en->key, text.data, text.len, signature);
}

bool flow_enrol_redeem(struct flow *f, const char *device_code,
		       const unsigned char signature[CRYPTO_SIGNATURE_SIZE],
		       enum flow_enrol_outcome *out, struct store_device *d, struct err *e)
{
	unsigned char hash[CRYPTO_HASH_SIZE];
	struct store_enrolment en;

	crypto_sha256(device_code, strlen(device_code), hash);
	if (!store_enrolment_by_code(f->db, f->arena, hash, &en, e)) {
		*out = ENROL_UNKNOWN;
		return e->code == ERR_NOT_FOUND;
	}
	if (!signed_by(&en, device_code, signature)) {
		*out = ENROL_UNKNOWN;
		return true;
	}
	if (f->now_ms >= en.expires_ms) {
		*out = ENROL_EXPIRED;
		return true;
	}
	switch (en.state) {
	case ENROLMENT_PENDING:
		return still_waiting(f, &en, out, e);
	case ENROLMENT_ALLOWED:
		return enrol(f, &en, out, d, e);
	case ENROLMENT_DENIED:
		*out = ENROL_DENIED;
		return true;
	case ENROLMENT_USED:
		*out = ENROL_READY;
		return enrolled(f, &en, d, e);
	}
	return err_set(e, ERR_INTERNAL, "unknown state of an enrolment");
}
