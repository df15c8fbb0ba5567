/* Builds of the client: which devices have, and which are accepted. */
#include "flow/build.h"

#include "api/routes.h"
#include "base/text.h"
#include "web/request.h"

#define MAX_BODY 4096
#define EXAMPLE_ID "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592"

struct view {
	struct store_build stored;
	bool accepted;
	const struct view *first; /* itself, or NULL */
};

static const struct json_field first_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.first_device), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, stored.first_device_name),
     .example = "hua-laptop"},
    {0}};

static const struct json_field build_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.id),
     .doc = "SHA-256 of the package's /usr/lib/holdfast/manifest", .example = EXAMPLE_ID},
    {"version", JSON_FIELD_TEXT, offsetof(struct view, stored.version), .example = "0.1.0"},
    {"accepted", JSON_FIELD_BOOL, offsetof(struct view, accepted)},
    {"accepted_ms", JSON_FIELD_I64, offsetof(struct view, stored.accepted_ms), .nullable = true},
    {"accepted_by", JSON_FIELD_TEXT, offsetof(struct view, stored.accepted_by),
     .doc = "empty: nobody; it was the first that a device had, or it is not accepted",
     .example = "陈安"},
    {"note", JSON_FIELD_TEXT, offsetof(struct view, stored.note), .example = "release of May"},
    {"first_ms", JSON_FIELD_I64, offsetof(struct view, stored.first_ms), .nullable = true,
     .doc = "when a device first had it; null: none did"},
    {"first_device", JSON_FIELD_POINTER, offsetof(struct view, first), .fields = first_json,
     .size = sizeof(struct view), .nullable = true},
    {"devices", JSON_FIELD_I64, offsetof(struct view, stored.devices), .doc = "that have it now",
     .example = "12"},
    {0}};

static void view_of(const struct store_build *b, struct view *out)
{
	*out = (struct view){.stored = *b, .accepted = b->accepted_ms != 0};
	out->first = b->first_device != NULL ? out : NULL;
}

static bool build_list(struct request *r, struct err *e)
{
	struct store_build *all;
	struct view *views;
	size_t count;

	if (!request_unlimited(r, e) || !store_build_list(r->db, r->arena, &all, &count, e))
		return false;
	views = arena_array(r->arena, count, sizeof(*views));
	for (size_t i = 0; i < count; i++)
		view_of(&all[i], &views[i]);
	request_list(r, views, count, sizeof(*views), NULL);
	return true;
}

static bool answer(struct request *r, const char *id, struct err *e)
{
	struct store_build b;
	struct view shown;

	if (!store_build_get(r->db, r->arena, id, &b, e))
		return false;
	view_of(&b, &shown);
	request_answer(r, &shown);
	return true;
}

static const struct json_field accept_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct flow_build_accept, id), .required = true,
     .min = FLOW_BUILD_ID, .max = FLOW_BUILD_ID,
     .doc = "SHA-256 of the package's /usr/lib/holdfast/manifest", .example = EXAMPLE_ID},
    {"version", JSON_FIELD_TEXT, offsetof(struct flow_build_accept, version), .required = true,
     .min = 1, .max = FLOW_BUILD_MAX_VERSION, .example = "0.1.0"},
    {"note", JSON_FIELD_TEXT, offsetof(struct flow_build_accept, note), .max = FLOW_BUILD_MAX_NOTE,
     .example = "release of May"},
    {0}};

static bool build_accept(struct request *r, struct err *e)
{
	struct flow_build_accept in = {.note = ""};
	struct flow f = request_flow(r);

	return request_unlimited(r, e) && request_read(r, &in, e) &&
	       flow_build_accept(&f, &in, e) && answer(r, in.id, e);
}

static bool build_withdraw(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);

	return request_unlimited(r, e) && flow_build_withdraw(&f, r->args[0], e);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/builds",
     ROUTE(ROLES_AUDIT, ROUTE_READ, build_list,
	   DOC("listBuilds", "Builds of the client that devices had, or that were accepted",
	       .text = "The newest first, at most 500.", .out = build_json, .noun = "Build",
	       .list = true, .unpaged = true))},
    {HTTP_POST, "/api/v1/builds", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, build_accept,
	   DOC("acceptBuild", "Accept a build",
	       .text = "Devices that have it raise no alarm any more. `holdfastctl builds accept "
		       "FILE` reads id and version out of a package.",
	       .in = accept_json, .out = build_json, .noun = "Build",
	       .errors = ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_DELETE, "/api/v1/builds/{build}",
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, build_withdraw,
	   DOC("withdrawBuild", "Accept a build no longer",
	       .text = "Devices that have it raise an alarm.", .status = 204))},
};

const struct route_table build_routes = ROUTE_TABLE(routes);
