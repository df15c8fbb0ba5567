#include "dingsim/control.h"

#include <string.h>

#include "base/text.h"
#include "dingsim/people.h"

#define DEPARTMENTS_SHOWN 500
#define TABLE_ROWS 3
#define STARS 5
#define ROOT 1

typedef bool put_fn(struct page *p, const struct control *control, const char *name, struct err *e);
typedef bool fill_fn(struct call *c, const struct control *control, const char *name,
		     const char *value, struct err *e);
typedef bool read_fn(struct call *c, const struct control *control, const char *name,
		     const char **out, struct err *e);

static const char *part(struct call *c, const char *name, int n)
{
	return arena_printf(c->store.arena, "%s_%d", name, n);
}

static void put_input(struct page *p, const struct control *control, const char *name,
		      const char *type)
{
	html_field(p, &(struct field){.name = name,
				      .type = type,
				      .value = call_field(p->c, name),
				      .placeholder = control->placeholder,
				      .label = control->label,
				      .required = control->required});
}

static bool put_text(struct page *p, const struct control *control, const char *name, struct err *e)
{
	(void)e;
	put_input(p, control, name, NULL);
	return true;
}

static bool put_area(struct page *p, const struct control *control, const char *name, struct err *e)
{
	(void)e;
	put_input(p, control, name, "area");
	return true;
}

static bool put_phone(struct page *p, const struct control *control, const char *name,
		      struct err *e)
{
	(void)e;
	put_input(p, control, name, "tel");
	return true;
}

static bool with_minutes(const struct control *control)
{
	return control->format && strstr(control->format, "HH:mm");
}

static bool put_date(struct page *p, const struct control *control, const char *name, struct err *e)
{
	(void)e;
	put_input(p, control, name, with_minutes(control) ? "datetime-local" : "date");
	return true;
}

static void put_label(struct page *p, const struct control *control, const char *name)
{
	html(p, "<label for=\"f_%s\">%s", name, control->label);
	html(p, control->required ? " <span class=\"must\">*</span></label>" : "</label>");
}

static bool put_dates(struct page *p, const struct control *control, const char *name,
		      struct err *e)
{
	struct control each = *control;
	int n;

	(void)e;
	html(p, "<div class=\"pair\">");
	for (n = 0; n < 2; n++) {
		const char *end = n ? page_text(p, "to", "结束") : page_text(p, "from", "开始");

		each.label = arena_printf(p->c->store.arena, "%s (%s)", control->label, end);
		html(p, "<div>");
		put_input(p, &each, part(p->c, name, n),
			  with_minutes(control) ? "datetime-local" : "date");
		html(p, "</div>");
	}
	html(p, "</div>");
	return true;
}

static void open_select(struct page *p, const struct control *control, const char *name)
{
	put_label(p, control, name);
	html(p, "<select id=\"f_%s\" name=\"%s\"", name, name);
	html(p, control->required ? " required>" : ">");
	html_option(p, "", page_text(p, "Please choose", "请选择"), NULL);
}

static bool put_select(struct page *p, const struct control *control, const char *name,
		       struct err *e)
{
	const struct option *option;

	(void)e;
	open_select(p, control, name);
	for (option = control->options; option; option = option->next)
		html_option(p, option->value, option->value, call_field(p->c, name));
	html(p, "</select>");
	return true;
}

static bool put_stars(struct page *p, const struct control *control, const char *name,
		      struct err *e)
{
	int n;

	(void)e;
	open_select(p, control, name);
	for (n = 1; n <= STARS; n++) {
		const char *text = arena_printf(p->c->store.arena, "%d", n);

		html_option(p, text, text, call_field(p->c, name));
	}
	html(p, "</select>");
	return true;
}

static bool put_checks(struct page *p, const struct control *control, const char *name,
		       struct err *e)
{
	const struct option *option;
	int n = 0;

	(void)e;
	put_label(p, control, name);
	for (option = control->options; option; option = option->next, n++)
		html_check(p, part(p->c, name, n), option->value,
			   *call_field(p->c, part(p->c, name, n)));
	return true;
}

static bool put_people(struct page *p, const struct control *control, const char *name,
		       struct err *e)
{
	const char *list = call_field(p->c, name);

	put_label(p, control, part(p->c, name, 0));
	name = arena_printf(p->c->store.arena, "%s_", name);
	return people_slots(p, name, name, *list ? list : "[]", e);
}

/* The tree down to what fits a list, each with its parents' names. */
static bool put_departments(struct page *p, int64_t parent, const char *above, const char *chosen,
			    int *left, struct err *e)
{
	struct department *d;

	if (!store_departments(&p->c->store, parent, &d, e))
		return false;
	for (; d && *left > 0; d = d->next) {
		const char *name = arena_printf(p->c->store.arena, "%s%s", above, d->name);

		--*left;
		html_option(p, arena_printf(p->c->store.arena, "%lld", (long long)d->id), name,
			    chosen);
		if (strlen(above) < 200 &&
		    !put_departments(p, d->id, arena_printf(p->c->store.arena, "%s / ", name),
				     chosen, left, e))
			return false;
	}
	return true;
}

static bool put_department(struct page *p, const struct control *control, const char *name,
			   struct err *e)
{
	int left = DEPARTMENTS_SHOWN;

	open_select(p, control, name);
	if (!put_departments(p, ROOT, "", call_field(p->c, name), &left, e))
		return false;
	html(p, "</select>");
	return true;
}

static bool put_names(struct page *p, const struct control *control, const char *name,
		      struct err *e)
{
	struct control hinted = *control;

	(void)e;
	hinted.placeholder = page_text(p, "File names, one a line", "附件名称，每行一个");
	put_input(p, &hinted, name, "area");
	return true;
}

static bool put_lines(struct page *p, const struct control *control, const char *name,
		      struct err *e)
{
	struct control hinted = *control;

	(void)e;
	hinted.placeholder = page_text(p, "One a line", "每行一个");
	put_input(p, &hinted, name, "area");
	return true;
}

static bool put_table(struct page *p, const struct control *control, const char *name,
		      struct err *e)
{
	const struct control *child;
	int row, n;

	html(p, "<fieldset><legend>%s</legend>", control->label);
	for (row = 0; row < TABLE_ROWS; row++) {
		html(p, "<div class=\"card\"><div class=\"dim\">%s</div>",
		     arena_printf(p->c->store.arena, "%d", row + 1));
		for (child = control->children, n = 0; child; child = child->next, n++) {
			struct control cell = *child;

			/* Only a row that is used needs its required cells. */
			cell.required = false;
			if (!control_put(p, &cell, part(p->c, part(p->c, name, row), n), e))
				return false;
		}
		html(p, "</div>");
	}
	html(p, "</fieldset>");
	return true;
}

static bool put_note(struct page *p, const struct control *control, const char *name, struct err *e)
{
	const char *text = control->content ? control->content : control->placeholder;

	(void)name;
	(void)e;
	html(p, "<p class=\"note\">%s</p>", text ? text : control->label);
	return true;
}

static bool read_text(struct call *c, const struct control *control, const char *name,
		      const char **out, struct err *e)
{
	(void)control;
	(void)e;
	*out = call_field(c, name);
	return true;
}

/* "2026-04-16T15:34" of a browser. */
static const char *date_text(struct call *c, const char *name)
{
	char *text = arena_dup(c->store.arena, call_field(c, name));
	char *t = strchr(text, 'T');

	if (t)
		*t = ' ';
	return text;
}

static bool read_date(struct call *c, const struct control *control, const char *name,
		      const char **out, struct err *e)
{
	(void)control;
	(void)e;
	*out = date_text(c, name);
	return true;
}

static bool read_dates(struct call *c, const struct control *control, const char *name,
		       const char **out, struct err *e)
{
	const char *from = date_text(c, part(c, name, 0)), *to = date_text(c, part(c, name, 1));

	(void)control;
	(void)e;
	*out = *from || *to ? arena_printf(c->store.arena, "[\"%s\",\"%s\"]", from, to) : "";
	return true;
}

static bool read_checks(struct call *c, const struct control *control, const char *name,
			const char **out, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const struct option *option;
	int n = 0, chosen = 0;

	(void)e;
	json_array(&w, NULL);
	for (option = control->options; option; option = option->next, n++) {
		if (!*call_field(c, part(c, name, n)))
			continue;
		json_put_text(&w, NULL, option->value);
		chosen++;
	}
	json_array_end(&w);
	*out = chosen ? arena_dup(c->store.arena, text.data) : "";
	return true;
}

static bool read_people(struct call *c, const struct control *control, const char *name,
			const char **out, struct err *e)
{
	(void)control;
	if (!people_read(c, arena_printf(c->store.arena, "%s_", name), out, e))
		return false;
	if (text_equal(*out, "[]"))
		*out = "";
	return true;
}

/* Lines as a JSON array: of texts, or of files with that name. */
static const char *lines(struct call *c, const char *text, bool files)
{
	AUTO(buf_done) struct buf out = {0};
	struct json_writer w = {.out = &out};
	int count = 0;

	json_array(&w, NULL);
	while (*text) {
		size_t n = strcspn(text, "\r\n");
		const char *line = text_trim(arena_dup_n(c->store.arena, text, n));

		text += n + (text[n] != '\0');
		if (!*line)
			continue;
		count++;
		if (!files) {
			json_put_text(&w, NULL, line);
			continue;
		}
		json_object(&w, NULL);
		json_put_text(&w, "spaceId", "1");
		json_put_text(&w, "fileName", line);
		json_put_text(&w, "fileSize", "0");
		json_put_text(&w, "fileType", strrchr(line, '.') ? strrchr(line, '.') + 1 : "file");
		json_put_text(&w, "fileId",
			      arena_printf(c->store.arena, "%lld%d", (long long)c->now_ms, count));
		json_object_end(&w);
	}
	json_array_end(&w);
	return count ? arena_dup(c->store.arena, out.data) : "";
}

static bool read_names(struct call *c, const struct control *control, const char *name,
		       const char **out, struct err *e)
{
	(void)control;
	(void)e;
	*out = lines(c, call_field(c, name), true);
	return true;
}

static bool read_lines(struct call *c, const struct control *control, const char *name,
		       const char **out, struct err *e)
{
	(void)control;
	(void)e;
	*out = lines(c, call_field(c, name), false);
	return true;
}

/* One row into the open array of rows; a row without any value leaves no trace. */
static bool read_row(struct call *c, const struct control *table, const char *name, struct buf *out,
		     struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const struct control *child;
	const char *value;
	bool used = false;
	int n = 0;

	json_array(&w, NULL);
	for (child = table->children; child; child = child->next, n++) {
		if (!control_read(c, child, part(c, name, n), &value, e))
			return false;
		used = used || *value;
		json_object(&w, NULL);
		json_put_text(&w, "name", child->label);
		json_put_text(&w, "value", value);
		json_object_end(&w);
	}
	json_array_end(&w);
	if (used)
		buf_printf(out, "%s%s", out->len ? "," : "", text.data);
	return true;
}

static bool read_table(struct call *c, const struct control *control, const char *name,
		       const char **out, struct err *e)
{
	AUTO(buf_done) struct buf rows = {0};
	int row;

	for (row = 0; row < TABLE_ROWS; row++)
		if (!read_row(c, control, part(c, name, row), &rows, e))
			return false;
	*out = rows.len ? arena_printf(c->store.arena, "[%s]", rows.data) : "";
	return true;
}

static bool read_nothing(struct call *c, const struct control *control, const char *name,
			 const char **out, struct err *e)
{
	(void)c;
	(void)control;
	(void)name;
	(void)e;
	*out = "";
	return true;
}

static void fill(struct call *c, const char *name, const char *value)
{
	struct typed *typed = arena_new(c->store.arena, struct typed);

	*typed = (struct typed){c->typed, name, value};
	c->typed = typed;
}

static bool fill_text(struct call *c, const struct control *control, const char *name,
		      const char *value, struct err *e)
{
	(void)control;
	(void)e;
	fill(c, name, value);
	return true;
}

/* As a browser's field has it. */
static void fill_one_date(struct call *c, const char *name, const char *value)
{
	char *text = arena_dup(c->store.arena, value);
	char *space = strchr(text, ' ');

	if (space)
		*space = 'T';
	fill(c, name, text);
}

static bool fill_date(struct call *c, const struct control *control, const char *name,
		      const char *value, struct err *e)
{
	(void)control;
	(void)e;
	fill_one_date(c, name, value);
	return true;
}

static bool fill_dates(struct call *c, const struct control *control, const char *name,
		       const char *value, struct err *e)
{
	const struct json *list, *item;
	int n = 0;

	(void)control;
	if (!call_stored(c, value, &list, e))
		return false;
	for (item = list->first; item; item = item->next)
		fill_one_date(c, part(c, name, n++), item->text);
	return true;
}

static bool fill_checks(struct call *c, const struct control *control, const char *name,
			const char *value, struct err *e)
{
	const struct json *list, *item;
	const struct option *option;
	int n = 0;

	if (!call_stored(c, value, &list, e))
		return false;
	for (option = control->options; option; option = option->next, n++)
		for (item = list->first; item; item = item->next)
			if (text_equal(item->text, option->value))
				fill(c, part(c, name, n), "on");
	return true;
}

/* Of texts, or of files. */
static bool fill_lines(struct call *c, const struct control *control, const char *name,
		       const char *value, struct err *e)
{
	const struct json *list, *item;
	const char *text = "";

	(void)control;
	if (!call_stored(c, value, &list, e))
		return false;
	for (item = list->first; item; item = item->next)
		text = arena_printf(c->store.arena, "%s%s%s", text, *text ? "\n" : "",
				    item->type == JSON_TEXT ? item->text
							    : json_text(item, "fileName"));
	fill(c, name, text);
	return true;
}

static bool fill_table(struct call *c, const struct control *control, const char *name,
		       const char *value, struct err *e)
{
	const struct json *rows, *row, *cell;
	const struct control *child;
	int at = 0, n;

	if (!call_stored(c, value, &rows, e))
		return false;
	for (row = rows->first; row; row = row->next, at++)
		for (child = control->children, n = 0; child; child = child->next, n++)
			for (cell = row->first; cell; cell = cell->next)
				if (text_equal(json_text(cell, "name"), child->label) &&
				    !control_fill(c, child, part(c, part(c, name, at), n),
						  json_text(cell, "value"), e))
					return false;
	return true;
}

static const struct {
	const char *type;
	put_fn *put;
	read_fn *read;
	fill_fn *fill;
} kinds[] = {
    {"TextareaField", put_area, read_text, fill_text},
    {"DDSelectField", put_select, read_text, fill_text},
    {"DDMultiSelectField", put_checks, read_checks, fill_checks},
    {"DDDateField", put_date, read_date, fill_date},
    {"DDDateRangeField", put_dates, read_dates, fill_dates},
    {"PhoneField", put_phone, read_text, fill_text},
    {"InnerContactField", put_people, read_people, fill_text},
    {"DepartmentField", put_department, read_text, fill_text},
    {"DDPhotoField", put_lines, read_lines, fill_lines},
    {"DDAttachment", put_names, read_names, fill_lines},
    {"TableField", put_table, read_table, fill_table},
    {"RelateField", put_lines, read_lines, fill_lines},
    {"StarRatingField", put_stars, read_text, fill_text},
    {"TextNote", put_note, read_nothing, fill_text},
    {NULL, put_text, read_text, fill_text},
};

static size_t kind_of(const struct control *control)
{
	size_t i = 0;

	while (kinds[i].type && !text_equal(kinds[i].type, control->type))
		i++;
	return i;
}

bool control_put(struct page *p, const struct control *control, const char *name, struct err *e)
{
	return kinds[kind_of(control)].put(p, control, name, e);
}

bool control_read(struct call *c, const struct control *control, const char *name, const char **out,
		  struct err *e)
{
	return kinds[kind_of(control)].read(c, control, name, out, e);
}

bool control_fill(struct call *c, const struct control *control, const char *name,
		  const char *value, struct err *e)
{
	/* A cell of a table that is empty. */
	if (!value || !*value)
		return true;
	return kinds[kind_of(control)].fill(c, control, name, value, e);
}
