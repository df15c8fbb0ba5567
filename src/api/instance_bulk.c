/* Deciding many approval instances at once: each is a decision and a unit of work of its own, with a result
 * of its own. They are handed to the committer together, so that it commits many with one flush. */
#include <pthread.h>

#include "base/text.h"
#include "flow/request.h"
#include "web/auth.h"
#include "api/instance.h"
#include "web/problem.h"
#include "web/server.h"

#define MAX_ITEMS 200

struct input {
	struct instance_decision decision;
	const char *action;
	struct json_list ids; /* of const char * */
};

static const char *const actions[] = {"approve", "reject", NULL};

const struct json_field instance_bulk_in[] = {
    {"action", JSON_FIELD_TEXT, offsetof(struct input, action), .required = true, .words = actions},
    {"ids", JSON_FIELD_ARRAY, offsetof(struct input, ids), .required = true, .min = 1,
     .max = MAX_ITEMS, .format = JSON_ID},
    INSTANCE_DECISION,
    {0}};

struct batch;

struct item {
	struct batch *batch;
	const char *id;
	struct arena arena; /* of the unit: it runs on the committer's thread */
	struct err failure;
	const char *status; /* after the decision; NULL: it failed */
	struct problem refusal;
	const struct problem *problem; /* NULL: it went well */
};

struct batch {
	const struct request *r; /* only read */
	const struct input *in;
	struct flow flow;
	bool approve;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	size_t left;
};

static const struct json_field item_json[] = {
    {"id", JSON_FIELD_TEXT, offsetof(struct item, id), .format = JSON_ID},
    {"status", JSON_FIELD_TEXT, offsetof(struct item, status), .nullable = true,
     .doc = "the request's after the decision: pending when others are asked now",
     .example = "approved"},
    {"problem", JSON_FIELD_POINTER, offsetof(struct item, problem), .nullable = true,
     .fields = problem_json, .size = sizeof(struct problem), .doc = "null: it was decided"},
    {0}};

struct result {
	int64_t decided, failed;
	struct json_list items;
};

const struct json_field instance_bulk_out[] = {
    {"decided", JSON_FIELD_I64, offsetof(struct result, decided)},
    {"failed", JSON_FIELD_I64, offsetof(struct result, failed)},
    {"items", JSON_FIELD_ARRAY, offsetof(struct result, items), .fields = item_json,
     .size = sizeof(struct item), .doc = "in the order of ids"},
    {0}};

/* On the committer's thread, perhaps again. Who was shut out meanwhile, or has another role, is looked at
 * once more, as for every unit of a request. */
static bool decide_one(struct db *db, void *arg, struct err *e)
{
	struct item *item = arg;
	const struct batch *b = item->batch;
	struct request r = *b->r;
	struct flow_decision decision;
	struct flow f = b->flow;
	struct store_instance after;

	f.db = r.db = db;
	f.arena = r.arena = &item->arena;
	item->status = NULL;
	if (!auth_check(&r, e) || !instance_decision(&r, &b->in->decision, &decision, e) ||
	    !instance_seen(&r, item->id, e) ||
	    !flow_decide(&f, item->id, b->approve, &decision, e) ||
	    !store_instance_get(db, f.arena, item->id, &after, e))
		return false;
	item->status = after.status;
	return true;
}

/* On the committer's thread, or on ours when it was refused. */
static void one_done(void *arg, const struct err *e)
{
	struct item *item = arg;
	struct batch *b = item->batch;

	item->failure = *e;
	(void)pthread_mutex_lock(&b->lock);
	if (--b->left == 0)
		(void)pthread_cond_signal(&b->wake);
	(void)pthread_mutex_unlock(&b->lock);
}

static void decide_all(struct committer *c, struct batch *b, struct item *items, size_t count)
{
	(void)pthread_mutex_init(&b->lock, NULL);
	(void)pthread_cond_init(&b->wake, NULL);
	b->left = count;
	for (size_t i = 0; i < count; i++)
		committer_submit(c, decide_one, one_done, &items[i]);
	(void)pthread_mutex_lock(&b->lock);
	while (b->left > 0)
		(void)pthread_cond_wait(&b->wake, &b->lock);
	(void)pthread_mutex_unlock(&b->lock);
	(void)pthread_cond_destroy(&b->wake);
	(void)pthread_mutex_destroy(&b->lock);
}

static void conclude(struct request *r, struct item *item, struct result *out)
{
	item->status = arena_dup(r->arena, item->status);
	arena_done(&item->arena);
	if (item->failure.code == ERR_NONE) {
		out->decided++;
		return;
	}
	item->status = NULL;
	item->refusal = problem_of(&item->failure, problem_status(item->failure.code), r->id);
	item->problem = &item->refusal;
	out->failed++;
}

bool instance_bulk(struct request *r, struct err *e)
{
	struct input in = {.decision = {.comment = ""}};
	struct batch b = {.r = r, .in = &in, .flow = request_flow(r)};
	struct result out = {0};
	struct flow_decision decision;
	struct item *items;

	if (!request_read(r, &in, e) || !instance_decision(r, &in.decision, &decision, e))
		return false;
	b.approve = text_equal(in.action, "approve");
	items = arena_array(r->arena, in.ids.count, sizeof(*items));
	for (size_t i = 0; i < in.ids.count; i++)
		items[i] = (struct item){.batch = &b, .id = ((const char **)in.ids.items)[i]};
	decide_all(r->server->committer, &b, items, in.ids.count);
	for (size_t i = 0; i < in.ids.count; i++)
		conclude(r, &items[i], &out);
	out.items = (struct json_list){items, in.ids.count};
	request_answer(r, &out);
	return true;
}
