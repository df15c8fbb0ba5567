#include "dingsim/instance.h"

#include <string.h>

#include "base/text.h"
#include "dingsim/event.h"
#include "dingsim/flow.h"
#include "dingsim/format.h"

static bool record(struct call *c, const struct instance *i, const struct record *what,
		   struct err *e)
{
	struct record r = *what;

	r.instance = i->id;
	r.ms = c->now_ms;
	r.remark = r.remark ? r.remark : "";
	r.images = r.images ? r.images : "[]";
	r.attachments = r.attachments ? r.attachments : "[]";
	r.cc = r.cc ? r.cc : "[]";
	return store_record_add(&c->store, &r, e);
}

static const struct json *flow_step(const struct json *flow, int64_t step)
{
	const struct json *item = flow->first;

	while (item && step--)
		item = item->next;
	return item;
}

/* Whose place the new task takes: the tasks that wait for it, or for which it waits, and its state. */
static bool open_task(struct call *c, const struct instance *i, const struct person *person,
		      const struct task *like, struct err *e)
{
	struct task t = {.instance = i->id,
			 .step = i->step,
			 .userid = person->userid,
			 .status =
			     like && text_equal(like->status, "PAUSED") ? "PAUSED" : "RUNNING",
			 .result = "NONE",
			 .before = like ? like->before : 0,
			 .created_ms = c->now_ms};

	if (!store_task_add(&c->store, &t, e))
		return false;
	if (like && like->id && !store_tasks_before(&c->store, like->id, t.id, e))
		return false;
	return event_task(
	    c, i, &(struct event_task){.type = "start", .task = &t, .agent = person->agent}, e);
}

/* Those that are not over, beside this one; all of them when it is NULL. */
static bool open_tasks(struct call *c, const struct instance *i, const struct task *except,
		       struct task **out, struct err *e)
{
	struct task *all, *next;
	struct task **end = out;

	*out = NULL;
	if (!store_tasks(&c->store, i->id, &all, e))
		return false;
	for (; all; all = next) {
		next = all->next;
		all->next = NULL;
		if ((!text_equal(all->status, "RUNNING") && !text_equal(all->status, "PAUSED")) ||
		    (except && all->id == except->id))
			continue;
		*end = all;
		end = &all->next;
	}
	return true;
}

static bool has_task(const struct task *tasks, const char *userid)
{
	while (tasks && !text_equal(tasks->userid, userid))
		tasks = tasks->next;
	return tasks != NULL;
}

/* Who does what is given to userid, NULL when nobody does or has a task among these already. */
static bool heir(struct call *c, const struct instance *i, const char *userid,
		 const struct task *tasks, struct person **out, struct err *e)
{
	const struct json *managers;
	struct form *form;

	if (!store_form(&c->store, i->process_code, &form, e) ||
	    !call_stored(c, form->managers, &managers, e) ||
	    !flow_heir(&c->store, managers, userid, out, e))
		return false;
	if (*out && has_task(tasks, (*out)->userid))
		*out = NULL;
	return true;
}

/* *opened: somebody has it now. */
static bool open_step(struct call *c, const struct instance *i, const struct json *step,
		      bool *opened, struct err *e)
{
	const struct json *user;
	struct person *person;
	struct task *open;

	for (user = json_get(step, "userIds")->first; user; user = user->next) {
		if (!open_tasks(c, i, NULL, &open, e) ||
		    !heir(c, i, user->text, open, &person, e) ||
		    (person && !open_task(c, i, person, NULL, e)))
			return false;
		*opened = *opened || person;
	}
	return true;
}

static bool copy_people_in(struct call *c, const struct instance *i, const char *position,
			   struct err *e)
{
	const struct json *cc, *user;

	if (!strstr(i->cc_position, position))
		return true;
	if (!call_stored(c, i->cc, &cc, e))
		return false;
	for (user = cc->first; user; user = user->next) {
		AUTO(buf_done) struct buf list = {0};
		struct json_writer w = {.out = &list};
		struct person *person;

		if (!flow_employed(&c->store, user->text, &person, e))
			return false;
		if (!person)
			continue;
		json_array(&w, NULL);
		json_put_text(&w, NULL, user->text);
		json_array_end(&w);
		if (!record(c, i,
			    &(struct record){.userid = user->text,
					     .type = "PROCESS_CC",
					     .result = "NONE",
					     .cc = list.data,
					     .step = -1},
			    e))
			return false;
	}
	return true;
}

static bool finish(struct call *c, struct instance *i, const char *result, struct err *e)
{
	i->status = "COMPLETED";
	i->result = result;
	i->finished_ms = c->now_ms;
	return copy_people_in(c, i, "FINISH", e) && event_instance(c, i, "finish", e);
}

/* The first step from this one on that somebody can do, or the end. */
static bool advance(struct call *c, struct instance *i, int64_t step, struct err *e)
{
	const struct json *flow, *next;
	bool opened = false;

	if (!call_stored(c, i->flow, &flow, e))
		return false;
	for (next = flow_step(flow, step); next && !opened; next = next->next) {
		i->step = step++;
		if (!open_step(c, i, next, &opened, e))
			return false;
	}
	return opened || finish(c, i, "agree", e);
}

bool instance_start(struct call *c, struct instance *i, struct err *e)
{
	char id[FORMAT_INSTANCE_SIZE], business[FORMAT_BUSINESS_SIZE];
	int64_t serial;

	if (!store_instance_serial(&c->store, &serial, e))
		return false;
	/* Real ones are created on whole seconds, and the id ends with that second. */
	i->created_ms = c->now_ms / 1000 * 1000;
	format_instance_id(i->created_ms, id);
	format_business_id(i->created_ms, serial, business);
	i->id = arena_dup(c->store.arena, id);
	i->business_id = arena_dup(c->store.arena, business);
	i->status = "RUNNING";
	i->result = "";
	i->biz_action = i->biz_action ? i->biz_action : "NONE";
	i->main = i->main ? i->main : "";
	i->step = 0;
	return store_instance_add(&c->store, i, e) &&
	       record(c, i,
		      &(struct record){.userid = i->originator,
				       .type = "START_PROCESS_INSTANCE",
				       .result = "NONE",
				       .step = -1},
		      e) &&
	       copy_people_in(c, i, "START", e) && event_instance(c, i, "start", e) &&
	       advance(c, i, 0, e) && store_instance_set(&c->store, i, e);
}

bool instance_agent(struct call *c, const struct task *t, const char *person, bool *out,
		    struct err *e)
{
	struct person *own;

	*out = false;
	if (store_person(&c->store, t->userid, &own, e)) {
		*out = text_equal(own->agent, person);
		return true;
	}
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return true;
}

static bool may_decide(struct call *c, const struct decision *d, bool *agent, struct err *e)
{
	if (!instance_agent(c, d->task, d->person, agent, e))
		return false;
	if (!*agent && !text_equal(d->task->userid, d->person))
		return call_fault(c, e, "invalidInstanceExecuteActionerUserId", NULL);
	if (!text_equal(d->instance->status, "RUNNING"))
		return call_fault(c, e, "aflowProcessInstStatusException", NULL);
	if (!text_equal(d->task->status, "RUNNING"))
		return call_fault(c, e, "aflowProcessInstCanNotBeExecuted", NULL);
	return true;
}

static bool cancel_tasks(struct call *c, struct task *tasks, const char *status, struct err *e)
{
	for (; tasks; tasks = tasks->next) {
		tasks->status = status;
		tasks->finished_ms = c->now_ms;
		if (!store_task_set(&c->store, tasks, e))
			return false;
	}
	return true;
}

static bool cancel_events(struct call *c, const struct instance *i, const struct task *tasks,
			  struct err *e)
{
	for (; tasks; tasks = tasks->next)
		if (!event_task(c, i, &(struct event_task){.type = "cancel", .task = tasks}, e))
			return false;
	return true;
}

/* This decision ends the step: a refusal, a single person, one of an OR, the last of an AND. One
 * that was added before another does not, but for a refusal. */
static bool ends_step(struct call *c, const struct decision *d, const struct task *others,
		      bool *out, struct err *e)
{
	const struct json *flow;
	const char *action;

	if (!call_stored(c, d->instance->flow, &flow, e))
		return false;
	action = json_text(flow_step(flow, d->instance->step), "actionType");
	*out = !d->agree || (!d->task->before && (!others || !text_equal(action, "AND")));
	return true;
}

/* Whoever waited for this task goes on, when nobody else is before them. */
static bool go_on(struct call *c, const struct task *t, struct task *others, struct err *e)
{
	struct task *other, *waiting = NULL;

	for (other = others; other && t->before; other = other->next) {
		if (other->before == t->before)
			return true;
		if (other->id == t->before)
			waiting = other;
	}
	if (!waiting)
		return true;
	waiting->status = "RUNNING";
	return store_task_set(&c->store, waiting, e);
}

static bool decided(struct call *c, const struct decision *d, const char *type, struct err *e)
{
	d->task->status = "COMPLETED";
	d->task->result = d->agree ? "AGREE" : "REFUSE";
	d->task->finished_ms = c->now_ms;
	return store_task_set(&c->store, d->task, e) &&
	       record(c, d->instance,
		      &(struct record){.userid = d->person,
				       .type = type,
				       .result = d->task->result,
				       .remark = d->remark,
				       .images = d->files.images,
				       .attachments = d->files.attachments,
				       .step = d->task->step},
		      e);
}

/* The order of events is that of real traffic: what follows the decision (the next tasks, or the
 * instance's end) comes before the end of the decided task. */
static bool follow(struct call *c, const struct decision *d, struct task *others, struct err *e)
{
	struct instance *i = d->instance;

	return cancel_tasks(c, others, "CANCELED", e) &&
	       (d->agree ? advance(c, i, i->step + 1, e) : finish(c, i, "refuse", e)) &&
	       store_instance_set(&c->store, i, e);
}

bool instance_decide(struct call *c, const struct decision *d, struct err *e)
{
	struct instance *i = d->instance;
	struct task *others;
	bool over, agent;

	if (!may_decide(c, d, &agent, e) ||
	    !decided(c, d, agent ? "EXECUTE_TASK_AGENT" : "EXECUTE_TASK_NORMAL", e) ||
	    !open_tasks(c, i, d->task, &others, e) || !ends_step(c, d, others, &over, e) ||
	    !(over ? follow(c, d, others, e) : go_on(c, d->task, others, e)))
		return false;
	return event_task(c, i,
			  &(struct event_task){.type = "finish",
					       .task = d->task,
					       .agent = agent ? d->person : NULL,
					       .remark = d->remark},
			  e) &&
	       (!over || cancel_events(c, i, others, e));
}

static bool may_terminate(struct call *c, const struct instance *i, const char *person,
			  struct err *e)
{
	int64_t delay_s = c->sim->options.withdraw_delay_s;
	struct form *form;

	if (!text_equal(i->status, "RUNNING"))
		return call_fault(c, e, "aflowProcessInstStatusException", NULL);
	if (c->now_ms < i->created_ms + delay_s * 1000)
		return call_fault(c, e, "aflowProcessInstStatusException",
				  "审批单发起%lld秒内不能撤销，请稍后再试", (long long)delay_s);
	if (!store_form(&c->store, i->process_code, &form, e))
		return false;
	if (person && !form->allow_withdraw)
		return call_fault(c, e, "internalError",
				  "该审批模板不允许提交人撤销审批中的审批单");
	return true;
}

bool instance_terminate(struct call *c, struct instance *i, const char *person, const char *remark,
			struct err *e)
{
	struct task *open;

	if (!may_terminate(c, i, person, e))
		return false;
	i->status = "TERMINATED";
	i->finished_ms = c->now_ms;
	return open_tasks(c, i, NULL, &open, e) && cancel_tasks(c, open, "CANCELED", e) &&
	       store_instance_set(&c->store, i, e) &&
	       record(c, i,
		      &(struct record){.userid = person ? person : i->originator,
				       .type = "TERMINATE_PROCESS_INSTANCE",
				       .result = "NONE",
				       .remark = remark,
				       .step = -1},
		      e) &&
	       event_instance(c, i, "terminate", e) && cancel_events(c, i, open, e);
}

/* It can be given to another, who has no task in this step. */
static bool may_give(struct call *c, const struct transfer *t, struct err *e)
{
	struct task *open;

	if (!text_equal(t->instance->status, "RUNNING"))
		return call_fault(c, e, "instance.status.error", NULL);
	if (!text_equal(t->task->status, "RUNNING"))
		return call_fault(c, e, "task.status.error", NULL);
	if (!text_equal(t->task->userid, t->person))
		return call_fault(c, e, "param.illegal.operator", NULL);
	if (!open_tasks(c, t->instance, NULL, &open, e))
		return false;
	return !has_task(open, t->to) ||
	       call_fault(c, e, "param.illegal", "被转交人已是该节点的审批人");
}

static bool given(struct call *c, const struct transfer *t, const char *type, struct err *e)
{
	return record(c, t->instance,
		      &(struct record){.userid = t->person,
				       .type = type,
				       .result = "NONE",
				       .remark = t->remark,
				       .images = t->files.images,
				       .attachments = t->files.attachments,
				       .step = t->task->step},
		      e);
}

/* The task goes to the person with all that hangs on it. As with a decision, what follows is told
 * first. */
static bool redirect(struct call *c, const struct transfer *t, const struct person *to,
		     struct err *e)
{
	const struct task was = *t->task;

	t->task->status = "COMPLETED";
	t->task->result = "REDIRECTED";
	t->task->finished_ms = c->now_ms;
	return store_task_set(&c->store, t->task, e) && given(c, t, "REDIRECT_TASK", e) &&
	       open_task(c, t->instance, to, &was, e) &&
	       event_task(
		   c, t->instance,
		   &(struct event_task){.type = "finish", .task = t->task, .remark = t->remark}, e);
}

bool instance_redirect(struct call *c, const struct transfer *t, struct err *e)
{
	struct person *to;

	return may_give(c, t, e) && store_person(&c->store, t->to, &to, e) && redirect(c, t, to, e);
}

bool instance_add_before(struct call *c, const struct transfer *t, struct err *e)
{
	struct person *to;

	if (!may_give(c, t, e) || !store_person(&c->store, t->to, &to, e))
		return false;
	t->task->status = "PAUSED";
	return store_task_set(&c->store, t->task, e) && given(c, t, "APPEND_TASK_BEFORE", e) &&
	       open_task(c, t->instance, to,
			 &(struct task){.status = "RUNNING", .before = t->task->id}, e);
}

bool instance_add_after(struct call *c, const struct transfer *t, struct err *e)
{
	const struct decision d = {.instance = t->instance,
				   .task = t->task,
				   .person = t->person,
				   .agree = true,
				   .remark = t->remark,
				   .files = t->files};
	struct task *others;
	struct person *to;
	bool over;

	if (!may_give(c, t, e) || !store_person(&c->store, t->to, &to, e) ||
	    !decided(c, &d, "APPEND_TASK_AFTER", e) ||
	    !open_tasks(c, t->instance, t->task, &others, e) || !ends_step(c, &d, others, &over, e))
		return false;
	/* One agreement was enough for the others of an OR; the added one comes all the same. */
	if (!over)
		others = NULL;
	return cancel_tasks(c, others, "CANCELED", e) &&
	       open_task(c, t->instance, to,
			 &(struct task){.status = "RUNNING", .before = t->task->before}, e) &&
	       event_task(
		   c, t->instance,
		   &(struct event_task){.type = "finish", .task = t->task, .remark = t->remark},
		   e) &&
	       cancel_events(c, t->instance, others, e);
}

/* A task that nobody can do is not waited for. */
static bool drop_task(struct call *c, struct instance *i, struct task *t, struct task *others,
		      struct err *e)
{
	t->status = "CANCELED";
	t->finished_ms = c->now_ms;
	if (!store_task_set(&c->store, t, e) || !go_on(c, t, others, e) ||
	    !store_tasks_before(&c->store, t->id, t->before, e))
		return false;
	if (!others && (!advance(c, i, i->step + 1, e) || !store_instance_set(&c->store, i, e)))
		return false;
	return event_task(c, i, &(struct event_task){.type = "cancel", .task = t}, e);
}

static bool hand_over(struct call *c, struct task *t, struct err *e)
{
	struct transfer given_up = {.task = t, .person = t->userid, .remark = "审批人已离开组织"};
	struct person *to;
	struct task *others;

	if (!store_instance(&c->store, t->instance, &given_up.instance, e) ||
	    !open_tasks(c, given_up.instance, t, &others, e) ||
	    !heir(c, given_up.instance, t->userid, others, &to, e))
		return false;
	return to ? redirect(c, &given_up, to, e) : drop_task(c, given_up.instance, t, others, e);
}

bool instance_person_left(struct call *c, const char *userid, struct err *e)
{
	struct task *t;

	for (;;) {
		if (!store_tasks_open(&c->store, userid, &t, e))
			return false;
		if (!t)
			return true;
		/* One at a time: what follows from it may end the others. */
		if (!hand_over(c, t, e))
			return false;
	}
}

bool instance_delete(struct call *c, struct instance *i, struct err *e)
{
	struct task *open;

	return open_tasks(c, i, NULL, &open, e) && cancel_tasks(c, open, "CANCELED", e) &&
	       event_instance(c, i, "delete", e) && cancel_events(c, i, open, e) &&
	       store_instance_remove(&c->store, i->id, e);
}

bool instance_comment(struct call *c, const struct instance *i, const struct comment *comment,
		      struct err *e)
{
	return record(c, i,
		      &(struct record){.userid = comment->person,
				       .type = "ADD_REMARK",
				       .result = "NONE",
				       .remark = comment->text,
				       .images = comment->files.images,
				       .attachments = comment->files.attachments,
				       .step = -1},
		      e) &&
	       event_task(c, i,
			  &(struct event_task){.type = "comment",
					       .person = comment->person,
					       .remark = comment->text},
			  e);
}

static bool may_attach(struct call *c, const struct attachment *a, struct err *e)
{
	const struct instance *main = a->main;
	struct instance *other;
	struct form *form;

	if (!text_equal(a->person, main->originator))
		return err_set(e, ERR_FORBIDDEN, "只有发起人可以撤销或修改审批单");
	if (*main->main || !text_equal(main->status, "COMPLETED") ||
	    !text_equal(main->result, "agree"))
		return err_set(e, ERR_CONFLICT, "只有已通过的审批单可以撤销或修改");
	if (!store_form(&c->store, main->process_code, &form, e) ||
	    !store_instances_attached(&c->store, main->id, &other, e))
		return false;
	if (!form->allow_revoke)
		return err_set(e, ERR_FORBIDDEN, "该审批模板不允许撤销或修改已通过的审批单");
	for (; other; other = other->next) {
		if (text_equal(other->status, "RUNNING"))
			return err_set(e, ERR_CONFLICT, "已有进行中的撤销或修改");
		if (text_equal(other->biz_action, "REVOKE") && text_equal(other->result, "agree"))
			return err_set(e, ERR_CONFLICT, "审批单已被撤销");
	}
	return true;
}

bool instance_attach(struct call *c, const struct attachment *a, struct instance **out,
		     struct err *e)
{
	struct instance *i = arena_new(c->store.arena, struct instance);

	if (!may_attach(c, a, e))
		return false;
	*i = *a->main;
	i->next = NULL;
	i->biz_action = a->action;
	i->main = a->main->id;
	i->values = a->values ? a->values : a->main->values;
	i->finished_ms = 0;
	*out = i;
	return instance_start(c, i, e);
}
