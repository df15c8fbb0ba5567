/* What ids stand for, many at once: a whitelist or a filter names people and departments by their ids alone. */
#include "api/routes.h"
#include "store/named.h"
#include "web/request.h"

#define MAX_BODY 32768
#define MAX_IDS 200

struct input {
	struct json_list users, departments;
};

static const struct json_field input_json[] = {
    {"users", JSON_FIELD_ARRAY, offsetof(struct input, users), .max = MAX_IDS, .format = JSON_ID},
    {"departments", JSON_FIELD_ARRAY, offsetof(struct input, departments), .max = MAX_IDS,
     .format = JSON_ID},
    {0}};

static const struct json_field named_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct store_named, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct store_named, name), .example = "李华"},
    {"source", JSON_FIELD_TEXT, offsetof(struct store_named, source_name),
     .doc = "name of its identity source", .example = "示例科技"},
    {"gone", JSON_FIELD_BOOL, offsetof(struct store_named, gone),
     .doc = "departed, or no longer in its source"},
    {0}};

struct output {
	struct json_list users, departments;
};

static const struct json_field output_json[] = {
    {"users", JSON_FIELD_ARRAY, offsetof(struct output, users), .fields = named_json,
     .size = sizeof(struct store_named), .doc = "without those that are not known"},
    {"departments", JSON_FIELD_ARRAY, offsetof(struct output, departments), .fields = named_json,
     .size = sizeof(struct store_named)},
    {0}};

typedef bool look_up_fn(struct db *db, struct arena *a, const char *const *ids, size_t count,
			struct store_named *out, struct err *e);

static bool name_all(struct request *r, const struct json_list *ids, look_up_fn *look_up,
		     struct json_list *out, struct err *e)
{
	struct store_named *found = arena_array(r->arena, ids->count, sizeof(*found));
	size_t n = 0;

	if (ids->count > 0 && !look_up(r->db, r->arena, ids->items, ids->count, found, e))
		return false;
	for (size_t i = 0; i < ids->count; i++) {
		if (found[i].id != NULL)
			found[n++] = found[i];
	}
	*out = (struct json_list){found, n};
	return true;
}

static bool names_read(struct request *r, struct err *e)
{
	struct input in = {0};
	struct output out;

	if (!request_read(r, &in, e) ||
	    !name_all(r, &in.users, store_named_people, &out.users, e) ||
	    !name_all(r, &in.departments, store_named_departments, &out.departments, e))
		return false;
	request_answer(r, &out);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/names", MAX_BODY,
     ROUTE(ROLES_ALL, ROUTE_READ, names_read,
	   DOC("readNames", "What ids of people and departments stand for", .in = input_json,
	       .out = output_json, .noun = "Names",
	       .text = "Nothing is changed. At most 200 of each."))},
};

const struct route_table names_routes = ROUTE_TABLE(routes);
