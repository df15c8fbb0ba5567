/* The OA admin console: the forms, and the editor that creates and publishes them. */
#include <string.h>

#include "base/text.h"
#include "dingsim/draft.h"
#include "dingsim/people.h"
#include "dingsim/routes.h"
#include "dingsim/view.h"

static const struct word statuses[] = {{"PUBLISHED", "published", "已发布", "good"},
				       {"INVALID", "disabled", "已停用", "bad"},
				       {"SAVED", "draft", "草稿", "wait"},
				       {NULL, "", "", ""}};

static const struct word control_names[] = {{"TextField", "Single-line text", "单行输入框", ""},
					    {"TextareaField", "Multi-line text", "多行输入框", ""},
					    {"NumberField", "Number", "数字输入框", ""},
					    {"MoneyField", "Amount", "金额", ""},
					    {"DDSelectField", "Single choice", "单选框", ""},
					    {"DDMultiSelectField", "Multiple choice", "多选框", ""},
					    {"DDDateField", "Date", "日期", ""},
					    {"DDDateRangeField", "Date range", "日期区间", ""},
					    {"PhoneField", "Phone", "电话", ""},
					    {"InnerContactField", "Contacts", "联系人", ""},
					    {"DepartmentField", "Department", "部门", ""},
					    {"DDPhotoField", "Pictures", "图片", ""},
					    {"DDAttachment", "Attachments", "附件", ""},
					    {"TableField", "Table", "明细/表格", ""},
					    {"StarRatingField", "Rating", "评分", ""},
					    {"AddressField", "Address", "省市区", ""},
					    {"RelateField", "Related forms", "关联审批单", ""},
					    {"TextNote", "Note", "说明文字", ""},
					    {NULL, "", "", ""}};

static void form_row(struct page *p, const struct form *form)
{
	bool on = text_equal(form->status, "PUBLISHED");

	html(p, "<li><div class=\"row\"><span class=\"main\"><span>");
	html_link(p, "/forms/edit");
	html(p, "code=%s\">%s</a> ", text_percent(p->c->store.arena, form->process_code),
	     form->name);
	view_tag(p, statuses, form->status);
	html(p, "</span><span class=\"dim\">%s%s<code>%s</code></span></span>", form->category,
	     *form->category ? " · " : "", form->process_code);
	html_form(p, "/forms", "");
	html_hidden(p, "code", form->process_code);
	html_button(p, "small", on ? "disable" : "enable",
		    on ? page_text(p, "Disable", "停用") : page_text(p, "Enable", "启用"));
	html(p, "</form></div></li>");
}

bool page_forms(struct call *c, struct err *e)
{
	struct page p = page_open(c, "Form Management", "表单管理", NULL);
	struct form *form;

	if (!store_forms(&c->store, &form, e))
		return false;
	html(&p, "<div class=\"top\"><h1>%s</h1>", page_text(&p, "Form Management", "表单管理"));
	html(&p, "<a class=\"button\" href=\"/forms/edit?");
	buf_text(&c->out, p.lang);
	html(&p, "\">%s</a></div>", page_text(&p, "Create Approval Form", "创建审批表单"));
	if (!form)
		html_nothing(&p, "There is no form yet.", "还没有表单。");
	html(&p, form ? "<ul class=\"list plain\">" : "");
	for (; form; form = form->next) {
		form_row(&p, form);
		html(&p, form->next ? "" : "</ul>");
	}
	page_close(&p);
	return true;
}

bool page_form_switch(struct call *c, struct err *e)
{
	struct form *form;

	if (!store_form(&c->store, call_field(c, "code"), &form, e))
		return false;
	form->status = text_equal(call_field(c, "do"), "disable") ? "INVALID" : "PUBLISHED";
	form->modified_ms = c->now_ms;
	if (!store_form_set(&c->store, form, e))
		return false;
	html_redirect(c, "/forms", "");
	return true;
}

static bool basic_settings(struct page *p, const struct draft *d, struct err *e)
{
	html_heading(p, "Basic settings", "基础设置");
	html(p, "<div class=\"card\">");
	html_field(p, &(struct field){.name = "name",
				      .value = d->name,
				      .label = page_text(p, "Form name", "表单名称"),
				      .required = true});
	html(p, "<div class=\"pair\"><div>");
	html_field(p, &(struct field){.name = "category",
				      .value = d->category,
				      .label = page_text(p, "Group", "所在分组")});
	html(p, "</div><div>");
	html_field(p, &(struct field){.name = "description",
				      .value = d->description,
				      .label = page_text(p, "Description", "表单说明")});
	html(p, "</div></div><label for=\"f_i0\">%s</label>",
	     page_text(p, "Who can initiate: people (nobody here and no department: everybody)",
		       "谁可以发起：人员（人员和部门都不填为全员）"));
	if (!people_slots(p, "i", "i", d->stored ? d->stored->initiators : "[]", e))
		return false;
	html_field(p, &(struct field){.name = "departments",
				      .value = d->departments,
				      .placeholder = "2, 5",
				      .label = page_text(p, "Who can initiate: department IDs",
							 "谁可以发起：部门ID，逗号分隔")});
	html(p, "<label for=\"f_m0\">%s</label>",
	     page_text(p, "Form administrators", "表单管理员"));
	if (!people_slots(p, "m", "m", d->stored ? d->stored->managers : "[]", e))
		return false;
	html_check(p, "withdraw",
		   page_text(p, "The initiator may withdraw while it is in approval",
			     "允许提交人撤销审批中的审批单"),
		   d->allow_withdraw);
	html_check(p, "revoke",
		   page_text(p, "The initiator may revoke or modify an approved form",
			     "允许提交人撤销、修改已通过的审批单"),
		   d->allow_revoke);
	html(p, "</div>");
	return true;
}

static const char *at(struct page *p, char kind, int n, const char *what)
{
	return arena_printf(p->c->store.arena, "%c%d_%s", kind, n, what);
}

static void control_type(struct page *p, const struct draft_control *control, int n)
{
	const char *name = at(p, 'c', n, "type");
	const struct word *word = control_names;

	html(p, "<label for=\"%s\">%s</label><select id=\"%s\" name=\"%s\">", name,
	     page_text(p, "Control", "控件"), name, name);
	for (; word->code; word++)
		html_option(p, word->code, page_text(p, word->english, word->chinese),
			    control->type);
	if (!view_word(control_names, control->type)->code)
		html_option(p, control->type, control->type, control->type);
	html(p, "</select>");
}

static void control_buttons(struct page *p, int n)
{
	html(p, "<div class=\"buttons\">");
	html(p, "<button class=\"small\" name=\"do\" value=\"up%s\" formnovalidate>%s</button>",
	     view_number(p, n), page_text(p, "Move up", "上移"));
	html(p,
	     "<button class=\"small stop\" name=\"do\" value=\"drop%s\" "
	     "formnovalidate>%s</button></div>",
	     view_number(p, n), page_text(p, "Remove", "删除"));
}

static void control_card(struct page *p, const struct draft_control *control, int n)
{
	html(p, "<div class=\"card\"><div class=\"pair\"><div>");
	html_hidden(p, at(p, 'c', n, "id"), control->id);
	html_field(p, &(struct field){.name = at(p, 'c', n, "label"),
				      .value = control->label,
				      .label = page_text(p, "Title", "标题"),
				      .required = true});
	html(p, "</div><div>");
	control_type(p, control, n);
	html(p, "</div></div>");
	html_field(p, &(struct field){.name = at(p, 'c', n, "placeholder"),
				      .value = control->placeholder,
				      .label = page_text(p, "Placeholder", "提示文字")});
	html(p, "<details><summary class=\"dim\">%s</summary>",
	     page_text(p, "Options, columns, date format", "选项、表格列、日期格式"));
	html_field(p, &(struct field){.name = at(p, 'c', n, "options"),
				      .type = "area",
				      .value = control->options,
				      .label = page_text(p, "Options or columns, one a line",
							 "选项或表格列，每行一个")});
	html_field(p, &(struct field){.name = at(p, 'c', n, "format"),
				      .value = control->format,
				      .placeholder = "yyyy-MM-dd HH:mm",
				      .label = page_text(p, "Date format", "日期格式")});
	html(p, "</details>");
	html_check(p, at(p, 'c', n, "required"), page_text(p, "Required", "必填"),
		   control->required);
	control_buttons(p, n);
	html(p, "</div>");
}

static void form_design(struct page *p, const struct draft *d)
{
	int n;

	html_heading(p, "Form design", "表单设计");
	html_hidden(p, "controls", view_number(p, d->control_count));
	for (n = 0; n < d->control_count; n++)
		control_card(p, &d->controls[n], n);
	html(p, "<button name=\"do\" value=\"add\" formnovalidate>%s</button>",
	     page_text(p, "Add a control", "添加控件"));
}

static void choice(struct page *p, const char *name, const char *label, const struct word *words,
		   const char *chosen)
{
	html(p, "<label for=\"%s\">%s</label><select id=\"%s\" name=\"%s\">", name, label, name,
	     name);
	for (; words->code; words++)
		html_option(p, words->code, page_text(p, words->english, words->chinese), chosen);
	html(p, "</select>");
}

static void step_condition(struct page *p, const struct draft_step *step, int n)
{
	html(p, *step->when ? "<details open>" : "<details>");
	html(p, "<summary class=\"dim\">%s</summary>", page_text(p, "Condition", "条件"));
	html_field(p, &(struct field){
			  .name = at(p, 's', n, "when"),
			  .value = step->when,
			  .placeholder = page_text(p, "What it is called", "控件标题"),
			  .label = page_text(p, "Only when this single choice", "仅当此单选框")});
	html_field(p, &(struct field){.name = at(p, 's', n, "values"),
				      .type = "area",
				      .value = step->values,
				      .label = page_text(p, "has one of these options, one a line",
							 "选中以下任一选项，每行一个")});
	html(p, "</details>");
}

static bool step_card(struct page *p, const struct draft_step *step, int n, struct err *e)
{
	static const struct word who[] = {{"people", "Assigned people", "指定成员", ""},
					  {"selected", "Chosen by the initiator", "发起人自选", ""},
					  {0}};
	static const struct word methods[] = {
	    {"AND", "Everybody (AND)", "会签（须所有审批人同意）", ""},
	    {"OR", "Anybody (OR)", "或签（一名审批人同意即可）", ""},
	    {0}};

	html(p, "<div class=\"card\"><b>");
	html_both(p, "Step %s", "审批人 %s", view_number(p, n + 1));
	html(p, "</b><div class=\"pair\"><div>");
	html_hidden(p, at(p, 's', n, "key"), step->key);
	choice(p, at(p, 's', n, "who"), page_text(p, "Approver", "审批人"), who,
	       step->selected ? "selected" : "people");
	html(p, "</div><div>");
	choice(p, at(p, 's', n, "method"), page_text(p, "Approval method", "多人审批方式"), methods,
	       step->method);
	html(p, "</div></div><label for=\"f_%s\">%s</label>", at(p, 's', n, "p0"),
	     page_text(p, "Assigned people", "指定成员"));
	if (!people_slots(p, at(p, 's', n, "p"), at(p, 's', step->sent, "p"), step->people, e))
		return false;
	step_condition(p, step, n);
	html(p,
	     "<div class=\"buttons\"><button class=\"small stop\" name=\"do\" "
	     "value=\"unstep%s\" formnovalidate>%s</button></div></div>",
	     view_number(p, n), page_text(p, "Remove", "删除"));
	return true;
}

static bool process_design(struct page *p, const struct draft *d, struct err *e)
{
	static const struct word approvals[] = {{"manual", "Manual approval", "人工审批", ""},
						{"automatic", "Automatic approval", "自动通过", ""},
						{0}};
	static const struct word positions[] = {{"FINISH", "When approved", "审批通过后", ""},
						{"START", "When submitted", "提交时", ""},
						{"START_FINISH", "Both", "提交时和通过后", ""},
						{0}};
	int n;

	html_heading(p, "Process design", "流程设计");
	html(p, "<p class=\"dim\">%s</p><div class=\"card\">",
	     page_text(p, "Initiator: as in the basic settings.", "发起人：见基础设置。"));
	choice(p, "approval", page_text(p, "Approval type", "审批类型"), approvals,
	       d->automatic ? "automatic" : "manual");
	html(p, "</div>");
	html_hidden(p, "steps", view_number(p, d->step_count));
	for (n = 0; n < d->step_count; n++)
		if (!step_card(p, &d->steps[n], n, e))
			return false;
	html(p, "<button name=\"do\" value=\"step\" formnovalidate>%s</button>",
	     page_text(p, "Add a step", "添加审批人"));
	html(p, "<div class=\"card\"><label for=\"f_k0\">%s</label>", page_text(p, "CC", "抄送人"));
	if (!people_slots(p, "k", "k", d->stored ? d->stored->cc : "[]", e))
		return false;
	choice(p, "ccPosition", page_text(p, "When to send the copies", "抄送时机"), positions,
	       d->cc_position);
	html(p, "</div>");
	return true;
}

static bool form_of(struct call *c, struct form **out, struct err *e)
{
	*out = NULL;
	return !*call_field(c, "code") || store_form(&c->store, call_field(c, "code"), out, e);
}

bool page_form_edit(struct call *c, struct err *e)
{
	struct draft *d = arena_new(c->store.arena, struct draft);
	struct form *form;
	struct page p;

	if (!form_of(c, &form, e) || !draft_read(c, form, d, e))
		return false;
	draft_change(d, call_field(c, "do"));
	p = page_open(c, "Create Approval Form", "创建审批表单", NULL);
	html(&p, "<h1>%s</h1>",
	     form ? form->name
		  : page_text(&p, "Create Approval Form: Process Form", "创建审批表单：流程表单"));
	html_form(&p, "/forms/edit",
		  form ? arena_printf(c->store.arena, "code=%s",
				      text_percent(c->store.arena, form->process_code))
		       : "");
	/* Enter in a field must not press the first button of the page. */
	html(&p, "<button class=\"unseen\" name=\"do\" value=\"\" tabindex=\"-1\" "
		 "formnovalidate aria-hidden=\"true\"></button>");
	if (!basic_settings(&p, d, e))
		return false;
	form_design(&p, d);
	if (!process_design(&p, d, e))
		return false;
	html(&p, "<div class=\"buttons below\">");
	html_button(&p, "go", "publish", page_text(&p, "Publish", "发布"));
	html(&p, "</div></form>");
	if (!people_suggest(&p, e))
		return false;
	page_close(&p);
	return true;
}

bool page_form_save(struct call *c, struct err *e)
{
	struct draft *d = arena_new(c->store.arena, struct draft);
	struct form *form;

	if (!text_equal(call_field(c, "do"), "publish"))
		return page_form_edit(c, e);
	if (!form_of(c, &form, e) || !draft_read(c, form, d, e) || !draft_publish(c, d, e))
		return false;
	html_redirect(c, "/forms", "saved=1");
	return true;
}
