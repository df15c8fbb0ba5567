#include "model/approval.h"

static struct approval_opening opening_of(struct arena *a, const struct approval_outcome *o)
{
	struct approval_task *own = arena_array(a, o->task_count, sizeof(*own));
	struct approval_opening out = {.level = o->level, .tasks = own, .alone = o->alone};

	for (size_t i = 0; i < o->task_count; i++) {
		if (o->tasks[i].level == o->level)
			own[out.task_count++] = o->tasks[i];
	}
	return out;
}

/* Whose turn it is in the level; NULL: nobody's. */
static const char *asked(const struct approval_outcome *o)
{
	for (size_t i = 0; i < o->task_count; i++) {
		if (o->tasks[i].level == o->level && o->tasks[i].state == TASK_OPEN)
			return o->tasks[i].account;
	}
	return NULL;
}

/* Everybody in the level approves. False: it cannot be passed. */
static bool pass(struct arena *a, const struct approval *from, struct approval_outcome *o)
{
	int64_t level = o->level;

	while (o->verdict == APPROVAL_WAITS && o->level == level) {
		const char *account = asked(o);
		struct approval now = *from;
		struct err e = {0};

		now.level = level;
		now.tasks = o->tasks;
		now.task_count = o->task_count;
		if (account == NULL || !approval_step(a, &now, APPROVAL_APPROVE, account, o, &e))
			return false;
	}
	return o->verdict == APPROVAL_WAITS;
}

size_t approval_look_ahead(struct arena *a, const struct approval *from,
			   struct approval_opening out[static APPROVAL_MAX_LEVELS])
{
	struct approval_outcome o;
	struct err e = {0};
	size_t n = 0;

	if (!approval_step(a, from, APPROVAL_BEGIN, NULL, &o, &e))
		return 0;
	do
		out[n++] = opening_of(a, &o);
	while (n < APPROVAL_MAX_LEVELS && pass(a, from, &o));
	return n;
}
