#include "flow/delivery.h"

#include "base/failpoint.h"
#include "base/text.h"
#include "flow/close.h"
#include "flow/doctor.h"
#include "flow/file.h"
#include "flow/notify.h"
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
#define SETTLE_TRIES 20
#define MESSAGE_TRIES 8
#define SPREAD_MS 600000
#define MAX_SKIPPED 50 /* rows in one unit that were not to be sent after all */
#define DUPLICATE_NOTE "DingTalk has a second form for this request"

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

/* When a row is given up, which makes it a dead letter. */
enum ends {
	ENDS_DONE,  /* never: tried until it is done or no longer needed */
	ENDS_FINAL, /* when DingTalk refuses it for good */
	ENDS_SLOW   /* when only a person could mend it */
};

typedef bool done_fn(struct flow *f, const struct flow_delivery *d,
		     const struct flow_outcome *outcome, struct err *e);

static done_fn created, closed, settled, withdrawn, looked, executed, reminded;

static const struct course {
	const char *kind;
	bool closing; /* needed only while the instance is being closed in DingTalk */
	bool waiting; /* needed only while the request waits */
	enum ends ends;
	int64_t tries; /* and given up after so many; 0: any number */
	bool quiet;    /* nobody needs to know that it was given up */
	bool one_way;  /* of closing: when it is refused there is another one (flow/close.h) */
	done_fn *done; /* what it means that it was done; NULL: nothing */
} courses[] = {
    {OUTBOX_CREATE, .done = created},
    {OUTBOX_COMMENT, .closing = true, .ends = ENDS_SLOW, .tries = COMMENT_TRIES, .quiet = true},
    {OUTBOX_TERMINATE, .closing = true, .ends = ENDS_FINAL, .one_way = true, .done = closed},
    {OUTBOX_CARRY, .closing = true, .ends = ENDS_FINAL, .one_way = true, .done = looked},
    {OUTBOX_EXECUTE, .closing = true, .ends = ENDS_FINAL, .one_way = true, .done = executed},
    {OUTBOX_REMIND, .waiting = true, .ends = ENDS_SLOW, .tries = MESSAGE_TRIES, .quiet = true,
     .done = reminded},
    {OUTBOX_NOTICE, .ends = ENDS_SLOW, .tries = MESSAGE_TRIES},
    {OUTBOX_SETTLE, .ends = ENDS_FINAL, .tries = SETTLE_TRIES, .done = settled},
    {OUTBOX_DUPLICATE, .ends = ENDS_FINAL, .done = withdrawn},
};

static const struct course *course_of(const struct store_outbox *row)
{
	static const struct course other = {.closing = true};

	for (size_t i = 0; i < ARRAY_SIZE(courses); i++) {
		if (text_equal(courses[i].kind, row->kind))
			return &courses[i];
	}
	return &other;
}

/* A create that nobody waits for any more and that certainly never left; a closing of what is not open
 * there. */
static bool unneeded(const struct flow_delivery *d)
{
	if (is_create(&d->row))
		return !is_pending(&d->instance) && !d->row.uncertain;
	return (course_of(&d->row)->waiting && !is_pending(&d->instance)) ||
	       (course_of(&d->row)->closing && !has_delivery(&d->instance, DELIVERY_CLOSING));
}

static bool end_row(struct flow *f, const struct flow_delivery *d, bool *held, struct err *e)
{
	return store_outbox_end(f->db,
				&(struct store_outbox_end){.id = d->row.id,
							   .lease = d->lease,
							   .done = true,
							   .at_ms = f->now_ms,
							   .attempts = d->row.attempts + 1,
							   .searched = d->row.searched,
							   .error = ""},
				held, e);
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

/* Something beside the instance's other rows, in the system's name. */
static bool add_apart(struct flow *f, const struct store_instance *i, const char *kind,
		      const char *text, int64_t due_ms, struct err *e)
{
	return add_row(f, i, kind,
		       &(struct store_outbox){.userid = "", .text = text, .due_ms = due_ms}, e);
}

/* A create that was looked for in vain may still come to light. */
static bool look_once_more(struct flow *f, const struct flow_delivery *d, struct err *e)
{
	return !d->row.searched ||
	       add_apart(f, &d->instance, OUTBOX_SETTLE, "", f->now_ms + FLOW_LAST_LOOK_MS, e);
}

/* The row was not to be sent after all. */
static bool skip(struct flow *f, const struct flow_delivery *d, struct err *e)
{
	bool held;

	if (!end_row(f, d, &held, e))
		return false;
	return !is_create(&d->row) ||
	       (look_once_more(f, d, e) &&
		store_instance_delivery(f->db, d->instance.id, delivery_name(DELIVERY_NONE), e));
}

static bool take(struct flow *f, const struct flow_carrier *by, struct flow_delivery *d,
		 bool *taken, struct err *e)
{
	const struct store_lease lease = {
	    .id = d->lease,
	    .node = by->node,
	    .now_ms = f->now_ms,
	    .until_ms = f->now_ms + FLOW_LEASE_MS,
	};

	*taken = false;
	id_new(d->lease);
	if (!store_instance_get(f->db, f->arena, d->row.instance, &d->instance, e) ||
	    !store_outbox_claim(f->db, &d->row, &lease, taken, e))
		return false;
	failpoint("delivery-taken");
	if (!*taken)
		return true;
	if (!unneeded(d))
		return form_values_read(f->arena, d->instance.sent, &d->sent, e);
	*taken = false;
	return skip(f, d, e);
}

bool flow_delivery_begin(struct flow *f, const struct flow_carrier *by, struct flow_delivery *out,
			 struct err *e)
{
	bool taken = false;

	for (int i = 0; !taken; i++) {
		*out = (struct flow_delivery){0};
		if (i == MAX_SKIPPED)
			return true;
		if (!store_outbox_next(f->db, f->arena, by->app, f->now_ms, &out->row, e))
			return false;
		if (out->row.id == NULL)
			return true;
		if (!take(f, by, out, &taken, e))
			return false;
	}
	return true;
}

/* --- how a row ended --- */

/* One request, one form: this one goes. */
static bool duplicate(struct flow *f, const struct flow_delivery *d, const char *external_id,
		      struct err *e)
{
	return flow_record(
		   f, &d->instance, "duplicate", "",
		   arena_printf(f->arena, DUPLICATE_NOTE ", which is withdrawn: %s", external_id),
		   e) &&
	       add_apart(f, &d->instance, OUTBOX_DUPLICATE, external_id,
			 d->instance.submitted_ms + TERMINATE_AGE_MS, e);
}

static bool settled(struct flow *f, const struct flow_delivery *d,
		    const struct flow_outcome *outcome, struct err *e)
{
	for (size_t i = 0; i < outcome->extra_count; i++) {
		if (!duplicate(f, d, outcome->extras[i], e))
			return false;
	}
	return true;
}

static bool submitted(struct flow *f, const struct flow_delivery *d, const char *external_id,
		      struct err *e)
{
	struct store_instance i = d->instance;

	i.external_id = external_id;
	i.submitted_ms = i.check_ms = f->now_ms;
	db_note(f->db, NOTE_CHECK, i.id);
	if (!store_instance_submitted(f->db, &i, e) ||
	    !store_inbox_wake(f->db, i.app, external_id, f->now_ms, e))
		return false;
	failpoint("delivery-submitted");
	return flow_record(f, &i, "submitted", "", "DingTalk has the request", e) &&
	       look_once_more(f, d, e);
}

/* A server that was stopped in its call and goes on may bring a second form. */
static bool created(struct flow *f, const struct flow_delivery *d,
		    const struct flow_outcome *outcome, struct err *e)
{
	const char *known = d->instance.external_id;

	if (known == NULL && !submitted(f, d, outcome->external_id, e))
		return false;
	if (known != NULL && !text_equal(known, outcome->external_id) &&
	    !duplicate(f, d, outcome->external_id, e))
		return false;
	return settled(f, d, outcome, e);
}

static bool closed(struct flow *f, const struct flow_delivery *d,
		   const struct flow_outcome *outcome, struct err *e)
{
	(void)outcome;
	if (!store_instance_delivery(f->db, d->instance.id, delivery_name(DELIVERY_CLOSED), e))
		return false;
	failpoint("close-done");
	return flow_record(f, &d->instance, "closed", "", "withdrawn in DingTalk too", e);
}

static bool looked(struct flow *f, const struct flow_delivery *d,
		   const struct flow_outcome *outcome, struct err *e)
{
	return flow_close_looked(f, &d->instance, outcome->seen, e);
}

static bool executed(struct flow *f, const struct flow_delivery *d,
		     const struct flow_outcome *outcome, struct err *e)
{
	return flow_close_executed(f, &d->instance, &d->row, outcome->moot, e);
}

static bool reminded(struct flow *f, const struct flow_delivery *d,
		     const struct flow_outcome *outcome, struct err *e)
{
	return flow_remind(f, d->instance.id, outcome->seen, e);
}

static bool withdrawn(struct flow *f, const struct flow_delivery *d,
		      const struct flow_outcome *outcome, struct err *e)
{
	(void)outcome;
	return (!text_equal(d->instance.note, DUPLICATE_NOTE) ||
		store_instance_note(f->db, d->instance.id, "", e)) &&
	       flow_record(f, &d->instance, "duplicate-closed", "",
			   "the second form in DingTalk is not open any more", e);
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

/* Tries that failed in the same way: they make the waiting time. */
static int64_t tries(const struct flow_delivery *d, bool slow)
{
	return d->row.slow == slow ? d->row.attempts : 0;
}

static int64_t next_try(const struct flow_delivery *d, const struct flow_outcome *o, bool slow)
{
	int64_t wait = retry_delay_ms(tries(d, slow), slow, o->chance), spread;

	if (o->look_again)
		wait = LOOK_AGAIN_MS;
	if (o->uncertain && wait < UNCERTAIN_MS)
		wait = UNCERTAIN_MS;
	if (wait >= o->wait_ms)
		return wait;
	/* What waited for the same moment does not come in the same moment. */
	spread = o->wait_ms / 8 < SPREAD_MS ? o->wait_ms / 8 : SPREAD_MS;
	return o->wait_ms + o->chance % (1 + spread);
}

static bool gives_up(const struct course *course, const struct flow_delivery *d,
		     const struct flow_outcome *o, bool slow)
{
	if (o->look_again || (o->held && !slow))
		return false;
	if (course->tries != 0 && d->row.attempts + 1 >= course->tries)
		return true;
	return course->ends == ENDS_SLOW ? slow : course->ends == ENDS_FINAL && o->final;
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

/* A dead letter: an administrator finds it, mends what it says and has it tried again. */
static bool show_dead(struct flow *f, const struct flow_delivery *d, const struct err *why,
		      struct err *e)
{
	const struct store_instance *i = &d->instance;
	bool other = false;

	if (course_of(&d->row)->quiet)
		return true;
	if (course_of(&d->row)->one_way && !flow_close_refused(f, i, &d->row, why->text, &other, e))
		return false;
	if (other)
		return store_outbox_moot(f->db, d->row.id, why->text, e);
	if (!flow_record(f, i, "delivery-failed", "", why->text, e))
		return false;
	if (text_equal(d->row.kind, OUTBOX_DUPLICATE) && *i->note == '\0')
		return store_instance_note(f->db, i->id, DUPLICATE_NOTE, e);
	return !has_delivery(i, DELIVERY_CLOSING) || !text_equal(d->row.kind, OUTBOX_TERMINATE) ||
	       store_instance_delivery(f->db, i->id, delivery_name(DELIVERY_FAILED), e);
}

/* Who takes the request over from DingTalk, which certainly has nothing of it. */
static bool second_for(struct flow *f, const struct flow_delivery *d, const struct flow_outcome *o,
		       struct store_workflow *out, struct err *e)
{
	*out = (struct store_workflow){0};
	if (!o->may_not_start || o->uncertain || d->row.searched || !is_create(&d->row) ||
	    !is_pending(&d->instance))
		return true;
	return flow_second(f, &d->instance, out, e);
}

static bool failed(struct flow *f, const struct flow_delivery *d, const struct flow_outcome *o,
		   struct err *e)
{
	bool slow = !o->look_again && is_slow(o->error->code);
	bool moot = is_create(&d->row) && !o->uncertain && !is_pending(&d->instance);
	bool dead = !moot && gives_up(course_of(&d->row), d, o, slow);
	struct store_workflow second;
	struct store_outbox_end end = {.id = d->row.id,
				       .lease = d->lease,
				       .done = moot || dead,
				       .given_up = dead,
				       .attempts = o->held ? d->row.attempts : tries(d, slow) + 1,
				       .uncertain = o->uncertain,
				       .searched = d->row.searched,
				       .slow = slow,
				       .error = o->error->text};
	bool held;

	if (!second_for(f, d, o, &second, e))
		return false;
	end.done |= second.id != NULL;
	end.at_ms = end.done ? f->now_ms : f->now_ms + next_try(d, o, slow);
	if (!store_outbox_end(f->db, &end, &held, e))
		return false;
	if (!held)
		return true;
	failpoint("delivery-put-off");
	if (second.id != NULL)
		return flow_move(f, &d->instance, &second, e);
	if (moot)
		return look_once_more(f, d, e) &&
		       store_instance_delivery(f->db, d->instance.id, delivery_name(DELIVERY_NONE),
					       e);
	return dead ? show_dead(f, d, o->error, e) : show_failure(f, d, slow, o->error, e);
}

/* A form of such a request that somebody brings who had lost the row comes when what would have closed it
 * is gone already. */
static bool is_nobodys(const struct store_instance *i)
{
	return !is_pending(i) && i->external_id == NULL && !has_delivery(i, DELIVERY_CLOSING);
}

/* A lost create is not there: it is made in a try of its own, so that tried_ms is its own. */
static bool make_again(struct flow *f, const struct flow_delivery *d, struct err *e)
{
	bool held;

	db_note(f->db, NOTE_OUTBOX, d->instance.id);
	return store_outbox_end(f->db,
				&(struct store_outbox_end){.id = d->row.id,
							   .lease = d->lease,
							   .at_ms = f->now_ms,
							   .attempts = d->row.attempts,
							   .searched = true,
							   .error = d->row.error},
				&held, e);
}

bool flow_delivery_end(struct flow *f, const struct flow_delivery *d,
		       const struct flow_outcome *outcome, struct err *e)
{
	const struct course *course = course_of(&d->row);
	struct flow_delivery now = *d;
	bool held;

	/* The instance may have been decided while the call was under way. */
	if (!store_instance_get(f->db, f->arena, d->instance.id, &now.instance, e))
		return false;
	if (outcome->error != NULL)
		return failed(f, &now, outcome, e);
	if (is_create(&d->row) && outcome->external_id == NULL)
		return make_again(f, &now, e);
	if (!end_row(f, &now, &held, e))
		return false;
	failpoint("delivery-row-ended");
	if (is_create(&d->row) && !held && is_nobodys(&now.instance))
		return duplicate(f, &now, outcome->external_id, e);
	/* What was made counts whoever made it; the rest is told by who holds the lease. */
	if (course->done == NULL || (!held && !is_create(&d->row)))
		return true;
	return course->done(f, &now, outcome, e);
}

bool flow_delivery_replay(struct flow *f, const char *id, const char *actor, struct err *e)
{
	struct store_instance i;
	struct store_outbox row;
	bool found;

	if (!store_outbox_get(f->db, f->arena, id, &row, e) ||
	    !store_instance_get(f->db, f->arena, row.instance, &i, e) ||
	    !store_outbox_replay(f->db, id, f->now_ms, &found, e))
		return false;
	if (!found)
		return err_set(
		    e, ERR_CONFLICT,
		    "Only what was given up, or waits for somebody to mend something, can "
		    "be tried again.");
	if (text_equal(row.kind, OUTBOX_TERMINATE) && row.given_up &&
	    !store_instance_delivery(f->db, i.id, delivery_name(DELIVERY_CLOSING), e))
		return false;
	return flow_record(f, &i, "delivery-replayed", actor, row.kind, e);
}
