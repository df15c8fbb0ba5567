/* The forms themselves: made and changed by an app, listed, looked up. */
#include <string.h>

#include "base/text.h"
#include "dingsim/flow.h"
#include "dingsim/form.h"
#include "dingsim/format.h"
#include "dingsim/routes.h"
#include "dingsim/workflow.h"

#define FORMS_MAX 200 /* in a corp */
#define NAME_MAX_CHARS 200
#define DESCRIPTION_MAX 300
#define COMPONENT_ID_MAX 64
#define LABEL_MAX 20
#define PLACEHOLDER_MAX 128
#define VISIBLE_MAX 100
#define FOLDER_MAX 100
#define PROCESS_CODE_MAX 64

static void put_minute(struct json_writer *w, const char *key, int64_t ms)
{
	char text[FORMAT_MINUTE_SIZE];

	format_minute(ms, text);
	json_put_text(w, key, text);
}

/* A select's options; one that has a key of its own is JSON inside the text. */
static void put_options(struct json_writer *w, const struct option *options)
{
	const struct option *option;

	json_array(w, "options");
	for (option = options; option; option = option->next) {
		AUTO(buf_done) struct buf text = {0};
		struct json_writer inner = {.out = &text};

		json_object(&inner, NULL);
		json_put_text(&inner, "value", option->value);
		json_put_text(&inner, "key", option->key);
		json_object_end(&inner);
		json_put_text(w, NULL, option->own_key ? text.data : option->value);
	}
	json_array_end(w);
	json_array(w, "objOptions");
	for (option = options; option; option = option->next) {
		json_object(w, NULL);
		json_put_text(w, "value", option->value);
		json_object_end(w);
	}
	json_array_end(w);
}

static void put_given(struct json_writer *w, const char *key, const char *text)
{
	if (text)
		json_put_text(w, key, text);
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
	put_given(w, "bizAlias", control->alias);
	put_given(w, "placeholder", control->placeholder);
	put_given(w, "format", control->format);
	put_given(w, "unit", control->unit);
	put_given(w, "content", control->content);
	if (control->options)
		put_options(w, control->options);
	json_object_end(w);
	json_array(w, "children");
	for (child = control->children; child; child = child->next)
		put_control(w, child);
	json_array_end(w);
	json_object_end(w);
}

/* What templateConfig said, and who can initiate. */
static void put_settings(struct call *c, const struct form *form)
{
	AUTO(buf_done) struct buf text = {0}, range = {0};
	struct json_writer w = {.out = &text};

	json_object(&w, NULL);
	json_put_bool(&w, "disableStopProcessButton", !form->allow_withdraw);
	json_put_bool(&w, "disableFormEdit", form->no_edit);
	json_put_bool(&w, "disableDeleteProcess", form->no_delete);
	json_put_bool(&w, "disableResubmit", form->no_resubmit);
	json_put_bool(&w, "disableHomepage", form->no_homepage);
	json_put_bool(&w, "hidden", form->hidden);
	json_object_end(&w);
	json_put_text(&c->w, "customSetting", text.data);
	buf_printf(&range, "{\"userIds\":%s,\"deptIds\":%s}", form->initiators,
		   form->initiator_departments);
	json_put_text(&c->w, "visibleRange", range.data);
}

static void put_schema(struct call *c, const struct form *form, const struct control *controls)
{
	json_object(&c->w, "result");
	json_put_text(&c->w, "formCode", form->process_code);
	json_put_text(&c->w, "formUuid", form->process_code);
	json_put_text(&c->w, "name", form->name);
	json_put_text(&c->w, "memo", form->description);
	json_put_text(&c->w, "icon", "common");
	json_put_text(&c->w, "status", form->status);
	json_put_i64(&c->w, "appType", 0);
	json_put_i64(&c->w, "engineType", 0);
	json_put_i64(&c->w, "listOrder", 0);
	json_put_text(&c->w, "ownerIdType", "orgId");
	json_put_text(&c->w, "procType", "inner");
	json_put_text(&c->w, "appUuid", "");
	json_put_text(&c->w, "bizType", "");
	put_settings(c, form);
	put_minute(&c->w, "gmtCreate", form->created_ms);
	put_minute(&c->w, "gmtModified", form->modified_ms);
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

bool template_schema(struct call *c, struct err *e)
{
	const char *process_code = http_query(c->r, "processCode");
	const struct json *components;
	struct control *controls;
	struct form *form;

	if (!process_code || !*process_code)
		return call_fault(c, e, "invalidParameter", "缺少参数：processCode");
	if (strlen(process_code) > PROCESS_CODE_MAX)
		return call_fault(c, e, "aflowProcessCodeIsError", NULL);
	if (!store_form(&c->store, process_code, &form, e))
		return e->code == ERR_NOT_FOUND ? call_fault(c, e, "formNotExist", NULL) : false;
	if (text_equal(form->status, "DELETED"))
		return call_fault(c, e, "formNotExist", NULL);
	if (!call_stored(c, form->components, &components, e) ||
	    !form_controls(c->store.arena, components, &controls, e))
		return false;
	put_schema(c, form, controls);
	return true;
}

static void put_visible(struct call *c, const struct form *form)
{
	const char *group = *form->category ? form->category : "其他";

	json_object(&c->w, NULL);
	json_put_text(&c->w, "name", form->name);
	json_put_text(&c->w, "processCode", form->process_code);
	json_put_text(&c->w, "iconUrl", "");
	json_put_text(&c->w, "url",
		      arena_printf(c->store.arena,
				   "https://aflow.dingtalk.com/dingtalk/mobile/"
				   "homepage.htm?corpid=%s&swfrom=isv#/form?processCode=%s",
				   c->sim->corp_id, form->process_code));
	json_put_text(&c->w, "dirId", *form->category ? form->category : "other");
	json_put_text(&c->w, "dirName", group);
	json_object_end(&c->w);
}

static bool is_visible(struct call *c, const struct form *form, const struct person *who, bool *out,
		       struct err *e)
{
	*out = !form->hidden && text_equal(form->status, "PUBLISHED");
	return !*out || !who || workflow_may_start(c, form, who, out, e);
}

static bool query_number(struct call *c, const char *name, int64_t min, int64_t max, int64_t *out)
{
	const char *text = http_query(c->r, name);

	return text && text_i64(text, min, max, out);
}

static bool put_visibles(struct call *c, const struct person *who, int64_t first, int64_t limit,
			 struct err *e)
{
	int64_t index = 0;
	bool more = false, visible;
	struct form *form;

	if (!store_forms(&c->store, &form, e))
		return false;
	json_array(&c->w, "processList");
	for (; form && !more; form = form->next) {
		if (!is_visible(c, form, who, &visible, e))
			return false;
		if (!visible || index++ < first)
			continue;
		more = index > first + limit;
		if (!more)
			put_visible(c, form);
	}
	json_array_end(&c->w);
	if (more)
		json_put_i64(&c->w, "nextToken", first + limit);
	return true;
}

bool template_visible(struct call *c, struct err *e)
{
	const char *userid = http_query(c->r, "userId");
	struct person *who = NULL;
	int64_t first, limit;

	if (!query_number(c, "nextToken", 0, INT32_MAX, &first))
		return call_fault(c, e, "invalidNextToken", NULL);
	if (!query_number(c, "maxResults", 1, VISIBLE_MAX, &limit))
		return call_fault(c, e, "invalidMaxResults", "maxResults不正确，最大值为%d",
				  VISIBLE_MAX);
	if (userid && *userid && !workflow_person(c, userid, "aflowProcessGetFailed", &who, e))
		return false;
	json_object(&c->w, "result");
	if (!put_visibles(c, who, first, limit, e))
		return false;
	json_object_end(&c->w);
	return true;
}

static void put_manageable(struct call *c, const struct form *form)
{
	json_object(&c->w, NULL);
	json_put_text(&c->w, "processCode", form->process_code);
	json_put_text(&c->w, "flowTitle", form->name);
	json_put_text(&c->w, "iconName", "common");
	json_put_text(&c->w, "iconUrl", "");
	json_put_i64(&c->w, "attendanceType", 0);
	json_put_bool(&c->w, "newProcess", true);
	put_minute(&c->w, "gmtModified", form->modified_ms);
	json_object_end(&c->w);
}

bool template_manageable(struct call *c, struct err *e)
{
	const char *userid = http_query(c->r, "userId");
	const struct json *managers, *manager;
	struct person *who;
	struct form *form;

	if (!userid || !*userid)
		return call_fault(c, e, "invalidParameter", "缺少参数：userId");
	if (!workflow_person(c, userid, "userNotExist", &who, e) ||
	    !store_forms(&c->store, &form, e))
		return false;
	json_array(&c->w, "result");
	for (; form; form = form->next) {
		if (!call_stored(c, form->managers, &managers, e))
			return false;
		manager = managers->first;
		while (manager && !text_equal(manager->text, who->userid))
			manager = manager->next;
		if (manager)
			put_manageable(c, form);
	}
	json_array_end(&c->w);
	json_put_bool(&c->w, "success", true);
	return true;
}

bool template_named(struct call *c, struct err *e)
{
	const char *name = http_query(c->r, "name");
	struct form *form;

	if (!name || !*name)
		return call_fault(c, e, "process.error", NULL);
	if (!store_form_named(&c->store, name, &form, e))
		return e->code == ERR_NOT_FOUND ? call_fault(c, e, "process.error", NULL) : false;
	json_object(&c->w, "result");
	json_put_text(&c->w, "processCode", form->process_code);
	put_minute(&c->w, "gmtModified", form->modified_ms);
	json_object_end(&c->w);
	return true;
}

/* A member that may be absent or null, else is a text of at most max characters. */
static bool text_member(const struct json *object, const char *key, size_t max, const char **out)
{
	const struct json *member = json_get(object, key);

	*out = NULL;
	if (!member || member->type == JSON_NULL)
		return true;
	*out = member->text;
	return member->type == JSON_TEXT && text_length(member->text) <= max;
}

struct component {
	const char *type, *id, *label, *placeholder, *alias, *format, *unit, *content;
};

static bool component_read(struct arena *a, const struct json *component, struct component *out)
{
	const struct json *props = json_get(component, "props");
	char random[9];

	out->type = json_text(component, "componentType");
	if (!out->type || !props || props->type != JSON_OBJECT ||
	    !text_member(props, "componentId", COMPONENT_ID_MAX, &out->id) ||
	    !text_member(props, "label", LABEL_MAX, &out->label) ||
	    !text_member(props, "placeholder", PLACEHOLDER_MAX, &out->placeholder) ||
	    !text_member(props, "bizAlias", COMPONENT_ID_MAX, &out->alias) ||
	    !text_member(props, "format", COMPONENT_ID_MAX, &out->format) ||
	    !text_member(props, "unit", LABEL_MAX, &out->unit) ||
	    !text_member(props, "content", FORM_MAX_TEXT, &out->content))
		return false;
	format_hex(random, sizeof(random));
	if (!out->id || !*out->id)
		out->id = arena_printf(a, "%s_%s", out->type, random);
	/* A note has a text, and nothing before it. */
	if (!out->label && text_equal(out->type, "TextNote"))
		out->label = out->id;
	return out->label && *out->label;
}

/* One component of the call as a form keeps it. */
static bool put_component(struct json_writer *w, struct arena *a, const struct json *component)
{
	const struct json *props = json_get(component, "props");
	const struct json *children = json_get(component, "children"), *child;
	const struct json *options = json_get(props, "options");
	struct component read = {0};
	bool required = false;

	if (!component_read(a, component, &read))
		return false;
	(void)json_bool(props, "required", &required);
	json_object(w, NULL);
	json_put_text(w, "componentType", read.type);
	json_put_text(w, "id", read.id);
	json_put_text(w, "label", read.label);
	json_put_bool(w, "required", required);
	put_given(w, "bizAlias", read.alias);
	put_given(w, "placeholder", read.placeholder);
	put_given(w, "format", read.format);
	put_given(w, "unit", read.unit);
	put_given(w, "content", read.content);
	if (options && options->type == JSON_ARRAY && options->count)
		json_put_json(w, "options", options);
	if (children && children->type == JSON_ARRAY && children->count) {
		json_array(w, "children");
		for (child = children->first; child; child = child->next)
			if (!put_component(w, a, child))
				return false;
		json_array_end(w);
	}
	json_object_end(w);
	return true;
}

static bool components_of(struct call *c, struct form *form, struct err *e)
{
	const struct json *list = json_get(c->in, "formComponents"), *item, *stored, *steps;
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	struct control *controls;
	struct err why = {0};

	if (!list || list->type != JSON_ARRAY || !list->count || list->count > FORM_MAX_CONTROLS)
		return call_fault(c, e, "formschema.error", "formComponents需要1到%d个控件",
				  FORM_MAX_CONTROLS);
	json_array(&w, NULL);
	for (item = list->first; item; item = item->next)
		if (!put_component(&w, c->store.arena, item))
			return call_fault(c, e, "formschema.error", NULL);
	json_array_end(&w);
	form->components = arena_dup(c->store.arena, out.data);
	if (!call_stored(c, form->components, &stored, e))
		return false;
	if (!form_controls(c->store.arena, stored, &controls, &why))
		return call_fault(c, e, "formschema.error", "表单schema错误：%s", why.text);
	/* What a condition of the flow looks at has to stay. */
	return call_stored(c, form->approvers, &steps, e) &&
	       (flow_check_branches(steps, controls, &why) ||
		call_fault(c, e, "formschema.error", "表单schema错误：%s", why.text));
}

static bool name_of(struct call *c, struct form *form, struct err *e)
{
	struct form *other;

	if (!text_member(c->in, "name", NAME_MAX_CHARS, &form->name) || !form->name || !*form->name)
		return call_fault(c, e, "formName.error", "表单名称不正确，最多%d个字符",
				  NAME_MAX_CHARS);
	if (store_form_named(&c->store, form->name, &other, e))
		return text_equal(other->process_code, form->process_code) ||
		       call_fault(c, e, "formName.error", "表单名称重复");
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	return true;
}

/* A flag of templateConfig that is absent or null says nothing. */
static bool flag_of(const struct json *config, const char *key, bool *out)
{
	const struct json *member = json_get(config, key);

	return !member || member->type == JSON_NULL || json_bool(config, key, out);
}

static bool config_of(struct call *c, struct form *form, struct err *e)
{
	const struct json *config = json_get(c->in, "templateConfig");
	bool stop_disabled = !form->allow_withdraw;
	const char *folder;

	if (!config || config->type == JSON_NULL)
		return true;
	if (config->type != JSON_OBJECT || !flag_of(config, "hidden", &form->hidden) ||
	    !flag_of(config, "disableStopProcessButton", &stop_disabled) ||
	    !flag_of(config, "disableFormEdit", &form->no_edit) ||
	    !flag_of(config, "disableDeleteProcess", &form->no_delete) ||
	    !flag_of(config, "disableResubmit", &form->no_resubmit) ||
	    !flag_of(config, "disableHomepage", &form->no_homepage) ||
	    !text_member(config, "dirId", FOLDER_MAX, &folder))
		return call_fault(c, e, "schema.sysAttrs.error", NULL);
	form->allow_withdraw = !stop_disabled;
	form->category = folder ? folder : form->category;
	return true;
}

/* The form that is to be changed, or a new one with the flow that DingTalk generates: the
 * originator selects the approvers. */
static bool form_of(struct call *c, struct form **out, struct err *e)
{
	static const struct form fresh = {
	    .description = "",
	    .category = "",
	    .status = "PUBLISHED",
	    .allow_withdraw = true,
	    .approvers = "[{\"actionType\":\"OR\",\"actorKey\":\"manual_default\"}]",
	    .initiators = "[]",
	    .initiator_departments = "[]",
	    .managers = "[]",
	    .cc = "[]",
	    .cc_position = ""};
	const struct json *code = json_get(c->in, "processCode");
	char id[FORMAT_REQUEST_SIZE];

	if (code && code->type != JSON_NULL && !(code->type == JSON_TEXT && !*code->text)) {
		if (code->type != JSON_TEXT)
			return call_fault(c, e, "processcode.error", NULL);
		if (store_form(&c->store, code->text, out, e))
			return !text_equal((*out)->status, "DELETED") ||
			       call_fault(c, e, "processcode.error", NULL);
		return e->code == ERR_NOT_FOUND ? call_fault(c, e, "processcode.error", NULL)
						: false;
	}
	*out = arena_new(c->store.arena, struct form);
	**out = fresh;
	format_request_id(id);
	(*out)->process_code = arena_printf(c->store.arena, "PROC-%s", id);
	return true;
}

static bool room_for_one(struct call *c, struct err *e)
{
	struct form *form;
	int count = 0;

	if (!store_forms(&c->store, &form, e))
		return false;
	for (; form; form = form->next)
		count++;
	return count < FORMS_MAX ||
	       call_fault(c, e, "internalError", "审批模板已超过最大数量%d", FORMS_MAX);
}

bool template_save(struct call *c, struct err *e)
{
	const char *description;
	struct form *form;
	bool fresh;

	if (!form_of(c, &form, e))
		return false;
	fresh = !form->created_ms;
	if (!name_of(c, form, e) || (fresh && !room_for_one(c, e)) || !components_of(c, form, e))
		return false;
	if (!text_member(c->in, "description", DESCRIPTION_MAX, &description))
		return call_fault(c, e, "formschema.error", "表单描述最多%d个字符",
				  DESCRIPTION_MAX);
	form->description = description ? description : form->description;
	if (!config_of(c, form, e))
		return false;
	form->modified_ms = c->now_ms;
	if (fresh)
		form->created_ms = c->now_ms;
	if (fresh ? !store_form_add(&c->store, form, e) : !store_form_set(&c->store, form, e))
		return false;
	json_object(&c->w, "result");
	json_put_text(&c->w, "processCode", form->process_code);
	json_object_end(&c->w);
	return true;
}

bool template_remove(struct call *c, struct err *e)
{
	struct form *form;

	if (!store_form(&c->store, c->r->args[0], &form, e))
		return false;
	if (text_equal(form->status, "DELETED"))
		return err_set(e, ERR_NOT_FOUND, "there is no such form");
	if (form->no_delete)
		return err_set(e, ERR_CONFLICT, "disableDeleteProcess forbids it");
	form->status = "DELETED";
	form->modified_ms = c->now_ms;
	return store_form_set(&c->store, form, e);
}
