/* One form: what it says, what happened, and what the person who looks may do with it. */
#include <string.h>

#include "base/text.h"
#include "dingsim/instance.h"
#include "dingsim/page.h"
#include "dingsim/people.h"
#include "dingsim/routes.h"
#include "dingsim/view.h"

#define REMARK_MAX 1024
#define REDIRECT_REMARK_MAX 256
#define FILES_MAX 20

static const struct word actions[] = {{"REVOKE", "Revokes", "撤销申请，针对", "bad"},
				      {"MODIFY", "Changes", "修改申请，针对", "wait"},
				      {NULL, "", "", ""}};

static const struct word records[] = {
    {"START_PROCESS_INSTANCE", "filed the form", "发起申请", ""},
    {"TERMINATE_PROCESS_INSTANCE", "withdrew the form", "撤销审批", "bad"},
    {"ADD_REMARK", "commented", "添加评论", ""},
    {"PROCESS_CC", "got a copy", "抄送", ""},
    {"REDIRECT_TASK", "transferred", "转交", ""},
    {"APPEND_TASK_BEFORE", "asked somebody else first", "前加签", ""},
    {"APPEND_TASK_AFTER", "agreed and asked somebody else", "同意并后加签", "good"},
    {"AGREE", "agreed", "已同意", "good"},
    {"REFUSE", "refused", "已拒绝", "bad"},
    {NULL, "", "", ""}};

static const struct word agents[] = {{"AGREE", "agreed as an agent", "代理同意", "good"},
				     {"REFUSE", "refused as an agent", "代理拒绝", "bad"},
				     {NULL, "", "", ""}};

static const struct word opens[] = {
    {"RUNNING", "has it now", "审批中", "wait"},
    {"PAUSED", "waits for who was asked first", "等待前加签人审批", "wait"},
    {NULL, "", "", ""}};

static bool form_card(struct page *p, const struct instance *i, struct err *e)
{
	const struct json *values, *value;

	if (!call_stored(p->c, i->values, &values, e))
		return false;
	html(p, "<div class=\"card\"><dl>");
	for (value = values->first; value; value = value->next) {
		html(p, "<dt>%s</dt><dd>", json_text(value, "name"));
		if (!view_value(p, value, e))
			return false;
		html(p, "</dd>");
	}
	html(p, "<dt>%s</dt><dd>%s</dd><dt>%s</dt><dd>%s</dd></dl></div>",
	     page_text(p, "Department", "所在部门"), i->department_name,
	     page_text(p, "Number", "审批编号"), i->business_id);
	return true;
}

/* One that revokes or changes another says so, and the other way round. */
static bool attached(struct page *p, const struct instance *i, struct err *e)
{
	const char *user = text_percent(p->c->store.arena, call_field(p->c, "user"));
	const struct word *word = view_word(actions, i->biz_action);
	struct instance *list;

	if (word->code) {
		html(p, "<p class=\"note\">%s ", page_text(p, word->english, word->chinese));
		html_link(p, arena_printf(p->c->store.arena, "/instances/%s", i->main));
		html(p, "user=%s\">%s</a></p>", user, page_text(p, "this form", "此审批单"));
	}
	if (!store_instances_attached(&p->c->store, i->id, &list, e))
		return false;
	if (list)
		html_heading(p, "Revoked or changed by", "撤销或修改申请");
	view_instances(p, list, call_field(p->c, "user"));
	return true;
}

static bool files_row(struct page *p, const struct record *r, struct err *e)
{
	const struct json *files, *file;

	if (!call_stored(p->c, r->attachments, &files, e))
		return false;
	for (file = files->first; file; file = file->next)
		html(p, "<div>%s <code>%s</code></div>", page_text(p, "Attachment:", "附件："),
		     json_text(file, "fileName"));
	return true;
}

static void step_row(struct page *p, const struct word *word, const char *name, int64_t ms)
{
	html(p, "<li class=\"%s\"><div><b>%s</b> %s</div>", word->tone, name,
	     page_text(p, word->english, word->chinese));
	if (ms)
		html(p, "<div class=\"dim\">%s</div>", view_time(p, ms));
}

static const struct word *record_word(const struct record *r)
{
	if (text_equal(r->type, "EXECUTE_TASK_AGENT"))
		return view_word(agents, r->result);
	return view_word(records, text_equal(r->type, "EXECUTE_TASK_NORMAL") ? r->result : r->type);
}

static bool open_rows(struct page *p, const struct task *t, struct err *e)
{
	const struct word *word;
	const char *name;

	for (; t; t = t->next) {
		word = view_word(opens, t->status);
		if (!word->code)
			continue;
		if (!view_name(p, t->userid, &name, e))
			return false;
		step_row(p, word, name, 0);
		html(p, "</li>");
	}
	return true;
}

static bool timeline(struct page *p, const struct instance *i, const struct task *tasks,
		     struct err *e)
{
	struct record *r;
	const char *name;

	if (!store_records(&p->c->store, i->id, &r, e))
		return false;
	html_heading(p, "What happened", "流程");
	html(p, "<ol class=\"time\">");
	for (; r; r = r->next) {
		if (!view_name(p, r->userid, &name, e))
			return false;
		step_row(p, record_word(r), name, r->ms);
		if (*r->remark)
			html(p, "<div>%s</div>", r->remark);
		if (!files_row(p, r, e))
			return false;
		html(p, "</li>");
	}
	if (!open_rows(p, tasks, e))
		return false;
	html(p, "</ol>");
	return true;
}

static void form_here(struct page *p)
{
	html_form(p, p->c->r->path,
		  arena_printf(p->c->store.arena, "user=%s",
			       text_percent(p->c->store.arena, call_field(p->c, "user"))));
}

/* What was sent from the form of that task, "" the forms that are of none. */
static const char *typed(struct page *p, const char *task, const char *name)
{
	bool sent = p->c->r->method == HTTP_POST && text_equal(call_field(p->c, "taskId"), task);

	return sent ? call_field(p->c, name) : "";
}

/* Somebody may have several tasks of one form. */
static const char *field_id(struct page *p, const char *task, const char *name)
{
	return arena_printf(p->c->store.arena, "f%s_%s", task, name);
}

static void remark_field(struct page *p, const char *task, const char *name)
{
	html_field(p,
		   &(struct field){.id = field_id(p, task, name),
				   .name = name,
				   .type = "area",
				   .value = typed(p, task, name),
				   .label = page_text(p, "Remark (optional)", "审批意见（选填）")});
}

static void files_field(struct page *p, const char *task, const char *name)
{
	html_field(p, &(struct field){.id = field_id(p, task, name),
				      .name = name,
				      .value = typed(p, task, name),
				      .placeholder = page_text(p, "a.pdf, b.png", "甲.pdf，乙.png"),
				      .label = page_text(p, "Names of attachments (optional)",
							 "附件名称（选填）")});
}

/* Stays open when what was sent from it was refused. */
static void fold(struct page *p, const char *task, const char *act, const char *title)
{
	html(p, text_equal(typed(p, task, "do"), act) ? "<details class=\"card\" open>"
						      : "<details class=\"card\">");
	html(p, "<summary>%s</summary>", title);
}

/* How somebody else comes to a task. */
struct giving {
	const char *act, *english, *chinese;
	const char *english_to, *chinese_to; /* the field's label */
	const char *english_hint, *chinese_hint;
	const char *english_go, *chinese_go; /* the button */
	bool (*give)(struct call *c, const struct transfer *t, struct err *e);
};

static const struct giving givings[] = {
    {"transfer", "Transfer", "转交", "To", "转交给", "This person decides instead of you.",
     "由此人代替你审批。", "Transfer the task", "确认转交", instance_redirect},
    {"before", "Ask somebody first", "前加签", "Who", "加签人",
     "Your task is paused until this person has agreed.", "此人同意后，再由你审批。",
     "Ask this person first", "确认前加签", instance_add_before},
    {"after", "Agree and ask somebody after", "同意并后加签", "Who", "加签人",
     "You agree, and this person decides after you.", "你同意后，由此人继续审批。",
     "Agree and ask this person", "确认后加签", instance_add_after}};

static const char *giving_field(struct call *c, const struct giving *g, const char *what)
{
	return arena_printf(c->store.arena, "%s_%s", g->act, what);
}

static void giving_form(struct page *p, const struct giving *g, const char *task)
{
	const char *to = giving_field(p->c, g, "to"), *reason = giving_field(p->c, g, "reason");

	fold(p, task, g->act, page_text(p, g->english, g->chinese));
	html(p, "<p class=\"dim\">%s</p>", page_text(p, g->english_hint, g->chinese_hint));
	form_here(p);
	html_hidden(p, "taskId", task);
	html_field(p, &(struct field){.id = field_id(p, task, to),
				      .name = to,
				      .type = "person",
				      .value = typed(p, task, to),
				      .required = true,
				      .placeholder = page_text(p, "Type a name", "输入姓名查找"),
				      .label = page_text(p, g->english_to, g->chinese_to)});
	html_field(p, &(struct field){.id = field_id(p, task, reason),
				      .name = reason,
				      .type = "area",
				      .value = typed(p, task, reason),
				      .label = page_text(p, "Reason (optional)", "理由（选填）")});
	html(p, "<div class=\"buttons\">");
	html_button(p, "go", g->act, page_text(p, g->english_go, g->chinese_go));
	html(p, "</div></form></details>");
}

static void decide_form(struct page *p, const char *task)
{
	form_here(p);
	html(p, "<div class=\"card\">");
	html_hidden(p, "taskId", task);
	remark_field(p, task, "remark");
	files_field(p, task, "files");
	html(p, "<div class=\"buttons\">");
	html(p, "<button class=\"go\" name=\"result\" value=\"agree\">%s</button>",
	     page_text(p, "Agree", "同意"));
	html(p, "<button class=\"stop\" name=\"result\" value=\"refuse\">%s</button></div>",
	     page_text(p, "Refuse", "拒绝"));
	html(p, "</div></form>");
}

static void own_task(struct page *p, const struct task *t)
{
	const char *id = view_number(p, t->id);
	size_t i;

	html(p, "<p>%s</p>", page_text(p, "Your own task:", "本人审批："));
	decide_form(p, id);
	for (i = 0; i < ARRAY_SIZE(givings); i++)
		giving_form(p, &givings[i], id);
}

/* An agent decides, and gives nothing away. */
static bool agent_task(struct page *p, const struct task *t, const char *user, struct err *e)
{
	const char *name;
	bool agent;

	if (!instance_agent(p->c, t, user, &agent, e) || !view_name(p, t->userid, &name, e))
		return false;
	if (!agent)
		return true;
	html_both(p, "<p>In the place of %s:</p>", "<p>代%s审批：</p>", name);
	decide_form(p, view_number(p, t->id));
	return true;
}

static bool task_forms(struct page *p, const struct task *t, const char *user, struct err *e)
{
	for (; t; t = t->next) {
		if (!text_equal(t->status, "RUNNING"))
			continue;
		if (text_equal(t->userid, user))
			own_task(p, t);
		else if (!agent_task(p, t, user, e))
			return false;
	}
	return true;
}

static void comment_form(struct page *p)
{
	fold(p, "", "comment", page_text(p, "Comment", "评论"));
	form_here(p);
	html_field(p, &(struct field){.name = "text",
				      .type = "area",
				      .value = typed(p, "", "text"),
				      .required = true,
				      .label = page_text(p, "Text", "评论内容")});
	files_field(p, "", "attached");
	html(p, "<div class=\"buttons\">");
	html_button(p, "", "comment", page_text(p, "Send", "发送"));
	html(p, "</div></form></details>");
}

static void withdraw_form(struct page *p)
{
	const char *delay = view_number(p, p->c->sim->options.withdraw_delay_s);

	fold(p, "", "withdraw", page_text(p, "Withdraw", "撤销"));
	html_both(p, "<p class=\"dim\">Possible %s seconds after the form was filed.</p>",
		  "<p class=\"dim\">发起%s秒后才能撤销。</p>", delay);
	form_here(p);
	remark_field(p, "", "why");
	html(p, "<div class=\"buttons\">");
	html_button(p, "stop", "withdraw", page_text(p, "Withdraw the form", "撤销审批单"));
	html(p, "</div></form></details>");
}

static void revoke_form(struct page *p)
{
	html(p, "<details class=\"card\"><summary>%s</summary><p class=\"dim\">%s</p>",
	     page_text(p, "Revoke", "撤销已通过的审批"),
	     page_text(p, "Files a new form that revokes this one; it goes to the same approvers.",
		       "将发起一张撤销申请，由相同的审批人审批。"));
	form_here(p);
	html(p, "<div class=\"buttons\">");
	html_button(p, "stop", "revoke", page_text(p, "Revoke the form", "发起撤销"));
	html(p, "</div></form></details>");
}

static void modify_link(struct page *p, const struct instance *i)
{
	struct arena *a = p->c->store.arena;

	html(p, "<p class=\"card\">");
	html_link(p, arena_printf(a, "/instances/%s/modify", i->id));
	html(
	    p, "user=%s\">%s</a> <span class=\"dim\">%s</span></p>",
	    text_percent(a, call_field(p->c, "user")), page_text(p, "Modify", "修改已通过的审批"),
	    page_text(p, "Files a new form with what you change.", "以修改后的内容发起新的审批。"));
}

/* An agreed form of one's own that revokes none. */
static bool may_revoke(struct page *p, const struct instance *i, bool *out, struct err *e)
{
	struct form *form;

	*out = false;
	if (!text_equal(i->result, "agree") || *i->main ||
	    !text_equal(i->originator, call_field(p->c, "user")))
		return true;
	if (!store_form(&p->c->store, i->process_code, &form, e))
		return false;
	*out = form->allow_revoke;
	return true;
}

static bool as_person(struct page *p, const struct instance *i, const struct task *tasks,
		      struct err *e)
{
	const char *user = call_field(p->c, "user");
	bool running = text_equal(i->status, "RUNNING");
	struct person *person;
	bool revoke;

	if (!*user)
		return true;
	if (!store_person(&p->c->store, user, &person, e) || !may_revoke(p, i, &revoke, e))
		return false;
	html_both(p, "<p class=\"dim\">You are %s.</p>", "<p class=\"dim\">当前身份：%s</p>",
		  person->name);
	if (!task_forms(p, tasks, user, e))
		return false;
	comment_form(p);
	if (running && text_equal(i->originator, user))
		withdraw_form(p);
	if (revoke) {
		revoke_form(p);
		modify_link(p, i);
	}
	return people_suggest(p, e);
}

static void person_bar(struct page *p)
{
	if (*call_field(p->c, "user"))
		page_person_tabs(p, call_field(p->c, "user"));
}

bool page_instance(struct call *c, struct err *e)
{
	struct instance *i;
	struct task *tasks;
	struct page p;

	if (!store_instance(&c->store, c->r->args[0], &i, e) ||
	    !store_tasks(&c->store, i->id, &tasks, e))
		return false;
	p = page_open(c, "Form", "审批单", NULL);
	person_bar(&p);
	html(&p, "<h1>%s</h1><p>", i->title);
	view_state(&p, i);
	html(&p, " <span class=\"dim\">%s</span></p>", view_time(&p, i->created_ms));
	if (!form_card(&p, i, e) || !attached(&p, i, e) || !as_person(&p, i, tasks, e) ||
	    !timeline(&p, i, tasks, e) || !view_pushes(&p, i->id, NULL, e))
		return false;
	page_close(&p);
	return true;
}

static bool remark_fits(struct call *c, const char *text, struct err *e)
{
	if (text_length(text) <= REMARK_MAX)
		return true;
	return page_refuse(c, e, "At most 1024 characters.", "最多1024个字符。");
}

static bool task_of(struct call *c, const struct instance *i, struct task **out, struct err *e)
{
	int64_t task_id = 0;

	(void)text_i64(call_field(c, "taskId"), 1, INT64_MAX, &task_id);
	if (!store_task(&c->store, task_id, out, e))
		return false;
	return text_equal((*out)->instance, i->id) ||
	       err_set(e, ERR_NOT_FOUND, "there is no such task");
}

/* "a.pdf, b.png" as attachments of those names. */
static bool files_of(struct call *c, const char *field, struct files *out, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	const char *names = call_field(c, field);
	int count = 0;

	json_array(&w, NULL);
	while (*names) {
		const char *end = names;
		const char *name, *dot;

		while (*end && *end != ',' && !text_starts(end, "，") && !text_starts(end, "、"))
			end++;
		name = text_trim(arena_dup_n(c->store.arena, names, (size_t)(end - names)));
		names = end + (*end == ',' ? 1 : *end ? strlen("，") : 0);
		if (!*name)
			continue;
		if (++count > FILES_MAX)
			return page_refuse(c, e, "At most 20 attachments.", "最多20个附件。");
		dot = strrchr(name, '.');
		json_object(&w, NULL);
		json_put_text(&w, "spaceId", "1");
		json_put_text(&w, "fileName", name);
		json_put_text(&w, "fileSize", "0");
		json_put_text(&w, "fileType", dot ? dot + 1 : "file");
		json_put_text(&w, "fileId",
			      arena_printf(c->store.arena, "%lld%d", (long long)c->now_ms, count));
		json_object_end(&w);
	}
	json_array_end(&w);
	out->attachments = count ? arena_dup(c->store.arena, text.data) : NULL;
	return true;
}

static bool give(struct call *c, const struct giving *g, struct instance *i, const char *person,
		 struct err *e)
{
	struct transfer t = {
	    .instance = i, .person = person, .remark = call_field(c, giving_field(c, g, "reason"))};
	struct person *to;

	if (text_length(t.remark) > REDIRECT_REMARK_MAX)
		return page_refuse(c, e, "At most 256 characters.", "最多256个字符。");
	if (!task_of(c, i, &t.task, e) ||
	    !people_pick(c, call_field(c, giving_field(c, g, "to")), &to, e))
		return false;
	if (to->external || text_equal(to->userid, person))
		return page_refuse(c, e, "Choose another employee.", "请选择其他员工。");
	t.to = to->userid;
	return g->give(c, &t, e);
}

static bool revoke(struct call *c, struct instance *i, const char *person, struct err *e)
{
	struct attachment a = {.main = i, .person = person, .action = "REVOKE"};
	struct instance *made;

	if (!instance_attach(c, &a, &made, e))
		return false;
	html_redirect(
	    c, arena_printf(c->store.arena, "/instances/%s", made->id),
	    arena_printf(c->store.arena, "user=%s", text_percent(c->store.arena, person)));
	return true;
}

static bool decide(struct call *c, struct instance *i, const char *person, struct err *e)
{
	const char *result = call_field(c, "result");
	struct decision d = {.instance = i,
			     .person = person,
			     .agree = text_equal(result, "agree"),
			     .remark = call_field(c, "remark")};

	if (!d.agree && !text_equal(result, "refuse"))
		return err_set(e, ERR_INVALID, "result: must be agree or refuse");
	return remark_fits(c, d.remark, e) && files_of(c, "files", &d.files, e) &&
	       task_of(c, i, &d.task, e) && instance_decide(c, &d, e);
}

static bool comment(struct call *c, struct instance *i, const char *person, struct err *e)
{
	const char *text = text_trim(arena_dup(c->store.arena, call_field(c, "text")));
	struct comment said = {.person = person, .text = text};

	if (!*text)
		return page_refuse(c, e, "The comment is empty.", "请填写评论内容。");

	return remark_fits(c, text, e) && files_of(c, "attached", &said.files, e) &&
	       instance_comment(c, i, &said, e);
}

static bool withdraw(struct call *c, struct instance *i, const char *person, struct err *e)
{
	if (!text_equal(i->originator, person))
		return call_fault(c, e, "invalidInstanceTerminateOperatingUserId", NULL);
	return remark_fits(c, call_field(c, "why"), e) &&
	       instance_terminate(c, i, person, call_field(c, "why"), e);
}

static const struct {
	const char *name;
	bool (*act)(struct call *c, struct instance *i, const char *person, struct err *e);
} acts[] = {{"", decide}, {"comment", comment}, {"withdraw", withdraw}, {"revoke", revoke}};

/* Does what the form's button says. */
static bool act(struct call *c, struct instance *i, const char *person, struct err *e)
{
	const char *name = call_field(c, "do");
	size_t n;

	for (n = 0; n < ARRAY_SIZE(acts); n++)
		if (text_equal(acts[n].name, name))
			return acts[n].act(c, i, person, e);
	for (n = 0; n < ARRAY_SIZE(givings); n++)
		if (text_equal(givings[n].act, name))
			return give(c, &givings[n], i, person, e);
	return err_set(e, ERR_INVALID, "do: nothing that can be done here");
}

bool page_decide(struct call *c, struct err *e)
{
	struct instance *i;
	struct person *person;

	if (!store_instance(&c->store, c->r->args[0], &i, e) ||
	    !store_person(&c->store, call_field(c, "user"), &person, e) ||
	    !act(c, i, person->userid, e))
		return false;
	/* A revocation leads to the form that it made. */
	if (c->status == 303)
		return true;
	html_redirect(
	    c, c->r->path,
	    arena_printf(c->store.arena, "user=%s", text_percent(c->store.arena, person->userid)));
	return true;
}
