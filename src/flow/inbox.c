#include "flow/inbox.h"

#include "base/failpoint.h"
#include "base/id.h"
#include "base/text.h"
#include "flow/sync.h"
#include "model/budget.h"
#include "model/instance.h"
#include "store/app.h"
#include "store/budget.h"
#include "store/check.h"
#include "store/finding.h"
#include "store/instance.h"
#include "store/note.h"

/* An event of an instance that we do not know may be of one that a create under way is making: what
 * enters that one wakes the event. Looking again as well costs little and depends on nobody. */
#define PARK_FIRST_MS 2000
#define PARK_MAX_MS (INT64_C(10) * 60 * 1000)
#define PARK_KEEP_MS (INT64_C(24) * 3600 * 1000)

/* For the connection test: whether events of a form arrive at all. */
static bool form_event(struct flow *f, const struct store_inbox *row, struct err *e)
{
	return row->process_code == NULL || *row->process_code == '\0' ||
	       store_form_event(f->db, row->app, row->process_code, f->now_ms, e);
}

/* Two clocks: what seems to come before it happened is not late. */
static bool event_lag(struct flow *f, const struct store_inbox *row, struct err *e)
{
	int64_t lag_ms = f->now_ms - row->happened_ms;

	return row->happened_ms == 0 ||
	       store_app_event_lag(f->db, row->app, lag_ms > 0 ? lag_ms : 1, e);
}

bool flow_inbox_store(struct flow *f, const struct store_inbox *event, bool *added, struct err *e)
{
	struct store_inbox row = *event;
	char *id = arena_alloc(f->arena, ID_SIZE);

	id_new(id);
	row.id = id;
	row.received_ms = f->now_ms;
	if (!store_inbox_add(f->db, &row, added, e))
		return false;
	if (row.collected)
		return true;
	return store_app_event_seen(f->db, row.app, f->now_ms, e) &&
	       store_budget_pushed(f->db, row.app, budget_month(f->now_ms, 0), e) &&
	       form_event(f, &row, e) && event_lag(f, &row, e);
}

enum outcome { INBOX_NONE, INBOX_READ, INBOX_LATE, INBOX_DROPPED, INBOX_PARKED };

/* After an end was announced the old state may be shown for some seconds more. */
static bool announces_end(const struct store_inbox *event)
{
	return text_equal(event->event, "bpms_instance_change") &&
	       !text_equal(event->change, "start");
}

static bool look(struct flow *f, const struct store_inbox *event, const struct store_instance *i,
		 enum outcome *outcome, struct err *e)
{
	if (announces_end(event) && !event->collected &&
	    !store_check_announced(f->db, i->id, f->now_ms, e))
		return false;
	if (text_equal(i->delivery, delivery_name(DELIVERY_CLOSED))) {
		*outcome = INBOX_LATE;
		return true;
	}
	*outcome = INBOX_READ;
	db_note(f->db, NOTE_CHECK, i->id);
	return store_instance_check_set(
	    f->db,
	    &(struct store_check){.id = i->id,
				  .check_ms = f->now_ms,
				  .step = announces_end(event) ? SCHEDULE_HINTED : i->check_step},
	    e);
}

/* Withdrawing what was approved is an instance of its own, by the same person and on the same form: it
 * is found by reading what it may be about. */
static bool look_at_approved(struct flow *f, const struct store_inbox *event, struct err *e)
{
	if (event->tries > 0 || !announces_end(event) || *event->originator == '\0')
		return true;
	return store_instance_check_approved(f->db, event->app, event->originator, f->now_ms,
					     SCHEDULE_HINTED, e);
}

static const struct {
	const char *name, *count;
} outcomes[] = {
    [INBOX_NONE] = {"none", COUNT_INBOX_NONE},
    [INBOX_READ] = {"read", COUNT_INBOX_READ},
    [INBOX_LATE] = {"late", COUNT_INBOX_LATE},
    [INBOX_DROPPED] = {"dropped", COUNT_INBOX_DROPPED},
};

/* Whom or what the organisation's event names is read again. */
static bool hint(struct flow *f, const struct store_inbox *event, enum outcome *outcome,
		 struct err *e)
{
	*outcome = INBOX_READ;
	return flow_sync_hinted(f, event->app,
				text_starts(event->event, "user_") ? SYNC_PERSON : SYNC_DEPARTMENT,
				event->subjects, e);
}

static bool effect(struct flow *f, const struct store_inbox *event, enum outcome *outcome,
		   struct err *e)
{
	struct store_instance i;

	*outcome = INBOX_NONE;
	if (*event->subjects != '\0')
		return hint(f, event, outcome, e);
	if (*event->external_id == '\0')
		return true;
	if (!store_instance_external(f->db, f->arena, event->app, event->external_id, &i, e))
		return false;
	if (i.id != NULL)
		return look(f, event, &i, outcome, e);
	*outcome = f->now_ms < event->received_ms + PARK_KEEP_MS ? INBOX_PARKED : INBOX_DROPPED;
	return look_at_approved(f, event, e);
}

static bool park(struct flow *f, const struct store_inbox *event, struct err *e)
{
	int64_t over_ms = event->received_ms + PARK_KEEP_MS;
	int64_t wait_ms = event->tries < 10 ? PARK_FIRST_MS << event->tries : PARK_MAX_MS;
	int64_t due_ms = f->now_ms + (wait_ms < PARK_MAX_MS ? wait_ms : PARK_MAX_MS);

	failpoint("inbox-parked");
	return store_inbox_defer(f->db, event->id, due_ms < over_ms ? due_ms : over_ms, e);
}

/* Another server may have ended it meanwhile: it counts once. */
static bool end(struct flow *f, const struct store_inbox *event, enum outcome outcome,
		struct err *e)
{
	bool ended;

	if (!(outcome == INBOX_DROPPED ? store_inbox_drop(f->db, event->id, &ended, e)
				       : store_inbox_done(f->db, event->id, f->now_ms,
							  outcomes[outcome].name, &ended, e)))
		return false;
	if (ended)
		db_note(f->db, NOTE_COUNT, outcomes[outcome].count);
	return true;
}

bool flow_inbox_next(struct flow *f, bool *any, struct err *e)
{
	struct store_inbox event;
	enum outcome outcome;

	if (!store_inbox_next(f->db, f->arena, f->now_ms, &event, e))
		return false;
	*any = event.id != NULL;
	if (!*any)
		return true;
	failpoint("inbox-taken");
	if (!effect(f, &event, &outcome, e))
		return false;
	failpoint("inbox-effect");
	return outcome == INBOX_PARKED ? park(f, &event, e) : end(f, &event, outcome, e);
}
