/* Offline codes: what a device has of them, and the one that is read out. */
#include "flow/offline_code.h"

#include "api/device.h"
#include "api/instance.h"
#include "api/routes.h"
#include "base/text.h"
#include "flow/snapshots.h"
#include "model/instance.h"
#include "web/server.h"

#define MAX_BODY 8192
#define MAX_TYPED 40
#define MAX_SHOWN 50
#define READERS (ROLES_CHANGE | ROLE_AUDITOR)

struct instance_view {
	const char *id, *number;
};

static const struct json_field instance_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct instance_view, id), .format = JSON_ID},
    {"number", JSON_FIELD_TEXT, offsetof(struct instance_view, number), .example = "HF-000123"},
    {0}};

struct code_view {
	struct store_offline_shown stored;
	const char *state;
	const struct instance_view *instance;
};

static const char *const states[] = {"ready", "revealed", NULL};

#define STORED(member) offsetof(struct code_view, stored.member)

static const struct json_field code_json[] = {
    {"index", JSON_FIELD_I64, STORED(code.index), .example = "3"},
    {"state", JSON_FIELD_TEXT, offsetof(struct code_view, state), .words = states},
    {"made_ms", JSON_FIELD_I64, STORED(made_ms)},
    {"expires_ms", JSON_FIELD_I64, STORED(exp_ms)},
    {"held_ms", JSON_FIELD_I64, STORED(held_ms), .nullable = true,
     .doc = "when the device said that it has it; null: it was made for it and may not be there"},
    {"revealed_ms", JSON_FIELD_I64, STORED(code.revealed_ms), .nullable = true},
    {"revealed_by", JSON_FIELD_TEXT, STORED(code.revealed_by), .nullable = true, .example = "陈安"},
    {"instance", JSON_FIELD_POINTER, offsetof(struct code_view, instance), .nullable = true,
     .fields = instance_json, .size = sizeof(struct instance_view),
     .doc = "the request that it was revealed for"},
    {0}};

struct view {
	const char *device_code;
	struct json_list codes;
};

static const struct json_field view_json[] = {
    {"device_code", JSON_FIELD_TEXT, offsetof(struct view, device_code), .example = "1WQQ-JW99",
     .doc = "what the device shows beside the number of a code"},
    {"codes", JSON_FIELD_ARRAY, offsetof(struct view, codes), .fields = code_json,
     .size = sizeof(struct code_view), .doc = "never what they are"},
    {0}};

static bool number_of(struct request *r, const char *instance, const char **out, struct err *e)
{
	char *number = arena_alloc(r->arena, INSTANCE_NUMBER_SIZE);
	struct store_instance i;

	if (!store_instance_get(r->db, r->arena, instance, &i, e))
		return false;
	instance_number(i.number, number);
	*out = number;
	return true;
}

static bool view_of(struct request *r, const struct store_offline_shown *c, struct code_view *out,
		    struct err *e)
{
	struct instance_view *instance;

	*out = (struct code_view){.stored = *c, .state = states[c->code.instance != NULL]};
	if (c->code.instance == NULL)
		return true;
	instance = arena_new(r->arena, struct instance_view);
	instance->id = c->code.instance;
	out->instance = instance;
	return number_of(r, instance->id, &instance->number, e);
}

static bool offline_codes_read(struct request *r, struct err *e)
{
	char device_code[OFFLINE_DEVICE_CODE_SIZE];
	struct store_offline_shown *codes;
	struct code_view *views;
	struct store_device d;
	size_t count;

	if (!device_seen(r, r->args[0], &d, e) ||
	    !store_offline_list(r->db, r->arena, d.id, MAX_SHOWN, &codes, &count, e))
		return false;
	views = arena_array(r->arena, count, sizeof(*views));
	for (size_t i = 0; i < count; i++) {
		if (!view_of(r, &codes[i], &views[i], e))
			return false;
	}
	offline_device_code(d.id, device_code);
	request_answer(r, &(struct view){device_code, {views, count}});
	return true;
}

/* --- revealing --- */

static const struct json_field order_json[] = {
    {"device_code", JSON_FIELD_TEXT, offsetof(struct flow_offline_order, device_code),
     .required = true, .min = 1, .max = MAX_TYPED,
     .doc = "what the device shows, as proof that it is this one; case, blanks and hyphens do not "
	    "matter",
     .example = "1WQQ-JW99"},
    {"index", JSON_FIELD_I64, offsetof(struct flow_offline_order, index), .required = true,
     .min = 1, .max = OFFLINE_MAX_INDEX, .doc = "the number that the device shows", .example = "3"},
    {"instance", JSON_FIELD_TEXT, offsetof(struct flow_offline_order, instance), .format = JSON_ID,
     .doc = "an approved request of the device; or reason"},
    {"reason", JSON_FIELD_TEXT, offsetof(struct flow_offline_order, reason), .min = 1,
     .max = REASON_MAX * 2,
     .doc = "the device is released for this reason, 1 to 500 characters after trimming",
     .example = "Out at a customer's, without a network"},
    {0}};

struct revealed {
	const char *code;
	int64_t index, exp_ms;
	struct instance_view instance;
};

static const struct json_field revealed_json[] = {
    {"code", JSON_FIELD_TEXT, offsetof(struct revealed, code),
     .doc = "to be read out; it is not shown again", .example = "0123-4567-89AB-CDEF-Y7P7"},
    {"index", JSON_FIELD_I64, offsetof(struct revealed, index), .example = "3"},
    {"expires_ms", JSON_FIELD_I64, offsetof(struct revealed, exp_ms),
     .doc = "a device that stays offline takes it until then"},
    {"instance", JSON_FIELD_OBJECT, offsetof(struct revealed, instance), .fields = instance_json},
    {0}};

static bool reveal(struct request *r, struct flow *f, const struct flow_offline_order *o,
		   struct err *e)
{
	const struct flow_releaser by = {.name = r->caller.name,
					 .account = r->caller.account,
					 .token = r->caller.token,
					 .person = r->caller.person,
					 .departments = r->caller.departments,
					 .department_count = r->caller.department_count};
	struct flow_offline_revealed out;
	struct revealed answer;
	bool ok = flow_offline_reveal(f, r->server->master_key, &by, o, &out, e);

	if (ok) {
		answer = (struct revealed){.code = out.code,
					   .index = o->index,
					   .exp_ms = out.exp_ms,
					   .instance = {out.instance, NULL}};
		ok = number_of(r, out.instance, &answer.instance.number, e);
	}
	if (ok)
		request_answer(r, &answer);
	crypto_wipe(out.code, sizeof(out.code));
	return ok;
}

static bool offline_code_reveal(struct request *r, struct err *e)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	struct flow_offline_order o = {0};
	struct flow f = request_flow(r);
	struct store_device d;
	bool ok;

	f.snapshot = snapshot;
	ok = request_read(r, &o, e) && device_seen(r, r->args[0], &d, e) &&
	     (o.instance == NULL || instance_seen(r, o.instance, e));
	o.device = r->args[0];
	ok = ok && reveal(r, &f, &o, e);
	snapshots_give(r->server->snapshots, snapshot);
	return ok;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/api/v1/devices/{id}/offline-codes",
     ROUTE(READERS, ROUTE_READ, offline_codes_read,
	   DOC("getOfflineCodes", "Which offline codes a device has", .out = view_json,
	       .noun = "OfflineCodes"))},
    {HTTP_POST, "/api/v1/devices/{id}/offline-codes/reveal", MAX_BODY,
     ROUTE(ROLES_CHANGE, ROUTE_WRITE, offline_code_reveal,
	   DOC("revealOfflineCode", "Reveal a code that lets an offline device go",
	       .text = "Once; it is on record, without the code. With a reason the device is "
		       "released by that, which counts with the caller's releases.",
	       .in = order_json, .out = revealed_json, .noun = "RevealedCode",
	       .errors = ERROR(ERR_CONFLICT) | ERROR(ERR_UNPROCESSABLE)))},
};

const struct route_table offline_code_routes = ROUTE_TABLE(routes);
