#include "dingsim/view.h"

#include <string.h>

#include "base/text.h"
#include "dingsim/format.h"

#define PUSHES_SHOWN 20
#define PUSHES_READ 200

static const struct word states[] = {{"RUNNING", "waiting", "审批中", "wait"},
				     {"TERMINATED", "withdrawn", "已撤销", ""},
				     {"agree", "approved", "审批通过", "good"},
				     {"refuse", "rejected", "审批拒绝", "bad"},
				     {NULL, "", "", ""}};

static const struct word push_states[] = {{"pending", "pending", "待推送", "wait"},
					  {"delivered", "delivered", "已送达", "good"},
					  {"failed", "failed", "推送失败", "bad"},
					  {"collected", "failed, collected", "失败，已取回", "bad"},
					  {"lost", "lost", "已丢失", "bad"},
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
	} units[] = {
	    {86400000, "d", "天"}, {3600000, "h", "小时"}, {60000, "min", "分"}, {1000, "s", "秒"}};
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

static void attempts(struct page *p, const struct push *push, const struct attempt *attempt)
{
	html(p, "<div class=\"dim\">%s</div><pre>%s</pre>", push->resource, push->payload);
	for (; attempt; attempt = attempt->next) {
		html(p, "<div>%s <b>%s</b> HTTP %s</div>", view_time(p, attempt->ms),
		     attempt->verdict,
		     attempt->status ? view_number(p, attempt->status)
				     : page_text(p, "none", "无"));
		if (*attempt->reply)
			html(p, "<pre>%s</pre>", attempt->reply);
	}
}

static bool push_row(struct page *p, const struct push *push, struct err *e)
{
	struct attempt *first;
	const struct attempt *last;
	const char *change = strrchr(push->resource, '/');

	if (!store_attempts(&p->c->store, push->id, &first, e))
		return false;
	for (last = first; last && last->next; last = last->next)
		continue;
	html(p,
	     "<li><details><summary class=\"row\"><span class=\"main\"><span>%s <code>%s</code>"
	     "</span><span class=\"dim\">%s%s%s</span></span>",
	     push->type, change ? change + 1 : "", view_time(p, push->created_ms),
	     last ? " · " : "", last ? last->verdict : "");
	view_tag(p, push_states, push->state);
	html(p, "</summary><div class=\"inside\">");
	attempts(p, push, first);
	html(p, "</div></details></li>");
	return true;
}

bool view_pushes(struct page *p, const char *instance, const char *client_id, struct err *e)
{
	struct push *push;
	int shown = 0;

	if (!store_pushes(&p->c->store, instance, client_id ? PUSHES_READ : PUSHES_SHOWN, &push, e))
		return false;
	html_heading(p, "Event pushes", "事件推送");
	for (; push && shown < PUSHES_SHOWN; push = push->next) {
		if (client_id && !text_equal(push->client_id, client_id))
			continue;
		html(p, shown++ ? "" : "<ul class=\"list\">");
		if (!push_row(p, push, e))
			return false;
	}
	html(p, shown ? "</ul>" : "");
	if (!shown)
		html_nothing(p, "Nothing was pushed.", "没有推送记录。");
	return true;
}
