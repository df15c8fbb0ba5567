#include "flow/enrol.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "flow/alarm.h"
#include "flow/enrolment_token.h"
#include "flow/record.h"
#include "flow/request.h"
#include "flow/statement.h"
#include "model/device.h"
#include "model/enrolment.h"
#include "model/proxy.h"
#include "store/note.h"
#include "store/ownership.h"
#include "store/person.h"
#include "store/source.h"

#define SLOWER_MS 5000
#define TOLERANCE_MS 500 /* a poll may come so much too early, for the network's sake */

bool flow_enrol_ask(struct flow *f, struct store_enrolment *en,
		    const struct store_enrolment_token *token,
		    char device_code[static FLOW_DEVICE_CODE_SIZE], struct err *e)
{
	unsigned char hash[CRYPTO_HASH_SIZE];
	char *id = arena_alloc(f->arena, ID_SIZE);
	char *user_code = arena_alloc(f->arena, USER_CODE_SIZE);
	struct store_enrolments_open open;

	en->subscriber = address_group(f->arena, en->address);
	if (!store_enrolment_open(f->db, en->subscriber, f->now_ms, &open, e))
		return false;
	if (open.total >= FLOW_ENROL_MAX_OPEN ||
	    open.from_subscriber >= FLOW_ENROL_MAX_OPEN_ADDRESS)
		return err_set(e, ERR_TOO_MANY,
			       "Too many devices are waiting to be enrolled; try again later.");
	id_new(id);
	user_code_new(user_code);
	random_token("", 32, device_code);
	crypto_sha256(device_code, strlen(device_code), hash);
	en->id = id;
	en->user_code = user_code;
	en->state = token != NULL ? ENROLMENT_ALLOWED : ENROLMENT_PENDING;
	en->person = token != NULL ? token->owner : NULL;
	en->token = token != NULL ? token->id : NULL;
	en->created_ms = f->now_ms;
	en->expires_ms = f->now_ms + FLOW_ENROL_EXPIRES_MS;
	en->interval_ms = FLOW_ENROL_INTERVAL_MS;
	if (store_enrolment_add(f->db, en, hash, e))
		return true;
	return e->code == ERR_CONFLICT
		   ? err_set(e, ERR_UNAVAILABLE, "The code is taken by chance; try again.")
		   : false;
}

/* The device that has the enrolment's key; id NULL: none. */
static bool device_of_key(struct db *db, struct arena *a, const struct store_enrolment *en,
			  struct store_device *out, struct err *e)
{
	if (store_device_by_key(db, a, en->key, out, e))
		return true;
	*out = (struct store_device){0};
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return true;
}

static bool is_owned(const struct store_device *d)
{
	return d->id != NULL && !text_equal(d->state, STORE_DEVICE_UNBOUND);
}

static bool may_have(const struct store_enrolment *en, const struct store_device *before,
		     const char *person)
{
	return !is_owned(before) || en->switching || text_equal(before->owner, person);
}

/* A source that is switched off lets nobody in anew. */
static bool may_sign_in(struct flow *f, const struct store_person *p, bool *out, struct err *e)
{
	struct store_source source;

	if (!store_source_get(f->db, f->arena, p->source, &source, e))
		return false;
	*out = source.enabled;
	return true;
}

/* --- the entry ------------------------------------------------------------------------------------ */

/* What an enrolment comes to. */
struct entry {
	const struct store_enrolment *en;
	struct store_device before; /* id NULL: the device is new */
	struct store_device d;      /* as it is from now on */
	struct flow_actor who;
	bool same_key, same_owner;
};

static bool record(struct flow *f, const struct entry *n, const char *kind, const char *text,
		   struct err *e)
{
	return flow_event(f,
			  &(struct flow_event){.kind = kind,
					       .object = "device",
					       .object_id = n->d.id,
					       .device = n->d.id,
					       .text = text,
					       .actor = &n->who},
			  e);
}

/* The person whose coverage counts from now on in place of the owner's, or NULL. Who took the device out
 * of the system answered for it. */
static const char *hold_of(const struct flow *f, const struct entry *n)
{
	const struct store_device *before = &n->before;

	if (!is_owned(before) || text_equal(before->held_for, n->d.owner) ||
	    snapshot_coverage(f->snapshot, n->d.owner).covered)
		return NULL;
	if (!n->same_owner && snapshot_coverage(f->snapshot, before->owner).covered)
		return before->owner;
	return before->held_for;
}

static void hold(const struct flow *f, struct entry *n)
{
	struct store_device *d = &n->d;
	bool same;

	d->held_for = hold_of(f, n);
	same = d->held_for != NULL && n->same_owner;
	d->held_ms = same ? n->before.held_ms : d->held_for != NULL ? f->now_ms : 0;
	d->held_refused_ms = same ? n->before.held_refused_ms : 0;
}

/* Whose hardware it is said to be, for a reader. */
static bool describe(struct flow *f, const struct entry *n, const char **out, struct err *e)
{
	struct store_device other;

	*out = n->d.name;
	if (*n->d.hardware == '\0')
		return true;
	if (store_device_on_hardware(f->db, f->arena, n->d.hardware, &other, e)) {
		*out = arena_printf(f->arena, "%s, on the hardware of %s (%s)", n->d.name,
				    other.name, other.owner_name);
		return true;
	}
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return true;
}

static bool add_device(struct flow *f, struct entry *n, struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);
	const char *text;

	id_new(id);
	n->d.id = id;
	return describe(f, n, &text, e) && store_device_add(f->db, &n->d, e) &&
	       store_device_own(f->db, &n->d, e) && record(f, n, "device-enrolled", text, e);
}

/* A device that was wiped may have forgotten which grants it has used; one that is only signed in on again
 * has not. */
static bool clear_away(struct flow *f, const struct entry *n, struct err *e)
{
	if (!n->same_owner)
		return flow_device_reset(f, n->d.id, "the device has a new owner", e);
	if (n->same_key && text_equal(n->before.state, STORE_DEVICE_ACTIVE))
		return true;
	return flow_device_grants_cancel(f, n->d.id, "the device was enrolled anew", e);
}

static bool record_again(struct flow *f, const struct entry *n, struct err *e)
{
	if (!n->same_owner)
		return record(f, n, "owner-changed",
			      arena_printf(f->arena, "before: %s", n->before.owner_name), e) &&
		       (n->d.held_for == NULL ||
			record(f, n, "owner-change-held",
			       arena_printf(f->arena,
					    "%s is not covered by the policy; the device stays "
					    "protected as before until an administrator confirms",
					    n->d.owner_name),
			       e));
	if (!n->same_key)
		return record(f, n, "device-reinstalled", n->d.name, e);
	return record(f, n,
		      text_equal(n->before.state, STORE_DEVICE_ACTIVE) ? "device-signed-in"
								       : "device-enrolled-again",
		      n->d.name, e);
}

static bool enrol_again(struct flow *f, struct entry *n, struct err *e)
{
	struct store_device *d = &n->d;

	d->id = n->before.id;
	d->version = n->before.version;
	d->statement_counter = n->before.statement_counter;
	if (*d->hardware == '\0')
		d->hardware = n->before.hardware;
	hold(f, n);
	if (!clear_away(f, n, e) ||
	    (!n->same_key && !store_device_new_key(f->db, &n->before, n->en->key, f->now_ms, e)))
		return false;
	db_note(f->db, NOTE_DEVICE, d->id);
	/* Whatever was amiss was so of the client before. */
	if ((!n->same_key || !text_equal(n->before.state, STORE_DEVICE_ACTIVE)) &&
	    !flow_alarm_close_device(f, d->id, "the device was enrolled again", e))
		return false;
	/* Cleared once more: what was filed or granted in this moment was waited for. */
	return store_device_enrol_again(f->db, d, e) && store_device_own(f->db, d, e) &&
	       clear_away(f, n, e) && record_again(f, n, e);
}

static bool is_alive(const struct flow *f, const struct store_device *d)
{
	return text_equal(d->state, STORE_DEVICE_ACTIVE) &&
	       f->now_ms - d->last_seen_ms < DEVICE_ALIVE_MS;
}

/* Whoever has an enrolment token, of a fleet, is not its owner in person: what he signed in on himself is not taken
 * over by naming its hardware. */
static bool is_taken_up(const struct flow *f, const struct store_enrolment *en,
			const struct store_device *before)
{
	return !is_alive(f, before) && (en->token == NULL || before->enrolment_token != NULL);
}

/* The device that has this key already; or that this person had on this hardware, when it is not alive. */
static bool find_before(struct flow *f, struct entry *n, struct err *e)
{
	const struct store_enrolment *en = n->en;

	if (!device_of_key(f->db, f->arena, en, &n->before, e))
		return false;
	n->same_key = n->before.id != NULL;
	if (n->same_key || *en->hardware == '\0')
		return true;
	if (!store_device_by_hardware(f->db, f->arena, en->hardware, n->d.owner, &n->before, e)) {
		n->before = (struct store_device){0};
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
	} else if (!is_taken_up(f, en, &n->before)) {
		n->before = (struct store_device){0};
	}
	return true;
}

static struct store_device device_of(const struct flow *f, const struct store_enrolment *en,
				     const struct store_person *owner)
{
	struct store_device d = {.name = en->hostname,
				 .os = en->os,
				 .macs = en->macs,
				 .client_version = en->client_version,
				 .owner = owner->id,
				 .owner_name = owner->name,
				 .state = STORE_DEVICE_ACTIVE,
				 .enrolled_ms = f->now_ms,
				 .last_seen_ms = f->now_ms,
				 .session_end = "",
				 .hardware = en->hardware,
				 .enrolment_token = en->token};

	memcpy(d.key, en->key, sizeof(d.key));
	return d;
}

/* Who answers for it: the person, or the token that he gave. *refusal: that it has ended. */
static bool count_use(struct flow *f, struct entry *n, const struct enrolment_refusal **refusal,
		      struct err *e)
{
	struct store_enrolment_token t;
	bool good;

	if (n->en->token == NULL)
		return true;
	if (!store_enrolment_token_use(f->db, n->en->token, f->now_ms, &good, e) ||
	    !store_enrolment_token_get(f->db, f->arena, n->en->token, &t, e))
		return false;
	n->who = flow_somebody(f, "enrolment-token", t.id, t.name);
	if (!good)
		*refusal = flow_enrolment_token_ended(f, &t);
	return true;
}

/* *out NULL: nothing speaks against it. Who made a token answers for the sign-in, so that it needs no source. */
static bool object(struct flow *f, const struct entry *n, const struct store_person *owner,
		   const struct enrolment_refusal **out, struct err *e)
{
	const struct enrolment_refusal *r = enrolment_refusals;
	enum device_state from;
	bool by_token = n->en->token != NULL, may;

	*out = NULL;
	if (!may_sign_in(f, owner, &may, e))
		return false;
	if (owner->departed)
		*out = &r[by_token ? REFUSED_TOKEN_OWNER_DEPARTED : REFUSED_DEPARTED];
	else if (!may && !by_token)
		*out = &r[REFUSED_SOURCE_DISABLED];
	else if (!may_have(n->en, &n->before, owner->id))
		*out = &r[REFUSED_OWNED];
	else if (n->before.id != NULL && device_state_from(n->before.state, &from) &&
		 (device_step(from, DEVICE_ENROL).effects & DEVICE_REFUSE) != 0)
		*out = &r[REFUSED_LOST];
	return true;
}

/* What it would come to, or comes to, when it becomes the person's. */
static bool weigh(struct flow *f, const struct store_enrolment *en, const char *person,
		  struct store_person *p, struct entry *n, const struct enrolment_refusal **refusal,
		  struct err *e)
{
	if (!store_person_get(f->db, f->arena, person, p, e))
		return false;
	*n = (struct entry){
	    .en = en, .d = device_of(f, en, p), .who = flow_somebody(f, "person", p->id, p->name)};
	if (!find_before(f, n, e))
		return false;
	n->same_owner = text_equal(n->before.owner, n->d.owner);
	return object(f, n, p, refusal, e);
}

bool flow_enrol_present(struct flow *f, const struct store_enrolment *en, const char *person,
			struct flow_enrol_present *out, struct err *e)
{
	struct store_person p;
	struct entry n;

	*out = (struct flow_enrol_present){0};
	if (!weigh(f, en, person, &p, &n, &out->refusal, e))
		return false;
	if (is_owned(&n.before)) {
		out->owner = n.before.owner;
		out->owner_name = n.before.owner_name;
	}
	return true;
}

bool flow_enrol_decide(struct flow *f, const struct store_enrolment *en, const char *person,
		       bool allow, struct err *e)
{
	const struct enrolment_refusal *refusal;
	struct store_person p;
	struct entry n;

	if (!weigh(f, en, person, &p, &n, &refusal, e))
		return false;
	if (allow && refusal != NULL)
		return err_set(e, refusal->error, "%s", refusal->en);
	return store_enrolment_decide(f->db, en->id, allow, person, e) &&
	       flow_event(
		   f,
		   &(struct flow_event){.kind = allow ? "enrolment-allowed" : "enrolment-denied",
					.object = "enrolment",
					.object_id = en->id,
					.text = arena_printf(f->arena, "%s, %s, asked from %s",
							     en->hostname, en->os, en->address),
					.actor = &n.who},
		   e);
}

static bool enrol(struct flow *f, const struct store_enrolment *en, struct flow_enrolled *out,
		  struct err *e)
{
	struct store_person owner;
	struct entry n;

	if (!weigh(f, en, en->person, &owner, &n, &out->why, e) ||
	    (out->why == NULL && !count_use(f, &n, &out->why, e)))
		return false;
	if (out->why != NULL) {
		out->outcome = ENROL_DENIED;
		return store_enrolment_refuse(f->db, en->id, e);
	}
	if (n.before.id != NULL ? !enrol_again(f, &n, e) : !add_device(f, &n, e))
		return false;
	out->outcome = ENROL_READY;
	out->device = n.d;
	return flow_statement_renew(f, &out->device, e) &&
	       store_enrolment_used(f->db, en->id, out->device.id, e);
}

/* The answer that was lost on its way is given again: the signature says that it is the same
 * device, unless that has another key since. */
static bool enrolled(struct flow *f, const struct store_enrolment *en, struct flow_enrolled *out,
		     struct err *e)
{
	struct store_device *d = &out->device;

	if (!store_device_get(f->db, f->arena, en->device, d, e))
		return false;
	if (memcmp(d->key, en->key, sizeof(d->key)) != 0)
		return true;
	out->outcome = ENROL_READY;
	return flow_statement_renew(f, d, e);
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
		       struct flow_enrolled *out, struct err *e)
{
	unsigned char hash[CRYPTO_HASH_SIZE];
	struct store_enrolment en;

	*out = (struct flow_enrolled){.outcome = ENROL_UNKNOWN};
	crypto_sha256(device_code, strlen(device_code), hash);
	if (!store_enrolment_by_code(f->db, f->arena, hash, &en, e))
		return e->code == ERR_NOT_FOUND;
	if (!signed_by(&en, device_code, signature))
		return true;
	if (f->now_ms >= en.expires_ms) {
		out->outcome = ENROL_EXPIRED;
		return true;
	}
	switch (en.state) {
	case ENROLMENT_PENDING:
		return still_waiting(f, &en, &out->outcome, e);
	case ENROLMENT_ALLOWED:
		return enrol(f, &en, out, e);
	case ENROLMENT_DENIED:
		out->outcome = ENROL_DENIED;
		return true;
	case ENROLMENT_USED:
		return enrolled(f, &en, out, e);
	}
	return err_set(e, ERR_INTERNAL, "unknown state of an enrolment");
}
