#include "flow/inbox.h"

#include "base/failpoint.h"
#include "base/id.h"
#include "base/text.h"
#include "model/instance.h"
#include "store/app.h"
#include "store/finding.h"
#include "store/instance.h"
#include "store/note.h"
#include "store/outbox.h"

#define PARK_MS 2000
#define PARK_TRIES 150 /* five minutes: far longer than a create takes to be settled */

/* For the connection test: whether events of a form arrive at all. */
static bool form_event(struct flow *f, const struct store_inbox *row, struct err *e)
{
	return row->process_code == NULL || *row->process_code == '\0' ||
	       store_form_event(f->db, row->app, row->process_code, f->now_ms, e);
}

bool flow_inbox_store(struct flow *f, const struct store_inbox *event, bool *added, struct err *e)
{
	struct store_inbox row = *event;
	char *id = arena_alloc(f->arena, ID_SIZE);

	id_new(id);
	row.id = id;
	row.received_ms = f->now_ms;
	return store_inbox_add(f->db, &row, added, e) &&
	       store_app_event_seen(f->db, row.app, f->now_ms, e) && form_event(f, &row, e);
}

/* After an end was announced the old state may be shown for some seconds more. */
static bool announces_end(const struct store_inbox *event)
{
	return text_equal(event->event, "bpms_instance_change") &&
	       !text_equal(event->change, "start");
}

static bool look(struct flow *f, const struct store_inbox *event, const struct store_instance *i,
		 const char **outcome, struct err *e)
{
	if (text_equal(i->delivery, delivery_name(DELIVERY_CLOSED))) {
		*outcome = "late";
		return true;
	}
	*outcome = "read";
	db_note(f->db, NOTE_CHECK, i->id);
	return store_instance_check_set(
	    f->db,
	    &(struct store_check){.id = i->id,
				  .check_ms = f->now_ms,
				  .step = announces_end(event) ? CHECK_STEP_HINTED : i->check_step},
	    e);
}

/* Withdrawing what was approved is an instance of its own, by the same person and on the same form: it
 * is found by reading what it may be about. */
static bool look_at_approved(struct flow *f, const struct store_inbox *event, struct err *e)
{
	if (event->tries > 0 || !announces_end(event) || *event->originator == '\0')
		return true;
	return store_instance_check_approved(f->db, event->app, event->originator, f->now_ms,
					     CHECK_STEP_HINTED, e);
}

/* *outcome stays NULL when the event has to wait: the instance may be the one that a create under way
 * is making. */
static bool effect(struct flow *f, const struct store_inbox *event, const char **outcome,
		   struct err *e)
{
	struct store_instance i;
	bool creating;

	*outcome = "none";
	if (*event->external_id == '\0')
		return true;
	if (!store_instance_external(f->db, f->arena, event->app, event->external_id, &i, e))
		return false;
	if (i.id != NULL)
		return look(f, event, &i, outcome, e);
	if (!look_at_approved(f, event, e) ||
	    !store_outbox_creating(f->db, event->app, &creating, e))
		return false;
	*outcome = creating && event->tries < PARK_TRIES ? NULL : "unknown";
	return true;
}

bool flow_inbox_next(struct flow *f, bool *any, struct err *e)
{
	struct store_inbox event;
	const char *outcome;

	if (!store_inbox_next(f->db, f->arena, f->now_ms, &event, e))
		return false;
	*any = event.id != NULL;
	if (!*any)
		return true;
	failpoint("inbox-taken");
	if (!effect(f, &event, &outcome, e))
		return false;
	failpoint("inbox-effect");
	if (outcome == NULL) {
		failpoint("inbox-parked");
		return store_inbox_defer(f->db, event.id, f->now_ms + PARK_MS, e);
	}
	return store_inbox_done(f->db, event.id, f->now_ms, outcome, e);
}
