#include "dingsim/draft.h"

#include <string.h>

#include "base/text.h"
#include "dingsim/flow.h"
#include "dingsim/format.h"
#include "dingsim/people.h"

#define NAME_CHARS 200
#define CATEGORY_CHARS 50
#define LABEL_CHARS 20
#define PLACEHOLDER_CHARS 128

const char *const draft_types[] = {
    "TextField",          "TextareaField", "NumberField",      "MoneyField", "DDSelectField",
    "DDMultiSelectField", "DDDateField",   "DDDateRangeField", "PhoneField", "InnerContactField",
    "DepartmentField",    "DDPhotoField",  "DDAttachment",     "TableField", "StarRatingField",
    "AddressField",       "RelateField",   "TextNote",         NULL};

static const char *key(struct call *c, char kind, int n, const char *what)
{
	return arena_printf(c->store.arena, "%c%d_%s", kind, n, what);
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* An option is a text, or an object with a value. */
static const char *option_value(const struct json *option)
{
	return or_empty(option->type == JSON_OBJECT ? json_text(option, "value") : option->text);
}

static const char *stored_lines(struct call *c, const struct json *component)
{
	AUTO(buf_done) struct buf out = {0};
	const struct json *options = json_get(component, "options");
	const struct json *children = json_get(component, "children");
	const struct json *item;

	for (item = options ? options->first : NULL; item; item = item->next)
		buf_printf(&out, "%s%s", out.len ? "\n" : "", option_value(item));
	for (item = children ? children->first : NULL; item; item = item->next)
		buf_printf(&out, "%s%s", out.len ? "\n" : "", or_empty(json_text(item, "label")));
	return arena_dup(c->store.arena, or_empty(out.data));
}

static const char *joined_lines(struct call *c, const struct json *texts)
{
	AUTO(buf_done) struct buf out = {0};
	const struct json *item;

	for (item = texts ? texts->first : NULL; item; item = item->next)
		buf_printf(&out, "%s%s", out.len ? "\n" : "", item->text);
	return arena_dup(c->store.arena, or_empty(out.data));
}

static bool stored_controls(struct call *c, struct draft *d, struct err *e)
{
	const struct json *list, *component;

	if (!call_stored(c, d->stored->components, &list, e))
		return false;
	for (component = list->first; component && d->control_count < DRAFT_CONTROLS;
	     component = component->next) {
		struct draft_control *control = &d->controls[d->control_count++];

		*control = (struct draft_control){
		    .type = or_empty(json_text(component, "componentType")),
		    .id = or_empty(json_text(component, "id")),
		    .label = or_empty(json_text(component, "label")),
		    .placeholder = or_empty(json_text(component, "placeholder")),
		    .format = or_empty(json_text(component, "format")),
		    .options = stored_lines(c, component)};
		(void)json_bool(component, "required", &control->required);
	}
	if (component)
		return page_refuse(c, e, "The form has more controls than this editor can show.",
				   "表单控件过多，无法在此编辑。");
	return true;
}

static bool stored_steps(struct call *c, struct draft *d, struct err *e)
{
	const struct json *list, *step;

	if (!call_stored(c, d->stored->approvers, &list, e))
		return false;
	for (step = list->first; step && d->step_count < DRAFT_STEPS; step = step->next) {
		AUTO(buf_done) struct buf people = {0};
		struct json_writer w = {.out = &people};
		const struct json *users = json_get(step, "userIds");
		const struct json *when = json_get(step, "when");

		if (users)
			json_put_json(&w, NULL, users);
		d->steps[d->step_count++] = (struct draft_step){
		    .selected = json_get(step, "actorKey") != NULL,
		    .key = or_empty(json_text(step, "actorKey")),
		    .method = text_equal(json_text(step, "actionType"), "OR") ? "OR" : "AND",
		    .people = arena_dup(c->store.arena, users ? people.data : "[]"),
		    .when = or_empty(json_text(when, "label")),
		    .values = joined_lines(c, json_get(when, "values"))};
	}
	d->automatic = !d->step_count;
	return true;
}

static bool stored_draft(struct call *c, const struct form *form, struct draft *d, struct err *e)
{
	size_t n = strlen(form->initiator_departments);

	*d = (struct draft){.stored = form,
			    .name = form->name,
			    .description = form->description,
			    .category = form->category,
			    .departments =
				arena_dup_n(c->store.arena, form->initiator_departments + 1, n - 2),
			    .allow_withdraw = form->allow_withdraw,
			    .allow_revoke = form->allow_revoke,
			    .cc_position = *form->cc_position ? form->cc_position : "FINISH"};
	return stored_controls(c, d, e) && stored_steps(c, d, e);
}

static int sent_count(struct call *c, const char *name, int max)
{
	int64_t count = 0;

	(void)text_i64(call_field(c, name), 0, max, &count);
	return (int)count;
}

static void sent_draft(struct call *c, struct draft *d)
{
	int n;

	d->name = text_trim(arena_dup(c->store.arena, call_field(c, "name")));
	d->description = call_field(c, "description");
	d->category = text_trim(arena_dup(c->store.arena, call_field(c, "category")));
	d->departments = call_field(c, "departments");
	d->allow_withdraw = *call_field(c, "withdraw");
	d->allow_revoke = *call_field(c, "revoke");
	d->automatic = text_equal(call_field(c, "approval"), "automatic");
	d->cc_position = call_field(c, "ccPosition");
	d->control_count = sent_count(c, "controls", DRAFT_CONTROLS);
	for (n = 0; n < d->control_count; n++)
		d->controls[n] = (struct draft_control){
		    .type = call_field(c, key(c, 'c', n, "type")),
		    .id = call_field(c, key(c, 'c', n, "id")),
		    .label = text_trim(
			arena_dup(c->store.arena, call_field(c, key(c, 'c', n, "label")))),
		    .placeholder = call_field(c, key(c, 'c', n, "placeholder")),
		    .format = call_field(c, key(c, 'c', n, "format")),
		    .options = call_field(c, key(c, 'c', n, "options")),
		    .required = *call_field(c, key(c, 'c', n, "required"))};
	d->step_count = sent_count(c, "steps", DRAFT_STEPS);
	for (n = 0; n < d->step_count; n++)
		d->steps[n] = (struct draft_step){
		    .selected = text_equal(call_field(c, key(c, 's', n, "who")), "selected"),
		    .method =
			text_equal(call_field(c, key(c, 's', n, "method")), "OR") ? "OR" : "AND",
		    .key = call_field(c, key(c, 's', n, "key")),
		    .people = "[]",
		    .when =
			text_trim(arena_dup(c->store.arena, call_field(c, key(c, 's', n, "when")))),
		    .values = call_field(c, key(c, 's', n, "values")),
		    .sent = n};
}

bool draft_read(struct call *c, const struct form *form, struct draft *out, struct err *e)
{
	*out = (struct draft){.stored = form};
	if (c->r->method == HTTP_POST) {
		sent_draft(c, out);
		return true;
	}
	if (form)
		return stored_draft(c, form, out, e);
	*out = (struct draft){.name = "",
			      .description = "",
			      .category = "",
			      .departments = "",
			      .allow_withdraw = true,
			      .cc_position = "FINISH"};
	draft_change(out, "add");
	draft_change(out, "step");
	return true;
}

static bool numbered(const char *act, const char *name, int count, int *out)
{
	int64_t n;

	if (!text_starts(act, name) || !text_i64(act + strlen(name), 0, count - 1, &n))
		return false;
	*out = (int)n;
	return true;
}

void draft_change(struct draft *d, const char *act)
{
	int n;

	if (text_equal(act, "add") && d->control_count < DRAFT_CONTROLS) {
		d->controls[d->control_count++] =
		    (struct draft_control){"TextField", "", "", "", "", "", false};
	} else if (text_equal(act, "step") && d->step_count < DRAFT_STEPS) {
		/* None of what was sent: its people are empty. */
		d->steps[d->step_count++] = (struct draft_step){.key = "",
								.method = "AND",
								.people = "[]",
								.when = "",
								.values = "",
								.sent = DRAFT_STEPS};
	} else if (numbered(act, "drop", d->control_count, &n)) {
		d->control_count--;
		memmove(&d->controls[n], &d->controls[n + 1],
			(size_t)(d->control_count - n) * sizeof(d->controls[0]));
	} else if (numbered(act, "up", d->control_count, &n) && n > 0) {
		struct draft_control moved = d->controls[n];

		d->controls[n] = d->controls[n - 1];
		d->controls[n - 1] = moved;
	} else if (numbered(act, "unstep", d->step_count, &n)) {
		d->step_count--;
		memmove(&d->steps[n], &d->steps[n + 1],
			(size_t)(d->step_count - n) * sizeof(d->steps[0]));
	}
}

static const struct json *stored_component(const struct json *components, const char *id)
{
	const struct json *component = components ? components->first : NULL;

	while (component && !text_equal(json_text(component, "id"), id))
		component = component->next;
	return component;
}

/* The stored option of that value, which may have a key of its own; NULL: it is new. */
static const struct json *stored_option(const struct json *component, const char *value)
{
	const struct json *options = json_get(component, "options");
	const struct json *option = options ? options->first : NULL;

	while (option && !text_equal(option_value(option), value))
		option = option->next;
	return option;
}

static const struct json *stored_column(const struct json *component, const char *label)
{
	const struct json *children = json_get(component, "children");
	const struct json *child = children ? children->first : NULL;

	while (child && !text_equal(json_text(child, "label"), label))
		child = child->next;
	return child;
}

static const char *new_id(struct call *c, const char *type)
{
	char random[9];

	format_hex(random, sizeof(random));
	return arena_printf(c->store.arena, "%s_%s", type, random);
}

static void put_column(struct call *c, struct json_writer *w, const char *label)
{
	json_object(w, NULL);
	json_put_text(w, "componentType", "TextField");
	json_put_text(w, "id", new_id(c, "TextField"));
	json_put_text(w, "label", label);
	json_object_end(w);
}

/* The next line without the space around it; moves *text behind it. */
static const char *next_line(struct call *c, const char **text)
{
	size_t n = strcspn(*text, "\r\n");
	const char *line = text_trim(arena_dup_n(c->store.arena, *text, n));

	*text += n + ((*text)[n] != '\0');
	return line;
}

static void put_lines(struct call *c, struct json_writer *w, const struct draft_control *control,
		      const struct json *before)
{
	bool table = text_equal(control->type, "TableField");
	const char *text = control->options;

	json_array(w, table ? "children" : "options");
	while (*text) {
		const char *line = next_line(c, &text);
		const struct json *kept =
		    table ? stored_column(before, line) : stored_option(before, line);

		if (!*line)
			continue;
		if (kept)
			json_put_json(w, NULL, kept);
		else if (table)
			put_column(c, w, line);
		else
			json_put_text(w, NULL, line);
	}
	json_array_end(w);
}

static bool has_lines(const char *type)
{
	return text_equal(type, "DDSelectField") || text_equal(type, "DDMultiSelectField") ||
	       text_equal(type, "TableField");
}

static void put_if(struct json_writer *w, const char *name, const char *text)
{
	if (text && *text)
		json_put_text(w, name, text);
}

static void put_control(struct call *c, struct json_writer *w, const struct draft_control *control,
			const struct json *components)
{
	const struct json *before = stored_component(components, control->id);
	bool dated = text_equal(control->type, "DDDateField") ||
		     text_equal(control->type, "DDDateRangeField");

	json_object(w, NULL);
	json_put_text(w, "componentType", control->type);
	json_put_text(w, "id", *control->id ? control->id : new_id(c, control->type));
	json_put_text(w, "label", control->label);
	json_put_bool(w, "required", control->required);
	put_if(w, "placeholder", control->placeholder);
	put_if(w, "format", dated ? control->format : NULL);
	/* What the editor does not show stays as it was. */
	put_if(w, "bizAlias", json_text(before, "bizAlias"));
	put_if(w, "unit", json_text(before, "unit"));
	put_if(w, "content", json_text(before, "content"));
	if (has_lines(control->type))
		put_lines(c, w, control, before);
	json_object_end(w);
}

static bool known_type(const char *type)
{
	size_t i = 0;

	while (draft_types[i] && !text_equal(draft_types[i], type))
		i++;
	return draft_types[i] != NULL;
}

static bool control_fits(struct call *c, const struct draft *d, int n, struct err *e)
{
	const struct draft_control *control = &d->controls[n];
	struct arena *a = c->store.arena;
	int other;

	if (!*control->label || text_length(control->label) > LABEL_CHARS)
		return page_refuse(
		    c, e, arena_printf(a, "Control %d needs a title of 1 to 20 characters.", n + 1),
		    arena_printf(a, "第%d个控件的标题需要1到20个字符。", n + 1));
	for (other = 0; other < n; other++)
		if (text_equal(d->controls[other].label, control->label))
			return page_refuse(
			    c, e,
			    arena_printf(a, "Two controls are called \"%s\".", control->label),
			    arena_printf(a, "控件标题“%s”重复了。", control->label));
	if (text_length(control->placeholder) > PLACEHOLDER_CHARS)
		return page_refuse(c, e, "A placeholder has at most 128 characters.",
				   "提示文字最多128个字符。");
	if (has_lines(control->type) && !*text_trim(arena_dup(a, control->options)))
		return page_refuse(
		    c, e, arena_printf(a, "\"%s\" needs options, one a line.", control->label),
		    arena_printf(a, "“%s”需要选项，每行一个。", control->label));
	return known_type(control->type) || text_equal(control->type, "DDBizSuite") ||
	       text_equal(control->type, "TimeAndLocationField") ||
	       err_set(e, ERR_INVALID, "there is no such control: %.40s", control->type);
}

static bool components_of(struct call *c, const struct draft *d, struct form *form, struct err *e)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	const struct json *before = NULL, *components;
	struct control *controls;
	int n;

	if (!d->control_count)
		return page_refuse(c, e, "The form needs a control.", "请至少添加一个控件。");
	if (d->stored && !call_stored(c, d->stored->components, &before, e))
		return false;
	json_array(&w, NULL);
	for (n = 0; n < d->control_count; n++) {
		if (!control_fits(c, d, n, e))
			return false;
		put_control(c, &w, &d->controls[n], before);
	}
	json_array_end(&w);
	form->components = arena_dup(c->store.arena, out.data);
	return call_stored(c, form->components, &components, e) &&
	       form_controls(c->store.arena, components, &controls, e);
}

static void put_when(struct call *c, struct json_writer *w, const struct draft_step *step)
{
	const char *text = step->values;

	if (!*step->when)
		return;
	json_object(w, "when");
	json_put_text(w, "label", step->when);
	json_array(w, "values");
	while (*text) {
		const char *line = next_line(c, &text);

		if (*line)
			json_put_text(w, NULL, line);
	}
	json_array_end(w);
	json_object_end(w);
}

/* From whom they may be selected, which the editor does not show, stays; ends the step. */
static bool put_range(struct call *c, struct json_writer *w, const struct form *stored,
		      const char *actor, struct err *e)
{
	const struct json *flow, *step;

	if (!call_stored(c, stored ? stored->approvers : "[]", &flow, e))
		return false;
	for (step = flow->first; step; step = step->next)
		if (text_equal(json_text(step, "actorKey"), actor) && json_get(step, "range"))
			json_put_json(w, "range", json_get(step, "range"));
	json_object_end(w);
	return true;
}

static bool put_step(struct call *c, struct json_writer *w, const struct draft_step *step,
		     const struct form *stored, struct err *e)
{
	const struct json *people;
	const char *list;

	json_object(w, NULL);
	put_when(c, w, step);
	if (step->selected) {
		json_put_text(w, "actionType", step->method);
		json_put_text(w, "actorKey", *step->key ? step->key : new_id(c, "manual"));
		return put_range(c, w, stored, step->key, e);
	}
	if (!people_read(c, arena_printf(c->store.arena, "s%d_p", step->sent), &list, e) ||
	    !call_stored(c, list, &people, e))
		return false;
	if (!people->count)
		return page_refuse(c, e, "Every step needs an approver.",
				   "每个审批节点都需要审批人。");
	json_put_text(w, "actionType", people->count == 1 ? "NONE" : step->method);
	json_put_json(w, "userIds", people);
	json_object_end(w);
	return true;
}

/* A step's condition names a select of the form, and options of it. */
static bool conditions_fit(struct call *c, const struct form *form, const struct json *flow,
			   struct err *e)
{
	const struct json *components, *step;
	struct control *controls;
	bool fits = true;

	if (!call_stored(c, form->components, &components, e) ||
	    !form_controls(c->store.arena, components, &controls, e))
		return false;
	for (step = flow->first; step; step = step->next) {
		const struct json *when = json_get(step, "when");

		fits = fits && (!when || json_get(when, "values")->count);
	}
	return (fits && flow_check_branches(flow, controls, e)) ||
	       page_refuse(c, e, "A condition names a single choice of the form and its options.",
			   "条件须填写本表单的单选框标题及其选项。");
}

static bool flow_of(struct call *c, const struct draft *d, struct form *form, struct err *e)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	const struct json *flow;
	int n;

	json_array(&w, NULL);
	for (n = 0; n < d->step_count && !d->automatic; n++)
		if (!put_step(c, &w, &d->steps[n], d->stored, e))
			return false;
	json_array_end(&w);
	if (!d->automatic && !d->step_count)
		return page_refuse(c, e, "Manual approval needs a step with an approver.",
				   "人工审批需要至少一个审批节点。");
	form->approvers = arena_dup(c->store.arena, out.data);
	return call_stored(c, form->approvers, &flow, e) && conditions_fit(c, form, flow, e) &&
	       flow_check_form(&c->store, flow, e);
}

/* "2, 5" as a JSON array of departments that there are. */
static bool departments_of(struct call *c, const struct draft *d, const char **out, struct err *e)
{
	AUTO(buf_done) struct buf ids = {0};
	const char *text = d->departments;
	struct department *department;

	while (*text) {
		size_t n = strcspn(text, ",");
		const char *item = text_trim(arena_dup_n(c->store.arena, text, n));
		int64_t id;

		text += n + (text[n] != '\0');
		if (!text_i64(item, 1, INT64_MAX, &id) ||
		    !store_department(&c->store, id, &department, e))
			return page_refuse(
			    c, e, arena_printf(c->store.arena, "There is no department %s.", item),
			    arena_printf(c->store.arena, "部门%s不存在。", item));
		buf_printf(&ids, "%s%s", ids.len ? "," : "", item);
	}
	*out = arena_printf(c->store.arena, "[%s]", or_empty(ids.data));
	return true;
}

static bool basics_of(struct call *c, const struct draft *d, struct form *form, struct err *e)
{
	struct form *same;

	if (!*d->name || text_length(d->name) > NAME_CHARS)
		return page_refuse(c, e, "The form needs a name of 1 to 200 characters.",
				   "表单名称需要1到200个字符。");
	if (text_length(d->category) > CATEGORY_CHARS)
		return page_refuse(c, e, "The group has at most 50 characters.",
				   "分组名称最多50个字符。");
	if (!store_forms(&c->store, &same, e))
		return false;
	for (; same; same = same->next)
		if (text_equal(same->name, d->name) &&
		    !(d->stored && text_equal(same->process_code, d->stored->process_code)))
			return page_refuse(c, e, "Another form has this name.", "表单名称已存在。");
	form->name = d->name;
	form->description = d->description;
	form->category = d->category;
	form->allow_withdraw = d->allow_withdraw;
	form->allow_revoke = d->allow_revoke;
	form->status = "PUBLISHED";
	form->cc_position = d->cc_position;
	return departments_of(c, d, &form->initiator_departments, e) &&
	       people_read(c, "i", &form->initiators, e) &&
	       people_read(c, "m", &form->managers, e) && people_read(c, "k", &form->cc, e);
}

/* The app that made it may have kept it from being edited. */
static bool may_edit(struct call *c, const struct draft *d, struct err *e)
{
	return !d->stored || !d->stored->no_edit ||
	       page_refuse(c, e, "The app that made this form does not let it be edited here.",
			   "创建此表单的应用禁止在此编辑。");
}

bool draft_publish(struct call *c, const struct draft *d, struct err *e)
{
	struct form form = {0};
	char id[FORMAT_REQUEST_SIZE];

	if (d->stored)
		form = *d->stored;
	if (!may_edit(c, d, e))
		return false;
	if (!basics_of(c, d, &form, e) || !components_of(c, d, &form, e) ||
	    !flow_of(c, d, &form, e))
		return false;
	form.modified_ms = c->now_ms;
	if (d->stored)
		return store_form_set(&c->store, &form, e);
	format_request_id(id);
	form.process_code = arena_printf(c->store.arena, "PROC-%s", id);
	form.created_ms = c->now_ms;
	return store_form_add(&c->store, &form, e);
}
