/*
 * The month's calls of every DingTalk organisation, as this server has them in hand: blocks that it
 * took from the database and that all threads spend (model/budget.h). A program that ends anywhere
 * loses the calls it had in hand; several servers never spend more than the figure together.
 */
#pragma once

#include "dingtalk/gate.h"
#include "jobs/job.h"

struct budgets;

[[nodiscard]] struct budgets *budgets_new(void);
void budgets_free(struct budgets *b); /* accepts NULL */

/* For links_config. A call that finds its block empty waits a moment for the next one. */
struct dingtalk_meter budgets_meter(struct budgets *b);

/* The job that takes blocks: between both, may() wakes it. */
void budgets_attach(struct budgets *b, struct ticker *filler);
/* Gives back what is left, on the job's thread or after its end; what is asked from then on waits for
 * nobody and gets nothing. Accepts NULL. */
void budgets_close(struct budgets *b, struct job *j);

/* The figure or what DingTalk said about the month changed. Any thread. */
void budgets_changed(struct budgets *b);

/* Calls in hand that were not made, and the calls that were made since the start, by purpose. Any
 * thread. */
struct budget_view {
	int64_t unspent;
	uint64_t made[DINGTALK_PURPOSE_COUNT], refused[DINGTALK_PURPOSE_COUNT];
};
void budgets_look(struct budgets *b, const char *corp_id, struct budget_view *out);
