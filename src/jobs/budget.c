#include "jobs/budget.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "model/budget.h"
#include "store/budget.h"

#define PATIENCE_MS 2000 /* that a call waits for its block, real time */
#define SOON_MS 1000
#define LONGEST_CALL_MS 60000 /* from may to back; more only loses calls */
#define TRIES 8               /* when other servers take blocks at the same moment */

/* One tier's calls in hand. */
struct block {
	int64_t left, size;
	bool wanted; /* the filler is to take another */
	bool dry;    /* there was none */
};

/* What an organisation has in hand, of one month. Newest first. */
struct purse {
	struct purse *next;
	char *corp_id;
	int64_t month;
	bool over;        /* DingTalk says so; to be written down */
	int64_t returned; /* calls that are not to be made under another figure */
	struct block blocks[BUDGET_TIER_COUNT];
	struct budget_view view;
};

struct budgets {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct purse *first;
	struct ticker *filler; /* NULL: not yet, or no more */
};

static const enum budget_tier tiers[DINGTALK_PURPOSE_COUNT] = {
    [DINGTALK_FOR_FILING] = BUDGET_FILING,  [DINGTALK_FOR_READING] = BUDGET_READING,
    [DINGTALK_FOR_SIGNIN] = BUDGET_FILING,  [DINGTALK_FOR_SYNC] = BUDGET_READING,
    [DINGTALK_FOR_DOCTOR] = BUDGET_READING, [DINGTALK_FOR_NOTICE] = BUDGET_LEFTOVER,
};

struct budgets *budgets_new(void)
{
	struct budgets *b = mem_new(struct budgets);
	pthread_condattr_t attributes;

	(void)pthread_mutex_init(&b->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&b->filled, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	return b;
}

void budgets_free(struct budgets *b)
{
	if (b == NULL)
		return;
	while (b->first != NULL) {
		struct purse *gone = b->first;

		b->first = gone->next;
		mem_free(gone->corp_id);
		mem_free(gone);
	}
	(void)pthread_cond_destroy(&b->filled);
	(void)pthread_mutex_destroy(&b->lock);
	mem_free(b);
}

void budgets_attach(struct budgets *b, struct ticker *filler)
{
	(void)pthread_mutex_lock(&b->lock);
	b->filler = filler;
	(void)pthread_mutex_unlock(&b->lock);
}

/* --- with the lock held --- */

static void new_month(struct purse *p, int64_t month)
{
	p->month = month;
	p->over = false;
	p->returned = 0;
	memset(p->blocks, 0, sizeof(p->blocks));
}

static struct purse *purse_of(struct budgets *b, const char *corp_id)
{
	int64_t month = budget_month(clock_utc_ms(), 0);
	struct purse *p = b->first;

	while (p != NULL && strcmp(p->corp_id, corp_id) != 0)
		p = p->next;
	if (p == NULL) {
		p = mem_new(struct purse);
		p->corp_id = mem_dup(corp_id);
		p->next = b->first;
		b->first = p;
	}
	if (p->month != month)
		new_month(p, month);
	return p;
}

static void want(struct budgets *b, struct block *block)
{
	if (block->wanted || block->dry || b->filler == NULL)
		return;
	block->wanted = true;
	ticker_wake(b->filler);
}

/* From the own tier, or what others that may less have in hand. The next block is taken before this
 * one is empty. */
static bool spend(struct budgets *b, struct purse *p, enum budget_tier tier)
{
	struct block *own = &p->blocks[tier];

	for (int t = (int)tier; t < BUDGET_TIER_COUNT; t++) {
		if (p->blocks[t].left == 0 || (t != (int)tier && !own->dry))
			continue;
		p->blocks[t].left--;
		if (own->size > 1 && own->left * 2 < own->size)
			want(b, own);
		return true;
	}
	return false;
}

static bool wait_for_filler(struct budgets *b, const struct timespec *until)
{
	return b->filler != NULL &&
	       pthread_cond_timedwait(&b->filled, &b->lock, until) != ETIMEDOUT;
}

static struct timespec patience(void)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PATIENCE_MS / 1000;
	return until;
}

/* --- the meter --- */

static bool may(void *arg, const char *corp_id, enum dingtalk_purpose purpose, int64_t *wait_ms)
{
	struct budgets *b = arg;
	enum budget_tier tier = tiers[purpose];
	const struct timespec until = patience();
	bool waiting = true, got = false;
	struct purse *p;

	(void)pthread_mutex_lock(&b->lock);
	p = purse_of(b, corp_id);
	while (!got && waiting) {
		got = !p->over && spend(b, p, tier);
		if (got || p->over || p->blocks[tier].dry)
			break;
		want(b, &p->blocks[tier]);
		waiting = wait_for_filler(b, &until);
		p = purse_of(b, corp_id);
	}
	if (!waiting)
		*wait_ms = SOON_MS;
	p->view.made[purpose] += got ? 1 : 0;
	p->view.refused[purpose] += got ? 0 : 1;
	(void)pthread_mutex_unlock(&b->lock);
	return got;
}

static void back(void *arg, const char *corp_id, enum dingtalk_purpose purpose)
{
	struct budgets *b = arg;
	struct purse *p;

	(void)pthread_mutex_lock(&b->lock);
	p = purse_of(b, corp_id);
	/* One that was paid with the month before is no call of this one. */
	if (clock_utc_ms() >= p->month + LONGEST_CALL_MS)
		p->blocks[tiers[purpose]].left++;
	(void)pthread_mutex_unlock(&b->lock);
}

static void over(void *arg, const char *corp_id)
{
	struct budgets *b = arg;
	struct purse *p;

	(void)pthread_mutex_lock(&b->lock);
	p = purse_of(b, corp_id);
	p->over = true;
	if (b->filler != NULL)
		ticker_wake(b->filler);
	(void)pthread_mutex_unlock(&b->lock);
}

struct dingtalk_meter budgets_meter(struct budgets *b)
{
	return (struct dingtalk_meter){.may = may, .back = back, .over = over, .arg = b};
}

/* With the lock held: nobody makes what was taken so far. */
static void take_back(struct purse *p)
{
	for (size_t t = 0; t < BUDGET_TIER_COUNT; t++) {
		p->returned += p->blocks[t].left;
		p->blocks[t] = (struct block){.wanted = p->blocks[t].wanted};
	}
}

void budgets_changed(struct budgets *b)
{
	(void)pthread_mutex_lock(&b->lock);
	for (struct purse *p = b->first; p != NULL; p = p->next) {
		p->over = false;
		take_back(p);
	}
	(void)pthread_mutex_unlock(&b->lock);
}

void budgets_look(struct budgets *b, const char *corp_id, struct budget_view *out)
{
	struct purse *p;

	(void)pthread_mutex_lock(&b->lock);
	p = purse_of(b, corp_id);
	*out = p->view;
	out->unspent = p->returned;
	for (size_t t = 0; t < BUDGET_TIER_COUNT; t++)
		out->unspent += p->blocks[t].left;
	(void)pthread_mutex_unlock(&b->lock);
}

/* --- the filler --- */

enum step { STEP_NONE, STEP_OVER, STEP_RETURN, STEP_TAKE };

struct refill {
	enum step step;
	const char *corp_id;
	int64_t month;
	enum budget_tier tier;
	int64_t n; /* returned, or got */
};

static bool take_block(struct flow *f, void *arg, struct err *e)
{
	struct refill *r = arg;
	bool taken = false;

	r->n = 0;
	for (int i = 0; i < TRIES && !taken; i++) {
		struct store_organisation o;
		struct store_block block = {.corp_id = r->corp_id, .month = r->month};

		if (!store_budget_get(f->db, f->arena, r->corp_id, r->month, &o, e))
			return false;
		block.n = o.over ? 0 : budget_block(o.figure, r->tier, o.calls);
		if (block.n == 0)
			return true;
		block.limit = budget_limit(o.figure, r->tier);
		if (!store_budget_take(f->db, &block, &taken, e))
			return false;
		r->n = taken ? block.n : 0;
	}
	return true;
}

static bool write_over(struct flow *f, void *arg, struct err *e)
{
	const struct refill *r = arg;

	return store_budget_over(f->db, r->corp_id, r->month, e);
}

static bool give_back(struct flow *f, void *arg, struct err *e)
{
	const struct refill *r = arg;

	return store_budget_return(
	    f->db, &(struct store_block){.corp_id = r->corp_id, .month = r->month, .n = r->n}, e);
}

static job_unit_fn *const units[] = {
    [STEP_OVER] = write_over,
    [STEP_RETURN] = give_back,
    [STEP_TAKE] = take_block,
};

/* With the lock held: what the purse needs first. */
static void need(const struct purse *p, struct refill *out)
{
	*out = (struct refill){.month = p->month, .n = p->returned};
	if (p->over && !p->blocks[BUDGET_FILING].dry)
		out->step = STEP_OVER;
	else if (p->returned > 0)
		out->step = STEP_RETURN;
	for (int t = 0; t < BUDGET_TIER_COUNT && out->step == STEP_NONE; t++) {
		out->tier = (enum budget_tier)t;
		out->step = p->blocks[t].wanted ? STEP_TAKE : STEP_NONE;
	}
}

/* What is to be done next, copied into the arena. */
static void next_refill(struct budgets *b, struct arena *a, struct refill *out)
{
	out->step = STEP_NONE;
	(void)pthread_mutex_lock(&b->lock);
	for (struct purse *p = b->first; p != NULL && out->step == STEP_NONE; p = p->next) {
		need(p, out);
		out->corp_id = arena_dup(a, p->corp_id);
	}
	(void)pthread_mutex_unlock(&b->lock);
}

static void enter_over(struct purse *p, const struct refill *r)
{
	(void)r;
	take_back(p);
	for (size_t t = 0; t < BUDGET_TIER_COUNT; t++)
		p->blocks[t].dry = true;
}

static void enter_return(struct purse *p, const struct refill *r)
{
	p->returned -= r->n;
}

static void enter_block(struct purse *p, const struct refill *r)
{
	struct block *block = &p->blocks[r->tier];

	block->wanted = false;
	block->dry = r->n == 0;
	block->left += r->n;
	block->size = r->n;
}

typedef void enter_fn(struct purse *p, const struct refill *r);
static enter_fn *const enters[] = {
    [STEP_OVER] = enter_over,
    [STEP_RETURN] = enter_return,
    [STEP_TAKE] = enter_block,
};

/* ok false: it is tried again; whoever waits for a block does not wait longer than he would. */
static void enter_refill(struct budgets *b, const struct refill *r, bool ok)
{
	struct purse *p;

	(void)pthread_mutex_lock(&b->lock);
	p = purse_of(b, r->corp_id);
	if (ok && p->month == r->month)
		enters[r->step](p, r);
	(void)pthread_cond_broadcast(&b->filled);
	(void)pthread_mutex_unlock(&b->lock);
}

/* Other servers may have raised the figure or given calls back: asked again now and then. */
static void forget_dry(struct budgets *b)
{
	(void)pthread_mutex_lock(&b->lock);
	for (struct purse *p = b->first; p != NULL; p = p->next) {
		for (size_t t = 0; t < BUDGET_TIER_COUNT && !p->over; t++)
			p->blocks[t].dry = false;
	}
	(void)pthread_mutex_unlock(&b->lock);
}

int64_t budget_round(void *arg)
{
	AUTO(arena_done) struct arena a = {0};
	struct job *j = arg;
	struct budgets *b = j->config->budgets;
	struct refill r;
	struct err e = {0};
	bool ok;

	next_refill(b, &a, &r);
	if (r.step == STEP_NONE) {
		forget_dry(b);
		return TICKER_LONGEST_MS;
	}
	ok = job_unit(j, &a, units[r.step], &r, &e);
	/* Nobody knows whether they were given back: doing it twice would make calls. */
	enter_refill(b, &r, ok || (r.step == STEP_RETURN && e.code == ERR_TIMEOUT));
	return ok ? 0 : job_failed("the budget of calls", &e);
}

void budgets_close(struct budgets *b, struct job *j)
{
	if (b == NULL)
		return;
	(void)pthread_mutex_lock(&b->lock);
	b->filler = NULL;
	(void)pthread_cond_broadcast(&b->filled);
	(void)pthread_mutex_unlock(&b->lock);
	for (struct purse *p = b->first; p != NULL; p = p->next) {
		AUTO(arena_done) struct arena a = {0};
		struct refill r = {.corp_id = p->corp_id, .month = p->month};
		struct err e = {0};

		take_back(p);
		r.n = p->returned;
		p->returned = 0;
		if (r.n > 0 && !job_unit(j, &a, give_back, &r, &e))
			(void)job_failed("giving back calls that were not made", &e);
	}
}
