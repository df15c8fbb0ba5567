/* Work notices, robots' messages and todos: what a person got, and what an app sent. */
#include <string.h>

#include "base/text.h"
#include "dingsim/notice.h"
#include "dingsim/page.h"
#include "dingsim/page_app.h"
#include "dingsim/routes.h"
#include "dingsim/todo.h"
#include "dingsim/view.h"

#define SHOWN 50
#define TODOS_READ 200
#define PEOPLE_LISTED 100

static const struct word kinds[] = {{"notice", "Work notice", "工作通知", ""},
				    {"robot", "Robot", "机器人", ""},
				    {NULL, "", "", ""}};

static const struct word outcomes[] = {
    {"delivered", "delivered", "已送达", "good"},
    {"duplicate", "not delivered: the same again on one day", "未送达：同一天内容重复", "bad"},
    {"over-day", "not delivered: over 500 on one day", "未送达：单日超过500条", "bad"},
    {"failed", "not delivered: over 5000 a minute", "未送达：每分钟超过5000条", "bad"},
    {NULL, "", "", ""}};

/* The first of these members that has a text; "" none has. */
static const char *first_of(const struct json *body, const char *const *names)
{
	for (; body && *names; names++) {
		const char *text = json_text(body, *names);

		if (text && *text)
			return text;
	}
	return "";
}

/* What of a message there is to read, "" each that it has not. */
struct letter {
	const char *title, *text, *link, *button;
	const struct json *rows; /* of an OA message: {key,value}; NULL none */
};

static struct letter letter_of(const struct json *content)
{
	static const char *const texts[] = {"content", "text", "markdown", NULL};
	static const char *const titles[] = {"title", NULL};
	static const char *const links[] = {"messageUrl", "message_url", "single_url",
					    "singleURL",  "photoURL",    NULL};
	static const char *const buttons[] = {"single_title", "singleTitle", NULL};
	const char *type = json_text(content, "msgtype");
	const struct json *body = json_get(content, type ? type : "msgParam");
	const struct json *inner = json_get(body, "body");
	struct letter l = {.title = first_of(body, titles),
			   .text = first_of(body, texts),
			   .link = first_of(body, links),
			   .button = first_of(body, buttons)};

	if (!inner || inner->type != JSON_OBJECT)
		return l;
	l.title = first_of(inner, titles);
	l.text = first_of(inner, texts);
	l.rows = json_get(inner, "form");
	return l;
}

/* A line for a list. */
static const char *gist(const struct letter *l)
{
	return *l->title ? l->title : *l->text ? l->text : l->link;
}

static void put_link(struct page *p, const char *url, const char *label)
{
	if (!text_starts(url, "http://") && !text_starts(url, "https://"))
		html(p, "<div><code>%s</code></div>", url);
	else
		html(p, "<div><a href=\"%s\" rel=\"noreferrer\">%s</a></div>", url, label);
}

static void put_letter(struct page *p, const struct letter *l)
{
	const struct json *row = l->rows && l->rows->type == JSON_ARRAY ? l->rows->first : NULL;

	if (*l->title)
		html(p, "<div><b>%s</b></div>", l->title);
	for (; row; row = row->next)
		html(p, "<div class=\"dim\">%s %s</div>",
		     json_text(row, "key") ? json_text(row, "key") : "",
		     json_text(row, "value") ? json_text(row, "value") : "");
	if (*l->text)
		html(p, "<div class=\"said\">%s</div>", l->text);
	if (*l->link)
		put_link(p, l->link, *l->button ? l->button : l->link);
}

static void put_raw(struct page *p, const char *content)
{
	html(p, "<details><summary>%s</summary><pre>%s</pre></details>",
	     page_text(p, "As it was sent", "原始内容"), content);
}

static bool app_name(struct page *p, const char *client_id, const char **out, struct err *e)
{
	struct app *app;

	if (!store_app(&p->c->store, client_id, &app, e))
		return false;
	*out = app->name;
	return true;
}

static bool message_card(struct page *p, const struct message *m, struct err *e)
{
	const char *outcome = notice_outcome(m->code), *app;
	const struct word *kind = view_word(kinds, m->kind);
	const struct json *content;
	struct letter l;

	if (!call_stored(p->c, m->content, &content, e) || !app_name(p, m->client_id, &app, e))
		return false;
	l = letter_of(content);
	html(p, "<div class=\"card\"><div class=\"top\"><span class=\"dim\">%s · %s · %s</span>",
	     app, page_text(p, kind->english, kind->chinese), view_time(p, m->ms));
	if (m->recalled)
		html(p, "<span class=\"tag wait\">%s</span>", page_text(p, "recalled", "已撤回"));
	else if (m->code)
		view_tag(p, outcomes, outcome);
	html(p, "</div>");
	put_letter(p, &l);
	put_raw(p, m->content);
	html(p, "</div>");
	return true;
}

bool page_messages(struct call *c, struct err *e)
{
	struct person *person;
	struct message *m;
	struct page p;

	if (!store_person(&c->store, call_field(c, "user"), &person, e) ||
	    !store_messages_newest(&c->store, person->userid, SHOWN, &m, e))
		return false;
	p = page_open(c, "Messages", "消息", NULL);
	html_both(&p, "<h1>%s's messages</h1>", "<h1>%s的消息</h1>", person->name);
	page_person_tabs(&p, person->userid);
	if (!m)
		html_nothing(&p, "No app has sent a work notice or a robot's message yet.",
			     "还没有收到工作通知或机器人消息。");
	for (; m; m = m->next)
		if (!message_card(&p, m, e))
			return false;
	page_close(&p);
	return true;
}

static const char *priority_of(struct page *p, int64_t priority)
{
	static const struct word words[] = {{"10", "low", "较低", ""},
					    {"20", "normal", "普通", ""},
					    {"30", "urgent", "紧急", ""},
					    {"40", "very urgent", "非常紧急", ""},
					    {NULL, "", "", ""}};
	const struct word *word = view_word(words, view_number(p, priority));

	return page_text(p, word->english, word->chinese);
}

static bool executors(struct page *p, const struct todo *t, struct err *e)
{
	const struct json *list, *x;
	const char *name;
	bool done;

	if (!call_stored(p->c, t->executors, &list, e))
		return false;
	if (list->first)
		html(p, "<div>%s ", page_text(p, "To be done by", "执行人"));
	for (x = list->first; x; x = x->next) {
		if (!view_union_name(p, json_text(x, "id"), &name, e))
			return false;
		done = false;
		(void)json_bool(x, "isDone", &done);
		html(p, "<span class=\"tag %s\">%s%s</span> ", done ? "good" : "", name,
		     done ? page_text(p, ": done", "：已完成") : "");
	}
	html(p, list->first ? "</div>" : "");
	return true;
}

static bool tick_form(struct page *p, const struct todo *t, const struct person *person,
		      struct err *e)
{
	struct arena *a = p->c->store.arena;
	struct todo_mine mine;

	if (!todo_mine(p->c, t, person->unionid, &mine, e))
		return false;
	if (!mine.may)
		return true;
	html_form(p, "/todos", arena_printf(a, "user=%s", text_percent(a, person->userid)));
	html_hidden(p, "clientId", t->client_id);
	html_hidden(p, "id", t->id);
	html(p, "<div class=\"buttons\"><button class=\"small\">%s</button></div></form>",
	     mine.done ? page_text(p, "Not done yet", "取消完成") : page_text(p, "Done", "完成"));
	return true;
}

/* person is who looks and may tick it off, NULL nobody. */
static bool todo_card(struct page *p, const struct todo *t, const struct person *person,
		      struct err *e)
{
	const char *app, *owner, *url;
	const struct json *detail;

	if (!app_name(p, t->client_id, &app, e) || !view_union_name(p, t->owner, &owner, e) ||
	    !call_stored(p->c, t->detail, &detail, e))
		return false;
	html(p,
	     "<div class=\"card\"><div class=\"top\"><b>%s</b><span class=\"tag "
	     "%s\">%s</span></div>",
	     t->subject, t->done ? "good" : "wait",
	     t->done ? page_text(p, "done", "已完成") : page_text(p, "open", "待完成"));
	if (*t->description)
		html(p, "<div class=\"said\">%s</div>", t->description);
	if (!executors(p, t, e))
		return false;
	html_both(p, "<div class=\"dim\">%s · owner %s · %s",
		  "<div class=\"dim\">%s · 所有者：%s · %s", app, owner,
		  view_time(p, t->created_ms));
	if (t->due_ms)
		html_both(p, " · due %s", " · 截止%s", view_time(p, t->due_ms));
	if (t->priority)
		html(p, " · %s", priority_of(p, t->priority));
	html(p, "</div>");
	url = json_text(detail, "pcUrl");
	if (url && *url)
		put_link(p, url, url);
	if (person && !tick_form(p, t, person, e))
		return false;
	html(p, "</div>");
	return true;
}

bool page_todos(struct call *c, struct err *e)
{
	struct person *person;
	struct todo *t;
	struct page p;

	if (!store_person(&c->store, call_field(c, "user"), &person, e) ||
	    !store_todos(&c->store, person->unionid, SHOWN, &t, e))
		return false;
	p = page_open(c, "To-dos", "待办", NULL);
	html_both(&p, "<h1>%s's to-dos</h1>", "<h1>%s的待办</h1>", person->name);
	page_person_tabs(&p, person->userid);
	if (!t)
		html_nothing(&p, "No app has made a to-do for this person yet.", "还没有待办。");
	for (; t; t = t->next)
		if (!todo_card(&p, t, person, e))
			return false;
	page_close(&p);
	return true;
}

bool page_todo_tick(struct call *c, struct err *e)
{
	struct person *person;
	struct todo *t;

	if (!store_person(&c->store, call_field(c, "user"), &person, e) ||
	    !store_todo(&c->store, call_field(c, "clientId"), call_field(c, "id"), &t, e) ||
	    !todo_tick(c, t, person->unionid, e))
		return false;
	html_redirect(
	    c, "/todos",
	    arena_printf(c->store.arena, "user=%s", text_percent(c->store.arena, person->userid)));
	return true;
}

/* "3 delivered · 1 not delivered: …" */
static bool counts(struct page *p, const struct sending *s, int64_t *people, struct err *e)
{
	struct tally *t;

	*people = 0;
	if (!store_sending_tally(&p->c->store, s->id, &t, e))
		return false;
	if (!t)
		html(p, " · %s", page_text(p, "nobody", "没有接收人"));
	for (; t; t = t->next) {
		const struct word *word = view_word(outcomes, notice_outcome(t->code));

		*people += t->count;
		html_both(p, " · %s %s", " · %s人%s", view_number(p, t->count),
			  page_text(p, word->english, word->chinese));
	}
	return true;
}

static bool receivers(struct page *p, const struct sending *s, struct err *e)
{
	struct message *m;
	const char *name;

	if (!store_messages(&p->c->store, s->id, &m, e))
		return false;
	for (; m; m = m->next) {
		const struct word *word = view_word(outcomes, notice_outcome(m->code));

		if (!view_name(p, m->userid, &name, e))
			return false;
		html(p, "<div>%s <span class=\"dim\">%s</span></div>", name,
		     page_text(p, word->english, word->chinese));
	}
	return true;
}

/* Who or what in the send there is not, or the app may not see. */
static bool unknown(struct page *p, const char *list, const char *label, struct err *e)
{
	const struct json *ids, *id;

	if (!call_stored(p->c, list, &ids, e))
		return false;
	for (id = ids->first; id; id = id->next)
		html(p, "<div>%s <code>%s</code></div>", label, id->text);
	return true;
}

static bool sending_row(struct page *p, const struct sending *s, struct err *e)
{
	const struct word *kind = view_word(kinds, s->kind);
	bool notice = text_equal(s->kind, "notice");
	const struct json *content;
	struct letter l;
	int64_t people;

	if (!call_stored(p->c, s->content, &content, e))
		return false;
	l = letter_of(content);
	html(p,
	     "<li><details><summary class=\"row\"><span class=\"main\"><span "
	     "class=\"line\">%s</span>"
	     "<span class=\"dim\">%s · %s",
	     gist(&l), page_text(p, kind->english, kind->chinese), view_time(p, s->ms));
	if (!counts(p, s, &people, e))
		return false;
	html(p, "</span></span>");
	if (s->recalled)
		html(p, "<span class=\"tag wait\">%s</span>", page_text(p, "recalled", "已撤回"));
	html(p, "</summary><div class=\"inside\"><div class=\"dim\">%s <code>%s</code></div>",
	     notice ? "task_id" : "processQueryKey", notice ? view_number(p, s->id) : s->key);
	if (people > PEOPLE_LISTED)
		html(p, "<p class=\"dim\">%s</p>",
		     page_text(p, "Over 100 people: not listed.", "超过100人，不逐一列出。"));
	else if (!receivers(p, s, e))
		return false;
	if (!unknown(p, s->invalid_people,
		     page_text(p, "Nobody the app can see:", "应用不可见的人员："), e) ||
	    !unknown(p, s->invalid_departments,
		     page_text(p, "No department the app can see:", "应用不可见的部门："), e))
		return false;
	html(p, "<pre>%s</pre></div></details></li>", s->content);
	return true;
}

static bool sent(struct page *p, const struct app *app, struct err *e)
{
	struct sending *s;

	if (!store_sendings(&p->c->store, app->client_id, SHOWN, &s, e))
		return false;
	html_heading(p, "Messages sent", "已发送的消息");
	if (!s)
		html_nothing(p,
			     "Nothing was sent. Work notices: /topapi/message/corpconversation/"
			     "asyncsend_v2; a robot's messages: /v1.0/robot/oToMessages/batchSend.",
			     "还没有发送消息。工作通知：/topapi/message/corpconversation/"
			     "asyncsend_v2；机器人消息：/v1.0/robot/oToMessages/batchSend。");
	html(p, s ? "<ul class=\"list\">" : "");
	for (; s; s = s->next) {
		if (!sending_row(p, s, e))
			return false;
		html(p, s->next ? "" : "</ul>");
	}
	return true;
}

static bool made(struct page *p, const struct app *app, struct err *e)
{
	struct todo *t;
	int shown = 0;

	if (!store_todos(&p->c->store, NULL, TODOS_READ, &t, e))
		return false;
	html_heading(p, "To-dos", "待办");
	for (; t && shown < SHOWN; t = t->next) {
		if (!text_equal(t->client_id, app->client_id))
			continue;
		shown++;
		if (!todo_card(p, t, NULL, e))
			return false;
	}
	if (!shown)
		html_nothing(p, "None was made. To-dos: /v1.0/todo/users/{unionId}/tasks.",
			     "还没有创建待办。接口：/v1.0/todo/users/{unionId}/tasks。");
	return true;
}

bool page_app_messages(struct call *c, struct err *e)
{
	struct app *app;
	struct page p;

	if (!store_app(&c->store, c->r->args[0], &app, e))
		return false;
	p = page_open(c, "Messages and to-dos", "消息与待办", NULL);
	page_app_tabs(&p, app);
	if (!sent(&p, app, e) || !made(&p, app, e))
		return false;
	page_close(&p);
	return true;
}
