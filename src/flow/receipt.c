#include "flow/receipt.h"

#include "base/failpoint.h"
#include "base/text.h"
#include "flow/alarm.h"
#include "flow/device.h"
#include "flow/device_admin.h"
#include "flow/record.h"
#include "flow/removal.h"
#include "store/note.h"
#include "store/silence.h"

#define STAYS DEVICE_EVENT_COUNT

/* What it does to the device's alarms: those of a removal are about the package, those of findings about what the
 * text begins with. */
enum alarm_change { ALARM_STAYS, REMOVAL_RAISES, REMOVAL_CLOSES, FINDING_RAISES, FINDING_CLOSES };

/* What a kind means: the event it becomes and the state the device is in from then on. */
static const struct kind {
	const char *kind;
	const char *event;       /* NULL: none */
	enum device_event moves; /* the device; DEVICE_EVENT_COUNT: not */
	bool grant;              /* must name one */
	bool consumes;
	enum flow_removal removal;
	enum alarm_change alarm;
} kinds[] = {
    {.kind = "attempt", .event = "removal-refused", .moves = STAYS},
    {.kind = "tampered", .event = "tampered", .moves = STAYS},
    {.kind = "consumed",
     .event = "grant-consumed",
     .moves = STAYS,
     .grant = true,
     .consumes = true,
     .removal = FLOW_REMOVAL_CONSUMED},
    {.kind = "restored",
     .event = "removal-rolled-back",
     .moves = DEVICE_ROLLBACK,
     .grant = true,
     .removal = FLOW_REMOVAL_RESTORED,
     .alarm = REMOVAL_CLOSES},
    {.kind = "removed",
     .event = "removed",
     .moves = DEVICE_GOODBYE,
     .removal = FLOW_REMOVAL_DONE,
     .alarm = REMOVAL_CLOSES},
    {.kind = "removed-without-grant",
     .event = "removed-without-grant",
     .moves = DEVICE_FORCED,
     .removal = FLOW_REMOVAL_FORCED,
     .alarm = REMOVAL_RAISES},
    {.kind = "let-through",
     .event = "removal-let-through",
     .moves = STAYS,
     .removal = FLOW_REMOVAL_LET},
    {.kind = "weakened", .event = "protection-weakened", .moves = STAYS, .alarm = FINDING_RAISES},
    {.kind = "recovered", .event = "protection-restored", .moves = STAYS, .alarm = FINDING_CLOSES},
    {.kind = "going", .moves = STAYS},
};

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (text_equal(kinds[i].kind, name))
			return &kinds[i];
	}
	return NULL;
}

static bool record(struct flow *f, const struct store_device *d, const struct kind *kind,
		   const struct store_receipt *r, const char *detail, struct err *e)
{
	const struct flow_actor device = flow_somebody(f, "device", d->id, d->name);

	return flow_event(
	    f,
	    &(struct flow_event){.kind = kind->event,
				 .object = "receipt",
				 .object_id = r->id,
				 .device = d->id,
				 .text = r->text[0] != '\0'
					     ? arena_printf(f->arena, "%s: %s", r->package, r->text)
					     : r->package,
				 .detail = detail,
				 .actor = &device},
	    e);
}

/* The protected client itself is gone or back; another package says nothing about the device. */
static bool move_device(struct flow *f, const struct store_device *d, const struct kind *kind,
			const struct store_receipt *r, struct err *e)
{
	if (kind->moves == STAYS || !text_equal(r->package, POLICY_CLIENT))
		return true;
	return flow_device_reported(f, d, kind->moves, kind->event, e);
}

/* Files that were missing are there again: so is a client that was removed by force. */
static bool is_back(const struct store_receipt *r)
{
	return text_equal(r->kind, "recovered") && text_equal(r->text, "files-missing") &&
	       text_equal(r->package, POLICY_CLIENT);
}

static bool take_back(struct flow *f, const struct store_device *d, const struct store_receipt *r,
		      struct err *e)
{
	static const char why[] = "the client's files are there again";

	return !is_back(r) ||
	       (flow_device_reported(f, d, DEVICE_ROLLBACK, why, e) &&
		flow_alarm_close(f, d->id, ALARM_REMOVED, POLICY_CLIENT, why, NULL, e));
}

/* Nobody looks after what an unbound device reports. */
static bool change_alarms(struct flow *f, const struct store_device *d, const struct kind *kind,
			  const struct store_receipt *r, struct err *e)
{
	struct flow_alarm alarm = {.device = d->id, .kind = ALARM_REMOVED, .subject = r->package};
	bool raises = !text_equal(d->state, STORE_DEVICE_UNBOUND);

	if (kind->alarm == FINDING_RAISES || kind->alarm == FINDING_CLOSES) {
		alarm.kind = ALARM_WEAKENED;
		if (!alarm_finding_read(f->arena, r->text, &alarm.subject, &alarm.evidence, e))
			return false;
	}
	switch (kind->alarm) {
	case ALARM_STAYS:
		return true;
	case REMOVAL_RAISES:
		alarm.evidence =
		    arena_printf(f->arena, "%s: %s was removed without a grant%s%s", d->name,
				 r->package, *r->text != '\0' ? ": " : "", r->text);
		return !raises || flow_alarm_raise(f, &alarm, NULL, e);
	case FINDING_RAISES:
		return !raises || flow_alarm_raise(f, &alarm, NULL, e);
	case REMOVAL_CLOSES:
	case FINDING_CLOSES:
		return flow_alarm_close(f, d->id, alarm.kind, alarm.subject, kind->event, NULL, e);
	}
	return true;
}

/* A goodbye for a while. That somebody ended the client while the machine goes on is none: its silence counts. */
static bool take_going(struct flow *f, const struct store_device *d, const struct store_receipt *r,
		       struct err *e)
{
	if (text_equal(r->text, "stop"))
		return true;
	if (!text_equal(r->text, "shutdown") && !text_equal(r->text, "suspend"))
		return err_set(e, ERR_INVALID, "text: must be shutdown, suspend or stop");
	return store_silence_announce(f->db, d->id, f->now_ms, e);
}

bool flow_receipt_take(struct flow *f, const struct store_device *d, const struct store_receipt *r,
		       struct err *e)
{
	const struct kind *kind = kind_of(r->kind);
	const char *detail;
	bool fresh;

	if (kind == NULL)
		return err_set(e, ERR_INVALID, "kind: %.40s is not known", r->kind);
	if (kind->grant && r->grant == NULL)
		return err_set(e, ERR_INVALID, "grant: is missing");
	/* So many of these come that they are not kept. */
	if (kind->event == NULL)
		return take_going(f, d, r, e);
	if (!store_receipt_add(f->db, r, f->now_ms, &fresh, e))
		return false;
	if (!fresh)
		return true;
	failpoint("receipt-stored");
	if (kind->consumes && !flow_receipt_consumed(f, d->id, r->grant, r->at_ms, e))
		return false;
	failpoint("receipt-applied");
	return flow_removal(f, d, r, kind->removal, &detail, e) && move_device(f, d, kind, r, e) &&
	       change_alarms(f, d, kind, r, e) && take_back(f, d, r, e) &&
	       record(f, d, kind, r, detail, e);
}
