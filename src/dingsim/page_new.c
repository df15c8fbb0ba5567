/* Filling in forms by hand: a new one, of a template that is chosen, and one that modifies another. */
#include <string.h>

#include "base/text.h"
#include "dingsim/control.h"
#include "dingsim/instance.h"
#include "dingsim/page.h"
#include "dingsim/people.h"
#include "dingsim/routes.h"
#include "dingsim/view.h"
#include "dingsim/workflow.h"

#define OA_ROOT "-1"

static bool templates(struct page *p, const char *user, struct err *e)
{
	struct form *form;
	bool any = false;

	if (!store_forms(&p->c->store, &form, e))
		return false;
	for (; form; form = form->next) {
		if (!text_equal(form->status, "PUBLISHED"))
			continue;
		html(p, any ? "<li>" : "<ul class=\"list\"><li>");
		any = true;
		html_link(p, "/new");
		html(p,
		     "user=%s&amp;code=%s\"><span class=\"main\"><span>%s</span>"
		     "<span class=\"dim\">%s</span></span></a></li>",
		     text_percent(p->c->store.arena, user),
		     text_percent(p->c->store.arena, form->process_code), form->name,
		     form->description);
	}
	html(p, any ? "</ul>" : "");
	if (!any)
		html_nothing(p, "No form is published.", "没有已发布的审批表单。");
	return true;
}

static bool departments(struct page *p, const struct person *person, struct err *e)
{
	const struct json *ids, *id;
	struct department *d;
	int64_t n = 1;

	if (!call_stored(p->c, person->departments, &ids, e))
		return false;
	html(p, "<label for=\"dept\">%s</label><select id=\"dept\" name=\"dept\">",
	     page_text(p, "Department", "所在部门"));
	for (id = ids->first; id; id = id->next) {
		(void)text_i64(id->text, 1, INT64_MAX, &n);
		if (!store_department(&p->c->store, n, &d, e))
			return false;
		html_option(p, n == 1 ? OA_ROOT : id->text, d->name, call_field(p->c, "dept"));
	}
	if (!ids->first)
		html_option(p, OA_ROOT, p->c->sim->corp_name, "");
	html(p, "</select>");
	return true;
}

static bool controls_of(struct call *c, const char *code, struct form **form,
			struct control **controls, struct err *e)
{
	const struct json *components;

	return store_form(&c->store, code, form, e) &&
	       call_stored(c, (*form)->components, &components, e) &&
	       form_controls(c->store.arena, components, controls, e);
}

static const char *field_name(struct call *c, int n)
{
	return arena_printf(c->store.arena, "v%d", n);
}

static const char *chosen_prefix(struct call *c, int step)
{
	return arena_printf(c->store.arena, "a%d_", step);
}

/* The steps whose approvers the initiator chooses. */
static bool choices(struct page *p, const struct form *form, struct err *e)
{
	const struct json *flow, *step;
	int n = 0;

	if (!call_stored(p->c, form->approvers, &flow, e))
		return false;
	for (step = flow->first; step; step = step->next, n++) {
		const char *prefix = chosen_prefix(p->c, n);

		if (!json_get(step, "actorKey"))
			continue;
		html(p, "<label for=\"f_%s0\">", prefix);
		html_both(p, "Approvers of step %s", "审批人 %s（自选）", view_number(p, n + 1));
		html(p, " <span class=\"must\">*</span></label>");
		if (!people_slots(p, prefix, prefix, "[]", e))
			return false;
	}
	return true;
}

static bool put_choices(struct call *c, const struct form *form, struct json_writer *w,
			struct err *e)
{
	const struct json *flow, *step, *people;
	const char *list;
	int n = 0;

	if (!call_stored(c, form->approvers, &flow, e))
		return false;
	json_array(w, "targetSelectActioners");
	for (step = flow->first; step; step = step->next, n++) {
		if (!json_get(step, "actorKey"))
			continue;
		if (!people_read(c, chosen_prefix(c, n), &list, e) ||
		    !call_stored(c, list, &people, e))
			return false;
		json_object(w, NULL);
		json_put_text(w, "actionerKey", json_text(step, "actorKey"));
		json_put_json(w, "actionerUserIds", people);
		json_object_end(w);
	}
	json_array_end(w);
	return true;
}

static bool sheet(struct page *p, const struct person *person, struct err *e)
{
	struct arena *a = p->c->store.arena;
	struct control *control;
	struct form *form;
	int n = 0;

	if (!controls_of(p->c, call_field(p->c, "code"), &form, &control, e))
		return false;
	html(p, "<h1>%s</h1>", form->name);
	if (*form->description)
		html(p, "<p class=\"dim\">%s</p>", form->description);
	html_form(p, "/new",
		  arena_printf(a, "user=%s&code=%s", text_percent(a, person->userid),
			       text_percent(a, form->process_code)));
	html(p, "<div class=\"card\">");
	for (; control; control = control->next)
		if (!control_put(p, control, field_name(p->c, n++), e))
			return false;
	if (!choices(p, form, e) || !departments(p, person, e))
		return false;
	html(p, "<div class=\"buttons\"><button class=\"go\">%s</button></div></div></form>",
	     page_text(p, "Submit", "提交"));
	return people_suggest(p, e);
}

bool page_new(struct call *c, struct err *e)
{
	struct person *person;
	struct page p;
	bool ok;

	if (!store_person(&c->store, call_field(c, "user"), &person, e))
		return false;
	p = page_open(c, "New form", "发起审批", NULL);
	page_person_tabs(&p, person->userid);
	if (*call_field(c, "code")) {
		ok = sheet(&p, person, e);
	} else {
		html_both(&p, "<h1>New form of %s</h1>", "<h1>%s发起审批</h1>", person->name);
		ok = templates(&p, person->userid, e);
	}
	if (ok)
		page_close(&p);
	return ok;
}

static bool put_values(struct call *c, const struct control *control, struct json_writer *w,
		       struct err *e)
{
	const char *value;
	int n = 0;

	json_array(w, "formComponentValues");
	for (; control; control = control->next) {
		if (!control_read(c, control, field_name(c, n++), &value, e))
			return false;
		if (!*value)
			continue;
		json_object(w, NULL);
		json_put_text(w, "name", control->label);
		json_put_text(w, "value", value);
		json_object_end(w);
	}
	json_array_end(w);
	return true;
}

/* What a create would have said. */
static bool body(struct call *c, const struct form *form, const struct control *control,
		 struct buf *out, struct err *e)
{
	struct json_writer w = {.out = out};
	int64_t department = -1;

	(void)text_i64(call_field(c, "dept"), INT64_MIN, INT64_MAX, &department);
	json_object(&w, NULL);
	json_put_text(&w, "processCode", form->process_code);
	json_put_text(&w, "originatorUserId", call_field(c, "user"));
	json_put_i64(&w, "deptId", department);
	if (!put_values(c, control, &w, e) || !put_choices(c, form, &w, e))
		return false;
	json_object_end(&w);
	return true;
}

bool page_file(struct call *c, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct control *controls;
	struct form *form;
	const char *id;

	if (!controls_of(c, call_field(c, "code"), &form, &controls, e) ||
	    !body(c, form, controls, &text, e) ||
	    !json_parse(c->store.arena, text.data, text.len, &c->in, e) ||
	    !workflow_start(c, &id, e))
		return false;
	html_redirect(c, arena_printf(c->store.arena, "/instances/%s", id),
		      arena_printf(c->store.arena, "user=%s",
				   text_percent(c->store.arena, call_field(c, "user"))));
	return true;
}

/* The form's fields as the instance has them. */
static bool fill_in(struct call *c, const struct instance *i, const struct control *control,
		    struct err *e)
{
	const struct json *values, *value;
	int n = 0;

	if (!call_stored(c, i->values, &values, e))
		return false;
	for (; control; control = control->next, n++)
		for (value = values->first; value; value = value->next)
			if (text_equal(json_text(value, "name"), control->label) &&
			    !control_fill(c, control, field_name(c, n), json_text(value, "value"),
					  e))
				return false;
	return true;
}

bool page_modify(struct call *c, struct err *e)
{
	struct control *control;
	struct person *person;
	struct instance *i;
	struct form *form;
	struct page p;
	int n = 0;

	if (!store_instance(&c->store, c->r->args[0], &i, e) ||
	    !store_person(&c->store, call_field(c, "user"), &person, e) ||
	    !controls_of(c, i->process_code, &form, &control, e) || !fill_in(c, i, control, e))
		return false;
	p = page_open(c, "Modify", "修改", NULL);
	page_person_tabs(&p, person->userid);
	html_both(&p, "<h1>Modify: %s</h1>", "<h1>修改：%s</h1>", i->title);
	html(&p, "<p class=\"dim\">%s</p>",
	     page_text(&p,
		       "Files a new form with what you change; it goes to the same approvers. The "
		       "approved one stays as it is.",
		       "将以修改后的内容发起一张新审批单，由相同的审批人审批；原审批单保持不变。"));
	html_form(
	    &p, c->r->path,
	    arena_printf(c->store.arena, "user=%s", text_percent(c->store.arena, person->userid)));
	html(&p, "<div class=\"card\">");
	for (; control; control = control->next)
		if (!control_put(&p, control, field_name(c, n++), e))
			return false;
	html(&p, "<div class=\"buttons\"><button class=\"go\">%s</button></div></div></form>",
	     page_text(&p, "Submit", "提交"));
	if (!people_suggest(&p, e))
		return false;
	page_close(&p);
	return true;
}

bool page_modify_file(struct call *c, struct err *e)
{
	AUTO(buf_done) struct buf text = {0};
	struct json_writer w = {.out = &text};
	struct attachment a = {.person = call_field(c, "user"), .action = "MODIFY"};
	struct instance *main, *made;
	struct control *controls;
	struct form *form;

	if (!store_instance(&c->store, c->r->args[0], &main, e) ||
	    !controls_of(c, main->process_code, &form, &controls, e))
		return false;
	json_object(&w, NULL);
	if (!put_values(c, controls, &w, e))
		return false;
	json_object_end(&w);
	a.main = main;
	if (!json_parse(c->store.arena, text.data, text.len, &c->in, e) ||
	    !workflow_values(c, form, &a.values, e) || !instance_attach(c, &a, &made, e))
		return false;
	html_redirect(
	    c, arena_printf(c->store.arena, "/instances/%s", made->id),
	    arena_printf(c->store.arena, "user=%s", text_percent(c->store.arena, a.person)));
	return true;
}
