#include "model/form.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

static const char *const system_names[FORM_SYSTEM_COUNT + 1] = {
    [FORM_REASON] = "reason",
    [FORM_APPLICANT_NAME] = "applicant_name",
    [FORM_APPLICANT_DEPARTMENT] = "applicant_department",
    [FORM_DEVICE_NAME] = "device_name",
    [FORM_DEVICE_ID] = "device_id",
    [FORM_OS] = "os",
    [FORM_MAC] = "mac",
    [FORM_PACKAGE] = "package",
    [FORM_CLIENT_VERSION] = "client_version",
    [FORM_SUBMITTED_AT] = "submitted_at",
    [FORM_NUMBER] = "number",
};

static const char *const templates[] = {FORM_TEMPLATE, NULL};

static const struct json_field field_json[] = {
    {"system", JSON_FIELD_TEXT, offsetof(struct form_field, system), .required = true,
     .words = system_names},
    {"component", JSON_FIELD_TEXT, offsetof(struct form_field, component), .required = true,
     .min = 1, .max = FORM_MAX_LABEL},
    {0}};

const struct json_field form_json[] = {
    {"template", JSON_FIELD_TEXT, offsetof(struct form, template), .required = true,
     .words = templates},
    {"process_code", JSON_FIELD_TEXT, offsetof(struct form, process_code), .required = true,
     .min = 1, .max = FORM_MAX_PROCESS},
    {"groups", JSON_FIELD_ARRAY, offsetof(struct form, groups), .max = FORM_MAX_GROUPS},
    {"fields", JSON_FIELD_ARRAY, offsetof(struct form, fields), .required = true,
     .max = FORM_SYSTEM_COUNT, .fields = field_json, .size = sizeof(struct form_field)},
    {0}};

static const struct form *form_at(const struct json_list *forms, size_t i)
{
	return (const struct form *)forms->items + i;
}

static const struct form_field *field_at(const struct form *form, size_t i)
{
	return (const struct form_field *)form->fields.items + i;
}

static const char *component_of(const struct form *form, enum form_system system)
{
	for (size_t i = 0; i < form->fields.count; i++) {
		if (text_equal(field_at(form, i)->system, system_names[system]))
			return field_at(form, i)->component;
	}
	return NULL;
}

static bool fields_check(const struct form *form, size_t row, struct err *e)
{
	if (component_of(form, FORM_REASON) == NULL)
		return err_set(e, ERR_UNPROCESSABLE,
			       "Form %zu: the reason for filing must be mapped to a control.", row);
	for (size_t i = 0; i < form->fields.count; i++) {
		const struct form_field *f = field_at(form, i);

		for (size_t k = 0; k < i; k++) {
			if (text_equal(field_at(form, k)->system, f->system))
				return err_set(e, ERR_UNPROCESSABLE,
					       "Form %zu: %s is mapped twice.", row, f->system);
			if (text_equal(field_at(form, k)->component, f->component))
				return err_set(e, ERR_UNPROCESSABLE,
					       "Form %zu: the control %s is used twice.", row,
					       f->component);
		}
	}
	return true;
}

bool form_check(const struct json_list *forms, struct err *e)
{
	if (forms->count == 0)
		return err_set(e, ERR_UNPROCESSABLE, "At least one form is needed.");
	if (forms->count > FORM_MAX)
		return err_set(e, ERR_UNPROCESSABLE, "More than %d forms.", FORM_MAX);
	for (size_t i = 0; i < forms->count; i++) {
		const struct form *form = form_at(forms, i);
		bool last = i + 1 == forms->count;

		if (last && form->groups.count > 0)
			return err_set(e, ERR_UNPROCESSABLE,
				       "The last form is for everybody else: it must not name user "
				       "groups.");
		if (!last && form->groups.count == 0)
			return err_set(e, ERR_UNPROCESSABLE,
				       "Form %zu: every form but the last must name user groups.",
				       i + 1);
		for (size_t k = 0; k < i; k++) {
			if (text_equal(form_at(forms, k)->process_code, form->process_code))
				return err_set(e, ERR_UNPROCESSABLE,
					       "The process code %s occurs twice.",
					       form->process_code);
		}
		if (!fields_check(form, i + 1, e))
			return false;
	}
	return true;
}

static bool is_for(const struct form *form, form_member_fn *member, const void *arg)
{
	const char *const *groups = form->groups.items;

	for (size_t i = 0; i < form->groups.count; i++) {
		if (member(arg, groups[i]))
			return true;
	}
	return form->groups.count == 0;
}

const struct form *form_choose(const struct json_list *forms, form_member_fn *member,
			       const void *arg)
{
	for (size_t i = 0; i < forms->count; i++) {
		if (is_for(form_at(forms, i), member, arg))
			return form_at(forms, i);
	}
	return NULL;
}

/* The reason with what has no control of its own; DingTalk's newline is CR LF or LF alike. */
static const char *reason_text(struct arena *a, const struct form *form,
			       const struct form_facts *facts)
{
	static const enum form_system own[] = {FORM_NUMBER, FORM_DEVICE_NAME, FORM_PACKAGE};
	const char *line = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		const char *text = facts->text[own[i]];

		if (text == NULL || component_of(form, own[i]) != NULL)
			continue;
		line = line == NULL ? text : arena_printf(a, "%s · %s", line, text);
	}
	if (line == NULL)
		return facts->text[FORM_REASON];
	return arena_printf(a, "%s\n[%s]", facts->text[FORM_REASON], line);
}

static const char *fact_of(const struct form_facts *facts, const char *system)
{
	for (size_t i = 0; i < FORM_SYSTEM_COUNT; i++) {
		if (text_equal(system_names[i], system))
			return facts->text[i];
	}
	return NULL;
}

void form_fill(struct arena *a, const struct form *form, const struct form_facts *facts,
	       struct form_values *out)
{
	out->count = form->fields.count;
	out->items = arena_array(a, out->count, sizeof(*out->items));
	for (size_t i = 0; i < out->count; i++) {
		const struct form_field *f = field_at(form, i);
		const char *value = fact_of(facts, f->system);

		if (text_equal(f->system, system_names[FORM_REASON]))
			value = reason_text(a, form, facts);
		out->items[i].name = f->component;
		out->items[i].value = value == NULL || *value == '\0' ? "-" : value;
	}
}

const char *form_time(struct arena *a, int64_t utc_ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(utc_ms + 8 * INT64_C(3600000), text);
	return arena_printf(a, "%.10s %.5s", text, text + 11);
}

const char *form_values_write(struct arena *a, const struct form_values *values)
{
	AUTO(buf_done) struct buf b = {0};
	struct json_writer w = {.out = &b};

	json_array(&w, NULL);
	for (size_t i = 0; i < values->count; i++) {
		json_object(&w, NULL);
		json_put_text(&w, "name", values->items[i].name);
		json_put_text(&w, "value", values->items[i].value);
		json_object_end(&w);
	}
	json_array_end(&w);
	return arena_dup_n(a, b.data, b.len);
}

bool form_values_read(struct arena *a, const char *text, struct form_values *out, struct err *e)
{
	const struct json *array;
	size_t i = 0;

	if (!json_parse(a, text, strlen(text), &array, e))
		return false;
	out->count = array->count;
	out->items = arena_array(a, out->count, sizeof(*out->items));
	for (const struct json *v = array->first; v != NULL; v = v->next, i++) {
		out->items[i].name = json_text(v, "name");
		out->items[i].value = json_text(v, "value");
	}
	return true;
}

static void form_put(struct json_writer *w, const struct form *form)
{
	const char *const *groups = form->groups.items;

	json_object(w, NULL);
	json_put_text(w, "template", form->template);
	json_put_text(w, "process_code", form->process_code);
	json_array(w, "groups");
	for (size_t i = 0; i < form->groups.count; i++)
		json_put_text(w, NULL, groups[i]);
	json_array_end(w);
	json_array(w, "fields");
	for (size_t i = 0; i < form->fields.count; i++) {
		json_object(w, NULL);
		json_put_text(w, "system", field_at(form, i)->system);
		json_put_text(w, "component", field_at(form, i)->component);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

void forms_put(struct json_writer *w, const char *key, const struct json_list *forms)
{
	json_array(w, key);
	for (size_t i = 0; i < forms->count; i++)
		form_put(w, form_at(forms, i));
	json_array_end(w);
}

const char *forms_write(struct arena *a, const struct json_list *forms)
{
	AUTO(buf_done) struct buf b = {0};
	struct json_writer w = {.out = &b};

	json_object(&w, NULL);
	forms_put(&w, "forms", forms);
	json_object_end(&w);
	return arena_dup_n(a, b.data, b.len);
}

bool forms_read(struct arena *a, const char *text, struct json_list *out, struct err *e)
{
	static const struct json_field fields[] = {{"forms", JSON_FIELD_ARRAY, 0, .required = true,
						    .fields = form_json,
						    .size = sizeof(struct form)},
						   {0}};

	return json_read_text(a, text, strlen(text), fields, out, e);
}
