#include "dingsim/workflow.h"

#include <string.h>

#include "base/text.h"
#include "dingsim/flow.h"
#include "dingsim/form.h"
#include "dingsim/format.h"
#include "dingsim/instance.h"
#include "dingsim/routes.h"

#define OA_ROOT (-1)
#define ROOT 1

bool workflow_person(struct call *c, const char *userid, const char *code, struct person **out,
		     struct err *e)
{
	if (!userid || !*userid)
		return call_fault(c, e, code, NULL);
	if (store_person(&c->store, userid, out, e))
		return true;
	return e->code == ERR_NOT_FOUND ? call_fault(c, e, code, NULL) : false;
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

/* The form's own flow, with the approvers that the originator selects. */
static bool flow_of_form(struct call *c, const struct form *form, struct instance *i, struct err *e)
{
	struct flow_choice choice = {.selected = json_get(c->in, "targetSelectActioners")};
	const char *values = i->values;

	if (choice.selected && choice.selected->type == JSON_NULL)
		choice.selected = NULL;
	if (choice.selected &&
	    (choice.selected->type != JSON_ARRAY || choice.selected->count > FLOW_MAX_STEPS))
		return call_fault(c, e, "invalidParameter", "targetSelectActioners不正确");
	if (!call_stored(c, form->approvers, &choice.steps, e) ||
	    !call_stored(c, values, &choice.values, e))
		return false;
	if (!flow_select(&c->store, &choice, e))
		return choice.fault ? call_fault(c, e, choice.fault, NULL) : false;
	i->flow = choice.flow;
	return true;
}

/* The create brings its flow. */
static bool own_flow(struct call *c)
{
	const struct json *approvers = json_get(c->in, "approvers");

	return approvers && approvers->type != JSON_NULL &&
	       (approvers->type != JSON_ARRAY || approvers->count);
}

static bool flow_of(struct call *c, const struct form *form, struct instance *i, struct err *e)
{
	const struct json *approvers = json_get(c->in, "approvers");
	struct err why = {0};

	if (!own_flow(c))
		return flow_of_form(c, form, i, e);
	if (!flow_check(&c->store, approvers, &why)) {
		if (why.code == ERR_INVALID)
			return call_fault(c, e, "processInstanceInvalidParameter", "%s", why.text);
		*e = why;
		return false;
	}
	i->flow = call_written(c, approvers);
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
		if (!workflow_person(c, user->type == JSON_TEXT ? user->text : NULL,
				     "processInstanceInvalidParameter", &person, e))
			return false;
	i->cc = call_written(c, list);
	i->cc_position = position ? position : "FINISH";
	return true;
}

bool workflow_values(struct call *c, const struct form *form, const char **out, struct err *e)
{
	const struct json *values = json_get(c->in, "formComponentValues"), *components;
	struct control *controls;
	struct form_fault fault;

	if (!values || values->type != JSON_ARRAY)
		return call_fault(c, e, "invalidParameter", "缺少参数：formComponentValues");
	if (!call_stored(c, form->components, &components, e) ||
	    !form_controls(c->store.arena, components, &controls, e))
		return false;
	if (form_values(&c->store, controls, values, out, &fault, e))
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
	    (!json_i64(c->in, "microappAgentId", &agent_id) || !c->app ||
	     agent_id != c->app->agent_id))
		return call_fault(c, e, "invalidAgentId", NULL);
	if (page && *page)
		return call_fault(c, e, "benefitStatusInvalid", NULL);
	return true;
}

bool workflow_may_start(struct call *c, const struct form *form, const struct person *who,
			bool *may, struct err *e)
{
	const struct json *users, *user;

	if (!call_stored(c, form->initiators, &users, e) ||
	    !store_person_within(&c->store, who->userid, form->initiator_departments, may, e))
		return false;
	*may = *may || (!users->count && text_equal(form->initiator_departments, "[]"));
	for (user = users->first; user; user = user->next)
		*may = *may || text_equal(user->text, who->userid);
	*may = *may && !who->external;
	return true;
}

/* The form and the person that a create or a forecast names. */
static bool form_and_person(struct call *c, const char *member, struct form **form,
			    struct person **who, struct err *e)
{
	const char *process_code = json_text(c->in, "processCode");
	const char *userid = json_text(c->in, member);
	bool may, left;

	if (!userid || !*userid)
		return call_fault(c, e, "invalidParameter", "缺少参数：%s", member);
	if (!process_code || !*process_code)
		return call_fault(c, e, "invalidParameter", "缺少参数：processCode");
	if (!store_form(&c->store, process_code, form, e))
		return e->code == ERR_NOT_FOUND ? call_fault(c, e, "processCodeError", NULL)
						: false;
	if (text_equal((*form)->status, "DELETED"))
		return call_fault(c, e, "processCodeError", NULL);
	if (!store_person_left(&c->store, userid, &left, e))
		return false;
	if (left)
		return call_fault(c, e, "invalidParameter", "%s已离开组织", member);
	if (!workflow_person(c, userid, "processInstanceInvalidParameter", who, e))
		return false;
	if ((*who)->external)
		return call_fault(c, e, "processInstanceInvalidParameter", "%s不是企业员工",
				  member);
	if (!text_equal((*form)->status, "PUBLISHED"))
		return call_fault(c, e, "processGetFailed", NULL);
	if (!workflow_may_start(c, *form, *who, &may, e))
		return false;
	return may || call_fault(c, e, "processSetupNoPermission", NULL);
}

bool workflow_start(struct call *c, const char **id, struct err *e)
{
	struct instance i = {0};
	struct person *who;
	struct form *form;

	if (!form_and_person(c, "originatorUserId", &form, &who, e) ||
	    !department_of(c, who, !own_flow(c), &i, e) ||
	    !copies_of(c, own_flow(c) ? NULL : form, &i, e) || !extras_fit(c, e) ||
	    !workflow_values(c, form, &i.values, e) || !flow_of(c, form, &i, e))
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

static bool named_before(struct person *const *people, size_t count, const struct person *person)
{
	while (count--)
		if (text_equal(people[count]->userid, person->userid))
			return true;
	return false;
}

/* Who would have the step's tasks. */
static bool put_actioners(struct call *c, const struct form *form, const struct json *users,
			  struct err *e)
{
	struct person *people[FLOW_MAX_PEOPLE];
	const struct json *user, *managers;
	size_t count = 0;

	if (!call_stored(c, form->managers, &managers, e))
		return false;
	json_array(&c->w, "activityActioners");
	for (user = users ? users->first : NULL; user; user = user->next) {
		if (!flow_heir(&c->store, managers, user->text, &people[count], e))
			return false;
		if (!people[count] || named_before(people, count, people[count]))
			continue;
		json_object(&c->w, NULL);
		json_put_text(&c->w, "userId", people[count]->userid);
		json_put_text(&c->w, "name", people[count]->name);
		json_put_text(&c->w, "avatar", "");
		json_object_end(&c->w);
		count++;
	}
	json_array_end(&c->w);
	return true;
}

/* From whom the originator may select; an empty range is everybody. */
static bool put_range(struct call *c, const struct json *users, struct err *e)
{
	const struct json *user;
	struct person *person;

	json_object(&c->w, "actorSelectionRange");
	json_array(&c->w, "approvals");
	for (user = users ? users->first : NULL; user; user = user->next) {
		if (!flow_employed(&c->store, user->text, &person, e))
			return false;
		if (!person)
			continue;
		json_object(&c->w, NULL);
		json_put_text(&c->w, "workNo", person->userid);
		json_put_text(&c->w, "userName", person->name);
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	json_array(&c->w, "labels");
	json_array_end(&c->w);
	json_object_end(&c->w);
	return true;
}

static const char *activity_of(struct call *c, const struct form *form, int64_t step)
{
	char activity[FORMAT_ACTIVITY_SIZE];

	format_activity_id(form->process_code, step, activity);
	return arena_dup(c->store.arena, activity);
}

static bool put_rule(struct call *c, const struct form *form, const struct json *step,
		     int64_t index, struct err *e)
{
	const char *key = json_text(step, "actorKey");
	const char *action = json_text(step, "actionType");
	bool several = !text_equal(action, "NONE");

	json_object(&c->w, NULL);
	json_put_text(&c->w, "activityId", activity_of(c, form, index));
	json_put_text(&c->w, "activityName", "审批人");
	json_put_text(&c->w, "activityType", key ? "target_select" : "target_approval");
	json_put_text(&c->w, "prevActivityId",
		      index ? activity_of(c, form, index - 1) : "sid-startevent");
	json_put_bool(&c->w, "isTargetSelect", key != NULL);
	if (!put_actioners(c, form, json_get(step, "userIds"), e))
		return false;
	json_object(&c->w, "workflowActor");
	json_put_text(&c->w, "actorKey", key ? key : "");
	json_put_text(&c->w, "actorType", "approver");
	json_put_text(&c->w, "actorSelectionType", key ? "allStaff" : "");
	json_put_text(&c->w, "approvalMethod", several ? action : "ONE_BY_ONE");
	json_put_text(&c->w, "approvalType", "MANUAL");
	json_put_bool(&c->w, "allowedMulti", several);
	json_put_bool(&c->w, "required", true);
	if (!put_range(c, json_get(step, "range"), e))
		return false;
	json_object_end(&c->w);
	json_object_end(&c->w);
	return true;
}

static bool put_forecast(struct call *c, const struct form *form, const struct json *steps,
			 const struct json *values, struct err *e)
{
	const struct json *step;
	int64_t index, count = 0;

	json_array(&c->w, "workflowActivityRules");
	for (step = steps->first; step; step = step->next)
		if (flow_takes(step, values) && !put_rule(c, form, step, count++, e))
			return false;
	json_array_end(&c->w);
	json_array(&c->w, "workflowForecastNodes");
	for (index = 0; index < count; index++) {
		json_object(&c->w, NULL);
		json_put_text(&c->w, "activityId", activity_of(c, form, index));
		json_put_text(&c->w, "outId",
			      arena_printf(c->store.arena, "sid-out-%lld", (long long)index));
		json_object_end(&c->w);
	}
	json_array_end(&c->w);
	return true;
}

bool workflow_forecast(struct call *c, struct err *e)
{
	struct instance i = {0};
	const struct json *steps, *values;
	struct person *who;
	struct form *form;

	if (!form_and_person(c, "userId", &form, &who, e) || !department_of(c, who, true, &i, e) ||
	    !workflow_values(c, form, &i.values, e) ||
	    !call_stored(c, form->approvers, &steps, e) || !call_stored(c, i.values, &values, e))
		return false;
	json_object(&c->w, "result");
	json_put_bool(&c->w, "isForecastSuccess", true);
	json_put_bool(&c->w, "isStaticWorkflow", !flow_selects(steps) && !flow_branches(steps));
	json_put_i64(&c->w, "processId", form->created_ms);
	json_put_text(&c->w, "processCode", form->process_code);
	json_put_text(&c->w, "userId", who->userid);
	if (!put_forecast(c, form, steps, values, e))
		return false;
	json_object_end(&c->w);
	return true;
}
