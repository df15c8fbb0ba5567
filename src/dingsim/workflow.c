#include "dingsim/workflow.h"

#include <string.h>

#include "base/text.h"
#include "dingsim/flow.h"
#include "dingsim/form.h"
#include "dingsim/format.h"
#include "dingsim/instance.h"
#include "dingsim/org.h"
#include "dingsim/routes.h"

#define REMARK_MAX 1024
#define LIST_MAX 20
#define LIST_USERS_MAX 10
#define DAY_MS (86400 * (int64_t)1000)
#define LIST_SPAN_MS (120 * DAY_MS)
#define LIST_AGE_MS (365 * DAY_MS)
#define LIST_TOTAL_MAX 10000
#define OA_ROOT (-1)
#define ROOT 1

/* A person by id; code is the fault when there is none. */
static bool person_or(struct call *c, const char *userid, const char *code, struct person **out,
		      struct err *e)
{
	if (!userid || !*userid)
		return call_fault(c, e, code, NULL);
	if (store_person(&c->store, userid, out, e))
		return true;
	return e->code == ERR_NOT_FOUND ? call_fault(c, e, code, NULL) : false;
}

static bool instance_or(struct call *c, const char *id, const char *code, struct instance **out,
			struct err *e)
{
	if (store_instance(&c->store, id, out, e))
		return true;
	return e->code == ERR_NOT_FOUND ? call_fault(c, e, code, NULL) : false;
}

/* Absent is "". */
static bool short_text(struct call *c, const char *key, const char **out, struct err *e)
{
	const struct json *member = json_get(c->in, key);

	*out = "";
	if (!member || member->type == JSON_NULL)
		return true;
	*out = member->text;
	if (member->type != JSON_TEXT || text_length(member->text) > REMARK_MAX)
		return call_fault(c, e, "invalidParameter", "%s不正确，最多%d个字符", key,
				  REMARK_MAX);
	return true;
}

/* The department the form is filed from. */
static bool department_of(struct call *c, const struct person *who, bool required,
			  struct instance *i, struct err *e)
{
	const struct json *given = json_get(c->in, "deptId"), *mine;
	struct department *department;
	bool member = true;

	if (!call_stored(c, who->departments, &mine, e))
		return false;
	if (given && given->type != JSON_NULL) {
		if (!json_i64(c->in, "deptId", &i->department))
			return call_fault(c, e, "processInstanceInvalidParameter", "deptId不正确");
	} else if (required) {
		return call_fault(c, e, "processInstanceInvalidParameter",
				  "未指定审批人时deptId不能为空");
	} else if (!mine->first || !text_i64(mine->first->text, 1, INT64_MAX, &i->department) ||
		   i->department == ROOT) {
		i->department = OA_ROOT;
	}
	if (i->department == ROOT || i->department < OA_ROOT)
		return call_fault(c, e, "processInstanceInvalidParameter",
				  "部门不存在，根部门的deptId是-1");
	if (i->department != OA_ROOT &&
	    !store_person_member(&c->store, who->userid, i->department, &member, e))
		return false;
	if (!member)
		return call_fault(c, e, "processInstanceInvalidParameter", "发起人不在该部门");
	if (!store_department(&c->store, i->department == OA_ROOT ? ROOT : i->department,
			      &department, e))
		return false;
	i->department_name = department->name;
	return true;
}

static const char *written(struct call *c, const struct json *value)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};

	json_put_json(&w, NULL, value);
	return arena_dup(c->store.arena, out.data);
}

static bool flow_of(struct call *c, const struct form *form, struct instance *i, struct err *e)
{
	const struct json *approvers = json_get(c->in, "approvers");
	struct err why = {0};

	i->flow = form->approvers;
	if (!approvers || approvers->type == JSON_NULL)
		return true;
	if (!flow_check(&c->store, approvers, &why)) {
		if (why.code == ERR_INVALID)
			return call_fault(c, e, "processInstanceInvalidParameter", "%s", why.text);
		*e = why;
		return false;
	}
	if (approvers->count)
		i->flow = written(c, approvers);
	return true;
}

/* form is the form whose own flow is used and whose copies therefore count; NULL when the create
 * brought its own. */
static bool copies_of(struct call *c, const struct form *form, struct instance *i, struct err *e)
{
	const struct json *list = json_get(c->in, "ccList"), *user;
	const char *position = json_text(c->in, "ccPosition");
	struct person *person;

	i->cc = form ? form->cc : "[]";
	i->cc_position = form ? form->cc_position : "";
	if (position && !text_equal(position, "START") && !text_equal(position, "FINISH") &&
	    !text_equal(position, "START_FINISH"))
		return call_fault(c, e, "processInstanceInvalidParameter", "ccPosition不正确");
	if (!list || list->type == JSON_NULL || form)
		return true;
	if (list->type != JSON_ARRAY || list->count > FLOW_MAX_CC)
		return call_fault(c, e, "processInstanceInvalidParameter", "ccList不正确，最多%d人",
				  FLOW_MAX_CC);
	for (user = list->first; user; user = user->next)
		if (!person_or(c, user->type == JSON_TEXT ? user->text : NULL,
			       "processInstanceInvalidParameter", &person, e))
			return false;
	i->cc = written(c, list);
	i->cc_position = position ? position : "FINISH";
	return true;
}

static bool values_of(struct call *c, const struct form *form, struct instance *i, struct err *e)
{
	const struct json *values = json_get(c->in, "formComponentValues"), *components;
	struct control *controls;
	struct form_fault fault;

	if (!values || values->type != JSON_ARRAY)
		return call_fault(c, e, "invalidParameter", "缺少参数：formComponentValues");
	if (!call_stored(c, form->components, &components, e) ||
	    !form_controls(c->store.arena, components, &controls, e))
		return false;
	if (form_values(&c->store, controls, values, &i->values, &fault, e))
		return true;
	if (text_equal(fault.code, "formConverterError"))
		return call_fault(c, e, fault.code, "表单数据校验失败，失败控件：%s", fault.label);
	return fault.code ? call_fault(c, e, fault.code, NULL) : false;
}

/* What a create may say beside the form and its flow. */
static bool extras_fit(struct call *c, struct err *e)
{
	const struct json *agent = json_get(c->in, "microappAgentId");
	const char *page = json_text(c->in, "bizDetailPageUrl");
	int64_t agent_id;

	if (agent && agent->type != JSON_NULL &&
	    (!json_i64(c->in, "microappAgentId", &agent_id) || agent_id != c->app->agent_id))
		return call_fault(c, e, "invalidAgentId", NULL);
	if (page && *page)
		return call_fault(c, e, "benefitStatusInvalid", NULL);
	return true;
}

/* Published, and this person is among those who can initiate it. */
static bool may_start(struct call *c, const struct form *form, const struct person *who,
		      struct err *e)
{
	const struct json *users, *user;
	bool may;

	if (!text_equal(form->status, "PUBLISHED"))
		return call_fault(c, e, "processGetFailed", NULL);
	if (!call_stored(c, form->initiators, &users, e) ||
	    !store_person_within(&c->store, who->userid, form->initiator_departments, &may, e))
		return false;
	may = may || (!users->count && text_equal(form->initiator_departments, "[]"));
	for (user = users->first; user; user = user->next)
		may = may || text_equal(user->text, who->userid);
	return may || call_fault(c, e, "processSetupNoPermission", NULL);
}

bool workflow_start(struct call *c, const char **id, struct err *e)
{
	const char *process_code = json_text(c->in, "processCode");
	const char *originator = json_text(c->in, "originatorUserId");
	struct instance i = {0};
	struct person *who;
	struct form *form;
	bool own_flow;

	if (!originator || !*originator)
		return call_fault(c, e, "invalidParameter", "缺少参数：originatorUserId");
	if (!process_code || !*process_code)
		return call_fault(c, e, "invalidParameter", "缺少参数：processCode");
	if (!store_form(&c->store, process_code, &form, e))
		return e->code == ERR_NOT_FOUND ? call_fault(c, e, "processCodeError", NULL)
						: false;
	if (!person_or(c, originator, "processInstanceInvalidParameter", &who, e) ||
	    !may_start(c, form, who, e) || !flow_of(c, form, &i, e))
		return false;
	own_flow = i.flow != form->approvers;
	if (!department_of(c, who, !own_flow, &i, e) ||
	    !copies_of(c, own_flow ? NULL : form, &i, e) || !extras_fit(c, e) ||
	    !values_of(c, form, &i, e))
		return false;
	i.process_code = form->process_code;
	i.originator = who->userid;
	i.title = arena_printf(c->store.arena, "%s提交的%s", who->name, form->name);
	if (!instance_start(c, &i, e))
		return false;
	*id = i.id;
	return true;
}

bool workflow_create(struct call *c, struct err *e)
{
	const char *id;

	if (!workflow_start(c, &id, e))
		return false;
	json_put_text(&c->w, "instanceId", id);
	return true;
}

bool workflow_read(struct call *c, struct err *e)
{
	const char *id = http_query(c->r, "processInstanceId");
	struct instance *i;

	if (!id || !*id)
		return call_fault(c, e, "invalidParameter", "缺少参数：processInstanceId");
	if (strlen(id) >= FORMAT_INSTANCE_SIZE)
		return call_fault(c, e, "processInstanceIdError", NULL);
	if (!instance_or(c, id, "processInstanceNotExist", &i, e))
		return false;
	json_object(&c->w, "result");
	if (!instance_put(c, i, e))
		return false;
	json_object_end(&c->w);
	json_put_bool(&c->w, "success", true);
	return true;
}

static bool done(struct call *c)
{
	json_put_bool(&c->w, "result", true);
	json_put_bool(&c->w, "success", true);
	return true;
}

static bool body_instance(struct call *c, const char *missing, struct instance **out, struct err *e)
{
	const char *id = json_text(c->in, "processInstanceId");

	if (!id || !*id)
		return call_fault(c, e, "invalidInstanceId", NULL);
	return instance_or(c, id, missing, out, e);
}

bool workflow_execute(struct call *c, struct err *e)
{
	const char *result = json_text(c->in, "result");
	struct decision d = {.person = json_text(c->in, "actionerUserId")};
	struct person *person;
	int64_t task_id;

	if (!body_instance(c, "aflowProcessNotExist", &d.instance, e))
		return false;
	if (!d.person || !*d.person)
		return call_fault(c, e, "invalidInstanceExecuteActionerUserId", NULL);
	if (!text_equal(result, "agree") && !text_equal(result, "refuse"))
		return call_fault(c, e, "invalidInstanceExecuteResult", NULL);
	if (!json_i64(c->in, "taskId", &task_id))
		return call_fault(c, e, "invalidInstanceExecuteTaskId", NULL);
	if (!short_text(c, "remark", &d.remark, e) ||
	    !person_or(c, d.person, "userNotExist", &person, e))
		return false;
	if (!store_task(&c->store, task_id, &d.task, e))
		return e->code == ERR_NOT_FOUND
			   ? call_fault(c, e, "invalidInstanceExecuteTaskId", NULL)
			   : false;
	if (!text_equal(d.task->instance, d.instance->id))
		return call_fault(c, e, "invalidInstanceExecuteTaskId", NULL);
	d.agree = *result == 'a';
	return instance_decide(c, &d, e) && done(c);
}

bool workflow_terminate(struct call *c, struct err *e)
{
	const char *operating = json_text(c->in, "operatingUserId");
	struct instance *i;
	struct person *person;
	const char *remark;
	bool by_system;

	if (!body_instance(c, "aflowProcessInstNotExist", &i, e))
		return false;
	if (!json_bool(c->in, "isSystem", &by_system))
		return call_fault(c, e, "invalidInstanceTerminateIsSystem", NULL);
	if (!short_text(c, "remark", &remark, e))
		return false;
	if (by_system)
		return instance_terminate(c, i, NULL, remark, e) && done(c);
	if (!operating || !*operating)
		return call_fault(c, e, "invalidInstanceTerminateOperatingUserId", NULL);
	if (!person_or(c, operating, "userNotExist", &person, e))
		return false;
	if (!text_equal(operating, i->originator))
		return call_fault(c, e, "invalidInstanceTerminateOperatingUserId", NULL);
	return instance_terminate(c, i, operating, remark, e) && done(c);
}

bool workflow_comment(struct call *c, struct err *e)
{
	const char *text = json_text(c->in, "text");
	const char *userid = json_text(c->in, "commentUserId");
	struct instance *i;
	struct person *person;

	if (!body_instance(c, "aflowProcessInstNotExist", &i, e))
		return false;
	if (!text || !*text || text_length(text) > REMARK_MAX)
		return call_fault(c, e, "invalidInstanceCommentText", NULL);
	if (!userid || !*userid)
		return call_fault(c, e, "invalidInstanceCommentUserId", NULL);
	return person_or(c, userid, "userNotExist", &person, e) &&
	       instance_comment(c, i, userid, text, e) && done(c);
}

/* A list of texts as the JSON that a statement takes; NULL when absent. words NULL: any text. */
static bool text_list(struct call *c, const char *key, const char *const *words, const char **out)
{
	const struct json *list = json_get(c->in, key), *item;

	*out = NULL;
	if (!list || list->type == JSON_NULL)
		return true;
	if (list->type != JSON_ARRAY || list->count > LIST_USERS_MAX)
		return false;
	for (item = list->first; item; item = item->next) {
		const char *const *word = words;

		while (word && *word && !text_equal(*word, item->text))
			word++;
		if (item->type != JSON_TEXT || (word && !*word))
			return false;
	}
	*out = list->count ? written(c, list) : NULL;
	return true;
}

static bool list_times(struct call *c, struct instance_query *q, struct err *e)
{
	const struct json *end = json_get(c->in, "endTime");

	if (!json_i64(c->in, "startTime", &q->from_ms) || q->from_ms < c->now_ms - LIST_AGE_MS)
		return call_fault(c, e, "invalidInstanceListIdsStartTime", NULL);
	q->to_ms = c->now_ms;
	if (!end || end->type == JSON_NULL)
		return q->from_ms >= c->now_ms - LIST_SPAN_MS ||
		       call_fault(c, e, "invalidInstanceListIdsStartTime", NULL);
	if (!json_i64(c->in, "endTime", &q->to_ms) || q->to_ms < q->from_ms ||
	    q->to_ms - q->from_ms > LIST_SPAN_MS)
		return call_fault(c, e, "invalidEndTime", NULL);
	return true;
}

static bool list_query(struct call *c, struct instance_query *q, struct err *e)
{
	static const char *const statuses[] = {"RUNNING", "TERMINATED", "COMPLETED", NULL};
	struct form *form;

	q->process_code = json_text(c->in, "processCode");
	if (!q->process_code)
		return call_fault(c, e, "invalidProcessCode", NULL);
	if (!store_form(&c->store, q->process_code, &form, e))
		return e->code == ERR_NOT_FOUND ? call_fault(c, e, "invalidProcessCode", NULL)
						: false;
	if (!list_times(c, q, e))
		return false;
	/* A number in the request, a text in the answer: so it is. */
	if (!json_i64(c->in, "nextToken", &q->offset) || q->offset < 0 ||
	    q->offset > LIST_TOTAL_MAX)
		return call_fault(c, e, "invalidNextToken", NULL);
	if (!json_i64(c->in, "maxResults", &q->limit) || q->limit < 1 || q->limit > LIST_MAX)
		return call_fault(c, e, "invalidMaxResults", NULL);
	if (!text_list(c, "userIds", NULL, &q->originators))
		return call_fault(c, e, "invalidUserIds", NULL);
	if (!text_list(c, "statuses", statuses, &q->statuses))
		return call_fault(c, e, "invalidParameter", "statuses不正确");
	return true;
}

bool workflow_list(struct call *c, struct err *e)
{
	struct instance_query q = {0};
	struct instance *i;
	int64_t wanted, next;

	if (!list_query(c, &q, e))
		return false;
	wanted = q.limit++;
	next = q.offset + wanted;
	if (!store_instances(&c->store, &q, &i, e))
		return false;
	json_object(&c->w, "result");
	json_array(&c->w, "list");
	for (; i && wanted; i = i->next, wanted--)
		json_put_text(&c->w, NULL, i->id);
	json_array_end(&c->w);
	if (i && next < LIST_TOTAL_MAX)
		json_put_text(&c->w, "nextToken",
			      arena_printf(c->store.arena, "%lld", (long long)next));
	json_object_end(&c->w);
	json_put_bool(&c->w, "success", true);
	return true;
}

static void put_control(struct json_writer *w, const struct control *control)
{
	const struct control *child;

	json_object(w, NULL);
	json_put_text(w, "componentName", control->type);
	json_object(w, "props");
	json_put_text(w, "id", control->id);
	json_put_text(w, "label", control->label);
	json_put_bool(w, "required", control->required);
	if (control->alias)
		json_put_text(w, "bizAlias", control->alias);
	if (control->placeholder)
		json_put_text(w, "placeholder", control->placeholder);
	if (control->format)
		json_put_text(w, "format", control->format);
	if (control->options)
		json_put_json(w, "options", control->options);
	json_object_end(w);
	json_array(w, "children");
	for (child = control->children; child; child = child->next)
		put_control(w, child);
	json_array_end(w);
	json_object_end(w);
}

static void put_schema(struct call *c, const struct form *form, const struct control *controls)
{
	char created[FORMAT_MINUTE_SIZE], modified[FORMAT_MINUTE_SIZE];

	format_minute(form->created_ms, created);
	format_minute(form->modified_ms, modified);
	json_object(&c->w, "result");
	json_put_text(&c->w, "formCode", form->process_code);
	json_put_text(&c->w, "formUuid", form->process_code);
	json_put_text(&c->w, "name", form->name);
	json_put_text(&c->w, "memo", form->description);
	json_put_text(&c->w, "status", form->status);
	json_put_text(&c->w, "gmtCreate", created);
	json_put_text(&c->w, "gmtModified", modified);
	json_object(&c->w, "schemaContent");
	json_put_text(&c->w, "title", form->name);
	json_put_text(&c->w, "icon", "common");
	json_array(&c->w, "items");
	for (; controls; controls = controls->next)
		put_control(&c->w, controls);
	json_array_end(&c->w);
	json_object_end(&c->w);
	json_object_end(&c->w);
	json_put_bool(&c->w, "success", true);
}

bool workflow_schema(struct call *c, struct err *e)
{
	const char *process_code = http_query(c->r, "processCode");
	const struct json *components;
	struct control *controls;
	struct form *form;

	if (!process_code || !*process_code)
		return call_fault(c, e, "invalidParameter", "缺少参数：processCode");
	if (!store_form(&c->store, process_code, &form, e))
		return e->code == ERR_NOT_FOUND ? call_fault(c, e, "formNotExist", NULL) : false;
	if (!call_stored(c, form->components, &components, e) ||
	    !form_controls(c->store.arena, components, &controls, e))
		return false;
	put_schema(c, form, controls);
	return true;
}
