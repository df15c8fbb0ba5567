#include "dingsim/event.h"

#include <string.h>

#include "base/text.h"
#include "dingsim/format.h"
#include "dingsim/inject.h"
#include "dingsim/rule.h"

#define EVENT_ID_SIZE 33

static bool wanted(struct call *c, const struct app *app, const char *resource, bool *out,
		   struct err *e)
{
	const struct json *rules, *rule;

	*out = false;
	if (!*app->url)
		return true;
	if (!call_stored(c, app->rules, &rules, e))
		return false;
	/* Without a rule everything is pushed. */
	*out = rules->count == 0;
	for (rule = rules->first; rule; rule = rule->next)
		*out = *out || rule_matches(rule->text, resource);
	return true;
}

/* type is the event's, change the instance's or task's. */
static bool keep(struct call *c, const struct instance *i, const char *type, const char *change,
		 struct buf *payload, struct err *e)
{
	struct arena *a = c->store.arena;
	char event_id[EVENT_ID_SIZE];
	struct push event = {.event_id = event_id,
			     .type = type,
			     .resource = arena_printf(a, "/v1.0/event/%s/processCode/%s/type/%s",
						      type, i->process_code, change),
			     .instance = i->id,
			     .payload = payload->data,
			     .created_ms = c->now_ms};
	struct app *app;

	format_hex(event_id, sizeof(event_id));
	if (!store_event_add(&c->store, &event, e) || !store_apps(&c->store, &app, e))
		return false;
	for (; app; app = app->next) {
		bool push;

		if (!wanted(c, app, event.resource, &push, e))
			return false;
		event.client_id = app->client_id;
		event.state = "pending";
		event.due_ms = c->now_ms;
		if (push && !inject_push(c, &event, e))
			return false;
	}
	return true;
}

static void put_common(struct json_writer *w, const struct instance *i, const char *type)
{
	json_object(w, NULL);
	json_put_text(w, "processInstanceId", i->id);
	json_put_text(w, "processCode", i->process_code);
	json_put_text(w, "title", i->title);
	json_put_text(w, "businessId", i->business_id);
	json_put_text(w, "bizCategoryId", "");
	json_put_text(w, "businessType", "");
	json_put_text(w, "type", type);
}

bool event_instance(struct call *c, const struct instance *i, const char *type, struct err *e)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	bool finish = text_equal(type, "finish");
	const char *url = arena_printf(
	    c->store.arena,
	    "https://aflow.dingtalk.com/dingtalk/mobile/homepage.htm?corpid=%s&dd_share=false&"
	    "showmenu=false&dd_progress=false&back=native&procInstId=%s&taskId=&swfrom=isv&"
	    "dinghash=approval&dtaction=os&dd_from=corp#approval",
	    c->sim->corp_id, i->id);

	put_common(&w, i, type);
	if (finish)
		json_put_text(&w, "result", i->result);
	json_put_text(&w, "staffId", i->originator);
	json_put_text(&w, "url", url);
	json_put_i64(&w, "createTime", i->created_ms);
	if (i->finished_ms && !text_equal(type, "start"))
		json_put_i64(&w, "finishTime", i->finished_ms);
	json_object_end(&w);
	return keep(c, i, "bpms_instance_change", type, &out, e);
}

/* How events say a task's result. */
static const char *event_result(const char *result)
{
	if (text_equal(result, "REDIRECTED"))
		return "redirect";
	return text_equal(result, "AGREE") ? "agree" : "refuse";
}

static void put_task(struct json_writer *w, const struct instance *i, const struct task *t,
		     const struct event_task *what)
{
	char activity[FORMAT_ACTIVITY_SIZE];
	bool finish = text_equal(what->type, "finish");

	format_activity_id(i->id, t->step, activity);
	if (finish)
		json_put_text(w, "result", event_result(t->result));
	json_put_text(w, "staffId", t->userid);
	if (finish)
		json_put_text(w, "actualActionerId", t->userid);
	json_put_i64(w, "taskId", t->id);
	json_put_text(w, "activityId", activity);
	json_put_text(w, "activityName", "审批人");
	if (what->remark)
		json_put_text(w, "remark", what->remark);
	json_put_i64(w, "createTime", t->created_ms);
	if (t->finished_ms)
		json_put_i64(w, "finishTime", t->finished_ms);
}

bool event_task(struct call *c, const struct instance *i, const struct event_task *what,
		struct err *e)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	put_common(&w, i, what->type);
	if (what->task) {
		put_task(&w, i, what->task, what);
	} else {
		json_put_text(&w, "staffId", what->person);
		json_put_text(&w, "content", what->remark);
		json_put_i64(&w, "createTime", c->now_ms);
	}
	json_object_end(&w);
	return keep(c, i, "bpms_task_change", what->type, &out, e);
}

bool event_body(struct arena *a, const struct push *push, const char *shape, const char *corp_id,
		const char **out, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const struct json *payload, *member;

	if (!json_parse(a, push->payload, strlen(push->payload), &payload, e))
		return false;
	json_object(&w, NULL);
	json_put_text(&w, "EventType", push->type);
	if (text_equal(shape, "B")) {
		json_put_text(&w, "corpId", corp_id);
	} else {
		json_put_i64(&w, "EventTime", push->created_ms);
		json_put_text(&w, "CorpId", corp_id);
		json_put_text(&w, "BizId", arena_printf(a, "%lld", (long long)push->created_ms));
		json_put_text(&w, "eventId", push->event_id);
	}
	for (member = payload->first; member; member = member->next)
		json_put_json(&w, member->key, member);
	json_object_end(&w);
	*out = arena_dup(a, text.data);
	return true;
}
