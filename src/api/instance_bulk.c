/* Deciding many approval instances at once. */
#include "api/instance.h"
#include "base/text.h"
#include "flow/request.h"
#include "web/bulk.h"

struct input {
	struct instance_decision decision;
	const char *action;
	struct json_list ids; /* of const char * */
};

static const char *const actions[] = {"approve", "reject", NULL};

const struct json_field instance_bulk_in[] = {
    {"action", JSON_FIELD_TEXT, offsetof(struct input, action), .required = true, .words = actions},
    {"ids", JSON_FIELD_ARRAY, offsetof(struct input, ids), .required = true, .min = 1,
     .max = BULK_MAX, .format = JSON_ID},
    INSTANCE_DECISION,
    {0}};

static const struct json_field item_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct bulk_item, id), .format = JSON_ID},
    {"status", JSON_FIELD_TEXT, offsetof(struct bulk_item, state), .nullable = true,
     .doc = "the request's after the decision: pending when others are asked now",
     .example = "approved"},
    {"problem", JSON_FIELD_POINTER, offsetof(struct bulk_item, problem), .nullable = true,
     .fields = problem_json, .size = sizeof(struct problem), .doc = "null: it was decided"},
    {0}};

const struct json_field instance_bulk_out[] = {
    {"decided", JSON_FIELD_I64, offsetof(struct bulk_result, done)},
    {"failed", JSON_FIELD_I64, offsetof(struct bulk_result, failed)},
    {"items", JSON_FIELD_ARRAY, offsetof(struct bulk_result, items), .fields = item_json,
     .size = sizeof(struct bulk_item), .doc = "in the order of ids"},
    {0}};

static bool decide_one(struct request *r, struct flow *f, const char *id, const void *arg,
		       const char **status, struct err *e)
{
	const struct input *in = arg;
	struct flow_decision decision;
	struct store_instance after;

	if (!instance_decision(r, &in->decision, &decision, e) || !instance_seen(r, id, e) ||
	    !flow_decide(f, id, text_equal(in->action, "approve"), &decision, e) ||
	    !store_instance_get(f->db, f->arena, id, &after, e))
		return false;
	*status = after.status;
	return true;
}

bool instance_bulk(struct request *r, struct err *e)
{
	struct input in = {.decision = {.comment = ""}};
	struct flow_decision decision;
	struct bulk_result out;

	if (!request_read(r, &in, e) || !instance_decision(r, &in.decision, &decision, e))
		return false;
	bulk_run(r, &in.ids, decide_one, &in, &out);
	request_answer(r, &out);
	return true;
}
