/* A form at a time: its controls, and how it would treat some of the people whom it is meant for. */
#include "jobs/doctor.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "dingtalk/form.h"
#include "dingtalk/org.h"
#include "store/finding.h"
#include "store/person.h"

#define PEOPLE_LOOKED_AT 1000 /* of the directory, to find some whom a form is for */
#define LIST_PAGES 3          /* of the forms that somebody may start */
#define SAMPLES_OF_MANY 1     /* people a form when a workflow has many forms: calls are counted */
#define MANY_FORMS 3
#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct candidate {
	struct store_person person;
	const struct form *form;
};

struct candidates {
	struct candidate *items;
	size_t count;
};

struct member {
	const struct snapshot *snapshot;
	const char *person;
};

static bool is_member(const void *arg, const char *group)
{
	const struct member *m = arg;

	return snapshot_in_group(m->snapshot, group, m->person);
}

/* Those of the app's organisation who are in scope; before a policy covers anybody, everybody. */
static void add_candidates(struct exam *x, const struct json_list *forms,
			   const struct snapshot *snapshot, bool covered, struct candidates *c,
			   const struct store_person *people, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct store_person *p = &people[i];

		if (p->departed || !text_equal(p->app, x->workflow->app) ||
		    (covered && !snapshot_coverage(snapshot, p->id).covered))
			continue;
		c->items[c->count++] = (struct candidate){
		    *p, form_choose(forms, is_member, &(struct member){snapshot, p->id})};
	}
}

static bool find_candidates(struct exam *x, const struct json_list *forms, struct candidates *c,
			    struct err *e)
{
	struct snapshots *all = x->job->config->snapshots;
	const struct store_person_filter filter = {.after = "", .max = PEOPLE_LOOKED_AT};
	const struct snapshot *snapshot;
	struct store_person *people;
	size_t count;

	if (!store_person_list(x->job->db, x->arena, &filter, &people, &count, e))
		return false;
	c->items = arena_array(x->arena, count, sizeof(*c->items));
	snapshot = snapshots_take(all);
	add_candidates(x, forms, snapshot, true, c, people, count);
	if (c->count == 0)
		add_candidates(x, forms, snapshot, false, c, people, count);
	snapshots_give(all, snapshot);
	return true;
}

static const struct form_facts example = {.text = {[FORM_REASON] = "Holdfast: connection test",
						   [FORM_APPLICANT_NAME] = "-",
						   [FORM_DEVICE_NAME] = "laptop-42",
						   [FORM_PACKAGE] = "holdfast-client",
						   [FORM_NUMBER] = "HF-000000"}};

static void draft_of(struct exam *x, const struct form *form, struct dingtalk_draft *out)
{
	struct form_facts facts = example;
	struct form_values values;
	struct dingtalk_field *fields;

	facts.text[FORM_SUBMITTED_AT] = form_time(x->arena, clock_utc_ms());
	form_fill(x->arena, form, &facts, &values);
	fields = arena_array(x->arena, values.count, sizeof(*fields));
	for (size_t i = 0; i < values.count; i++)
		fields[i] = (struct dingtalk_field){values.items[i].name, values.items[i].value};
	*out = (struct dingtalk_draft){.originator = DOCTOR_NOBODY,
				       .department = DINGTALK_ROOT,
				       .process_code = form->process_code,
				       .fields = fields,
				       .field_count = values.count};
}

static void count_approvers(const struct dingtalk_forecast *forecast, const char *userid,
			    struct doctor_sample *out)
{
	for (size_t i = 0; i < forecast->count; i++) {
		const struct dingtalk_step *step = &forecast->steps[i];

		out->chosen += step->chosen;
		for (size_t k = 0; k < step->count; k++)
			out->others += !text_equal(step->userids[k], userid);
	}
}

static void ask_list(struct exam *x, const struct dingtalk_draft *draft, struct doctor_sample *out)
{
	struct dingtalk_template_page page = {0};
	struct err e;

	for (int n = 0; n < LIST_PAGES && exam_goes_on(x) && !out->listed; n++) {
		bool ok = dingtalk_form_list(x->dingtalk, draft->originator, page.next, x->arena,
					     &page, &e);

		if (exam_call(x, ok, &e).outcome != DOCTOR_DONE)
			return;
		for (size_t i = 0; i < page.count; i++)
			out->listed = out->listed ||
				      text_equal(page.items[i].process_code, draft->process_code);
		out->listed_known = page.next == 0 || out->listed;
		if (page.next == 0)
			return;
	}
}

static bool department_of(struct exam *x, const struct store_person *p, int64_t *out, struct err *e)
{
	struct store_department_list list;

	*out = DINGTALK_ROOT;
	if (!store_person_departments(x->job->db, x->arena, p->id, &list, e))
		return false;
	return list.count == 0 || text_i64(list.items[0].external_id, 1, INT64_MAX, out) ||
	       err_set(e, ERR_INTERNAL, "the department %s has no number", list.items[0].name);
}

static bool ask_sample(struct exam *x, const struct store_person *p, struct dingtalk_draft *draft,
		       struct doctor_sample *out, struct err *e)
{
	struct dingtalk_forecast forecast;
	struct err failure = {0};
	bool ok;

	*out = (struct doctor_sample){.name = p->name, .forecast = {.code = "", .text = ""}};
	draft->originator = p->external_id;
	if (!department_of(x, p, &draft->department, e))
		return false;
	if (!exam_goes_on(x))
		return true;
	ok = dingtalk_form_forecast(x->dingtalk, draft, x->arena, &forecast, &failure);
	out->forecast = exam_call(x, ok, &failure);
	if (!ok)
		return true;
	count_approvers(&forecast, p->external_id, out);
	ask_list(x, draft, out);
	return true;
}

/* Some, spread over the list. */
static bool ask_samples(struct exam *x, const struct candidates *c, struct doctor_form *f,
			struct err *e)
{
	size_t want = x->facts.form_count >= MANY_FORMS ? SAMPLES_OF_MANY : DOCTOR_MAX_SAMPLES;
	const struct store_person **mine =
	    arena_array(x->arena, c->count, sizeof(struct store_person *));
	struct dingtalk_draft draft;
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++) {
		if (c->items[i].form == f->form)
			mine[count++] = &c->items[i].person;
	}
	want = want < count ? want : count;
	draft_of(x, f->form, &draft);
	for (size_t i = 0; i < want; i++) {
		const struct store_person *p = mine[(2 * i + 1) * count / (2 * want)];

		if (!ask_sample(x, p, &draft, &f->samples[f->sample_count++], e))
			return false;
	}
	return true;
}

/* The permission to write, by a forecast: for a sample, else for nobody, which is refused politely. */
static void ask_writing(struct exam *x, struct doctor_form *f)
{
	struct dingtalk_forecast forecast;
	struct dingtalk_draft draft;
	struct err e = {0};
	bool ok;

	if (f->sample_count > 0) {
		f->writing = f->samples[0].forecast;
	} else if (exam_goes_on(x)) {
		draft_of(x, f->form, &draft);
		ok = dingtalk_form_forecast(x->dingtalk, &draft, x->arena, &forecast, &e);
		f->writing = exam_call(x, ok, &e);
	}
}

static void ask_schema(struct exam *x, struct doctor_form *f)
{
	struct dingtalk_form form = {.name = "", .status = ""};
	struct doctor_control *controls;
	struct err e = {0};
	bool ok;

	if (!exam_goes_on(x))
		return;
	ok = dingtalk_form_read(x->dingtalk, f->form->process_code, x->arena, &form, &e);
	f->schema = exam_call(x, ok, &e);
	f->name = form.name;
	f->status = form.status;
	f->controls = controls = arena_array(x->arena, form.control_count, sizeof(*controls));
	f->control_count = form.control_count;
	for (size_t i = 0; i < form.control_count; i++)
		controls[i] = (struct doctor_control){.id = form.controls[i].id,
						      .label = form.controls[i].label,
						      .type = form.controls[i].type,
						      .format = form.controls[i].format,
						      .required = form.controls[i].required};
}

static void ask_instances(struct exam *x, struct doctor_form *f)
{
	const struct dingtalk_query query = {.process_code = f->form->process_code,
					     .start_ms = clock_utc_ms() - DAY_MS};
	struct dingtalk_page page;
	struct err e = {0};
	bool ok;

	if (!exam_goes_on(x))
		return;
	ok = dingtalk_instance_list(x->dingtalk, &query, x->arena, &page, &e);
	f->instances = exam_call(x, ok, &e);
}

/* What our own rows know of it. */
static bool look_up(struct exam *x, struct doctor_form *f, struct err *e)
{
	const char *app = x->workflow->app, *code = f->form->process_code, *error;
	struct store_control *controls;
	struct doctor_known *known;

	if (!store_form_event_last(x->job->db, app, code, &f->event_ms, e) ||
	    !store_form_withdrawal(x->job->db, x->arena, app, code, &error, e) ||
	    !store_control_list(x->job->db, x->arena, x->workflow->id, code, &controls,
				&f->known_count, e))
		return false;
	f->withdraw_error = strstr(error, "internalError") != NULL ? error : "";
	f->known = known = arena_array(x->arena, f->known_count, sizeof(*known));
	for (size_t i = 0; i < f->known_count; i++)
		known[i] = (struct doctor_known){controls[i].label, controls[i].control};
	return true;
}

bool exam_forms(struct exam *x, struct err *e)
{
	struct candidates candidates = {0};
	struct json_list forms = {0};
	struct doctor_form *out;

	if (!forms_read(x->arena, x->workflow->forms, &forms, e) ||
	    !find_candidates(x, &forms, &candidates, e))
		return false;
	x->facts.forms = out = arena_array(x->arena, forms.count, sizeof(*out));
	x->facts.form_count = forms.count;
	for (size_t i = 0; i < forms.count; i++) {
		out[i].form = (const struct form *)forms.items + i;
		ask_schema(x, &out[i]);
		ask_instances(x, &out[i]);
		if (!look_up(x, &out[i], e) || !ask_samples(x, &candidates, &out[i], e))
			return false;
		ask_writing(x, &out[i]);
	}
	return true;
}
