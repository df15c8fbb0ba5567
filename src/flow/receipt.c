#include "flow/receipt.h"

#include "base/failpoint.h"
#include "base/text.h"
#include "flow/device.h"
#include "flow/device_admin.h"
#include "flow/record.h"
#include "flow/removal.h"
#include "store/note.h"

#define STAYS DEVICE_EVENT_COUNT

/* What a kind means: the event it becomes and the state the device is in from then on. */
static const struct kind {
	const char *kind;
	const char *event;
	enum device_event moves; /* the device; DEVICE_EVENT_COUNT: not */
	bool grant;              /* must name one */
	bool consumes;
	enum flow_removal removal;
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
     .removal = FLOW_REMOVAL_RESTORED},
    {.kind = "removed", .event = "removed", .moves = DEVICE_GOODBYE, .removal = FLOW_REMOVAL_DONE},
    {.kind = "removed-without-grant",
     .event = "removed-without-grant",
     .moves = DEVICE_FORCED,
     .removal = FLOW_REMOVAL_FORCED},
    {.kind = "let-through",
     .event = "removal-let-through",
     .moves = STAYS,
     .removal = FLOW_REMOVAL_LET},
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
	if (!store_receipt_add(f->db, r, f->now_ms, &fresh, e))
		return false;
	if (!fresh)
		return true;
	failpoint("receipt-stored");
	if (kind->consumes && !flow_receipt_consumed(f, d->id, r->grant, r->at_ms, e))
		return false;
	failpoint("receipt-applied");
	return flow_removal(f, d, r, kind->removal, &detail, e) && move_device(f, d, kind, r, e) &&
	       record(f, d, kind, r, detail, e);
}
