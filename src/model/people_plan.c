#include "model/people_plan.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"

/* --- text → pointer; growing; "" is never in it --- */

struct map {
	struct arena *arena;
	const char **keys;
	const void **values;
	size_t size, used; /* size: a power of two, or 0 */
};

static size_t slot_of(const struct map *m, const char *key)
{
	uint64_t h = 1469598103934665603u;
	size_t at;

	for (const char *c = key; *c != '\0'; c++)
		h = (h ^ (unsigned char)*c) * 1099511628211u;
	for (at = (size_t)(h ^ h >> 32) & (m->size - 1);
	     m->keys[at] != NULL && strcmp(m->keys[at], key) != 0; at = (at + 1) & (m->size - 1))
		;
	return at;
}

static const void *map_get(const struct map *m, const char *key)
{
	return m->size == 0 || *key == '\0' ? NULL : m->values[slot_of(m, key)];
}

static void map_set(struct map *m, const char *key, const void *value);

static void grow(struct map *m)
{
	struct map old = *m;

	m->size = old.size == 0 ? 64 : old.size * 2;
	m->used = 0;
	m->keys = arena_array(m->arena, m->size, sizeof(*m->keys));
	m->values = arena_array(m->arena, m->size, sizeof(*m->values));
	for (size_t i = 0; i < old.size; i++) {
		if (old.keys[i] != NULL)
			map_set(m, old.keys[i], old.values[i]);
	}
}

/* The key is borrowed. */
static void map_set(struct map *m, const char *key, const void *value)
{
	size_t at;

	if (*key == '\0')
		return;
	if (m->used * 2 >= m->size)
		grow(m);
	at = slot_of(m, key);
	m->used += m->keys[at] == NULL;
	m->keys[at] = key;
	m->values[at] = value;
}

/* --- planning --- */

struct planner {
	struct arena *arena;
	const struct people_csv *csv;
	const struct people_options *options;
	struct people_plan *plan;
	size_t department_room;
	struct map by_path, by_department;                             /* size_t, the index */
	struct map by_external_id, by_email, active_email;             /* struct people_present */
	struct map line_of_person, line_of_external_id, line_of_email; /* struct people_plan_line */
};

static size_t add_department(struct planner *p, const struct people_plan_department *d)
{
	struct people_plan *plan = p->plan;
	size_t *index = arena_new(p->arena, size_t);

	if (plan->department_count == p->department_room) {
		size_t room = p->department_room == 0 ? 64 : p->department_room * 2;
		struct people_plan_department *more = arena_array(p->arena, room, sizeof(*more));

		if (plan->department_count > 0)
			memcpy(more, plan->departments, plan->department_count * sizeof(*more));
		plan->departments = more;
		p->department_room = room;
	}
	*index = plan->department_count;
	plan->departments[plan->department_count++] = *d;
	map_set(&p->by_path, d->path, index);
	if (d->id != NULL)
		map_set(&p->by_department, d->id, index);
	return *index;
}

/* Those that are there, each after its parent. One whose parent is not among them is at the top. */
static size_t place_department(struct planner *p, const struct people_directory *now,
			       const struct map *all, const struct people_department *d, int depth)
{
	const size_t *there = map_get(&p->by_department, d->id);
	const struct people_department *above =
	    d->parent == NULL || depth == LOCAL_MAX_DEPTH ? NULL : map_get(all, d->parent);
	size_t parent = PEOPLE_NO_PARENT;
	const char *path = d->name;

	if (there != NULL)
		return *there;
	if (above != NULL) {
		parent = place_department(p, now, all, above, depth + 1);
		path = arena_printf(p->arena, "%s/%s", p->plan->departments[parent].path, d->name);
	}
	return add_department(p, &(struct people_plan_department){d->id, d->name, path, parent});
}

static void place_departments(struct planner *p, const struct people_directory *now)
{
	struct map all = {.arena = p->arena};

	for (size_t i = 0; i < now->department_count; i++)
		map_set(&all, now->departments[i].id, &now->departments[i]);
	for (size_t i = 0; i < now->department_count; i++)
		(void)place_department(p, now, &all, &now->departments[i], 1);
	p->plan->departments_there = p->plan->department_count;
}

static void know_people(struct planner *p, const struct people_directory *now)
{
	for (size_t i = 0; i < now->person_count; i++) {
		const struct people_present *one = &now->people[i];

		map_set(&p->by_external_id, one->person.external_id, one);
		map_set(&p->by_email, one->person.email, one);
		p->plan->active += !one->departed;
	}
	for (size_t i = 0; i < now->person_count; i++) {
		const struct people_present *one = &now->people[i];

		if (one->departed)
			continue;
		map_set(&p->by_email, one->person.email, one);
		map_set(&p->active_email, one->person.email, one);
	}
}

/* --- a line --- */

/* Cut, so that a sentence with it stays one. */
static const char *shown(struct planner *p, const char *text)
{
	char *copy = arena_dup(p->arena, text);

	text_cut(copy, 60);
	return copy;
}

static bool has_number(const struct people_present *one)
{
	return !text_equal(one->person.external_id, one->id);
}

/* Who it is, or NULL for somebody new; *why is set when neither can be said. */
static const struct people_present *find(struct planner *p, const struct local_person *person,
					 const char **why)
{
	const struct people_present *one = map_get(&p->by_external_id, person->external_id);

	if (one != NULL)
		return one;
	one = map_get(&p->by_email, person->email);
	if (one == NULL || *person->external_id == '\0' || !has_number(one))
		return one;
	if (!one->departed)
		*why = arena_printf(
		    p->arena, "email: belongs to %s, whose external_id is %s, not %s",
		    shown(p, one->person.name), one->person.external_id, person->external_id);
	return NULL;
}

/* The same person, number or address twice in the list. */
static const char *repeated(struct planner *p, const struct people_plan_line *l)
{
	const struct people_plan_line *before = NULL;

	if (l->present != NULL)
		before = map_get(&p->line_of_person, l->present->id);
	if (before == NULL)
		before = map_get(&p->line_of_external_id, l->person.external_id);
	if (before != NULL)
		return arena_printf(p->arena, "line %lld is about the same person",
				    (long long)before->line);
	before = map_get(&p->line_of_email, l->person.email);
	return before == NULL ? NULL
			      : arena_printf(p->arena, "email: line %lld has the same",
					     (long long)before->line);
}

static void remember(struct planner *p, const struct people_plan_line *l)
{
	if (l->present != NULL)
		map_set(&p->line_of_person, l->present->id, l);
	map_set(&p->line_of_external_id, l->person.external_id, l);
	map_set(&p->line_of_email, l->person.email, l);
}

/* How the person is to be: the list's columns over what is there. */
static void merge(const struct planner *p, struct people_plan_line *l)
{
	static const struct local_person nothing = {"", "", "", "", ""};
	const struct local_person *was = l->present != NULL ? &l->present->person : &nothing;
	const bool *has = p->csv->has;

	if (*l->person.external_id == '\0')
		l->person.external_id = was->external_id;
	if (!has[PEOPLE_EMAIL])
		l->person.email = was->email;
	if (!has[PEOPLE_TELEPHONE])
		l->person.telephone = was->telephone;
	if (!has[PEOPLE_TITLE])
		l->person.title = was->title;
}

static const char *address_taken(struct planner *p, const struct people_plan_line *l)
{
	const struct people_present *other = map_get(&p->active_email, l->person.email);

	return other == NULL || other == l->present
		   ? NULL
		   : arena_printf(p->arena, "email: belongs to %s (%s)",
				  shown(p, other->person.name), other->person.external_id);
}

/* Makes those of the path that are not there. */
static size_t make_path(struct planner *p, const char *path)
{
	size_t parent = PEOPLE_NO_PARENT;

	for (const char *at = path; at != NULL;) {
		const char *end = strchr(at, '/');
		const char *so_far =
		    end == NULL ? path : arena_dup_n(p->arena, path, (size_t)(end - path));
		const size_t *there = map_get(&p->by_path, so_far);

		parent = there != NULL
			     ? *there
			     : add_department(p, &(struct people_plan_department){
						     NULL, end == NULL ? at : so_far + (at - path),
						     so_far, parent});
		at = end == NULL ? NULL : end + 1;
	}
	return parent;
}

static const size_t *find_department(const struct planner *p, const char *text)
{
	return map_get(id_valid(text) ? &p->by_department : &p->by_path, text);
}

/* Before any is made: a line that is refused leaves nothing behind. */
static const char *department_missing(struct planner *p, const struct people_line *in)
{
	for (size_t i = 0; i < in->department_count; i++) {
		const char *text = in->departments[i];

		if (find_department(p, text) == NULL &&
		    (id_valid(text) || !p->options->add_departments))
			return arena_printf(p->arena, "departments: there is no %s here",
					    shown(p, text));
	}
	return NULL;
}

static void set_departments(struct planner *p, const struct people_line *in,
			    struct people_plan_line *l)
{
	size_t *found = arena_array(p->arena, in->department_count, sizeof(*found));

	l->has_departments = p->csv->has[PEOPLE_DEPARTMENTS];
	l->departments = found;
	for (size_t i = 0; i < in->department_count; i++) {
		const size_t *there = find_department(p, in->departments[i]);
		size_t index = there != NULL ? *there : make_path(p, in->departments[i]);
		bool again = false;

		for (size_t k = 0; k < l->department_count; k++)
			again = again || found[k] == index;
		if (!again)
			found[l->department_count++] = index;
	}
}

static bool same_departments(const struct planner *p, const struct people_plan_line *l)
{
	const struct people_present *was = l->present;

	if (!l->has_departments)
		return true;
	if (was->department_count != l->department_count)
		return false;
	for (size_t i = 0; i < l->department_count; i++) {
		if (!text_equal(p->plan->departments[l->departments[i]].id, was->departments[i]))
			return false;
	}
	return true;
}

/* "email, departments"; "": nothing is. */
static const char *what_changes(struct planner *p, const struct people_plan_line *l)
{
	const struct local_person *was = &l->present->person, *now = &l->person;
	const struct {
		const char *name;
		bool changes;
	} all[] = {
	    {"returns", l->present->departed},
	    {"name", !text_equal(was->name, now->name)},
	    {"external_id", !text_equal(was->external_id, now->external_id)},
	    {"email", !text_equal(was->email, now->email)},
	    {"telephone", !text_equal(was->telephone, now->telephone)},
	    {"title", !text_equal(was->title, now->title)},
	    {"departments", !same_departments(p, l)},
	};
	const char *out = "";

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (all[i].changes)
			out = arena_printf(p->arena, "%s%s%s", out, *out == '\0' ? "" : ", ",
					   all[i].name);
	}
	return out;
}

/* Why it cannot be, or NULL. */
static const char *plan_line(struct planner *p, const struct people_line *in,
			     struct people_plan_line *l)
{
	const char *why = in->why;

	if (why != NULL)
		return why;
	l->present = find(p, &in->person, &why);
	if (why != NULL)
		return why;
	merge(p, l);
	why = repeated(p, l);
	if (why == NULL)
		why = address_taken(p, l);
	if (why == NULL)
		why = department_missing(p, in);
	if (why == NULL)
		set_departments(p, in, l);
	return why;
}

static void plan_end(struct planner *p, struct people_plan_line *l, const char *refused)
{
	l->end = PEOPLE_ADDED;
	l->why = "";
	if (refused != NULL) {
		l->end = PEOPLE_REFUSED;
		l->why = refused;
		l->present = NULL;
		return;
	}
	remember(p, l);
	if (l->present == NULL)
		return;
	l->why = what_changes(p, l);
	l->end = *l->why == '\0' ? PEOPLE_SAME : PEOPLE_CHANGED;
}

static void plan_departing(struct planner *p, const struct people_directory *now)
{
	struct people_plan *plan = p->plan;

	plan->departing = arena_array(p->arena, now->person_count, sizeof(*plan->departing));
	for (size_t i = 0; i < now->person_count && p->options->depart_missing; i++) {
		const struct people_present *one = &now->people[i];

		if (!one->departed && map_get(&p->line_of_person, one->id) == NULL)
			plan->departing[plan->departing_count++] = one;
	}
}

static struct planner planner_of(struct arena *a)
{
	const struct map empty = {.arena = a};

	return (struct planner){.arena = a,
				.by_path = empty,
				.by_department = empty,
				.by_external_id = empty,
				.by_email = empty,
				.active_email = empty,
				.line_of_person = empty,
				.line_of_external_id = empty,
				.line_of_email = empty};
}

void people_plan(struct arena *a, const struct people_csv *csv, const struct people_directory *now,
		 const struct people_options *options, struct people_plan *out)
{
	struct planner p = planner_of(a);

	*out = (struct people_plan){.lines = arena_array(a, csv->count, sizeof(*out->lines)),
				    .count = csv->count};
	p.csv = csv;
	p.options = options;
	p.plan = out;
	place_departments(&p, now);
	know_people(&p, now);
	for (size_t i = 0; i < csv->count; i++) {
		struct people_plan_line *l = &out->lines[i];

		*l = (struct people_plan_line){.line = csv->lines[i].line,
					       .name = csv->lines[i].person.name,
					       .person = csv->lines[i].person};
		plan_end(&p, l, plan_line(&p, &csv->lines[i], l));
		out->ends[l->end]++;
	}
	plan_departing(&p, now);
}

const char *people_end_name(enum people_end end)
{
	static const char *const names[] = {[PEOPLE_ADDED] = "added",
					    [PEOPLE_CHANGED] = "changed",
					    [PEOPLE_SAME] = "same",
					    [PEOPLE_REFUSED] = "refused"};

	return names[end];
}
