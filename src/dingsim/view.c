#include "dingsim/view.h"

#include <string.h>

#include "base/text.h"
#include "dingsim/format.h"

static const struct word states[] = {{"RUNNING", "waiting", "审批中", "wait"},
				     {"TERMINATED", "withdrawn", "已撤销", ""},
				     {"agree", "approved", "审批通过", "good"},
				     {"refuse", "rejected", "审批拒绝", "bad"},
				     {NULL, "", "", ""}};

const struct word *view_word(const struct word *words, const char *code)
{
	while (words->code && !text_equal(words->code, code))
		words++;
	return words;
}

void view_tag(struct page *p, const struct word *words, const char *code)
{
	const struct word *word = view_word(words, code);

	html(p, "<span class=\"tag %s\">%s</span>", word->tone,
	     word->code ? page_text(p, word->english, word->chinese) : code);
}

const char *view_time(struct page *p, int64_t ms)
{
	char text[FORMAT_SECOND_SIZE];

	if (!ms)
		return "";
	format_second(ms, text);
	return arena_dup(p->c->store.arena, text);
}

const char *view_duration(struct page *p, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *english, *chinese;
	} units[] = {{86400000, "d", "天"},
		     {3600000, "h", "小时"},
		     {60000, "min", "分钟"},
		     {1000, "s", "秒"}};
	struct arena *a = p->c->store.arena;
	const char *text = "", *gap = page_text(p, " ", "");
	size_t i;

	if (ms < 1000)
		return page_printf(p, "%lld ms", "%lld毫秒", (long long)ms);
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (ms < units[i].ms)
			continue;
		text = arena_printf(a, "%s%s%lld%s%s", text, *text ? gap : "",
				    (long long)(ms / units[i].ms), gap,
				    page_text(p, units[i].english, units[i].chinese));
		ms %= units[i].ms;
	}
	return text;
}

const char *view_number(struct page *p, int64_t number)
{
	return arena_printf(p->c->store.arena, "%lld", (long long)number);
}

/* NULL in *out: nobody had the id. */
static bool left_name(struct page *p, const char *userid, const char *unionid, const char **out,
		      struct err *e)
{
	struct person *person;

	err_clear(e);
	if (store_leaver(&p->c->store, userid, unionid, &person, e)) {
		*out = page_printf(p, "%s (left)", "%s（已离职）", person->name);
		return true;
	}
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	*out = userid ? userid : unionid;
	return true;
}

bool view_name(struct page *p, const char *userid, const char **out, struct err *e)
{
	struct person *person;

	if (!store_person(&p->c->store, userid, &person, e))
		return e->code == ERR_NOT_FOUND && left_name(p, userid, NULL, out, e);
	*out = person->name;
	return true;
}

bool view_union_name(struct page *p, const char *unionid, const char **out, struct err *e)
{
	struct person *person;

	if (!store_person_by_union(&p->c->store, unionid, &person, e))
		return e->code == ERR_NOT_FOUND && left_name(p, NULL, unionid, out, e);
	*out = person->name;
	return true;
}

/* One of a list: a text, a person's id or a file. */
static bool list_item(struct page *p, const struct json *item, bool people, struct err *e)
{
	const char *text = item->type == JSON_OBJECT ? json_text(item, "fileName") : item->text;

	if (people && !view_name(p, item->text, &text, e))
		return false;
	html(p, "%s", text ? text : "");
	return true;
}

static bool list_value(struct page *p, const struct json *list, const char *type, struct err *e)
{
	const char *between = text_equal(type, "DDDateRangeField") ? page_text(p, " to ", " 至 ")
								   : page_text(p, ", ", "、");
	const struct json *item;

	for (item = list->first; item; item = item->next) {
		if (!list_item(p, item, text_equal(type, "InnerContactField"), e))
			return false;
		html(p, "%s", item->next ? between : "");
	}
	return true;
}

static void table_value(struct page *p, const struct json *rows)
{
	const struct json *row, *cell;

	for (row = rows->first; row; row = row->next) {
		html(p, "<div class=\"cells\">");
		for (cell = row->first; cell; cell = cell->next)
			html(p, "<span><span class=\"dim\">%s</span> %s</span>",
			     json_text(cell, "name"), json_text(cell, "value"));
		html(p, "</div>");
	}
}

static bool department_value(struct page *p, const char *id, struct err *e)
{
	struct department *d;
	int64_t number = 0;

	(void)text_i64(id, 1, INT64_MAX, &number);
	if (store_department(&p->c->store, number, &d, e)) {
		html(p, "%s", d->name);
		return true;
	}
	if (e->code != ERR_NOT_FOUND)
		return false;
	err_clear(e);
	html(p, "%s", id);
	return true;
}

bool view_value(struct page *p, const struct json *value, struct err *e)
{
	static const char *const lists[] = {"InnerContactField", "DDMultiSelectField",
					    "DDDateRangeField",  "DDAttachment",
					    "DDPhotoField",      "RelateField"};
	const char *type = json_text(value, "componentType"), *text = json_text(value, "value");
	const struct json *read;
	size_t i;

	if (text_equal(type, "DepartmentField"))
		return department_value(p, text, e);
	if (text_equal(type, "TableField")) {
		if (!call_stored(p->c, text, &read, e))
			return false;
		table_value(p, read);
		return true;
	}
	for (i = 0; i < ARRAY_SIZE(lists); i++)
		if (text_equal(type, lists[i]))
			return call_stored(p->c, text, &read, e) && list_value(p, read, type, e);
	html(p, "%s", text);
	return true;
}

void view_state(struct page *p, const struct instance *i)
{
	view_tag(p, states, text_equal(i->status, "COMPLETED") ? i->result : i->status);
}

static void row(struct page *p, const struct instance *i, const char *user)
{
	html(p, "<li>");
	html_link(p, arena_printf(p->c->store.arena, "/instances/%s", i->id));
	html(p,
	     "user=%s\"><span class=\"main\"><span>%s</span>"
	     "<span class=\"dim\">%s</span></span>",
	     text_percent(p->c->store.arena, user), i->title, view_time(p, i->created_ms));
	view_state(p, i);
	html(p, "</a></li>");
}

bool view_tasks(struct page *p, const struct task *t, const char *user, struct err *e)
{
	const char *shown = "";
	struct instance *i;

	html(p, t ? "<ul class=\"list\">" : "");
	for (; t; t = t->next) {
		if (!store_instance(&p->c->store, t->instance, &i, e))
			return false;
		/* Two tasks of one form in a row are one line. */
		if (!text_equal(shown, i->id))
			row(p, i, user);
		shown = i->id;
		html(p, t->next ? "" : "</ul>");
	}
	return true;
}

void view_instances(struct page *p, const struct instance *i, const char *user)
{
	html(p, i ? "<ul class=\"list\">" : "");
	for (; i; i = i->next) {
		row(p, i, user);
		html(p, i->next ? "" : "</ul>");
	}
}

void view_tabs(struct page *p, const struct tab *tabs, const char *query)
{
	html(p, "<div class=\"tabs\">");
	for (; tabs->path; tabs++) {
		html_link(p, tabs->path);
		html(p, "%s\" class=\"%s\">%s</a>", query,
		     text_equal(tabs->path, p->c->r->path) ? "here" : "",
		     page_text(p, tabs->english, tabs->chinese));
	}
	html(p, "</div>");
}
