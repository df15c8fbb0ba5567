/* What administrators do with devices, one or many. */
#include "api/device.h"
#include "base/text.h"
#include "flow/snapshots.h"
#include "model/instance.h"
#include "web/bulk.h"
#include "web/presence.h"
#include "web/server.h"

struct input {
	const char *reason, *action;
	struct json_list ids; /* of const char * */
};

#define REASON                                                                   \
	{                                                                        \
		"reason", JSON_FIELD_TEXT, offsetof(struct input, reason),       \
		    .required = true, .min = 1, .max = REASON_MAX * 2,           \
		    .doc = "1 to 500 characters after trimming, for the record", \
		    .example = "Left in a train"                                 \
	}

const struct json_field device_reason_json[] = {REASON, {0}};

static const char *const actions[] = {"unbind", "lost", "found", "delete", NULL};
static const enum device_event events[] = {DEVICE_UNBIND, DEVICE_LOSE, DEVICE_FIND, DEVICE_DELETE};

const struct json_field device_bulk_in[] = {
    {"action", JSON_FIELD_TEXT, offsetof(struct input, action), .required = true, .words = actions},
    {"ids", JSON_FIELD_ARRAY, offsetof(struct input, ids), .required = true, .min = 1,
     .max = BULK_MAX, .format = JSON_ID},
    REASON,
    {0}};

static const struct json_field item_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct bulk_item, id), .format = JSON_ID},
    {"state", JSON_FIELD_TEXT, offsetof(struct bulk_item, state), .nullable = true,
     .doc = "the device's from then on: active, unbound, lost, deleted", .example = "lost"},
    {"problem", JSON_FIELD_POINTER, offsetof(struct bulk_item, problem), .nullable = true,
     .fields = problem_json, .size = sizeof(struct problem), .doc = "null: it was done"},
    {0}};

const struct json_field device_bulk_out[] = {
    {"done", JSON_FIELD_I64, offsetof(struct bulk_result, done)},
    {"failed", JSON_FIELD_I64, offsetof(struct bulk_result, failed)},
    {"items", JSON_FIELD_ARRAY, offsetof(struct bulk_result, items), .fields = item_json,
     .size = sizeof(struct bulk_item), .doc = "in the order of ids"},
    {0}};

/* *d: as it was before. */
static bool act(struct request *r, struct flow *f, const char *id, enum device_event event,
		const char *reason, struct store_device *d, struct err *e)
{
	const struct snapshot *snapshot = snapshots_take(r->server->snapshots);
	bool ok;

	f->snapshot = snapshot;
	ok = device_seen(r, id, d, e) && request_if_match(r, d->version, e) &&
	     flow_device_act(
		 f,
		 &(struct flow_device_act){.device = id,
					   .event = event,
					   .reason = reason,
					   .seen_ms = presence_last(r->server->presence, id).at_ms,
					   .version = d->version},
		 e);
	snapshots_give(r->server->snapshots, snapshot);
	return ok;
}

static bool act_one(struct request *r, enum device_event event, struct err *e)
{
	struct flow f = request_flow(r);
	struct input in = {0};
	struct store_device d;

	return request_read(r, &in, e) && act(r, &f, r->args[0], event, in.reason, &d, e) &&
	       (event == DEVICE_DELETE || device_answer(r, r->args[0], e));
}

bool device_unbind(struct request *r, struct err *e)
{
	return act_one(r, DEVICE_UNBIND, e);
}

bool device_lost(struct request *r, struct err *e)
{
	return act_one(r, DEVICE_LOSE, e);
}

bool device_found(struct request *r, struct err *e)
{
	return act_one(r, DEVICE_FIND, e);
}

bool device_delete(struct request *r, struct err *e)
{
	return act_one(r, DEVICE_DELETE, e);
}

static enum device_event event_of(const char *action)
{
	size_t i = 0;

	while (!text_equal(actions[i], action))
		i++;
	return events[i];
}

static bool act_in_bulk(struct request *r, struct flow *f, const char *id, const void *arg,
			const char **state, struct err *e)
{
	const struct input *in = arg;
	enum device_event event = event_of(in->action);
	enum device_state before;
	struct store_device d;

	if (!act(r, f, id, event, in->reason, &d, e))
		return false;
	if (!device_state_from(d.state, &before))
		return err_set(e, ERR_INTERNAL, "device %s is in the unknown state %s", id,
			       d.state);
	*state = device_state_name(device_step(before, event).to);
	return true;
}

bool device_bulk(struct request *r, struct err *e)
{
	struct bulk_result out;
	struct input in = {0};
	const char *reason;

	if (!request_read(r, &in, e) || !reason_check(arena_dup(r->arena, in.reason), &reason, e))
		return false;
	bulk_run(r, &in.ids, act_in_bulk, &in, &out);
	request_answer(r, &out);
	return true;
}
