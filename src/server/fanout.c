#include "server/fanout.h"

#include "flow/snapshots.h"
#include "web/wait.h"

#define BATCH 64
#define LATER_MS 20 /* between two looks at whether it is time for those that were put off */

/* Shared by all that was begun while it was the newest. */
struct rules {
	struct flow_rules flow;
	struct arena arena;
	const struct snapshot *snapshot;
	int64_t generation;
	size_t users;
};

struct batch {
	struct fanout *fanout;
	struct rules *rules;
	size_t count;
	void *polls[BATCH];
};

struct fanout {
	struct worker *worker;
	fanout_make_fn *make;
	fanout_done_fn *done;
	struct rules *rules; /* the newest that was asked for, or NULL */
	struct batch *open;  /* takes more, until the loop comes by */
	size_t out;          /* batches on the pool */
	size_t put_off;
	struct loop_timer *later;
};

static void rules_give(struct fanout *f, struct rules *r)
{
	if (r == NULL || --r->users > 0)
		return;
	snapshots_give(f->worker->server->snapshots, r->snapshot);
	arena_done(&r->arena);
	mem_free(r);
}

static struct rules *rules_now(struct fanout *f)
{
	struct server *s = f->worker->server;
	int64_t generation = snapshots_generation(s->snapshots);

	if (f->rules != NULL && f->rules->generation == generation)
		return f->rules;
	rules_give(f, f->rules);
	f->rules = mem_new(struct rules);
	f->rules->users = 1;
	f->rules->generation = generation;
	f->rules->snapshot = snapshots_take(s->snapshots);
	flow_rules_init(&f->rules->flow, &f->rules->arena, s->signer, f->rules->snapshot);
	return f->rules;
}

const struct flow_rules *fanout_rules(struct fanout *f)
{
	return &rules_now(f)->flow;
}

static void batch_make(void *arg)
{
	struct batch *b = arg;

	for (size_t i = 0; i < b->count; i++)
		b->fanout->make(b->polls[i], &b->rules->flow);
}

static void batch_done(void *arg)
{
	struct batch *b = arg;
	struct fanout *f = b->fanout;

	f->out--;
	for (size_t i = 0; i < b->count; i++)
		f->done(b->polls[i]);
	rules_give(f, b->rules);
	mem_free(b);
}

static void send(struct fanout *f)
{
	struct batch *b = TAKE(f->open);

	f->out++;
	loop_work(f->worker->loop, batch_make, batch_done, b);
}

static void send_open(void *arg)
{
	struct fanout *f = arg;

	if (f->open != NULL)
		send(f);
}

void fanout_add(struct fanout *f, void *poll)
{
	if (f->open == NULL) {
		f->open = mem_new(struct batch);
		f->open->fanout = f;
		f->open->rules = rules_now(f);
		f->open->rules->users++;
		loop_post(f->worker->loop, send_open, f);
	}
	f->open->polls[f->open->count++] = poll;
	if (f->open->count == BATCH)
		send(f);
}

bool fanout_busy(const struct fanout *f)
{
	return f->open != NULL || f->out > 0 || waits_waking(f->worker->waits);
}

static void on_later(void *arg)
{
	struct fanout *f = arg;

	if (!fanout_busy(f))
		waits_wake_later(f->worker->waits);
	if (f->put_off > 0)
		loop_timer_start(f->later, LATER_MS, 0);
}

void fanout_put_off(struct fanout *f)
{
	if (f->put_off++ == 0)
		loop_timer_start(f->later, LATER_MS, 0);
}

void fanout_put_on(struct fanout *f)
{
	f->put_off--;
}

struct fanout *fanout_new(struct worker *worker, fanout_make_fn *make, fanout_done_fn *done)
{
	struct fanout *f = mem_new(struct fanout);

	*f = (struct fanout){.worker = worker, .make = make, .done = done};
	f->later = loop_timer_new(worker->loop, on_later, f);
	return f;
}

void fanout_free(struct fanout *f)
{
	if (f == NULL)
		return;
	rules_give(f, f->rules);
	loop_timer_free(f->later);
	mem_free(f);
}
