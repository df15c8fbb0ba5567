#include "flow/device_admin.h"

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "flow/alarm.h"
#include "flow/ownership.h"
#include "flow/record.h"
#include "flow/request.h"
#include "flow/taken.h"
#include "json/json.h"
#include "model/instance.h"
#include "store/device_history.h"
#include "store/note.h"
#include "store/ownership.h"

/* How each is recorded, and what who uses the device is told of his requests. */
static const struct {
	const char *kind, *why;
} acts[] = {
    [DEVICE_UNBIND] = {"device-unbound", "the device was unbound"},
    [DEVICE_LOSE] = {"device-lost", "the device was reported lost"},
    [DEVICE_FIND] = {"device-found", NULL},
    [DEVICE_DELETE] = {"device-deleted", "the device was deleted"},
};

static const char *const refusals[DEVICE_STATE_COUNT] = {
    [DEVICE_ACTIVE] = "This device is not reported lost.",
    [DEVICE_LOST] = "This device is reported lost already.",
    [DEVICE_UNBOUND] = "This device is unbound already.",
    [DEVICE_UNINSTALLED] = "The client is uninstalled from this device already.",
    [DEVICE_REMOVED] = "The client was removed from this device.",
    [DEVICE_PRESUMED] = "The client is uninstalled from this device, as far as can be told.",
    [DEVICE_DELETED] = "This device is deleted already.",
};

/* Also what another server saw may be no older than what is stored of it. */
static bool is_away(const struct flow *f, const struct store_device *d, int64_t seen_ms)
{
	int64_t silence_ms = f->now_ms - (seen_ms > d->last_seen_ms ? seen_ms : d->last_seen_ms);

	return silence_ms >= (seen_ms == 0 && d->left_ms < d->last_seen_ms
				  ? FLOW_DEVICE_DELETE_STORED_MS
				  : FLOW_DEVICE_DELETE_MS);
}

/* After a deletion the record is all that says whose it was. */
static const char *detail_of(struct flow *f, const struct store_device *d, const char *to)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	char key[CRYPTO_THUMBPRINT_SIZE];

	crypto_thumbprint(d->key, key);
	json_object(&w, NULL);
	json_object(&w, "state");
	json_put_text(&w, "before", d->state);
	json_put_text(&w, "after", to);
	json_object_end(&w);
	json_put_text(&w, "name", d->name);
	json_put_text(&w, "owner", d->owner);
	json_put_text(&w, "owner_name", d->owner_name);
	json_put_text(&w, "key", key);
	json_object_end(&w);
	return arena_dup_n(f->arena, text.data, text.len);
}

static bool move(struct flow *f, struct store_device_move m, struct err *e)
{
	bool won;

	m.at_ms = f->now_ms;
	return store_device_move(f->db, &m, &won, e) &&
	       (won || err_set(e, ERR_CONFLICT, "Somebody else changed this device; look again."));
}

static bool check(struct flow *f, const struct flow_device_act *act, const struct store_device *d,
		  struct device_step step, enum device_state from, struct err *e)
{
	if (act->version != 0 && act->version != d->version)
		return err_set(e, ERR_STALE, "The device was changed meanwhile; read it again.");
	if ((step.effects & DEVICE_REFUSE) != 0)
		return err_set(e, ERR_CONFLICT, "%s", refusals[from]);
	if (act->event == DEVICE_DELETE && !is_away(f, d, act->seen_ms))
		return err_set(e, ERR_CONFLICT,
			       "This device is online, or was a moment ago: unbind it instead, or "
			       "delete it when it is away.");
	return true;
}

static bool record(struct flow *f, const struct store_device *d, const struct flow_device_act *act,
		   const char *to, const char *reason, struct err *e)
{
	return flow_event(
	    f,
	    &(struct flow_event){.kind = acts[act->event].kind,
				 .object = "device",
				 .object_id = d->id,
				 .device = d->id,
				 .text = arena_printf(f->arena, "%s: %s", d->name, reason),
				 .detail = detail_of(f, d, to)},
	    e);
}

/* Its person is not signed in there any more; the event says so by itself. */
static bool disown(struct flow *f, const char *device, struct err *e)
{
	bool changed;

	return store_device_session_end(f->db, device, SESSION_SIGNED_OUT, f->now_ms, &changed,
					e) &&
	       store_device_owner_end(f->db, device, f->now_ms, e);
}

/* What is told of a change shows the device as it is then; of a deletion, while it can be found. */
static bool carry_out(struct flow *f, const struct flow_device_act *act,
		      const struct store_device *d, enum device_state to, const char *reason,
		      struct err *e)
{
	const struct store_device_move m = {.id = d->id,
					    .from = d->state,
					    .to = device_state_name(to),
					    .by = f->actor.name != NULL ? f->actor.name : "",
					    .why = reason};
	bool before = to == DEVICE_DELETED;

	return (!before || record(f, d, act, m.to, reason, e)) && move(f, m, e) &&
	       (before || record(f, d, act, m.to, reason, e));
}

/* Once before the device moves, in the order in which decisions lock request and device, and once after it, when
 * nothing can be filed or granted any more. */
static bool reset(struct flow *f, const struct flow_device_act *act, struct device_step step,
		  struct err *e)
{
	return (step.effects & DEVICE_RESET) == 0 ||
	       flow_device_reset(f, act->device, acts[act->event].why, e);
}

bool flow_device_act(struct flow *f, const struct flow_device_act *act, struct err *e)
{
	struct store_device d;
	struct device_step step;
	enum device_state from;
	const char *reason;

	if (!reason_check(arena_dup(f->arena, act->reason), &reason, e) ||
	    !store_device_get(f->db, f->arena, act->device, &d, e))
		return false;
	if (!device_state_from(d.state, &from))
		return err_set(e, ERR_INTERNAL, "device %s is in the unknown state %s", d.id,
			       d.state);
	step = device_step(from, act->event);
	if (!check(f, act, &d, step, from, e) || !reset(f, act, step, e) ||
	    !carry_out(f, act, &d, step.to, reason, e) ||
	    (act->event == DEVICE_UNBIND && !flow_taken_one(f, &d, e)))
		return false;
	failpoint("device-moved");
	if (!reset(f, act, step, e))
		return false;
	failpoint("device-reset");
	db_note(f->db, NOTE_DEVICE, d.id);
	return (step.effects & DEVICE_DISOWN) == 0 ||
	       (disown(f, d.id, e) && flow_alarm_close_device(f, d.id, acts[act->event].why, e));
}

bool flow_device_reported(struct flow *f, const struct store_device *d, enum device_event event,
			  const char *why, struct err *e)
{
	const char *now;
	enum device_state from, to;

	if (!store_device_hold(f->db, f->arena, d->id, &now, e))
		return false;
	if (!device_state_from(now, &from))
		return err_set(e, ERR_INTERNAL, "device %s is in the unknown state %s", d->id, now);
	to = device_step(from, event).to;
	if (to == from)
		return true;
	if (to == DEVICE_UNINSTALLED && !flow_alarm_close_device(f, d->id, why, e))
		return false;
	return move(
	    f,
	    (struct store_device_move){
		.id = d->id, .from = now, .to = device_state_name(to), .by = d->name, .why = why},
	    e);
}

bool flow_device_in_use(struct flow *f, const char *device, struct err *e)
{
	const char *state;

	if (!store_device_hold(f->db, f->arena, device, &state, e))
		return false;
	if (text_equal(state, STORE_DEVICE_LOST))
		return err_set(e, ERR_FORBIDDEN,
			       "This device was reported lost: nothing can be filed on it until "
			       "an administrator has entered that it is found.");
	if (text_equal(state, STORE_DEVICE_UNBOUND))
		return err_set(e, ERR_FORBIDDEN,
			       "This device was unbound by an administrator. Sign in again first: "
			       "holdfast login");
	return true;
}

static bool note_silence(struct flow *f, const struct store_device_silent *s, struct err *e)
{
	char seen[CLOCK_TEXT_SIZE];
	const char *why;
	bool won;

	clock_text(s->last_seen_ms, seen);
	why = s->silent ? arena_printf(f->arena, "last heard of at %s", seen) : "heard of again";
	if (!store_device_set_silent(f->db, s, &won, e))
		return false;
	if (!won)
		return true;
	return store_device_stay_add(
		   f->db, s->id,
		   &(struct store_device_stay){.state = s->silent ? STORE_DEVICE_LONG_OFFLINE
								  : STORE_DEVICE_ACTIVE,
					       .by = "",
					       .why = why,
					       .at_ms = f->now_ms},
		   e) &&
	       flow_event(
		   f,
		   &(struct flow_event){.kind = s->silent ? "device-long-offline" : "device-back",
					.object = "device",
					.object_id = s->id,
					.device = s->id,
					.text = arena_printf(f->arena, "%s: %s", s->name, why)},
		   e);
}

bool flow_device_silent(struct flow *f, size_t *count, struct err *e)
{
	struct store_device_silent *all;

	if (!store_device_silences(f->db, f->arena, f->now_ms - DEVICE_LONG_OFFLINE_MS,
				   FLOW_DEVICE_SILENT_MAX, &all, count, e))
		return false;
	for (size_t i = 0; i < *count; i++) {
		if (!note_silence(f, &all[i], e))
			return false;
	}
	return true;
}
