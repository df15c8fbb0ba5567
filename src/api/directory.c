/* Departments and people, as the directory has them. */
#include "web/request.h"
#include "api/routes.h"
#include "store/department.h"
#include "store/person.h"

#define MAX_SEARCH 100

/* --- departments --- */

struct department_query {
	const char *source;
};

static const struct json_field department_query[] = {
    {"source", JSON_FIELD_TEXT, offsetof(struct department_query, source), .format = JSON_ID,
     .doc = "of one identity source"},
    {0}};

static const struct json_field department_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct store_department, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct store_department, name), .example = "研发部"},
    {"parent", JSON_FIELD_TEXT, offsetof(struct store_department, parent), .format = JSON_ID,
     .nullable = true},
    {"source", JSON_FIELD_TEXT, offsetof(struct store_department, source), .format = JSON_ID},
    {"external_id", JSON_FIELD_TEXT, offsetof(struct store_department, external_id),
     .doc = "in its source: DingTalk's dept_id", .example = "2"},
    {0}};

static bool department_list(struct request *r, struct err *e)
{
	struct department_query query = {0};
	struct store_department_list list;
	struct store_page page;

	if (!request_page(r, &page, e) || !request_query(r, &query, e) ||
	    !store_department_list(r->db, r->arena, query.source, &page, &list, e))
		return false;
	request_list(r, list.items, list.count, sizeof(*list.items), &page);
	return true;
}

/* --- people --- */

static const struct json_field user_query[] = {
    {"search", JSON_FIELD_TEXT, offsetof(struct store_person_filter, search), .max = MAX_SEARCH,
     .doc = "part of the name"},
    {"department", JSON_FIELD_TEXT, offsetof(struct store_person_filter, department),
     .format = JSON_ID, .doc = "and those below it"},
    {0}};

struct user {
	struct store_person stored;
	const char *state;
	struct json_list departments;
};

static const char *const states[] = {"active", "departed", NULL};

static const struct json_field user_department_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct store_department, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct store_department, name), .example = "研发部"},
    {0}};

static const struct json_field user_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct user, stored.id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct user, stored.name), .example = "李华"},
    {"title", JSON_FIELD_TEXT, offsetof(struct user, stored.title), .example = "工程师"},
    {"source", JSON_FIELD_TEXT, offsetof(struct user, stored.source), .format = JSON_ID},
    {"source_name", JSON_FIELD_TEXT, offsetof(struct user, stored.source_name),
     .example = "示例科技"},
    {"external_id", JSON_FIELD_TEXT, offsetof(struct user, stored.external_id),
     .doc = "in its source: DingTalk's userid", .example = "lihua"},
    {"departments", JSON_FIELD_ARRAY, offsetof(struct user, departments),
     .fields = user_department_json, .size = sizeof(struct store_department)},
    {"state", JSON_FIELD_TEXT, offsetof(struct user, state), .words = states,
     .doc = "nobody is deleted; who left keeps the departments they had"},
    {0}};

static bool view(struct request *r, const struct store_person *p, struct user *out, struct err *e)
{
	struct store_department_list list;

	if (!store_person_departments(r->db, r->arena, p->id, &list, e))
		return false;
	*out = (struct user){
	    .stored = *p, .state = states[p->departed], .departments = {list.items, list.count}};
	return true;
}

static bool user_list(struct request *r, struct err *e)
{
	struct store_person_filter filter = {0};
	struct store_person *all;
	struct store_page page;
	struct user *answer;
	size_t count;

	if (!request_page(r, &page, e) || !request_query(r, &filter, e))
		return false;
	filter.after = page.cursor;
	filter.max = page.limit;
	if (!store_person_list(r->db, r->arena, &filter, &all, &count, e))
		return false;
	answer = arena_array(r->arena, count, sizeof(*answer));
	for (size_t i = 0; i < count; i++) {
		if (!view(r, &all[i], &answer[i], e))
			return false;
	}
	request_list(r, answer, count, sizeof(*answer), &page);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/departments",
     ROUTE(ROLES_ALL, ROUTE_READ, department_list,
	   DOC("listDepartments", "Departments, as the directory has them",
	       .query = department_query, .out = department_json, .noun = "Department",
	       .list = true))},
    {HTTP_GET, "/api/v1/users",
     ROUTE(ROLES_ALL, ROUTE_READ, user_list,
	   DOC("listUsers", "People, as the directory has them", .query = user_query,
	       .out = user_json, .noun = "User", .list = true))},
};

const struct route_table directory_routes = ROUTE_TABLE(routes);
