#include "flow/clone.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "flow/ownership.h"
#include "flow/record.h"
#include "flow/request.h"
#include "flow/statement.h"
#include "store/clone.h"
#include "store/note.h"
#include "store/ownership.h"
#include "store/rate.h"

#define OLD_KEYS 4 /* that are tried */
static const struct rate old_key_rate = {.count = 1, .per_ms = INT64_C(24) * 3600 * 1000};

static bool record(struct flow *f, const struct store_device *d, const char *kind, const char *text,
		   struct err *e)
{
	const struct flow_actor system = flow_system(f);

	return flow_event(f,
			  &(struct flow_event){.kind = kind,
					       .object = "device",
					       .object_id = d->id,
					       .device = d->id,
					       .text = text,
					       .actor = kind[0] == 'i' ? &system : NULL},
			  e);
}

/* The one on the hardware that was enrolled is the first; else the one that was there first. */
static size_t which_is_the_copy(const struct store_device *d, const struct store_run runs[2])
{
	bool first = text_equal(runs[0].hardware, d->hardware);
	bool second = text_equal(runs[1].hardware, d->hardware);

	if (*d->hardware != '\0' && first != second)
		return first ? 1 : 0;
	return runs[0].first_ms >= runs[1].first_ms ? 0 : 1;
}

static bool found(struct flow *f, struct store_device *d, const struct store_run runs[2],
		  struct err *e)
{
	size_t copy = which_is_the_copy(d, runs);
	const struct store_run *a = &runs[1 - copy], *b = &runs[copy];
	int64_t told;

	if (!store_run_clones(f->db, d->id, &told, e))
		return false;
	/* Whoever has the key can name processes without end: enough is on record. */
	if (told >= FLOW_CLONES_MAX)
		return true;
	d->cloned_ms = f->now_ms;
	db_note(f->db, NOTE_DEVICE, d->id);
	return store_run_set_clone(f->db, d->id, b->run, e) &&
	       store_device_cloned(f->db, d->id, f->now_ms, NULL, e) &&
	       flow_device_grants_cancel(f, d->id, "the device's identity is alive on two machines",
					 e) &&
	       record(f, d, "identity-cloned",
		      arena_printf(f->arena,
				   "%s: at %s and, to get an entry of its own, at %s (%s hardware)",
				   d->name, a->address, b->address,
				   text_equal(a->hardware, b->hardware) ? "the same" : "other"),
		      e);
}

bool flow_clone_run(struct flow *f, struct store_device *d, const struct flow_run *r, struct err *e)
{
	const struct store_run run = {
	    .run = r->run, .hardware = r->hardware, .address = r->address, .last_ms = f->now_ms};
	int64_t since_ms = f->now_ms - FLOW_CLONE_WINDOW_MS, returns;
	struct store_run last[2];
	size_t count;

	if (!store_run_take(f->db, d->id, &run, since_ms, e) ||
	    !store_run_last(f->db, f->arena, d->id, since_ms, last, &count, &returns, e))
		return false;
	d->run = r->run;
	return count < 2 || returns < FLOW_CLONE_RETURNS || found(f, d, last, e);
}

static bool signed_by(const char *device, const struct store_enrolment *en,
		      const unsigned char signature[CRYPTO_SIGNATURE_SIZE])
{
	AUTO(buf_done) struct buf text = {0};
	char key[TEXT_BASE64_SIZE(CRYPTO_PUBLIC_SIZE)];

	text_base64url(en->key, CRYPTO_PUBLIC_SIZE, key);
	buf_printf(&text, "holdfast-split\n%s\n%s", device, key);
	return crypto_verify(en->key, text.data, text.len, signature);
}

static bool add_copy(struct flow *f, const struct store_device *of, const char *run,
		     const struct store_enrolment *en, struct store_device *out, struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);

	id_new(id);
	*out = (struct store_device){.id = id,
				     .name = en->hostname,
				     .os = en->os,
				     .macs = en->macs,
				     .client_version = en->client_version,
				     .owner = of->owner,
				     .owner_name = of->owner_name,
				     .state = STORE_DEVICE_ACTIVE,
				     .enrolled_ms = f->now_ms,
				     .last_seen_ms = f->now_ms,
				     .held_for = of->held_for,
				     .held_ms = of->held_ms,
				     .held_refused_ms = of->held_refused_ms,
				     .session_end = SESSION_CLONED,
				     .session_ended_ms = f->now_ms,
				     .hardware = en->hardware,
				     .enrolment_token = of->enrolment_token};
	memcpy(out->key, en->key, sizeof(out->key));
	return store_device_add(f->db, out, e) && store_device_own(f->db, out, e) &&
	       store_run_set(f->db, id, run, e) &&
	       store_device_cloned(f->db, id, f->now_ms, of->id, e) &&
	       record(f, out, "device-enrolled",
		      arena_printf(f->arena, "%s, a copy of %s", out->name, of->name), e);
}

/* The answer was lost on its way: the same again. */
static bool has_entry(struct flow *f, const char *device, const struct store_enrolment *en,
		      struct store_device *out, bool *there, struct err *e)
{
	*there = store_device_by_key(f->db, f->arena, en->key, out, e);
	if (!*there) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
		return true;
	}
	return text_equal(out->clone_of, device) ||
	       err_set(e, ERR_CONFLICT, "This key is another device's.");
}

/* What is out of the way, or is looked for, does not come back as another. Held: its entries are counted. */
static bool may_split(struct flow *f, const char *device, struct err *e)
{
	const char *state;

	if (!store_device_hold(f->db, f->arena, device, &state, e))
		return false;
	return (!text_equal(state, STORE_DEVICE_LOST) &&
		!text_equal(state, STORE_DEVICE_UNBOUND)) ||
	       err_set(e, ERR_FORBIDDEN,
		       "An administrator reported this device lost or took it out of the system.");
}

/* Told to: a new entry, or the one that this process got before it lost the key of it. */
static bool make_entry(struct flow *f, const struct store_device *of, const char *run,
		       const struct store_enrolment *en, struct store_device *out, struct err *e)
{
	const char *id;
	int64_t count;
	bool told;

	if (!store_run_is_clone(f->db, of->id, run, &told, e) ||
	    !store_run_entry(f->db, f->arena, of->id, run, &id, e) ||
	    !store_clone_count(f->db, of->id, &count, e))
		return false;
	if (!told)
		return err_set(e, ERR_FORBIDDEN,
			       "This device was not told to take a new identity.");
	if (id == NULL && count >= FLOW_CLONES_MAX)
		return err_set(
		    e, ERR_TOO_MANY,
		    "%d entries came of this device; an administrator has to look into it.",
		    FLOW_CLONES_MAX);
	if (id == NULL)
		return add_copy(f, of, run, en, out, e);
	if (!store_device_get(f->db, f->arena, id, out, e) ||
	    !store_device_new_key(f->db, out, en->key, f->now_ms, e))
		return false;
	memcpy(out->key, en->key, sizeof(out->key));
	return true;
}

bool flow_clone_split(struct flow *f, const char *device, const char *run,
		      const struct store_enrolment *en,
		      const unsigned char signature[CRYPTO_SIGNATURE_SIZE],
		      struct store_device *out, struct err *e)
{
	struct store_device of;
	bool there;

	if (!signed_by(device, en, signature))
		return err_set(e, ERR_FORBIDDEN, "The signature is not by this key.");
	if (!may_split(f, device, e) || !store_device_get(f->db, f->arena, device, &of, e) ||
	    !has_entry(f, device, en, out, &there, e))
		return false;
	return (there || make_entry(f, &of, run, en, out, e)) && flow_statement_renew(f, out, e);
}

bool flow_clone_had_key(struct db *db, struct arena *a, const char *device, const void *text,
			size_t n, const unsigned char signature[CRYPTO_SIGNATURE_SIZE], bool *out,
			struct err *e)
{
	struct store_old_key *keys;
	size_t count;

	*out = false;
	if (!store_device_old_keys(db, a, device, OLD_KEYS, &keys, &count, e))
		return false;
	for (size_t i = 0; i < count && !*out; i++)
		*out = crypto_verify(keys[i].key, text, n, signature);
	return true;
}

bool flow_clone_old_key(struct flow *f, const char *device, const char *address, struct err *e)
{
	const char *what = arena_printf(f->arena, "old-key\n%s", device);
	unsigned char key[CRYPTO_HASH_SIZE];
	struct store_device d;
	int64_t missed;
	bool said;

	crypto_sha256(what, strlen(what), key);
	if (!store_rate_say(f->db, key, &old_key_rate, f->now_ms, &said, &missed, e) ||
	    (said && !store_device_get(f->db, f->arena, device, &d, e)))
		return false;
	return !said ||
	       (store_device_cloned(f->db, d.id, f->now_ms, NULL, e) &&
		record(f, &d, "identity-cloned",
		       arena_printf(f->arena,
				    "%s: a machine with a key that it had before is alive at %s",
				    d.name, address),
		       e));
}

bool flow_clone_settle(struct flow *f, const char *device, struct err *e)
{
	struct store_device d;

	if (!store_device_get(f->db, f->arena, device, &d, e))
		return false;
	if (d.cloned_ms == 0)
		return err_set(e, ERR_CONFLICT,
			       "The identity of this device was not seen on two machines.");
	return store_device_cloned(f->db, d.id, 0, NULL, e) && store_run_settle(f->db, d.id, e) &&
	       record(f, &d, "clone-settled", d.name, e);
}
