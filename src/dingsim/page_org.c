/* The organisation's editor: departments level by level, their people, one person. */
#include <string.h>

#include "base/text.h"
#include "dingsim/change.h"
#include "dingsim/org.h"
#include "dingsim/people.h"
#include "dingsim/routes.h"
#include "dingsim/view.h"

#define ROOT 1
#define MEMBERS_SHOWN 100
#define FOUND_SHOWN 30
#define SUGGESTED 500
#define DEEPEST 50 /* levels of the path above a department */
#define SLOTS 20   /* departments of a person */
#define SPARE_SLOTS 2
#define TEXT_MAX 64
#define EMAIL_MAX 128

static const char *label_of(struct page *p, const struct department *d)
{
	return arena_printf(p->c->store.arena, "%s (%lld)", d->name, (long long)d->id);
}

/* Suggestions for fields that take a department, the upper levels first. */
static bool suggest(struct page *p, int64_t parent, int depth, int *left, struct err *e)
{
	struct department *d, *each;

	if (!store_departments(&p->c->store, parent, &d, e))
		return false;
	for (each = d; each && *left > 0; each = each->next, --*left)
		html(p, "<option value=\"%s\"></option>", label_of(p, each));
	for (each = d; each && *left > 0 && depth < DEEPEST; each = each->next)
		if (!suggest(p, each->id, depth + 1, left, e))
			return false;
	return true;
}

static bool departments_suggest(struct page *p, struct err *e)
{
	int left = SUGGESTED;

	html(p, "<datalist id=\"departments\">");
	/* The root's parent is 0, which is no department. */
	if (!suggest(p, 0, 0, &left, e))
		return false;
	html(p, "</datalist>");
	return true;
}

static void department_field(struct page *p, const char *name, const char *label, const char *value)
{
	if (label)
		html(p, "<label for=\"f_%s\">%s</label>", name, label);
	html(p,
	     "<input id=\"f_%s\" name=\"%s\" value=\"%s\" list=\"departments\" "
	     "autocomplete=\"off\" placeholder=\"%s\">",
	     name, name, value, page_text(p, "Department", "部门"));
}

/* "研发部 (2)" or "2". */
static bool pick(struct call *c, const char *typed, int64_t *out, struct err *e)
{
	struct arena *a = c->store.arena;
	const char *text = text_trim(arena_dup(a, typed));
	const char *open = strrchr(text, '(');
	size_t n = strlen(text);
	struct department *d;

	if (open && text[n - 1] == ')')
		text = arena_dup_n(a, open + 1, n - 2 - (size_t)(open - text));
	if (text_i64(text, 1, INT64_MAX, out) && store_department(&c->store, *out, &d, e))
		return true;
	return page_refuse(c, e, arena_printf(a, "There is no department \"%s\".", typed),
			   arena_printf(a, "没有部门“%s”。", typed));
}

static void department_link(struct page *p, const struct department *d)
{
	html_link(p, "/org");
	html(p, "dept=%s\">", view_number(p, d->id));
}

static bool path(struct page *p, const struct department *d, struct err *e)
{
	struct department *above[DEEPEST];
	int count = 0;
	int64_t id = d->parent;

	for (; id && count < DEEPEST; id = above[count++]->parent)
		if (!store_department(&p->c->store, id, &above[count], e))
			return false;
	html(p, "<p class=\"dim\">");
	while (count--) {
		department_link(p, above[count]);
		html(p, "%s</a> / ", above[count]->name);
	}
	html(p, "%s</p>", d->name);
	return true;
}

static bool below(struct page *p, int64_t id, struct err *e)
{
	struct department *d;

	if (!store_departments(&p->c->store, id, &d, e))
		return false;
	if (!d)
		return true;
	html_heading(p, "Departments", "下级部门");
	html(p, "<ul class=\"list\">");
	for (; d; d = d->next) {
		html(p, "<li>");
		department_link(p, d);
		html(p, "<span class=\"main\">%s</span><span class=\"dim\">", d->name);
		html_both(p, "%s people · ID %s", "%s人 · ID %s", view_number(p, d->members),
			  view_number(p, d->id));
		html(p, "</span></a></li>");
	}
	html(p, "</ul>");
	return true;
}

static void person_rows(struct page *p, const struct person *person, int limit)
{
	html(p, person ? "<ul class=\"list\">" : "");
	for (; person && limit--; person = person->next) {
		html(p, "<li>");
		html_link(p, arena_printf(p->c->store.arena, "/org/people/%s",
					  text_percent(p->c->store.arena, person->userid)));
		html(p,
		     "\"><span class=\"main\"><span>%s</span><span class=\"dim\">%s</span></span>"
		     "<code>%s</code></a></li>",
		     person->name,
		     person->external ? page_text(p, "external", "外部联系人") : person->title,
		     person->userid);
		html(p, person->next && limit ? "" : "</ul>");
	}
}

static bool members(struct page *p, int64_t id, struct err *e)
{
	struct person *person, *last;
	int64_t from = 0;
	int count = 0;

	(void)text_i64(call_field(p->c, "from"), 0, INT32_MAX, &from);
	if (!store_members(&p->c->store, id, MEMBERS_SHOWN + 1, from, &person, e))
		return false;
	html_heading(p, "People", "成员");
	if (!person)
		html_nothing(p, "Nobody is directly in this department.", "该部门没有直属成员。");
	for (last = person; last; last = last->next)
		count++;
	person_rows(p, person, MEMBERS_SHOWN);
	if (count <= MEMBERS_SHOWN)
		return true;
	html(p, "<p>");
	html_link(p, "/org");
	html(p, "dept=%s&amp;from=%s\">%s</a></p>", view_number(p, id),
	     view_number(p, from + MEMBERS_SHOWN), page_text(p, "More", "更多"));
	return true;
}

static const char *sent(struct page *p, const char *act, const char *name, const char *before)
{
	return text_equal(call_field(p->c, "do"), act) ? call_field(p->c, name) : before;
}

static void fold(struct page *p, const char *act, const char *title)
{
	html(p, text_equal(call_field(p->c, "do"), act) ? "<details class=\"card\" open>"
							: "<details class=\"card\">");
	html(p, "<summary>%s</summary>", title);
}

static void person_fields(struct page *p, const char *act, const struct person *person)
{
	html_field(p, &(struct field){.name = "name",
				      .value = sent(p, act, "name", person->name),
				      .required = true,
				      .label = page_text(p, "Name", "姓名")});
	html(p, "<div class=\"pair\"><div>");
	html_field(p, &(struct field){.name = "title",
				      .value = sent(p, act, "title", person->title),
				      .label = page_text(p, "Title", "职位")});
	html(p, "</div><div>");
	html_field(p, &(struct field){.name = "mobile",
				      .type = "tel",
				      .value = sent(p, act, "mobile", person->mobile),
				      .label = page_text(p, "Mobile", "手机号")});
	html(p, "</div></div>");
	html_field(p, &(struct field){.name = "email",
				      .type = "email",
				      .value = sent(p, act, "email", person->email),
				      .label = page_text(p, "Email", "邮箱")});
}

static void add_forms(struct page *p, const char *query)
{
	static const struct person nobody = {.name = "", .title = "", .mobile = "", .email = ""};

	fold(p, "add_person", page_text(p, "Add a person", "添加成员"));
	html_form(p, "/org", query);
	person_fields(p, "add_person", &nobody);
	html_field(p, &(struct field){.name = "userid",
				      .value = sent(p, "add_person", "userid", ""),
				      .label = page_text(p, "User ID (none: one is made)",
							 "UserId（留空自动生成）")});
	html(p, "<div class=\"buttons\">");
	html_button(p, "go", "add_person", page_text(p, "Add the person", "添加"));
	html(p, "</div></form></details>");
	fold(p, "add_department", page_text(p, "Add a department", "添加子部门"));
	html_form(p, "/org", query);
	html_field(p, &(struct field){.name = "child",
				      .value = sent(p, "add_department", "child", ""),
				      .required = true,
				      .label = page_text(p, "Department name", "部门名称")});
	html(p, "<div class=\"buttons\">");
	html_button(p, "go", "add_department", page_text(p, "Add the department", "添加"));
	html(p, "</div></form></details>");
}

static bool edit_form(struct page *p, const struct department *d, const char *query, struct err *e)
{
	struct department *parent;

	if (d->id == ROOT)
		return true;
	if (!store_department(&p->c->store, d->parent, &parent, e))
		return false;
	fold(p, "set_department", page_text(p, "Edit, move or remove", "编辑、移动或删除部门"));
	html_form(p, "/org", query);
	html_field(p, &(struct field){.name = "department",
				      .value = sent(p, "set_department", "department", d->name),
				      .required = true,
				      .label = page_text(p, "Department name", "部门名称")});
	department_field(p, "parent", page_text(p, "Under", "上级部门"),
			 sent(p, "set_department", "parent", label_of(p, parent)));
	html(p, "<div class=\"buttons\">");
	html_button(p, "go", "set_department", page_text(p, "Save", "保存"));
	html_button(p, "stop", "remove_department", page_text(p, "Remove", "删除部门"));
	html(p, "</div></form></details>");
	return true;
}

static bool found(struct page *p, struct err *e)
{
	const char *find = call_field(p->c, "find");
	struct person *person;

	people_find(p, "/org");
	if (!*find)
		return true;
	if (!store_people(&p->c->store, find, FOUND_SHOWN, &person, e))
		return false;
	if (!person)
		html_nothing(p, "Nobody found.", "没有找到。");
	person_rows(p, person, FOUND_SHOWN);
	return true;
}

bool page_org(struct call *c, struct err *e)
{
	struct department *d;
	const char *query;
	int64_t id = ROOT;
	struct page p;

	(void)text_i64(call_field(c, "dept"), 1, INT64_MAX, &id);
	if (!store_department(&c->store, id, &d, e))
		return false;
	p = page_open(c, "Organisation", "通讯录", NULL);
	query = arena_printf(c->store.arena, "dept=%lld", (long long)id);
	if (!found(&p, e) || !path(&p, d, e))
		return false;
	html(&p, "<h1>%s</h1>", d->name);
	if (!below(&p, id, e) || !members(&p, id, e))
		return false;
	html_heading(&p, "Change", "管理");
	add_forms(&p, query);
	if (!edit_form(&p, d, query, e) || !departments_suggest(&p, e))
		return false;
	page_close(&p);
	return true;
}

static bool read_text(struct call *c, const char *name, size_t max, const char **out, struct err *e)
{
	*out = text_trim(arena_dup(c->store.arena, call_field(c, name)));
	if (text_length(*out) <= max)
		return true;
	return page_refuse(c, e, arena_printf(c->store.arena, "Too long: %s.", name),
			   arena_printf(c->store.arena, "%s太长。", name));
}

static bool read_person(struct call *c, struct person *out, struct err *e)
{
	if (!read_text(c, "name", TEXT_MAX, &out->name, e) ||
	    !read_text(c, "title", TEXT_MAX, &out->title, e) ||
	    !read_text(c, "mobile", 32, &out->mobile, e) ||
	    !read_text(c, "email", EMAIL_MAX, &out->email, e))
		return false;
	return *out->name || page_refuse(c, e, "The name is missing.", "请填写姓名。");
}

static bool add_person(struct call *c, const struct department *d, struct err *e)
{
	struct person person = {
	    .unionid = "", .departments = arena_printf(c->store.arena, "[%lld]", (long long)d->id)};

	return read_person(c, &person, e) &&
	       read_text(c, "userid", ORG_USERID_MAX, &person.userid, e) &&
	       change_person_add(c, &person, e);
}

static bool read_department(struct call *c, const char *field, struct department *out,
			    struct err *e)
{
	if (!read_text(c, field, TEXT_MAX, &out->name, e))
		return false;
	return *out->name || page_refuse(c, e, "The name is missing.", "请填写部门名称。");
}

static bool add_department(struct call *c, const struct department *d, struct err *e)
{
	struct department added = {.parent = d->id};

	return read_department(c, "child", &added, e) && change_department_add(c, &added, e);
}

static bool set_department(struct call *c, const struct department *d, struct err *e)
{
	struct department changed = *d;

	return read_department(c, "department", &changed, e) &&
	       pick(c, call_field(c, "parent"), &changed.parent, e) &&
	       change_department_set(c, &changed, e);
}

static bool remove_department(struct call *c, const struct department *d, struct err *e)
{
	if (change_department_remove(c, d->id, e))
		return true;
	if (e->code != ERR_CONFLICT)
		return false;
	return page_refuse(c, e, "It still has people or departments.",
			   "部门下还有成员或子部门，不能删除。");
}

static const struct {
	const char *name;
	bool (*act)(struct call *c, const struct department *d, struct err *e);
} acts[] = {{"add_person", add_person},
	    {"add_department", add_department},
	    {"set_department", set_department},
	    {"remove_department", remove_department}};

bool page_org_change(struct call *c, struct err *e)
{
	const char *act = call_field(c, "do");
	struct department *d;
	int64_t id = ROOT;
	size_t n = 0;

	while (n < ARRAY_SIZE(acts) && !text_equal(acts[n].name, act))
		n++;
	if (n == ARRAY_SIZE(acts))
		return err_set(e, ERR_INVALID, "do: nothing that can be done here");
	(void)text_i64(call_field(c, "dept"), 1, INT64_MAX, &id);
	if (!store_department(&c->store, id, &d, e) || !acts[n].act(c, d, e))
		return false;
	html_redirect(
	    c, "/org",
	    arena_printf(c->store.arena, "dept=%lld&saved=1",
			 (long long)(text_equal(act, "remove_department") ? d->parent : d->id)));
	return true;
}

static const char *slot_name(struct call *c, int slot)
{
	return arena_printf(c->store.arena, "d%d", slot);
}

static bool department_slots(struct page *p, const struct person *person, struct err *e)
{
	const struct json *ids, *id;
	struct department *d;
	int64_t number = 0;
	int slot = 0, spare;

	if (!call_stored(p->c, person->departments, &ids, e))
		return false;
	html(p, "<label for=\"f_d0\">%s</label><div class=\"slots\">",
	     page_text(p, "Departments", "所在部门"));
	for (id = ids->first; id && slot < SLOTS; id = id->next) {
		(void)text_i64(id->text, 1, INT64_MAX, &number);
		if (!store_department(&p->c->store, number, &d, e))
			return false;
		department_field(p, slot_name(p->c, slot), NULL,
				 sent(p, "save", slot_name(p->c, slot), label_of(p, d)));
		slot++;
	}
	for (spare = 0; spare < SPARE_SLOTS && slot < SLOTS; spare++, slot++)
		department_field(p, slot_name(p->c, slot), NULL,
				 sent(p, "save", slot_name(p->c, slot), ""));
	html(p, "</div>");
	return true;
}

bool page_org_person(struct call *c, struct err *e)
{
	struct person *person;
	struct page p;

	if (!store_person(&c->store, c->r->args[0], &person, e))
		return false;
	p = page_open(c, "Person", "成员", NULL);
	html(&p, "<h1>%s</h1><p class=\"dim\">userid <code>%s</code> · unionid <code>%s</code></p>",
	     person->name, person->userid, person->unionid);
	html_form(&p,
		  arena_printf(c->store.arena, "/org/people/%s",
			       text_percent(c->store.arena, person->userid)),
		  "");
	html(&p, "<div class=\"card\">");
	person_fields(&p, "save", person);
	if (!person->external && !department_slots(&p, person, e))
		return false;
	html(&p, "<div class=\"buttons\">");
	html_button(&p, "go", "save", page_text(&p, "Save", "保存"));
	html(&p, "</div></div><details class=\"card\"><summary>%s</summary><p class=\"dim\">%s</p>",
	     page_text(&p, "Leaves the organisation", "办理离职"),
	     page_text(&p, "The person can do nothing any more; what they did stays.",
		       "离职后将无法再操作，历史记录会保留。"));
	html_button(&p, "stop", "leave", page_text(&p, "Confirm the leave", "确认离职"));
	html(&p, "</details></form>");
	if (!departments_suggest(&p, e))
		return false;
	page_close(&p);
	return true;
}

static bool read_departments(struct call *c, const char **out, struct err *e)
{
	AUTO(buf_done) struct buf ids = {0};
	int slot;
	int64_t id;

	for (slot = 0; slot < SLOTS; slot++) {
		const char *typed = call_field(c, slot_name(c, slot));

		if (!*typed)
			continue;
		if (!pick(c, typed, &id, e))
			return false;
		buf_printf(&ids, "%s%lld", ids.len ? "," : "", (long long)id);
	}
	*out = arena_printf(c->store.arena, "[%s]", ids.data ? ids.data : "");
	return ids.len > 0 ||
	       page_refuse(c, e, "A person needs a department.", "请至少选择一个部门。");
}

bool page_org_save(struct call *c, struct err *e)
{
	struct person *person;

	if (!store_person(&c->store, c->r->args[0], &person, e))
		return false;
	if (text_equal(call_field(c, "do"), "leave")) {
		if (!change_person_remove(c, person->userid, e))
			return false;
		html_redirect(c, "/org", "saved=1");
		return true;
	}
	if (!read_person(c, person, e) ||
	    (!person->external && !read_departments(c, &person->departments, e)) ||
	    !change_person_set(c, person, e))
		return false;
	html_redirect(c,
		      arena_printf(c->store.arena, "/org/people/%s",
				   text_percent(c->store.arena, person->userid)),
		      "saved=1");
	return true;
}
