#include "flow/offline_code.h"

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/id.h"
#include "base/text.h"
#include "flow/grant.h"
#include "flow/record.h"
#include "model/instance.h"
#include "store/grant.h"
#include "store/instance.h"
#include "store/note.h"

#define RELEASE_DAYS 3 /* of what is filed in the employee's place, from when the device is back */
#define SEALED (OFFLINE_CODE_BYTES + CRYPTO_SEAL_OVERHEAD)
#define UNSETTLED 32 /* looked at, at one check-in */

/* --- what a device gets --- */

static bool is_void(const struct store_device *d, const struct store_offline_set *s)
{
	char key[CRYPTO_THUMBPRINT_SIZE];

	crypto_thumbprint(d->key, key);
	return !text_equal(s->owner, d->owner) || !text_equal(s->key, key);
}

bool flow_offline_look(struct db *db, struct arena *a, const struct store_device *d,
		       const char *told, int64_t now_ms, enum offline_step *out, const char **body,
		       struct err *e)
{
	struct store_offline_set s;

	*out = OFFLINE_NOTHING;
	*body = NULL;
	if (!text_equal(d->state, STORE_DEVICE_ACTIVE))
		return true;
	if (!store_offline_newest(db, a, d->id, &s, e))
		return false;
	*out = offline_step(&(struct offline_fact){.told = told,
						   .newest = s.id,
						   .made_ms = s.made_ms,
						   .void_now = s.id != NULL && is_void(d, &s),
						   .revealed = s.revealed,
						   .held = s.held_ms != 0,
						   .kept = text_some(s.body) != NULL},
			    now_ms);
	*body = s.body;
	return true;
}

/* The code was not used while it could be: the request has a grant of its own again, which the device is sent. */
static bool settle(struct flow *f, const struct store_offline_code *c, struct err *e)
{
	struct store_grant g;

	if (!store_grant_get(f->db, f->arena, c->grant, &g, e))
		return false;
	if (c->replaced_exp_ms != 0 && c->replaced_exp_ms <= f->now_ms)
		return flow_grant_lapse(f, &g, e);
	return flow_grant_renew(f, &g, c->replaced_exp_ms, e);
}

bool flow_offline_told(struct flow *f, const struct store_device *d, const char *told,
		       struct err *e)
{
	struct store_offline_code *codes;
	struct store_offline_set s;
	size_t count;

	if (!store_offline_set(f->db, f->arena, told, &s, e))
		return false;
	if (s.id == NULL || s.held_ms != 0 || !text_equal(s.device, d->id))
		return true;
	if (!store_offline_unsettled(f->db, f->arena, d->id, s.id, UNSETTLED, &codes, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!settle(f, &codes[i], e))
			return false;
	}
	failpoint("offline-codes-settled");
	return store_offline_held(f->db, d->id, s.id, f->now_ms, e);
}

/* --- making --- */

static const char *seal_context(struct arena *a, const char *grant)
{
	return arena_printf(a, "holdfast offline code 1 %s", grant);
}

static bool sign(struct flow *f, const struct store_offline_set *set, const char *id, int64_t index,
		 const char **jws, struct err *e)
{
	return signer_grant(
	    f->signer, f->arena,
	    &(struct grant){.id = id,
			    .device = set->device,
			    .key = set->key,
			    .action = GRANT_UNINSTALL,
			    .package = OFFLINE_PACKAGE,
			    .instance = set->id,
			    .number = arena_printf(f->arena, "HF-OFFLINE-%lld", (long long)index),
			    .iat_ms = set->made_ms,
			    .nbf_ms = set->made_ms,
			    .exp_ms = set->exp_ms},
	    jws, e);
}

static bool make_one(struct flow *f, const unsigned char *master,
		     const struct store_offline_set *set, const unsigned char *salt, int64_t index,
		     struct store_offline_code *out, struct offline_entry *entry, struct err *e)
{
	unsigned char code[OFFLINE_CODE_BYTES], key[CRYPTO_SEAL_KEY_SIZE];
	unsigned char *sealed = arena_alloc(f->arena, SEALED);
	char *id = arena_alloc(f->arena, ID_SIZE);
	const char *jws;
	bool ok;

	id_new(id);
	random_bytes(code, sizeof(code));
	ok = sign(f, set, id, index, &jws, e) && crypto_code_key(code, sizeof(code), salt, key, e);
	if (ok) {
		crypto_seal(master, seal_context(f->arena, id), code, sizeof(code), sealed);
		*entry =
		    (struct offline_entry){index, offline_seal(f->arena, set->id, index, key, jws)};
		*out = (struct store_offline_code){
		    .grant = id, .index = index, .code = sealed, .code_len = SEALED};
	}
	crypto_wipe(code, sizeof(code));
	crypto_wipe(key, sizeof(key));
	return ok;
}

bool flow_offline_make(struct flow *f, const unsigned char *master, const struct store_device *d,
		       const struct store_offline_set *newest, struct flow_offline_made *out,
		       struct err *e)
{
	int64_t first = offline_first_index(newest->last);
	AUTO(buf_done) struct buf body = {0};
	char *id = arena_alloc(f->arena, ID_SIZE);
	char key[CRYPTO_THUMBPRINT_SIZE];
	struct offline_set set = {.id = id,
				  .made_ms = f->now_ms,
				  .exp_ms = f->now_ms + OFFLINE_VALID_MS,
				  .count = OFFLINE_CODES};

	out->after = newest->id;
	id_new(id);
	crypto_thumbprint(d->key, key);
	random_bytes(set.salt, sizeof(set.salt));
	out->set = (struct store_offline_set){.id = id,
					      .device = arena_dup(f->arena, d->id),
					      .owner = arena_dup(f->arena, d->owner),
					      .key = arena_dup(f->arena, key),
					      .made_ms = set.made_ms,
					      .exp_ms = set.exp_ms};
	for (size_t i = 0; i < OFFLINE_CODES; i++) {
		if (!make_one(f, master, &out->set, set.salt, first + (int64_t)i, &out->codes[i],
			      &set.entries[i], e))
			return false;
	}
	offline_set_write(&set, &body);
	out->set.body = arena_dup_n(f->arena, body.data, body.len);
	return true;
}

bool flow_offline_add(struct flow *f, const struct flow_offline_made *made, struct err *e)
{
	struct store_offline_set newest;
	struct store_device d;
	const char *state;

	if (!store_device_hold(f->db, f->arena, made->set.device, &state, e) ||
	    !store_device_get(f->db, f->arena, made->set.device, &d, e) ||
	    !store_offline_newest(f->db, f->arena, d.id, &newest, e))
		return false;
	if (!text_equal(state, STORE_DEVICE_ACTIVE) || is_void(&d, &made->set) ||
	    !text_equal(newest.id, made->after))
		return true;
	db_note(f->db, NOTE_DEVICE, d.id);
	return store_offline_add(f->db, &made->set, made->codes, OFFLINE_CODES, e);
}

/* --- revealing --- */

static bool check_device(const struct store_device *d, const struct flow_offline_order *o,
			 const char *state, struct err *e)
{
	if (text_equal(state, STORE_DEVICE_LOST))
		return err_set(e, ERR_CONFLICT,
			       "This device was reported lost: no code of it is revealed until it "
			       "is found.");
	if (!text_equal(state, STORE_DEVICE_ACTIVE) && !text_equal(state, STORE_DEVICE_PRESUMED))
		return err_set(e, ERR_CONFLICT, "This device is %s: no code of it is revealed.",
			       text_equal(state, STORE_DEVICE_UNBOUND) ? "unbound" : "uninstalled");
	return offline_device_code_is(d->id, o->device_code) ||
	       err_set(e, ERR_UNPROCESSABLE,
		       "device_code: is not that of this device. The computer shows it with "
		       "\"holdfast offline\"; ask for it again, and look whether this is the right "
		       "device.");
}

static bool check_code(struct flow *f, const struct store_device *d,
		       const struct flow_offline_order *o, struct store_offline_code *c,
		       struct store_offline_set *set, struct err *e)
{
	char at[CLOCK_TEXT_SIZE];

	if (!store_offline_find(f->db, f->arena, d->id, o->index, c, e))
		return false;
	if (c->grant == NULL)
		return err_set(e, ERR_UNPROCESSABLE,
			       "index: the codes of this device have other numbers; it may have "
			       "got newer ones meanwhile.");
	if (!store_offline_set(f->db, f->arena, c->set, set, e))
		return false;
	if (is_void(d, set) || set->exp_ms <= f->now_ms)
		return err_set(e, ERR_CONFLICT,
			       "The codes that this device has are void: they ran out, or it has "
			       "changed hands. It gets new ones when it is online.");
	if (c->instance == NULL)
		return true;
	clock_text(c->revealed_ms, at);
	return err_set(e, ERR_CONFLICT,
		       "Code %lld was revealed already, at %s to %s. The computer takes each of "
		       "its codes: reveal the next one.",
		       (long long)o->index, at, c->revealed_by);
}

/* In the employee's place: a release of this one device, carried out at once. */
static bool release(struct flow *f, const struct flow_releaser *by,
		    const struct flow_offline_order *o, const char **instance, struct err *e)
{
	struct flow_release_turn turn = {.node = f->node, .limit = FLOW_RELEASE_BATCH};
	const struct flow_release_order order = {
	    .device = o->device, .reason = o->reason, .days = RELEASE_DAYS};
	struct store_release_devices which = {.after = "", .limit = 1};
	struct store_release_device *devices;
	struct store_release r;
	size_t count;

	if (!flow_release_add(f, by, &order, &turn.release, e) ||
	    !store_release_get(f->db, f->arena, turn.release, &r, e))
		return false;
	if (text_equal(r.state, release_state_name(RELEASE_UNCONFIRMED)))
		return err_set(e, ERR_CONFLICT,
			       "You have released as many devices today as one person may: create "
			       "a release of this device, let a second administrator confirm it, "
			       "and reveal the code for its request.");
	which.release = turn.release;
	if (!flow_release_continue(f, &turn, e) ||
	    !store_release_device_list(f->db, f->arena, &which, &devices, &count, e))
		return false;
	if (count == 0 || devices[0].instance == NULL)
		return err_set(e, ERR_CONFLICT, "This device cannot be released: %s.",
			       count == 0 ? "it is not there any more" : devices[0].why);
	*instance = devices[0].instance;
	return true;
}

static bool check_instance(struct flow *f, const struct store_device *d,
			   const struct store_instance *i, struct store_grant *g, struct err *e)
{
	if (!text_equal(i->device, d->id) || !text_equal(i->person, d->owner))
		return err_set(e, ERR_CONFLICT,
			       "That request is of another device, or of somebody who had this one "
			       "before.");
	if (!text_equal(i->package, OFFLINE_PACKAGE))
		return err_set(e, ERR_CONFLICT, "Offline codes are for %s alone.", OFFLINE_PACKAGE);
	if (!store_grant_of_instance(f->db, f->arena, i->id, g, e))
		return false;
	if (g->id == NULL)
		return err_set(e, ERR_CONFLICT, "That request is not approved: it is %s.",
			       i->status);
	if (text_equal(g->state, grant_state_name(GRANT_DELIVERED)))
		return err_set(e, ERR_CONFLICT,
			       "The device has this approval already; no code is needed: "
			       "\"holdfast uninstall --now\".");
	return text_equal(g->state, grant_state_name(GRANT_UNUSED)) ||
	       err_set(e, ERR_CONFLICT, "The approval of that request cannot be used any more: %s.",
		       grant_state_shown(g->state, g->confirmed_ms != 0));
}

/* What stood for the request before the first code of it was revealed. */
static bool first_end(struct flow *f, const struct store_grant *g, int64_t *exp_ms, struct err *e)
{
	struct store_offline_code before;

	if (!store_offline_by_grant(f->db, f->arena, g->id, &before, e))
		return false;
	*exp_ms = before.grant == NULL ? g->exp_ms : before.replaced_exp_ms;
	return true;
}

static bool take_place(struct flow *f, const struct store_grant *g,
		       const struct store_offline_set *set, const char *id, struct err *e)
{
	struct store_grant fresh = *g;
	bool won;

	fresh.id = id;
	fresh.jws = "";
	fresh.exp_ms = g->exp_ms == 0 || g->exp_ms > set->exp_ms ? g->exp_ms : set->exp_ms;
	fresh.issued_ms = set->made_ms;
	db_note(f->db, NOTE_CLOCK, id);
	return store_grant_replace(f->db, g->id, &fresh, &won, e) &&
	       (won || err_set(e, ERR_CONFLICT, "The approval has changed; look again."));
}

static bool reveal(struct flow *f, const struct flow_releaser *by, struct store_offline_code *c,
		   const struct store_offline_set *set, const struct store_instance *i,
		   const struct store_grant *g, struct err *e)
{
	char until[CLOCK_TEXT_SIZE];
	bool won;

	c->instance = i->id;
	c->replaced = g->id;
	c->revealed_ms = f->now_ms;
	c->revealed_by = by->name;
	clock_text(set->exp_ms, until);
	return first_end(f, g, &c->replaced_exp_ms, e) && take_place(f, g, set, c->grant, e) &&
	       store_offline_reveal(f->db, c, &won, e) &&
	       (won || err_set(e, ERR_CONFLICT, "The code was revealed in this moment.")) &&
	       flow_record(
		   f, i, "offline-code-revealed", by->name,
		   arena_printf(f->arena, "code %lld, good until %s", (long long)c->index, until),
		   e);
}

static bool read_code(struct flow *f, const unsigned char *master,
		      const struct store_offline_code *c, char out[static OFFLINE_CODE_SIZE],
		      struct err *e)
{
	unsigned char code[OFFLINE_CODE_BYTES];

	if (c->code == NULL || c->code_len != SEALED)
		return err_set(e, ERR_CRYPTO, "a stored offline code has the wrong size");
	if (!crypto_unseal(master, seal_context(f->arena, c->grant), c->code, c->code_len, code, e))
		return false;
	offline_code_text(code, out);
	crypto_wipe(code, sizeof(code));
	return true;
}

bool flow_offline_reveal(struct flow *f, const unsigned char *master,
			 const struct flow_releaser *by, const struct flow_offline_order *o,
			 struct flow_offline_revealed *out, struct err *e)
{
	struct store_offline_code c;
	struct store_offline_set set;
	struct store_instance i;
	struct store_device d;
	struct store_grant g;
	const char *state;

	out->instance = o->instance;
	if ((o->instance != NULL) == (o->reason != NULL))
		return err_set(e, ERR_UNPROCESSABLE,
			       "One of instance and reason says what the code is for.");
	if (!store_device_hold(f->db, f->arena, o->device, &state, e) ||
	    !store_device_get(f->db, f->arena, o->device, &d, e) ||
	    !check_device(&d, o, state, e) || !check_code(f, &d, o, &c, &set, e) ||
	    (o->instance == NULL && !release(f, by, o, &out->instance, e)) ||
	    !store_instance_get(f->db, f->arena, out->instance, &i, e) ||
	    !check_instance(f, &d, &i, &g, e) || !reveal(f, by, &c, &set, &i, &g, e))
		return false;
	failpoint("offline-code-revealed");
	out->exp_ms = set.exp_ms;
	return read_code(f, master, &c, out->code, e);
}
