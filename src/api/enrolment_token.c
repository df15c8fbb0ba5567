/* Enrolment tokens, as an administrator makes them. */
#include "flow/enrolment_token.h"

#include "base/text.h"
#include "crypto/crypto.h"
#include "api/routes.h"
#include "web/request.h"

#define MAX_BODY 4096

static const char *const states[] = {"live", "expired", "used-up", "revoked", NULL};

struct view {
	struct store_enrolment_token stored;
	const char *state, *secret;
};

static const struct json_field owner_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.owner), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, stored.owner_name), .example = "李华"},
    {0}};

static const struct json_field token_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, stored.name), .example = "kiosks in the lobby"},
    {"owner", JSON_FIELD_OBJECT, .fields = owner_json,
     .doc = "who answers for the devices: they follow this person's policy"},
    {"state", JSON_FIELD_TEXT, offsetof(struct view, state), .words = states},
    {"max_uses", JSON_FIELD_I64, offsetof(struct view, stored.max_uses), .nullable = true,
     .doc = "null: as many as come until it expires"},
    {"uses", JSON_FIELD_I64, offsetof(struct view, stored.uses)},
    {"devices", JSON_FIELD_I64, offsetof(struct view, stored.devices),
     .doc = "that were enrolled with it and not otherwise since"},
    {"token", JSON_FIELD_TEXT, offsetof(struct view, secret), .omit = true,
     .doc = "of one that was just made: shown once",
     .example = "hfe_kJ4l0WZc0rGv0ZpQy3yB9mW3m0o1f2J3k4l5m6n7o8p"},
    {"created_by", JSON_FIELD_TEXT, offsetof(struct view, stored.created_by)},
    {"created_ms", JSON_FIELD_I64, offsetof(struct view, stored.created_ms)},
    {"expires_ms", JSON_FIELD_I64, offsetof(struct view, stored.expires_ms)},
    {"used_ms", JSON_FIELD_I64, offsetof(struct view, stored.used_ms), .nullable = true},
    {"revoked_ms", JSON_FIELD_I64, offsetof(struct view, stored.revoked_ms), .nullable = true},
    {0}};

static const char *state_of(const struct store_enrolment_token *t, int64_t now_ms)
{
	if (t->revoked_ms != 0)
		return "revoked";
	if (t->expires_ms <= now_ms)
		return "expired";
	return t->max_uses != 0 && t->uses >= t->max_uses ? "used-up" : "live";
}

static struct view view_of(const struct request *r, const struct store_enrolment_token *t)
{
	return (struct view){.stored = *t, .state = state_of(t, r->now_ms)};
}

struct input {
	const char *name, *owner;
	int64_t days, max_uses;
};

static const struct json_field create_fields[] = {
    {"name", JSON_FIELD_TEXT, offsetof(struct input, name), .required = true, .min = 1,
     .max = ENROLMENT_TOKEN_MAX_NAME, .example = "kiosks in the lobby"},
    {"owner", JSON_FIELD_TEXT, offsetof(struct input, owner), .required = true, .format = JSON_ID,
     .doc = "the person who answers for the devices"},
    {"days", JSON_FIELD_I64, offsetof(struct input, days), .min = 1,
     .max = ENROLMENT_TOKEN_MAX_DAYS, .doc = "until it expires; 7 when absent", .example = "7"},
    {"max_uses", JSON_FIELD_I64, offsetof(struct input, max_uses), .min = 1,
     .max = ENROLMENT_TOKEN_MAX_USES, .doc = "absent: as many as come until it expires",
     .example = "20"},
    {0}};

static bool create(struct request *r, struct err *e)
{
	struct input in = {.days = ENROLMENT_TOKEN_DAYS};
	struct flow f = request_flow(r);
	struct store_enrolment_token t;
	char text[ENROLMENT_TOKEN_SIZE];
	struct view made;

	if (!request_unlimited(r, e) || !request_read(r, &in, e))
		return false;
	t = (struct store_enrolment_token){.name = text_trim(arena_dup(r->arena, in.name)),
					   .owner = in.owner,
					   .max_uses = in.max_uses,
					   .created_by = r->caller.name};
	if (!flow_enrolment_token_make(&f, in.days, &t, text, e))
		return false;
	made = view_of(r, &t);
	made.secret = text;
	request_answer(r, &made);
	crypto_wipe(text, sizeof(text));
	return true;
}

struct query {
	const char *owner;
	bool live;
};

static const struct json_field list_query[] = {
    {"owner", JSON_FIELD_TEXT, offsetof(struct query, owner), .format = JSON_ID,
     .doc = "whose devices they make"},
    {"live", JSON_FIELD_BOOL, offsetof(struct query, live),
     .doc = "only those that a device may still come with"},
    {0}};

static bool list(struct request *r, struct err *e)
{
	struct query in = {0};
	struct store_enrolment_token_filter filter = {.now_ms = r->now_ms};
	struct store_enrolment_token *items;
	struct store_page page;
	struct view *views;
	size_t count;

	if (!request_unlimited(r, e) || !request_page(r, &page, e) || !request_query(r, &in, e))
		return false;
	filter.owner = in.owner;
	filter.live = in.live;
	if (!store_enrolment_token_list(r->db, r->arena, &filter, &page, &items, &count, e))
		return false;
	views = arena_array(r->arena, count, sizeof(*views));
	for (size_t i = 0; i < count; i++)
		views[i] = view_of(r, &items[i]);
	request_list(r, views, count, sizeof(*views), &page);
	return true;
}

static bool find(struct request *r, struct store_enrolment_token *t, struct err *e)
{
	return request_unlimited(r, e) &&
	       store_enrolment_token_get(r->db, r->arena, r->args[0], t, e);
}

static bool show(struct request *r, struct err *e)
{
	struct store_enrolment_token t;
	struct view answer;

	if (!find(r, &t, e))
		return false;
	answer = view_of(r, &t);
	request_answer(r, &answer);
	return true;
}

static bool revoke(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_enrolment_token t;

	return find(r, &t, e) && flow_enrolment_token_revoke(&f, &t, e);
}

static const struct json_field enrolled_owner_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct store_enrolled, owner), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct store_enrolled, owner_name), .example = "李华"},
    {0}};

static const struct json_field enrolled_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct store_enrolled, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct store_enrolled, name), .example = "kiosk-3"},
    {"owner", JSON_FIELD_OBJECT, .fields = enrolled_owner_json,
     .doc = "now: somebody else after Switch user"},
    {"enrolled_ms", JSON_FIELD_I64, offsetof(struct store_enrolled, enrolled_ms)},
    {0}};

static bool devices(struct request *r, struct err *e)
{
	struct store_enrolment_token t;
	struct store_enrolled *items;
	struct store_page page;
	size_t count;

	if (!find(r, &t, e) || !request_page(r, &page, e) ||
	    !store_enrolment_token_devices(r->db, r->arena, t.id, &page, &items, &count, e))
		return false;
	request_list(r, items, count, sizeof(*items), &page);
	return true;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/enrolment-tokens", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, create,
	   DOC("createEnrolmentToken", "Create a token that enrols devices", .in = create_fields,
	       .out = token_json, .noun = "EnrolmentToken", .status = 201,
	       .text = "For fleets, servers and kiosks: `holdfast login --token-file FILE` on the "
		       "device, "
		       "without anybody at a page. Its text is shown once.",
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
    {HTTP_GET, "/api/v1/enrolment-tokens",
     ROUTE(ROLES_AUDIT, ROUTE_READ, list,
	   DOC("listEnrolmentTokens", "Tokens that enrol devices, the newest first",
	       .query = list_query, .out = token_json, .noun = "EnrolmentToken", .list = true))},
    {HTTP_GET, "/api/v1/enrolment-tokens/{id}",
     ROUTE(ROLES_AUDIT, ROUTE_READ, show,
	   DOC("getEnrolmentToken", "One of them", .out = token_json, .noun = "EnrolmentToken"))},
    {HTTP_GET, "/api/v1/enrolment-tokens/{id}/devices",
     ROUTE(ROLES_AUDIT, ROUTE_READ, devices,
	   DOC("listEnrolledDevices", "Devices that were enrolled with it", .out = enrolled_json,
	       .noun = "EnrolledDevice", .list = true))},
    {HTTP_DELETE, "/api/v1/enrolment-tokens/{id}",
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, revoke,
	   DOC("revokeEnrolmentToken", "Revoke it; devices that came with it stay", .status = 204,
	       .errors = ERROR(ERR_CONFLICT)))},
};

const struct route_table enrolment_token_routes = ROUTE_TABLE(routes);
