#include "web/bulk.h"

#include <pthread.h>

#include "web/auth.h"
#include "web/language.h"
#include "web/server.h"

struct batch {
	const struct request *r; /* only read */
	struct flow flow;
	bulk_unit_fn *unit;
	const void *arg;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	size_t left;
};

struct work {
	struct batch *batch;
	const char *id, *state;
	struct arena arena; /* of the unit: it runs on the committer's thread */
	struct err failure;
};

static bool do_one(struct db *db, void *arg, struct err *e)
{
	struct work *w = arg;
	const struct batch *b = w->batch;
	struct request r = *b->r;
	struct flow f = b->flow;

	f.db = r.db = db;
	f.arena = r.arena = &w->arena;
	w->state = NULL;
	return auth_check(&r, e) && b->unit(&r, &f, w->id, b->arg, &w->state, e);
}

/* On the committer's thread, or on ours when it was refused. */
static void one_done(void *arg, const struct err *e)
{
	struct work *w = arg;
	struct batch *b = w->batch;

	w->failure = *e;
	(void)pthread_mutex_lock(&b->lock);
	if (--b->left == 0)
		(void)pthread_cond_signal(&b->wake);
	(void)pthread_mutex_unlock(&b->lock);
}

static void do_all(struct committer *c, struct batch *b, struct work *work, size_t count)
{
	(void)pthread_mutex_init(&b->lock, NULL);
	(void)pthread_cond_init(&b->wake, NULL);
	b->left = count;
	for (size_t i = 0; i < count; i++)
		committer_submit(c, do_one, one_done, &work[i]);
	(void)pthread_mutex_lock(&b->lock);
	while (b->left > 0)
		(void)pthread_cond_wait(&b->wake, &b->lock);
	(void)pthread_mutex_unlock(&b->lock);
	(void)pthread_cond_destroy(&b->wake);
	(void)pthread_mutex_destroy(&b->lock);
}

static void conclude(struct request *r, struct work *w, struct bulk_item *item,
		     struct bulk_result *out)
{
	*item = (struct bulk_item){.id = w->id, .state = arena_dup(r->arena, w->state)};
	arena_done(&w->arena);
	if (w->failure.code == ERR_NONE) {
		out->done++;
		return;
	}
	item->state = NULL;
	item->refusal = problem_of(r->arena, &w->failure, problem_status(w->failure.code),
				   language_is_chinese(r), r->id);
	item->problem = &item->refusal;
	out->failed++;
}

void bulk_run(struct request *r, const struct json_list *ids, bulk_unit_fn *unit, const void *arg,
	      struct bulk_result *out)
{
	struct batch b = {.r = r, .flow = request_flow(r), .unit = unit, .arg = arg};
	struct work *work = arena_array(r->arena, ids->count, sizeof(*work));
	struct bulk_item *items = arena_array(r->arena, ids->count, sizeof(*items));

	for (size_t i = 0; i < ids->count; i++)
		work[i] = (struct work){.batch = &b, .id = ((const char **)ids->items)[i]};
	do_all(r->server->committer, &b, work, ids->count);
	*out = (struct bulk_result){.items = {items, ids->count}};
	for (size_t i = 0; i < ids->count; i++)
		conclude(r, &work[i], &items[i], out);
}
