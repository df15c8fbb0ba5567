#include "flow/delivery.h"

#include "base/failpoint.h"
#include "base/text.h"
#include "flow/doctor.h"
#include "flow/record.h"
#include "store/inbox.h"
#include "store/note.h"

/* DingTalk refuses a withdrawal within 15 s of the creation. */
#define TERMINATE_AGE_MS 16000
#define LOOK_AGAIN_MS 5000
/* An unanswered create may still be on its way inside DingTalk: looked up too soon it seems not to
 * exist. */
#define UNCERTAIN_MS 3000
#define COMMENT_TRIES 4

static bool is_pending(const struct store_instance *i)
{
	return text_equal(i->status, instance_status_name(INSTANCE_PENDING));
}

static bool is_create(const struct store_outbox *row)
{
	return text_equal(row->kind, "create");
}

static bool has_delivery(const struct store_instance *i, enum delivery d)
{
	return text_equal(i->delivery, delivery_name(d));
}

/* A create that nobody waits for any more and that certainly never left; a closing of what is not open
 * there. */
static bool unneeded(const struct flow_delivery *d)
{
	if (is_create(&d->row))
		return !is_pending(&d->instance) && !d->row.uncertain;
	return !has_delivery(&d->instance, DELIVERY_CLOSING);
}

static bool end_row(struct flow *f, const struct flow_delivery *d, bool *held, struct err *e)
{
	return store_outbox_end(
	    f->db,
	    &(struct store_outbox_end){
		.id = d->row.id, .lease = d->lease, .done = true, .at_ms = f->now_ms, .error = ""},
	    held, e);
}

/* *out is left without row.id when the row was not to be sent after all. */
static bool take(struct flow *f, struct flow_delivery *d, bool *taken, struct err *e)
{
	bool held;

	*taken = false;
	id_new(d->lease);
	if (!store_instance_get(f->db, f->arena, d->row.instance, &d->instance, e) ||
	    !store_outbox_claim(f->db, &d->row, d->lease, f->now_ms + FLOW_LEASE_MS, taken, e))
		return false;
	failpoint("delivery-taken");
	if (!*taken)
		return true;
	if (!unneeded(d))
		return form_values_read(f->arena, d->instance.sent, &d->sent, e);
	*taken = false;
	return end_row(f, d, &held, e) &&
	       (!is_create(&d->row) ||
		store_instance_delivery(f->db, d->instance.id, delivery_name(DELIVERY_NONE), e));
}

bool flow_delivery_begin(struct flow *f, struct flow_delivery *out, struct err *e)
{
	bool taken = false;

	while (!taken) {
		*out = (struct flow_delivery){0};
		if (!store_outbox_next(f->db, f->arena, f->now_ms, &out->row, e))
			return false;
		if (out->row.id == NULL)
			return true;
		if (!take(f, out, &taken, e))
			return false;
	}
	return true;
}

static bool add_row(struct flow *f, const struct store_instance *i, const char *kind,
		    const struct store_outbox *with, struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);

	id_new(id);
	return store_outbox_add(f->db,
				&(struct store_outbox){.id = id,
						       .app = i->app,
						       .instance = i->id,
						       .kind = kind,
						       .userid = with->userid,
						       .text = with->text,
						       .due_ms = with->due_ms,
						       .created_ms = f->now_ms},
				e);
}

/* A comment for those who look at the form, then the withdrawal, which says it again. */
static bool add_closing(struct flow *f, const struct store_instance *i, const char *userid,
			const char *remark, struct err *e)
{
	int64_t ripe = i->submitted_ms + TERMINATE_AGE_MS;

	failpoint("close-begun");
	if (*userid == '\0' &&
	    !add_row(f, i, "comment",
		     &(struct store_outbox){
			 .userid = i->originator, .text = remark, .due_ms = f->now_ms},
		     e))
		return false;
	failpoint("close-comment-added");
	return add_row(f, i, "terminate",
		       &(struct store_outbox){.userid = userid,
					      .text = remark,
					      .due_ms = ripe > f->now_ms ? ripe : f->now_ms},
		       e);
}

bool flow_delivery_close(struct flow *f, const struct store_instance *i, const char *userid,
			 const char *remark, enum delivery *out, struct err *e)
{
	bool dropped;

	if (has_delivery(i, DELIVERY_CLOSED) || has_delivery(i, DELIVERY_NONE)) {
		*out = has_delivery(i, DELIVERY_CLOSED) ? DELIVERY_CLOSED : DELIVERY_NONE;
		return true;
	}
	if (i->external_id == NULL &&
	    !store_outbox_drop(f->db, i->id, "create", f->now_ms, &dropped, e))
		return false;
	if (i->external_id == NULL && dropped) {
		failpoint("close-create-dropped");
		*out = DELIVERY_NONE;
		return true;
	}
	/* A create under way is settled soon; what closes it waits behind it. */
	if (i->external_id == NULL && !store_outbox_hurry(f->db, i->id, f->now_ms, e))
		return false;
	*out = DELIVERY_CLOSING;
	return add_closing(f, i, userid, remark, e);
}

static bool created(struct flow *f, const struct flow_delivery *d, const char *external_id,
		    struct err *e)
{
	struct store_instance i = d->instance;
	bool pending = is_pending(&i);

	if (i.external_id != NULL && text_equal(i.external_id, external_id))
		return true;
	if (i.external_id != NULL)
		return flow_record(f, &i, "duplicate", "",
				   arena_printf(f->arena,
						"DingTalk has a second form for this request: %s",
						external_id),
				   e);
	i.external_id = external_id;
	i.delivery = delivery_name(pending ? DELIVERY_SUBMITTED : DELIVERY_CLOSING);
	i.submitted_ms = f->now_ms;
	i.check_ms = pending ? f->now_ms : 0;
	db_note(f->db, NOTE_CHECK, i.id);
	if (!store_instance_submitted(f->db, &i, e) ||
	    !store_inbox_wake(f->db, i.app, external_id, f->now_ms, e))
		return false;
	failpoint("delivery-submitted");
	return flow_record(f, &i, "submitted", "", "DingTalk has the request", e);
}

/* What the instance's delivery says while a row could not be done. */
static bool show_failure(struct flow *f, const struct flow_delivery *d, bool slow,
			 const struct err *why, struct err *e)
{
	const struct store_instance *i = &d->instance;
	enum delivery now = slow ? DELIVERY_FAILED : DELIVERY_QUEUED;

	if (slow && !flow_doctor_suspect(f, i->workflow, e))
		return false;
	if (slow && !text_equal(d->row.error, why->text) &&
	    !flow_record(f, i, "delivery-failed", "", why->text, e))
		return false;
	if (!is_create(&d->row) || !is_pending(i) || has_delivery(i, now))
		return true;
	return store_instance_delivery(f->db, i->id, delivery_name(now), e);
}

/* Whether only a person can mend it: everything but "not now" and "no answer". */
static bool is_slow(enum err_code code)
{
	static const bool soon[ERR_CODE_COUNT] = {[ERR_UNAVAILABLE] = true,
						  [ERR_TIMEOUT] = true,
						  [ERR_PEER] = true,
						  [ERR_IO] = true,
						  [ERR_INTERNAL] = true};

	return !soon[code];
}

static int64_t next_try(const struct flow_delivery *d, const struct flow_outcome *o, bool slow)
{
	int64_t wait = retry_delay_ms(d->row.attempts, slow, o->chance);

	if (o->look_again)
		wait = LOOK_AGAIN_MS;
	if (o->uncertain && wait < UNCERTAIN_MS)
		wait = UNCERTAIN_MS;
	return wait > o->wait_ms ? wait : o->wait_ms;
}

static bool failed(struct flow *f, const struct flow_delivery *d, const struct flow_outcome *o,
		   struct err *e)
{
	bool slow = !o->look_again && is_slow(o->error->code);
	bool settled = is_create(&d->row) && !o->uncertain && !is_pending(&d->instance);
	bool comment = text_equal(d->row.kind, "comment");
	bool give_up = settled || (comment && (slow || d->row.attempts + 1 >= COMMENT_TRIES));
	bool held;

	if (!store_outbox_end(f->db,
			      &(struct store_outbox_end){
				  .id = d->row.id,
				  .lease = d->lease,
				  .done = give_up,
				  .at_ms = give_up ? f->now_ms : f->now_ms + next_try(d, o, slow),
				  .uncertain = o->uncertain,
				  .slow = slow,
				  .error = o->error->text},
			      &held, e))
		return false;
	if (!held)
		return true;
	failpoint("delivery-put-off");
	if (settled)
		return store_instance_delivery(f->db, d->instance.id, delivery_name(DELIVERY_NONE),
					       e);
	return show_failure(f, d, slow, o->error, e);
}

bool flow_delivery_end(struct flow *f, const struct flow_delivery *d,
		       const struct flow_outcome *outcome, struct err *e)
{
	struct flow_delivery now = *d;
	bool held;

	/* The instance may have been decided while the call was under way. */
	if (!store_instance_get(f->db, f->arena, d->instance.id, &now.instance, e))
		return false;
	if (outcome->error != NULL)
		return failed(f, &now, outcome, e);
	if (!end_row(f, &now, &held, e))
		return false;
	failpoint("delivery-row-ended");
	if (is_create(&d->row))
		return created(f, &now, outcome->external_id, e);
	if (!text_equal(d->row.kind, "terminate") || !held)
		return true;
	if (!store_instance_delivery(f->db, d->instance.id, delivery_name(DELIVERY_CLOSED), e))
		return false;
	failpoint("close-done");
	return flow_record(f, &now.instance, "closed", "", "withdrawn in DingTalk too", e);
}
