/* An instance as DingTalk's read gives it. */
#include <string.h>

#include "base/text.h"
#include "dingsim/format.h"
#include "dingsim/instance.h"

static void put_minute(struct json_writer *w, const char *key, int64_t ms)
{
	char text[FORMAT_MINUTE_SIZE];

	if (!ms)
		return;
	format_minute(ms, text);
	json_put_text(w, key, text);
}

static bool put_lists(struct call *c, const struct record *r, struct err *e)
{
	const struct json *images, *attachments, *cc;
	bool copies = r->step >= 0 || text_equal(r->type, "PROCESS_CC");

	if (!call_stored(c, r->images, &images, e) ||
	    !call_stored(c, r->attachments, &attachments, e) || !call_stored(c, r->cc, &cc, e))
		return false;
	if (copies)
		json_put_json(&c->w, "ccUserIds", cc);
	if (r->step < 0 && !text_equal(r->type, "ADD_REMARK"))
		return true;
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
	}
	if (!put_lists(c, r, e))
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
