#include "dingsim/instance.h"

#include <string.h>

#include "base/text.h"
#include "dingsim/event.h"
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
	return store_record_add(&c->store, &r, e);
}

static const struct json *flow_step(const struct json *flow, int64_t step)
{
	const struct json *item = flow->first;

	while (item && step--)
		item = item->next;
	return item;
}

static bool open_task(struct call *c, const struct instance *i, const char *userid, struct err *e)
{
	struct task t = {.instance = i->id,
			 .step = i->step,
			 .userid = userid,
			 .status = "RUNNING",
			 .result = "NONE",
			 .created_ms = c->now_ms};

	return store_task_add(&c->store, &t, e) &&
	       event_task(c, i, &(struct event_task){.type = "start", .task = &t}, e);
}

static bool open_step(struct call *c, const struct instance *i, const struct json *step,
		      struct err *e)
{
	const struct json *user;

	for (user = json_get(step, "userIds")->first; user; user = user->next)
		if (!open_task(c, i, user->text, e))
			return false;
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
	for (user = cc->first; user; user = user->next)
		if (!record(c, i,
			    &(struct record){.userid = user->text,
					     .type = "PROCESS_CC",
					     .result = "NONE",
					     .step = -1},
			    e))
			return false;
	return true;
}

static bool finish(struct call *c, struct instance *i, const char *result, struct err *e)
{
	i->status = "COMPLETED";
	i->result = result;
	i->finished_ms = c->now_ms;
	return copy_people_in(c, i, "FINISH", e) && event_instance(c, i, "finish", e);
}

/* The step after the present one, or the end. */
static bool advance(struct call *c, struct instance *i, int64_t step, struct err *e)
{
	const struct json *flow, *next;

	if (!call_stored(c, i->flow, &flow, e))
		return false;
	next = flow_step(flow, step);
	if (!next)
		return finish(c, i, "agree", e);
	i->step = step;
	return open_step(c, i, next, e);
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

static bool may_decide(struct call *c, const struct decision *d, struct err *e)
{
	if (!text_equal(d->task->userid, d->person))
		return call_fault(c, e, "invalidInstanceExecuteActionerUserId", NULL);
	if (!text_equal(d->instance->status, "RUNNING"))
		return call_fault(c, e, "aflowProcessInstStatusException", NULL);
	if (!text_equal(d->task->status, "RUNNING"))
		return call_fault(c, e, "aflowProcessInstCanNotBeExecuted", NULL);
	return true;
}

/* The open tasks beside this one; all of them when it is NULL. */
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
		if (!text_equal(all->status, "RUNNING") || (except && all->id == except->id))
			continue;
		*end = all;
		end = &all->next;
	}
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

/* This decision ends the step: a refusal, a single person, one of an OR, the last of an AND. */
static bool ends_step(struct call *c, const struct decision *d, const struct task *others,
		      bool *out, struct err *e)
{
	const struct json *flow;
	const char *action;

	if (!call_stored(c, d->instance->flow, &flow, e))
		return false;
	action = json_text(flow_step(flow, d->instance->step), "actionType");
	*out = !d->agree || !others || !text_equal(action, "AND");
	return true;
}

bool instance_decide(struct call *c, const struct decision *d, struct err *e)
{
	struct instance *i = d->instance;
	struct task *others;
	bool over;

	if (!may_decide(c, d, e))
		return false;
	d->task->status = "COMPLETED";
	d->task->result = d->agree ? "AGREE" : "REFUSE";
	d->task->finished_ms = c->now_ms;
	if (!store_task_set(&c->store, d->task, e) ||
	    !record(c, i,
		    &(struct record){.userid = d->person,
				     .type = "EXECUTE_TASK_NORMAL",
				     .result = d->task->result,
				     .remark = d->remark,
				     .images = d->files.images,
				     .attachments = d->files.attachments,
				     .step = d->task->step},
		    e) ||
	    !open_tasks(c, i, d->task, &others, e) || !ends_step(c, d, others, &over, e))
		return false;
	if (!over)
		others = NULL;
	/* The order of events is that of real traffic: what follows the decision (the next tasks,
	 * or the instance's end) comes before the end of the decided task. */
	if (over && (!cancel_tasks(c, others, "CANCELED", e) ||
		     !(d->agree ? advance(c, i, i->step + 1, e) : finish(c, i, "refuse", e)) ||
		     !store_instance_set(&c->store, i, e)))
		return false;
	return event_task(
		   c, i,
		   &(struct event_task){.type = "finish", .task = d->task, .remark = d->remark},
		   e) &&
	       cancel_events(c, i, others, e);
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

static bool may_redirect(struct call *c, const struct transfer *t, struct err *e)
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
	for (; open; open = open->next)
		if (text_equal(open->userid, t->to))
			return call_fault(c, e, "param.illegal", "被转交人已是该节点的审批人");
	return true;
}

bool instance_redirect(struct call *c, const struct transfer *t, struct err *e)
{
	struct instance *i = t->instance;

	if (!may_redirect(c, t, e))
		return false;
	t->task->status = "COMPLETED";
	t->task->result = "REDIRECTED";
	t->task->finished_ms = c->now_ms;
	/* As with a decision, what follows is told first. */
	return store_task_set(&c->store, t->task, e) &&
	       record(c, i,
		      &(struct record){.userid = t->person,
				       .type = "REDIRECT_TASK",
				       .result = "NONE",
				       .remark = t->remark,
				       .images = t->files.images,
				       .attachments = t->files.attachments,
				       .step = t->task->step},
		      e) &&
	       open_task(c, i, t->to, e) &&
	       event_task(
		   c, i,
		   &(struct event_task){.type = "finish", .task = t->task, .remark = t->remark}, e);
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

static void put_minute(struct json_writer *w, const char *key, int64_t ms)
{
	char text[FORMAT_MINUTE_SIZE];

	if (!ms)
		return;
	format_minute(ms, text);
	json_put_text(w, key, text);
}

static void put_empty(struct json_writer *w, const char *key)
{
	json_array(w, key);
	json_array_end(w);
}

static bool put_files(struct call *c, const struct record *r, struct err *e)
{
	const struct json *images, *attachments;

	if (!call_stored(c, r->images, &images, e) ||
	    !call_stored(c, r->attachments, &attachments, e))
		return false;
	json_put_json(&c->w, "attachments", attachments);
	json_put_json(&c->w, "images", images);
	return true;
}

static bool put_record(struct call *c, const struct instance *i, const struct record *r,
		       struct err *e)
{
	char activity[FORMAT_ACTIVITY_SIZE];

	json_object(&c->w, NULL);
	json_put_text(&c->w, "userId", r->userid);
	put_minute(&c->w, "date", r->ms);
	json_put_text(&c->w, "type", r->type);
	json_put_text(&c->w, "result", r->result);
	if (*r->remark)
		json_put_text(&c->w, "remark", r->remark);
	if (r->step >= 0) {
		format_activity_id(i->id, r->step, activity);
		json_put_text(&c->w, "activityId", activity);
		json_put_text(&c->w, "showName", "审批人");
		put_empty(&c->w, "ccUserIds");
	}
	if ((r->step >= 0 || text_equal(r->type, "ADD_REMARK")) && !put_files(c, r, e))
		return false;
	json_object_end(&c->w);
	return true;
}

static bool put_records(struct call *c, const struct instance *i, struct err *e)
{
	struct record *r;

	if (!store_records(&c->store, i->id, &r, e))
		return false;
	json_array(&c->w, "operationRecords");
	for (; r; r = r->next)
		if (!put_record(c, i, r, e))
			return false;
	json_array_end(&c->w);
	return true;
}

static void put_task(struct call *c, const struct instance *i, const struct task *t)
{
	char activity[FORMAT_ACTIVITY_SIZE];
	const char *url = arena_printf(c->store.arena, "?procInsId=%s&taskId=%lld&businessId=%s",
				       i->id, (long long)t->id, i->business_id);

	format_activity_id(i->id, t->step, activity);
	json_object(&c->w, NULL);
	json_put_i64(&c->w, "taskId", t->id);
	json_put_text(&c->w, "userId", t->userid);
	json_put_text(&c->w, "status", t->status);
	json_put_text(&c->w, "result", t->result);
	put_minute(&c->w, "createTime", t->created_ms);
	put_minute(&c->w, "finishTime", t->finished_ms);
	json_put_text(&c->w, "mobileUrl", url);
	json_put_text(&c->w, "pcUrl", url);
	json_put_text(&c->w, "processInstanceId", i->id);
	json_put_text(&c->w, "activityId", activity);
	json_object_end(&c->w);
}

static bool put_tasks(struct call *c, const struct instance *i, struct err *e)
{
	struct task *tasks;
	const struct task *t;

	if (!store_tasks(&c->store, i->id, &tasks, e))
		return false;
	json_array(&c->w, "tasks");
	for (t = tasks; t; t = t->next)
		put_task(c, i, t);
	json_array_end(&c->w);
	json_array(&c->w, "approverUserIds");
	for (t = tasks; t; t = t->next)
		json_put_text(&c->w, NULL, t->userid);
	json_array_end(&c->w);
	return true;
}

static bool put_attached(struct call *c, const struct instance *i, struct err *e)
{
	struct instance *other;

	if (!store_instances_attached(&c->store, i->id, &other, e))
		return false;
	json_array(&c->w, "attachedProcessInstanceIds");
	for (; other; other = other->next)
		json_put_text(&c->w, NULL, other->id);
	json_array_end(&c->w);
	return true;
}

bool instance_put(struct call *c, const struct instance *i, struct err *e)
{
	const struct json *values, *cc;

	if (!call_stored(c, i->values, &values, e) || !call_stored(c, i->cc, &cc, e))
		return false;
	json_put_text(&c->w, "title", i->title);
	put_minute(&c->w, "createTime", i->created_ms);
	put_minute(&c->w, "finishTime", i->finished_ms);
	json_put_text(&c->w, "originatorUserId", i->originator);
	json_put_text(&c->w, "originatorDeptId",
		      arena_printf(c->store.arena, "%lld", (long long)i->department));
	json_put_text(&c->w, "originatorDeptName", i->department_name);
	json_put_text(&c->w, "status", i->status);
	json_put_text(&c->w, "result", i->result);
	json_put_text(&c->w, "businessId", i->business_id);
	json_put_json(&c->w, "ccUserIds", cc);
	if (!put_records(c, i, e) || !put_tasks(c, i, e))
		return false;
	json_put_text(&c->w, "bizAction", i->biz_action);
	json_put_text(&c->w, "bizData", "");
	if (!put_attached(c, i, e))
		return false;
	json_put_text(&c->w, "mainProcessInstanceId", i->main);
	json_put_json(&c->w, "formComponentValues", values);
	return true;
}
