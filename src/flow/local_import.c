#include "flow/local_import.h"

#include "base/text.h"
#include "flow/record.h"
#include "flow/sync.h"
#include "store/local.h"

/* --- planning --- */

static void read_people(struct arena *a, const struct store_local_people *in,
			struct people_present *out)
{
	const char **departments = arena_array(a, in->membership_count, sizeof(*departments));
	size_t k = 0;

	for (size_t i = 0; i < in->membership_count; i++)
		departments[i] = in->memberships[i].department;
	for (size_t i = 0; i < in->person_count; i++) {
		const struct store_person *p = &in->people[i];
		size_t first = k;

		while (k < in->membership_count && text_equal(in->memberships[k].person, p->id))
			k++;
		out[i] = (struct people_present){
		    .id = p->id,
		    .person = {p->name, p->external_id, p->email, p->telephone, p->title},
		    .departed = p->departed,
		    .departments = departments + first,
		    .department_count = k - first};
	}
}

static bool read_source(struct flow *f, const char *source, struct people_directory *out,
			struct err *e)
{
	struct store_department_list in;
	struct store_local_people all;
	struct people_department *departments;
	struct people_present *people;

	if (!store_local_departments(f->db, f->arena, source, &in, e) ||
	    !store_local_people(f->db, f->arena, source, &all, e))
		return false;
	departments = arena_array(f->arena, in.count, sizeof(*departments));
	for (size_t i = 0; i < in.count; i++)
		departments[i] = (struct people_department){in.items[i].id, in.items[i].parent,
							    in.items[i].name};
	people = arena_array(f->arena, all.person_count, sizeof(*people));
	read_people(f->arena, &all, people);
	*out = (struct people_directory){people, all.person_count, departments, in.count};
	return true;
}

bool flow_import_plan(struct flow *f, const char *source, const struct flow_import_order *order,
		      struct flow_import *out, struct err *e)
{
	struct people_directory now;

	*out = (struct flow_import){0};
	if (!flow_local_source(f, source, &out->source, e) ||
	    !people_csv_read(f->arena, order->csv, &out->csv, e) ||
	    !read_source(f, source, &now, e))
		return false;
	people_plan(f->arena, &out->csv, &now, &order->options, &out->plan);
	out->brake = flow_sync_too_many((int64_t)out->plan.departing_count, out->plan.active);
	return true;
}

static const struct people_plan_line *first_refused(const struct people_plan *plan)
{
	const struct people_plan_line *l = plan->lines;

	while (l->end != PEOPLE_REFUSED)
		l++;
	return l;
}

static bool check_refused(const struct flow_import_order *order, const struct people_plan *plan,
			  struct err *e)
{
	const struct people_plan_line *first;

	if (plan->ends[PEOPLE_REFUSED] == 0)
		return true;
	first = first_refused(plan);
	if (!order->without_refused)
		return err_set(
		    e, ERR_UNPROCESSABLE, "csv: %lld lines are refused, the first is line %lld: %s",
		    (long long)plan->ends[PEOPLE_REFUSED], (long long)first->line, first->why);
	/* They may be about the very people who would be taken to be missing. */
	return !order->options.depart_missing ||
	       err_set(e, ERR_UNPROCESSABLE,
		       "depart_missing: not while lines are refused, the first is line %lld: %s",
		       (long long)first->line, first->why);
}

bool flow_import_check(struct flow *f, const struct flow_import_order *order,
		       const struct flow_import *import, struct err *e)
{
	const struct people_plan *plan = &import->plan;

	if (!check_refused(order, plan, e))
		return false;
	if (import->brake && order->departing != (int64_t)plan->departing_count)
		return err_set(
		    e, ERR_UNPROCESSABLE,
		    "confirm_departing: %zu of %lld people are not in the list and would be "
		    "departed, more than a tenth; confirm that number if that is right",
		    plan->departing_count, (long long)plan->active);
	return flow_local_room(f, import->source.id, plan->ends[PEOPLE_ADDED],
			       (int64_t)(plan->department_count - plan->departments_there), e);
}

/* --- writing --- */

static bool make_departments(struct flow *f, struct flow_import *import, size_t first, size_t end,
			     struct err *e)
{
	struct people_plan *plan = &import->plan;

	for (size_t i = first; i < end; i++) {
		struct people_plan_department *d = &plan->departments[i];
		struct store_department made = {.source = import->source.id, .name = d->name};

		if (d->parent != PEOPLE_NO_PARENT)
			made.parent = plan->departments[d->parent].id;
		if (!flow_local_department_add(f, &made, e))
			return err_add(e, "%s", d->path);
		d->id = made.id;
	}
	return true;
}

static struct flow_local_person present(const struct flow_import *import,
					const struct people_present *p)
{
	return (struct flow_local_person){.id = p->id,
					  .source = import->source.id,
					  .is = p->person,
					  .departed = p->departed,
					  .departments = p->departments,
					  .department_count = p->department_count};
}

static bool write_line(struct flow *f, const struct flow_import *import,
		       const struct people_plan_line *l, struct err *e)
{
	const char **departments = arena_array(f->arena, l->department_count, sizeof(*departments));
	struct flow_local_person p = {.source = import->source.id, .is = l->person}, was;

	for (size_t i = 0; i < l->department_count; i++)
		departments[i] = import->plan.departments[l->departments[i]].id;
	p.departments = departments;
	p.department_count = l->department_count;
	if (l->end == PEOPLE_ADDED)
		return flow_local_person_add(f, &p, e);
	was = present(import, l->present);
	if (!l->has_departments) {
		p.departments = was.departments;
		p.department_count = was.department_count;
	}
	return flow_local_person_change(f, &was, &p, e);
}

static bool write_lines(struct flow *f, const struct flow_import *import, size_t first, size_t end,
			struct err *e)
{
	for (size_t i = first; i < end; i++) {
		const struct people_plan_line *l = &import->plan.lines[i];

		if ((l->end == PEOPLE_ADDED || l->end == PEOPLE_CHANGED) &&
		    !write_line(f, import, l, e))
			return err_add(e, "line %lld", (long long)l->line);
	}
	return true;
}

static bool mark_departed(struct flow *f, const struct flow_import *import, size_t first,
			  size_t end, struct err *e)
{
	for (size_t i = first; i < end; i++) {
		const struct flow_local_person was = present(import, import->plan.departing[i]);
		struct flow_local_person p = was;

		p.departed = true;
		if (!flow_local_person_change(f, &was, &p, e))
			return false;
	}
	return true;
}

static bool record(struct flow *f, const struct flow_import *import, struct err *e)
{
	const struct people_plan *plan = &import->plan;

	return flow_event(
	    f,
	    &(struct flow_event){
		.kind = "people-imported",
		.object = "identity-source",
		.object_id = import->source.id,
		.text = arena_printf(f->arena, "%s: %lld added, %lld changed, %zu departed",
				     import->source.name, (long long)plan->ends[PEOPLE_ADDED],
				     (long long)plan->ends[PEOPLE_CHANGED], plan->departing_count)},
	    e);
}

/* The part of a stretch of count items, from *at on, that lies in the page; *at is then where the next stretch begins. */
struct part {
	size_t first, end;
};
static struct part part_of(size_t page, size_t *at, size_t count)
{
	size_t from = page * FLOW_IMPORT_PAGE, to = from + FLOW_IMPORT_PAGE, begin = *at;
	struct part p;

	*at += count;
	p.first = from > begin ? from - begin : 0;
	p.end = to > begin ? to - begin : 0;
	p.first = p.first < count ? p.first : count;
	p.end = p.end < count ? p.end : count;
	return p;
}

/* First the departments that the lines need, then the lines, then who is not among them. */
bool flow_import_page(struct flow *f, struct flow_import *import, size_t page, bool *more,
		      struct err *e)
{
	struct people_plan *plan = &import->plan;
	size_t at = 0, there = plan->departments_there;
	struct part departments = part_of(page, &at, plan->department_count - there);
	struct part lines = part_of(page, &at, plan->count);
	struct part departing = part_of(page, &at, plan->departing_count);

	*more = (page + 1) * FLOW_IMPORT_PAGE < at;
	return make_departments(f, import, there + departments.first, there + departments.end, e) &&
	       write_lines(f, import, lines.first, lines.end, e) &&
	       mark_departed(f, import, departing.first, departing.end, e) &&
	       (*more || record(f, import, e));
}
