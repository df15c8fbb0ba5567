/* Departments and people, as the directory has them. */
#include "base/text.h"
#include "server/request.h"
#include "server/route.h"
#include "store/department.h"
#include "store/person.h"

#define MAX_SEARCH 100

static bool department_list(struct request *r, struct err *e)
{
	struct store_page page;
	struct store_department_list list;
	const char *app;

	if (!request_page(r, &page, e) || !request_query_id(r, "app", &app, e) ||
	    !store_department_list(r->db, r->arena, app, &page, &list, e))
		return false;
	request_items(r);
	for (size_t i = 0; i < list.count; i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "id", list.items[i].id);
		json_put_text(&r->json, "name", list.items[i].name);
		json_put_text(&r->json, "parent", list.items[i].parent);
		json_put_text(&r->json, "dingtalk_id", list.items[i].dingtalk_id);
		json_object_end(&r->json);
	}
	request_items_end(r, &page, list.count,
			  list.count > 0 ? list.items[list.count - 1].id : NULL);
	return true;
}

static bool put_departments(struct request *r, const char *person, struct err *e)
{
	struct store_department_list list;

	if (!store_person_departments(r->db, r->arena, person, &list, e))
		return false;
	json_array(&r->json, "departments");
	for (size_t i = 0; i < list.count; i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "id", list.items[i].id);
		json_put_text(&r->json, "name", list.items[i].name);
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	return true;
}

static bool put_person(struct request *r, const struct store_person *p, struct err *e)
{
	json_object(&r->json, NULL);
	json_put_text(&r->json, "id", p->id);
	json_put_text(&r->json, "name", p->name);
	json_put_text(&r->json, "title", p->title);
	json_put_text(&r->json, "dingtalk_id", p->dingtalk_id);
	if (!put_departments(r, p->id, e))
		return false;
	json_put_text(&r->json, "state", p->departed ? "departed" : "active");
	json_object_end(&r->json);
	return true;
}

static bool person_list(struct request *r, struct err *e)
{
	struct store_page page;
	struct store_person_filter filter = {.search = http_query(r->http, "search")};
	struct store_person *all;
	size_t count;

	if (!request_page(r, &page, e) || !request_query_id(r, "department", &filter.department, e))
		return false;
	if (filter.search != NULL && text_length(filter.search) > MAX_SEARCH)
		return err_set(e, ERR_INVALID, "search: must be at most %d characters", MAX_SEARCH);
	filter.after = page.cursor;
	filter.max = page.limit;
	if (!store_person_list(r->db, r->arena, &filter, &all, &count, e))
		return false;
	request_items(r);
	for (size_t i = 0; i < count; i++) {
		if (!put_person(r, &all[i], e))
			return false;
	}
	request_items_end(r, &page, count, count > 0 ? all[count - 1].id : NULL);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/departments", ROUTE(ROLES_ALL, ROUTE_READ, department_list)},
    {HTTP_GET, "/api/v1/users", ROUTE(ROLES_ALL, ROUTE_READ, person_list)},
};

const struct route_table directory_routes = ROUTE_TABLE(routes);
