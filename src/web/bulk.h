/* The same done to many things at once: each is a unit of work of its own, with a result of its own. They are handed to
 * the committer together, so that it commits many with one flush. */
#pragma once

#include "web/problem.h"
#include "web/request.h"

#define BULK_MAX 200

/* On the committer's thread, perhaps again; r is a copy for this unit, and f is its flow. *state: what became of it,
 * in the arena of either. */
typedef bool bulk_unit_fn(struct request *r, struct flow *f, const char *id, const void *arg,
			  const char **state, struct err *e);

struct bulk_item {
	const char *id;
	const char *state;             /* NULL: it failed */
	const struct problem *problem; /* NULL: it went well */
	struct problem refusal;
};

struct bulk_result {
	int64_t done, failed;
	struct json_list items; /* of struct bulk_item, in the order of ids */
};

/* In ROUTE_WORK. ids: of const char *. Who was shut out meanwhile, or has another role, fails in each. */
void bulk_run(struct request *r, const struct json_list *ids, bulk_unit_fn *unit, const void *arg,
	      struct bulk_result *out);
