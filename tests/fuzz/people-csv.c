/*
 * Lists of people. Whatever is read, every line that is not empty has an end, nobody stands behind two lines,
 * what is written may be written, and the list that was carried out is the same as what is there.
 */
#include "model/people_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"

#define FEW 64

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_line(const struct people_plan *plan, const struct people_plan_line *l)
{
	AUTO(arena_done) struct arena a = {0};
	struct local_person person = l->person;
	struct err e = {0};

	if (l->end == PEOPLE_REFUSED) {
		check(*l->why != '\0' && text_utf8_valid(l->why, strlen(l->why)));
		return;
	}
	check(local_person_check(&a, &person, &e));
	check(text_equal(person.email, l->person.email) && text_equal(person.name, l->person.name));
	check(*person.email != '\0' || *person.external_id != '\0');
	check((l->end == PEOPLE_ADDED) == (l->present == NULL));
	check(l->department_count <= LOCAL_MAX_DEPARTMENTS_EACH);
	for (size_t i = 0; i < l->department_count; i++)
		check(l->departments[i] < plan->department_count);
}

static void check_departments(const struct people_plan *plan)
{
	for (size_t i = 0; i < plan->department_count; i++) {
		const struct people_plan_department *d = &plan->departments[i];

		check(d->parent == PEOPLE_NO_PARENT || d->parent < i);
		check((d->id != NULL) == (i < plan->departments_there));
		for (size_t k = 0; k < i && i < FEW; k++)
			check(!text_equal(plan->departments[k].path, d->path));
	}
}

static void check_plan(const struct people_plan *plan)
{
	int64_t all = 0, before = 0;

	for (size_t i = 0; i < plan->count; i++) {
		check(plan->lines[i].line > before);
		before = plan->lines[i].line;
		check_line(plan, &plan->lines[i]);
	}
	for (int end = 0; end < PEOPLE_ENDS; end++)
		all += plan->ends[end];
	check(all == (int64_t)plan->count);
	check_departments(plan);
}

/* The directory as the plan leaves it; ids are made of positions. */
static struct people_directory carried_out(struct arena *a, const struct people_plan *plan)
{
	struct people_department *departments =
	    arena_array(a, plan->department_count, sizeof(*departments));
	struct people_present *people = arena_array(a, plan->count, sizeof(*people));
	size_t count = 0;

	for (size_t i = 0; i < plan->department_count; i++) {
		const struct people_plan_department *d = &plan->departments[i];

		departments[i].id = arena_printf(a, "d%zu", i);
		departments[i].name = d->name;
		departments[i].parent =
		    d->parent == PEOPLE_NO_PARENT ? NULL : departments[d->parent].id;
	}
	for (size_t i = 0; i < plan->count; i++) {
		const struct people_plan_line *l = &plan->lines[i];
		const char **in = arena_array(a, l->department_count, sizeof(*in));

		if (l->end == PEOPLE_REFUSED)
			continue;
		for (size_t k = 0; k < l->department_count; k++)
			in[k] = departments[l->departments[k]].id;
		people[count] = (struct people_present){.id = arena_printf(a, "p%zu", i),
							.person = l->person,
							.departments = in,
							.department_count = l->department_count};
		if (*l->person.external_id == '\0')
			people[count].person.external_id = people[count].id;
		count++;
	}
	return (struct people_directory){people, count, departments, plan->department_count};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_done) struct arena a = {0};
	const char *text = arena_dup_n(&a, data, size);
	const struct people_options options = {.add_departments = true, .depart_missing = true};
	struct people_directory now = {0};
	struct people_csv list;
	struct people_plan plan, again;
	struct err e = {0};

	/* As JSON has checked it. */
	if (!text_utf8_valid(data, size) || !people_csv_read(&a, text, &list, &e))
		return 0;
	check(list.count <= PEOPLE_CSV_MAX_LINES);
	people_plan(&a, &list, &now, &options, &plan);
	check_plan(&plan);
	now = carried_out(&a, &plan);
	people_plan(&a, &list, &now, &options, &again);
	check_plan(&again);
	check(again.ends[PEOPLE_ADDED] == 0 && again.departing_count == 0);
	check(again.ends[PEOPLE_SAME] >= plan.ends[PEOPLE_ADDED]);
	check(again.department_count == plan.department_count);
	return 0;
}
