#include "dingsim/event.h"

#include <string.h>

#include "base/text.h"
#include "dingsim/format.h"
#include "dingsim/inject.h"
#include "dingsim/rule.h"

#define EVENT_ID_SIZE 33

static bool wanted(struct call *c, const struct app *app, const struct push *event, bool *out,
		   struct err *e)
{
	const struct json *rules, *rule, *tags, *tag;
	bool ruled, tagged;

	*out = false;
	if (text_equal(app->mode, "http") && !*app->url)
		return true;
	if (!call_stored(c, app->rules, &rules, e) || !call_stored(c, app->tags, &tags, e))
		return false;
	/* Without a rule everything is pushed. */
	ruled = rules->count == 0;
	for (rule = rules->first; rule; rule = rule->next)
		ruled = ruled || rule_matches(rule->text, event->resource);
	tagged = tags->count == 0;
	for (tag = tags->first; tag; tag = tag->next)
		tagged = tagged || text_equal(tag->text, event->type);
	*out = ruled && tagged;
	return true;
}

/* Of the event: type, resource, instance and payload. */
static bool keep(struct call *c, struct push event, struct err *e)
{
	char event_id[EVENT_ID_SIZE];
	struct app *app;

	event.event_id = event_id;
	event.created_ms = c->now_ms;

	format_hex(event_id, sizeof(event_id));
	if (!store_event_add(&c->store, &event, e) || !store_apps(&c->store, &app, e))
		return false;
	for (; app; app = app->next) {
		bool push;

		if (!wanted(c, app, &event, &push, e))
			return false;
		event.client_id = app->client_id;
		event.state = "pending";
		event.due_ms = c->now_ms;
		if (push && !inject_push(c, &event, e))
			return false;
	}
	return true;
}

/* type is the event's, change the instance's or task's. */
static bool keep_change(struct call *c, const struct instance *i, const char *type,
			const char *change, struct buf *payload, struct err *e)
{
	const char *resource = arena_printf(c->store.arena, "/v1.0/event/%s/processCode/%s/type/%s",
					    type, i->process_code, change);

	return keep(
	    c,
	    (struct push){
		.type = type, .resource = resource, .instance = i->id, .payload = payload->data},
	    e);
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
	return keep_change(c, i, "bpms_instance_change", type, &out, e);
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
	bool agent = what->agent && *what->agent;

	format_activity_id(i->id, t->step, activity);
	if (finish)
		json_put_text(w, "result", event_result(t->result));
	json_put_text(w, "staffId", t->userid);
	if (finish)
		json_put_text(w, "actualActionerId", agent ? what->agent : t->userid);
	if (agent) {
		json_array(w, "agentActionerIds");
		json_put_text(w, NULL, what->agent);
		json_array_end(w);
	}
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
	return keep_change(c, i, "bpms_task_change", what->type, &out, e);
}

static bool keep_org(struct call *c, const char *type, struct buf *payload, struct err *e)
{
	return keep(c,
		    (struct push){.type = type,
				  .resource = arena_printf(c->store.arena, "/v1.0/event/%s", type),
				  .instance = "",
				  .payload = payload->data},
		    e);
}

bool event_person(struct call *c, const char *type, const char *userid, const struct json *diff,
		  struct err *e)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_object(&w, NULL);
	json_put_text(&w, "timeStamp", arena_printf(c->store.arena, "%lld", (long long)c->now_ms));
	json_array(&w, "userId");
	json_put_text(&w, NULL, userid);
	json_array_end(&w);
	if (diff)
		json_put_json(&w, "diffInfo", diff);
	json_object_end(&w);
	return keep_org(c, type, &out, e);
}

bool event_labels(struct call *c, const char *userid, const char *action, const struct json *labels,
		  struct err *e)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	const struct json *label;

	json_object(&w, NULL);
	json_put_text(&w, "timeStamp", arena_printf(c->store.arena, "%lld", (long long)c->now_ms));
	json_array(&w, "userIdList");
	json_put_text(&w, NULL, userid);
	json_array_end(&w);
	json_array(&w, "labelIdList");
	for (label = labels->first; label; label = label->next)
		json_put_json(&w, NULL, json_get(label, "id"));
	json_array_end(&w);
	json_put_text(&w, "action", action);
	json_object_end(&w);
	return keep_org(c, "label_user_change", &out, e);
}

bool event_department(struct call *c, const char *type, int64_t id, struct err *e)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_object(&w, NULL);
	json_put_text(&w, "timeStamp", arena_printf(c->store.arena, "%lld", (long long)c->now_ms));
	json_array(&w, "deptId");
	json_put_i64(&w, NULL, id);
	json_array_end(&w);
	json_object_end(&w);
	return keep_org(c, type, &out, e);
}

static void put_envelope(struct json_writer *w, struct arena *a, const struct push *push,
			 const char *corp_id)
{
	json_put_text(w, "EventType", push->type);
	json_put_i64(w, "EventTime", push->created_ms);
	json_put_text(w, "CorpId", corp_id);
	json_put_text(w, "BizId", arena_printf(a, "%lld", (long long)push->created_ms));
	json_put_text(w, "eventId", push->event_id);
}

/* Shape B of events of the organisation has every key with a capital. */
static const char *capital(struct arena *a, const char *key)
{
	char *out = arena_dup(a, key);

	if (*out >= 'a' && *out <= 'z')
		*out = (char)(*out - 'a' + 'A');
	return out;
}

bool event_body(struct arena *a, const struct push *push, const char *shape, const char *corp_id,
		const char **out, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const struct json *payload, *member;
	bool b = text_equal(shape, "B");
	bool capitals = b && !text_starts(push->type, "bpms_");

	if (!json_parse(a, push->payload, strlen(push->payload), &payload, e))
		return false;
	json_object(&w, NULL);
	if (b) {
		json_put_text(&w, "EventType", push->type);
		json_put_text(&w, capitals ? "CorpId" : "corpId", corp_id);
	} else if (text_equal(shape, "A")) {
		put_envelope(&w, a, push, corp_id);
	}
	for (member = payload->first; member; member = member->next)
		json_put_json(&w, capitals ? capital(a, member->key) : member->key, member);
	if (text_equal(shape, "C")) {
		json_put_text(&w, "eventId", push->event_id);
		json_put_text(&w, "resource", push->resource);
	}
	json_object_end(&w);
	*out = arena_dup(a, text.data);
	return true;
}
