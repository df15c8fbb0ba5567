/* What DingTalk organisations may call in a month, and what they did (model/budget.h has the rules). */
#pragma once

#include "db/db.h"

struct store_organisation {
	const char *corp_id;
	bool entered;   /* an administrator gave the figure; else it is BUDGET_DEFAULT */
	int64_t figure; /* calls a month */
	bool over;      /* DingTalk said in this month that there are no more */
	int64_t calls;  /* of this month, handed out */
	int64_t pushes;
};

/* As of the month. ERR_NOT_FOUND: no DingTalk app is of this organisation. */
[[nodiscard]] bool store_budget_get(struct db *db, struct arena *a, const char *corp_id,
				    int64_t month, struct store_organisation *out, struct err *e);
/* Of all apps, each once, up to limit. */
[[nodiscard]] bool store_budget_list(struct db *db, struct arena *a, int64_t limit,
				     const char ***corp_ids, size_t *count, struct err *e);

/* figure negative: none. What DingTalk said about the month is forgotten. Notes NOTE_BUDGET. */
[[nodiscard]] bool store_budget_set(struct db *db, const char *corp_id, int64_t figure,
				    struct err *e);
/* DingTalk said that the month is over. Notes NOTE_BUDGET. */
[[nodiscard]] bool store_budget_over(struct db *db, const char *corp_id, int64_t month,
				     struct err *e);

/* Hands out n calls, if no more than limit are gone then. */
struct store_block {
	const char *corp_id;
	int64_t month, n, limit;
};
[[nodiscard]] bool store_budget_take(struct db *db, const struct store_block *block, bool *taken,
				     struct err *e);
/* Gives back n that were not made. */
[[nodiscard]] bool store_budget_return(struct db *db, const struct store_block *block,
				       struct err *e);

/* A push for the app came in. */
[[nodiscard]] bool store_budget_pushed(struct db *db, const char *app, int64_t month,
				       struct err *e);
