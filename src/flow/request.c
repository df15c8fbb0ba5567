#include "flow/request.h"

#include "base/failpoint.h"
#include "base/text.h"
#include "flow/approval.h"
#include "flow/close.h"
#include "flow/delivery.h"
#include "flow/grant.h"
#include "flow/notify.h"
#include "flow/record.h"
#include "flow/trust.h"
#include "store/account.h"
#include "store/applicant.h"
#include "store/grant.h"
#include "store/note.h"
#include "store/outbox.h"
#include "store/workflow.h"

#define BATCH 64        /* requests or grants of one device, read at once */
#define MAX_COMMENT 500 /* code points kept of a decision's comment */
#define AWAY_MS 30000   /* until an instance that could not be read is read again */
/* How often an approved form is looked at, in case it is withdrawn after all: while its grant may still
 * be called back, and once more after it was used. Its event, when there is one, is quicker. The rarer the
 * longer ago it was: grants that nobody uses must not take the month's calls from what waits. */
#define WATCH_MS (INT64_C(12) * 3600 * 1000)
#define WATCH_MOST_MS (INT64_C(7) * 24 * 3600 * 1000)
#define WATCH_AWAY_MS (INT64_C(3600) * 1000)
#define WATCH_USED_MS (INT64_C(7) * 24 * 3600 * 1000)
#define UNKNOWN_NOTE "DingTalk does not know it"

/* Everything that one event says beside the event itself. */
struct happening {
	enum instance_event event;
	struct flow_decision decision;
	const char *userid;  /* in whose name DingTalk is closed; "": the system's */
	const char *decider; /* userid of who decided it in DingTalk, or NULL */
	const char *why;     /* for the record */
};

static const char *const kinds[INSTANCE_STATUS_COUNT] = {
    [INSTANCE_APPROVED] = "approved",
    [INSTANCE_REJECTED] = "rejected",
    [INSTANCE_REVOKED] = "revoked",
    [INSTANCE_EXPIRED] = "expired",
};

/* The request, and nobody else steps its levels until this unit ends. */
static bool hold(struct flow *f, const char *instance, struct store_instance *out, struct err *e)
{
	return store_approval_lock(f->db, instance, e) &&
	       store_instance_get(f->db, f->arena, instance, out, e);
}

static const char *cut(struct arena *a, const char *text)
{
	char *copy = arena_dup(a, text);

	text_cut(copy, MAX_COMMENT);
	return copy;
}

/* Which delivery the instance is in after the step, and what that takes. i has the new status already. */
static bool settle(struct flow *f, const struct store_instance *i, const struct happening *h,
		   struct instance_step step, enum delivery *out, struct err *e)
{
	*out = DELIVERY_CLOSED;
	if ((step.effects & EFFECT_OA_ENDED) != 0)
		return true;
	return flow_close(f,
			  &(struct flow_closing){.instance = i,
						 .userid = h->userid,
						 .by = h->decision.by,
						 .comment = h->decision.comment,
						 .decided = h->event == INSTANCE_APPROVE ||
							    h->event == INSTANCE_REJECT},
			  out, e);
}

static const char *summary(struct flow *f, const struct happening *h)
{
	if (*h->decision.comment == '\0')
		return h->why;
	return *h->why == '\0' ? h->decision.comment
			       : arena_printf(f->arena, "%s: %s", h->why, h->decision.comment);
}

static bool happen(struct flow *f, const struct store_instance *i, const struct happening *h,
		   struct err *e);

/* Somebody else was first. An end in DingTalk stays one: now it is late. What was asked for here is
 * refused, and what was written on the way goes with the unit. */
static bool lost(struct flow *f, const struct store_instance *i, const struct happening *h,
		 struct instance_step step, struct err *e)
{
	struct store_instance now;

	if ((step.effects & EFFECT_OA_ENDED) == 0)
		return err_set(e, ERR_CONFLICT, "Somebody else was first: the request is final.");
	return store_instance_get(f->db, f->arena, i->id, &now, e) && happen(f, &now, h, e);
}

static bool conclude(struct flow *f, const struct store_instance *from, const struct happening *h,
		     struct instance_step step, struct err *e)
{
	struct store_instance i = *from;
	enum delivery delivery;
	bool won;

	failpoint("decide-begun");
	i.status = instance_status_name(step.to);
	if (!settle(f, &i, h, step, &delivery, e))
		return false;
	failpoint("decide-settled");
	i.delivery = delivery_name(delivery);
	i.check_ms = 0;
	i.decided_by = i.decision_comment = i.channel = "";
	i.decided_ms = 0;
	if ((step.effects & EFFECT_DECIDE) != 0) {
		i.decided_by = h->decision.by;
		i.decided_ms = f->now_ms;
		i.decision_comment = h->decision.comment;
		i.channel = h->decision.channel;
	}
	if (!store_instance_decide(f->db, &i, &won, e))
		return false;
	if (!won)
		return lost(f, from, h, step, e);
	failpoint("decide-won");
	if (!flow_record(f, &i, kinds[step.to],
			 text_equal(h->decision.channel, "system") ? "" : h->decision.by,
			 summary(f, h), e))
		return false;
	failpoint("decide-recorded");
	if ((step.effects & EFFECT_CLOSE_TASKS) != 0 && !store_task_end(f->db, i.id, f->now_ms, e))
		return false;
	return flow_notify_result(f, &i, e) &&
	       ((step.effects & EFFECT_GRANT) == 0 || flow_grant_issue(f, &i, e));
}

/* Whether DingTalk came to the end that the request has here. */
static bool says_the_same(const struct store_instance *i, enum instance_event event)
{
	static const enum instance_status ends[INSTANCE_EVENT_COUNT] = {
	    [INSTANCE_OA_AGREED] = INSTANCE_APPROVED,
	    [INSTANCE_OA_ALONE] = INSTANCE_APPROVED, /* carried through by ourselves */
	    [INSTANCE_OA_REFUSED] = INSTANCE_REJECTED,
	};

	return ends[event] != INSTANCE_PENDING &&
	       text_equal(i->status, instance_status_name(ends[event]));
}

/* After the end here DingTalk came to one of its own. */
static bool arrive(struct flow *f, const struct store_instance *i, const struct happening *h,
		   struct err *e)
{
	if (says_the_same(i, h->event))
		return flow_record(f, i, "closed", "", "DingTalk shows the same result", e);
	return store_instance_note(
		   f->db, i->id,
		   arena_printf(f->arena, "DingTalk shows another end: %s", summary(f, h)), e) &&
	       flow_record(f, i, "late", h->decision.by, summary(f, h), e) &&
	       flow_notify_late(f, i, h->decider, e);
}

/* It is for an administrator to look at. */
static bool set_aside(struct flow *f, const struct store_instance *i, const struct happening *h,
		      struct err *e)
{
	bool alone = h->event == INSTANCE_OA_ALONE;

	return store_instance_note(f->db, i->id, alone ? "no second person" : h->why, e) &&
	       flow_record(f, i, alone ? "no-second-person" : "mismatch", h->decision.by,
			   summary(f, h), e);
}

/* DingTalk came to an end that does not decide anything here. */
static bool remember(struct flow *f, const struct store_instance *i, const struct happening *h,
		     struct instance_step step, struct err *e)
{
	if ((step.effects & EFFECT_OA_ENDED) == 0 ||
	    text_equal(i->delivery, delivery_name(DELIVERY_CLOSED)))
		return true;
	failpoint("late-begun");
	if (((step.effects & EFFECT_NOTE) != 0 && !set_aside(f, i, h, e)) ||
	    ((step.effects & EFFECT_LATE) != 0 && !arrive(f, i, h, e)))
		return false;
	return store_instance_delivery(f->db, i->id, delivery_name(DELIVERY_CLOSED), e) &&
	       store_instance_check_set(f->db, &(struct store_check){.id = i->id}, e);
}

static bool happen(struct flow *f, const struct store_instance *i, const struct happening *h,
		   struct err *e)
{
	enum instance_status from;
	struct instance_step step;

	if (!instance_status_from(i->status, &from))
		return err_set(e, ERR_INTERNAL, "request %s has the unknown status %s", i->id,
			       i->status);
	step = instance_step(from, h->event);
	if ((step.effects & EFFECT_REFUSE) != 0)
		return err_set(e, ERR_CONFLICT, "This request is final already: it was %s.",
			       i->status);
	if ((step.effects & EFFECT_CALL_BACK) != 0 &&
	    !flow_grant_withdrawn(f, i, h->decision.by, e))
		return false;
	return step.to == from ? remember(f, i, h, step, e) : conclude(f, i, h, step, e);
}

bool flow_decider_find(struct flow *f, const struct store_instance *i, struct flow_decider *who,
		       struct err *e)
{
	bool like = false;

	if (who->person != NULL || who->account == NULL)
		return true;
	if (!store_account_is_like(f->db, who->account, i->person, &like, e))
		return false;
	if (like)
		who->person = i->person;
	return true;
}

static bool may_decide(const struct store_instance *i, const struct flow_decision *d, struct err *e)
{
	if (d->who.person != NULL && text_equal(d->who.person, i->person))
		return err_set(e, ERR_FORBIDDEN, "Nobody decides about a request of his own.");
	if ((d->who.role & ROLES_DECIDE) == 0)
		return err_set(e, ERR_FORBIDDEN, "The role does not allow deciding.");
	return true;
}

static bool is_administrator(const struct flow_decision *d)
{
	return (d->who.role & ROLES_CHANGE) != 0;
}

/* ERR_FORBIDDEN when he may decide in no way that fits. Of a form in DingTalk any approver may. */
static bool choose_way(const struct store_instance *i, bool turn, const struct flow_decision *d,
		       bool *as_approver, struct err *e)
{
	*as_approver = turn && d->who.as != FLOW_AS_ADMINISTRATOR;
	if (*as_approver)
		return true;
	if (d->who.as == FLOW_AS_APPROVER || (!is_administrator(d) && i->app == NULL))
		return err_set(e, ERR_FORBIDDEN, "It is not your turn to decide this request.");
	if (d->who.as == FLOW_AS_ADMINISTRATOR && !is_administrator(d))
		return err_set(e, ERR_FORBIDDEN, "Only an administrator decides as one.");
	return true;
}

static bool is_pending(const struct store_instance *i)
{
	return text_equal(i->status, instance_status_name(INSTANCE_PENDING));
}

/* *done: an approver has answered, and others are asked now. */
static bool answer_level(struct flow *f, const struct store_instance *i, bool approve,
			 const struct flow_decision *d, bool *done, struct err *e)
{
	enum approval_verdict verdict = APPROVAL_PASSED;
	struct flow_approval p;
	bool as_approver, turn;

	*done = false;
	if (!is_pending(i))
		return true; /* refused as such */
	if (!flow_approval_load(f, i, &p, e))
		return false;
	turn = d->who.account != NULL && flow_approval_asks(&p) &&
	       approval_waits_for(&p.rules, d->who.account);
	if (!choose_way(i, turn, d, &as_approver, e))
		return false;
	if (as_approver && !flow_approval_answer(f, i, &p, approve, d, &verdict, e))
		return false;
	*done = verdict == APPROVAL_WAITS;
	return true;
}

bool flow_decide(struct flow *f, const char *instance, bool approve, const struct flow_decision *d,
		 struct err *e)
{
	struct store_instance i;
	struct happening h = {.event = approve ? INSTANCE_APPROVE : INSTANCE_REJECT,
			      .decision = *d,
			      .userid = "",
			      .why = ""};
	bool done;

	failpoint("decision-begun");
	h.decision.comment = cut(f->arena, d->comment);
	if (!hold(f, instance, &i, e) || !flow_decider_find(f, &i, &h.decision.who, e) ||
	    !may_decide(&i, &h.decision, e) || !answer_level(f, &i, approve, &h.decision, &done, e))
		return false;
	return done || happen(f, &i, &h, e);
}

bool flow_review(struct flow *f, const char *instance, struct err *e)
{
	struct happening h = {
	    .event = INSTANCE_APPROVE, .userid = "", .why = "everybody who is left has approved"};
	enum approval_verdict verdict;
	struct flow_approval p;
	struct store_instance i;

	failpoint("level-review-begun");
	if (!hold(f, instance, &i, e))
		return false;
	if (!is_pending(&i))
		return store_task_end(f->db, instance, f->now_ms, e);
	h.decision = (struct flow_decision){.channel = "system", .comment = ""};
	if (!flow_approval_load(f, &i, &p, e))
		return false;
	if (!flow_approval_asks(&p))
		return true;
	if (!flow_approval_review(f, &i, &p, &verdict, &h.decision.by, e))
		return false;
	return verdict == APPROVAL_WAITS || happen(f, &i, &h, e);
}

bool flow_level_overdue(struct flow *f, const char *instance, struct err *e)
{
	struct flow_approval p;
	struct store_instance i;

	if (!hold(f, instance, &i, e))
		return false;
	if (!is_pending(&i))
		return store_task_end(f->db, instance, f->now_ms, e);
	return flow_approval_load(f, &i, &p, e) && flow_approval_overdue(f, &i, &p, e);
}

bool flow_withdraw(struct flow *f, const char *device, const char *instance, struct err *e)
{
	struct store_instance i;
	struct store_applicant who;
	struct happening h = {.event = INSTANCE_WITHDRAW, .why = "withdrawn in the client"};

	if (!hold(f, instance, &i, e) || !store_applicant_get(f->db, f->arena, device, &who, e))
		return false;
	if (!text_equal(i.device, device) || !text_equal(i.person, who.person))
		return err_set(e, ERR_NOT_FOUND, "There is no request with this id.");
	failpoint("withdraw-begun");
	h.decision = (struct flow_decision){i.person_name, "client", ""};
	h.userid = i.originator;
	return happen(f, &i, &h, e);
}

bool flow_withdraw_for(struct flow *f, const char *instance, const struct flow_decision *d,
		       struct err *e)
{
	struct happening h = {.event = INSTANCE_WITHDRAW,
			      .decision = *d,
			      .userid = "",
			      .why = "withdrawn by an administrator"};
	struct store_instance i;

	h.decision.comment = cut(f->arena, d->comment);
	return hold(f, instance, &i, e) && happen(f, &i, &h, e);
}

struct flow_rights flow_rights(const struct store_instance *i, bool turn,
			       const struct flow_decider *who)
{
	const struct flow_decision d = {.who = *who};
	struct flow_rights out = {0};
	struct err why;

	if (!is_pending(i))
		return out;
	out.withdraw = is_administrator(&d);
	out.decide = may_decide(i, &d, &why) && choose_way(i, turn, &d, &out.as_approver, &why);
	return out;
}

bool flow_time_out(struct flow *f, const char *instance, struct err *e)
{
	struct store_instance i;
	struct happening h = {.event = INSTANCE_TIME_OUT,
			      .decision = {"", "system", ""},
			      .userid = "",
			      .why = "nobody decided in time"};

	failpoint("time-out-begun");
	return hold(f, instance, &i, e) && happen(f, &i, &h, e);
}

bool flow_unneeded(struct flow *f, const char *instance, const char *why, struct err *e)
{
	struct happening h = {
	    .event = INSTANCE_UNNEEDED, .decision = {"", "system", why}, .userid = "", .why = ""};
	struct store_instance i;

	return hold(f, instance, &i, e) && happen(f, &i, &h, e);
}

/* Each batch changes what the next one finds. */
static bool revoke_requests(struct flow *f, const char *device, const char *why, struct err *e)
{
	const char *const *ids;
	size_t count;

	if (!store_instance_hold(f->db, device, e))
		return false;
	do {
		if (!store_instance_of_device(f->db, f->arena, device, BATCH, &ids, &count, e))
			return false;
		for (size_t k = 0; k < count; k++) {
			if (!flow_unneeded(f, ids[k], why, e))
				return false;
		}
	} while (count == BATCH);
	return true;
}

bool flow_device_grants_cancel(struct flow *f, const char *device, const char *why, struct err *e)
{
	struct store_grant *grants;
	size_t count;

	do {
		if (!store_grant_live(f->db, f->arena, device, BATCH, &grants, &count, e))
			return false;
		for (size_t k = 0; k < count; k++) {
			if (!flow_grant_cancel(f, &grants[k], why, e))
				return false;
		}
	} while (count == BATCH);
	return true;
}

bool flow_device_reset(struct flow *f, const char *device, const char *why, struct err *e)
{
	return revoke_requests(f, device, why, e) && flow_device_grants_cancel(f, device, why, e);
}

/* Names of those whose tasks are open, one a line; a stranger is named by his userid. */
static bool pending_with(struct flow *f, const struct store_instance *i, const struct oa_seen *seen,
			 const char **out, struct err *e)
{
	const char *all = "", *name;

	for (size_t k = 0; k < seen->task_count; k++) {
		if (!text_equal(seen->tasks[k].status, "RUNNING"))
			continue;
		if (!store_applicant_name(f->db, f->arena, i->app, seen->tasks[k].userid, &name, e))
			return false;
		if (name == NULL)
			name = seen->tasks[k].userid;
		all = *all == '\0' ? name : arena_printf(f->arena, "%s\n%s", all, name);
	}
	*out = all;
	return true;
}

static bool still_open(struct flow *f, const struct store_instance *i, int64_t claimed_ms,
		       const struct oa_seen *seen, struct err *e)
{
	struct store_instance now = *i;
	bool pending = text_equal(i->status, instance_status_name(INSTANCE_PENDING));

	failpoint("check-still-open");
	now.business_id = seen->business_id;
	if (!pending_with(f, i, seen, &now.pending_with, e))
		return false;
	if ((!text_equal(now.pending_with, i->pending_with) ||
	     !text_equal(now.business_id, i->business_id)) &&
	    !store_instance_seen(f->db, &now, e))
		return false;
	if (text_equal(i->note, UNKNOWN_NOTE) && !store_instance_note(f->db, i->id, "", e))
		return false;
	if (!text_equal(now.pending_with, i->pending_with))
		db_note(f->db, NOTE_DEVICE, i->device);
	return store_instance_check_set(
	    f->db,
	    &(struct store_check){
		.id = i->id,
		.claimed_ms = claimed_ms,
		.check_ms = pending ? f->now_ms + schedule_delay(i->check_step, &f->plan) : 0,
		.step = i->check_step + 1},
	    e);
}

static bool judge(struct flow *f, const struct store_instance *i, const struct oa_seen *seen,
		  struct oa_verdict *out, struct err *e)
{
	struct oa_sent sent = {.process_code = i->process_code,
			       .originator = i->originator,
			       .external_id = i->external_id};
	char *number = arena_alloc(f->arena, INSTANCE_NUMBER_SIZE);
	struct store_workflow w = {0};
	struct store_execution *tried;
	const char **executed;
	size_t count;

	instance_number(i->number, number);
	sent.number = number;
	if (!form_values_read(f->arena, i->sent, &sent.values, e) ||
	    !store_outbox_executions(f->db, f->arena, i->id, &tried, &count, e))
		return false;
	executed = arena_array(f->arena, count, sizeof(*executed));
	for (size_t k = 0; k < count; k++) {
		if (tried[k].done)
			executed[sent.executed_count++] = tried[k].userid;
	}
	sent.executed = executed;
	if (!store_workflow_get(f->db, f->arena, i->workflow, &w, e)) {
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
	}
	sent.accept_automatic = w.accept_automatic;
	*out = oa_judge(f->arena, &sent, seen);
	return true;
}

static int64_t watch_pause(int64_t age_ms)
{
	if (age_ms / 2 < WATCH_MS)
		return WATCH_MS;
	return age_ms / 2 < WATCH_MOST_MS ? age_ms / 2 : WATCH_MOST_MS;
}

/* When an approved form is looked at again; 0: not. */
static int64_t watch_at(const struct flow *f, const struct store_instance *i,
			const struct store_grant *g)
{
	int64_t last_ms = i->decided_ms + WATCH_USED_MS;
	enum grant_state state;

	if (g->id == NULL || !grant_state_from(g->state, &state))
		return 0;
	if (state == GRANT_USED)
		return f->now_ms < last_ms ? last_ms : 0;
	if (state != GRANT_UNUSED && state != GRANT_DELIVERED)
		return 0;
	return f->now_ms + (i->check_step < 0 ? schedule_delay(i->check_step, &f->plan)
					      : watch_pause(f->now_ms - i->decided_ms));
}

/* before: as it was when it was read under this claim. */
static bool watch(struct flow *f, const struct store_instance *before, int64_t claimed_ms,
		  enum instance_event event, struct err *e)
{
	bool was_pending = text_equal(before->status, instance_status_name(INSTANCE_PENDING));
	bool agreed = event == INSTANCE_OA_AGREED || event == INSTANCE_OA_ALONE;
	struct store_check next = {.id = before->id,
				   .claimed_ms = was_pending ? 0 : claimed_ms,
				   .step = before->check_step < 0 ? before->check_step + 1 : 0};
	struct store_instance i;
	struct store_grant g;

	if (!store_instance_get(f->db, f->arena, before->id, &i, e) ||
	    !store_grant_of_instance(f->db, f->arena, before->id, &g, e))
		return false;
	if (agreed && text_equal(i.status, instance_status_name(INSTANCE_APPROVED)))
		next.check_ms = watch_at(f, &i, &g);
	return store_instance_check_set(f->db, &next, e);
}

static const char *const whys[INSTANCE_EVENT_COUNT] = {
    [INSTANCE_OA_AGREED] = "in DingTalk",
    [INSTANCE_OA_ALONE] = "agreed in DingTalk, but by nobody other than the applicant",
    [INSTANCE_OA_MISMATCH] = "what DingTalk holds is not what was sent",
    [INSTANCE_OA_REFUSED] = "in DingTalk",
    [INSTANCE_OA_TERMINATED] = "in DingTalk",
    [INSTANCE_OA_REVOKED] = "agreed in DingTalk and withdrawn there after that",
};

bool flow_read_back(struct flow *f, const char *instance, int64_t claimed_ms,
		    const struct oa_seen *seen, struct err *e)
{
	struct happening h = {.userid = ""};
	struct store_instance i;
	struct oa_verdict v;
	const char *name = NULL;

	failpoint("read-back-begun");
	if (!hold(f, instance, &i, e) || !judge(f, &i, seen, &v, e))
		return false;
	failpoint("check-judged");
	if (v.open)
		return still_open(f, &i, claimed_ms, seen, e);
	if (v.decider != NULL && !store_applicant_name(f->db, f->arena, i.app, v.decider, &name, e))
		return false;
	if (text_equal(i.status, instance_status_name(INSTANCE_PENDING)) &&
	    !flow_trust_found(f, &i, e))
		return false;
	h.event = v.event;
	h.decider = v.decider == NULL ? "" : v.decider;
	h.decision.by = name != NULL ? name : v.decider != NULL ? v.decider : "DingTalk";
	h.decision.channel = "dingtalk";
	h.decision.comment = cut(f->arena, v.remark);
	h.why =
	    v.why == NULL ? whys[v.event] : arena_printf(f->arena, "%s: %s", whys[v.event], v.why);
	return happen(f, &i, &h, e) && watch(f, &i, claimed_ms, v.event, e);
}

/* Nobody is there: asked again soon, and the schedule goes on from where it was. */
static bool is_away(const struct err *why)
{
	return why->code == ERR_UNAVAILABLE || why->code == ERR_TIMEOUT || why->code == ERR_PEER;
}

/* A form that is only watched. That it is not there any more says nothing about its approval. */
static bool watch_failed(struct flow *f, const struct store_instance *i, int64_t claimed_ms,
			 const struct err *why, struct err *e)
{
	return store_instance_check_set(
	    f->db,
	    &(struct store_check){.id = i->id,
				  .claimed_ms = claimed_ms,
				  .check_ms =
				      why->code == ERR_NOT_FOUND ? 0 : f->now_ms + WATCH_AWAY_MS},
	    e);
}

bool flow_read_failed(struct flow *f, const char *instance, int64_t claimed_ms,
		      const struct err *why, struct err *e)
{
	struct store_instance i;
	struct store_check next = {.claimed_ms = claimed_ms};

	if (!hold(f, instance, &i, e))
		return false;
	failpoint("check-failure-entered");
	if (!text_equal(i.status, instance_status_name(INSTANCE_PENDING)))
		return watch_failed(f, &i, claimed_ms, why, e);
	if (why->code == ERR_NOT_FOUND && !text_equal(i.note, UNKNOWN_NOTE) &&
	    (!store_instance_note(f->db, i.id, UNKNOWN_NOTE, e) ||
	     !flow_record(f, &i, "lost", "", why->text, e)))
		return false;
	next.id = i.id;
	next.step = is_away(why) ? i.check_step : i.check_step + 1;
	next.check_ms =
	    f->now_ms + (is_away(why) ? AWAY_MS : schedule_delay(i.check_step, &f->plan));
	return store_instance_check_set(f->db, &next, e);
}
