#include "dingtalk/parse.h"

#include <string.h>

#include "base/text.h"

#define OA_ROOT (-1)

const char *dingtalk_id(const struct json *object, const char *key, size_t max)
{
	const char *text = json_text(object, key);

	return text && *text && strlen(text) <= max && text_printable(text, false) ? text : NULL;
}

const char *dingtalk_text(const struct json *object, const char *key)
{
	const char *text = json_text(object, key);

	return text ? text : "";
}

bool dingtalk_number(const struct json *object, const char *key, int64_t *out)
{
	const struct json *value = json_get(object, key);

	if (!value || (value->type != JSON_NUMBER && value->type != JSON_TEXT))
		return false;
	return text_i64(value->text, INT64_MIN, INT64_MAX, out);
}

struct word {
	const char *text;
	int value;
};

/* otherwise for a word that is not in the table, absent for none. */
static int word_of(const struct word *words, size_t count, const char *text, int absent)
{
	size_t i;

	if (!*text)
		return absent;
	for (i = 0; i < count; i++)
		if (text_equal_nocase(words[i].text, text))
			return words[i].value;
	return 0;
}

static const struct word status_words[] = {
    {"RUNNING", DINGTALK_RUNNING},
    {"TERMINATED", DINGTALK_TERMINATED},
    {"COMPLETED", DINGTALK_COMPLETED},
};

static const struct word result_words[] = {
    {"NONE", DINGTALK_RESULT_NONE},
    {"AGREE", DINGTALK_AGREE},
    {"REFUSE", DINGTALK_REFUSE},
    {"REDIRECTED", DINGTALK_REDIRECTED},
};

static const struct word action_words[] = {
    {"NONE", DINGTALK_NONE},
    {"MODIFY", DINGTALK_MODIFY},
    {"REVOKE", DINGTALK_REVOKE},
};

_Static_assert(DINGTALK_STATUS_OTHER == 0 && DINGTALK_RESULT_OTHER == 0 &&
		   DINGTALK_ACTION_OTHER == 0,
	       "a word that is not known is 0");

static enum dingtalk_result result_of(const struct json *object)
{
	return (enum dingtalk_result)word_of(result_words, ARRAY_SIZE(result_words),
					     dingtalk_text(object, "result"), DINGTALK_RESULT_NONE);
}

static enum dingtalk_action action_of(const struct json *result, const char *main_id)
{
	enum dingtalk_action action =
	    (enum dingtalk_action)word_of(action_words, ARRAY_SIZE(action_words),
					  dingtalk_text(result, "bizAction"), DINGTALK_NONE);

	/* What is about another instance is never a plain one, whatever it says. */
	return action == DINGTALK_NONE && *main_id ? DINGTALK_ACTION_OTHER : action;
}

/* The array under key, empty when absent; false when it is something else or too long. */
static bool list_of(const struct json *object, const char *key, const struct json **first,
		    size_t *count)
{
	const struct json *list = json_get(object, key);

	*first = NULL;
	*count = 0;
	if (!list || list->type == JSON_NULL)
		return true;
	if (list->type != JSON_ARRAY || list->count > DINGTALK_MAX_ENTRIES)
		return false;
	*first = list->first;
	*count = list->count;
	return true;
}

static bool parse_texts(const struct json *object, const char *key, struct arena *a,
			const char ***out, size_t *count)
{
	const struct json *item;
	size_t room, n = 0;

	if (!list_of(object, key, &item, &room))
		return false;
	*out = arena_array(a, room, sizeof(**out));
	for (; item; item = item->next) {
		if (item->type != JSON_TEXT || !*item->text ||
		    strlen(item->text) > DINGTALK_ID_MAX || !text_printable(item->text, false))
			return false;
		(*out)[n++] = item->text;
	}
	*count = n;
	return true;
}

static bool parse_fields(const struct json *result, struct arena *a, struct dingtalk_instance *out)
{
	struct dingtalk_field *fields;
	const struct json *item;
	size_t count, i;

	if (!list_of(result, "formComponentValues", &item, &count))
		return false;
	fields = arena_array(a, count, sizeof(*fields));
	for (i = 0; item; item = item->next, i++) {
		fields[i].name = dingtalk_text(item, "name");
		fields[i].value = dingtalk_text(item, "value");
	}
	out->fields = fields;
	out->field_count = count;
	return true;
}

static bool parse_tasks(const struct json *result, struct arena *a, struct dingtalk_instance *out)
{
	struct dingtalk_task *tasks;
	const struct json *item;
	size_t count, i;

	if (!list_of(result, "tasks", &item, &count))
		return false;
	tasks = arena_array(a, count, sizeof(*tasks));
	for (i = 0; item; item = item->next, i++) {
		if (!dingtalk_number(item, "taskId", &tasks[i].id))
			return false;
		tasks[i].userid = dingtalk_text(item, "userId");
		tasks[i].status = dingtalk_text(item, "status");
		tasks[i].result = result_of(item);
		tasks[i].activity = dingtalk_text(item, "activityId");
	}
	out->tasks = tasks;
	out->task_count = count;
	return true;
}

static bool parse_records(const struct json *result, struct arena *a, struct dingtalk_instance *out)
{
	struct dingtalk_record *records;
	const struct json *item;
	size_t count, i;

	if (!list_of(result, "operationRecords", &item, &count))
		return false;
	records = arena_array(a, count, sizeof(*records));
	for (i = 0; item; item = item->next, i++) {
		records[i].userid = dingtalk_text(item, "userId");
		records[i].type = dingtalk_text(item, "type");
		records[i].result = result_of(item);
		records[i].remark = dingtalk_text(item, "remark");
		records[i].date = dingtalk_text(item, "date");
	}
	out->records = records;
	out->record_count = count;
	return true;
}

bool dingtalk_parse_instance(const struct json *answer, struct arena *a,
			     struct dingtalk_instance *out)
{
	const struct json *result = json_get(answer, "result");
	const char *status = dingtalk_text(result, "status");
	struct dingtalk_instance instance = {0};

	instance.originator = dingtalk_id(result, "originatorUserId", DINGTALK_ID_MAX);
	if (!instance.originator || !*status)
		return false;
	instance.status = (enum dingtalk_status)word_of(status_words, ARRAY_SIZE(status_words),
							status, DINGTALK_STATUS_OTHER);
	instance.result = result_of(result);
	instance.main_id = dingtalk_text(result, "mainProcessInstanceId");
	instance.action = action_of(result, instance.main_id);
	instance.title = dingtalk_text(result, "title");
	instance.process_code = dingtalk_text(result, "processCode");
	instance.business_id = dingtalk_text(result, "businessId");
	instance.create_time = dingtalk_text(result, "createTime");
	instance.finish_time = dingtalk_text(result, "finishTime");
	if (dingtalk_number(result, "originatorDeptId", &instance.department) &&
	    instance.department == OA_ROOT)
		instance.department = DINGTALK_ROOT;
	if (!parse_texts(result, "attachedProcessInstanceIds", a, &instance.attached,
			 &instance.attached_count) ||
	    !parse_fields(result, a, &instance) || !parse_tasks(result, a, &instance) ||
	    !parse_records(result, a, &instance))
		return false;
	*out = instance;
	return true;
}

bool dingtalk_parse_page(const struct json *answer, int64_t cursor, struct arena *a,
			 struct dingtalk_page *out)
{
	const struct json *result = json_get(answer, "result");
	struct dingtalk_page page = {0};

	if (!json_get(result, "list") || !parse_texts(result, "list", a, &page.ids, &page.count))
		return false;
	/* A page that leads back would never end. */
	if (dingtalk_number(result, "nextToken", &page.next) && page.next != 0 &&
	    page.next <= cursor)
		return false;
	*out = page;
	return true;
}

static bool parse_control(const struct json *item, struct dingtalk_control *out)
{
	const struct json *props = json_get(item, "props");

	*out = (struct dingtalk_control){.id = dingtalk_text(props, "id"),
					 .label = dingtalk_text(props, "label"),
					 .type = dingtalk_text(item, "componentName"),
					 .format = dingtalk_text(props, "format")};
	(void)json_bool(props, "required", &out->required);
	return text_printable(out->label, true) && text_printable(out->type, false);
}

bool dingtalk_parse_form(const struct json *answer, struct arena *a, struct dingtalk_form *out)
{
	const struct json *result = json_get(answer, "result");
	const struct json *content = json_get(result, "schemaContent");
	struct dingtalk_control *controls;
	const struct json *item;
	size_t count, i;

	*out = (struct dingtalk_form){.name = dingtalk_text(result, "name"),
				      .status = dingtalk_text(result, "status")};
	if (!content || content->type != JSON_OBJECT || !text_printable(out->name, false) ||
	    !text_printable(out->status, false) || !list_of(content, "items", &item, &count))
		return false;
	controls = arena_array(a, count, sizeof(*controls));
	for (i = 0; item; item = item->next, i++)
		if (!parse_control(item, &controls[i]))
			return false;
	out->controls = controls;
	out->control_count = count;
	return true;
}

bool dingtalk_parse_templates(const struct json *answer, int64_t cursor, struct arena *a,
			      struct dingtalk_template_page *out)
{
	const struct json *result = json_get(answer, "result");
	struct dingtalk_template_page page = {0};
	struct dingtalk_template *items;
	const struct json *item;

	if (!json_get(result, "processList") || !list_of(result, "processList", &item, &page.count))
		return false;
	page.items = items = arena_array(a, page.count, sizeof(*items));
	for (; item; item = item->next, items++) {
		items->process_code = dingtalk_id(item, "processCode", DINGTALK_ID_MAX);
		items->name = dingtalk_text(item, "name");
		items->group = dingtalk_text(item, "dirName");
		if (!items->process_code || !text_printable(items->name, false) ||
		    !text_printable(items->group, false))
			return false;
	}
	/* A page that leads back would never end. */
	if (dingtalk_number(result, "nextToken", &page.next) && page.next != 0 &&
	    page.next <= cursor)
		return false;
	*out = page;
	return true;
}

static bool parse_step(const struct json *item, struct arena *a, struct dingtalk_step *out)
{
	const struct json *person;
	const char **userids;
	size_t count;

	*out = (struct dingtalk_step){0};
	(void)json_bool(item, "isTargetSelect", &out->chosen);
	if (!list_of(item, "activityActioners", &person, &count))
		return false;
	out->userids = userids = arena_array(a, count, sizeof(*userids));
	for (; person; person = person->next) {
		const char *userid = dingtalk_id(person, "userId", DINGTALK_ID_MAX);

		if (userid)
			userids[out->count++] = userid;
	}
	return true;
}

bool dingtalk_parse_forecast(const struct json *answer, struct arena *a,
			     struct dingtalk_forecast *out)
{
	const struct json *result = json_get(answer, "result");
	struct dingtalk_step *steps;
	const struct json *item;
	size_t count, i;

	if (!result || result->type != JSON_OBJECT ||
	    !list_of(result, "workflowActivityRules", &item, &count))
		return false;
	steps = arena_array(a, count, sizeof(*steps));
	for (i = 0; item; item = item->next, i++)
		if (!parse_step(item, a, &steps[i]))
			return false;
	*out = (struct dingtalk_forecast){steps, count};
	return true;
}

bool dingtalk_parse_department(const struct json *item, struct dingtalk_department *out)
{
	*out = (struct dingtalk_department){.name = dingtalk_text(item, "name")};
	if (!dingtalk_number(item, "parent_id", &out->parent))
		out->parent = 0;
	return dingtalk_number(item, "dept_id", &out->id);
}

bool dingtalk_parse_user(const struct json *item, struct arena *a, struct dingtalk_user *out)
{
	const struct json *list = json_get(item, "dept_id_list");
	const struct json *id;
	int64_t *departments;

	*out = (struct dingtalk_user){
	    .userid = dingtalk_id(item, "userid", DINGTALK_ID_MAX),
	    .unionid = dingtalk_text(item, "unionid"),
	    .name = dingtalk_text(item, "name"),
	    .title = dingtalk_text(item, "title"),
	    .job_number = dingtalk_text(item, "job_number"),
	    .mobile = dingtalk_text(item, "mobile"),
	    .email = dingtalk_text(item, "email"),
	};
	(void)json_bool(item, "active", &out->active);
	if (!out->userid)
		return false;
	if (!list || list->type != JSON_ARRAY)
		return true;
	if (list->count > DINGTALK_MAX_USER_DEPARTMENTS)
		return false;
	departments = arena_array(a, list->count, sizeof(*departments));
	/* Some are not departments of the address book, with numbers below 1. */
	for (id = list->first; id; id = id->next)
		if (id->type == JSON_NUMBER &&
		    text_i64(id->text, 1, INT64_MAX, &departments[out->department_count]))
			out->department_count++;
	out->departments = departments;
	return true;
}

/* false: it is no list. */
static bool names(const struct json *answer, const char *key, const char *userid, bool *out)
{
	const struct json *item;
	size_t count;

	if (!list_of(answer, key, &item, &count))
		return false;
	for (; item; item = item->next)
		*out = *out || (item->type == JSON_TEXT && text_equal(item->text, userid));
	return true;
}

bool dingtalk_parse_reach(const struct json *answer, const char *userid, enum dingtalk_reach *out)
{
	bool unknown = false, held = false;

	if (!json_text(answer, "processQueryKey") ||
	    !names(answer, "invalidStaffIdList", userid, &unknown) ||
	    !names(answer, "flowControlledStaffIdList", userid, &held))
		return false;
	*out = unknown ? DINGTALK_REACH_NOBODY : held ? DINGTALK_REACH_LATER : DINGTALK_REACHED;
	return true;
}
