/* The pages: start, an approver's inbox, one form. */
#include <string.h>

#include "base/text.h"
#include "dingsim/format.h"
#include "dingsim/html.h"
#include "dingsim/instance.h"
#include "dingsim/routes.h"

#define PEOPLE_SHOWN 8 /* the rest is found by name */
#define INSTANCES_SHOWN 20
#define PUSHES_SHOWN 20
#define DONE_SHOWN 20
#define REMARK_MAX 1024

/* A word of DingTalk's and how it is shown. */
struct word {
	const char *code, *english, *chinese, *tone;
};

static const struct word *word_of(const struct word *words, const char *code)
{
	while (words->code && !text_equal(words->code, code))
		words++;
	return words;
}

static const struct word states[] = {{"RUNNING", "waiting", "审批中", "wait"},
				     {"TERMINATED", "withdrawn", "已撤销", ""},
				     {"agree", "approved", "审批通过", "good"},
				     {"refuse", "rejected", "审批拒绝", "bad"},
				     {NULL, "", "", ""}};

static const struct word push_states[] = {{"pending", "pending", "待推送", "wait"},
					  {"delivered", "delivered", "已送达", "good"},
					  {"failed", "failed", "推送失败", "bad"},
					  {"collected", "failed, collected", "失败，已取回", "bad"},
					  {NULL, "", "", ""}};

static const struct word records[] = {
    {"START_PROCESS_INSTANCE", "filed the form", "发起申请", ""},
    {"TERMINATE_PROCESS_INSTANCE", "withdrew the form", "撤销审批", "bad"},
    {"ADD_REMARK", "commented", "添加评论", ""},
    {"PROCESS_CC", "got a copy", "抄送", ""},
    {"AGREE", "agreed", "已同意", "good"},
    {"REFUSE", "refused", "已拒绝", "bad"},
    {NULL, "", "", ""}};

static void tag(struct page *p, const struct word *words, const char *code)
{
	const struct word *word = word_of(words, code);

	html(p, "<span class=\"tag %s\">%s</span>", word->tone,
	     page_text(p, word->english, word->chinese));
}

static const char *state_of(const struct instance *i)
{
	return text_equal(i->status, "COMPLETED") ? i->result : i->status;
}

static const char *when(struct page *p, int64_t ms)
{
	char text[FORMAT_SECOND_SIZE];

	format_second(ms, text);
	return arena_dup(p->c->store.arena, text);
}

/* href="…: the address up to its query, with the page's language; the caller goes on with the
 * query. */
static void link_to(struct page *p, const char *path)
{
	html(p, "<a href=\"%s?", path);
	buf_text(&p->c->out, p->lang);
}

static void heading(struct page *p, const char *english, const char *chinese)
{
	html(p, "<h2>%s</h2>", page_text(p, english, chinese));
}

static void nothing(struct page *p, const char *english, const char *chinese)
{
	html(p, "<p class=\"card dim\">%s</p>", page_text(p, english, chinese));
}

static bool start_people(struct page *p, struct err *e)
{
	const char *find = call_field(p->c, "find");
	struct person *person;

	if (!store_people(&p->c->store, find, PEOPLE_SHOWN, &person, e))
		return false;
	heading(p, "Choose who you are", "选择身份");
	html(
	    p,
	    "<form method=\"get\" action=\"/\" class=\"find\"><input type=\"search\" name=\"find\" "
	    "value=\"%s\" aria-label=\"%s\" placeholder=\"%s\">",
	    find, page_text(p, "Find a person", "查找人员"),
	    page_text(p, "Name or title", "姓名或职位"));
	if (*p->lang)
		html(p, "<input type=\"hidden\" name=\"lang\" value=\"%s\">",
		     page_text(p, "en", "zh"));
	html(p, "<button>%s</button></form>", page_text(p, "Find", "查找"));
	if (!person)
		nothing(p, "Nobody found.", "没有找到。");
	html(p, person ? "<ul class=\"list\">" : "");
	for (; person; person = person->next) {
		html(p, "<li>");
		link_to(p, "/inbox");
		html(p, "user=%s\"><span class=\"main\">%s <span class=\"dim\">%s</span></span>",
		     text_percent(p->c->store.arena, person->userid), person->name, person->title);
		if (person->waiting)
			html_both(
			    p, "<span class=\"tag wait\">%s waiting</span>",
			    "<span class=\"tag wait\">%s 个待审批</span>",
			    arena_printf(p->c->store.arena, "%lld", (long long)person->waiting));
		html(p, person->next ? "</a></li>" : "</a></li></ul>");
	}
	return true;
}

static void instance_row(struct page *p, const struct instance *i, const char *user)
{
	html(p, "<li>");
	link_to(p, arena_printf(p->c->store.arena, "/instances/%s", i->id));
	html(p,
	     "user=%s\"><span class=\"main\"><span>%s</span>"
	     "<span class=\"dim\">%s</span></span>",
	     text_percent(p->c->store.arena, user), i->title, when(p, i->created_ms));
	tag(p, states, state_of(i));
	html(p, "</a></li>");
}

static bool start_instances(struct page *p, struct err *e)
{
	const struct instance_query q = {
	    .to_ms = INT64_MAX, .newest_first = true, .limit = INSTANCES_SHOWN};
	struct instance *i;

	if (!store_instances(&p->c->store, &q, &i, e))
		return false;
	heading(p, "Latest forms", "最近的审批单");
	if (!i)
		nothing(p, "No form was filed yet.", "还没有审批单。");
	html(p, i ? "<ul class=\"list\">" : "");
	for (; i; i = i->next) {
		instance_row(p, i, "");
		html(p, i->next ? "" : "</ul>");
	}
	return true;
}

static void push_row(struct page *p, const struct push *push, const struct attempt *last)
{
	html(p,
	     "<li><div class=\"row\"><span class=\"main\"><span>%s "
	     "<code>%s</code></span><span class=\"dim\">%s",
	     push->type, strrchr(push->resource, '/') + 1, when(p, push->created_ms));
	if (last)
		html(p, "; %s", last->verdict);
	html(p, "</span></span>");
	tag(p, push_states, push->state);
	html(p, "</div></li>");
}

static bool push_list(struct page *p, const char *instance, struct err *e)
{
	struct attempt *last;
	struct push *push;

	if (!store_pushes(&p->c->store, instance, PUSHES_SHOWN, &push, e))
		return false;
	heading(p, "Event pushes", "事件推送");
	if (!push)
		nothing(p, "Nothing was pushed.", "没有推送记录。");
	html(p, push ? "<ul class=\"list\">" : "");
	for (; push; push = push->next) {
		if (!store_attempts(&p->c->store, push->id, &last, e))
			return false;
		while (last && last->next)
			last = last->next;
		push_row(p, push, last);
		html(p, push->next ? "" : "</ul>");
	}
	return true;
}

static bool start_apps(struct page *p, struct err *e)
{
	struct app *app;

	if (!store_apps(&p->c->store, &app, e))
		return false;
	heading(p, "Apps", "应用");
	for (; app; app = app->next) {
		html(p, "<div class=\"card\"><dl><dt>%s</dt><dd>%s</dd>",
		     page_text(p, "Name", "名称"), app->name);
		html(p, "<dt>Client ID</dt><dd><code>%s</code></dd><dt>%s</dt>", app->client_id,
		     page_text(p, "Events go to", "事件推送地址"));
		html(p, "<dd>%s</dd></dl></div>",
		     *app->url ? app->url : page_text(p, "(not subscribed)", "（未订阅）"));
	}
	return true;
}

bool page_start(struct call *c, struct err *e)
{
	struct page p = page_open(c, "Start", "首页", NULL);

	html(&p, "<h1>%s</h1>", c->sim->corp_name);
	html(&p, "<p class=\"dim\">CorpId <code>%s</code></p>", c->sim->corp_id);
	if (!start_instances(&p, e) || !start_people(&p, e) || !start_apps(&p, e) ||
	    !push_list(&p, NULL, e))
		return false;
	page_close(&p);
	return true;
}

static bool inbox_list(struct page *p, const struct task *t, const char *user, struct err *e)
{
	struct instance *i;

	html(p, t ? "<ul class=\"list\">" : "");
	for (; t; t = t->next) {
		if (!store_instance(&p->c->store, t->instance, &i, e))
			return false;
		instance_row(p, i, user);
		html(p, t->next ? "" : "</ul>");
	}
	return true;
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
	heading(&p, "Waiting for you", "待处理");
	if (!waiting)
		nothing(&p, "Nothing waits for you.", "没有待处理的审批。");
	if (!inbox_list(&p, waiting, person->userid, e))
		return false;
	heading(&p, "Done", "已处理");
	if (!done)
		nothing(&p, "Nothing yet.", "暂无。");
	if (!inbox_list(&p, done, person->userid, e))
		return false;
	page_close(&p);
	return true;
}

static bool form_card(struct page *p, const struct instance *i, struct err *e)
{
	const struct json *values, *value;

	if (!call_stored(p->c, i->values, &values, e))
		return false;
	html(p, "<div class=\"card\"><dl>");
	for (value = values->first; value; value = value->next)
		html(p, "<dt>%s</dt><dd>%s</dd>", json_text(value, "name"),
		     json_text(value, "value"));
	html(p, "<dt>%s</dt><dd>%s</dd><dt>%s</dt><dd>%s</dd></dl></div>",
	     page_text(p, "Department", "所在部门"), i->department_name,
	     page_text(p, "Number", "审批编号"), i->business_id);
	return true;
}

static bool name_of(struct page *p, const char *userid, const char **out, struct err *e)
{
	struct person *person;

	if (!store_person(&p->c->store, userid, &person, e))
		return false;
	*out = person->name;
	return true;
}

static void step_row(struct page *p, const struct word *word, const char *name, int64_t ms)
{
	html(p, "<li class=\"%s\"><div><b>%s</b> %s</div>", word->tone, name,
	     page_text(p, word->english, word->chinese));
	if (ms)
		html(p, "<div class=\"dim\">%s</div>", when(p, ms));
}

static bool timeline(struct page *p, const struct instance *i, const struct task *tasks,
		     struct err *e)
{
	static const struct word open = {"", "has it now", "审批中", "wait"};
	struct record *r;
	const char *name;

	if (!store_records(&p->c->store, i->id, &r, e))
		return false;
	heading(p, "What happened", "流程");
	html(p, "<ol class=\"time\">");
	for (; r; r = r->next) {
		bool decided = text_equal(r->type, "EXECUTE_TASK_NORMAL");

		if (!name_of(p, r->userid, &name, e))
			return false;
		step_row(p, word_of(records, decided ? r->result : r->type), name, r->ms);
		if (*r->remark)
			html(p, "<div>%s</div>", r->remark);
		html(p, "</li>");
	}
	for (; tasks; tasks = tasks->next) {
		if (!text_equal(tasks->status, "RUNNING"))
			continue;
		if (!name_of(p, tasks->userid, &name, e))
			return false;
		step_row(p, &open, name, 0);
		html(p, "</li>");
	}
	html(p, "</ol>");
	return true;
}

static void decide_form(struct page *p, const struct task *t)
{
	html(p, "<form method=\"post\" class=\"card\" action=\"/instances/%s?", t->instance);
	buf_text(&p->c->out, p->lang);
	html(p,
	     "user=%s\"><input type=\"hidden\" name=\"taskId\" value=\"%s\">"
	     "<label for=\"remark\">%s</label>"
	     "<textarea id=\"remark\" name=\"remark\" maxlength=\"1024\"></textarea>",
	     text_percent(p->c->store.arena, t->userid),
	     arena_printf(p->c->store.arena, "%lld", (long long)t->id),
	     page_text(p, "Remark (optional)", "审批意见（选填）"));
	html(p,
	     "<div class=\"buttons\"><button class=\"go\" name=\"result\" "
	     "value=\"agree\">%s</button>"
	     "<button class=\"stop\" name=\"result\" value=\"refuse\">%s</button></div></form>",
	     page_text(p, "Agree", "同意"), page_text(p, "Refuse", "拒绝"));
}

static void as_person(struct page *p, const struct task *tasks, const char *user)
{
	const struct task *t;

	if (!*user)
		return;
	html(p, "<p>");
	link_to(p, "/inbox");
	html_both(p, "user=%s\">Back to the inbox</a></p>", "user=%s\">返回审批列表</a></p>",
		  text_percent(p->c->store.arena, user));
	for (t = tasks; t; t = t->next)
		if (text_equal(t->userid, user) && text_equal(t->status, "RUNNING"))
			decide_form(p, t);
}

bool page_instance(struct call *c, struct err *e)
{
	const char *user = call_field(c, "user");
	struct instance *i;
	struct task *tasks;
	struct page p;

	if (!store_instance(&c->store, c->r->args[0], &i, e) ||
	    !store_tasks(&c->store, i->id, &tasks, e))
		return false;
	p = page_open(c, "Form", "审批单", NULL);
	html(&p, "<h1>%s</h1><p>", i->title);
	tag(&p, states, state_of(i));
	html(&p, " <span class=\"dim\">%s</span></p>", when(&p, i->created_ms));
	if (!form_card(&p, i, e))
		return false;
	as_person(&p, tasks, user);
	if (!timeline(&p, i, tasks, e) || !push_list(&p, i->id, e))
		return false;
	page_close(&p);
	return true;
}

bool page_decide(struct call *c, struct err *e)
{
	const char *result = call_field(c, "result");
	const char *lang = http_query(c->r, "lang");
	struct decision d = {.person = call_field(c, "user"),
			     .agree = text_equal(result, "agree"),
			     .remark = call_field(c, "remark")};
	int64_t task_id = 0;

	if (!d.agree && !text_equal(result, "refuse"))
		return err_set(e, ERR_INVALID, "result: must be agree or refuse");
	if (text_length(d.remark) > REMARK_MAX)
		return err_set(e, ERR_INVALID, "remark: at most %d characters", REMARK_MAX);
	(void)text_i64(call_field(c, "taskId"), 1, INT64_MAX, &task_id);
	if (!store_task(&c->store, task_id, &d.task, e) ||
	    !store_instance(&c->store, c->r->args[0], &d.instance, e))
		return false;
	if (!text_equal(d.task->instance, d.instance->id))
		return err_set(e, ERR_NOT_FOUND, "there is no such task");
	if (!instance_decide(c, &d, e))
		return false;
	c->status = 303;
	(void)http_set_header(c->r, "Location",
			      arena_printf(c->store.arena, "/instances/%s?%s%suser=%s",
					   d.instance->id, lang ? "lang=" : "",
					   lang ? (*lang == 'z' ? "zh&" : "en&") : "",
					   text_percent(c->store.arena, d.person)));
	return true;
}
