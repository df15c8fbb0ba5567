/* Whose a device is: a change of owner that waits, and signing somebody out of it. */
#include "flow/clone.h"
#include "flow/ownership.h"

#include "api/routes.h"
#include "base/text.h"
#include "flow/snapshots.h"
#include "store/device.h"
#include "web/request.h"
#include "web/server.h"

#define MAX_BODY 4096

struct hold_view {
	const char *id, *name;
	int64_t since_ms, refused_ms;
};

static const struct json_field hold_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct hold_view, id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct hold_view, name), .example = "李华",
     .doc = "protected as for this person"},
    {"since_ms", JSON_FIELD_I64, offsetof(struct hold_view, since_ms)},
    {"refused_ms", JSON_FIELD_I64, offsetof(struct hold_view, refused_ms), .nullable = true,
     .doc = "when an administrator said that it stays so"},
    {0}};

struct view {
	struct store_device stored;
	const struct hold_view *held;
	const char *session_end;
};

static const struct json_field owner_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.owner), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, stored.owner_name), .example = "王芳"},
    {0}};

static const char *const session_ends[] = {SESSION_SIGNED_OUT, SESSION_EXPIRED, SESSION_DEPARTED,
					   SESSION_CLONED, NULL};

static const struct json_field view_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct view, stored.id), .format = JSON_ID},
    {"name", JSON_FIELD_TEXT, offsetof(struct view, stored.name), .example = "hua-laptop"},
    {"owner", JSON_FIELD_OBJECT, .fields = owner_json},
    {"held", JSON_FIELD_POINTER, offsetof(struct view, held), .fields = hold_json,
     .size = sizeof(struct hold_view), .nullable = true,
     .doc = "null: what holds follows the owner"},
    {"cloned_ms", JSON_FIELD_I64, offsetof(struct view, stored.cloned_ms), .nullable = true,
     .doc = "when its identity was seen on two machines, until that is settled"},
    {"clone_of", JSON_FIELD_TEXT, offsetof(struct view, stored.clone_of), .format = JSON_ID,
     .nullable = true, .doc = "whose identity it had before"},
    {"session_end", JSON_FIELD_TEXT, offsetof(struct view, session_end), .words = session_ends,
     .nullable = true, .doc = "null: somebody is signed in"},
    {"session_ended_ms", JSON_FIELD_I64, offsetof(struct view, stored.session_ended_ms),
     .nullable = true},
    {0}};

static bool answer(struct request *r, struct err *e)
{
	struct view v = {0};
	struct hold_view held;

	if (!store_device_get(r->db, r->arena, r->args[0], &v.stored, e))
		return false;
	held = (struct hold_view){v.stored.held_for, v.stored.held_for_name, v.stored.held_ms,
				  v.stored.held_refused_ms};
	v.held = v.stored.held_for != NULL ? &held : NULL;
	v.session_end = *v.stored.session_end != '\0' ? v.stored.session_end : NULL;
	request_etag(r, v.stored.version);
	request_answer(r, &v);
	return true;
}

/* The device, if it is what the caller saw. */
static bool present(struct request *r, struct store_device *d, struct err *e)
{
	return store_device_get(r->db, r->arena, r->args[0], d, e) &&
	       request_if_match(r, d->version, e);
}

struct input {
	bool confirm;
	const char *comment;
};

static const struct json_field confirm_fields[] = {
    {"confirm", JSON_FIELD_BOOL, offsetof(struct input, confirm), .required = true,
     .doc = "false: the device stays protected as before"},
    {"comment", JSON_FIELD_TEXT, offsetof(struct input, comment), .max = OWNER_MAX_COMMENT},
    {0}};

static bool confirm_owner(struct request *r, struct err *e)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	struct input in = {.comment = ""};
	struct flow f = request_flow(r);
	struct store_device d;
	bool ok = request_read(r, &in, e) && present(r, &d, e);

	f.snapshot = snapshot;
	ok = ok && flow_owner_answer(&f,
				     &(struct flow_owner_answer){
					 .device = r->args[0],
					 .confirm = in.confirm,
					 .comment = text_trim(arena_dup(r->arena, in.comment)),
					 .person = r->caller.person,
					 .version = d.version},
				     e);
	snapshots_give(r->server->snapshots, snapshot);
	return ok && answer(r, e);
}

static bool sign_out(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_device d;

	return present(r, &d, e) && flow_device_session_end(&f, d.id, SESSION_SIGNED_OUT, e) &&
	       answer(r, e);
}

static bool settle_clone(struct request *r, struct err *e)
{
	struct flow f = request_flow(r);
	struct store_device d;

	return present(r, &d, e) && flow_clone_settle(&f, d.id, e) && answer(r, e);
}

static const struct http_route routes[] = {
    {HTTP_POST, "/api/v1/devices/{id}/settle-clone", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, settle_clone,
	   DOC("settleDeviceClone", "Enter that a cloned identity was looked into",
	       .out = view_json, .noun = "DeviceOwner",
	       .text =
		   "The device's identity was alive on two machines at once. The later one has an "
		   "entry of its own since, whose `clone_of` names this one.",
	       .etag = true, .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/devices/{id}/confirm-owner", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, confirm_owner,
	   DOC("confirmDeviceOwner", "Answer a change of owner that waits", .in = confirm_fields,
	       .out = view_json, .noun = "DeviceOwner",
	       .text =
		   "Somebody whom the policy does not cover signed in on a device of somebody "
		   "whom it covers. The device is his, and protected as before until this is "
		   "confirmed. Not by the new owner. With `If-Match`, only as long as it is the "
		   "change that was read.",
	       .etag = true, .errors = ERROR(ERR_CONFLICT)))},
    {HTTP_POST, "/api/v1/devices/{id}/sign-out", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, sign_out,
	   DOC("signOutDevice", "Sign its owner out on the device", .out = view_json,
	       .noun = "DeviceOwner", .etag = true,
	       .text = "Nothing can be filed there until somebody signs in again. The device stays "
		       "as protected as it was."))},
};

const struct route_table device_owner_routes = ROUTE_TABLE(routes);
