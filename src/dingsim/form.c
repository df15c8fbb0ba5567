#include "dingsim/form.h"

#include <string.h>

#include "base/text.h"

/* What a value is checked with. */
struct check {
	struct store *store;
	const struct control *control;
	const char *value;
	const struct json *list; /* the value read as JSON, for the types that are */
};

typedef bool check_fn(const struct check *check, bool *fits, struct err *e);

static bool fits_text(const struct check *check, bool *fits, struct err *e)
{
	(void)check;
	(void)e;
	*fits = true;
	return true;
}

static bool fits_number(const struct check *check, bool *fits, struct err *e)
{
	const char *p = check->value;
	size_t whole, part = 0;

	(void)e;
	p += *p == '-';
	whole = strspn(p, "0123456789");
	p += whole;
	if (*p == '.') {
		part = strspn(++p, "0123456789");
		*fits = whole && part && !p[part];
		return true;
	}
	*fits = whole && !*p;
	return true;
}

static bool is_option(const struct control *control, const char *text)
{
	const struct option *option = control->options;

	while (option && !text_equal(option->value, text))
		option = option->next;
	return option != NULL;
}

static bool fits_option(const struct check *check, bool *fits, struct err *e)
{
	(void)e;
	*fits = is_option(check->control, check->value);
	return true;
}

static bool texts_only(const struct json *list)
{
	const struct json *item;

	if (!list || list->type != JSON_ARRAY)
		return false;
	for (item = list->first; item; item = item->next)
		if (item->type != JSON_TEXT)
			return false;
	return true;
}

static bool fits_options(const struct check *check, bool *fits, struct err *e)
{
	const struct json *item;

	(void)e;
	*fits = texts_only(check->list);
	for (item = *fits ? check->list->first : NULL; item; item = item->next)
		*fits = *fits && is_option(check->control, item->text);
	return true;
}

/* text follows pattern: a 0 is a digit, everything else stands for itself. */
static bool like(const char *text, const char *pattern)
{
	for (; *pattern; pattern++, text++)
		if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern)
			return false;
	return !*text;
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static int digits(const char *text, size_t n)
{
	int value = 0;

	while (n--)
		value = value * 10 + *text++ - '0';
	return value;
}

static bool date_fits(const struct control *control, const char *text)
{
	bool minutes = control->format && strstr(control->format, "HH:mm");
	int month, day;

	if (minutes ? !like(text, "0000-00-00 00:00") : !like(text, "0000-00-00"))
		return false;
	month = digits(text + 5, 2);
	day = digits(text + 8, 2);
	return month >= 1 && month <= 12 && day >= 1 && day <= month_days(digits(text, 4), month) &&
	       (!minutes || (digits(text + 11, 2) <= 23 && digits(text + 14, 2) <= 59));
}

static bool fits_date(const struct check *check, bool *fits, struct err *e)
{
	(void)e;
	*fits = date_fits(check->control, check->value);
	return true;
}

static bool fits_dates(const struct check *check, bool *fits, struct err *e)
{
	const struct json *list = check->list;

	(void)e;
	*fits = texts_only(list) && list->count == 2 &&
		date_fits(check->control, list->first->text) &&
		date_fits(check->control, list->first->next->text) &&
		strcmp(list->first->text, list->first->next->text) <= 0;
	return true;
}

static bool fits_phone(const struct check *check, bool *fits, struct err *e)
{
	size_t n = strspn(check->value, "+-0123456789");

	(void)e;
	*fits = n >= 3 && n <= 20 && !check->value[n];
	return true;
}

static bool fits_people(const struct check *check, bool *fits, struct err *e)
{
	const struct json *item;
	struct person *person;

	*fits = texts_only(check->list);
	for (item = *fits ? check->list->first : NULL; item; item = item->next) {
		if (store_person(check->store, item->text, &person, e)) {
			*fits = *fits && !person->external;
			continue;
		}
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
		*fits = false;
	}
	return true;
}

static bool fits_departments(const struct check *check, bool *fits, struct err *e)
{
	struct department *department;
	const char *p = check->value;
	int64_t id;

	*fits = true;
	while (*fits) {
		size_t n = strcspn(p, ",");

		*fits = text_i64(arena_dup_n(check->store->arena, p, n), 1, INT64_MAX, &id);
		if (*fits && !store_department(check->store, id, &department, e)) {
			if (e->code != ERR_NOT_FOUND)
				return false;
			err_clear(e);
			*fits = false;
		}
		if (!p[n])
			break;
		p += n + 1;
	}
	return true;
}

static bool fits_up_to_nine(const struct check *check, bool *fits, struct err *e)
{
	(void)e;
	*fits = texts_only(check->list) && check->list->count <= 9;
	return true;
}

/* Of other instances, which there are. */
static bool fits_related(const struct check *check, bool *fits, struct err *e)
{
	const struct json *item;
	struct instance *i;

	*fits = texts_only(check->list) && check->list->count <= 9;
	for (item = *fits ? check->list->first : NULL; item; item = item->next) {
		if (store_instance(check->store, item->text, &i, e))
			continue;
		if (e->code != ERR_NOT_FOUND)
			return false;
		err_clear(e);
		*fits = false;
	}
	return true;
}

static bool fits_files(const struct check *check, bool *fits, struct err *e)
{
	const struct json *item;

	(void)e;
	*fits = check->list && check->list->type == JSON_ARRAY;
	for (item = *fits ? check->list->first : NULL; item; item = item->next)
		*fits = *fits && item->type == JSON_OBJECT && json_text(item, "fileId");
	return true;
}

static bool fits_stars(const struct check *check, bool *fits, struct err *e)
{
	int64_t stars;

	(void)e;
	*fits = text_i64(check->value, 0, 10, &stars);
	return true;
}

static bool fits_never(const struct check *check, bool *fits, struct err *e)
{
	(void)check;
	(void)e;
	*fits = false;
	return true;
}

static check_fn fits_table;

static const struct {
	const char *type;
	bool json; /* the value is JSON inside the text */
	bool options;
	check_fn *fits;
} types[] = {
    {"TextField", false, false, fits_text},
    {"TextareaField", false, false, fits_text},
    {"NumberField", false, false, fits_number},
    {"MoneyField", false, false, fits_number},
    {"DDSelectField", false, true, fits_option},
    {"DDMultiSelectField", true, true, fits_options},
    {"DDDateField", false, false, fits_date},
    {"DDDateRangeField", true, false, fits_dates},
    {"PhoneField", false, false, fits_phone},
    {"InnerContactField", true, false, fits_people},
    {"DepartmentField", false, false, fits_departments},
    {"DDPhotoField", true, false, fits_up_to_nine},
    {"DDAttachment", true, false, fits_files},
    {"TableField", true, false, fits_table},
    {"RelateField", true, false, fits_related},
    {"AddressField", false, false, fits_text},
    {"StarRatingField", false, false, fits_stars},
    {"TimeAndLocationField", false, false, fits_text},
    {"TextNote", false, false, fits_never},
    {"DDBizSuite", false, false, fits_never},
};

static size_t type_index(const char *type)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(types) && !text_equal(types[i].type, type))
		i++;
	return i;
}

static bool check_value(struct check *check, bool *fits, struct err *e)
{
	size_t type = type_index(check->control->type);
	struct err bad = {0};

	*fits = false;
	if (text_length(check->value) > FORM_MAX_TEXT)
		return true;
	if (types[type].json && !json_parse(check->store->arena, check->value, strlen(check->value),
					    &check->list, &bad))
		return true;
	return types[type].fits(check, fits, e);
}

#define TABLE_MAX_ROWS 100

/* The control that {name, value} is for, by its label as DingTalk does; NULL when there is none. */
static const struct control *find_control(const struct control *controls, const struct json *value)
{
	const char *name = json_text(value, "name");

	while (controls && !text_equal(controls->label, name))
		controls = controls->next;
	return controls;
}

/* A row names each of its controls once, and no required one is missing or empty. */
static bool row_complete(const struct control *children, const struct json *row)
{
	const struct json *cell, *other;
	const struct control *child;

	for (cell = row->first; cell; cell = cell->next)
		for (other = row->first; other != cell; other = other->next)
			if (text_equal(json_text(other, "name"), json_text(cell, "name")))
				return false;
	for (child = children; child; child = child->next) {
		cell = row->first;
		while (cell && find_control(children, cell) != child)
			cell = cell->next;
		if (child->required && (!cell || !*json_text(cell, "value")))
			return false;
	}
	return true;
}

static bool row_fits(const struct check *check, const struct json *row, bool *fits, struct err *e)
{
	const struct json *cell;

	*fits = row->type == JSON_ARRAY;
	for (cell = *fits ? row->first : NULL; cell && *fits; cell = cell->next) {
		struct check inner = {.store = check->store,
				      .control = find_control(check->control->children, cell),
				      .value = json_text(cell, "value")};

		*fits = inner.control && inner.value;
		if (*fits && *inner.value && !check_value(&inner, fits, e))
			return false;
	}
	*fits = *fits && row_complete(check->control->children, row);
	return true;
}

static bool fits_table(const struct check *check, bool *fits, struct err *e)
{
	const struct json *row;

	*fits = check->list->type == JSON_ARRAY && check->list->count <= TABLE_MAX_ROWS;
	for (row = *fits ? check->list->first : NULL; row && *fits; row = row->next)
		if (!row_fits(check, row, fits, e))
			return false;
	return true;
}

static bool options_read(struct arena *a, const struct json *list, struct option **out)
{
	struct option **end = out;
	const struct json *item;
	int index = 0;

	if (!list || list->type != JSON_ARRAY || !list->count)
		return false;
	for (item = list->first; item; item = item->next) {
		struct option *option = arena_new(a, struct option);
		const char *key = json_text(item, "key");

		option->value = item->type == JSON_TEXT ? item->text : json_text(item, "value");
		option->own_key = key && *key;
		option->key = option->own_key ? key : arena_printf(a, "option_%d", index);
		if (!option->value || !*option->value)
			return false;
		*end = option;
		end = &option->next;
		index++;
	}
	return true;
}

static bool controls_read(struct arena *a, const struct json *components, bool nested,
			  struct control **out, struct err *e);

static bool control_read(struct arena *a, const struct json *component, bool nested,
			 struct control *out, struct err *e)
{
	const struct json *children = json_get(component, "children");
	const struct json *options = json_get(component, "options");
	size_t type;

	*out = (struct control){.type = json_text(component, "componentType"),
				.id = json_text(component, "id"),
				.label = json_text(component, "label"),
				.alias = json_text(component, "bizAlias"),
				.placeholder = json_text(component, "placeholder"),
				.unit = json_text(component, "unit"),
				.content = json_text(component, "content"),
				.format = json_text(component, "format")};
	(void)json_bool(component, "required", &out->required);
	if (!out->id || !*out->id || !out->label || !*out->label)
		return err_set(e, ERR_INVALID, "a component needs an id and a label");
	type = type_index(out->type);
	if (type == ARRAY_SIZE(types) || (nested && types[type].fits == fits_table))
		return err_set(e, ERR_INVALID, "component %s: no such componentType here", out->id);
	if (types[type].options ? !options_read(a, options, &out->options) : options != NULL)
		return err_set(e, ERR_INVALID,
			       "component %s: options are for selects, and are texts", out->id);
	if (types[type].fits == fits_table)
		return controls_read(a, children, true, &out->children, e);
	return !children ||
	       err_set(e, ERR_INVALID, "component %s: only a TableField has children", out->id);
}

static bool controls_read(struct arena *a, const struct json *components, bool nested,
			  struct control **out, struct err *e)
{
	struct control **end = out;
	const struct json *component;

	*out = NULL;
	if (!components || components->type != JSON_ARRAY || !components->count ||
	    components->count > FORM_MAX_CONTROLS)
		return err_set(e, ERR_INVALID, "a form has 1 to %d components", FORM_MAX_CONTROLS);
	for (component = components->first; component; component = component->next) {
		struct control *control = arena_new(a, struct control);
		const struct control *other;

		if (!control_read(a, component, nested, control, e))
			return false;
		for (other = *out; other; other = other->next)
			if (text_equal(other->label, control->label) ||
			    text_equal(other->id, control->id))
				return err_set(e, ERR_INVALID,
					       "component %s: label or id is there twice",
					       control->id);
		*end = control;
		end = &control->next;
	}
	return true;
}

bool form_controls(struct arena *a, const struct json *components, struct control **out,
		   struct err *e)
{
	return controls_read(a, components, false, out, e);
}

static bool refuse(struct form_fault *fault, const char *code, const char *label)
{
	*fault = (struct form_fault){.code = code, .label = label ? label : ""};
	return false;
}

static bool is_blank(struct arena *a, const char *text)
{
	return !*text_trim(arena_dup(a, text));
}

/* Who says a value's componentType says the control's. */
static bool type_agrees(const struct control *control, const struct json *value)
{
	const struct json *type = json_get(value, "componentType");

	return !type || type->type == JSON_NULL || text_equal(type->text, control->type);
}

/* Names that are no control's, values that are no texts, one control twice. */
static bool names_fit(const struct control *controls, const struct json *values,
		      struct form_fault *fault)
{
	const struct json *value, *other;

	for (value = values->first; value; value = value->next) {
		const char *name = json_text(value, "name");
		const struct control *control = find_control(controls, value);

		if (!name)
			return refuse(fault, "illegalComponent", "name");
		if (!control || !json_text(value, "value") || !type_agrees(control, value))
			return refuse(fault, "formConverterError", name);
		for (other = values->first; other != value; other = other->next)
			if (find_control(controls, other) == control)
				return refuse(fault, "formConverterError", name);
	}
	return true;
}

static const char *value_of(const struct control *controls, const struct control *control,
			    const struct json *values)
{
	const struct json *value = values->first;

	while (value && find_control(controls, value) != control)
		value = value->next;
	return value ? json_text(value, "value") : NULL;
}

/* DingTalk's extValue of a select: the option's text and key. */
static const char *extended(struct arena *a, const struct control *control, const char *value)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	const struct option *option = control->options;

	while (option && !text_equal(option->value, value))
		option = option->next;
	if (!option)
		return "";
	json_object(&w, NULL);
	json_put_text(&w, "label", value);
	json_put_text(&w, "key", option->key);
	json_object_end(&w);
	return arena_dup(a, out.data);
}

static void put_value(struct json_writer *w, struct arena *a, const struct control *control,
		      const char *value)
{
	json_object(w, NULL);
	json_put_text(w, "id", control->id);
	json_put_text(w, "name", control->label);
	json_put_text(w, "value", value);
	json_put_text(w, "componentType", control->type);
	json_put_text(w, "bizAlias", control->alias ? control->alias : "");
	json_put_text(w, "extValue", extended(a, control, value));
	json_object_end(w);
}

bool form_values(struct store *s, const struct control *controls, const struct json *values,
		 const char **out, struct form_fault *fault, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const struct control *control;

	*fault = (struct form_fault){0};
	if (values->count > FORM_MAX_VALUES)
		return refuse(fault, "illegalComponent", "formComponentValues");
	if (!names_fit(controls, values, fault))
		return false;
	json_array(&w, NULL);
	for (control = controls; control; control = control->next) {
		const char *value = value_of(controls, control, values);
		struct check check = {.store = s, .control = control, .value = value};
		bool fits = true;

		if (!value || is_blank(s->arena, value)) {
			if (control->required)
				return refuse(fault, "formConverterError", control->label);
			if (!value)
				continue;
		} else if (!check_value(&check, &fits, e)) {
			return false;
		}
		if (!fits)
			return refuse(fault, "formConverterError", control->label);
		put_value(&w, s->arena, control, value);
	}
	json_array_end(&w);
	*out = arena_dup(s->arena, text.data);
	return true;
}
