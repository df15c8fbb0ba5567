#include "flow/approval.h"

#include "base/failpoint.h"
#include "base/id.h"
#include "base/text.h"
#include "flow/notify.h"
#include "flow/record.h"
#include "store/delegation.h"
#include "store/note.h"

#define HOUR_MS (INT64_C(3600) * 1000)
#define NOTE_ADMINISTRATORS "no approver is left: the administrators are asked"
#define NOTE_NOBODY "nobody is left who could be asked"

/* One step, with all that it is written from. */
struct change {
	const struct store_instance *instance;
	const struct flow_approval *before;
	struct approval_outcome after;
	const struct flow_decision *decision; /* NULL: nobody answered */
	enum approval_event event;
};

/* --- loading --- */

static bool load_accounts(struct flow *f, struct flow_approval *p, struct err *e)
{
	struct approval_account *accounts;
	size_t count;

	if (!store_approver_list(f->db, f->arena, &p->accounts, &count, e))
		return false;
	accounts = arena_array(f->arena, count, sizeof(*accounts));
	for (size_t k = 0; k < count; k++) {
		const struct store_approver *a = &p->accounts[k];

		accounts[k] =
		    (struct approval_account){a->id, a->person, a->active, a->administrator};
	}
	p->rules.accounts = accounts;
	p->rules.account_count = count;
	return true;
}

static bool load_delegations(struct flow *f, struct flow_approval *p, struct err *e)
{
	struct approval_delegation *delegations;
	struct store_delegation *rows;
	size_t count;

	if (!store_delegation_at(f->db, f->arena, f->now_ms, &rows, &count, e))
		return false;
	delegations = arena_array(f->arena, count, sizeof(*delegations));
	for (size_t k = 0; k < count; k++) {
		const struct store_delegation *d = &rows[k];

		delegations[k] =
		    (struct approval_delegation){d->account, d->delegate, d->from_ms, d->until_ms};
	}
	p->rules.delegations = delegations;
	p->rules.delegation_count = count;
	return true;
}

static bool load_tasks(struct flow *f, struct flow_approval *p, struct err *e)
{
	struct approval_task *tasks;

	if (!store_task_list(f->db, f->arena, p->row.instance, &p->tasks, e))
		return false;
	tasks = arena_array(f->arena, p->tasks.count, sizeof(*tasks));
	for (size_t k = 0; k < p->tasks.count; k++) {
		const struct store_task *t = &p->tasks.items[k];

		tasks[k] = (struct approval_task){
		    .level = t->level, .account = t->account, .acted_by = t->acted_by};
		if (!task_kind_from(t->kind, &tasks[k].kind) ||
		    !task_state_from(t->state, &tasks[k].state))
			return err_set(e, ERR_INTERNAL, "task %s is a %s that is %s", t->id,
				       t->kind, t->state);
	}
	p->rules.tasks = tasks;
	p->rules.task_count = p->tasks.count;
	return true;
}

bool flow_approval_people(struct flow *f, struct flow_approval *out, struct err *e)
{
	*out = (struct flow_approval){.rules = {.now_ms = f->now_ms}};
	return load_accounts(f, out, e) && load_delegations(f, out, e);
}

bool flow_approval_load(struct flow *f, const struct store_instance *i, struct flow_approval *out,
			struct err *e)
{
	*out = (struct flow_approval){0};
	if (!store_approval_get(f->db, f->arena, i->id, &out->row, e))
		return false;
	if (out->row.instance == NULL)
		return true;
	out->rules.levels = &out->levels;
	out->rules.applicant = i->person;
	out->rules.now_ms = f->now_ms;
	out->rules.level = out->row.level;
	return approval_read(f->arena, out->row.levels, &out->levels, e) && load_tasks(f, out, e) &&
	       load_accounts(f, out, e) && load_delegations(f, out, e);
}

bool flow_approval_imagine(struct flow *f, const struct approval_levels *levels,
			   const char *applicant, struct flow_approval *out, struct err *e)
{
	*out = (struct flow_approval){.levels = *levels};
	out->rules.levels = levels;
	out->rules.applicant = applicant;
	out->rules.now_ms = f->now_ms;
	return load_accounts(f, out, e) && load_delegations(f, out, e);
}

bool flow_approval_asks(const struct flow_approval *p)
{
	return p->row.instance != NULL && p->row.level > 0;
}

/* --- names --- */

static const char *name_of(const struct flow_approval *p, const char *account)
{
	for (size_t k = 0; k < p->rules.account_count; k++) {
		if (text_equal(p->accounts[k].id, account))
			return p->accounts[k].name;
	}
	return account;
}

static bool is_new(const struct change *c, size_t k, enum task_state state)
{
	return c->after.tasks[k].state == state &&
	       (k >= c->before->tasks.count || c->before->rules.tasks[k].state != state);
}

/* Of those whose task came into the state by this step (or, with every, is in it), one after another. */
static const char *names(struct flow *f, const struct change *c, enum task_state state, bool every,
			 const char *between)
{
	const char *all = "";

	for (size_t k = 0; k < c->after.task_count; k++) {
		const struct approval_task *t = &c->after.tasks[k];

		if (t->state != state || !(every || is_new(c, k, state)))
			continue;
		all = *all == '\0' ? name_of(c->before, t->account)
				   : arena_printf(f->arena, "%s%s%s", all, between,
						  name_of(c->before, t->account));
	}
	return all;
}

static const char *level_name(struct flow *f, const struct flow_approval *p, int64_t level)
{
	const struct approval_level *l =
	    (const struct approval_level *)p->levels.levels.items + level - 1;

	return l->name == NULL || *l->name == '\0'
		   ? arena_printf(f->arena, "level %lld", (long long)level)
		   : arena_printf(f->arena, "level %lld (%s)", (long long)level, l->name);
}

/* --- storing --- */

static bool add_task(struct flow *f, const struct change *c, const struct approval_task *t,
		     struct err *e)
{
	char *id = arena_alloc(f->arena, ID_SIZE);

	id_new(id);
	return store_task_add(
	    f->db,
	    &(struct store_task){.id = id,
				 .instance = c->instance->id,
				 .level = t->level,
				 .kind = task_kind_name(t->kind),
				 .account = t->account,
				 .name = name_of(c->before, t->account),
				 .state = task_state_name(t->state),
				 .opened_ms = f->now_ms,
				 .ended_ms = t->state == TASK_OPEN ? 0 : f->now_ms},
	    e);
}

static bool set_task(struct flow *f, const struct change *c, size_t k, struct err *e)
{
	const struct approval_task *t = &c->after.tasks[k];
	struct store_task row = c->before->tasks.items[k];
	bool answered = t->state == TASK_APPROVED || t->state == TASK_REJECTED;

	row.state = task_state_name(t->state);
	row.acted_by = t->acted_by;
	row.acted_name = t->acted_by == NULL ? "" : name_of(c->before, t->acted_by);
	row.comment = answered ? c->decision->comment : "";
	row.ended_ms = t->state == TASK_OPEN ? 0 : f->now_ms;
	if (t->state == TASK_OPEN)
		row.opened_ms = f->now_ms;
	return store_task_set(f->db, &row, e);
}

static bool store_tasks(struct flow *f, const struct change *c, struct err *e)
{
	for (size_t k = 0; k < c->after.task_count; k++) {
		bool known = k < c->before->tasks.count;

		if (known && c->after.tasks[k].state == c->before->rules.tasks[k].state)
			continue;
		if (!(known ? set_task(f, c, k, e) : add_task(f, c, &c->after.tasks[k], e)))
			return false;
	}
	return true;
}

/* A new level has its deadlines of its own. */
static bool store_state(struct flow *f, const struct change *c, struct err *e)
{
	const struct approval_levels *levels = &c->before->levels;
	struct store_approval row = {.instance = c->instance->id,
				     .level = c->after.level,
				     .alone = c->after.alone,
				     .due_ms = c->before->row.due_ms};
	struct store_reminder remind = {.instance = c->instance->id};

	if (c->event == APPROVAL_ESCALATE)
		row.due_ms = 0;
	if (c->after.opened)
		row.due_ms =
		    levels->escalate_hours == 0 ? 0 : f->now_ms + levels->escalate_hours * HOUR_MS;
	if (!store_approval_set(f->db, &row, e))
		return false;
	if (!c->after.opened)
		return true;
	db_note(f->db, NOTE_CLOCK, c->instance->id);
	if (levels->remind_hours > 0 && levels->reminders > 0)
		remind.due_ms = f->now_ms + levels->remind_hours * HOUR_MS;
	return store_instance_remind_set(f->db, &remind, e);
}

static size_t count_kind(const struct change *c, enum task_kind kind)
{
	size_t n = 0;

	for (size_t k = 0; k < c->after.task_count; k++)
		n += c->after.tasks[k].state == TASK_OPEN && c->after.tasks[k].kind == kind;
	return n;
}

/* What an administrator should see, as long as it is so. */
static bool store_note(struct flow *f, const struct change *c, struct err *e)
{
	const char *was = c->instance->note, *note = "";

	if (c->after.alone)
		note = NOTE_NOBODY;
	else if (count_kind(c, TASK_FOR_ADMINISTRATOR) > 0 &&
		 count_kind(c, TASK_FOR_APPROVER) == 0 && count_kind(c, TASK_FOR_FALLBACK) == 0)
		note = NOTE_ADMINISTRATORS;
	if (text_equal(was, note) || (*note == '\0' && !text_equal(was, NOTE_NOBODY) &&
				      !text_equal(was, NOTE_ADMINISTRATORS)))
		return true;
	return store_instance_note(f->db, c->instance->id, note, e);
}

static bool store_waiting(struct flow *f, const struct change *c, struct err *e)
{
	struct store_instance i = *c->instance;

	i.pending_with = names(f, c, TASK_OPEN, true, "\n");
	return text_equal(i.pending_with, c->instance->pending_with) ||
	       store_instance_seen(f->db, &i, e);
}

/* --- the record --- */

static bool record_answer(struct flow *f, const struct change *c, struct err *e)
{
	bool approved = c->event == APPROVAL_APPROVE;
	enum task_state state = approved ? TASK_APPROVED : TASK_REJECTED;
	const char *text = level_name(f, c->before, c->before->row.level), *owners = "";

	for (size_t k = 0; k < c->after.task_count; k++) {
		const struct approval_task *t = &c->after.tasks[k];

		if (is_new(c, k, state) && t->acted_by != NULL)
			owners = arena_printf(f->arena, "%s%s%s", owners,
					      *owners == '\0' ? ", for " : ", ",
					      name_of(c->before, t->account));
	}
	text = arena_printf(f->arena, "%s%s%s%s", text, owners,
			    *c->decision->comment == '\0' ? "" : ": ", c->decision->comment);
	return flow_record(f, c->instance, approved ? "level-approved" : "level-rejected",
			   c->decision->by, text, e);
}

static bool record_skipped(struct flow *f, const struct change *c, struct err *e)
{
	const char *skipped = names(f, c, TASK_SKIPPED, false, ", ");

	return *skipped == '\0' ||
	       flow_record(f, c->instance, "approver-skipped", "",
			   arena_printf(f->arena, "%s: cannot be asked: %s",
					level_name(f, c->before, c->after.level), skipped),
			   e);
}

static bool record_asked(struct flow *f, const struct change *c, struct err *e)
{
	const char *asked = names(f, c, TASK_OPEN, false, ", ");
	const char *kind = c->event == APPROVAL_ESCALATE ? "escalated" : "asked";

	return *asked == '\0' ||
	       flow_record(f, c->instance, kind, "",
			   arena_printf(f->arena, "%s: %s",
					level_name(f, c->before, c->after.level), asked),
			   e);
}

static bool record(struct flow *f, const struct change *c, struct err *e)
{
	if (c->decision != NULL && !record_answer(f, c, e))
		return false;
	if (!record_skipped(f, c, e) || !record_asked(f, c, e))
		return false;
	return !c->after.alone || c->before->row.alone ||
	       flow_record(f, c->instance, "nobody-left", "", NOTE_NOBODY, e);
}

/* --- telling --- */

static const char *person_of(const struct flow_approval *p, const char *account)
{
	for (size_t k = 0; k < p->rules.account_count; k++) {
		if (text_equal(p->accounts[k].id, account))
			return p->accounts[k].person;
	}
	return NULL;
}

/* Whose turn it is, or the last of those who stand in for him. */
static bool tell(struct flow *f, const struct store_instance *i, const struct flow_approval *p,
		 const char *owner, enum notice what, struct err *e)
{
	const char *chain[APPROVAL_MAX_CHAIN], *person;
	size_t n = approval_actors(&p->rules, owner, chain);

	if (n == 0)
		return true;
	person = person_of(p, chain[n - 1]);
	if (person == NULL)
		return true;
	return flow_notify(
	    f, i,
	    &(struct flow_notice){.what = what, .person = person, .who = "", .comment = i->reason},
	    e);
}

static enum notice notice_of(const struct change *c, const struct approval_task *t)
{
	if (c->event == APPROVAL_ESCALATE)
		return NOTICE_ESCALATED;
	return t->kind == TASK_FOR_ADMINISTRATOR ? NOTICE_NOBODY : NOTICE_TASK;
}

static bool tell_all(struct flow *f, const struct change *c, struct err *e)
{
	bool on;

	if (!flow_notify_approvers(f, c->instance, &on, e))
		return false;
	for (size_t k = 0; on && k < c->after.task_count; k++) {
		const struct approval_task *t = &c->after.tasks[k];

		if (is_new(c, k, TASK_OPEN) &&
		    !tell(f, c->instance, c->before, t->account, notice_of(c, t), e))
			return false;
	}
	return true;
}

/* --- steps --- */

static bool take_step(struct flow *f, struct change *c, struct err *e)
{
	const char *account = c->decision == NULL ? NULL : c->decision->who.account;

	failpoint("level-begun");
	if (!approval_step(f->arena, &c->before->rules, c->event, account, &c->after, e) ||
	    !store_tasks(f, c, e) || !record(f, c, e))
		return false;
	failpoint("level-recorded");
	return c->after.verdict != APPROVAL_WAITS || (store_state(f, c, e) && store_note(f, c, e) &&
						      store_waiting(f, c, e) && tell_all(f, c, e));
}

static bool begin(struct flow *f, const struct store_instance *i, struct err *e)
{
	struct flow_approval p;
	struct change c = {.instance = i, .before = &p, .event = APPROVAL_BEGIN};

	return flow_approval_load(f, i, &p, e) && take_step(f, &c, e);
}

bool flow_approval_begin(struct flow *f, const struct store_instance *i, const char *levels,
			 struct err *e)
{
	return store_approval_add(
		   f->db, &(struct store_approval){.instance = i->id, .levels = levels}, e) &&
	       begin(f, i, e);
}

bool flow_approval_prepare(struct flow *f, const struct store_instance *i, const char *fallback,
			   struct err *e)
{
	struct approval_fallback in;
	struct approval_levels levels;

	if (!approval_fallback_read(f->arena, fallback, &in, e))
		return false;
	approval_of_fallback(f->arena, &in, &levels);
	db_note(f->db, NOTE_CLOCK, i->id);
	return store_approval_add(
	    f->db,
	    &(struct store_approval){.instance = i->id,
				     .levels = approval_write(f->arena, &levels),
				     .due_ms = f->now_ms + in.after_minutes * 60000},
	    e);
}

bool flow_approval_answer(struct flow *f, const struct store_instance *i,
			  const struct flow_approval *p, bool approve,
			  const struct flow_decision *d, enum approval_verdict *out, struct err *e)
{
	struct change c = {.instance = i,
			   .before = p,
			   .decision = d,
			   .event = approve ? APPROVAL_APPROVE : APPROVAL_REJECT};

	if (!take_step(f, &c, e))
		return false;
	*out = c.after.verdict;
	return true;
}

bool flow_approval_review(struct flow *f, const struct store_instance *i,
			  const struct flow_approval *p, enum approval_verdict *out,
			  const char **by, struct err *e)
{
	struct change c = {.instance = i, .before = p, .event = APPROVAL_REVIEW};

	if (!take_step(f, &c, e))
		return false;
	*out = c.after.verdict;
	*by = names(f, &c, TASK_APPROVED, true, ", ");
	return true;
}

static bool is_in_dingtalk(const struct store_instance *i)
{
	return !text_equal(i->delivery, delivery_name(DELIVERY_QUEUED)) &&
	       !text_equal(i->delivery, delivery_name(DELIVERY_FAILED));
}

/* DingTalk has it by now, or it is asked beside. */
static bool fall_back(struct flow *f, const struct store_instance *i, const struct flow_approval *p,
		      struct err *e)
{
	if (is_in_dingtalk(i))
		return store_approval_set(f->db, &(struct store_approval){.instance = i->id}, e);
	failpoint("level-fallback-begun");
	return flow_record(f, i, "fallback", "",
			   "DingTalk does not have the request in time: it is asked here too", e) &&
	       take_step(f, &(struct change){.instance = i, .before = p, .event = APPROVAL_BEGIN},
			 e);
}

bool flow_approval_overdue(struct flow *f, const struct store_instance *i,
			   const struct flow_approval *p, struct err *e)
{
	if (p->row.due_ms == 0 || p->row.due_ms > f->now_ms)
		return true; /* another server was first */
	if (p->row.level == 0)
		return fall_back(f, i, p, e);
	failpoint("level-escalation-begun");
	return take_step(
	    f, &(struct change){.instance = i, .before = p, .event = APPROVAL_ESCALATE}, e);
}

bool flow_approval_remind(struct flow *f, const struct store_instance *i,
			  const struct flow_approval *p, bool *sent, bool *last, struct err *e)
{
	*sent = flow_approval_asks(p) && p->levels.remind_hours > 0;
	*last = i->reminders + 1 >= p->levels.reminders;
	for (size_t k = 0; *sent && k < p->tasks.count; k++) {
		if (p->rules.tasks[k].state == TASK_OPEN &&
		    !tell(f, i, p, p->tasks.items[k].account, NOTICE_REMINDER, e))
			return false;
	}
	return true;
}

bool flow_approval_tell(struct flow *f, struct flow_approval *people, const struct store_turn *turn,
			const char *account, struct err *e)
{
	const char *chain[APPROVAL_MAX_CHAIN];
	struct store_instance i;
	size_t n;
	bool on;

	people->rules.applicant = turn->person;
	n = approval_actors(&people->rules, turn->task.account, chain);
	if (n == 0 || !text_equal(chain[n - 1], account))
		return true;
	return store_instance_get(f->db, f->arena, turn->task.instance, &i, e) &&
	       flow_notify_approvers(f, &i, &on, e) &&
	       (!on || tell(f, &i, people, turn->task.account, NOTICE_TASK, e));
}
