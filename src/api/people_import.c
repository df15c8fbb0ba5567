/* Lists of people for local identity sources. */
#include "flow/local_import.h"

#include "base/text.h"
#include "web/request.h"
#include "api/routes.h"

#define MAX_BODY (3 * PEOPLE_CSV_MAX_BYTES) /* a list, escaped */
#define MAX_SHOWN 100                       /* of those who would depart */
#define MAX_NAME 40                         /* characters of what a line names */

struct input {
	struct flow_import_order order;
	bool dry_run;
};

static const struct json_field input_json[] = {
    {"csv", JSON_FIELD_TEXT, offsetof(struct input, order.csv), .required = true, .min = 1,
     .max = PEOPLE_CSV_MAX_BYTES,
     .doc =
	 "at most 4 MiB and 20,000 lines, separated by commas, semicolons or tabs. The first line "
	 "names the columns: name, external_id, email, telephone, title, departments (or in "
	 "Chinese); others are ignored. Departments are paths from the top or ids, | between them",
     .example =
	 "name,external_id,email,departments\n李华,E-1042,li.hua@example.com,总部/研发|总部"},
    {"dry_run", JSON_FIELD_BOOL, offsetof(struct input, dry_run),
     .doc = "says what would happen, and does nothing"},
    {"add_departments", JSON_FIELD_BOOL, offsetof(struct input, order.options.add_departments),
     .doc = "makes departments that paths name; else their lines are refused"},
    {"depart_missing", JSON_FIELD_BOOL, offsetof(struct input, order.options.depart_missing),
     .doc = "whoever of the source is not in the list has left; not while lines are refused"},
    {"confirm_departing", JSON_FIELD_I64, offsetof(struct input, order.departing), .min = 1,
     .max = LOCAL_MAX_PEOPLE,
     .doc =
	 "how many leave with depart_missing, as the dry run says; needed when they are more than "
	 "a tenth",
     .example = "12"},
    {"without_refused", JSON_FIELD_BOOL, offsetof(struct input, order.without_refused),
     .doc = "refused lines are left out; else one refused line refuses the list"},
    {0}};

struct line_view {
	int64_t line;
	const char *name, *end, *why;
};

static const char *const ends[] = {"added", "changed", "same", "refused", NULL};

static const struct json_field line_json[] = {
    {"line", JSON_FIELD_I64, offsetof(struct line_view, line), .example = "2"},
    {"name", JSON_FIELD_TEXT, offsetof(struct line_view, name), .example = "李华"},
    {"result", JSON_FIELD_TEXT, offsetof(struct line_view, end), .words = ends},
    {"text", JSON_FIELD_TEXT, offsetof(struct line_view, why), .says = "error",
     .doc = "what changes, or why it is refused; else empty", .example = "email, departments"},
    {0}};

struct person_view {
	const char *id, *name, *external_id;
};

static const struct json_field person_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct person_view, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct person_view, name), .example = "周敏"},
    {"external_id", JSON_FIELD_TEXT, offsetof(struct person_view, external_id),
     .example = "E-0007"},
    {0}};

struct view {
	bool dry_run, brake;
	int64_t ends[PEOPLE_ENDS], departing;
	struct json_list departments, ignored, people, lines;
};

#define COUNTER(name, which)                                                                   \
	{                                                                                      \
		name, JSON_FIELD_I64, offsetof(struct view, ends) + sizeof(int64_t) * (which), \
		    .example = "0"                                                             \
	}

static const struct json_field view_json[] = {
    {"dry_run", JSON_FIELD_BOOL, offsetof(struct view, dry_run)},
    COUNTER("added", PEOPLE_ADDED),
    COUNTER("changed", PEOPLE_CHANGED),
    COUNTER("same", PEOPLE_SAME),
    COUNTER("refused", PEOPLE_REFUSED),
    {"departing", JSON_FIELD_I64, offsetof(struct view, departing),
     .doc = "not in the list, with depart_missing", .example = "0"},
    {"needs_confirmation", JSON_FIELD_BOOL, offsetof(struct view, brake),
     .doc = "they are more than a tenth: confirm_departing has to name their number"},
    {"departing_people", JSON_FIELD_ARRAY, offsetof(struct view, people), .fields = person_json,
     .size = sizeof(struct person_view), .doc = "the first 100 of them"},
    {"new_departments", JSON_FIELD_ARRAY, offsetof(struct view, departments),
     .example = "总部/研发/客户端组"},
    {"ignored_columns", JSON_FIELD_ARRAY, offsetof(struct view, ignored), .example = "工资"},
    {"lines", JSON_FIELD_ARRAY, offsetof(struct view, lines), .fields = line_json,
     .size = sizeof(struct line_view), .doc = "every line that is not empty"},
    {0}};

static const char *cut(struct arena *a, const char *text)
{
	char *copy = arena_dup(a, text);

	text_cut(copy, MAX_NAME);
	return copy;
}

static struct json_list lines_of(struct arena *a, const struct people_plan *plan)
{
	struct line_view *all = arena_array(a, plan->count, sizeof(*all));

	for (size_t i = 0; i < plan->count; i++) {
		const struct people_plan_line *l = &plan->lines[i];

		all[i] =
		    (struct line_view){l->line, cut(a, l->name), people_end_name(l->end), l->why};
	}
	return (struct json_list){all, plan->count};
}

static struct json_list new_departments(struct arena *a, const struct people_plan *plan)
{
	size_t there = plan->departments_there, count = plan->department_count - there;
	const char **paths = arena_array(a, count, sizeof(*paths));

	for (size_t i = 0; i < count; i++)
		paths[i] = plan->departments[there + i].path;
	return (struct json_list){paths, count};
}

static struct json_list departing(struct arena *a, const struct people_plan *plan)
{
	size_t count = plan->departing_count < MAX_SHOWN ? plan->departing_count : MAX_SHOWN;
	struct person_view *all = arena_array(a, count, sizeof(*all));

	for (size_t i = 0; i < count; i++) {
		const struct people_present *p = plan->departing[i];

		all[i] = (struct person_view){p->id, p->person.name, p->person.external_id};
	}
	return (struct json_list){all, count};
}

static void answer(struct request *r, const struct flow_import *import, bool dry_run)
{
	const struct people_plan *plan = &import->plan;
	struct view v = {.dry_run = dry_run,
			 .brake = import->brake,
			 .departing = (int64_t)plan->departing_count,
			 .departments = new_departments(r->arena, plan),
			 .ignored = {import->csv.ignored, import->csv.ignored_count},
			 .people = departing(r->arena, plan),
			 .lines = lines_of(r->arena, plan)};

	for (int end = 0; end < PEOPLE_ENDS; end++)
		v.ends[end] = plan->ends[end];
	request_answer(r, &v);
}

/* A page at a time. */
struct work {
	struct request *r;
	struct flow_import *import;
	size_t page;
	bool more;
};

static bool write_page(struct db *db, void *arg, struct err *e)
{
	struct work *w = arg;
	struct flow f = request_flow(w->r);

	f.db = db;
	return flow_import_page(&f, w->import, w->page, &w->more, e);
}

static bool write_all(struct request *r, struct flow_import *import, struct err *e)
{
	struct work w = {.r = r, .import = import, .more = true};

	for (; w.more; w.page++) {
		if (!request_run(r, write_page, &w, e))
			return w.page == 0
				   ? false
				   : err_add(e, "not all of it was imported (import the list "
						"again for the rest)");
	}
	return true;
}

static bool import_list(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct flow_import import;
	struct store_source source;
	struct input in = {0};

	f.db = r->db;
	if (!request_read(r, &in, e) ||
	    !store_source_get(r->db, r->arena, r->args[0], &source, e) ||
	    !flow_import_plan(&f, r->args[0], &in.order, &import, e))
		return false;
	if (!in.dry_run &&
	    (!flow_import_check(&f, &in.order, &import, e) || !write_all(r, &import, e)))
		return false;
	answer(r, &import, in.dry_run);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/identity-sources/{id}/import", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WORK, import_list,
	   DOC("importPeople", "Bring a list of people into a local identity source",
	       .in = input_json, .out = view_json, .noun = "PeopleImport",
	       .text = "People are known by external_id, without one by email; what has no column "
		       "stays as it is. Either every line is fit, or nothing is written. What is "
		       "fit is then written a hundred lines at a time; after an interruption the "
		       "same list does the rest, because what is there already is the same.",
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
};

const struct route_table people_import_routes = ROUTE_TABLE(routes);
