#include "flow/ownership.h"

#include "base/text.h"
#include "flow/record.h"
#include "flow/statement.h"
#include "flow/taken.h"
#include "store/note.h"
#include "store/ownership.h"

#define BATCH 64

static const struct {
	const char *end, *record, *words;
} ends[] = {
    {SESSION_SIGNED_OUT, "signed out",
     "Nobody is signed in on this device. Sign in again first: holdfast login"},
    {SESSION_EXPIRED, "the sign-in has expired",
     "The sign-in on this device has expired. Sign in again first: holdfast login"},
    {SESSION_DEPARTED, "the owner has left the organisation",
     "The owner of this device has left the organisation. Whoever uses it now signs in first: "
     "holdfast login --switch"},
    {SESSION_CLONED, "a copy of another device's identity",
     "This device was made as a copy of another one. Say whose it is first: holdfast login"},
};

static const char *record_of(const char *why)
{
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (text_equal(ends[i].end, why))
			return ends[i].record;
	}
	return why;
}

const char *flow_session_words(const char *session_end)
{
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (text_equal(ends[i].end, session_end))
			return ends[i].words;
	}
	return *session_end == '\0' ? NULL : ends[0].words;
}

bool flow_device_session_end(struct flow *f, const char *device, const char *why, struct err *e)
{
	bool changed;

	if (!store_device_session_end(f->db, device, why, f->now_ms, &changed, e))
		return false;
	if (!changed)
		return true;
	db_note(f->db, NOTE_DEVICE, device);
	return flow_event(f,
			  &(struct flow_event){.kind = "device-session-ended",
					       .object = "device",
					       .object_id = device,
					       .device = device,
					       .text = record_of(why)},
			  e);
}

bool flow_device_stays_signed_in(const struct snapshot *snapshot, const struct store_device *d)
{
	const struct policy *policy = snapshot_policy(snapshot);

	return policy->mode != POLICY_OFF && policy->anti_logoff &&
	       flow_device_coverage(snapshot, d).covered;
}

bool flow_device_sign_out(struct flow *f, const char *device, struct err *e)
{
	struct store_device d;

	if (!store_device_get(f->db, f->arena, device, &d, e))
		return false;
	if (flow_device_stays_signed_in(f->snapshot, &d))
		return err_set(e, ERR_FORBIDDEN,
			       "Your organisation does not let people sign out of protected "
			       "devices.");
	return flow_device_session_end(f, device, SESSION_SIGNED_OUT, e);
}

bool flow_person_sessions_end(struct flow *f, const char *person, const char *why, struct err *e)
{
	const char *const *ids;
	size_t count;

	do {
		if (!store_device_signed_in(f->db, f->arena, person, BATCH, &ids, &count, e))
			return false;
		for (size_t i = 0; i < count; i++) {
			if (!flow_device_session_end(f, ids[i], why, e))
				return false;
		}
	} while (count == BATCH);
	return true;
}

static bool may_answer(const struct store_device *d, const struct flow_owner_answer *a,
		       struct err *e)
{
	if (a->version != 0 && a->version != d->version)
		return err_set(e, ERR_STALE, "The device was changed meanwhile; read it again.");
	if (d->held_for == NULL)
		return err_set(e, ERR_CONFLICT, "No change of owner waits on this device.");
	if (a->person != NULL && text_equal(a->person, d->owner))
		return err_set(e, ERR_FORBIDDEN,
			       "Nobody confirms that his own device goes without protection.");
	return a->confirm || d->held_refused_ms == 0 ||
	       err_set(e, ERR_CONFLICT, "This change of owner was refused before.");
}

bool flow_owner_answer(struct flow *f, const struct flow_owner_answer *a, struct err *e)
{
	struct store_device d;
	const char *text, *state;

	/* Held first: in this moment somebody else may become its owner, for whom this is no answer. */
	if (!store_device_hold(f->db, f->arena, a->device, &state, e) ||
	    !store_device_get(f->db, f->arena, a->device, &d, e) || !may_answer(&d, a, e))
		return false;
	text = arena_printf(f->arena, a->confirm ? "%s instead of %s" : "%s; it stays as with %s",
			    d.owner_name, d.held_for_name);
	if (*a->comment != '\0')
		text = arena_printf(f->arena, "%s: %s", text, a->comment);
	d.held_refused_ms = a->confirm ? 0 : f->now_ms;
	if (a->confirm) {
		if (!snapshot_coverage(f->snapshot, d.owner).covered && !flow_taken_one(f, &d, e))
			return false;
		d.held_for = NULL;
		d.held_ms = 0;
	}
	db_note(f->db, NOTE_DEVICE, d.id);
	return store_device_own(f->db, &d, e) && flow_statement_renew(f, &d, e) &&
	       flow_event(f,
			  &(struct flow_event){.kind = a->confirm ? "owner-change-confirmed"
								  : "owner-change-refused",
					       .object = "device",
					       .object_id = d.id,
					       .device = d.id,
					       .text = text},
			  e);
}
