#include "dingsim/page.h"

#include "base/text.h"
#include "dingsim/people.h"
#include "dingsim/routes.h"
#include "dingsim/view.h"

#define PEOPLE_SHOWN 8 /* the rest is found by name */
#define INSTANCES_SHOWN 20
#define DONE_SHOWN 20

static bool start_people(struct page *p, struct err *e)
{
	const char *find = call_field(p->c, "find");
	struct person *person;

	if (!store_people(&p->c->store, find, PEOPLE_SHOWN, &person, e))
		return false;
	html_heading(p, "Choose who you are", "选择身份");
	people_find(p, "/");
	if (!person)
		html_nothing(p, "Nobody found.", "没有找到。");
	html(p, person ? "<ul class=\"list\">" : "");
	for (; person; person = person->next) {
		html(p, "<li>");
		html_link(p, "/inbox");
		html(p, "user=%s\"><span class=\"main\">%s <span class=\"dim\">%s</span></span>",
		     text_percent(p->c->store.arena, person->userid), person->name, person->title);
		if (person->waiting)
			html_both(p, "<span class=\"tag wait\">%s waiting</span>",
				  "<span class=\"tag wait\">%s个待审批</span>",
				  view_number(p, person->waiting));
		html(p, person->next ? "</a></li>" : "</a></li></ul>");
	}
	return true;
}

bool page_start(struct call *c, struct err *e)
{
	const struct instance_query q = {
	    .to_ms = INT64_MAX, .newest_first = true, .limit = INSTANCES_SHOWN};
	struct page p = page_open(c, "Start", "首页", NULL);
	struct instance *i;

	html(&p, "<h1>%s</h1>", c->sim->corp_name);
	html(&p, "<p class=\"dim\">CorpId <code>%s</code></p>", c->sim->corp_id);
	if (!start_people(&p, e) || !store_instances(&c->store, &q, &i, e))
		return false;
	html_heading(&p, "Latest forms", "最近的审批单");
	if (!i)
		html_nothing(&p, "No form was filed yet.", "还没有审批单。");
	view_instances(&p, i, "");
	if (!view_pushes(&p, NULL, NULL, e))
		return false;
	page_close(&p);
	return true;
}

static const struct tab tabs[] = {{"/inbox", "Waiting and done", "待处理与已处理"},
				  {"/submitted", "Submitted", "我发起的"},
				  {"/new", "New form", "发起审批"},
				  {"/messages", "Messages", "消息"},
				  {"/todos", "To-dos", "待办"},
				  {0}};

void page_person_tabs(struct page *p, const char *user)
{
	view_tabs(
	    p, tabs,
	    arena_printf(p->c->store.arena, "user=%s", text_percent(p->c->store.arena, user)));
}

bool page_inbox(struct call *c, struct err *e)
{
	struct person *person;
	struct task *waiting, *done;
	struct page p;

	if (!store_person(&c->store, call_field(c, "user"), &person, e) ||
	    !store_tasks_waiting(&c->store, person->userid, &waiting, e) ||
	    !store_tasks_done(&c->store, person->userid, DONE_SHOWN, &done, e))
		return false;
	p = page_open(c, "Inbox", "待我审批", NULL);
	html_both(&p, "<h1>%s's inbox</h1>", "<h1>%s的审批</h1>", person->name);
	page_person_tabs(&p, person->userid);
	html_heading(&p, "Waiting for you", "待处理");
	if (!waiting)
		html_nothing(&p, "Nothing waits for you.", "没有待处理的审批。");
	if (!view_tasks(&p, waiting, person->userid, e))
		return false;
	html_heading(&p, "Done", "已处理");
	if (!done)
		html_nothing(&p, "Nothing yet.", "暂无。");
	if (!view_tasks(&p, done, person->userid, e))
		return false;
	page_close(&p);
	return true;
}

bool page_submitted(struct call *c, struct err *e)
{
	AUTO(buf_done) struct buf who = {0};
	struct json_writer w = {.out = &who};
	struct instance_query q = {
	    .to_ms = INT64_MAX, .newest_first = true, .limit = INSTANCES_SHOWN};
	struct person *person;
	struct instance *i;
	struct page p;

	if (!store_person(&c->store, call_field(c, "user"), &person, e))
		return false;
	json_array(&w, NULL);
	json_put_text(&w, NULL, person->userid);
	json_array_end(&w);
	q.originators = who.data;
	if (!store_instances(&c->store, &q, &i, e))
		return false;
	p = page_open(c, "Submitted", "我发起的", NULL);
	html_both(&p, "<h1>%s's forms</h1>", "<h1>%s发起的审批</h1>", person->name);
	page_person_tabs(&p, person->userid);
	if (!i)
		html_nothing(&p, "Nothing was filed yet.", "还没有发起过审批。");
	view_instances(&p, i, person->userid);
	page_close(&p);
	return true;
}
